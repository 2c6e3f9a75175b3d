//! Which indexes to make, and the migration that makes them.

pub(crate) mod candidate;
pub(crate) mod explained;
pub(crate) mod need;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Schema, Table};

use crate::findings::{self, MissingIndex};
use crate::sql::{self, Key, KeyPart, NewIndex};
use crate::statistics::{Statistics, bytes_in_words, counted, shown};
use crate::workload::Query;
use candidate::Candidate;

/// The longest name that PostgreSQL keeps whole, in bytes (`NAMEDATALEN` - 1).
const NAME_BYTES: usize = 63;

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
    /// The means by which the gains were found.
    pub(crate) means: &'static str,
    /// How large the index would be.
    pub(crate) bytes: Option<u64>,
    /// Rows of the table that were written since the server counts; each writes the index too.
    pub(crate) writes: Option<u64>,
}

/// What an index is worth to a statement.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedGain {
    pub(crate) statement: String,
    pub(crate) calls: u64,
    /// The planner's cost today, with all suggestions, and how many times less time it takes on a
    /// warm server by the planner's reckoning.
    pub(crate) cost_before: f64,
    pub(crate) cost_after: f64,
    pub(crate) factor: f64,
}

/// What a search over statements gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    Tried {
        chosen: Vec<Chosen>,
        /// The places of the statements that could not be planned, with the server's word.
        unplanned: Vec<(usize, String)>,
        means: &'static str,
    },
    NotTried {
        why: String,
    },
}

/// An index that the search chose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) candidate: Candidate,
    pub(crate) bytes: Option<u64>,
    pub(crate) writes: Option<u64>,
    pub(crate) gains: Vec<Gain>,
}

/// What it is worth to the query at this place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gain {
    pub(crate) query: usize,
    pub(crate) before: f64,
    pub(crate) after: f64,
    pub(crate) factor: f64,
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
    if let Found::Tried { chosen, means, .. } = found {
        all.extend(chosen.iter().filter_map(|chosen| {
            let table = schema.tables.get(&chosen.candidate.table)?;
            Some(Suggestion {
                gains: named(&chosen.gains, queries),
                means,
                bytes: chosen.bytes,
                writes: chosen.writes,
                ..suggestion(&chosen.candidate, table, statistics)
            })
        }));
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
    name_all(&mut all, schema);
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
        means: "",
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
            cost_before: gain.before,
            cost_after: gain.after,
            factor: gain.factor,
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

fn name_all(all: &mut [Suggestion], schema: &Schema) {
    let mut taken: BTreeSet<String> = schema
        .tables
        .values()
        .flat_map(|table| table.indexes.keys().chain([&table.name]))
        .cloned()
        .collect();
    for suggestion in all {
        let parts = suggestion.index.keys.iter().map(|key| match &key.part {
            KeyPart::Column(name) => name.clone(),
            KeyPart::Expression(text) => in_a_name(text),
        });
        let parts: Vec<String> = parts.collect();
        let name = free_name(&suggestion.index.table, &parts, &taken);
        taken.insert(name.clone());
        suggestion.index.name = name;
    }
}

/// `lower((email)::TEXT)` is `lower_email`.
fn in_a_name(expression: &str) -> String {
    let bare = expression.split("::").next().unwrap_or(expression);
    let words = bare.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("_")
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
        for line in reasons(suggestion) {
            writeln!(text, "-- {line}").expect("a String takes any text");
        }
        writeln!(text, "{};", sql::create_index(&suggestion.index, dialect))
            .expect("a String takes any text");
    }
    text
}

/// Why the index is worth it, a line each.
fn reasons(suggestion: &Suggestion) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(missing) = &suggestion.missing {
        let columns = missing.columns.join(", ");
        lines.push(format!(
            "{}({columns}) refers to {}, and no index leads with it.",
            missing.table,
            missing.references.join(", ")
        ));
        if let Some(proof) = &suggestion.proof {
            lines.push(format!(
                "The table has {}. Looking rows up by {columns}:",
                suggestion.rows
            ));
            lines.push(format!("  today: {}", suggestion.plan_today));
            lines.push(match proof {
                Proof::Tried { plan, means } => format!("  with the index: {plan}, {means}"),
                Proof::NotTried { why } => format!("  with the index: not tried: {why}"),
            });
        }
    }
    if !suggestion.gains.is_empty() {
        lines.push(format!(
            "{} has {}. Tried {}; the planner's cost before and after:",
            suggestion.table, suggestion.rows, suggestion.means
        ));
        for gain in &suggestion.gains {
            lines.push(format!(
                "  {:.0} → {:.0}, about {:.1} times as fast: {}",
                gain.cost_before,
                gain.cost_after,
                gain.factor,
                shown(&gain.statement)
            ));
        }
        let size = suggestion
            .bytes
            .map(|bytes| format!("about {}", bytes_in_words(bytes)));
        let size = size.unwrap_or_else(|| "of unknown size".to_owned());
        let writes = suggestion.writes.map_or_else(String::new, |writes| {
            format!(
                "; each write of a row writes it too ({} so far)",
                counted(writes, "row")
            )
        });
        lines.push(format!("The index is {size}{writes}."));
    }
    if suggestion.index.partitioned {
        lines.push(
            "The table is partitioned: writers wait while the index is built on every partition."
                .to_owned(),
        );
    }
    lines
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
