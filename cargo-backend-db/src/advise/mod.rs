//! Which indexes to make, and the migration that makes them.

pub(crate) mod candidate;
pub(crate) mod explain_rows;
pub(crate) mod explained;
mod files;
mod name;
pub(crate) mod need;
pub(crate) mod query_plan;

use cargo_backend_shared::schema::{Schema, Table};

use crate::findings::{self, MissingIndex};
use crate::sql::{Key, KeyPart, NewIndex};
use crate::statistics::Statistics;
use crate::workload::Query;
use candidate::Candidate;
pub(crate) use files::{down, up};

/// An index to be made, with the reason.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Suggestion {
    pub(crate) index: NewIndex,
    /// The table, as in `Schema::tables`.
    pub(crate) table: String,
    /// The foreign key that it serves, if no index does today.
    pub(crate) missing: Option<MissingIndex>,
    /// The table's rows in words.
    pub(crate) rows: String,
    /// How the planner looks rows up by the foreign key now; empty until it was asked.
    pub(crate) plan_today: String,
    /// How it would with the index; none until it was asked.
    pub(crate) proof: Option<Proof>,
    /// The statements that get cheaper.
    pub(crate) gains: Vec<NamedGain>,
    /// What the gains stand on; none where there are none.
    pub(crate) grounds: Option<Grounds>,
    /// How large the index would be.
    pub(crate) bytes: Option<u64>,
    /// Rows of the table that were written since the server counts; each writes the index too.
    pub(crate) writes: Option<u64>,
}

impl Suggestion {
    /// Whether the planner was seen to use it.
    pub(crate) fn is_proved(&self) -> bool {
        match (&self.proof, &self.grounds) {
            (Some(proof), _) => matches!(proof, Proof::Tried { .. }),
            (None, grounds) => matches!(grounds, Some(Grounds::Proved(_))),
        }
    }
}

/// What an index is worth to a statement.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedGain {
    pub(crate) statement: String,
    pub(crate) calls: u64,
    /// The planner's cost today and with all suggestions, on an engine that has costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost_before: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost_after: Option<f64>,
    /// How many times less time it takes on a warm server by the planner's reckoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) factor: Option<f64>,
    /// The plan today and with all suggestions in the engine's words, where they say more than the
    /// cost.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) plan_before: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) plan_after: String,
}

/// What a gain stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grounds {
    /// Tried, with the means.
    Proved(String),
    /// Not tried, with the reason and what would prove it.
    Unproved(String),
}

/// What a search over statements gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    Searched {
        chosen: Vec<Chosen>,
        /// The places of the statements that could not be planned, with the server's word.
        unplanned: Vec<(usize, String)>,
        grounds: Grounds,
    },
    NotTried {
        why: String,
    },
}

/// An index that the search chose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) candidate: Candidate,
    /// What it was called when it was tried.
    pub(crate) tried_as: String,
    pub(crate) bytes: Option<u64>,
    pub(crate) writes: Option<u64>,
    pub(crate) gains: Vec<Gain>,
}

/// What it is worth to the query at this place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gain {
    pub(crate) query: usize,
    pub(crate) before: Planned,
    pub(crate) after: Planned,
    pub(crate) factor: Option<f64>,
}

/// What the planner says of a statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Planned {
    /// Its cost, on an engine that has costs.
    pub(crate) cost: Option<f64>,
    /// The plan in the engine's words; empty where the cost says it all.
    pub(crate) plan: String,
}

/// What the planner would do with an index that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Tried, by the means that are named.
    Tried { plan: String, means: &'static str },
    /// Could not be tried, with what is missing.
    NotTried { why: &'static str },
}

/// One suggestion for each index that the search chose, and one for each foreign key that neither
/// these nor an index that stands serve.
pub(crate) fn suggestions(
    schema: &Schema,
    statistics: &Statistics,
    queries: &[Query],
    found: &Found,
) -> Vec<Suggestion> {
    let mut all: Vec<Suggestion> = Vec::new();
    let mut tried_as = Vec::new();
    if let Found::Searched {
        chosen, grounds, ..
    } = found
    {
        for chosen in chosen {
            let Some(table) = schema.tables.get(&chosen.candidate.table) else {
                continue;
            };
            tried_as.push(chosen.tried_as.clone());
            all.push(Suggestion {
                gains: named(&chosen.gains, queries),
                grounds: Some(grounds.clone()),
                bytes: chosen.bytes,
                writes: chosen.writes,
                ..suggestion(&chosen.candidate, table, statistics)
            });
        }
    }
    for missing in findings::missing_indexes(schema) {
        let served = all
            .iter_mut()
            .find(|made| made.table == missing.table && serves(&made.index, &missing.columns));
        if let Some(made) = served {
            made.missing = Some(missing);
            continue;
        }
        let Some(table) = schema.tables.get(&missing.table) else {
            continue;
        };
        let candidate = Candidate {
            table: missing.table.clone(),
            keys: missing
                .columns
                .iter()
                .map(|name| Key::column(name))
                .collect(),
            include: Vec::new(),
            predicate: None,
        };
        all.push(Suggestion {
            missing: Some(missing),
            ..suggestion(&candidate, table, statistics)
        });
    }
    name::name_all(&mut all, schema);
    call_by_name(&mut all, &tried_as);
    all
}

fn suggestion(candidate: &Candidate, table: &Table, statistics: &Statistics) -> Suggestion {
    Suggestion {
        index: NewIndex {
            name: String::new(),
            namespace: table.namespace.clone(),
            table: table.name.clone(),
            partitioned: table.partition_by.is_some(),
            keys: candidate.keys.clone(),
            include: candidate.include.clone(),
            predicate: candidate.predicate.clone(),
        },
        table: candidate.table.clone(),
        missing: None,
        rows: statistics.rows_in_words(&candidate.table),
        plan_today: String::new(),
        proof: None,
        gains: Vec::new(),
        grounds: None,
        bytes: None,
        writes: None,
    }
}

fn named(gains: &[Gain], queries: &[Query]) -> Vec<NamedGain> {
    let named = gains.iter().filter_map(|gain| {
        let query = queries.get(gain.query)?;
        Some(NamedGain {
            statement: query.text.clone(),
            calls: query.calls,
            cost_before: gain.before.cost,
            cost_after: gain.after.cost,
            factor: gain.factor,
            plan_before: gain.before.plan.clone(),
            plan_after: gain.after.plan.clone(),
        })
    });
    named.collect()
}

/// As [`cargo_backend_shared::schema::Index::serves`], for an index that is not there yet.
fn serves(index: &NewIndex, columns: &[String]) -> bool {
    let leading: Vec<&KeyPart> = index
        .keys
        .iter()
        .take(columns.len())
        .map(|key| &key.part)
        .collect();
    index.predicate.is_none()
        && leading.len() == columns.len()
        && columns.iter().all(|column| {
            leading
                .iter()
                .any(|part| matches!(part, KeyPart::Column(name) if name == column))
        })
}

/// Plans name the indexes as they were tried; the first suggestions are those that were.
fn call_by_name(all: &mut [Suggestion], tried_as: &[String]) {
    let names: Vec<String> = all.iter().map(|made| made.index.name.clone()).collect();
    let gains = all.iter_mut().flat_map(|made| &mut made.gains);
    for gain in gains.filter(|gain| !gain.plan_after.is_empty()) {
        for (tried, name) in tried_as.iter().zip(&names) {
            gain.plan_after = gain.plan_after.replace(tried, name);
        }
    }
}
