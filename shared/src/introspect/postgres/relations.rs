//! Tables and views with all that belongs to them.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::super::is_bookkeeping;
use super::{Attribute, Objects, columns_of};
use crate::schema::{
    Check, Column, Constraint, ConstraintKind, ForeignKey, Generated, ObjectId, ObjectKind,
    Partition, Policy, RowSecurity, Schema, SequenceOptions, Table, Trigger, View, key,
};

pub(super) fn tables(schema: &mut Schema, known: &mut Objects, rows: &[PgRow]) -> sqlx::Result<()> {
    for row in rows {
        if !known.is_own("c", row)? {
            continue;
        }
        let mut table = Table::new(row.try_get("namespace")?, row.try_get("name")?);
        if is_bookkeeping(&table.name) {
            continue;
        }
        table.partition_by = row.try_get("partition_by")?;
        table.comment = row.try_get("comment")?;
        table.row_security = match (
            row.try_get("relrowsecurity")?,
            row.try_get("relforcerowsecurity")?,
        ) {
            (_, true) => RowSecurity::Forced,
            (true, false) => RowSecurity::On,
            (false, false) => RowSecurity::Off,
        };
        let spaces: Vec<String> = row.try_get("parent_namespaces")?;
        let names: Vec<String> = row.try_get("parents")?;
        let mut parents = spaces
            .iter()
            .zip(&names)
            .map(|(space, name)| key(space, name));
        match row.try_get::<Option<String>, _>("bound")? {
            Some(bound) => {
                table.partition_of = parents.next().map(|parent| Partition { parent, bound });
            }
            None => table.inherits = parents.collect(),
        }
        table.options = table_options(row)?;
        if row.try_get("typed")? {
            schema
                .unsupported
                .push(format!("table {}: `OF` a composite type", table.key()));
        }
        let id = ObjectId::new(ObjectKind::Table, table.key());
        known.relations.insert(row.try_get("oid")?, id);
        schema.tables.insert(table.key(), table);
    }
    Ok(())
}

/// Storage parameters as the server has them, then other settings as the words that set them.
fn table_options(row: &PgRow) -> sqlx::Result<Vec<String>> {
    let mut options: Vec<String> = row.try_get("options")?;
    options.sort();
    if row.try_get("unlogged")? {
        options.push("unlogged".to_owned());
    }
    let identity = match row.try_get::<&str, _>("replica_identity")? {
        "n" => Some("replica identity nothing".to_owned()),
        "f" => Some("replica identity full".to_owned()),
        "i" => row
            .try_get::<Option<&str>, _>("replica_index")?
            .map(|index| format!("replica identity using index {index}")),
        _ => None,
    };
    options.extend(identity);
    for (column, words) in [
        ("cluster_index", "cluster on"),
        ("tablespace", "tablespace"),
        ("method", "using"),
    ] {
        let value: Option<&str> = row.try_get(column)?;
        options.extend(value.map(|value| format!("{words} {value}")));
    }
    Ok(options)
}

pub(super) fn views(schema: &mut Schema, known: &mut Objects, rows: &[PgRow]) -> sqlx::Result<()> {
    for row in rows {
        if !known.is_own("c", row)? {
            continue;
        }
        let view = View {
            namespace: row.try_get("namespace")?,
            name: row.try_get("name")?,
            materialized: row.try_get("materialized")?,
            definition: row.try_get("definition")?,
            options: row.try_get("options")?,
            columns: Vec::new(),
            indexes: BTreeMap::new(),
            triggers: BTreeMap::new(),
            comment: row.try_get("comment")?,
        };
        let name = key(&view.namespace, &view.name);
        let id = ObjectId::new(ObjectKind::View, &name);
        known.relations.insert(row.try_get("oid")?, id);
        schema.views.insert(name, view);
    }
    Ok(())
}

pub(super) fn columns(
    schema: &mut Schema,
    known: &mut Objects,
    rows: &[PgRow],
) -> sqlx::Result<()> {
    for row in rows {
        let relation: i64 = row.try_get("relation")?;
        let id = known.relations.get(&relation);
        if let Some(columns) = id.and_then(|id| columns_of(schema, id)) {
            let column = column(row)?;
            let number: i16 = row.try_get("attnum")?;
            let attribute = Attribute {
                name: column.name.clone(),
                quoted: row.try_get("quoted")?,
                collation: row.try_get("collation_oid")?,
            };
            columns.push(column);
            known
                .attributes
                .insert((relation, number.into()), attribute);
        }
    }
    Ok(())
}

fn column(row: &PgRow) -> sqlx::Result<Column> {
    let expression: Option<String> = row.try_get("expression")?;
    let identity: &str = row.try_get("identity")?;
    let stored: &str = row.try_get("generated")?;
    let (default, generated) = match (identity, stored, expression) {
        ("a" | "d", ..) => (None, Some(identity_column(identity == "a"))),
        (_, "s", Some(expression)) => (None, Some(Generated::Stored { expression })),
        (_, "v", Some(expression)) => (None, Some(Generated::Virtual { expression })),
        (_, _, expression) => (expression, None),
    };
    let mut options = BTreeMap::new();
    for name in ["storage", "compression", "statistics"] {
        if let Some(value) = row.try_get::<Option<&str>, _>(name)? {
            let word = match (name, value) {
                ("storage", "p") => "plain",
                ("storage", "e") => "external",
                ("storage", "m") => "main",
                ("storage", _) => "extended",
                ("compression", "p") => "pglz",
                ("compression", "l") => "lz4",
                (_, value) => value,
            };
            options.insert(name.to_owned(), word.to_owned());
        }
    }
    for option in row.try_get::<Vec<String>, _>("options")? {
        if let Some((name, value)) = option.split_once('=') {
            options.insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(Column {
        nullable: !row.try_get::<bool, _>("attnotnull")?,
        default,
        generated,
        collation: row.try_get("collation")?,
        inherited: row.try_get("inherited")?,
        options,
        comment: row.try_get("comment")?,
        ..Column::new(row.try_get("name")?, row.try_get("type")?)
    })
}

/// How the sequence counts is known once the sequences are read.
fn identity_column(always: bool) -> Generated {
    let sequence = SequenceOptions {
        r#type: "bigint".to_owned(),
        start: 1,
        increment: 1,
        minimum: 1,
        maximum: i64::MAX,
        cache: 1,
        cycle: false,
    };
    Generated::Identity { always, sequence }
}

pub(super) fn constraints(
    schema: &mut Schema,
    known: &Objects,
    rows: &[PgRow],
) -> sqlx::Result<()> {
    for row in rows {
        let id = known.relation(row)?;
        if let Some(table) = id.and_then(|id| schema.tables.get_mut(&id.name)) {
            add_constraint(table, known, row)?;
        }
    }
    Ok(())
}

fn add_constraint(table: &mut Table, known: &Objects, row: &PgRow) -> sqlx::Result<()> {
    let name: String = row.try_get("name")?;
    let definition: String = row.try_get("definition")?;
    let comment: Option<String> = row.try_get("comment")?;
    let columns = match row.try_get::<Option<&str>, _>("attributes")? {
        Some(numbers) => known.names(row.try_get("relation")?, numbers),
        None => Vec::new(),
    };
    let kind = match row.try_get::<&str, _>("type")? {
        "p" => {
            table.primary_key = columns;
            ConstraintKind::PrimaryKey
        }
        "u" => ConstraintKind::Unique,
        "x" => ConstraintKind::Exclusion,
        "c" => {
            let check = Check {
                definition,
                validated: row.try_get("convalidated")?,
                inherited: row.try_get("inherited")?,
                comment,
            };
            table.checks.insert(name, check);
            return Ok(());
        }
        _ => {
            let parent: i64 = row.try_get("parent")?;
            let numbers: &str = row.try_get("parent_attributes")?;
            // One that is left out because it is locked has no name here.
            let name_of = |oid| known.relations.get(&oid).map_or("", |id| id.name.as_str());
            table.foreign_keys.push(ForeignKey {
                name: Some(name),
                on_delete: row.try_get("on_delete")?,
                on_update: row.try_get("on_update")?,
                validated: row.try_get("convalidated")?,
                definition,
                comment,
                ..ForeignKey::new(columns, name_of(parent), known.names(parent, numbers))
            });
            return Ok(());
        }
    };
    let constraint = Constraint {
        kind,
        definition,
        comment,
    };
    table.constraints.insert(name, constraint);
    Ok(())
}

pub(super) fn members(schema: &mut Schema, known: &Objects, rows: &[PgRow]) -> sqlx::Result<()> {
    for row in rows {
        let Some(id) = known.relation(row)? else {
            continue;
        };
        let name: String = row.try_get("name")?;
        match (row.try_get::<&str, _>("kind")?, id.kind) {
            ("trigger", ObjectKind::Table) => {
                if let Some(table) = schema.tables.get_mut(&id.name) {
                    table.triggers.insert(name, trigger(row)?);
                }
            }
            ("trigger", _) => {
                if let Some(view) = schema.views.get_mut(&id.name) {
                    view.triggers.insert(name, trigger(row)?);
                }
            }
            ("policy", _) => {
                if let Some(table) = schema.tables.get_mut(&id.name) {
                    table.policies.insert(name, policy(row)?);
                }
            }
            _ => {
                if let Some(table) = schema.tables.get_mut(&id.name) {
                    table.statistics.insert(name, row.try_get("definition")?);
                }
            }
        }
    }
    Ok(())
}

fn trigger(row: &PgRow) -> sqlx::Result<Trigger> {
    let state = match row.try_get::<&str, _>("state")? {
        "D" => "DISABLE",
        "R" => "ENABLE REPLICA",
        "A" => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    Ok(Trigger {
        definition: row.try_get("definition")?,
        state: state.to_owned(),
        comment: row.try_get("comment")?,
    })
}

fn policy(row: &PgRow) -> sqlx::Result<Policy> {
    let command = match row.try_get::<&str, _>("state")? {
        "r" => "SELECT",
        "a" => "INSERT",
        "w" => "UPDATE",
        "d" => "DELETE",
        _ => "ALL",
    };
    Ok(Policy {
        permissive: row.try_get("permissive")?,
        command: command.to_owned(),
        roles: row.try_get("roles")?,
        using: row.try_get("using")?,
        check: row.try_get("check")?,
        comment: row.try_get("comment")?,
    })
}
