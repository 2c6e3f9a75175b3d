//! All rows of a table at once.

use cargo_backend_shared::rule::Rule;

use super::SERVERS;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Kind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "truncate",
        summary: "TRUNCATE",
        explanation: "\
## Why
All rows go at once, and no rollback of the migration brings them back; everybody waits meanwhile.
With CASCADE so do those of every table that refers to it.

## Instead
DELETE in batches what is not needed, or allow it with the reason.
",
    },
    number: "BDB046",
    engines: SERVERS,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); INSERT INTO t VALUES (1);",
        fails: "TRUNCATE t;",
        passes: "DELETE FROM t WHERE id < 1000;",
        seen: Seen::Rewrite {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::Truncate { tables, cascade } = &look.statement().kind else {
        return Vec::new();
    };
    let more = if *cascade {
        ", and of every table that refers to it,"
    } else {
        ""
    };
    tables
        .iter()
        .filter(|table| !look.is_new(table))
        .map(|table| {
            let message = format!("all rows of `{table}`{more} go at once");
            let help = "delete in batches what is not needed, or allow this with the reason";
            Found::new(&look.statement().span, message, help).about(table)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn each_table_is_one() {
        let count = |sql| said("truncate", sql).len();
        assert_eq!(count("TRUNCATE a, ONLY b CASCADE;"), 2);
        assert_eq!(count("CREATE TABLE a (x int); TRUNCATE a;"), 0);
    }
}
