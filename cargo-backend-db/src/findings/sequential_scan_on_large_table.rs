//! A large table that is read whole again and again.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::SERVERS;
use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, Statement, TableUse, counted, milliseconds_in_words};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "sequential-scan-on-large-table",
        summary: "a large table that is read whole again and again",
        explanation: "\
## Why
A statement that reads a whole table takes longer with every row that comes, also when it returns
one. On a busy table this is the usual reason for a database that was fast last year.

## Proof
PostgreSQL: `pg_stat_user_tables.seq_scan` and `seq_tup_read`: how often, and how many rows each time.
The statements whose text names the table are shown from pg_stat_statements, the most expensive
first; the server does not say which of them it was. MySQL and MariaDB: statements with
`SUM_NO_INDEX_USED` in performance_schema, with the rows they examined.

## Fix
`cargo backend-db suggest-indexes`, or an index on what the shown statements filter by. A report that
needs all rows is right to read them; let it read a standby.
",
    },
    engines: SERVERS,
    needs: &[Section::Tables],
    needs_history: false,
    thresholds: &[&ROWS, &SCANS],
    check,
};

static ROWS: Threshold = Threshold {
    name: "scan-rows",
    default: 10_000,
    about: "How many rows a scan reads at least: from here on even a table in memory takes \
            milliseconds.",
};

static SCANS: Threshold = Threshold {
    name: "scans",
    default: 100,
    about: "How many scans there were at least, and at least one an hour since the figures count: \
            a nightly job or a backup reads everything rightly.",
};

/// How many statements are shown.
const SHOWN: usize = 3;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    match facts.schema.dialect {
        Dialect::Postgres => by_table(facts),
        Dialect::MySql | Dialect::Sqlite => by_statement(facts),
    }
}

/// How often counts as again and again.
fn often(facts: &Facts<'_>) -> u64 {
    let hours = facts.statistics.server.counting_s.unwrap_or(0) / 3_600;
    facts.threshold(&SCANS).max(hours)
}

fn by_table(facts: &Facts<'_>) -> Vec<Finding> {
    let rows_a_scan = |used: &TableUse| used.scanned_rows / used.scans.max(1);
    let mut tables: Vec<_> = facts
        .tables()
        .filter(|(_, used)| used.scans >= often(facts))
        .filter(|(_, used)| rows_a_scan(used) >= facts.threshold(&ROWS))
        .collect();
    tables.sort_by_key(|(_, used)| std::cmp::Reverse(used.scanned_rows));
    tables
        .into_iter()
        .map(|(name, used)| {
            let found = Diagnostic::warning(format!("`{name}` is read whole again and again"))
                .evidence(format!(
                    "{} of {} each, {}",
                    counted(used.scans, "sequential scan"),
                    counted(rows_a_scan(used), "row"),
                    facts.statistics.counted_for()
                ));
            let found = statements(facts, name)
                .into_iter()
                .fold(found, |found, statement| {
                    found.evidence(format!(
                        "names it, {}, {} each: {}",
                        counted(statement.calls, "call"),
                        milliseconds_in_words(statement.mean_us()),
                        statement.shown()
                    ))
                });
            let help = "index what these statements filter by; see `suggest-indexes`";
            Finding::from(found.help(help)).about(name)
        })
        .collect()
}

/// The statements that may be the reason, the most expensive first.
fn statements<'a>(facts: &Facts<'a>, table: &str) -> Vec<&'a Statement> {
    let name = facts
        .schema
        .tables
        .get(table)
        .map_or(table, |table| table.name.as_str());
    let mut found: Vec<&Statement> = facts
        .statistics
        .statements
        .iter()
        .filter(|statement| statement.mentions(name) && statement.reads())
        .collect();
    found.sort_by_key(|statement| std::cmp::Reverse(statement.total_us));
    found.truncate(SHOWN);
    found
}

fn by_statement(facts: &Facts<'_>) -> Vec<Finding> {
    let examined = |s: &Statement| s.rows_examined.unwrap_or(0) / s.calls.max(1);
    let statements = facts.statistics.statements.iter();
    statements
        .filter(|statement| statement.full_scans.unwrap_or(0) >= often(facts))
        .filter(|statement| examined(statement) >= facts.threshold(&ROWS))
        .map(|statement| {
            let table = (facts.schema.tables.iter())
                .find(|(_, table)| statement.mentions(&table.name))
                .map(|(name, _)| name.clone());
            let what = table
                .as_deref()
                .map_or_else(|| "a table".to_owned(), |name| format!("`{name}`"));
            let found = Diagnostic::warning(format!("{what} is read whole again and again"))
                .evidence(format!(
                    "{} without an index, {} examined each, {}",
                    counted(statement.full_scans.unwrap_or(0), "call"),
                    counted(examined(statement), "row"),
                    facts.statistics.counted_for()
                ))
                .evidence(format!("the statement: {}", statement.shown()))
                .help("index what this statement filters by");
            let finding = Finding::from(found);
            match table {
                Some(table) => finding.about(table),
                None => finding,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{facts, said, schema, table};
    use super::*;
    use crate::statistics::Statistics;

    fn scanned(scans: u64, scanned_rows: u64) -> Statistics {
        let used = TableUse {
            scans,
            scanned_rows,
            ..TableUse::default()
        };
        let mut statistics = Statistics::default();
        statistics.tables.insert("orders".to_owned(), used);
        statistics
    }

    #[test]
    fn a_large_table_has_to_be_read_often() {
        let schema = schema(vec![table("orders", &["id"])]);
        let count = |statistics: &Statistics| said(check, &schema, statistics).len();
        assert_eq!(count(&scanned(100, 1_000_000)), 1);
        assert_eq!(count(&scanned(99, 1_000_000)), 0, "seldom");
        assert_eq!(count(&scanned(100, 999_999)), 0, "a small table");
        let mut old = scanned(100, 1_000_000);
        old.server.counting_s = Some(101 * 3_600);
        assert_eq!(count(&old), 0, "less than once an hour");
    }

    #[test]
    fn statements_that_name_the_table_are_shown() {
        let schema = schema(vec![table("orders", &["id"])]);
        let mut statistics = scanned(100, 1_000_000);
        for (text, total_us) in [
            ("SELECT 1 FROM orders", 1_000_000),
            ("SELECT 2 FROM orders", 9_000_000),
            ("SELECT 3 FROM customers", 99_000_000),
            ("INSERT INTO orders VALUES ($1)", 99_000_000),
        ] {
            statistics.statements.push(Statement {
                text: text.to_owned(),
                calls: 100,
                total_us,
                ..Statement::default()
            });
        }
        let found = check(&facts(&schema, &statistics));
        assert_eq!(
            found[0].diagnostic.evidence[1..],
            [
                "names it, 100 calls, 90 ms each: SELECT 2 FROM orders",
                "names it, 100 calls, 10 ms each: SELECT 1 FROM orders"
            ]
        );
    }
}
