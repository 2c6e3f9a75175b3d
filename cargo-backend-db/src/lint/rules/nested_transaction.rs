//! A transaction within that of the runner.

use cargo_backend_shared::rule::Rule;

use super::TRANSACTIONAL;
use crate::lint::rule::{Examples, Found, Level, Lint, Look, Seen};
use crate::lint::statement::Kind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "nested-transaction",
        summary: "BEGIN, COMMIT or ROLLBACK in a file that runs in a transaction",
        explanation: "\
## Why
The runner has opened a transaction already: COMMIT ends that one, what comes after it runs
outside, and a failure leaves half of the file behind without a trace in the history.

## Instead
Leave transactions to the runner; or `-- no-transaction` as the first line, and your own BEGIN and
COMMIT.
",
    },
    number: "BDB054",
    engines: TRANSACTIONAL,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);",
        fails: "BEGIN;\nALTER TABLE t ADD COLUMN c integer;\nCOMMIT;",
        passes: "ALTER TABLE t ADD COLUMN c integer;",
        seen: Seen::Nothing,
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let statement = look.statement();
    let is_border = statement.kind == Kind::Begin || statement.kind.ends_transaction();
    if !look.wrapped || !is_border {
        return Vec::new();
    }
    let message = "the file runs in a transaction already".to_owned();
    let help = "leave it to the runner, or begin the file with `-- no-transaction`";
    vec![Found::new(&statement.span, message, help)]
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn outside_of_one_it_is_good() {
        let count = |sql| said("nested-transaction", sql).len();
        assert_eq!(count("BEGIN; SELECT 1; ROLLBACK;"), 2);
        assert_eq!(count("-- no-transaction\nBEGIN; SELECT 1; COMMIT;"), 0);
    }
}
