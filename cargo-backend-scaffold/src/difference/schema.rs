//! One schema against another, with the direction in which its values go.

use std::fmt;

use cargo_backend_shared::openapi::Node;
use serde_json::Value;

use super::{Found, Way, Weight, bound};
use crate::lower::schema::{is_closed, only_alternative, properties, union_keyword};

/// Where a value stands, in words.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: String,
    rest: String,
}

impl Place {
    pub(super) fn new(rest: &str) -> Self {
        Self {
            path: String::new(),
            rest: rest.to_owned(),
        }
    }

    pub(super) fn parameter(name: &str) -> Self {
        Self::new(&format!("the parameter `{name}`"))
    }

    pub(super) fn below(&self, name: &str) -> Self {
        let link = if self.path.is_empty() { "" } else { "." };
        Self {
            path: format!("{}{link}{name}", self.path),
            rest: self.rest.clone(),
        }
    }

    pub(super) fn item(&self) -> Self {
        Self {
            path: format!("{}[]", self.path),
            rest: self.rest.clone(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.path.as_str(), self.rest.starts_with("the ")) {
            ("", true) => f.write_str(&self.rest),
            ("", false) => write!(f, "what stands {}", self.rest),
            (path, true) => write!(f, "`{path}` of {}", self.rest),
            (path, false) => write!(f, "`{path}` {}", self.rest),
        }
    }
}

pub(super) fn compare(old: &Node<'_>, new: &Node<'_>, way: Way, place: &Place, found: &mut Found) {
    // Types that contain themselves are compared once.
    let pair = (old.pointer.clone(), new.pointer.clone(), way);
    if !found.seen.insert(pair) {
        return;
    }
    nullable(old, new, way, place, found);
    let (old, new) = (&inner(old), &inner(new));
    if kind(old, new, way, place, found) {
        return;
    }
    words(old, new, way, place, found);
    bound::compare(old, new, way, place, found);
    let same = ["pattern", "format"].into_iter().filter(|key| {
        let (one, two) = (old.value.get(key), new.value.get(key));
        one != two && (two.is_some() || way == Way::Response)
    });
    for key in same {
        let message = format!("the {key} of {place} has changed");
        let (rule, weight) = match way {
            Way::Request => ("request-text-changed", Weight::Breaking),
            Way::Response => ("response-text-changed", Weight::Warning),
        };
        found.add(rule, weight, message, Some(old), Some(new));
    }
    if let (Some(one), Some(two)) = (old.get("items"), new.get("items")) {
        compare(&one, &two, way, &place.item(), found);
    }
    let key = "additionalProperties";
    let (one, two) = (old.get(key), new.get(key));
    let is_schema = |all: &Node<'_>| all.value.is_object();
    if let (Some(one), Some(two)) = (one.filter(is_schema), two.filter(is_schema)) {
        compare(&one, &two, way, &place.below("*"), found);
    }
    members(old, new, way, place, found);
    alternatives(old, new, way, place, found);
}

/// The schema inside of those that only wrap it.
fn inner<'a>(node: &Node<'a>) -> Node<'a> {
    only_alternative(node).map_or_else(|| node.clone(), |only| inner(&only))
}

/// Whether a schema allows `null`, or what it only wraps does.
fn allows_null(node: &Node<'_>) -> bool {
    node.flag("nullable") || only_alternative(node).is_some_and(|only| allows_null(&only))
}

fn nullable(old: &Node<'_>, new: &Node<'_>, way: Way, place: &Place, found: &mut Found) {
    let (one, two) = (allows_null(old), allows_null(new));
    let (rule, message) = match way {
        Way::Request if one && !two => (
            "request-null-removed",
            format!("{place} may not be null any more"),
        ),
        Way::Response if !one && two => ("response-null-added", format!("{place} may be null now")),
        Way::Request | Way::Response => return,
    };
    found.add(rule, Weight::Breaking, message, Some(old), Some(new));
}

/// Whether the type is another one, so that nothing else need be compared.
fn kind(old: &Node<'_>, new: &Node<'_>, way: Way, place: &Place, found: &mut Found) -> bool {
    let shown = |node: &Node<'_>| node.text("type").unwrap_or("anything").to_owned();
    let (one, two) = (shown(old), shown(new));
    let wider = match way {
        Way::Request => one == "integer" && two == "number" || two == "anything",
        Way::Response => one == "number" && two == "integer",
    };
    if one == two || wider {
        return false;
    }
    let rule = match way {
        Way::Request => "request-type-changed",
        Way::Response => "response-type-changed",
    };
    let message = format!("{place} is {two} and not {one} any more");
    found.add(rule, Weight::Breaking, message, Some(old), Some(new));
    true
}

fn words(old: &Node<'_>, new: &Node<'_>, way: Way, place: &Place, found: &mut Found) {
    let values = |node: &Node<'_>| -> Option<Vec<Value>> {
        let values = node.value.get("enum")?.as_array()?;
        Some(
            values
                .iter()
                .filter(|value| !value.is_null())
                .cloned()
                .collect(),
        )
    };
    let shown = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let (one, two) = (values(old), values(new));
    match (way, one, two) {
        (Way::Request, Some(one), Some(two)) => {
            for gone in one.iter().filter(|value| !two.contains(value)) {
                let message = format!("{place} may not be `{}` any more", shown(gone));
                let rule = "request-enum-value-removed";
                found.add(rule, Weight::Breaking, message, Some(old), Some(new));
            }
        }
        (Way::Request, None, Some(_)) => {
            let message = format!("{place} may be some values only now");
            found.add(
                "request-enum-added",
                Weight::Breaking,
                message,
                Some(old),
                Some(new),
            );
        }
        (Way::Response, Some(one), Some(two)) => {
            for gained in two.iter().filter(|value| !one.contains(value)) {
                let message = format!("{place} may be `{}` now", shown(gained));
                let rule = "response-enum-value-added";
                found.add(rule, Weight::Warning, message, Some(old), Some(new));
            }
        }
        (Way::Response, Some(_), None) => {
            let message = format!("{place} may be any value now");
            found.add(
                "response-enum-removed",
                Weight::Warning,
                message,
                Some(old),
                Some(new),
            );
        }
        (Way::Request, _, None) | (Way::Response, None, _) => {}
    }
}

fn members(old: &Node<'_>, new: &Node<'_>, way: Way, place: &Place, found: &mut Found) {
    let (before, after) = (properties(old), properties(new));
    let hidden = match way {
        Way::Request => "readOnly",
        Way::Response => "writeOnly",
    };
    for property in before.iter().filter(|property| !property.node.flag(hidden)) {
        let inner = place.below(&property.name);
        let other = after
            .iter()
            .find(|other| other.name == property.name && !other.node.flag(hidden));
        let Some(other) = other else {
            let (rule, weight, what) = match way {
                Way::Request if is_closed(new) => (
                    "request-property-removed",
                    Weight::Breaking,
                    "is refused now",
                ),
                Way::Request => (
                    "request-property-removed",
                    Weight::Warning,
                    "is not read any more",
                ),
                Way::Response => ("response-property-removed", Weight::Breaking, "is gone"),
            };
            let message = format!("{inner} {what}");
            found.add(rule, weight, message, Some(&property.node), Some(new));
            continue;
        };
        let (rule, message) = match (way, property.required, other.required) {
            (Way::Request, false, true) => (
                "request-property-became-required",
                format!("{inner} is required now"),
            ),
            (Way::Response, true, false) => (
                "response-property-became-optional",
                format!("{inner} may be absent now"),
            ),
            (Way::Request | Way::Response, ..) => ("", String::new()),
        };
        if !rule.is_empty() {
            let nodes = (&property.node, &other.node);
            found.add(
                rule,
                Weight::Breaking,
                message,
                Some(nodes.0),
                Some(nodes.1),
            );
        }
        compare(&property.node, &other.node, way, &inner, found);
    }
    if way == Way::Response {
        return;
    }
    for property in after.iter().filter(|property| !property.node.flag(hidden)) {
        let known = before.iter().any(|other| other.name == property.name);
        if !known && property.required {
            let message = format!("{} is new and required", place.below(&property.name));
            let rule = "request-required-property-added";
            found.add(
                rule,
                Weight::Breaking,
                message,
                Some(old),
                Some(&property.node),
            );
        }
    }
    if !is_closed(old) && is_closed(new) {
        let message = format!("{place} may have no other properties now");
        found.add(
            "request-properties-closed",
            Weight::Breaking,
            message,
            Some(old),
            Some(new),
        );
    }
}

/// Alternatives are told apart by what they are called.
fn alternatives(old: &Node<'_>, new: &Node<'_>, way: Way, place: &Place, found: &mut Found) {
    let list = |node: &Node<'_>| -> Vec<String> {
        let keyword = union_keyword(node);
        let items = keyword
            .and_then(|keyword| node.get(keyword))
            .map(|list| list.items());
        let items = items.unwrap_or_default();
        items.iter().map(Node::name).collect()
    };
    let (before, after) = (list(old), list(new));
    let named = |name: &&String| name.parse::<usize>().is_err();
    let (lost, rule, what) = match way {
        Way::Request => (
            before
                .iter()
                .filter(|name| !after.contains(name))
                .filter(named)
                .collect::<Vec<_>>(),
            "request-alternative-removed",
            "may not be",
        ),
        Way::Response => (
            after
                .iter()
                .filter(|name| !before.contains(name))
                .filter(named)
                .collect(),
            "response-alternative-added",
            "may now be",
        ),
    };
    if before.is_empty() || after.is_empty() {
        return;
    }
    for name in lost {
        let message = format!("{place} {what} `{name}`");
        found.add(rule, Weight::Breaking, message, Some(old), Some(new));
    }
}
