//! A type whose change hangs on the TimeZone of the session.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::ddl::postgres::types::{self, Change};
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Alter, Kind};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "time-zone-dependent-type",
        summary: "a timestamp changes between with and without time zone, whatever the TimeZone of the session is",
        explanation: "\
## Why
The old values are read in the TimeZone of the session that runs the migration: they mean another
moment on another machine. Where it is UTC, nothing is written; where it is not, all rows are
written anew.

## Instead
SET LOCAL timezone = 'UTC' before it in the same file, or the zone in which the values were meant,
by USING … AT TIME ZONE.
",
    },
    number: "BDB063",
    engines: POSTGRES,
    level: Level::Warn,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, at timestamp);",
        fails: "ALTER TABLE t ALTER COLUMN at TYPE timestamptz;",
        passes: "SET LOCAL timezone = 'UTC';\nALTER TABLE t ALTER COLUMN at TYPE timestamptz;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let pinned = || {
        look.before().iter().any(|statement| {
            matches!(&statement.kind, Kind::Set(setting) if setting.contains("timezone") || setting.contains("time zone"))
        })
    };
    let mut found = Vec::new();
    for (table, action) in look.actions() {
        let Alter::SetType { column, r#type, .. } = &action.kind else {
            continue;
        };
        let known = look.live.and_then(|live| live.column(table, column));
        let depends = match known {
            Some(known) => types::change(&known.r#type, r#type) == Change::TimeZone,
            None => types::depends_on_time_zone(r#type),
        };
        let says_zone = look.text[action.span.clone()]
            .to_lowercase()
            .contains("at time zone");
        if depends && !says_zone && !pinned() {
            let message = format!(
                "what the values of `{table}.{column}` mean hangs on the session's TimeZone"
            );
            let help =
                "SET LOCAL timezone = 'UTC' before it, or say the zone by USING … AT TIME ZONE";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_zone_that_is_said_is_good() {
        let count = |sql| said("time-zone-dependent-type", sql).len();
        assert_eq!(
            count("ALTER TABLE t ALTER at TYPE timestamp with time zone;"),
            1
        );
        assert_eq!(
            count("ALTER TABLE t ALTER at TYPE timestamptz USING at AT TIME ZONE 'Europe/Berlin';"),
            0
        );
        assert_eq!(
            count("SET timezone TO 'UTC'; ALTER TABLE t ALTER at TYPE timestamptz;"),
            0
        );
        assert_eq!(count("ALTER TABLE t ALTER at TYPE text;"), 0);
    }
}
