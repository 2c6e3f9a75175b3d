//! A value of an enumeration that is used before it is there.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Look, Seen};
use crate::lint::statement::Kind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "enum-value-in-same-transaction",
        summary: "a new value of an enumeration is used in the transaction that adds it",
        explanation: "\
## Why
The server refuses to use it before the transaction that added it has ended.

## Instead
ADD VALUE in a migration of its own; use it in the next one.
",
    },
    number: "BDB061",
    engines: POSTGRES,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (a mood);",
        fails: "ALTER TYPE mood ADD VALUE 'ok';\nINSERT INTO t VALUES ('ok');",
        passes: "ALTER TYPE mood ADD VALUE 'ok';",
        seen: Seen::Refused("unsafe use of new value"),
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let statement = look.statement();
    let text = &look.text[statement.span.clone()];
    let mut found = Vec::new();
    for before in look.values_added() {
        if let Kind::AddEnumValue { r#type, value } = &before.kind
            && text.contains(&format!("'{value}'"))
        {
            let message =
                format!("`{value}` of `{type}` cannot be used before this transaction ends");
            let help = "add the value in a migration of its own, and use it in the next one";
            found.push(Found::new(&statement.span, message, help));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn other_values_were_there_before() {
        let count = |sql| said("enum-value-in-same-transaction", sql).len();
        assert_eq!(
            count("ALTER TYPE mood ADD VALUE 'ok'; UPDATE t SET a = 'sad' WHERE a = 'x';"),
            0
        );
        assert_eq!(
            count("ALTER TYPE mood ADD VALUE 'ok'; ALTER TABLE t ALTER a SET DEFAULT 'ok';"),
            1
        );
    }
}
