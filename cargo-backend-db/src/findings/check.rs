//! What a rule is made of, what it looks at and what it answers.

use std::collections::BTreeMap;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::Schema;
use serde::Serialize;

use crate::statistics::{Section, Statistics, TableUse};

/// A rule with its check.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) rule: Rule,
    /// The engines that can have what it looks for, and tell.
    pub(crate) engines: &'static [Dialect],
    /// Without one of these it is not checked.
    pub(crate) needs: &'static [Section],
    /// It looks for what did not happen, which proves nothing until it could have.
    pub(crate) needs_history: bool,
    /// From which figures on it speaks.
    pub(crate) thresholds: &'static [&'static Threshold],
    pub(super) check: fn(&Facts<'_>) -> Vec<Finding>,
}

/// A figure that decides, and that a user may set otherwise.
#[derive(Debug)]
pub(crate) struct Threshold {
    /// Kebab-case, the unit last.
    pub(crate) name: &'static str,
    pub(crate) default: u64,
    /// What it means, and where the default comes from.
    pub(crate) about: &'static str,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) statistics: &'a Statistics,
    /// What the planner does today for each missing index, in the order of
    /// [`super::missing_indexes`].
    pub(crate) plans: &'a [Plan],
    /// Thresholds that are set otherwise than their default.
    pub(crate) thresholds: &'a BTreeMap<String, u64>,
}

/// The planner's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Plan {
    Shown(String),
    /// With the reason.
    NotAsked(String),
}

/// What a rule found.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) diagnostic: Diagnostic,
    /// The table that it is about, if it is about one.
    pub(crate) table: Option<String>,
    pub(crate) migration: Option<SuggestedMigration>,
}

/// A migration that would deal with a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SuggestedMigration {
    pub(crate) what: String,
    /// The command that writes it; findings with the same command share one migration.
    pub(crate) command: String,
    /// What belongs into the file, where the command leaves it empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) up: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) down: Option<String>,
}

impl Facts<'_> {
    pub(crate) fn threshold(&self, threshold: &Threshold) -> u64 {
        let set = self.thresholds.get(threshold.name);
        set.copied().unwrap_or(threshold.default)
    }

    /// The tables that are the user's, with their use.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&String, &TableUse)> {
        let known = |name: &String| self.schema.tables.contains_key(name);
        let all = self.statistics.lost.contains_key(&Section::Schema);
        let tables = self.statistics.tables.iter();
        tables.filter(move |(name, _)| all || known(name))
    }
}

impl Finding {
    pub(crate) fn about(mut self, table: impl Into<String>) -> Self {
        self.table = Some(table.into());
        self
    }

    pub(crate) fn migration(mut self, migration: Option<SuggestedMigration>) -> Self {
        self.migration = migration;
        self
    }
}

impl From<Diagnostic> for Finding {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostic,
            table: None,
            migration: None,
        }
    }
}
