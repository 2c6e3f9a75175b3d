//! A schema that running code knows by its old name.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Look, Seen};
use crate::lint::statement::Kind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "rename-schema",
        summary: "a schema is renamed",
        explanation: "\
## Why
Every statement and every search_path that names it fails.

## Instead
Make the new schema and move what is in it table by table, with views of the old names.
",
    },
    number: "BDB045",
    engines: POSTGRES,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE SCHEMA a;",
        fails: "ALTER SCHEMA a RENAME TO b;",
        passes: "CREATE SCHEMA b;",
        seen: Seen::Nothing,
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::RenameSchema { schema } = &look.statement().kind else {
        return Vec::new();
    };
    let message = format!("running code knows the schema `{schema}` by this name");
    let help = "make the new one and move over, with views of the old names";
    vec![Found::new(&look.statement().span, message, help)]
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn its_owner_may_change() {
        let count = |sql| said("rename-schema", sql).len();
        assert_eq!(count("ALTER SCHEMA a OWNER TO b;"), 0);
        assert_eq!(count("ALTER SCHEMA a RENAME TO b;"), 1);
    }
}
