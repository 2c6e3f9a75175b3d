//! The migrations of another tool, taken over: its files become pairs of ours, and what its history says is
//! applied is entered in `_sqlx_migrations`. Nothing is run, and its own history stays as it is.

pub(crate) mod folder;
pub(crate) mod old_history;
mod text;

use std::fmt;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;

use crate::ddl;
use crate::lint::read;
use crate::migration::{Migration, Script, Version};

/// A tool whose migrations can be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Refinery,
    Diesel,
    SeaOrm,
    Dbmate,
    GolangMigrate,
    Prisma,
    Supabase,
}

impl Tool {
    /// Where it keeps its history, unless it was told otherwise.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Refinery => "refinery_schema_history",
            Self::Diesel => "__diesel_schema_migrations",
            Self::SeaOrm => "seaql_migrations",
            Self::Dbmate | Self::GolangMigrate => "schema_migrations",
            Self::Prisma => "_prisma_migrations",
            Self::Supabase => "supabase_migrations.schema_migrations",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refinery => "refinery",
            Self::Diesel => "diesel",
            Self::SeaOrm => "sea-orm",
            Self::Dbmate => "dbmate",
            Self::GolangMigrate => "golang-migrate",
            Self::Prisma => "Prisma",
            Self::Supabase => "Supabase",
        })
    }
}

/// A migration as its tool wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// What the tool's history calls it.
    pub(crate) key: String,
    pub(crate) version: Version,
    /// The beginning of our file names: the version as it was written, and the name.
    pub(crate) stem: String,
    /// None where it is a program and no SQL.
    pub(crate) up: Option<String>,
    pub(crate) down: Option<String>,
    /// What of it has a checksum in Prisma's history.
    pub(crate) file: String,
    /// Whether it asks to run outside a transaction.
    pub(crate) no_transaction: bool,
}

impl Source {
    /// As one of ours. On PostgreSQL a statement that runs in no transaction makes its file one that asks
    /// for none.
    fn migration(&self, dialect: Dialect) -> Option<Migration> {
        let script = |direction: &str, text: &str| {
            let file = format!("{}.{direction}.sql", self.stem);
            let asks = text.starts_with("-- no-transaction");
            let text = match !asks && (self.no_transaction || runs_alone(dialect, &file, text)) {
                true => format!("-- no-transaction\n{text}"),
                false => text.to_owned(),
            };
            Script { file, text }
        };
        let name = self.stem.split_once('_').map_or("", |(_, name)| name);
        Some(Migration {
            version: self.version,
            description: name.replace('_', " "),
            up: script("up", self.up.as_deref()?),
            down: self.down.as_deref().map(|text| script("down", text)),
        })
    }
}

fn runs_alone(dialect: Dialect, file: &str, text: &str) -> bool {
    let statements = match dialect {
        Dialect::Postgres => read::reader(dialect).statements(file, &text.into()),
        Dialect::MySql | Dialect::Sqlite => return false,
    };
    statements.is_ok_and(|all| all.iter().any(|statement| statement.kind.is_concurrent()))
}

/// What a tool's history says of one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// SHA-256 of the file in hexadecimal digits, where the tool keeps it (Prisma).
    pub(crate) checksum: Option<String>,
}

/// What is to be done.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// As ours, in the order of versions, and whether it is applied.
    pub(crate) migrations: Vec<(Migration, bool)>,
    /// Applied, and there is no file.
    pub(crate) missing: Vec<String>,
    /// There is a file, but it is a program: applied or not.
    pub(crate) programs: Vec<(String, bool)>,
    /// Applied, and edited since.
    pub(crate) edited: Vec<String>,
}

/// Puts the files and the history of a tool side by side.
pub(crate) fn plan(dialect: Dialect, sources: &[Source], history: &[Entry]) -> Plan {
    let mut plan = Plan::default();
    for source in sources {
        let entry = history.iter().find(|entry| entry.key == source.key);
        match source.migration(dialect) {
            Some(migration) => plan.migrations.push((migration, entry.is_some())),
            None => plan.programs.push((source.file.clone(), entry.is_some())),
        }
        let kept = entry.and_then(|entry| entry.checksum.as_ref());
        let text = source.up.as_deref().unwrap_or_default();
        if kept.is_some_and(|kept| *kept != text::sha256(text)) {
            plan.edited.push(source.file.clone());
        }
    }
    let known = |entry: &&Entry| sources.iter().any(|source| source.key == entry.key);
    let missing = history.iter().filter(|entry| !known(entry));
    plan.missing = missing.map(|entry| entry.key.clone()).collect();
    plan.migrations
        .sort_by_key(|(migration, _)| migration.version);
    plan
}

/// Puts the schema of today in the place of programs that were applied: one migration, with the version
/// of the last of them, or the one that is there already. The tool's own table is no part of it.
pub(crate) fn baseline(
    plan: &mut Plan,
    sources: &[Source],
    (mut schema, table): (Schema, &str),
    existing: &[Migration],
) {
    let applied = |source: &&Source| plan.programs.contains(&(source.file.clone(), true));
    let Some(last) = sources.iter().rfind(applied) else {
        return;
    };
    plan.programs.retain(|(_, applied)| !applied);
    if let Some(own) = existing.iter().find(|own| own.version == last.version) {
        plan.migrations.push((own.clone(), true));
        return;
    }
    schema.tables.remove(table);
    let statements = ddl::statements(&ddl::printable(schema));
    let digits = last.stem.split_once('_').map_or("", |(digits, _)| digits);
    let text: String = std::iter::once("-- The schema as sea-orm left it.\n".to_owned())
        .chain(statements.iter().map(|statement| format!("{statement};\n")))
        .collect();
    let baseline = Migration {
        version: last.version,
        description: "baseline".to_owned(),
        up: Script {
            file: format!("{digits}_baseline.up.sql"),
            text,
        },
        down: None,
    };
    plan.migrations.push((baseline, true));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(key: &str, up: Option<&str>) -> Source {
        Source {
            key: key.to_owned(),
            version: Version(key.parse().expect("a number")),
            stem: format!("{key}_add_it"),
            up: up.map(str::to_owned),
            down: None,
            file: format!("{key}_add_it.sql"),
            no_transaction: false,
        }
    }

    fn entry(key: &str, checksum: Option<&str>) -> Entry {
        Entry {
            key: key.to_owned(),
            checksum: checksum.map(str::to_owned),
        }
    }

    #[test]
    fn files_and_history_are_put_side_by_side() {
        let sources = [
            source("2", Some("SELECT 2;")),
            source("1", Some("SELECT 1;")),
            source("3", None),
        ];
        let history = [entry("1", Some("of another text")), entry("9", None)];
        let plan = plan(Dialect::Postgres, &sources, &history);
        let shown: Vec<String> = plan
            .migrations
            .iter()
            .map(|(migration, applied)| format!("{} {migration} {applied}", migration.up.file))
            .collect();
        assert_eq!(
            shown,
            [
                "1_add_it.up.sql 1 add it true",
                "2_add_it.up.sql 2 add it false"
            ]
        );
        assert_eq!(plan.missing, ["9"]);
        assert_eq!(plan.programs, [("3_add_it.sql".to_owned(), false)]);
        assert_eq!(plan.edited, ["1_add_it.sql"]);
    }

    #[test]
    fn what_runs_in_no_transaction_says_so_in_its_first_line() {
        let text = "CREATE INDEX CONCURRENTLY i ON t (a);";
        let up = |dialect| {
            let migration = source("1", Some(text)).migration(dialect);
            migration.expect("it is SQL").up.text
        };
        assert_eq!(up(Dialect::Postgres), format!("-- no-transaction\n{text}"));
        assert_eq!(up(Dialect::Sqlite), text);
    }
}
