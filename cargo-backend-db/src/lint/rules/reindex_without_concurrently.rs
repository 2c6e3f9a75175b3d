//! An index that is built anew while readers and writers wait.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Kind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "reindex-without-concurrently",
        summary: "REINDEX without CONCURRENTLY",
        explanation: "\
## Why
REINDEX locks out every writer of the table, and every reader that the planner would lead through
the index, until all is read and written.

## Instead
REINDEX … CONCURRENTLY, alone in a file whose first line is `-- no-transaction`.
",
    },
    number: "BDB003",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);",
        fails: "REINDEX TABLE t;",
        passes: "-- no-transaction\nREINDEX TABLE CONCURRENTLY t;",
        seen: Seen::Lock {
            mode: Lock::Share,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::Reindex {
        table,
        concurrently: false,
    } = &look.statement().kind
    else {
        return Vec::new();
    };
    let what = match table {
        Some(table) if look.is_new(table) => return Vec::new(),
        Some(table) => format!("writers of `{table}` wait"),
        None => "writers wait".to_owned(),
    };
    let message = format!("{what} while the index is built anew");
    let help = "REINDEX … CONCURRENTLY, alone in a file that begins with `-- no-transaction`";
    let found = Found::new(&look.statement().span, message, help);
    vec![match table {
        Some(table) => found.about(table),
        None => found,
    }]
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn either_spelling_of_concurrently_is_good() {
        let count = |sql| said("reindex-without-concurrently", sql).len();
        assert_eq!(count("REINDEX INDEX i;"), 1);
        assert_eq!(count("REINDEX DATABASE d;"), 1);
        assert_eq!(count("REINDEX INDEX CONCURRENTLY i;"), 0);
        assert_eq!(count("REINDEX (CONCURRENTLY) TABLE t;"), 0);
    }
}
