//! What scripts take away for good: tables, columns and rows that a database has now. It is read from the
//! statements; what a function or a DO block drops is not seen.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of all that statements do, these are the ones that take something away"
)]

use std::collections::BTreeMap;
use std::fmt;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;

use crate::lint::read;
use crate::lint::statement::{Alter, Kind, Name, Object, Statement};
use crate::migration::Script;

/// Something that is lost.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lost {
    /// As in `Schema::tables`.
    pub(crate) table: String,
    /// None for all of the table's rows.
    pub(crate) column: Option<String>,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "column {}.{column}", self.table),
            None => write!(f, "table {}", self.table),
        }
    }
}

/// A table as the statements leave it: from each of its columns to the one of today whose values it has.
#[derive(Debug, Clone, Default)]
struct Now {
    /// The table of today whose rows it has.
    rows_of: Option<String>,
    columns: BTreeMap<String, Option<Lost>>,
}

/// What scripts, one after the other, take away from a schema.
pub(crate) fn of(schema: &Schema, scripts: &[&Script]) -> Vec<Lost> {
    let mut play = Play::begin(schema);
    for script in scripts {
        let text = script.sql().into();
        let Ok(statements) = read::reader(schema.dialect).statements(&script.file, &text) else {
            continue;
        };
        for statement in &statements {
            play.statement(statement, &text[statement.span.clone()]);
        }
    }
    play.end(schema)
}

struct Play {
    dialect: Dialect,
    tables: BTreeMap<String, Now>,
    /// Tables that were dropped, for one that is renamed to such a name may have their rows.
    dropped: BTreeMap<String, Now>,
    /// From a new table to the ones that its rows were copied from.
    copies: Vec<(String, String)>,
    emptied: Vec<String>,
}

impl Play {
    fn begin(schema: &Schema) -> Self {
        let tables = schema.tables.iter().map(|(key, table)| {
            let columns = table.columns.iter().map(|column| {
                let own = Lost {
                    table: key.clone(),
                    column: Some(column.name.clone()),
                };
                (column.name.clone(), Some(own))
            });
            let now = Now {
                rows_of: Some(key.clone()),
                columns: columns.collect(),
            };
            (key.clone(), now)
        });
        Self {
            dialect: schema.dialect,
            tables: tables.collect(),
            dropped: BTreeMap::new(),
            copies: Vec::new(),
            emptied: Vec::new(),
        }
    }

    /// The name under which a table is known: only PostgreSQL's reader folds it as the server does.
    fn key(&self, name: &Name) -> String {
        self.found(self.tables.keys(), &name.key())
    }

    fn found<'a>(&self, mut known: impl Iterator<Item = &'a String>, name: &str) -> String {
        let same = |known: &&String| match self.dialect {
            Dialect::Postgres => *known == name,
            Dialect::MySql | Dialect::Sqlite => known.eq_ignore_ascii_case(name),
        };
        known.find(same).cloned().unwrap_or_else(|| name.to_owned())
    }

    fn statement(&mut self, statement: &Statement, text: &str) {
        match &statement.kind {
            Kind::CreateTable { table, columns } => {
                let columns = columns.iter().map(|column| (column.name.clone(), None));
                let now = Now {
                    rows_of: None,
                    columns: columns.collect(),
                };
                self.tables.entry(self.key(table)).or_insert(now);
            }
            Kind::AlterTable { table, actions } => {
                for action in actions {
                    self.alter(&self.key(table), &action.kind);
                }
            }
            Kind::Drop {
                what: Object::Table,
                names,
            } => {
                for name in names {
                    let key = self.key(name);
                    self.dropped.extend(self.tables.remove_entry(&key));
                }
            }
            Kind::Drop {
                what: Object::Schema,
                names,
            } => {
                for name in names {
                    let inside = format!("{}.", name.name);
                    self.tables.retain(|key, _| !key.starts_with(&inside));
                }
            }
            Kind::Truncate { tables, .. } => {
                let keys: Vec<String> = tables.iter().map(|table| self.key(table)).collect();
                self.emptied.extend(keys);
            }
            Kind::Delete { table, .. } => self.emptied.push(self.key(table)),
            Kind::Other => self.copy(text),
            _ => {}
        }
    }

    fn alter(&mut self, table: &str, change: &Alter) {
        match change {
            Alter::DropColumn(column) => {
                let Some(now) = self.tables.get(table) else {
                    return;
                };
                let column = self.found(now.columns.keys(), column);
                if let Some(now) = self.tables.get_mut(table) {
                    now.columns.remove(&column);
                }
            }
            Alter::RenameTable(to) => {
                let Some(mut now) = self.tables.remove(table) else {
                    return;
                };
                let to = match table.rsplit_once('.') {
                    Some((schema, _)) => format!("{schema}.{to}"),
                    None => to.clone(),
                };
                self.take_over(table, &to, &mut now);
                self.tables.insert(to, now);
            }
            _ => {}
        }
    }

    /// A table that is built anew: the rows of the one that was dropped were copied, and it has its name
    /// now.
    fn take_over(&self, from: &str, to: &str, now: &mut Now) {
        let old = self.found(self.dropped.keys(), to);
        let Some(before) = self.dropped.get(&old) else {
            return;
        };
        let copied = |(new, old_one): &(String, String)| {
            new.eq_ignore_ascii_case(from) && old_one.eq_ignore_ascii_case(&old)
        };
        if now.rows_of.is_some() || !self.copies.iter().any(copied) {
            return;
        }
        now.rows_of.clone_from(&before.rows_of);
        for (name, origin) in &mut now.columns {
            let same = self.found(before.columns.keys(), name);
            *origin = before.columns.get(&same).cloned().flatten();
        }
    }

    /// `INSERT INTO new … SELECT … FROM old`.
    fn copy(&mut self, text: &str) {
        let words: Vec<String> = text
            .split(|c: char| c.is_whitespace() || "(),;".contains(c))
            .map(|word| word.trim_matches(['"', '`', '[', ']']).to_owned())
            .filter(|word| !word.is_empty())
            .collect();
        let after = |keyword: &str| {
            let place = words
                .iter()
                .position(|word| word.eq_ignore_ascii_case(keyword))?;
            words.get(place + 1).cloned()
        };
        if let (Some(new), Some(old)) = (after("into"), after("from")) {
            self.copies.push((new, old));
        }
    }

    fn end(self, schema: &Schema) -> Vec<Lost> {
        let mut lost = Vec::new();
        for (key, table) in &schema.tables {
            let now = self.tables.values();
            let mut kept = now
                .filter(|now| now.rows_of.as_ref() == Some(key))
                .peekable();
            if kept.peek().is_none() || self.emptied.contains(key) {
                lost.push(Lost {
                    table: key.clone(),
                    column: None,
                });
                continue;
            }
            let kept: Vec<&Lost> = kept
                .flat_map(|now| now.columns.values().flatten())
                .collect();
            lost.extend(
                table
                    .columns
                    .iter()
                    // Computed again whenever the column is.
                    .filter(|column| column.generated.is_none())
                    .map(|column| Lost {
                        table: key.clone(),
                        column: Some(column.name.clone()),
                    })
                    .filter(|column| !kept.contains(&column)),
            );
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cargo_backend_shared::schema::{Column, Table};

    fn check(dialect: Dialect, text: &str, expected: &[&str]) {
        let mut schema = Schema::new(dialect);
        for name in ["orders", "notes"] {
            let mut table = Table::new("", name);
            table.columns = vec![Column::new("id", "integer"), Column::new("note", "text")];
            schema.tables.insert(name.to_owned(), table);
        }
        let script = Script {
            file: "1_x.down.sql".to_owned(),
            text: text.to_owned(),
        };
        let lost: Vec<String> = of(&schema, &[&script])
            .iter()
            .map(Lost::to_string)
            .collect();
        assert_eq!(lost, expected, "{text}");
    }

    #[test]
    fn tables_and_columns_that_are_dropped_are_lost() {
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
            check(dialect, "DROP TABLE orders;", &["table orders"]);
            check(
                dialect,
                "ALTER TABLE orders DROP COLUMN note;",
                &["column orders.note"],
            );
            check(dialect, "DELETE FROM notes WHERE id = 1;", &["table notes"]);
            check(dialect, "DROP INDEX i; CREATE TABLE x (id integer);", &[]);
        }
        check(
            Dialect::Postgres,
            "TRUNCATE orders, notes;",
            &["table notes", "table orders"],
        );
        check(Dialect::Sqlite, "DROP TABLE \"Orders\";", &["table orders"]);
    }

    #[test]
    fn what_the_scripts_made_themselves_is_no_loss() {
        let text =
            "CREATE TABLE x (id integer, b text); ALTER TABLE x DROP COLUMN b; DROP TABLE x;";
        check(Dialect::Postgres, text, &[]);
    }

    #[test]
    fn a_table_with_another_name_has_its_rows() {
        check(
            Dialect::Postgres,
            "ALTER TABLE orders RENAME TO bills;",
            &[],
        );
        let text = "ALTER TABLE orders RENAME TO bills; DROP TABLE bills;";
        check(Dialect::Postgres, text, &["table orders"]);
    }

    #[test]
    fn a_table_that_is_built_anew_loses_the_columns_that_it_has_no_more() {
        let anew = |columns: &str, copy: &str| {
            format!(
                "CREATE TABLE \"orders__new\" ({columns}); {copy} DROP TABLE \"orders\";
                 ALTER TABLE \"orders__new\" RENAME TO \"orders\";"
            )
        };
        let copy = "INSERT INTO \"orders__new\" (\"id\") SELECT \"id\" FROM \"orders\";";
        check(
            Dialect::Sqlite,
            &anew("id INTEGER", copy),
            &["column orders.note"],
        );
        check(Dialect::Sqlite, &anew("id INTEGER, note TEXT", copy), &[]);
        check(
            Dialect::Sqlite,
            &anew("id INTEGER, note TEXT", ""),
            &["table orders"],
        );
    }
}
