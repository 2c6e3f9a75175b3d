//! A plan as SQLite's `EXPLAIN QUERY PLAN` gives it (<https://www.sqlite.org/eqp.html>). SQLite says no
//! costs. To choose between indexes the rows are reckoned that the plan reads, from the statistics that
//! the planner itself has (`sqlite_stat1`); they are never shown.

use std::collections::{BTreeMap, BTreeSet};

use super::need::Need;
use super::need::statement::Reading;

/// A line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) id: i64,
    pub(crate) parent: i64,
    pub(crate) detail: String,
}

/// What is known of tables and indexes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Known {
    /// The rows of a table.
    pub(crate) rows: BTreeMap<String, f64>,
    /// What `sqlite_stat1` says of an index: its rows, then the rows of an average value of its first
    /// key, of its first two keys, and so on.
    pub(crate) indexes: BTreeMap<String, Vec<f64>>,
    /// Those that hold only the rows that meet a condition.
    pub(crate) partial: BTreeSet<String>,
}

/// What SQLite takes a value of an index to have that it knows nothing of (`sqlite3DefaultRowEst`).
const DEFAULT_ROWS: f64 = 10.0;

/// What SQLite takes a range to leave of its rows (`whereRangeScanEst`).
const RANGE_SHARE: f64 = 0.25;

/// A statement that wants the first rows only, in an order that an index has, stops early.
const LIMITED_ROWS: f64 = 100.0;

/// What it reads until it has them if it looks for some of the rows only.
const FILTERED_SHARE: f64 = 0.1;

/// The steps as a sentence.
pub(crate) fn words(steps: &[Step]) -> String {
    let details: Vec<&str> = steps.iter().map(|step| step.detail.as_str()).collect();
    details.join("; ")
}

/// The names of the indexes that it uses.
pub(crate) fn indexes(steps: &[Step]) -> BTreeSet<String> {
    let all = steps.iter().filter_map(|step| read(&step.detail)?.index);
    all.map(str::to_owned).collect()
}

/// How many rows it reads and sorts.
pub(crate) fn weight(steps: &[Step], reading: &Reading, known: &Known) -> f64 {
    let scale = Scale { reading, known };
    scale.work(steps, 0).0
}

struct Scale<'a> {
    reading: &'a Reading,
    known: &'a Known,
}

/// How a table is read.
struct Read<'a> {
    /// What the statement calls it.
    name: &'a str,
    index: Option<&'a str>,
    /// By its own key: the rowid, or the primary key of a table without rowids.
    own_key: bool,
    /// Through an index that is built for this once.
    automatic: bool,
    equal: usize,
    range: usize,
}

/// `SEARCH o USING COVERING INDEX i (a=? AND b>?)`; nothing for a step that reads no table.
fn read(detail: &str) -> Option<Read<'_>> {
    let rest = detail
        .strip_prefix("SCAN ")
        .or_else(|| detail.strip_prefix("SEARCH "))?;
    let rest = rest.strip_suffix(" LEFT-JOIN").unwrap_or(rest);
    let (name, how) = rest.split_once(" USING ").unwrap_or((rest, ""));
    let (how, terms) = match how.rfind(" (") {
        Some(at) => (&how[..at], how[at + 2..].trim_end_matches(')')),
        None => (how, ""),
    };
    let index = how
        .strip_prefix("COVERING INDEX ")
        .or_else(|| how.strip_prefix("INDEX "));
    let terms = || terms.split(" AND ");
    Some(Read {
        name,
        index,
        own_key: how.ends_with("PRIMARY KEY"),
        automatic: how.starts_with("AUTOMATIC"),
        equal: terms().filter(|term| term.ends_with("=?")).count(),
        range: terms().filter(|term| term.contains(['<', '>'])).count(),
    })
}

impl Scale<'_> {
    /// What the steps below one read, and how many rows come out of them.
    fn work(&self, steps: &[Step], parent: i64) -> (f64, f64) {
        let below: Vec<&Step> = steps.iter().filter(|step| step.parent == parent).collect();
        let sorts = |step: &&&Step| step.detail.starts_with("USE TEMP B-TREE");
        let stops_early = parent == 0 && self.reading.limited && !below.iter().any(|s| sorts(&s));
        let (mut work, mut out) = (0.0, 1.0);
        for step in below {
            if let Some(read) = read(&step.detail) {
                let rows = self.rows(&read, stops_early);
                if read.automatic {
                    work += self.table_rows(read.name);
                }
                out *= rows;
                work += out;
            } else if step.detail.starts_with("USE TEMP B-TREE") {
                work += out;
            } else {
                let (within, rows) = self.work(steps, step.id);
                // What depends on the row outside is done again for each.
                let times = if step.detail.starts_with("CORRELATED") {
                    out
                } else {
                    1.0
                };
                work += within * times;
                if step.detail.starts_with("MULTI-INDEX") {
                    out *= rows.max(1.0);
                }
            }
        }
        (work, out)
    }

    fn table(&self, name: &str) -> Option<&String> {
        self.reading.names.get(&name.to_lowercase())
    }

    fn table_rows(&self, name: &str) -> f64 {
        let table = self.table(name);
        let rows = table.and_then(|table| self.known.rows.get(table));
        // A subquery, or a table-valued function: nothing that an index serves.
        rows.copied().unwrap_or(1.0)
    }

    fn rows(&self, read: &Read<'_>, stops_early: bool) -> f64 {
        let rows = self.searched(read);
        if !stops_early || (read.index.is_none() && read.equal + read.range == 0) {
            return rows;
        }
        let needs = self
            .table(read.name)
            .and_then(|t| self.reading.needs.get(t));
        let conditions = |need: &Need| need.equal.len() + need.range.len();
        let partial = read
            .index
            .is_some_and(|index| self.known.partial.contains(index));
        let met = read.equal + read.range.min(1) + usize::from(partial);
        // All conditions are met by the index, or the rest of them throw rows away on the way.
        if needs.map_or(0, conditions) <= met {
            rows.min(LIMITED_ROWS)
        } else {
            rows.min((rows * FILTERED_SHARE).max(LIMITED_ROWS))
        }
    }

    fn searched(&self, read: &Read<'_>) -> f64 {
        let all = self.table_rows(read.name);
        if read.equal + read.range == 0 {
            let whole = read.index.and_then(|index| self.known.indexes.get(index));
            return whole.and_then(|stat| stat.first()).copied().unwrap_or(all);
        }
        let range = if read.range > 0 { RANGE_SHARE } else { 1.0 };
        let equal = match (read.equal, read.index) {
            (0, Some(index)) => {
                let stat = self.known.indexes.get(index);
                stat.and_then(|stat| stat.first()).copied().unwrap_or(all)
            }
            (0, None) => all,
            (keys, Some(index)) => {
                let stat = self.known.indexes.get(index);
                stat.and_then(|stat| stat.get(keys).or_else(|| stat.last()))
                    .copied()
                    .unwrap_or(DEFAULT_ROWS)
            }
            (_, None) if read.own_key => 1.0,
            (_, None) => DEFAULT_ROWS,
        };
        (equal * range).clamp(1.0, all.max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::KeyPart;

    fn steps(details: &[&str]) -> Vec<Step> {
        details
            .iter()
            .zip(2..)
            .map(|(detail, id)| Step {
                id,
                parent: 0,
                detail: (*detail).to_owned(),
            })
            .collect()
    }

    fn known() -> Known {
        Known {
            rows: BTreeMap::from([
                ("orders".to_owned(), 20_000.0),
                ("items".to_owned(), 40_000.0),
            ]),
            indexes: BTreeMap::from([
                ("i".to_owned(), vec![20_000.0, 40.0, 2.0]),
                ("part".to_owned(), vec![2_000.0, 1.0]),
            ]),
            partial: BTreeSet::from(["part".to_owned()]),
        }
    }

    fn reading(limited: bool, equal: &[&str]) -> Reading {
        let column = |name: &&str| KeyPart::Column((*name).to_owned());
        let need = Need {
            equal: equal.iter().map(column).collect(),
            ..Need::default()
        };
        Reading {
            needs: BTreeMap::from([("orders".to_owned(), need)]),
            names: BTreeMap::from([
                ("o".to_owned(), "orders".to_owned()),
                ("items".to_owned(), "items".to_owned()),
            ]),
            limited,
        }
    }

    fn weigh(details: &[&str], limited: bool, equal: &[&str]) -> f64 {
        weight(&steps(details), &reading(limited, equal), &known())
    }

    #[test]
    fn rows_that_are_read_and_sorted_weigh() {
        for (details, rows) in [
            (&["SCAN o"][..], 20_000.0),
            (&["SCAN o", "USE TEMP B-TREE FOR ORDER BY"], 40_000.0),
            (&["SEARCH o USING INDEX i (a=?)"], 40.0),
            (&["SEARCH o USING COVERING INDEX i (a=? AND b=?)"], 2.0),
            (&["SEARCH o USING INDEX i (a=? AND b>?)"], 10.0),
            (&["SEARCH o USING INDEX i (a>? AND a<?)"], 5_000.0),
            (&["SEARCH o USING INTEGER PRIMARY KEY (rowid=?)"], 1.0),
            (&["SEARCH o USING INDEX other (a=?) LEFT-JOIN"], 10.0),
            (&["SCAN (subquery-1)"], 1.0),
        ] {
            let weight = weigh(details, false, &[]);
            assert!((weight - rows).abs() < 1e-9, "{details:?}: {weight}");
        }
    }

    #[test]
    fn a_loop_within_a_loop_multiplies() {
        let joined = ["SEARCH o USING INDEX i (a=?)", "SCAN items"];
        assert!((weigh(&joined, false, &[]) - (40.0 + 40.0 * 40_000.0)).abs() < 1e-6);
        let automatic = [
            "SEARCH o USING INDEX i (a=?)",
            "SEARCH items USING AUTOMATIC COVERING INDEX (x=?)",
        ];
        assert!((weigh(&automatic, false, &[]) - (40.0 + 40_000.0 + 400.0)).abs() < 1e-6);
    }

    #[test]
    fn a_limit_stops_where_an_index_has_the_order() {
        let ordered = ["SCAN o USING INDEX i"];
        for (details, equal, rows) in [
            (&ordered[..], &[][..], LIMITED_ROWS),
            (&ordered, &["status"], 2_000.0),
            (&["SCAN o USING INDEX part"], &["status"], LIMITED_ROWS),
            (&["SCAN o"], &["status"], 20_000.0),
            (&["SCAN o", "USE TEMP B-TREE FOR ORDER BY"], &[], 40_000.0),
        ] {
            let weight = weigh(details, true, equal);
            assert!((weight - rows).abs() < 1e-9, "{details:?}: {weight}");
        }
    }

    #[test]
    fn what_depends_on_the_outer_row_is_done_for_each() {
        let mut plan = steps(&[
            "SEARCH o USING INDEX i (a=?)",
            "CORRELATED SCALAR SUBQUERY 1",
        ]);
        plan.push(Step {
            id: 9,
            parent: 3,
            detail: "SCAN items".to_owned(),
        });
        let weight = weight(&plan, &reading(false, &[]), &known());
        assert!((weight - (40.0 + 40.0 * 40_000.0)).abs() < 1e-6, "{weight}");
    }

    #[test]
    fn indexes_are_named_whatever_their_name() {
        let plan = steps(&[
            "SCAN o USING COVERING INDEX an index",
            "SEARCH items USING INDEX i (x=?)",
            "SEARCH o USING AUTOMATIC PARTIAL COVERING INDEX (a=?)",
        ]);
        let found: Vec<String> = indexes(&plan).into_iter().collect();
        assert_eq!(found, ["an index", "i"]);
    }
}
