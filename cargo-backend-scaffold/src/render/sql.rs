//! Migrations: versions, definitions of columns, names as SQL wants them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::api::Api;
use crate::api::table::{Column, ColumnKind, Origin, Table};
use crate::api::types::TypeShape;
use crate::render::Database;

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
    let definitions: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| definition(api, column, index == 0, database))
        .collect();
    json!({
        "table": {
            "name": table.name,
            "sql": name(&table.name),
            "definitions": definitions,
            "settings": match database {
                Database::Sqlite | Database::Postgres => "",
                // Texts are the same where every character is, as elsewhere.
                Database::MariaDb => " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
            },
        }
    })
}

fn definition(api: &Api, column: &Column, key: bool, database: Database) -> String {
    let name = name(column.ident.plain());
    let mut ty = type_of(&column.kind, database);
    if database == Database::MariaDb && ty == "LONGTEXT" && (key || column.unique) {
        // What an index of InnoDB takes, in characters of four bytes.
        ty = "VARCHAR(768)";
    }
    if key {
        let generated = matches!(column.origin, Origin::Generated | Origin::Offered);
        let rest = match (database, &column.kind, generated) {
            (Database::Sqlite, ColumnKind::Int { .. }, true) => " PRIMARY KEY AUTOINCREMENT",
            (Database::Postgres, ColumnKind::Int { .. }, true) => {
                " GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
            }
            (Database::MariaDb, ColumnKind::Int { .. }, true) => " AUTO_INCREMENT PRIMARY KEY",
            (Database::Sqlite, ColumnKind::Int { .. }, false) => " PRIMARY KEY",
            // SQLite alone takes NULL for a primary key that is no integer.
            (Database::Sqlite | Database::Postgres | Database::MariaDb, ..) => {
                " NOT NULL PRIMARY KEY"
            }
        };
        return format!("{name} {ty}{rest}");
    }
    let mut text = format!("{name} {ty}");
    if !column.nullable {
        text += " NOT NULL";
    }
    if let Some(default) = default(api, column, database) {
        text = format!("{text} DEFAULT {default}");
    }
    if column.unique {
        text += " UNIQUE";
    }
    if let Some(words) = words(api, column) {
        let words: Vec<String> = words.iter().map(|word| literal(word, database)).collect();
        text = format!("{text} CHECK ({name} IN ({}))", words.join(", "));
    }
    let target = column
        .references
        .as_ref()
        .and_then(|table| api.table(table));
    if let Some((target, key)) = target.and_then(|table| Some((table, table.key()?))) {
        let (table, key) = (self::name(&target.name), self::name(key.ident.plain()));
        text = format!("{text} REFERENCES {table} ({key})");
    }
    text
}

fn words<'a>(api: &'a Api, column: &Column) -> Option<Vec<&'a str>> {
    let ColumnKind::Enum(id) = column.kind else {
        return None;
    };
    match &api.types.get(id)?.shape {
        TypeShape::Enum(variants) => Some(variants.iter().map(|(word, _)| word.as_str()).collect()),
        TypeShape::Struct(_) | TypeShape::Union(_) => None,
    }
}

/// A column that the database fills, or that other writers may leave out, says what stands there.
fn default(api: &Api, column: &Column, database: Database) -> Option<String> {
    if let Some(value) = &column.default {
        let text = match (&column.kind, value) {
            (ColumnKind::Text | ColumnKind::Enum(_), Value::String(text)) => {
                Some(literal(text, database))
            }
            (ColumnKind::Int { .. } | ColumnKind::Number, Value::Number(number)) => {
                Some(number.to_string())
            }
            (ColumnKind::Bool, Value::Bool(flag)) => Some(boolean(*flag, database)),
            _ => None,
        };
        if text.is_some() {
            return text;
        }
    }
    if column.is_written() || column.origin == Origin::NewUuid {
        return None;
    }
    let moment = match database {
        Database::Sqlite | Database::MariaDb => format!("({})", now(database)),
        Database::Postgres => now(database).to_owned(),
    };
    if column.nullable && column.kind != ColumnKind::Timestamp {
        return None;
    }
    Some(match &column.kind {
        ColumnKind::Timestamp => moment,
        ColumnKind::Day => match database {
            Database::Sqlite => "(date('now'))".to_owned(),
            Database::Postgres => "current_date".to_owned(),
            Database::MariaDb => "(utc_date())".to_owned(),
        },
        ColumnKind::Int { .. } | ColumnKind::Number => "0".to_owned(),
        ColumnKind::Bool => boolean(false, database),
        ColumnKind::Text => "''".to_owned(),
        ColumnKind::Enum(_) => literal(words(api, column)?.first()?, database),
        ColumnKind::Uuid => match database {
            Database::Sqlite => "(randomblob(16))".to_owned(),
            Database::Postgres => "gen_random_uuid()".to_owned(),
            Database::MariaDb => "(unhex(replace(uuid(), '-', '')))".to_owned(),
        },
        ColumnKind::Json(_) => return None,
    })
}

fn boolean(flag: bool, database: Database) -> String {
    match database {
        Database::Sqlite | Database::MariaDb => u8::from(flag).to_string(),
        Database::Postgres => flag.to_string(),
    }
}

fn type_of(kind: &ColumnKind, database: Database) -> &'static str {
    match (database, kind) {
        (Database::Sqlite, ColumnKind::Int { .. }) => "INTEGER",
        (Database::Sqlite, ColumnKind::Number) => "REAL",
        (_, ColumnKind::Bool) => "BOOLEAN",
        (Database::Sqlite, ColumnKind::Uuid) => "BLOB",
        (Database::MariaDb, ColumnKind::Uuid) => "BINARY(16)",
        (Database::MariaDb, ColumnKind::Text | ColumnKind::Enum(_)) => "LONGTEXT",
        (_, ColumnKind::Text | ColumnKind::Enum(_)) => "TEXT",
        (Database::Sqlite, ColumnKind::Timestamp | ColumnKind::Day | ColumnKind::Json(_)) => "TEXT",
        (_, ColumnKind::Int { short: true }) => "INTEGER",
        (_, ColumnKind::Int { short: false }) => "BIGINT",
        (_, ColumnKind::Number) => "DOUBLE PRECISION",
        (Database::MariaDb, ColumnKind::Timestamp) => "DATETIME(6)",
        (Database::MariaDb, ColumnKind::Day) => "DATE",
        (Database::MariaDb, ColumnKind::Json(_)) => "JSON",
        (Database::Postgres, ColumnKind::Timestamp) => "TIMESTAMPTZ",
        (Database::Postgres, ColumnKind::Day) => "DATE",
        (Database::Postgres, ColumnKind::Uuid) => "UUID",
        (Database::Postgres, ColumnKind::Json(_)) => "JSONB",
    }
}

/// A text in quotes. MariaDB reads a backslash as the beginning of something else.
fn literal(text: &str, database: Database) -> String {
    let text = text.replace('\'', "''");
    match database {
        Database::Sqlite | Database::Postgres => format!("'{text}'"),
        Database::MariaDb => format!("'{}'", text.replace('\\', "\\\\")),
    }
}
