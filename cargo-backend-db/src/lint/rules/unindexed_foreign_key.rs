//! A foreign key without an index.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Alter, ConstraintKind, Kind, Name};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "unindexed-foreign-key",
        summary: "a foreign key is added, and no index leads with its columns",
        explanation: "\
## Why
Each DELETE and each change of a key in the other table reads this one whole, to look for rows
that refer to it. The other side is indexed; this one is not by itself.

## Instead
CREATE INDEX CONCURRENTLY on its columns, in a migration before this one.
",
    },
    number: "BDB060",
    engines: POSTGRES,
    level: Level::Warn,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE u (id bigint PRIMARY KEY); CREATE TABLE t (id bigint PRIMARY KEY, a bigint);",
        fails: "ALTER TABLE t ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES u (id) NOT VALID;",
        passes: "CREATE INDEX t_a_idx ON t (a);\nALTER TABLE t ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES u (id) NOT VALID;",
        seen: Seen::Lock {
            mode: Lock::ShareRowExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::AlterTable { table, actions } = &look.statement().kind else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for action in actions {
        let columns = match &action.kind {
            Alter::AddConstraint(added) if matches!(added.kind, ConstraintKind::ForeignKey(_)) => {
                added.columns.clone()
            }
            Alter::AddColumn(column)
                if column.references.is_some() && !column.unique && !column.primary_key =>
            {
                vec![column.name.clone()]
            }
            _ => continue,
        };
        if !is_indexed(look, table, &columns) {
            let message = format!("no index of `{table}` leads with {}", columns.join(", "));
            let help = "build one CONCURRENTLY in a migration before this one";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

/// By this file, before or behind it, or in the database.
fn is_indexed(look: &Look<'_>, table: &Name, columns: &[String]) -> bool {
    let leads = |keys: &[String]| {
        keys.len() >= columns.len()
            && columns
                .iter()
                .all(|column| keys[..columns.len()].contains(column))
    };
    let here = look.all.iter().any(|statement| {
        matches!(&statement.kind, Kind::CreateIndex(index)
            if index.table.is(table) && !index.partial && leads(&index.columns))
    });
    let there = look.live.and_then(|live| live.table(table));
    here || there.is_some_and(|known| known.indexes.values().any(|index| index.serves(columns)))
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn an_index_of_this_file_counts_if_it_leads_with_them() {
        let count = |sql| said("unindexed-foreign-key", sql).len();
        assert_eq!(
            count("CREATE INDEX ON t (b, a); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u;"),
            1
        );
        assert_eq!(
            count("CREATE INDEX ON t (b, a); ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES u;"),
            0
        );
        assert_eq!(
            count(
                "CREATE INDEX ON t (a) WHERE a > 5; ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u;"
            ),
            1
        );
        assert_eq!(count("ALTER TABLE t ADD c int REFERENCES u;"), 1);
    }
}
