//! A foreign key that goes, with both tables locked.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Alter;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "drop-foreign-key",
        summary: "a foreign key is dropped",
        explanation: "\
## Why
It locks both tables against everybody, the one that is referred to as well, and waits for every
transaction that reads either.

## Instead
Let it run with a lock_timeout (`migrate` sets one), outside of busy hours, and allow it with the
reason.
",
    },
    number: "BDB027",
    engines: POSTGRES,
    level: Level::Warn,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE u (id bigint PRIMARY KEY); CREATE TABLE t (id bigint PRIMARY KEY, a bigint CONSTRAINT t_a_fkey REFERENCES u);",
        fails: "ALTER TABLE t DROP CONSTRAINT t_a_fkey;",
        passes: "-- backend-db:allow(drop-foreign-key) lock_timeout is set\nALTER TABLE t DROP CONSTRAINT t_a_fkey;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "u",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (table, action) in look.actions() {
        let Alter::DropConstraint(name) = &action.kind else {
            continue;
        };
        let message = match look.live.and_then(|live| live.table(table)) {
            Some(known) => {
                let mut keys = known.foreign_keys.iter();
                let Some(key) = keys.find(|key| key.name.as_ref() == Some(name)) else {
                    continue;
                };
                format!(
                    "everybody waits for `{table}` and `{}` while `{name}` goes",
                    key.references_table
                )
            }
            // Its name is all that is known of it.
            None if name.contains("fk") => {
                format!("everybody waits for `{table}` and the table that `{name}` refers to")
            }
            None => continue,
        };
        let help =
            "run it with a lock_timeout outside of busy hours, and allow this with the reason";
        found.push(Found::new(&action.span, message, help));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn without_a_database_the_name_tells() {
        let count = |sql| said("drop-foreign-key", sql).len();
        assert_eq!(
            count("ALTER TABLE t DROP CONSTRAINT t_a_fkey, DROP CONSTRAINT fk_rails_1;"),
            2
        );
        assert_eq!(count("ALTER TABLE t DROP CONSTRAINT t_a_check;"), 0);
    }
}
