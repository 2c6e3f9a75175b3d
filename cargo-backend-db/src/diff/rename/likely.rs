//! What looks like a rename: one goes, another comes, and they are alike. It is offered, with what
//! speaks for it, and never done unasked.

use cargo_backend_shared::schema::{Column, Schema, Table};

use super::words::joined;

/// How much of two tables has to be the same, in percent of the columns of the larger one. A table
/// that was split or merged shares fewer.
const ALIKE_PERCENT: usize = 70;

/// A rename that somebody may have meant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Likely {
    /// As `--rename` takes it.
    pub(crate) rename: String,
    /// What speaks for it, in words.
    pub(crate) because: String,
}

/// What may have been renamed between two schemas.
pub(crate) fn likely(from: &Schema, to: &Schema) -> Vec<Likely> {
    let mut found = tables(from, to);
    for (key, old) in &from.tables {
        if let Some(new) = to.tables.get(key) {
            found.extend(columns(old, new));
        }
    }
    found
}

fn tables(from: &Schema, to: &Schema) -> Vec<Likely> {
    let new = |key: &String| !from.tables.contains_key(key);
    let mut come: Vec<&Table> = to
        .tables
        .iter()
        .filter(|(key, _)| new(key))
        .map(|(_, table)| table)
        .collect();
    let mut found = Vec::new();
    let gone = from
        .tables
        .iter()
        .filter(|(key, _)| !to.tables.contains_key(*key));
    for (_, old) in gone {
        let alike = come.iter().enumerate().filter_map(|(place, new)| {
            let (same, of) = shared_columns(old, new);
            let enough = of > 0 && same * 100 >= of * ALIKE_PERCENT;
            (enough && old.namespace == new.namespace).then_some((same, of, place))
        });
        let Some((same, of, place)) = alike.max_by_key(|(same, of, _)| (same * 1000) / of) else {
            continue;
        };
        let new = come.remove(place);
        found.push(Likely {
            rename: rename(&parts(old, None), &parts(new, None)),
            because: format!("{same} of {of} columns have the same name and type"),
        });
    }
    found
}

/// How many columns two tables share, and of how many.
fn shared_columns(old: &Table, new: &Table) -> (usize, usize) {
    let same = old.columns.iter().filter(|column| {
        let mut others = new.columns.iter();
        others.any(|other| other.name == column.name && other.r#type == column.r#type)
    });
    (same.count(), old.columns.len().max(new.columns.len()))
}

fn columns(old: &Table, new: &Table) -> Vec<Likely> {
    let is_in = |table: &Table, name: &str| table.columns.iter().any(|other| other.name == name);
    let mut come: Vec<(usize, &Column)> = new
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !is_in(old, &column.name))
        .collect();
    let mut found = Vec::new();
    let gone = old.columns.iter().enumerate();
    for (place, column) in gone.filter(|(_, column)| !is_in(new, &column.name)) {
        let alike = come.iter().position(|(_, other)| {
            column.r#type == other.r#type && column.generated.is_none() && other.generated.is_none()
        });
        let Some(at) = alike else { continue };
        let (new_place, other) = come.remove(at);
        let mut because = format!("both are {}", column.r#type);
        if column.nullable == other.nullable && column.default == other.default {
            because.push_str(", with the same default and the same answer to NULL");
        }
        if place == new_place {
            because.push_str(", at the same place");
        }
        found.push(Likely {
            rename: rename(&parts(old, Some(column)), &parts(new, Some(other))),
            because,
        });
    }
    found
}

fn parts(table: &Table, column: Option<&Column>) -> Vec<String> {
    let namespace = Some(&table.namespace).filter(|name| !matches!(name.as_str(), "" | "public"));
    let column = column.map(|column| &column.name);
    let names = namespace.into_iter().chain([&table.name]).chain(column);
    names.cloned().collect()
}

fn rename(old: &[String], new: &[String]) -> String {
    format!("{}={}", joined(old), joined(new))
}
