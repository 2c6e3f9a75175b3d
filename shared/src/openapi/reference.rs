//! `$ref`: where it leads, and what is wrong with those that lead nowhere.

use serde_json::Value;

use super::document::escape;
use super::source::Source;
use crate::diagnostic::Diagnostic;

/// More hops than any document has: a longer chain goes round in a circle.
const MAX_HOPS: usize = 64;

/// The target of a value that is a reference: its pointer and what stands there.
pub(super) fn target<'a>(root: &'a Value, value: &'a Value) -> Option<(String, &'a Value)> {
    let mut reference = value.get("$ref")?.as_str()?;
    for _hop in 0..MAX_HOPS {
        let pointer = decoded(reference.strip_prefix('#')?);
        let value = root.pointer(&pointer)?;
        match value.get("$ref").and_then(Value::as_str) {
            Some(next) => reference = next,
            None => return Some((pointer, value)),
        }
    }
    None
}

/// Every reference that cannot be followed.
pub(super) fn check(source: &Source) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    walk(source, &source.value, &mut String::new(), &mut faults);
    faults
}

fn walk(source: &Source, value: &Value, pointer: &mut String, faults: &mut Vec<Diagnostic>) {
    let length = pointer.len();
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref")
                && let Some(fault) = fault(source, value, reference)
            {
                faults.push(fault.at(source.location(&format!("{pointer}/$ref"))));
            }
            for (key, child) in map {
                // Examples are data: a `$ref` in one is just a word.
                if matches!(key.as_str(), "example" | "examples" | "default" | "enum") {
                    continue;
                }
                pointer.push('/');
                pointer.push_str(&escape(key));
                walk(source, child, pointer, faults);
                pointer.truncate(length);
            }
        }
        Value::Array(list) => {
            for (index, child) in list.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                walk(source, child, pointer, faults);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fault(source: &Source, value: &Value, reference: &str) -> Option<Diagnostic> {
    let Some(local) = reference.strip_prefix('#') else {
        let message = format!(
            "`{reference}` is in another file, only references within the document are read"
        );
        return Some(
            Diagnostic::error(message).help(
                "bundle the document into one file first, for instance with `redocly bundle`",
            ),
        );
    };
    if target(&source.value, value).is_some() {
        return None;
    }
    if source.value.pointer(&decoded(local)).is_none() {
        return Some(
            Diagnostic::error(format!("`{reference}` leads nowhere"))
                .help("add what it names, or correct the name"),
        );
    }
    Some(
        Diagnostic::error(format!("`{reference}` leads back to itself"))
            .help("replace one reference of the circle by what it should mean"),
    )
}

/// A reference is a URL fragment: `%7B` stands for `{`.
pub(super) fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
