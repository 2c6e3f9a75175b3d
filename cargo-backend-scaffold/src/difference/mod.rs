//! Two documents → what changed for those who call the service, and what of it breaks them.
//!
//! A request may ask for less and a response may say more; the other way round, callers break.

mod bound;
mod operation;
mod schema;
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

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /pets/{id}:
    get:
      operationId: getPet
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: view, in: query, schema: {type: string, enum: [full, short]}}
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: no}
    put:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses: {'204': {description: ok}}
components:
  schemas:
    Pet:
      type: object
      required: [name]
      properties:
        name: {type: string, maxLength: 120}
        kind: {type: string, enum: [cat, dog]}
        parent: {$ref: '#/components/schemas/Pet'}
";

    #[track_caller]
    fn check(edits: &[(&str, &str)], expected: &[&str]) {
        let mut text = OLD.to_owned();
        for (from, to) in edits {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        let old = Document::parse("old.yaml", OLD).expect("it is sound");
        let new = Document::parse("new.yaml", &text).expect("it is sound");
        let place = |location: &Option<Location>| {
            let location = location.as_ref().map(ToString::to_string);
            location.unwrap_or_else(|| "-".to_owned())
        };
        let said: Vec<String> = between(&old, &new)
            .iter()
            .map(|change| {
                let weight = match change.weight {
                    Weight::Breaking => "breaking",
                    Weight::Warning => "warning",
                    Weight::Note => "note",
                };
                let (old, new) = (place(&change.old), place(&change.new));
                format!(
                    "{weight} {}: {} ({old}, {new})",
                    change.rule, change.message
                )
            })
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn a_document_is_no_change_of_itself() {
        check(&[], &[]);
        check(&[("{id}", "{pet}"), ("name: id", "name: pet")], &[]);
    }

    #[test]
    fn another_element_breaks_those_who_send_xml() {
        let body = "content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}\n";
        let (old, new) = (OLD, OLD);
        let xml = body.replace("application/json", "text/xml");
        let (old, new) = (old.replace(body, &xml), new.replace(body, &xml));
        let named = new.replace("maxLength: 120", "maxLength: 120, xml: {name: title}");
        assert_ne!(named, new);
        let parse = |name: &str, text: &str| Document::parse(name, text).expect("it is sound");
        let changes = between(&parse("old.yaml", &old), &parse("new.yaml", &named));
        let said: Vec<&str> = changes
            .iter()
            .map(|change| change.message.as_str())
            .collect();
        let response = "the name of `name` in the response in XML has changed";
        let body = "the name of `name` in the body in XML has changed";
        assert_eq!(said, [response, body]);
        let json = OLD.replace("maxLength: 120", "maxLength: 120, xml: {name: title}");
        assert_eq!(
            between(&parse("old.yaml", OLD), &parse("new.yaml", &json)),
            []
        );
    }

    #[test]
    fn what_a_request_may_say_less_of_breaks_and_what_it_may_say_more_of_does_not() {
        check(
            &[("maxLength: 120", "maxLength: 80")],
            &[
                "breaking request-max-length-decreased: `name` in the body may have 80 characters, not 120 any more (old.yaml:23:9, new.yaml:23:9)",
            ],
        );
        check(
            &[("maxLength: 120", "maxLength: 200")],
            &[
                "warning response-max-length-increased: `name` in the response may have 200 characters instead of 120 (old.yaml:23:9, new.yaml:23:9)",
            ],
        );
        check(
            &[("required: [name]", "required: [name, kind]")],
            &[
                "breaking request-property-became-required: `kind` in the body is required now (old.yaml:24:9, new.yaml:24:9)",
            ],
        );
    }

    #[test]
    fn values_of_enums_come_and_go() {
        check(
            &[("enum: [cat, dog]", "enum: [cat, cow]")],
            &[
                "breaking request-enum-value-removed: `kind` in the body may not be `dog` any more (old.yaml:24:9, new.yaml:24:9)",
                "warning response-enum-value-added: `kind` in the response may be `cow` now (old.yaml:24:9, new.yaml:24:9)",
            ],
        );
        check(
            &[("enum: [full, short]", "enum: [full]")],
            &[
                "breaking request-enum-value-removed: the parameter `view` may not be `short` any more (old.yaml:9:35, new.yaml:9:35)",
            ],
        );
    }

    #[test]
    fn operations_parameters_and_responses_come_and_go() {
        check(
            &[("    put:\n", "    patch:\n")],
            &[
                "breaking operation-removed: `PUT /pets/{id}` is gone (old.yaml:13:5, -)",
                "note operation-added: `PATCH /pets/{id}` is new (-, new.yaml:13:5)",
            ],
        );
        check(
            &[
                ("        '404': {description: no}\n", ""),
                ("getPet", "readPet"),
            ],
            &[
                "warning operation-id-changed: the operationId `getPet` is `readPet` now (old.yaml:5:5, new.yaml:5:5)",
                "warning response-removed: the response 404 is gone (old.yaml:12:9, new.yaml:5:5)",
            ],
        );
        check(
            &[(
                "name: view, in: query,",
                "name: view, in: query, required: true,",
            )],
            &[
                "breaking parameter-became-required: the parameter `view` is required now (old.yaml:9:11, new.yaml:9:11)",
            ],
        );
    }

    #[test]
    fn a_property_that_is_renamed_is_gone_for_those_who_read_it() {
        check(
            &[("kind:", "sort:")],
            &[
                "breaking response-property-removed: `kind` in the response is gone (old.yaml:24:9, new.yaml:19:5)",
                "warning request-property-removed: `kind` in the body is not read any more (old.yaml:24:9, new.yaml:19:5)",
            ],
        );
    }
}
