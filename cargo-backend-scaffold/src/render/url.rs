//! Paths, queries and headers of requests in the generated tests.

use serde_json::Value;

use crate::api::types::{Shape, TypeRef};
use crate::api::{Operation, Parameter, Place};
use crate::render::edges::{self, Edge, Given};
use crate::render::sample::Samples;

/// Paths and headers that are longer are refused before anybody reads them.
const LONGEST: usize = 1_000;

/// Where a request goes, with a value for each parameter that must be there.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Path and query.
    pub(super) url: String,
    /// Lines of the head, each with its end.
    pub(super) headers: String,
}

/// A path with something in its parameters, and no query.
pub(super) fn path(samples: &Samples<'_>, operation: &Operation) -> Option<String> {
    filled(samples, operation, None)
}

/// A target that is valid; `None` where a parameter must be there that only a person could write.
pub(super) fn target(samples: &Samples<'_>, operation: &Operation) -> Option<Target> {
    with(samples, operation, None)
}

/// Targets with a parameter on one side of an edge, each with what it is about.
pub(super) fn targets(samples: &Samples<'_>, operation: &Operation) -> Vec<(Target, String, bool)> {
    let mut found = Vec::new();
    for parameter in operation.parameters.iter().filter(|each| is_plain(each)) {
        let name = &parameter.name;
        if parameter.required && parameter.place != Place::Path {
            let without = with(samples, operation, Some((name, &[])));
            found.extend(without.map(|target| (target, format!("`{name}`, required"), false)));
        }
        for edge in edges::of(samples, &parameter.ty) {
            let Some(texts) = placed(parameter, &edge) else {
                continue;
            };
            let changed = with(samples, operation, Some((name, &texts)));
            let what = format!("`{name}`, {}", edge.rule);
            found.extend(changed.map(|target| (target, what, edge.fits)));
        }
    }
    found
}

/// Whether a parameter is written as one text for each value, where a test can write it.
fn is_plain(parameter: &Parameter) -> bool {
    parameter.style.is_none() && parameter.part.is_none() && parameter.place != Place::Cookie
}

/// What is written for a value as a text, or several; `None` where it cannot be written, or would be
/// another value.
pub(super) fn texts(ty: &TypeRef, edge: &Edge) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let texts = match (&edge.given, &ty.shape) {
        (Given::Text(length), _) => vec!["x".repeat(*length)],
        (Given::Value(Value::Array(items)), Shape::List(list)) => {
            // Any text is a text.
            let words: Option<Vec<String>> = items.iter().map(one).collect();
            let typed = !is_text(&list.item.shape) || items.iter().all(Value::is_string);
            let words = words.filter(|words| typed && !words.is_empty())?;
            if list.commas {
                vec![words.join(",")]
            } else {
                words
            }
        }
        (Given::Value(_), Shape::List(_)) | (Given::Nothing, _) => return None,
        (Given::Value(value), shape) => {
            if is_text(shape) && !value.is_string() {
                return None;
            }
            vec![one(value)?]
        }
    };
    let short = texts.iter().map(String::len).sum::<usize>() <= LONGEST;
    short.then_some(texts)
}

/// The same for a parameter, where its place takes such texts.
fn placed(parameter: &Parameter, edge: &Edge) -> Option<Vec<String>> {
    let sound = |text: &String| match parameter.place {
        // No segment is no value but another path, and `.` is none either.
        Place::Path => !text.is_empty() && !text.chars().all(|c| c == '.'),
        Place::Query => true,
        Place::Header | Place::Cookie => {
            text.trim() == text
                && !text.is_empty()
                && text.chars().all(|c| (' '..='~').contains(&c))
        }
    };
    texts(&parameter.ty, edge).filter(|texts| texts.iter().all(sound))
}

fn is_text(shape: &Shape) -> bool {
    match shape {
        Shape::Text(_) | Shape::Timestamp | Shape::Day | Shape::Uuid | Shape::Named(_) => true,
        Shape::Int(_)
        | Shape::Number(_)
        | Shape::Bool
        | Shape::Any
        | Shape::File
        | Shape::List(_)
        | Shape::Map(_) => false,
    }
}

/// The target with other texts for one parameter; for the others a value where one must be.
fn with(
    samples: &Samples<'_>,
    operation: &Operation,
    changed: Option<(&str, &[String])>,
) -> Option<Target> {
    let styled =
        |parameter: &&Parameter| parameter.place == Place::Path && parameter.style.is_some();
    if operation.parameters.iter().any(|each| styled(&each)) {
        return None;
    }
    let mut query = Vec::new();
    let mut headers = String::new();
    for parameter in operation
        .parameters
        .iter()
        .filter(|each| each.place != Place::Path)
    {
        let texts = match changed.filter(|(name, _)| *name == parameter.name) {
            Some((_, texts)) => texts.to_vec(),
            None if !parameter.required => continue,
            None if !is_plain(parameter) => return None,
            None => {
                let value = samples.value(&parameter.ty)?;
                let edge = Edge {
                    place: String::new(),
                    given: Given::Value(value),
                    rule: String::new(),
                    fits: true,
                };
                placed(parameter, &edge)?
            }
        };
        for text in texts {
            if parameter.place == Place::Query {
                query.push(format!("{}={}", encoded(&parameter.name), encoded(&text)));
            } else {
                headers.extend([parameter.name.as_str(), ": ", &text, "\r\n"]);
            }
        }
    }
    let path = filled(samples, operation, changed)?;
    let link = if query.is_empty() { "" } else { "?" };
    Some(Target {
        url: format!("{path}{link}{}", query.join("&")),
        headers,
    })
}

fn filled(
    samples: &Samples<'_>,
    operation: &Operation,
    changed: Option<(&str, &[String])>,
) -> Option<String> {
    let mut path = operation.url().to_owned();
    let in_path = operation
        .parameters
        .iter()
        .filter(|each| each.place == Place::Path);
    for parameter in in_path {
        let changed = changed.filter(|(name, _)| *name == parameter.name);
        let text = match changed.and_then(|(_, texts)| texts.first()) {
            Some(text) => text.clone(),
            None => {
                let value = samples.value(&parameter.ty)?;
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            }
        };
        path = path.replace(&format!("{{{}}}", parameter.name), &encoded(&text));
    }
    Some(path)
}

/// A text as it stands in a URL.
pub(super) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut url, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~:@!$'()*,".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            write!(url, "%{byte:02X}").unwrap_or_default();
        }
        url
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_url_is_written_otherwise() {
        assert_eq!(encoded("a b&c=d/é?"), "a%20b%26c%3Dd%2F%C3%A9%3F");
        assert_eq!(encoded("2026-01-31T12:00:00Z"), "2026-01-31T12:00:00Z");
    }
}
