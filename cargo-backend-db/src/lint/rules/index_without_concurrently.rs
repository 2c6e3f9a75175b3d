//! An index that is built while writers wait.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Fix, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Kind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "index-without-concurrently",
        summary: "an index on a table that is there is built without CONCURRENTLY",
        explanation: "\
## Why
CREATE INDEX reads the whole table, and until it is done every INSERT, UPDATE and DELETE waits.

## Instead
CREATE INDEX CONCURRENTLY, alone in a file whose first line is `-- no-transaction`. Of a partitioned
table it cannot be built so: make it ON ONLY the parent, build it CONCURRENTLY on each partition, and
ATTACH each.
",
    },
    number: "BDB001",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer);",
        fails: "CREATE INDEX t_a_idx ON t (a);",
        passes: "-- no-transaction\nCREATE INDEX CONCURRENTLY t_a_idx ON t (a);",
        seen: Seen::Lock {
            mode: Lock::Share,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::CreateIndex(index) = &look.statement().kind else {
        return Vec::new();
    };
    let partitioned = (look.live.and_then(|live| live.table(&index.table)))
        .is_some_and(|table| table.partition_by.is_some());
    if index.concurrently || index.only || look.is_new(&index.table) {
        return Vec::new();
    }
    let message = format!(
        "writers of `{}` wait while this index is built",
        index.table
    );
    let help = if partitioned {
        "make it ON ONLY the parent, CONCURRENTLY on each partition, and ATTACH each"
    } else {
        "build it CONCURRENTLY, alone in a file that begins with `-- no-transaction`"
    };
    // Another statement of the file may need the transaction.
    let fix = (look.is_alone() && !partitioned).then(|| Fix {
        edits: vec![(
            index.after_index..index.after_index,
            " CONCURRENTLY".to_owned(),
        )],
        no_transaction: true,
        later: None,
    });
    let found = Found::new(&look.statement().span, message, help);
    vec![found.about(&index.table).fix(fix)]
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn nobody_waits_for_a_table_of_this_file_or_for_a_parent_alone() {
        let said = |sql| said("index-without-concurrently", sql);
        assert_eq!(
            said("CREATE UNIQUE INDEX ON Audit.Log (a);"),
            ["writers of `audit.log` wait while this index is built"]
        );
        for good in [
            "CREATE TABLE t (a int); CREATE INDEX ON t (a);",
            "CREATE TABLE public.t (a int); CREATE INDEX ON t (a);",
            "CREATE INDEX ON ONLY t (a);",
        ] {
            assert_eq!(said(good), Vec::<String>::new(), "{good}");
        }
    }
}
