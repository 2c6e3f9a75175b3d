//! What becomes of each column of a table that stays.

use std::collections::{BTreeMap, BTreeSet};

use cargo_backend_shared::schema::{Column, Generated, Table};

use crate::ddl::postgres::words::{mentioned, words};

/// How a column that stays changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    /// Its settings change, its values stay as they are.
    Altered,
    /// Its values are converted.
    Retyped,
    /// It is dropped and added again: its values are computed, or cannot be kept.
    Readded,
    /// Its values are converted into a column beside it, and the two change places.
    Exchanged,
}

/// What happens to the columns of one table.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) fates: BTreeMap<String, Fate>,
    pub(super) dropped: BTreeSet<String>,
}

impl Columns {
    /// Columns whose values change their form.
    pub(super) fn retyped(&self) -> impl Iterator<Item = &String> {
        let fates = self.fates.iter();
        fates
            .filter(|(_, fate)| **fate == Fate::Retyped)
            .map(|(name, _)| name)
    }

    /// Columns of which another one takes the place.
    pub(super) fn exchanged(&self) -> impl Iterator<Item = &String> {
        let fates = self.fates.iter();
        fates
            .filter(|(_, fate)| **fate == Fate::Exchanged)
            .map(|(name, _)| name)
    }

    /// Columns that go, for good or to come back.
    pub(super) fn gone(&self) -> BTreeSet<&String> {
        let fates = self.fates.iter();
        let readded = fates.filter(|(_, fate)| matches!(fate, Fate::Readded | Fate::Exchanged));
        self.dropped
            .iter()
            .chain(readded.map(|(name, _)| name))
            .collect()
    }

    /// Whether views of this table stand in the way even if they do not change themselves.
    pub(super) fn moves_views(&self) -> bool {
        self.fates
            .values()
            .any(|fate| matches!(fate, Fate::Retyped | Fate::Readded | Fate::Exchanged))
    }
}

/// Decides what happens to each column. `remade` are types and routines that are made anew.
pub(super) fn decide(from: &Table, to: &Table, remade: &BTreeSet<(String, String)>) -> Columns {
    let mut columns = Columns::default();
    for old in &from.columns {
        match to.columns.iter().find(|new| new.name == old.name) {
            None => {
                columns.dropped.insert(old.name.clone());
            }
            Some(new) => {
                columns
                    .fates
                    .insert(old.name.clone(), fate(old, new, remade));
            }
        }
    }
    // A generated column is in the way of what it is computed from.
    let moved: BTreeSet<String> = columns.retyped().chain(columns.gone()).cloned().collect();
    for column in &from.columns {
        let computed = expression(column).is_some_and(|text| {
            !words(text).is_disjoint(&moved) || !mentioned(text).is_disjoint(remade)
        });
        if let (true, Some(fate)) = (computed, columns.fates.get_mut(&column.name)) {
            *fate = Fate::Readded;
        }
    }
    columns
}

fn fate(old: &Column, new: &Column, remade: &BTreeSet<(String, String)>) -> Fate {
    if expression(old) != expression(new) {
        // DROP EXPRESSION keeps what was computed.
        let keeps = matches!(old.generated, Some(Generated::Stored { .. }))
            && expression(new).is_none()
            && old.r#type == new.r#type;
        return if keeps { Fate::Altered } else { Fate::Readded };
    }
    if matches!(old.generated, Some(Generated::Virtual { .. }))
        != matches!(new.generated, Some(Generated::Virtual { .. }))
    {
        return Fate::Readded;
    }
    let has_changed = old.r#type != new.r#type
        || old.collation != new.collation
        || !mentioned(&new.r#type).is_disjoint(remade);
    match (has_changed, expression(new)) {
        (true, Some(_)) => Fate::Readded,
        (true, None) => Fate::Retyped,
        (false, _) if old == new => Fate::Kept,
        (false, _) => Fate::Altered,
    }
}

pub(super) fn expression(column: &Column) -> Option<&str> {
    match &column.generated {
        Some(Generated::Stored { expression } | Generated::Virtual { expression }) => {
            Some(expression)
        }
        Some(Generated::Identity { .. } | Generated::AutoIncrement) | None => None,
    }
}
