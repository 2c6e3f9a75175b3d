//! A database in a migration.

use cargo_backend_shared::rule::Rule;

use super::SERVERS;
use crate::lint::rule::{Examples, Found, Level, Lint, Look, Seen};
use crate::lint::statement::{Kind, Object};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "drop-database",
        summary: "a database is dropped",
        explanation: "\
## Why
Nothing brings it back; and the server refuses it inside a transaction.

## Instead
Do it by hand.
",
    },
    number: "BDB047",
    engines: SERVERS,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "SELECT 1;",
        fails: "DROP DATABASE IF EXISTS lint_nothing;",
        passes: "-- no-transaction\n-- backend-db:allow(drop-database) a leftover of tests\nDROP DATABASE IF EXISTS lint_nothing;",
        seen: Seen::Refused("cannot run inside a transaction block"),
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::Drop { what, names } = &look.statement().kind else {
        return Vec::new();
    };
    if !matches!(what, Object::Database) {
        return Vec::new();
    }
    names
        .iter()
        .filter(|name| !look.is_new(name))
        .map(|name| {
            let message = format!("the database `{name}` is dropped");
            let help = "do it by hand, not in a migration";
            Found::new(&look.statement().span, message, help)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn it_is_found() {
        let count = |sql| said("drop-database", sql).len();
        assert_eq!(count("DROP DATABASE d;"), 1);
        assert_eq!(count("DROP TABLE d;"), 0);
    }
}
