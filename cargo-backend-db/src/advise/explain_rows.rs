//! A plan as the `EXPLAIN` of MySQL and MariaDB gives it, a row a table
//! (<https://mariadb.com/kb/en/explain/>, <https://dev.mysql.com/doc/refman/8.4/en/explain-output.html>).
//! MariaDB shows no costs before version 11, so plans are weighed by the rows that the planner expects to
//! read.

use std::collections::{BTreeMap, BTreeSet};

use crate::statistics::counted;

/// How one table is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Row {
    /// Which SELECT it belongs to; none for the result of a UNION.
    pub(crate) id: Option<i64>,
    pub(crate) select_type: String,
    pub(crate) table: String,
    /// The access type: `ALL`, `index`, `range`, `ref`…
    pub(crate) access: String,
    pub(crate) key: Option<String>,
    pub(crate) rows: u64,
    /// The share of them that meets the other conditions, in percent.
    pub(crate) filtered: f64,
    pub(crate) extra: String,
}

/// The plan as a sentence.
pub(crate) fn words(plan: &[Row]) -> String {
    let tables: Vec<String> = plan
        .iter()
        .filter(|row| !row.table.is_empty())
        .map(|row| {
            let by = row
                .key
                .as_ref()
                .map_or_else(String::new, |key| format!(" by {key}"));
            let extra = if row.extra.is_empty() {
                String::new()
            } else {
                format!(", {}", row.extra)
            };
            let rows = counted(row.rows, "row");
            format!("{}: {}{by}, {rows}{extra}", row.table, row.access)
        })
        .collect();
    tables.join(", then ")
}

/// The names of the indexes that it uses.
pub(crate) fn indexes(plan: &[Row]) -> BTreeSet<String> {
    let keys = plan.iter().filter_map(|row| row.key.as_deref());
    // `index_merge` names several.
    keys.flat_map(|keys| keys.split(',').map(str::to_owned))
        .collect()
}

/// The tables, by what the statement calls them, of which at least so many rows are read without an
/// index that leads to them.
pub(crate) fn scanned(plan: &[Row], least: f64) -> Vec<&str> {
    let whole = |row: &&Row| matches!(row.access.as_str(), "ALL" | "index");
    #[expect(clippy::cast_precision_loss, reason = "a threshold")]
    let large = |row: &&Row| row.rows as f64 >= least;
    let rows = plan.iter().filter(whole).filter(large);
    rows.map(|row| row.table.as_str()).collect()
}

/// How many rows it reads, sorts and keeps for later.
pub(crate) fn weight(plan: &[Row]) -> f64 {
    let mut selects: BTreeMap<Option<i64>, Vec<&Row>> = BTreeMap::new();
    for row in plan {
        selects.entry(row.id).or_default().push(row);
    }
    let outer = selects.get(&Some(1)).map_or(1.0, |rows| work(rows).1);
    let weights = selects.values().map(|rows| {
        let depends = rows
            .iter()
            .any(|row| row.select_type.starts_with("DEPENDENT"));
        work(rows).0 * if depends { outer.max(1.0) } else { 1.0 }
    });
    weights.sum()
}

/// What one SELECT reads, and how many rows come out of it.
fn work(rows: &[&Row]) -> (f64, f64) {
    let (mut work, mut out) = (0.0, 1.0);
    for row in rows {
        #[expect(clippy::cast_precision_loss, reason = "a weight")]
        let read = row.rows as f64;
        work += out * read;
        out *= read * row.filtered / 100.0;
    }
    let extra = |word: &str| rows.iter().any(|row| row.extra.contains(word));
    for word in ["Using filesort", "Using temporary"] {
        if extra(word) {
            work += out;
        }
    }
    (work, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, table: &str, access: &str, rows: u64, extra: &str) -> Row {
        Row {
            id: Some(id),
            select_type: "PRIMARY".to_owned(),
            table: table.to_owned(),
            access: access.to_owned(),
            key: None,
            rows,
            filtered: 100.0,
            extra: extra.to_owned(),
        }
    }

    #[test]
    fn a_plan_is_told_table_by_table() {
        let mut second = row(1, "items", "ref", 4, "");
        second.key = Some("by_order".to_owned());
        let plan = [
            row(1, "orders", "ALL", 20_000, "Using where; Using filesort"),
            second,
        ];
        assert_eq!(
            words(&plan),
            "orders: ALL, 20,000 rows, Using where; Using filesort, then items: ref by by_order, 4 rows"
        );
        assert_eq!(indexes(&plan), BTreeSet::from(["by_order".to_owned()]));
    }

    #[test]
    fn a_large_table_that_is_read_whole_is_named() {
        let plan = [
            row(1, "o", "ALL", 1_000, ""),
            row(1, "small", "ALL", 999, ""),
            row(1, "i", "range", 5_000, ""),
            row(1, "p", "index", 5_000, ""),
        ];
        assert_eq!(scanned(&plan, 1_000.0), ["o", "p"]);
    }

    #[test]
    fn loops_multiply_sorts_add_and_dependent_queries_are_done_for_each_row() {
        let filtered = Row {
            filtered: 10.0,
            ..row(1, "orders", "ALL", 1_000, "Using filesort")
        };
        let dependent = Row {
            select_type: "DEPENDENT SUBQUERY".to_owned(),
            ..row(2, "c", "ALL", 10, "")
        };
        for (plan, expected) in [
            (vec![filtered.clone()], 1_100.0),
            (
                vec![filtered.clone(), row(1, "items", "ref", 4, "")],
                1_000.0 + 400.0 + 400.0,
            ),
            (vec![filtered, dependent], 1_100.0 + 100.0 * 10.0),
        ] {
            let found = weight(&plan);
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
    }
}
