//! The type of a column that a view reads.

use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::{ObjectId, ObjectKind};

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Look, Seen};
use crate::lint::statement::{Alter, Kind, Name};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "type-of-viewed-column",
        summary: "the type of a column changes that a view reads",
        explanation: "\
## Why
The server refuses it: cannot alter type of a column used by a view or rule.

## Instead
Drop the view, change the type, and make the view again, in one transaction.
",
    },
    number: "BDB031",
    engines: POSTGRES,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);",
        fails: "CREATE VIEW v AS SELECT a FROM t;\nALTER TABLE t ALTER COLUMN a TYPE bigint;",
        passes: "CREATE VIEW v AS SELECT a FROM t;\nDROP VIEW v;\nALTER TABLE t ALTER COLUMN a TYPE bigint;\nCREATE VIEW v AS SELECT a FROM t;",
        seen: Seen::Refused("used by a view or rule"),
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Kind::AlterTable { table, actions } = &look.statement().kind else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for action in actions {
        if let Alter::SetType { column, .. } = &action.kind
            && let Some(view) = reader(look, table, column)
        {
            let message =
                format!("the view `{view}` reads `{table}.{column}`, and the server refuses");
            let help =
                "drop the view, change the type, and make the view again in the same transaction";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

/// A view of this file or of the database that names table and column, and still stands.
fn reader(look: &Look<'_>, table: &Name, column: &str) -> Option<String> {
    let dropped = |view: &str| {
        look.before().iter().any(|statement| {
            matches!(&statement.kind, Kind::Drop { names, .. } if names.iter().any(|name| name.key() == view))
        })
    };
    let mentions = |text: &str| {
        text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| word.eq_ignore_ascii_case(column))
    };
    let here = look
        .before()
        .iter()
        .find_map(|statement| match &statement.kind {
            Kind::CreateView { view, reads } => {
                let reads = reads.iter().any(|read| read.is(table));
                let text = &look.text[statement.span.clone()];
                (reads && mentions(text)).then(|| view.key())
            }
            _ => None,
        });
    let live = look.live.into_iter().flat_map(|live| {
        let id = ObjectId::new(ObjectKind::Table, table.key());
        live.schema.views.iter().filter(move |(name, _)| {
            let view = ObjectId::new(ObjectKind::View, name.as_str());
            let needs = live.schema.dependencies.get(&view);
            needs.is_some_and(|needs| needs.contains(&id))
        })
    });
    let there = live.filter(|(_, view)| mentions(&view.definition));
    let mut all = here.into_iter().chain(there.map(|(name, _)| name.clone()));
    all.find(|view| !dropped(view))
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_view_of_other_columns_is_in_nobodys_way() {
        let count = |sql| said("type-of-viewed-column", sql).len();
        assert_eq!(
            count("CREATE VIEW v AS SELECT b FROM t; ALTER TABLE t ALTER a TYPE bigint;"),
            0
        );
        assert_eq!(
            count("CREATE VIEW v AS SELECT a FROM u; ALTER TABLE t ALTER a TYPE bigint;"),
            0
        );
        assert_eq!(
            count(
                "CREATE MATERIALIZED VIEW v AS SELECT a FROM t; ALTER TABLE t ALTER a TYPE bigint;"
            ),
            1
        );
    }
}
