//! A trigger on a table that is in use.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Kind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "create-trigger",
        summary: "a trigger is made on a table that is there",
        explanation: "\
## Why
Writers wait for the lock, and from then on every write runs its code.

## Instead
Let it run with a lock_timeout (`migrate` sets one), and allow it with the reason.
",
    },
    number: "BDB059",
    engines: POSTGRES,
    level: Level::Warn,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';",
        fails: "CREATE TRIGGER t_touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();",
        passes: "-- backend-db:allow(create-trigger) it sets one column\nCREATE TRIGGER t_touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();",
        seen: Seen::Lock {
            mode: Lock::ShareRowExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::CreateTrigger { table } = &look.statement().kind else {
        return Vec::new();
    };
    if look.is_new(table) {
        return Vec::new();
    }
    let message = format!("writers of `{table}` wait, and run the trigger from then on");
    let help = "run it with a lock_timeout, and allow this with the reason";
    vec![Found::new(&look.statement().span, message, help).about(table)]
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_new_table_has_no_writers() {
        let count = |sql| said("create-trigger", sql).len();
        assert_eq!(
            count("CREATE TRIGGER x AFTER INSERT ON s.t EXECUTE FUNCTION f();"),
            1
        );
        assert_eq!(
            count(
                "CREATE TABLE t (a int); CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f();"
            ),
            0
        );
    }
}
