//! Parameters, bodies, responses and security of one operation.

use cargo_backend_shared::openapi::Node;
use indexmap::IndexMap;
use serde_json::Value;

use super::schema::{self, Place};
use super::{Found, Operation, Way, Weight, xml};
use crate::lower::is_xml;

pub(super) fn compare(old: &Operation<'_>, new: &Operation<'_>, found: &mut Found) {
    let (id, other) = (old.node.text("operationId"), new.node.text("operationId"));
    if let (Some(id), true) = (id, id != other) {
        let message = match other {
            Some(other) => format!("the operationId `{id}` is `{other}` now"),
            None => format!("the operationId `{id}` is gone"),
        };
        let (rule, nodes) = ("operation-id-changed", (&old.node, &new.node));
        found.add(rule, Weight::Warning, message, Some(nodes.0), Some(nodes.1));
    }
    parameters(old, new, found);
    body(&old.node, &new.node, found);
    responses(&old.node, &new.node, found);
    security(old, new, found);
}

type Parameters<'a> = IndexMap<(String, String), Node<'a>>;

/// Headers that a parameter cannot describe (OpenAPI 3.0.4, 4.7.12.2): the content and the security do.
const NO_PARAMETERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// Those of the path by their place in it, the others by their names; case means nothing in a header's.
fn declared<'a>(operation: &Operation<'a>) -> Parameters<'a> {
    let mut found = Parameters::new();
    for list in [&operation.item, &operation.node] {
        let list = list.get("parameters").map(|list| list.items());
        for parameter in list.unwrap_or_default() {
            let text = |key| parameter.text(key).unwrap_or_default().to_owned();
            let (place, name) = (text("in"), text("name"));
            let at = operation.label.find(&format!("{{{name}}}"));
            let key = match at.filter(|_| place == "path") {
                Some(at) => operation.label[..at].matches('{').count().to_string(),
                None if place == "header" => name.to_lowercase(),
                None => name,
            };
            if place == "header" && NO_PARAMETERS.contains(&key.as_str()) {
                continue;
            }
            found.insert((place, key), parameter);
        }
    }
    found
}

fn parameters(old: &Operation<'_>, new: &Operation<'_>, found: &mut Found) {
    let (before, after) = (declared(old), declared(new));
    for (key, parameter) in &before {
        let name = parameter.text("name").unwrap_or_default();
        let Some(other) = after.get(key) else {
            let message = format!("the parameter `{name}` in `{}` is not read any more", key.0);
            let rule = "parameter-removed";
            found.add(
                rule,
                Weight::Warning,
                message,
                Some(parameter),
                Some(&new.node),
            );
            continue;
        };
        if !parameter.flag("required") && other.flag("required") {
            let message = format!("the parameter `{name}` is required now");
            let rule = "parameter-became-required";
            found.add(
                rule,
                Weight::Breaking,
                message,
                Some(parameter),
                Some(other),
            );
        }
        if let Some(what) = written_otherwise(parameter, other) {
            let message = format!("the parameter `{name}` is written in another way: `{what}`");
            let rule = "parameter-style-changed";
            let nodes = (Some(parameter), Some(other));
            found.add(rule, Weight::Breaking, message, nodes.0, nodes.1);
        }
        if parameter.get("content").is_some() && other.get("content").is_some() {
            let place = Place::parameter(name);
            content(parameter, other, Way::Request, &place, found);
        }
        if let (Some(one), Some(two)) = (parameter.get("schema"), other.get("schema")) {
            let place = Place::parameter(name);
            schema::compare(&one, &two, Way::Request, &place, found);
        }
    }
    for (key, parameter) in &after {
        if before.contains_key(key) {
            continue;
        }
        let name = parameter.text("name").unwrap_or_default();
        let (rule, weight, what) = if parameter.flag("required") {
            (
                "required-parameter-added",
                Weight::Breaking,
                "new and required",
            )
        } else {
            ("parameter-added", Weight::Note, "new")
        };
        let message = format!("the parameter `{name}` in `{}` is {what}", key.0);
        found.add(rule, weight, message, Some(&old.node), Some(parameter));
    }
}

/// What about the way in which a parameter is written has changed, beyond what goes without saying.
fn written_otherwise(old: &Node<'_>, new: &Node<'_>) -> Option<&'static str> {
    let style = |node: &Node<'_>| {
        let usual = match node.text("in") {
            Some("query" | "cookie") => "form",
            Some(_) | None => "simple",
        };
        node.text("style").unwrap_or(usual).to_owned()
    };
    let explode = |node: &Node<'_>| {
        let given = node.value.get("explode").and_then(Value::as_bool);
        given.unwrap_or_else(|| style(node) == "form")
    };
    let is_one = |node: &Node<'_>| {
        let kind = node.get("schema").and_then(|schema| schema.text("type"));
        kind.is_some_and(|kind| kind != "array" && kind != "object")
    };
    if old.get("content").is_some() != new.get("content").is_some() {
        return Some("content");
    }
    if style(old) != style(new) {
        return Some("style");
    }
    // What has no parts is written alike.
    (explode(old) != explode(new) && !(is_one(old) && is_one(new))).then_some("explode")
}

fn body(old: &Node<'_>, new: &Node<'_>, found: &mut Found) {
    let (before, after) = (old.get("requestBody"), new.get("requestBody"));
    match (&before, &after) {
        (None, Some(after)) if after.flag("required") => {
            let message = "a body is required now".to_owned();
            found.add(
                "body-became-required",
                Weight::Breaking,
                message,
                Some(old),
                Some(after),
            );
        }
        (Some(before), None) => {
            let message = "a body is not read any more".to_owned();
            found.add(
                "body-removed",
                Weight::Warning,
                message,
                Some(before),
                Some(new),
            );
        }
        (Some(before), Some(after)) => {
            if !before.flag("required") && after.flag("required") {
                let message = "a body is required now".to_owned();
                let rule = "body-became-required";
                found.add(rule, Weight::Breaking, message, Some(before), Some(after));
            }
            let place = Place::new("in the body");
            content(before, after, Way::Request, &place, found);
        }
        (None, _) => {}
    }
}

fn content(old: &Node<'_>, new: &Node<'_>, way: Way, place: &Place, found: &mut Found) {
    let before = old.get("content").map(|content| content.members());
    for (name, media) in before.unwrap_or_default() {
        let Some(other) = new.get("content").and_then(|content| content.get(name)) else {
            let rule = match way {
                Way::Request => "request-media-type-removed",
                Way::Response => "response-media-type-removed",
            };
            let message = format!("`{name}` is gone as a type of {place}");
            found.add(rule, Weight::Breaking, message, Some(old), Some(new));
            continue;
        };
        if let (Some(one), Some(two)) = (media.get("schema"), other.get("schema")) {
            schema::compare(&one, &two, way, place, found);
            if is_xml(name) {
                xml::compare(&one, &two, place, found);
            }
        }
    }
}

fn responses(old: &Node<'_>, new: &Node<'_>, found: &mut Found) {
    let (Some(before), Some(after)) = (old.get("responses"), new.get("responses")) else {
        return;
    };
    for (status, response) in before.members() {
        let Some(other) = after.get(status) else {
            let weight = if status.starts_with('2') {
                Weight::Breaking
            } else {
                Weight::Warning
            };
            let message = format!("the response {status} is gone");
            found.add(
                "response-removed",
                weight,
                message,
                Some(&response),
                Some(new),
            );
            continue;
        };
        let place = if status.starts_with('2') {
            Place::new("in the response")
        } else {
            Place::new(&format!("in the response {status}"))
        };
        content(&response, &other, Way::Response, &place, found);
        headers(status, &response, &other, found);
    }
    for (status, response) in after.members() {
        if before.get(status).is_none() {
            let weight = if status.starts_with('2') {
                Weight::Warning
            } else {
                Weight::Note
            };
            let message = format!("the response {status} is new");
            found.add(
                "response-added",
                weight,
                message,
                Some(old),
                Some(&response),
            );
        }
    }
}

/// The headers of a response; case means nothing in their names.
fn headers(status: &str, old: &Node<'_>, new: &Node<'_>, found: &mut Found) {
    let (before, after) = (old.get("headers"), new.get("headers"));
    let Some(before) = before else {
        return;
    };
    let after = after.as_ref().map(Node::members).unwrap_or_default();
    for (name, header) in before.members() {
        let other = after
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name));
        let Some((_, other)) = other else {
            let message = format!("the header `{name}` of the response {status} is gone");
            let rule = "response-header-removed";
            found.add(rule, Weight::Breaking, message, Some(&header), Some(new));
            continue;
        };
        if header.flag("required") && !other.flag("required") {
            let message = format!("the header `{name}` of the response {status} may be absent now");
            let rule = "response-header-became-optional";
            found.add(rule, Weight::Breaking, message, Some(&header), Some(other));
        }
        if let (Some(one), Some(two)) = (header.get("schema"), other.get("schema")) {
            let place = Place::new(&format!("the header `{name}` of the response {status}"));
            schema::compare(&one, &two, Way::Response, &place, found);
        }
    }
}

/// Who may call must still be able to: every alternative has to be there, or an easier one.
fn security(old: &Operation<'_>, new: &Operation<'_>, found: &mut Found) {
    let list = |operation: &Operation<'_>| -> Vec<Value> {
        let own = operation.node.get("security");
        let list = own.or_else(|| operation.root.get("security"));
        let items = list.and_then(|list| list.value.as_array().cloned());
        items.unwrap_or_default()
    };
    let (before, after) = (list(old), list(new));
    let open = |list: &[Value]| {
        let nothing = |each: &Value| each.as_object().is_some_and(serde_json::Map::is_empty);
        list.is_empty() || list.iter().any(nothing)
    };
    if open(&after) {
        return;
    }
    let (rule, weight) = ("security-tightened", Weight::Breaking);
    if open(&before) {
        let message = "callers must say who they are now".to_owned();
        found.add(rule, weight, message, Some(&old.node), Some(&new.node));
        return;
    }
    for alternative in &before {
        let names: Vec<&String> = alternative
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
            .collect();
        let allowed = after.iter().any(|other| {
            let needs = other.as_object().into_iter().flatten();
            needs.into_iter().all(|(name, scopes)| {
                let had = alternative.get(name).and_then(Value::as_array);
                let scopes = scopes.as_array().into_iter().flatten();
                had.is_some_and(|had| scopes.into_iter().all(|scope| had.contains(scope)))
            })
        });
        if !allowed {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("{} is not enough to call it any more", names.join(" with "));
            found.add(rule, weight, message, Some(&old.node), Some(&new.node));
        }
    }
}
