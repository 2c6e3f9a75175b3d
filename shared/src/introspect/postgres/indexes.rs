//! Indexes: plain ones are put together here, the server prints the others.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{Attribute, Objects, queries};
use crate::schema::{Index, IndexKey, ObjectKind, Schema, key};

/// The rows of all indexes, and which of them the server has to print.
pub(super) struct Indexes {
    rows: Vec<PgRow>,
    special: Vec<String>,
}

impl Indexes {
    pub(super) fn new(known: &Objects, classes: &[PgRow], rows: Vec<PgRow>) -> sqlx::Result<Self> {
        let mut defaults = BTreeSet::new();
        for row in classes {
            defaults.insert(row.try_get::<i64, _>("oid")?.to_string());
        }
        let mut special = Vec::new();
        for row in &rows {
            if !is_plain(row, known, &defaults)? {
                special.push(row.try_get::<i64, _>("oid")?.to_string());
            }
        }
        Ok(Self { rows, special })
    }

    /// What asks for the text of those that are not plain.
    pub(super) fn query(&self) -> Option<String> {
        let list = format!("'{{{}}}'::oid[]", self.special.join(","));
        (!self.special.is_empty()).then(|| queries::INDEX_TEXTS.replace("'{indexes}'", &list))
    }

    pub(super) fn add(
        self,
        schema: &mut Schema,
        known: &Objects,
        special: Vec<PgRow>,
    ) -> sqlx::Result<()> {
        let mut texts: BTreeMap<i64, PgRow> = BTreeMap::new();
        for row in special {
            texts.insert(row.try_get("oid")?, row);
        }
        for row in &self.rows {
            let id = known.relation(row)?;
            let indexes = match id.map(|id| (id.kind, &id.name)) {
                Some((ObjectKind::Table, name)) => {
                    schema.tables.get_mut(name).map(|t| &mut t.indexes)
                }
                Some((ObjectKind::View, name)) => {
                    schema.views.get_mut(name).map(|v| &mut v.indexes)
                }
                _ => None,
            };
            if let Some(indexes) = indexes {
                let index = index(row, known, texts.get(&row.try_get("oid")?))?;
                indexes.insert(index.name.clone(), index);
            }
        }
        Ok(())
    }
}

/// A tree over columns, each with its own collation and the default operator class of its type.
fn is_plain(row: &PgRow, known: &Objects, classes: &BTreeSet<String>) -> sqlx::Result<bool> {
    let uses: &str = row.try_get("classes")?;
    let collations: &str = row.try_get("collations")?;
    let columns = known.listed(row.try_get("relation")?, row.try_get("attributes")?);
    let own = columns
        .iter()
        .zip(collations.split_whitespace())
        .all(|(column, collation)| {
            column.is_some_and(|column| column.collation.to_string() == collation)
        });
    Ok(
        row.try_get("plain")?
            && own
            && uses.split_whitespace().all(|class| classes.contains(class)),
    )
}

fn index(row: &PgRow, known: &Objects, special: Option<&PgRow>) -> sqlx::Result<Index> {
    let columns = known.listed(row.try_get("relation")?, row.try_get("attributes")?);
    let keys = usize::try_from(row.try_get::<i16, _>("indnkeyatts")?).unwrap_or_default();
    let (keys, include) = columns.split_at(keys.min(columns.len()));
    let options: &str = row.try_get("options")?;
    let texts: Vec<String> = match special {
        Some(special) => special.try_get("texts")?,
        None => keys
            .iter()
            .zip(options.split_whitespace())
            .map(|(column, option)| plain_key(*column, option))
            .collect(),
    };
    let space: Option<&str> = row.try_get("parent_namespace")?;
    let parent: Option<&str> = row.try_get("parent")?;
    let mut index = Index {
        keys: keys
            .iter()
            .zip(texts)
            .map(|(column, text)| IndexKey {
                column: column.map(|column| column.name.clone()),
                text,
            })
            .collect(),
        include: include
            .iter()
            .flatten()
            .map(|column| column.name.clone())
            .collect(),
        nulls_not_distinct: row.try_get("nulls_not_distinct")?,
        method: row.try_get("method")?,
        constraint: row.try_get("constraint")?,
        valid: row.try_get("valid")?,
        partition_of: space.zip(parent).map(|(space, name)| key(space, name)),
        comment: row.try_get("comment")?,
        ..Index::new(row.try_get("name")?, row.try_get("indisunique")?)
    };
    if let Some(special) = special {
        index.definition = special.try_get("definition")?;
        index.predicate = special.try_get("predicate")?;
    } else {
        index.definition = definition(row, &index, include)?;
    }
    Ok(index)
}

/// `indoption` counts DESC as 1 and NULLS FIRST as 2; each is said where it is not what the other
/// one brings.
fn plain_key(column: Option<&Attribute>, option: &str) -> String {
    let order = match option {
        "1" => " DESC NULLS LAST",
        "2" => " NULLS FIRST",
        "3" => " DESC",
        _ => "",
    };
    format!(
        "{}{order}",
        column.map_or("", |column| column.quoted.as_str())
    )
}

/// The statement as `pg_get_indexdef` prints it.
fn definition(row: &PgRow, index: &Index, include: &[Option<&Attribute>]) -> sqlx::Result<String> {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let only = if row.try_get("partitioned")? {
        "ONLY "
    } else {
        ""
    };
    let keys: Vec<&str> = index.keys.iter().map(|key| key.text.as_str()).collect();
    let mut text = format!(
        "CREATE {unique}INDEX {} ON {only}{} USING btree ({})",
        row.try_get::<&str, _>("quoted")?,
        row.try_get::<&str, _>("on")?,
        keys.join(", ")
    );
    if !include.is_empty() {
        let names = include
            .iter()
            .flatten()
            .map(|column| column.quoted.as_str());
        let names: Vec<&str> = names.collect();
        text = format!("{text} INCLUDE ({})", names.join(", "));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    Ok(text)
}
