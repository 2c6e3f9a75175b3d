//! Bounds of numbers, texts and lists: tighter ones break requests, looser ones surprise those who
//! read responses.

use cargo_backend_shared::openapi::Node;
use serde_json::Value;

use super::schema::Place;
use super::{Found, Way, Weight};

/// A bound: its keyword, the rules' name for it, what it counts, and whether more of it asks more.
struct Bound {
    keyword: &'static str,
    name: &'static str,
    least: bool,
    text: fn(&str) -> String,
}

const BOUNDS: &[Bound] = &[
    Bound {
        keyword: "maxLength",
        name: "max-length",
        least: false,
        text: |number| format!("have {number} characters"),
    },
    Bound {
        keyword: "minLength",
        name: "min-length",
        least: true,
        text: |number| format!("have {number} characters at least"),
    },
    Bound {
        keyword: "maximum",
        name: "maximum",
        least: false,
        text: |number| format!("be {number} at most"),
    },
    Bound {
        keyword: "minimum",
        name: "minimum",
        least: true,
        text: |number| format!("be {number} at least"),
    },
    Bound {
        keyword: "maxItems",
        name: "max-items",
        least: false,
        text: |number| format!("have {number} items"),
    },
    Bound {
        keyword: "minItems",
        name: "min-items",
        least: true,
        text: |number| format!("have {number} items at least"),
    },
];

pub(super) fn compare(old: &Node<'_>, new: &Node<'_>, way: Way, place: &Place, found: &mut Found) {
    for bound in BOUNDS {
        let number = |node: &Node<'_>| node.value.get(bound.keyword).and_then(Value::as_f64);
        let free = if bound.least {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
        let (one, two) = (number(old).unwrap_or(free), number(new).unwrap_or(free));
        let tighter = if bound.least { two > one } else { two < one };
        let looser = if bound.least { two < one } else { two > one };
        let shown = |number: f64| {
            if number.is_finite() {
                number.to_string()
            } else {
                "any number".to_owned()
            }
        };
        let (now, before) = ((bound.text)(&shown(two)), shown(one));
        let direction = if two > one { "increased" } else { "decreased" };
        let (rule, weight, message) = match way {
            Way::Request if tighter => (
                format!("request-{}-{direction}", bound.name),
                Weight::Breaking,
                format!("{place} may {now}, not {before} any more"),
            ),
            Way::Response if looser => (
                format!("response-{}-{direction}", bound.name),
                Weight::Warning,
                format!("{place} may {now} instead of {before}"),
            ),
            Way::Request | Way::Response => continue,
        };
        found.add(rule_name(&rule), weight, message, Some(old), Some(new));
    }
}

/// The rules of bounds, whose names are made of parts.
fn rule_name(made: &str) -> &'static str {
    const NAMES: &[&str] = &[
        "request-max-length-decreased",
        "request-min-length-increased",
        "request-maximum-decreased",
        "request-minimum-increased",
        "request-max-items-decreased",
        "request-min-items-increased",
        "response-max-length-increased",
        "response-min-length-decreased",
        "response-maximum-increased",
        "response-minimum-decreased",
        "response-max-items-increased",
        "response-min-items-decreased",
    ];
    NAMES
        .iter()
        .copied()
        .find(|name| *name == made)
        .unwrap_or("bound-changed")
}
