//! A change that may copy the table without a word.

use cargo_backend_shared::rule::Rule;

use super::MYSQL;
use crate::lint::rule::{Examples, Fix, Found, Level, Lint, Look, Seen};
use crate::lint::statement::{Action, Alter, Name};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "alter-without-algorithm",
        summary: "ALTER TABLE that does not say how it may be done",
        explanation: "\
## Why
Where the change cannot be done in place, the server copies the whole table and lets no writer in
meanwhile, without saying so beforehand.

## Instead
Say `ALGORITHM=INPLACE, LOCK=NONE` (or `ALGORITHM=INSTANT`): where that is not possible, the
server refuses at once and names the reason, and nobody waits.
",
    },
    number: "MY101",
    engines: MYSQL,
    level: Level::Warn,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id INT PRIMARY KEY, a INT);",
        fails: "ALTER TABLE t ADD COLUMN c INT;",
        passes: "ALTER TABLE t ADD COLUMN c INT, ALGORITHM=INPLACE, LOCK=NONE;",
        seen: Seen::Nothing,
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let mut actions = look.actions().peekable();
    let Some((table, _)) = actions.peek() else {
        return Vec::new();
    };
    let table = *table;
    // A new name takes no time, and how it is said another way.
    let is_quiet = |(_, action): (&Name, &Action)| {
        matches!(action.kind, Alter::Online | Alter::RenameTable(_))
    };
    if actions.any(is_quiet) {
        return Vec::new();
    }
    let span = &look.statement().span;
    let message = format!("nothing says that writers of `{table}` need not wait");
    let help = "add `ALGORITHM=INPLACE, LOCK=NONE`: where that is not possible, the server says so at once";
    let fix = Fix {
        edits: vec![(
            span.end..span.end,
            ", ALGORITHM=INPLACE, LOCK=NONE".to_owned(),
        )],
        ..Fix::default()
    };
    vec![Found::new(span, message, help).about(table).fix(Some(fix))]
}

#[cfg(test)]
mod tests {
    use super::super::sample::names_on;
    use cargo_backend_shared::database_url::Dialect;

    #[test]
    fn what_says_how_is_good() {
        let count = |sql| {
            let names = names_on(Dialect::MySql, sql);
            names
                .iter()
                .filter(|name| *name == "alter-without-algorithm")
                .count()
        };
        assert_eq!(count("ALTER TABLE t ADD INDEX i (a), MODIFY a BIGINT;"), 1);
        assert_eq!(
            count("ALTER TABLE t MODIFY a BIGINT, ALGORITHM = INSTANT;"),
            0
        );
        assert_eq!(count("CREATE TABLE t (a INT); ALTER TABLE t ADD b INT;"), 0);
        assert_eq!(count("ALTER TABLE t RENAME TO u;"), 0);
    }
}
