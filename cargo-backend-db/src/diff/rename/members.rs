//! Members of a table that stays which differ in nothing but their names: an index that is called
//! otherwise is not built again.

use std::collections::BTreeMap;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Index, Schema, Sequence, Table};

use super::statement::full;
use crate::diff::{Stage, Step};
use crate::sql::quoted;

/// The renames of constraints, indexes, triggers, policies and owned sequences that need nothing else.
/// What belongs to partitions and to their tables follows rules of its own, and is left alone.
pub(crate) fn members(from: &Schema, to: &Schema) -> Vec<Step> {
    let mut steps = Vec::new();
    for (key, old) in &from.tables {
        let Some(new) = to.tables.get(key).filter(|_| is_plain(old)) else {
            continue;
        };
        if !is_plain(new) {
            continue;
        }
        match to.dialect {
            Dialect::Postgres => {
                postgres(old, new, &mut steps);
                sequences(from, to, key, &mut steps);
            }
            Dialect::MySql => indexes(old, new, to.dialect, &mut steps),
            // An index of SQLite cannot be renamed.
            Dialect::Sqlite => {}
        }
    }
    steps
}

fn is_plain(table: &Table) -> bool {
    table.partition_of.is_none() && table.partition_by.is_none() && table.inherits.is_empty()
}

fn postgres(old: &Table, new: &Table, steps: &mut Vec<Step>) {
    let table = full(&old.namespace, &old.name, Dialect::Postgres);
    let quoted = |name: &str| quoted(name, Dialect::Postgres);
    let constraints: [Members; 3] = [constraints, checks, foreign_keys];
    for own in constraints {
        for (old, new) in pairs(&own(old), &own(new)) {
            let words = |old: &str, new: &str| {
                let (old, new) = (quoted(old), quoted(new));
                format!("ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
            };
            steps.push(step(words(&old, &new), words(&new, &old)));
        }
    }
    indexes(old, new, Dialect::Postgres, steps);
    let kinds: [(&str, Members); 2] = [("TRIGGER", triggers), ("POLICY", policies)];
    for (kind, own) in kinds {
        for (old, new) in pairs(&own(old), &own(new)) {
            let words = |old: &str, new: &str| {
                let (old, new) = (quoted(old), quoted(new));
                format!("ALTER {kind} {old} ON {table} RENAME TO {new}")
            };
            steps.push(step(words(&old, &new), words(&new, &old)));
        }
    }
}

fn constraints(table: &Table) -> Named {
    let all = table.constraints.iter();
    all.map(|(name, made)| (name.clone(), made.definition.clone()))
        .collect()
}

fn checks(table: &Table) -> Named {
    let own = table.checks.iter().filter(|(_, check)| !check.inherited);
    own.map(|(name, check)| {
        let what = format!("{} {}", check.definition, check.validated);
        (name.clone(), what)
    })
    .collect()
}

fn foreign_keys(table: &Table) -> Named {
    let all = table.foreign_keys.iter();
    all.filter_map(|key| {
        let what = format!("{} {}", key.definition, key.validated);
        Some((key.name.clone()?, what))
    })
    .collect()
}

fn triggers(table: &Table) -> Named {
    let all = table.triggers.iter();
    all.map(|(name, made)| {
        let written = format!("TRIGGER {} ", shown(&made.definition, name));
        let what = made.definition.replacen(&written, "TRIGGER ", 1);
        (name.clone(), format!("{what} {}", made.state))
    })
    .collect()
}

fn policies(table: &Table) -> Named {
    let all = table.policies.iter();
    all.map(|(name, policy)| {
        let mut policy = policy.clone();
        policy.comment = None;
        (name.clone(), format!("{policy:?}"))
    })
    .collect()
}

/// A name as it stands in a text of the server: in quotes only where it has to be.
fn shown(text: &str, name: &str) -> String {
    let quoted = quoted(name, Dialect::Postgres);
    match text.contains(&quoted) {
        true => quoted,
        false => name.to_owned(),
    }
}

fn indexes(old: &Table, new: &Table, dialect: Dialect, steps: &mut Vec<Step>) {
    let own = |table: &Table| -> Named {
        let own = table.indexes.values().filter(|index| !index.constraint);
        own.map(|index| (index.name.clone(), nameless(index)))
            .collect()
    };
    for (before, after) in pairs(&own(old), &own(new)) {
        let words = |from: &str, to: &str| match dialect {
            Dialect::MySql => format!(
                "ALTER TABLE {} RENAME INDEX {} TO {}",
                quoted(&old.name, dialect),
                quoted(from, dialect),
                quoted(to, dialect)
            ),
            Dialect::Postgres | Dialect::Sqlite => format!(
                "ALTER INDEX {} RENAME TO {}",
                full(&old.namespace, from, dialect),
                quoted(to, dialect)
            ),
        };
        steps.push(step(words(&before, &after), words(&after, &before)));
    }
}

/// Everything about an index but its name and its comment.
fn nameless(index: &Index) -> String {
    let mut index = index.clone();
    index.comment = None;
    let definition = index.definition.split_once(" ON ");
    let rest = definition.map(|(_, rest)| rest.to_owned());
    index.definition = rest.unwrap_or_default();
    index.name.clear();
    format!("{index:?}")
}

fn sequences(from: &Schema, to: &Schema, table: &str, steps: &mut Vec<Step>) {
    let owned = |schema: &Schema| -> Named {
        let sequences = schema.sequences.values();
        let owned = sequences.filter(|sequence| {
            let owner = sequence.owned_by.as_ref();
            owner.is_some_and(|(owner, _)| owner == table)
        });
        owned
            .map(|sequence| (sequence.name.clone(), unnamed(sequence)))
            .collect()
    };
    let namespace = from.tables.get(table).map(|table| table.namespace.as_str());
    for (old, new) in pairs(&owned(from), &owned(to)) {
        let words = |old: &str, new: &str| {
            format!(
                "ALTER SEQUENCE {} RENAME TO {}",
                full(namespace.unwrap_or_default(), old, Dialect::Postgres),
                quoted(new, Dialect::Postgres)
            )
        };
        steps.push(step(words(&old, &new), words(&new, &old)));
    }
}

fn unnamed(sequence: &Sequence) -> String {
    let mut sequence = sequence.clone();
    sequence.name.clear();
    sequence.comment = None;
    format!("{sequence:?}")
}

fn step(sql: String, undo: String) -> Step {
    Step {
        undo: Some(undo),
        ..Step::new(sql).at(Stage::Rename)
    }
}

type Named = BTreeMap<String, String>;
type Members = fn(&Table) -> Named;

/// Names on the one side only and on the other side only that stand for the same.
fn pairs(old: &Named, new: &Named) -> Vec<(String, String)> {
    let gone = old.iter().filter(|(name, _)| !new.contains_key(*name));
    let mut come: Named = new.clone();
    come.retain(|name, _| !old.contains_key(name));
    let mut found = Vec::new();
    for (name, what) in gone {
        let same = come.iter().find(|(_, other)| *other == what);
        if let Some(new) = same.map(|(new, _)| new.clone()) {
            come.remove(&new);
            found.push((name.clone(), new));
        }
    }
    found
}
