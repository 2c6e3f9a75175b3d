//! An extension that objects depend on.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Look, Seen};
use crate::lint::statement::{Kind, Object};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "drop-extension",
        summary: "an extension is dropped",
        explanation: "\
## Why
With CASCADE every column of its types and every index of its operators goes with it, and the data
in those columns.

## Instead
Look what depends on it (`\\dx+`), drop that first, and allow it with the reason.
",
    },
    number: "BDB064",
    engines: POSTGRES,
    level: Level::Warn,
    grows: false,
    examples: Examples {
        before: "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;",
        fails: "DROP EXTENSION pg_stat_statements;",
        passes: "-- backend-db:allow(drop-extension) nothing depends on it\nDROP EXTENSION pg_stat_statements;",
        seen: Seen::Nothing,
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::Drop { what, names } = &look.statement().kind else {
        return Vec::new();
    };
    if !matches!(what, Object::Extension) {
        return Vec::new();
    }
    names
        .iter()
        .filter(|name| !look.is_new(name))
        .map(|name| {
            let message = format!(
                "the extension `{name}` is dropped, and with CASCADE all that depends on it"
            );
            let help = "look what depends on it, drop that first, and allow this with the reason";
            Found::new(&look.statement().span, message, help)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn each_extension_is_one() {
        let count = |sql| said("drop-extension", sql).len();
        assert_eq!(count("DROP EXTENSION a, b;"), 2);
    }
}
