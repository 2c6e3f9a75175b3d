//! A place where indexes can be that are not there, and where the planner can be asked.

use std::collections::BTreeSet;

use crate::advise::Planned;
use crate::advise::candidate::Candidate;
use crate::workload::Query;

/// What a search over indexes asks of an engine.
pub(super) trait WhatIf {
    /// How an index is tried here, for the end of a sentence.
    fn means(&self) -> String;

    /// A plan that weighs less than this is as good as free.
    fn least(&self) -> f64;

    /// Takes a statement up under a number, with what could serve it.
    ///
    /// # Errors
    /// The inner one when the planner cannot make sense of it, in its words.
    async fn ask(
        &mut self,
        place: usize,
        query: &Query,
    ) -> anyhow::Result<Result<Question, String>>;

    /// The plan of a statement with the indexes that stand now.
    async fn plan(&mut self, place: usize) -> anyhow::Result<Plan>;

    /// Makes an index stand; false if it cannot.
    async fn make(&mut self, candidate: &Candidate) -> anyhow::Result<bool>;

    /// Takes it away again.
    async fn unmake(&mut self, candidate: &Candidate) -> anyhow::Result<()>;

    /// What a standing index is called here.
    fn name(&self, candidate: &Candidate) -> Option<String>;

    /// How large a standing index would be, where that can be said.
    async fn bytes(&mut self, candidate: &Candidate) -> anyhow::Result<Option<u64>>;

    /// Weighs as a warm server does, until [`Self::cool`]; false where nobody knows how.
    async fn warm(&mut self) -> anyhow::Result<bool>;

    /// Weighs as before.
    async fn cool(&mut self) -> anyhow::Result<()>;
}

/// A statement that the planner understood.
pub(super) struct Question {
    /// As it is planned today.
    pub(super) plan: Plan,
    /// The tables it reads, named as in `Schema::tables`.
    pub(super) tables: BTreeSet<String>,
    /// What could serve it.
    pub(super) own: BTreeSet<Candidate>,
}

/// A plan, weighed.
pub(super) struct Plan {
    /// What it costs by the engine's reckoning: its own cost, or the rows that it expects to read.
    pub(super) weight: f64,
    /// What is told of it.
    pub(super) told: Planned,
    /// The names of the indexes that it uses.
    pub(super) uses: BTreeSet<String>,
}
