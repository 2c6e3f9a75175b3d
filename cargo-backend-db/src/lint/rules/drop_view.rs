//! A view that running code may still read.

use cargo_backend_shared::rule::Rule;

use super::EVERYWHERE;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Kind, Name, Object};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "drop-view",
        summary: "a view is dropped and not made again",
        explanation: "\
## Why
Every statement of running code that names the view fails.

## Instead
Deploy code that does not name it first. A view that is made again in the same file is not found.
",
    },
    number: "BDB049",
    engines: EVERYWHERE,
    level: Level::Warn,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); CREATE VIEW v AS SELECT a FROM t;",
        fails: "DROP VIEW v;",
        passes: "DROP VIEW v;\nCREATE VIEW v AS SELECT a, b FROM t;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "v",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::Drop { what, names } = &look.statement().kind else {
        return Vec::new();
    };
    if !matches!(what, Object::View | Object::MaterializedView) {
        return Vec::new();
    }
    names
        .iter()
        .filter(|name| !comes_back(look, name))
        .map(|name| {
            let message = format!("the view `{name}` is dropped");
            let help = "deploy code that does not name it first, or make it again in the same file";
            Found::new(&look.statement().span, message, help)
        })
        .collect()
}

fn comes_back(look: &Look<'_>, name: &Name) -> bool {
    let mut after = look.all[look.at..].iter();
    after.any(|statement| matches!(&statement.kind, Kind::CreateView { view, .. } if view.is(name)))
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_view_that_comes_back_is_none() {
        let count = |sql| said("drop-view", sql).len();
        assert_eq!(count("DROP MATERIALIZED VIEW v, w;"), 2);
        assert_eq!(count("DROP VIEW v, w; CREATE VIEW w AS SELECT 1;"), 1);
    }
}
