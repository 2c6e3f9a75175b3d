//! An index that another one makes superfluous.

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::{Index, Table};

use super::check::{Check, Facts, Finding};
use super::{EVERY_ENGINE, removal};
use crate::statistics::{Section, bytes_in_words};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "duplicate-index",
        summary: "an index whose keys another index starts with",
        explanation: "\
## Why
Every INSERT, and every UPDATE that moves an indexed column, pays for each index; so do disk, backup
and vacuum. An index on `(a)` beside one on `(a, b)` answers nothing that the longer one could not.

## Proof
Same table and method, the same keys in the same order with the same direction, collation and
operator class, the same condition; the superfluous one is not unique, backs no constraint, and
carries no column that the other lacks. Its size is shown where the server tells it.

## Fix
Drop the superfluous one: `DROP INDEX CONCURRENTLY` on PostgreSQL, `DROP INDEX` on SQLite.
A shorter index can still be a little faster to read; keep it only if you measured that.
",
    },
    engines: EVERY_ENGINE,
    needs: &[Section::Schema],
    needs_history: false,
    thresholds: &[],
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, table) in &facts.schema.tables {
        for index in table.indexes.values() {
            let Some(other) = superior(table, index) else {
                continue;
            };
            let size = facts
                .statistics
                .index_bytes(name, &index.name)
                .map_or_else(String::new, |bytes| format!(" ({})", bytes_in_words(bytes)));
            let diagnostic = Diagnostic::warning(format!(
                "index `{}` on `{name}` is covered by `{}`",
                index.name, other.name
            ))
            .evidence(format!(
                "`{}` has the keys {}{size}",
                index.name,
                keys(index)
            ))
            .evidence(format!("`{}` has the keys {}", other.name, keys(other)))
            .help(format!("drop `{}` in a migration", index.name));
            let migration = removal::of_index(table, index, facts.schema.dialect);
            found.push(Finding::from(diagnostic).about(name).migration(migration));
        }
    }
    found
}

fn keys(index: &Index) -> String {
    let texts: Vec<&str> = index.keys.iter().map(|key| key.text.as_str()).collect();
    format!("({})", texts.join(", "))
}

/// The index that `index` can go for.
pub(super) fn superior<'a>(table: &'a Table, index: &Index) -> Option<&'a Index> {
    (table.indexes.values()).find(|other| makes_superfluous(other, index))
}

/// Whether `index` can go because `other` is there. Of two equal ones the one that is later by
/// name goes.
fn makes_superfluous(other: &Index, index: &Index) -> bool {
    let owned = index.unique || index.constraint || index.partition_of.is_some();
    let droppable = !owned && index.valid;
    // The text of an expression key is not known on SQLite, so it proves nothing.
    let known = index.keys.iter().all(|key| key.column.is_some());
    let covers = other.valid
        && other.method == index.method
        && other.predicate == index.predicate
        && other.keys.starts_with(&index.keys)
        && (index.include.iter()).all(|column| other.include.contains(column));
    // Only trees are ordered, so only there is a prefix as good as the whole.
    let same_length = other.keys.len() == index.keys.len();
    let equal = same_length && other.include == index.include && !other.unique && !other.constraint;
    other.name != index.name
        && droppable
        && known
        && covers
        && (same_length || index.method == "btree")
        && (!equal || other.name < index.name)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{messages, schema, table, with_index};
    use super::*;

    fn found(first: &[&str], second: &[&str], change: fn(&mut Index)) -> Vec<String> {
        let table = with_index(table("orders", &["id", "a", "b"]), "first", first);
        let mut table = with_index(table, "second", second);
        change(table.indexes.get_mut("first").expect("just added"));
        let schema = schema(vec![table]);
        messages(check, &schema)
    }

    #[test]
    fn a_prefix_of_another_index_is_superfluous() {
        assert_eq!(
            found(&["a"], &["a", "b"], |_| {}),
            ["index `first` on `orders` is covered by `second`"]
        );
    }

    #[test]
    fn of_two_equal_indexes_one_stays() {
        assert_eq!(
            found(&["a"], &["a"], |_| {}),
            ["index `second` on `orders` is covered by `first`"]
        );
    }

    #[test]
    fn what_differs_is_kept() {
        let none = Vec::<String>::new();
        assert_eq!(found(&["b"], &["a", "b"], |_| {}), none, "not a prefix");
        assert_eq!(
            found(&["a"], &["a", "b"], |i| i.unique = true),
            none,
            "unique"
        );
        assert_eq!(
            found(&["a"], &["a", "b"], |i| i.constraint = true),
            none,
            "of a constraint"
        );
        assert_eq!(
            found(&["a"], &["a", "b"], |i| i.partition_of = Some("w".into())),
            none,
            "a part of another"
        );
        assert_eq!(
            found(&["a"], &["a", "b"], |i| i.predicate = Some("b > 1".into())),
            none,
            "partial"
        );
        assert_eq!(
            found(&["a"], &["a", "b"], |i| i.keys[0].text = "a DESC".into()),
            none,
            "direction"
        );
        assert_eq!(
            found(&["a"], &["a", "b"], |i| i.include = vec!["id".into()]),
            none,
            "carries more"
        );
        assert_eq!(
            found(&["a"], &["a", "b"], |i| i.method = "hash".into()),
            none,
            "method"
        );
    }

    #[test]
    fn a_unique_twin_makes_the_plain_one_superfluous() {
        assert_eq!(
            found(&["a"], &["a"], |i| i.unique = true),
            ["index `second` on `orders` is covered by `first`"]
        );
    }
}
