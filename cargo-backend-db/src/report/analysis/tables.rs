//! What is known of each table, in words: `–` where the server does not know.

use serde::Serialize;

use super::Analysis;
use crate::statistics::{bytes_in_words, grouped, seconds_in_words};

/// A table and its figures.
#[derive(Debug, Serialize)]
pub(super) struct TableFacts {
    pub(super) name: String,
    pub(super) rows: String,
    pub(super) bytes: String,
    pub(super) index_bytes: String,
    pub(super) scans: String,
    pub(super) index_scans: String,
    pub(super) dead_rows: String,
    pub(super) vacuumed: String,
    pub(super) analysed: String,
    /// For programs and for the order.
    #[serde(skip)]
    pub(super) whole_bytes: u64,
}

/// Every table, the largest first.
pub(super) fn all(analysis: &Analysis<'_>) -> Vec<TableFacts> {
    let statistics = analysis.statistics;
    let unknown = || "–".to_owned();
    let figure = |known: Option<u64>| known.map_or_else(unknown, grouped);
    let size = |known: Option<u64>| known.map_or_else(unknown, bytes_in_words);
    let ago = |known: Option<u64>| {
        known.map_or_else(
            || "never".to_owned(),
            |s| format!("{} ago", seconds_in_words(s)),
        )
    };
    let mut tables: Vec<TableFacts> = analysis
        .schema
        .tables
        .iter()
        .map(|(name, table)| {
            let used = statistics.tables.get(name);
            let counted = used.filter(|_| analysis.counts_use());
            let bytes = used.and_then(|used| used.bytes);
            let indexes = table.indexes.keys();
            let index_bytes = indexes
                .map(|index| statistics.index_bytes(name, index))
                .collect::<Option<Vec<u64>>>()
                .map(|sizes| sizes.iter().sum());
            TableFacts {
                name: name.clone(),
                rows: figure(statistics.rows.get(name).copied()),
                bytes: size(bytes),
                index_bytes: size(index_bytes),
                scans: figure(counted.map(|used| used.scans)),
                index_scans: figure(counted.map(|used| used.index_scans)),
                dead_rows: figure(counted.map(|used| used.dead_rows)),
                vacuumed: counted.map_or_else(unknown, |used| ago(used.vacuumed_s)),
                analysed: counted.map_or_else(unknown, |used| ago(used.analysed_s)),
                whole_bytes: bytes.unwrap_or(0) + index_bytes.unwrap_or(0),
            }
        })
        .collect();
    tables.sort_by(|a, b| {
        let size = b.whole_bytes.cmp(&a.whole_bytes);
        size.then_with(|| a.name.cmp(&b.name))
    });
    tables
}
