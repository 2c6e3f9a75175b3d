//! What needs transactions of its own, inside of one.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Fix, Found, Level, Lint, Look, Seen};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "concurrently-in-transaction",
        summary: "CONCURRENTLY in a file that runs in a transaction",
        explanation: "\
## Why
What runs CONCURRENTLY needs several transactions and is refused inside of one: the migration fails, each
time, and what stands behind it waits.

## Instead
Put it alone into a file whose first line is `-- no-transaction`. `migrate` and `sqlx migrate` read that
line.
",
    },
    number: "BDB004",
    engines: POSTGRES,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer);",
        fails: "CREATE INDEX CONCURRENTLY t_a_idx ON t (a);",
        passes: "-- no-transaction\nCREATE INDEX CONCURRENTLY t_a_idx ON t (a);",
        seen: Seen::Refused("cannot run inside a transaction block"),
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let statement = look.statement();
    if !look.transaction || !statement.kind.is_concurrent() {
        return Vec::new();
    }
    let message = "the server refuses CONCURRENTLY inside a transaction".to_owned();
    let help = "put it alone into a file that begins with `-- no-transaction`";
    let fix = look.is_alone().then(|| Fix {
        no_transaction: true,
        ..Fix::default()
    });
    vec![Found::new(&statement.span, message, help).fix(fix)]
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_transaction_may_be_that_of_the_file_or_its_own() {
        let count = |sql| said("concurrently-in-transaction", sql).len();
        assert_eq!(count("DROP INDEX CONCURRENTLY i;"), 1);
        assert_eq!(count("REINDEX TABLE CONCURRENTLY t;"), 1);
        assert_eq!(count("ALTER TABLE t DETACH PARTITION p CONCURRENTLY;"), 1);
        let explicit = "-- no-transaction\nBEGIN; DROP INDEX CONCURRENTLY i; COMMIT;";
        assert_eq!(count(explicit), 1);
        let after = "-- no-transaction\nBEGIN; SELECT 1; COMMIT; DROP INDEX CONCURRENTLY i;";
        assert_eq!(count(after), 0);
    }
}
