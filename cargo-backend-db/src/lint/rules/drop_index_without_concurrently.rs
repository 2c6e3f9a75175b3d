//! An index that is dropped while readers wait.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Fix, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Kind, Name};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "drop-index-without-concurrently",
        summary: "an index is dropped without CONCURRENTLY",
        explanation: "\
## Why
DROP INDEX locks the table against everybody, and waits for every transaction that reads it;
whoever comes after waits behind it.

## Instead
DROP INDEX CONCURRENTLY, alone in a file whose first line is `-- no-transaction`.
",
    },
    number: "BDB002",
    engines: POSTGRES,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); CREATE INDEX t_a_idx ON t (a);",
        fails: "DROP INDEX t_a_idx;",
        passes: "-- no-transaction\nDROP INDEX CONCURRENTLY t_a_idx;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::DropIndex {
        indexes,
        concurrently: false,
        after_index,
    } = &look.statement().kind
    else {
        return Vec::new();
    };
    let new = |index: &Name| {
        look.before().iter().any(|statement| {
            matches!(&statement.kind, Kind::CreateIndex(made) if made.name.as_deref() == Some(&index.name))
        })
    };
    let Some(index) = indexes.iter().find(|index| !new(index)) else {
        return Vec::new();
    };
    let message = format!("everybody waits for the table while `{index}` is dropped");
    let help = "drop it CONCURRENTLY, alone in a file that begins with `-- no-transaction`";
    // CONCURRENTLY takes one index at a time, and leaves what depends on it alone.
    let fix = (look.is_alone() && indexes.len() == 1).then(|| Fix {
        edits: vec![(*after_index..*after_index, " CONCURRENTLY".to_owned())],
        no_transaction: true,
        later: None,
    });
    vec![Found::new(&look.statement().span, message, help).fix(fix)]
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn an_index_of_this_file_is_nobodys() {
        let count = |sql| said("drop-index-without-concurrently", sql).len();
        assert_eq!(count("DROP INDEX IF EXISTS a, b;"), 1);
        assert_eq!(count("DROP INDEX CONCURRENTLY a;"), 0);
        assert_eq!(count("CREATE INDEX a ON t (x); DROP INDEX a;"), 0);
    }
}
