//! A schema as SQLite's SQL: what it has no words for is left out.

use super::world::{Column, Kind, Member, Table, View, World};

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| ident(name)).collect();
    names.join(", ")
}

/// The statements, each ended by a semicolon.
#[must_use]
pub fn print(world: &World) -> String {
    let mut out = Vec::new();
    for table in &world.tables {
        create(world, table, &mut out);
    }
    for made in &world.views {
        out.extend(view(world, made));
    }
    let statements = out.iter().map(|statement| format!("{statement};\n"));
    statements.collect()
}

fn is_there(world: &World, table: &Table, name: &str) -> bool {
    let own = table.columns.iter().find(|column| column.name == name);
    own.is_some_and(|own| column(world, table, own).is_some())
}

fn kind(column: &Column) -> &'static str {
    match &column.kind {
        Kind::Plain("integer" | "bigint" | "smallint" | "boolean") => "INTEGER",
        Kind::Plain("numeric(10,2)") => "NUMERIC",
        Kind::Plain("double precision") => "REAL",
        Kind::Plain("character varying(40)") => "VARCHAR(40)",
        Kind::Composite(_) => "BLOB",
        Kind::Plain(_)
        | Kind::Enum(_)
        | Kind::EnumArray(_)
        | Kind::Domain(_)
        | Kind::Range(_)
        | Kind::Serial(_)
        | Kind::Identity(_)
        | Kind::Computed(_)
        | Kind::Collated => "TEXT",
    }
}

fn column(world: &World, table: &Table, column: &Column) -> Option<String> {
    let name = ident(&column.name);
    let number = column.number;
    match &column.kind {
        Kind::Serial(_) => return Some(format!("{name} INTEGER PRIMARY KEY")),
        Kind::Identity(_) => return Some(format!("{name} INTEGER PRIMARY KEY AUTOINCREMENT")),
        Kind::Computed(of) => {
            let there = is_there(world, table, of);
            let stored = if number.is_multiple_of(2) {
                "STORED"
            } else {
                "VIRTUAL"
            };
            return there.then(|| {
                format!(
                    "{name} TEXT GENERATED ALWAYS AS ({} || '{number}') {stored}",
                    ident(of)
                )
            });
        }
        _ => {}
    }
    let mut text = format!("{name} {}", kind(column));
    if column.default {
        text = match kind(column) {
            "INTEGER" | "REAL" | "NUMERIC" => format!("{text} DEFAULT {number}"),
            _ if number.is_multiple_of(3) => format!("{text} DEFAULT CURRENT_TIMESTAMP"),
            _ => format!("{text} DEFAULT 'it''s {number}'"),
        };
    }
    if !column.nullable {
        text.push_str(" NOT NULL");
    }
    if column.kind == Kind::Collated {
        text.push_str(" COLLATE NOCASE");
    }
    Some(text)
}

fn create(world: &World, table: &Table, out: &mut Vec<String>) {
    let name = ident(&table.name);
    let columns = table.columns.iter();
    let mut lines: Vec<String> = columns.filter_map(|c| column(world, table, c)).collect();
    if lines.is_empty() {
        // All that a child has comes from its parent, elsewhere.
        lines.push("\"only\" INTEGER".to_owned());
    }
    let counts = table.columns.first();
    let counts = counts.is_some_and(|c| matches!(c.kind, Kind::Serial(_) | Kind::Identity(_)));
    if !table.primary_key.is_empty() && !counts {
        lines.push(format!("PRIMARY KEY ({})", list(&table.primary_key)));
    }
    let (own, later) = members(world, table);
    lines.extend(own);
    let strange = if table.unlogged && !counts && !table.primary_key.is_empty() {
        " WITHOUT ROWID"
    } else {
        ""
    };
    out.push(format!(
        "CREATE TABLE {name} (\n  {}\n){strange}",
        lines.join(",\n  ")
    ));
    out.extend(later);
}

/// What stands in the table's own statement, and what has one of its own.
fn members(world: &World, table: &Table) -> (Vec<String>, Vec<String>) {
    let there = |names: &[String]| names.iter().all(|name| is_there(world, table, name));
    let (mut lines, mut later) = (Vec::new(), Vec::new());
    for member in &table.members {
        match member {
            Member::Unique { name, columns, .. } if there(columns) => {
                lines.push(format!(
                    "CONSTRAINT {} UNIQUE ({})",
                    ident(name),
                    list(columns)
                ));
            }
            Member::Check {
                name,
                column,
                number,
                ..
            } if there(std::slice::from_ref(column)) => {
                let column = ident(column);
                lines.push(format!(
                    "CONSTRAINT {} CHECK ({column} <> {number})",
                    ident(name)
                ));
            }
            Member::ForeignKey {
                name,
                column,
                table: other,
                action,
                ..
            } if there(std::slice::from_ref(column)) => {
                let known = world
                    .tables
                    .iter()
                    .any(|t| t.name == *other && !t.primary_key.is_empty());
                if known {
                    lines.push(format!(
                        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} (id) ON DELETE {action}",
                        ident(name),
                        ident(column),
                        ident(other)
                    ));
                }
            }
            Member::Index {
                name,
                columns,
                form,
            } if there(columns) => {
                later.push(index(name, &table.name, columns, form));
            }
            Member::Trigger {
                name, column, form, ..
            } if there(std::slice::from_ref(column)) => {
                let event = match *form {
                    "before" => "BEFORE INSERT".to_owned(),
                    "of" => format!("AFTER UPDATE OF {}", ident(column)),
                    _ => "AFTER DELETE".to_owned(),
                };
                later.push(format!(
                    "CREATE TRIGGER {} {event} ON {} BEGIN SELECT 1; END",
                    ident(name),
                    ident(&table.name)
                ));
            }
            _ => {}
        }
    }
    (lines, later)
}

fn index(name: &str, table: &str, columns: &[String], form: &str) -> String {
    let (name, table, keys) = (ident(name), ident(table), list(columns));
    let first = ident(&columns[0]);
    match form {
        "unique" => format!("CREATE UNIQUE INDEX {name} ON {table} ({keys})"),
        "partial" => format!("CREATE INDEX {name} ON {table} ({keys}) WHERE {first} IS NOT NULL"),
        "expression" => format!("CREATE INDEX {name} ON {table} (lower({first}))"),
        "descending" => format!("CREATE INDEX {name} ON {table} ({first} DESC)"),
        _ => format!("CREATE INDEX {name} ON {table} ({keys})"),
    }
}

fn view(world: &World, made: &View) -> Option<String> {
    let below = world.views.iter().find(|below| below.name == made.of);
    let table = world.tables.iter().find(|table| table.name == made.of);
    if let Some(below) = below {
        // It stands on nothing where that one does.
        view(world, below)?;
    }
    let name = ident(&made.name);
    let number = made.number;
    match (below, table) {
        (Some(below), _) => Some(format!(
            "CREATE VIEW {name} AS SELECT *, {number} AS m FROM {}",
            ident(&below.name)
        )),
        (None, Some(table)) => {
            let columns = table.columns.iter().map(|column| &column.name);
            let columns: Vec<&String> = columns
                .filter(|name| made.columns.contains(name) && is_there(world, table, name))
                .collect();
            let columns = if columns.is_empty() {
                "1".to_owned()
            } else {
                list(columns)
            };
            Some(format!(
                "CREATE VIEW {name} AS SELECT {columns}, {number} AS n FROM {}",
                ident(&table.name)
            ))
        }
        (None, None) => None,
    }
}
