//! A value that running code knows by its old name.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Look, Seen};
use crate::lint::statement::Kind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "rename-enum-value",
        summary: "a value of an enumeration is renamed",
        explanation: "\
## Why
Running code compares with the old value and writes it: the server refuses both.

## Instead
Add the new value, let the code take both, move the rows over, and leave the old one.
",
    },
    number: "BDB048",
    engines: POSTGRES,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TYPE mood AS ENUM ('sad', 'ok');",
        fails: "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
        passes: "ALTER TYPE mood ADD VALUE 'fine';",
        seen: Seen::Nothing,
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::RenameEnumValue { r#type, value } = &look.statement().kind else {
        return Vec::new();
    };
    let message = format!("running code knows `{value}` of `{type}` by this name");
    let help = "add the new value, let the code take both, and move the rows over";
    vec![Found::new(&look.statement().span, message, help)]
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_new_value_is_no_danger() {
        let count = |sql| said("rename-enum-value", sql).len();
        assert_eq!(count("ALTER TYPE mood ADD VALUE 'x';"), 0);
        assert_eq!(count("ALTER TYPE s.mood RENAME VALUE 'x' TO 'y';"), 1);
    }
}
