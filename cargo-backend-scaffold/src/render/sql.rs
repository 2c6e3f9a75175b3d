//! Migrations: versions, definitions of columns, names as SQL wants them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::api::Api;
use crate::api::table::{Column, Table};
use crate::render::Database;
use crate::render::definition::{definition, indexes, links};

/// Words that are no names without quotes, in PostgreSQL or SQLite.
const RESERVED: &[&str] = &[
    "all",
    "alter",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "delete",
    "desc",
    "distinct",
    "do",
    "drop",
    "else",
    "end",
    "escape",
    "except",
    "exists",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "if",
    "in",
    "index",
    "initially",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "natural",
    "not",
    "nothing",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "set",
    "some",
    "symmetric",
    "table",
    "then",
    "to",
    "trailing",
    "transaction",
    "true",
    "union",
    "unique",
    "update",
    "user",
    "using",
    "values",
    "variadic",
    "when",
    "where",
    "window",
    "with",
];

/// A name, quoted where it must be.
pub(super) fn name(name: &str) -> String {
    if RESERVED.contains(&name) {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}

/// The table as SQL writes it.
pub(super) fn table_name(table: &Table) -> String {
    table.existing.clone().unwrap_or_else(|| name(&table.name))
}

/// The column as SQL writes it.
pub(super) fn column_name(column: &Column) -> String {
    let existing = column
        .existing
        .as_ref()
        .map(|existing| existing.sql.clone());
    existing.unwrap_or_else(|| name(column.ident.plain()))
}

/// The column as it is read, under the name of its ident.
pub(super) fn read_as(column: &Column) -> String {
    let alias = name(column.ident.plain());
    let Some(existing) = &column.existing else {
        return alias;
    };
    let read = existing.read.as_ref().unwrap_or(&existing.sql);
    let same = *read == alias || *read == format!("\"{alias}\"");
    if same {
        read.clone()
    } else {
        format!("{read} AS \"{}\"", column.ident.plain())
    }
}

/// The value as it is written, around the places where it stands.
pub(super) fn write_parts(column: &Column) -> Vec<String> {
    let write = column
        .existing
        .as_ref()
        .and_then(|existing| existing.write.as_deref());
    write.unwrap_or("$").split('$').map(str::to_owned).collect()
}

/// The value as it is written, with the number of its place; MariaDB counts by itself.
pub(super) fn placed(column: &Column, number: usize, database: Database) -> String {
    let place = match database {
        Database::Sqlite | Database::Postgres => format!("${number}"),
        Database::MariaDb => "?".to_owned(),
    };
    write_parts(column).join(&place)
}

/// The present moment.
pub(super) fn now(database: Database) -> &'static str {
    match database {
        Database::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        Database::Postgres => "now()",
        Database::MariaDb => "utc_timestamp(6)",
    }
}

/// The version of every table's migration: what it has already, else the next one. They count
/// from 1, so that the same document always makes the same files.
pub(super) fn versions(api: &Api, taken: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let highest = taken
        .values()
        .filter_map(|version| version.parse::<u64>().ok())
        .max();
    let mut next = highest.unwrap_or(0);
    api.tables
        .iter()
        .map(|table| {
            let version = taken.get(&table.name).cloned().unwrap_or_else(|| {
                next += 1;
                format!("{next:014}")
            });
            (table.name.clone(), version)
        })
        .collect()
}

pub(super) fn context(api: &Api, table: &Table, database: Database) -> Value {
    let within = table.has_key_within();
    let mut definitions: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let key = index == 0 && !within;
            definition(api, (table, column), key, database)
        })
        .collect();
    let links: Vec<String> = links(table);
    if within {
        // Two rows above may each have one of that name.
        let keys = table.key_columns().iter().map(column_name);
        let all: Vec<String> = links.iter().cloned().chain(keys).collect();
        definitions.push(format!("PRIMARY KEY ({})", all.join(", ")));
    }
    json!({
        "table": {
            "name": table.name,
            "sql": name(&table.name),
            "definitions": definitions,
            "indexes": if within { Vec::new() } else { indexes(table, &links) },
            "settings": match database {
                Database::Sqlite | Database::Postgres => "",
                // Texts are the same where every character is, as elsewhere.
                Database::MariaDb => " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
            },
        }
    })
}
