//! Paths and methods to operations, in groups.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use cargo_backend_shared::openapi::{Document, METHODS, Node};
use indexmap::IndexMap;

use crate::api::ident::{Ident, Names};
use crate::api::rejection::ErrorShape;
use crate::api::security::Scheme;
use crate::api::types::{Shape, TextRule, TypeRef};
use crate::api::{Answer, Body, Content, Group, Header, Operation, Parameter, Place, Response};
use crate::lower::path::{first_word, part, shape};
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
        operation.security = security::requirements(&root, &node, schemes, types);
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

fn group(node: &Node<'_>, path: &str) -> String {
    let tag = node.get("tags").and_then(|tags| {
        let first = tags.value.get(0)?.as_str()?;
        Some(first.to_owned())
    });
    tag.unwrap_or_else(|| first_word(path).unwrap_or("root").to_owned())
}

struct Reader<'a, 'd> {
    types: &'a mut Types,
    shapes: &'a mut Vec<ErrorShape>,
    item: &'a Node<'d>,
    node: &'a Node<'d>,
    segments: &'a mut HashMap<String, String>,
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
            answer: Answer::NotImplemented(String::new()),
            id,
            ident,
        }
    }

    fn parameters(&mut self, path: &str, operation: &Ident) -> Vec<Parameter> {
        let mut found: IndexMap<(String, String), Node<'_>> = IndexMap::new();
        for list in [self.item, self.node] {
            for parameter in list
                .get("parameters")
                .map(|list| list.items())
                .unwrap_or_default()
            {
                let key = |name| parameter.text(name).unwrap_or_default().to_owned();
                found.insert((key("in"), key("name")), parameter.clone());
            }
        }
        let mut idents = Names::with(&["input", "request", "service", "body", "caller"]);
        found
            .into_iter()
            .filter_map(|((place, name), node)| {
                let place = match place.as_str() {
                    "path" => Place::Path,
                    "query" => Place::Query,
                    "header" => Place::Header,
                    _ => {
                        self.types
                            .warn(&node, format!("the cookie `{name}` is not read"));
                        return None;
                    }
                };
                if place == Place::Path && !path.contains(&format!("{{{name}}}")) {
                    self.types
                        .warn(&node, format!("the path has no parameter `{name}`"));
                    return None;
                }
                let ident = idents.take_ident(&name, "parameter");
                let context = format!("{}{}", operation.pascal, ident.pascal);
                let ty = match self.parameter_type(&node, place, &context, &name) {
                    // The router needs the segment, whatever is in it.
                    None if place == Place::Path => TypeRef::of(Shape::Text(TextRule::default())),
                    ty => ty?,
                };
                Some(Parameter {
                    segment: self.segment(path, &name, &ident),
                    part: part(path, &name).filter(|_| place == Place::Path),
                    required: node.flag("required") || place == Place::Path,
                    doc: node.text("description").unwrap_or_default().to_owned(),
                    name,
                    ident,
                    place,
                    ty,
                })
            })
            .collect()
    }

    fn parameter_type(
        &mut self,
        node: &Node<'_>,
        place: Place,
        context: &str,
        name: &str,
    ) -> Option<TypeRef> {
        let Some(schema) = node.get("schema") else {
            self.types.warn(
                node,
                format!("the parameter `{name}` has no schema and is not read"),
            );
            return None;
        };
        let mut ty = self
            .types
            .reference(&schema, Direction::Request, context, name);
        let form = node
            .text("style")
            .is_none_or(|style| style == "form" || style == "simple");
        let object = matches!(ty.shape, Shape::Map(_))
            || (matches!(ty.shape, Shape::Named(_))
                && crate::lower::schema::words(&schema).is_none());
        if !form || object {
            let what = if form {
                "is no single value"
            } else {
                "has a style"
            };
            self.types.warn(
                node,
                format!("the parameter `{name}` {what} that is not read from URLs"),
            );
            return None;
        }
        if let Shape::List(list) = &mut ty.shape {
            let exploded = node.value.get("explode") != Some(&serde_json::Value::Bool(false));
            list.commas = place != Place::Query || !exploded;
        }
        Some(ty)
    }

    /// The name of a path parameter's segment: of the first route that has one there.
    fn segment(&mut self, path: &str, name: &str, ident: &Ident) -> String {
        let Some((before, _)) = path.split_once(&format!("{{{name}}}")) else {
            return String::new();
        };
        let before = &before[..before.rfind('/').map_or(0, |cut| cut + 1)];
        let place: Vec<&str> = before
            .split('/')
            .map(|segment| if segment.contains('{') { "{}" } else { segment })
            .collect();
        self.segments
            .entry(place.join("/"))
            .or_insert_with(|| ident.plain().to_owned())
            .clone()
    }

    fn body(&mut self, operation: &Ident) -> Option<Body> {
        let body = self.node.get("requestBody")?;
        Some(Body {
            required: body.flag("required"),
            content: self.content(
                &body,
                Direction::Request,
                &format!("{}Body", operation.pascal),
            )?,
        })
    }

    fn content(&mut self, node: &Node<'_>, way: Direction, context: &str) -> Option<Content> {
        let media = node.get("content")?.members();
        let json = media.iter().find(|(name, _)| is_json(name));
        if let Some((_, json)) = json {
            let ty = match json.get("schema") {
                Some(schema) => self.types.reference(&schema, way, context, "body"),
                None => TypeRef::of(Shape::Any),
            };
            let others: Vec<String> = media
                .iter()
                .filter(|(name, _)| !is_json(name))
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            if !others.is_empty() {
                let message = format!("only JSON is served here, not {}", others.join(", "));
                self.types.warn(node, message);
            }
            return Some(Content::Json(ty));
        }
        let names: Vec<String> = media.iter().map(|(name, _)| (*name).to_owned()).collect();
        let form = names.iter().find(|name| name.contains("form"));
        if let (Some(form), Direction::Request) = (form, way) {
            let message = format!("a body of `{form}` is handed on as bytes, not decoded");
            self.types.warn(node, message);
        }
        (!names.is_empty()).then_some(Content::Bytes(names))
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
        Response {
            status,
            doc: node.text("description").unwrap_or_default().to_owned(),
            content: self
                .content(node, Direction::Response, &context)
                .filter(|_| status != 204 && status != 304),
            headers: headers
                .unwrap_or_default()
                .into_iter()
                .map(|(name, _)| Header {
                    ident: idents.take_ident(name, "header"),
                    name: name.to_ascii_lowercase(),
                })
                .filter(|header| !matches!(header.name.as_str(), "content-type" | "x-request-id"))
                .collect(),
        }
    }
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
        || essence == "*/*"
}
