//! Bounds of numbers, texts, lists and objects: tighter ones break requests, looser ones surprise those
//! who read responses.

use cargo_backend_shared::openapi::Node;
use serde_json::Value;

use super::schema::Place;
use super::{Found, Way, Weight};

/// A bound: its keyword, the flag that excludes the number itself, whether more of it asks more, what it
/// counts with and without the number itself, and what its rules are called.
struct Bound {
    keyword: &'static str,
    exclusive: Option<&'static str>,
    least: bool,
    text: fn(&str) -> String,
    beyond: &'static str,
    request: &'static str,
    response: &'static str,
}

const BOUNDS: &[Bound] = &[
    Bound {
        keyword: "maxLength",
        exclusive: None,
        least: false,
        text: |number| format!("have {number} characters"),
        beyond: "",
        request: "request-max-length-decreased",
        response: "response-max-length-increased",
    },
    Bound {
        keyword: "minLength",
        exclusive: None,
        least: true,
        text: |number| format!("have {number} characters at least"),
        beyond: "",
        request: "request-min-length-increased",
        response: "response-min-length-decreased",
    },
    Bound {
        keyword: "maximum",
        exclusive: Some("exclusiveMaximum"),
        least: false,
        text: |number| format!("be {number} at most"),
        beyond: "less than",
        request: "request-maximum-decreased",
        response: "response-maximum-increased",
    },
    Bound {
        keyword: "minimum",
        exclusive: Some("exclusiveMinimum"),
        least: true,
        text: |number| format!("be {number} at least"),
        beyond: "more than",
        request: "request-minimum-increased",
        response: "response-minimum-decreased",
    },
    Bound {
        keyword: "maxItems",
        exclusive: None,
        least: false,
        text: |number| format!("have {number} items"),
        beyond: "",
        request: "request-max-items-decreased",
        response: "response-max-items-increased",
    },
    Bound {
        keyword: "minItems",
        exclusive: None,
        least: true,
        text: |number| format!("have {number} items at least"),
        beyond: "",
        request: "request-min-items-increased",
        response: "response-min-items-decreased",
    },
    Bound {
        keyword: "maxProperties",
        exclusive: None,
        least: false,
        text: |number| format!("have {number} properties"),
        beyond: "",
        request: "request-max-properties-decreased",
        response: "response-max-properties-increased",
    },
    Bound {
        keyword: "minProperties",
        exclusive: None,
        least: true,
        text: |number| format!("have {number} properties at least"),
        beyond: "",
        request: "request-min-properties-increased",
        response: "response-min-properties-decreased",
    },
];

/// Where values end, and whether the end itself is none of them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct End {
    number: f64,
    excluded: bool,
}

impl Bound {
    fn end(&self, node: &Node<'_>) -> End {
        let free = if self.least {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
        let number = node.value.get(self.keyword).and_then(Value::as_f64);
        let number = number.unwrap_or(free);
        let excluded = number.is_finite() && self.exclusive.is_some_and(|flag| node.flag(flag));
        // Above 2 is from 3 where only whole numbers are values.
        if excluded && node.text("type") == Some("integer") {
            let number = if self.least {
                number.floor() + 1.0
            } else {
                number.ceil() - 1.0
            };
            return End {
                number,
                excluded: false,
            };
        }
        End { number, excluded }
    }

    /// Whether `two` leaves out values of `one`.
    fn tighter(&self, one: End, two: End) -> bool {
        let (from, to) = if self.least {
            (one.number, two.number)
        } else {
            (two.number, one.number)
        };
        from < to || (one.number == two.number && two.excluded && !one.excluded)
    }

    fn shown(&self, end: End) -> String {
        match end {
            End { number, .. } if !number.is_finite() => "any number".to_owned(),
            End {
                number,
                excluded: true,
            } => format!("{} {number}", self.beyond),
            End { number, .. } => number.to_string(),
        }
    }

    fn asked(&self, end: End) -> String {
        match end.excluded {
            true => format!("be {}", self.shown(end)),
            false => (self.text)(&self.shown(end)),
        }
    }
}

pub(super) fn compare(old: &Node<'_>, new: &Node<'_>, way: Way, place: &Place, found: &mut Found) {
    for bound in BOUNDS {
        let (one, two) = (bound.end(old), bound.end(new));
        let (now, before) = (bound.asked(two), bound.shown(one));
        let (rule, weight, message) = match way {
            Way::Request if bound.tighter(one, two) => (
                bound.request,
                Weight::Breaking,
                format!("{place} may {now}, not {before} any more"),
            ),
            Way::Response if bound.tighter(two, one) => (
                bound.response,
                Weight::Warning,
                format!("{place} may {now} instead of {before}"),
            ),
            Way::Request | Way::Response => continue,
        };
        found.add(rule, weight, message, Some(old), Some(new));
    }
    step(old, new, way, place, found);
    if old.flag("uniqueItems") == new.flag("uniqueItems") {
        return;
    }
    let (rule, weight, message) = match way {
        Way::Request if new.flag("uniqueItems") => (
            "request-unique-items-added",
            Weight::Breaking,
            format!("{place} may have no item twice now"),
        ),
        Way::Response if old.flag("uniqueItems") => (
            "response-unique-items-removed",
            Weight::Warning,
            format!("{place} may have an item twice now"),
        ),
        Way::Request | Way::Response => return,
    };
    found.add(rule, weight, message, Some(old), Some(new));
}

/// `multipleOf`: every value of one side must be one of the other.
fn step(old: &Node<'_>, new: &Node<'_>, way: Way, place: &Place, found: &mut Found) {
    let step = |node: &Node<'_>| node.value.get("multipleOf").and_then(Value::as_f64);
    let (one, two) = (step(old), step(new));
    // Steps are decimal and floats are not: 0.3 is thrice 0.1 all the same.
    let within = |inner: Option<f64>, outer: Option<f64>| match (inner, outer) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(inner), Some(outer)) => {
            let times = inner / outer;
            (times - times.round()).abs() < 1e-9
        }
    };
    let shown = |step: Option<f64>| {
        step.map_or_else(
            || "any number".to_owned(),
            |step| format!("a multiple of {step}"),
        )
    };
    let (now, before) = (shown(two), shown(one));
    let (rule, weight, message) = match way {
        Way::Request if !within(one, two) => (
            "request-multiple-of-changed",
            Weight::Breaking,
            format!("{place} must be {now}, not {before} any more"),
        ),
        Way::Response if !within(two, one) => (
            "response-multiple-of-changed",
            Weight::Warning,
            format!("{place} may be {now} instead of {before}"),
        ),
        Way::Request | Way::Response => return,
    };
    found.add(rule, weight, message, Some(old), Some(new));
}
