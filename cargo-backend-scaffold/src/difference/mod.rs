//! Two documents → what changed for those who call the service, and what of it breaks them.
//!
//! A request may ask for less and a response may say more; the other way round, callers break.

mod bound;
mod operation;
mod schema;
#[cfg(test)]
mod tests;
mod xml;

use std::collections::{HashMap, HashSet};

use cargo_backend_shared::diagnostic::Location;
use cargo_backend_shared::openapi::{Document, METHODS, Node};
use indexmap::IndexMap;
use serde::Serialize;

/// How much a change weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Weight {
    /// Callers that did well go on to do well.
    Note,
    /// Callers may have relied on it.
    Warning,
    /// Callers that did well will fail.
    Breaking,
}

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    Request,
    Response,
}

/// One cause, however many operations it has an effect on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) rule: &'static str,
    pub(crate) weight: Weight,
    pub(crate) message: String,
    pub(crate) operations: Vec<String>,
    pub(crate) old: Option<Location>,
    pub(crate) new: Option<Location>,
}

/// What was found so far, by cause.
struct Found {
    changes: IndexMap<(String, String), Change>,
    /// The operation that is looked at.
    operation: String,
    /// Pairs of schemas that are being compared, or were for this operation.
    seen: HashSet<(String, String, Way)>,
}

impl Found {
    fn add(
        &mut self,
        rule: &'static str,
        weight: Weight,
        message: String,
        old: Option<&Node<'_>>,
        new: Option<&Node<'_>>,
    ) {
        let (old, new) = (old.map(Node::location), new.map(Node::location));
        let place = |location: &Option<Location>| {
            location
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        let key = (
            format!("{rule} {message}"),
            format!("{} {}", place(&old), place(&new)),
        );
        let change = self.changes.entry(key).or_insert_with(|| Change {
            rule,
            weight,
            message,
            operations: Vec::new(),
            old,
            new,
        });
        if !change.operations.contains(&self.operation) {
            change.operations.push(self.operation.clone());
        }
    }
}

/// What changed, the heaviest first.
pub(crate) fn between(old: &Document, new: &Document) -> Vec<Change> {
    let mut found = Found {
        changes: IndexMap::new(),
        operation: String::new(),
        seen: HashSet::new(),
    };
    let (before, after) = (operations(old), operations(new));
    let renamed: HashMap<&str, &str> = after
        .values()
        .map(|operation| (operation.shape.as_str(), operation.label.as_str()))
        .collect();
    for operation in before.values() {
        found.operation.clone_from(&operation.label);
        found.seen.clear();
        match after.get(&operation.shape) {
            Some(other) => operation::compare(operation, other, &mut found),
            None => {
                let message = format!("`{}` is gone", operation.label);
                let rule = "operation-removed";
                found.add(rule, Weight::Breaking, message, Some(&operation.node), None);
            }
        }
    }
    for operation in after.values() {
        if !before.contains_key(&operation.shape) && renamed.contains_key(operation.shape.as_str())
        {
            found.operation.clone_from(&operation.label);
            let message = format!("`{}` is new", operation.label);
            let rule = "operation-added";
            found.add(rule, Weight::Note, message, None, Some(&operation.node));
        }
    }
    let mut changes: Vec<Change> = found.changes.into_values().collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.weight));
    changes
}

/// One method of one path.
struct Operation<'a> {
    label: String,
    /// Method and path without the names of parameters: a URL does not tell them.
    shape: String,
    root: Node<'a>,
    item: Node<'a>,
    node: Node<'a>,
}

fn operations(document: &Document) -> IndexMap<String, Operation<'_>> {
    let root = document.root();
    let paths = root.get("paths").map(|paths| paths.members());
    let mut found = IndexMap::new();
    for (path, item) in paths.unwrap_or_default() {
        for method in METHODS {
            let Some(node) = item.get(method) else {
                continue;
            };
            let shape = format!("{method} {}", without_names(path));
            let operation = Operation {
                label: format!("{} {path}", method.to_uppercase()),
                shape: shape.clone(),
                root: root.clone(),
                item: item.clone(),
                node,
            };
            found.insert(shape, operation);
        }
    }
    found
}

/// `/a/{id}.{ending}` as `/a/{}.{}`.
fn without_names(path: &str) -> String {
    let mut text = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, after) = after.split_once('}').unwrap_or(("", after));
        text.push_str(before);
        text.push_str("{}");
        rest = after;
    }
    text + rest
}
