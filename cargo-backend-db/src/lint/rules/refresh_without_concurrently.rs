//! A materialized view that nobody can read while it is filled.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Kind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "refresh-without-concurrently",
        summary: "REFRESH MATERIALIZED VIEW without CONCURRENTLY",
        explanation: "\
## Why
Every reader of the view waits until its query is done.

## Instead
REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view.
",
    },
    number: "BDB058",
    engines: POSTGRES,
    level: Level::Warn,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); CREATE MATERIALIZED VIEW mv AS SELECT id, a FROM t; CREATE UNIQUE INDEX ON mv (id);",
        fails: "REFRESH MATERIALIZED VIEW mv;",
        passes: "REFRESH MATERIALIZED VIEW CONCURRENTLY mv;",
        seen: Seen::Rewrite {
            mode: Lock::AccessExclusive,
            on: "mv",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::Refresh {
        view,
        concurrently: false,
    } = &look.statement().kind
    else {
        return Vec::new();
    };
    let made = look.before().iter().any(
        |statement| matches!(&statement.kind, Kind::CreateView { view: made, .. } if made.is(view)),
    );
    if made {
        return Vec::new();
    }
    let message = format!("readers of `{view}` wait while it is filled");
    let help = "REFRESH MATERIALIZED VIEW CONCURRENTLY, with a unique index on it";
    vec![Found::new(&look.statement().span, message, help)]
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_view_of_this_file_has_no_readers() {
        let count = |sql| said("refresh-without-concurrently", sql).len();
        assert_eq!(
            count("CREATE MATERIALIZED VIEW v AS SELECT 1; REFRESH MATERIALIZED VIEW v;"),
            0
        );
        assert_eq!(count("REFRESH MATERIALIZED VIEW v;"), 1);
    }
}
