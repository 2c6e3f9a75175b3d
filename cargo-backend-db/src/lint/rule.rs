//! What a rule is made of, what it looks at and what it answers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Severity;
use cargo_backend_shared::rule::Rule;
use serde::Serialize;

use super::live::Live;
use super::statement::{Action, Alter, Kind, Name, Statement};

/// A rule with its check.
#[derive(Debug)]
pub(crate) struct Lint {
    pub(crate) rule: Rule,
    /// Its number, which is never given to another.
    pub(crate) number: &'static str,
    /// Whose statements can break it.
    pub(crate) engines: &'static [Dialect],
    pub(crate) level: Level,
    /// Whether it matters more the larger the table is, and not at all while it is empty.
    pub(crate) grows: bool,
    pub(crate) examples: Examples,
    pub(super) check: fn(&Look<'_>) -> Vec<Found>,
}

/// What a finding makes of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// It is no.
    Deny,
    /// It is yes, with a warning.
    Warn,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Deny => Self::Error,
            Level::Warn => Self::Warning,
        }
    }
}

/// Statements that break the rule and that keep it, run on a server by the tests.
#[derive(Debug, Serialize)]
pub(crate) struct Examples {
    /// What is there before.
    pub(crate) before: &'static str,
    /// Breaks the rule.
    pub(crate) fails: &'static str,
    /// Reaches the same without.
    pub(crate) passes: &'static str,
    /// What is seen on the server while the failing one runs.
    pub(crate) seen: Seen,
}

/// What a server does with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Seen {
    /// It holds a lock until the end of the transaction.
    Lock { mode: Lock, on: &'static str },
    /// The same, and it writes all rows anew.
    Rewrite { mode: Lock, on: &'static str },
    /// It refuses it with these words.
    Refused(&'static str),
    /// Nothing that a lock shows.
    Nothing,
}

impl Seen {
    pub(crate) fn lock(self) -> Option<Lock> {
        match self {
            Self::Lock { mode, .. } | Self::Rewrite { mode, .. } => Some(mode),
            Self::Refused(_) | Self::Nothing => None,
        }
    }
}

/// The locks of PostgreSQL that hurt, as `pg_locks` names them
/// (<https://www.postgresql.org/docs/current/explicit-locking.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Lock {
    #[serde(rename = "RowExclusiveLock")]
    RowExclusive,
    #[serde(rename = "ShareLock")]
    Share,
    #[serde(rename = "ShareRowExclusiveLock")]
    ShareRowExclusive,
    #[serde(rename = "AccessExclusiveLock")]
    AccessExclusive,
}

impl Lock {
    /// Who waits for it.
    pub(crate) fn stops(self) -> &'static str {
        match self {
            Self::RowExclusive => "no reader and no writer of other rows",
            Self::Share | Self::ShareRowExclusive => "every writer",
            Self::AccessExclusive => "every reader and writer",
        }
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        })
    }
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: String,
    /// The table that it is about, if it is about one.
    pub(crate) table: Option<Name>,
    pub(crate) fix: Option<Fix>,
    /// Another weight than that of the rule, where it is a guess.
    pub(crate) level: Option<Level>,
}

impl Found {
    pub(crate) fn new(span: &Range<usize>, message: String, help: impl Into<String>) -> Self {
        Self {
            span: span.clone(),
            message,
            help: help.into(),
            table: None,
            fix: None,
            level: None,
        }
    }

    pub(crate) fn weigh(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    pub(crate) fn about(mut self, table: &Name) -> Self {
        self.table = Some(table.clone());
        self
    }

    pub(crate) fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }
}

/// The safe form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fix {
    /// What to write in the place of which bytes.
    pub(crate) edits: Vec<(Range<usize>, String)>,
    /// Whether the file has to run outside a transaction then.
    pub(crate) no_transaction: bool,
    /// What has to be done in a later migration.
    pub(crate) later: Option<Later>,
}

/// A migration that finishes what a fix began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Later {
    pub(crate) name: String,
    pub(crate) up: String,
    pub(crate) down: String,
}

/// What a rule looks at: a statement in its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) text: &'a str,
    pub(crate) all: &'a [Statement],
    /// The place of the statement among all.
    pub(crate) at: usize,
    /// Whether it runs in a transaction, the runner's or one of the file.
    pub(crate) transaction: bool,
    /// The place of the first statement since the last BEGIN, COMMIT or ROLLBACK before it.
    pub(crate) begins: usize,
    /// The places of the statements that add values to enumerations.
    pub(crate) values: &'a [usize],
    /// Whether the runner puts one around the file.
    pub(crate) wrapped: bool,
    pub(crate) live: Option<Live<'a>>,
    /// The tables that the file makes, with the places of the statements that do.
    pub(crate) made: &'a BTreeMap<String, usize>,
}

/// The tables that a file makes, under all of their names.
pub(crate) fn made(statements: &[Statement]) -> BTreeMap<String, usize> {
    let mut made = BTreeMap::new();
    for (at, statement) in statements.iter().enumerate() {
        if let Kind::CreateTable { table, .. } = &statement.kind {
            made.entry(table.key()).or_insert(at);
        }
        if let Kind::AlterTable { table, actions } = &statement.kind
            && made.contains_key(&table.key())
        {
            for action in actions {
                if let Alter::RenameTable(to) = &action.kind {
                    let name = to.clone();
                    let renamed = Name {
                        schema: table.schema.clone(),
                        name,
                    };
                    made.entry(renamed.key()).or_insert(at);
                }
            }
        }
    }
    made
}

impl<'a> Look<'a> {
    pub(crate) fn statement(&self) -> &'a Statement {
        &self.all[self.at]
    }

    pub(crate) fn before(&self) -> &'a [Statement] {
        &self.all[..self.at]
    }

    /// Whether it is the only statement of its file, and can be moved out of a transaction.
    pub(crate) fn is_alone(&self) -> bool {
        self.all.len() == 1
    }

    /// Whether the table was made earlier in the file, so that nobody can wait for it. One that is in the
    /// database was not: CREATE TABLE IF NOT EXISTS passes it over.
    pub(crate) fn is_new(&self, table: &Name) -> bool {
        if self.live.is_some_and(|live| live.table(table).is_some()) {
            return false;
        }
        self.made
            .get(&table.key())
            .is_some_and(|made| *made < self.at)
    }

    /// The parts of an ALTER TABLE of a table that was there before.
    pub(crate) fn actions(&self) -> impl Iterator<Item = (&'a Name, &'a Action)> {
        let (mut table, mut actions): (Option<&Name>, &[Action]) = (None, &[]);
        if let Kind::AlterTable {
            table: altered,
            actions: all,
        } = &self.statement().kind
            && !self.is_new(altered)
        {
            (table, actions) = (Some(altered), all);
        }
        table
            .into_iter()
            .flat_map(move |table| actions.iter().map(move |action| (table, action)))
    }

    /// The statements before it in the same transaction.
    pub(crate) fn same_transaction(&self) -> &'a [Statement] {
        if self.transaction {
            &self.all[self.begins..self.at]
        } else {
            &[]
        }
    }

    /// Those of them that add values to enumerations.
    pub(crate) fn values_added(&self) -> impl Iterator<Item = &'a Statement> {
        let (all, range) = (self.all, self.begins..self.at);
        let own = self.values.iter().filter(move |at| range.contains(at));
        own.filter(|_| self.transaction).map(|at| &all[*at])
    }
}
