//! A schema with all that is in it.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Look, Seen};
use crate::lint::statement::{Kind, Object};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "drop-schema",
        summary: "a schema is dropped",
        explanation: "\
## Why
With CASCADE every table in it goes, and no rollback brings the rows back.

## Instead
Drop what is in it one by one, each in sight of its rule, and the empty schema last, allowed with
the reason.
",
    },
    number: "BDB042",
    engines: POSTGRES,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE SCHEMA a;",
        fails: "DROP SCHEMA a;",
        passes: "-- backend-db:allow(drop-schema) it is empty\nDROP SCHEMA a;",
        seen: Seen::Nothing,
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::Drop { what, names } = &look.statement().kind else {
        return Vec::new();
    };
    if !matches!(what, Object::Schema) {
        return Vec::new();
    }
    names
        .iter()
        .filter(|name| !look.is_new(name))
        .map(|name| {
            let message = format!("the schema `{name}` is dropped");
            let help = "drop what is in it one by one, then allow this with the reason";
            Found::new(&look.statement().span, message, help)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn each_schema_is_one() {
        let count = |sql| said("drop-schema", sql).len();
        assert_eq!(count("DROP SCHEMA IF EXISTS a, b CASCADE;"), 2);
    }
}
