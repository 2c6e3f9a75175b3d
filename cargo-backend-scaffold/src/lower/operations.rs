//! Paths and methods to operations, in groups.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use cargo_backend_shared::openapi::{Document, METHODS, Node};
use indexmap::IndexMap;

use crate::api::ident::{Ident, Names};
use crate::api::rejection::ErrorShape;
use crate::api::security::Scheme;
use crate::api::{Answer, Group, Header, Operation, Response};
use crate::lower::path::{first_word, shape};
use crate::lower::types::{Direction, Types};
use crate::lower::{rejection, security};

/// The operations in groups, and the shapes of their rejections.
pub(crate) fn groups(
    document: &Document,
    schemes: &[Scheme],
    types: &mut Types,
) -> (Vec<Group>, Vec<ErrorShape>) {
    let mut names = Names::default();
    let mut segments: HashMap<String, String> = HashMap::new();
    let mut taken: HashMap<(&str, String), String> = HashMap::new();
    let root = document.root();
    let mut found = Vec::new();
    let paths = root.get("paths").map(|paths| paths.members());
    let mut paths = paths.unwrap_or_default();
    // Of paths that only differ behind a `#`, the one without is served.
    paths.sort_by_key(|(path, _)| path.contains(['#', '?']));
    for (path, item) in paths {
        if path.starts_with("x-") {
            continue;
        }
        for method in METHODS {
            let Some(node) = item.get(method) else {
                continue;
            };
            if method == "trace" {
                types.warn(&node, "TRACE is not served");
                continue;
            }
            let label = format!("{} {path}", method.to_uppercase());
            match taken.entry((method, shape(path))) {
                Entry::Occupied(other) => {
                    let other: &String = other.get();
                    types.warn(
                        &node,
                        format!("`{label}` is not served: a URL cannot tell it from `{other}`"),
                    );
                    continue;
                }
                Entry::Vacant(entry) => {
                    entry.insert(label);
                }
            }
            let (id, ident) = name(&node, method, path, &mut names);
            let group = group(&node, path);
            found.push((path, method, item.clone(), node, id, ident, group));
        }
    }
    // Types must leave the names of what is made for each operation.
    for (.., ident, _) in &found {
        types.reserve_name(&format!("{}Request", ident.pascal));
        types.reserve_name(&format!("{}Response", ident.pascal));
    }
    let mut idents = Names::with(&["mod", "service"]);
    let mut groups: IndexMap<String, Group> = IndexMap::new();
    for (.., label) in &found {
        groups.entry(label.clone()).or_insert_with(|| {
            let ident = idents.take_ident(label, "root");
            types.reserve_name(&format!("{}Api", ident.pascal));
            Group {
                ident,
                label: label.clone(),
                operations: Vec::new(),
            }
        });
    }
    let mut shapes = Vec::new();
    for (path, method, item, node, id, ident, label) in found {
        let mut reader = Reader {
            types,
            shapes: &mut shapes,
            item: &item,
            node: &node,
            segments: &mut segments,
        };
        let mut operation = reader.operation(path, method, id, ident);
        operation.security = security::requirements(&root, &node, schemes);
        if let Some(group) = groups.get_mut(&label) {
            group.operations.push(operation);
        }
    }
    (groups.into_values().collect(), shapes)
}

fn name(node: &Node<'_>, method: &str, path: &str, names: &mut Names) -> (String, Ident) {
    let id = node
        .text("operationId")
        .map_or_else(|| format!("{method} {path}"), str::to_owned);
    let ident = names.take_ident(&id, "operation");
    (id, ident)
}

/// `x-list` of an operation: whose rows it lists, and by which of their columns.
fn belonging(node: &Node<'_>) -> Option<(String, String)> {
    let hint = node.get("x-list")?;
    Some((hint.text("rows")?.to_owned(), hint.text("by")?.to_owned()))
}

fn group(node: &Node<'_>, path: &str) -> String {
    let tag = node.get("tags").and_then(|tags| {
        let first = tags.value.get(0)?.as_str()?;
        Some(first.to_owned())
    });
    tag.unwrap_or_else(|| first_word(path).unwrap_or("root").to_owned())
}

/// Reads one operation.
pub(super) struct Reader<'a, 'd> {
    pub(super) types: &'a mut Types,
    shapes: &'a mut Vec<ErrorShape>,
    pub(super) item: &'a Node<'d>,
    pub(super) node: &'a Node<'d>,
    pub(super) segments: &'a mut HashMap<String, String>,
}

impl Reader<'_, '_> {
    fn operation(&mut self, path: &str, method: &str, id: String, ident: Ident) -> Operation {
        let node = self.node;
        let responses = node.get("responses");
        let rejections = responses
            .as_ref()
            .map(|responses| rejection::rejections(responses, self.shapes, self.types));
        Operation {
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: node
                .text("summary")
                .or_else(|| node.text("description"))
                .unwrap_or_default()
                .to_owned(),
            parameters: self.parameters(path, &ident),
            body: self.body(&ident),
            responses: self.responses(&ident),
            rejections: rejections.unwrap_or_default(),
            security: Vec::new(),
            belonging: belonging(node),
            answer: Answer::NotImplemented(String::new()),
            id,
            ident,
        }
    }

    fn responses(&mut self, operation: &Ident) -> Vec<Response> {
        let all = self.node.get("responses");
        let all = all.map(|all| all.members()).unwrap_or_default();
        let mut responses: Vec<Response> = all
            .iter()
            .filter_map(|(status, node)| {
                let status = match *status {
                    "2XX" | "2xx" => 200,
                    other => other
                        .parse()
                        .ok()
                        .filter(|status| (200..400).contains(status))?,
                };
                Some(self.response(status, node, operation))
            })
            .collect();
        if responses.is_empty() {
            let default = all.iter().find(|(status, _)| *status == "default");
            responses.push(match default {
                Some((_, node)) => self.response(200, node, operation),
                None => Response {
                    status: 204,
                    doc: String::new(),
                    content: None,
                    xml: None,
                    headers: Vec::new(),
                },
            });
        }
        responses.sort_by_key(|response| response.status);
        responses.dedup_by_key(|response| response.status);
        responses
    }

    fn response(&mut self, status: u16, node: &Node<'_>, operation: &Ident) -> Response {
        let context = format!("{}Content", operation.pascal);
        let mut idents = Names::with(&["body"]);
        let headers = node.get("headers").map(|headers| headers.members());
        let content = self
            .content(node, Direction::Response, &context)
            .filter(|_| status != 204 && status != 304);
        let (content, xml) = content.map_or((None, None), |(content, xml)| (Some(content), xml));
        Response {
            status,
            doc: node.text("description").unwrap_or_default().to_owned(),
            content,
            xml,
            headers: headers
                .unwrap_or_default()
                .into_iter()
                .map(|(name, header)| Header {
                    ident: idents.take_ident(name, "header"),
                    name: name.to_ascii_lowercase(),
                    required: header.flag("required"),
                })
                .filter(|header| !matches!(header.name.as_str(), "content-type" | "x-request-id"))
                .collect(),
        }
    }
}
