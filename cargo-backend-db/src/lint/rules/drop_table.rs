//! A table that running code may still use.

use cargo_backend_shared::rule::Rule;

use super::EVERYWHERE;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Kind, Object};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "drop-table",
        summary: "a table is dropped",
        explanation: "\
## Why
The data is gone, and no rollback brings it back. Every statement of running code that names the
table fails.

## Instead
First deploy code that does not name it; then drop it and allow it with the reason.
",
    },
    number: "BDB041",
    engines: EVERYWHERE,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);",
        fails: "DROP TABLE t;",
        passes: "-- backend-db:allow(drop-table) no release since 2.3 names it\nDROP TABLE t;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::Drop { what, names } = &look.statement().kind else {
        return Vec::new();
    };
    if !matches!(what, Object::Table) {
        return Vec::new();
    }
    names
        .iter()
        .filter(|name| !look.is_new(name))
        .map(|name| {
            let message = format!("`{name}` and all its rows are dropped");
            let help = "deploy code that does not name it first; then allow this with the reason";
            Found::new(&look.statement().span, message, help).about(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn each_table_is_one_and_a_new_one_is_none() {
        let count = |sql| said("drop-table", sql).len();
        assert_eq!(count("DROP TABLE IF EXISTS a, s.b CASCADE;"), 2);
        assert_eq!(count("CREATE TABLE a (x int); DROP TABLE a;"), 0);
    }
}
