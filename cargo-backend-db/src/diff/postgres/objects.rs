//! Types, sequences, views and routines: what can be changed in place, and how.

use std::collections::BTreeMap;

use cargo_backend_shared::schema::{
    Attribute, Check, Routine, Schema, Sequence, TypeForm, UserType, View,
};

use super::super::{Stage, Step};
use crate::ddl::literal;
use crate::ddl::postgres::words::mentioned;
use crate::ddl::postgres::{counting, ident, qualified};

/// Whether a type can become the other without being made anew.
pub(super) fn type_alters(from: &Schema, old: &UserType, new: &UserType) -> bool {
    match (&old.form, &new.form) {
        (TypeForm::Enum { labels: old }, TypeForm::Enum { labels: new }) => is_within(old, new),
        (
            TypeForm::Domain {
                base: old_base,
                collation: old_collation,
                ..
            },
            TypeForm::Domain {
                base, collation, ..
            },
        ) => old_base == base && old_collation == collation,
        (TypeForm::Composite { attributes: before }, TypeForm::Composite { attributes: after }) => {
            let kept: Vec<&Attribute> = before
                .iter()
                .filter(|old| after.iter().any(|new| new.name == old.name))
                .collect();
            let same = |(old, new): (&&Attribute, &Attribute)| old.name == new.name;
            let retyped = kept.iter().zip(after).any(|(old, new)| *old != new);
            // ALTER TYPE adds at the end only, and converts no values in tables.
            kept.iter().zip(after).all(same) && !(retyped && is_stored(from, old))
        }
        (old, new) => old == new,
    }
}

/// Whether a column of a table has this type.
fn is_stored(schema: &Schema, user_type: &UserType) -> bool {
    let name = (user_type.namespace.clone(), user_type.name.clone());
    let columns = schema.tables.values().flat_map(|table| &table.columns);
    let mut columns = columns.map(|column| mentioned(&column.r#type));
    columns.any(|names| names.contains(&name))
}

/// Whether all of `small` stand in `large` in the same order.
fn is_within(small: &[String], large: &[String]) -> bool {
    let mut large = large.iter();
    small.iter().all(|label| large.any(|other| other == label))
}

/// The steps that change a type in place.
pub(super) fn alter_type(old: &UserType, new: &UserType) -> Vec<Step> {
    let name = qualified(&new.namespace, &new.name);
    match (&old.form, &new.form) {
        (TypeForm::Enum { labels: old }, TypeForm::Enum { labels: new }) => values(&name, old, new),
        (
            TypeForm::Domain {
                nullable: was_nullable,
                default: old_default,
                checks: old_checks,
                ..
            },
            TypeForm::Domain {
                nullable,
                default,
                checks,
                ..
            },
        ) => {
            let alter = format!("ALTER DOMAIN {name}");
            let mut steps = Vec::new();
            if old_default != default {
                steps.push(Step::new(default.as_ref().map_or_else(
                    || format!("{alter} DROP DEFAULT"),
                    |default| format!("{alter} SET DEFAULT {default}"),
                )));
            }
            if was_nullable != nullable {
                let word = if *nullable { "DROP" } else { "SET" };
                steps.push(Step::new(format!("{alter} {word} NOT NULL")));
            }
            steps.extend(domain_checks(&alter, old_checks, checks));
            steps
        }
        (TypeForm::Composite { attributes: old }, TypeForm::Composite { attributes: new }) => {
            composite(&name, old, new)
        }
        _ => Vec::new(),
    }
}

fn domain_checks(
    alter: &str,
    old: &BTreeMap<String, Check>,
    new: &BTreeMap<String, Check>,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let differs = |name: &String, check: &Check, others: &BTreeMap<String, Check>| {
        others.get(name) != Some(check)
    };
    for (check, made) in old.iter().filter(|(name, made)| differs(name, made, new)) {
        let _ = made;
        steps.push(Step::new(format!(
            "{alter} DROP CONSTRAINT {}",
            ident(check)
        )));
    }
    for (check, made) in new.iter().filter(|(name, made)| differs(name, made, old)) {
        let (check, condition) = (ident(check), &made.definition);
        steps.push(Step::new(format!(
            "{alter} ADD CONSTRAINT {check} {condition}"
        )));
    }
    steps
}

/// New values, each beside one that is there.
fn values(name: &str, old: &[String], new: &[String]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut before: Option<&String> = None;
    for label in new {
        if !old.contains(label) {
            let next = old.first();
            let place = match (before, next) {
                (Some(before), _) => format!(" AFTER {}", literal(before)),
                (None, Some(next)) => format!(" BEFORE {}", literal(next)),
                (None, None) => String::new(),
            };
            let label = literal(label);
            let step = Step::new(format!("ALTER TYPE {name} ADD VALUE {label}{place}"));
            steps.push(step.at(Stage::Values));
        }
        before = Some(label);
    }
    steps
}

fn composite(name: &str, old: &[Attribute], new: &[Attribute]) -> Vec<Step> {
    let find = |all: &[Attribute], name: &str| all.iter().find(|each| each.name == name).cloned();
    let collate = |attribute: &Attribute| {
        attribute
            .collation
            .as_ref()
            .map_or_else(String::new, |collation| format!(" COLLATE {collation}"))
    };
    let mut steps = Vec::new();
    for attribute in old.iter().filter(|old| find(new, &old.name).is_none()) {
        let part = ident(&attribute.name);
        steps.push(Step::losing(
            format!("ALTER TYPE {name} DROP ATTRIBUTE {part}"),
            format!("the values of the attribute {} of {name}", attribute.name),
        ));
    }
    for attribute in new {
        let (part, collate) = (ident(&attribute.name), collate(attribute));
        let r#type = &attribute.r#type;
        match find(old, &attribute.name) {
            None => steps.push(Step::new(format!(
                "ALTER TYPE {name} ADD ATTRIBUTE {part} {type}{collate}"
            ))),
            Some(before) if before != *attribute => steps.push(Step::new(format!(
                "ALTER TYPE {name} ALTER ATTRIBUTE {part} TYPE {type}{collate}"
            ))),
            Some(_) => {}
        }
    }
    steps
}

/// Changes how a sequence counts; where it stands stays.
pub(super) fn alter_sequence(old: &Sequence, new: &Sequence) -> Option<Step> {
    if old.options == new.options {
        return None;
    }
    let cycle = if new.options.cycle { "" } else { " NO CYCLE" };
    Some(Step::new(format!(
        "ALTER SEQUENCE {} AS {} {}{cycle}",
        qualified(&new.namespace, &new.name),
        new.options.r#type,
        counting(&new.options)
    )))
}

/// Whether CREATE OR REPLACE VIEW can do it: the columns that are there keep their names and types.
pub(super) fn view_replaces(old: &View, new: &View) -> bool {
    let mut after = new.columns.iter();
    !old.materialized
        && !new.materialized
        && old.columns.iter().all(|column| {
            after.next().is_some_and(|new| {
                (&new.name, &new.r#type, &new.collation)
                    == (&column.name, &column.r#type, &column.collation)
            })
        })
}

/// Whether CREATE OR REPLACE FUNCTION can do it: neither what it returns nor its arguments change.
pub(super) fn routine_replaces(old: &Routine, new: &Routine) -> bool {
    old.procedure == new.procedure && signature(&old.definition) == signature(&new.definition)
}

/// The head of a definition as the server prints it: the name with its arguments, and what comes back.
fn signature(definition: &str) -> Vec<&str> {
    definition
        .lines()
        .take_while(|line| !line.starts_with(" LANGUAGE"))
        .collect()
}
