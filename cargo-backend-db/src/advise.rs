//! Which indexes to make, and the migration that makes them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;

use crate::findings::{self, MissingIndex};
use crate::sql::{self, NewIndex};
use crate::statistics::Statistics;

/// The longest name that PostgreSQL keeps whole, in bytes (`NAMEDATALEN` - 1).
const NAME_BYTES: usize = 63;

/// An index to be made, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub(crate) index: NewIndex,
    pub(crate) missing: MissingIndex,
    /// The table's rows in words.
    pub(crate) rows: String,
    /// How the planner looks rows up now.
    pub(crate) plan_today: String,
    /// How it would with the index; none until it was asked.
    pub(crate) proof: Option<Proof>,
}

/// What the planner would do with an index that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Tried, by the means that are named.
    Tried { plan: String, means: &'static str },
    /// Could not be tried, with what is missing.
    NotTried { why: &'static str },
}

/// One suggestion for each foreign key that no index serves.
pub(crate) fn suggestions(schema: &Schema, statistics: &Statistics) -> Vec<Suggestion> {
    let mut taken: BTreeSet<String> = schema
        .tables
        .values()
        .flat_map(|table| table.indexes.keys().chain([&table.name]))
        .cloned()
        .collect();
    findings::missing_indexes(schema)
        .into_iter()
        .filter_map(|missing| {
            let table = schema.tables.get(&missing.table)?;
            let name = free_name(&table.name, &missing.columns, &taken);
            taken.insert(name.clone());
            Some(Suggestion {
                index: NewIndex {
                    name,
                    namespace: table.namespace.clone(),
                    table: table.name.clone(),
                    columns: missing.columns.clone(),
                },
                rows: statistics.rows_in_words(&missing.table),
                missing,
                plan_today: String::new(),
                proof: None,
            })
        })
        .collect()
}

/// `<table>_<columns>_idx`, as PostgreSQL names indexes; shortened to 63 bytes, numbered where taken.
fn free_name(table: &str, columns: &[String], taken: &BTreeSet<String>) -> String {
    let stem = format!("{table}_{}", columns.join("_"));
    (0_u32..)
        .map(|n| {
            let ending = match n {
                0 => "_idx".to_owned(),
                n => format!("_idx{n}"),
            };
            let room = NAME_BYTES - ending.len();
            let cut = (0..=room.min(stem.len()))
                .rev()
                .find(|at| stem.is_char_boundary(*at))
                .unwrap_or(0);
            format!("{}{ending}", &stem[..cut])
        })
        .find(|name| !taken.contains(name))
        .unwrap_or(stem)
}

/// The up file.
pub(crate) fn up(suggestions: &[Suggestion], dialect: Dialect) -> String {
    let mut text = first_line(dialect).to_owned();
    for suggestion in suggestions {
        let missing = &suggestion.missing;
        let columns = missing.columns.join(", ");
        writeln!(
            text,
            "-- {}({columns}) refers to {}, and no index leads with it.\n\
             -- The table has {}. Looking rows up by {columns}:\n\
             --   today: {}",
            missing.table,
            missing.references.join(", "),
            suggestion.rows,
            suggestion.plan_today,
        )
        .expect("a String takes any text");
        let with_index = match &suggestion.proof {
            Some(Proof::Tried { plan, means }) => format!("{plan}, {means}"),
            Some(Proof::NotTried { why }) => format!("not tried: {why}"),
            None => "not asked".to_owned(),
        };
        writeln!(text, "--   with the index: {with_index}").expect("a String takes any text");
        writeln!(text, "{};", sql::create_index(&suggestion.index, dialect))
            .expect("a String takes any text");
    }
    text
}

/// The down file: the same indexes, last first.
pub(crate) fn down(suggestions: &[Suggestion], dialect: Dialect) -> String {
    let mut text = first_line(dialect).to_owned();
    for suggestion in suggestions.iter().rev() {
        writeln!(text, "{};", sql::drop_index(&suggestion.index, dialect))
            .expect("a String takes any text");
    }
    text
}

/// CONCURRENTLY cannot run inside a transaction; sqlx and our runner read this line.
fn first_line(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "-- no-transaction\n",
        Dialect::Sqlite | Dialect::MySql => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(table: &str, columns: &[&str], taken: &[&str]) -> String {
        let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        let taken = taken.iter().map(|name| (*name).to_owned()).collect();
        free_name(table, &columns, &taken)
    }

    #[test]
    fn indexes_are_named_as_postgres_names_them() {
        assert_eq!(
            name("orders", &["shop_id", "no"], &[]),
            "orders_shop_id_no_idx"
        );
        assert_eq!(
            name("orders", &["no"], &["orders_no_idx", "orders_no_idx1"]),
            "orders_no_idx2"
        );
    }

    #[test]
    fn no_name_is_longer_than_the_server_keeps() {
        let long = name(&"ü".repeat(40), &["id"], &[]);
        assert!(long.len() <= NAME_BYTES && long.ends_with("_idx"), "{long}");
    }
}
