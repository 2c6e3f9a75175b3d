//! What a single schema says, before it has a type.

use std::collections::{HashMap, HashSet};

use cargo_backend_shared::openapi::Node;
use indexmap::IndexMap;
use serde_json::Value;

use crate::api::types::{
    IntRule, ListRule, NamedColumn, NamedTable, NumberRule, Shape, TextRule, TypeRef,
};
use crate::lower::types::Types;

/// A property of an object, with those of `allOf` merged in.
pub(crate) struct Property<'a> {
    pub(crate) name: String,
    pub(crate) node: Node<'a>,
    pub(crate) required: bool,
}

/// The schema that this one only wraps, as `allOf: [$ref]` with `nullable` beside it does.
pub(crate) fn only_alternative<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    if node.get("properties").is_some() || node.get("enum").is_some() {
        return None;
    }
    let keyword = ["allOf", "oneOf", "anyOf"]
        .into_iter()
        .find(|keyword| node.get(keyword).is_some())?;
    let mut items = node.get(keyword)?.items();
    (items.len() == 1).then(|| items.remove(0))
}

/// The values of an enum of text.
pub(crate) fn words(node: &Node<'_>) -> Option<Vec<String>> {
    let values = node.value.get("enum")?.as_array()?;
    let words: Vec<String> = values
        .iter()
        .filter(|value| !value.is_null())
        .map(|value| value.as_str().map(str::to_owned))
        .collect::<Option<_>>()?;
    let mut seen = HashSet::new();
    let words: Vec<String> = words
        .into_iter()
        .filter(|word| seen.insert(word.clone()))
        .collect();
    (!words.is_empty()).then_some(words)
}

/// `oneOf` or `anyOf`, unless they only constrain an object that is described beside them.
pub(crate) fn union_keyword(node: &Node<'_>) -> Option<&'static str> {
    if node.get("properties").is_some() {
        return None;
    }
    ["oneOf", "anyOf"].into_iter().find(|keyword| {
        node.get(keyword)
            .is_some_and(|list| !list.items().is_empty())
    })
}

pub(crate) fn is_object(node: &Node<'_>) -> bool {
    node.text("type") == Some("object")
        || node.get("properties").is_some()
        || node
            .get("allOf")
            .is_some_and(|parts| parts.items().iter().any(is_object))
        || (node.text("type").is_none() && node.get("additionalProperties").is_some())
}

/// All properties, those of `allOf` first; a later description of the same one wins.
pub(crate) fn properties<'a>(node: &Node<'a>) -> Vec<Property<'a>> {
    let mut found: IndexMap<String, Node<'a>> = IndexMap::new();
    let mut required = HashSet::new();
    collect(node, &mut found, &mut required, 0);
    found
        .into_iter()
        .map(|(name, node)| Property {
            required: required.contains(&name),
            name,
            node,
        })
        .collect()
}

fn collect<'a>(
    node: &Node<'a>,
    found: &mut IndexMap<String, Node<'a>>,
    required: &mut HashSet<String>,
    depth: usize,
) {
    // `allOf` may lead back to its own schema.
    if depth > 16 {
        return;
    }
    for part in node
        .get("allOf")
        .map(|list| list.items())
        .unwrap_or_default()
    {
        collect(&part, found, required, depth + 1);
    }
    if let Some(properties) = node.get("properties") {
        for (name, property) in properties.members() {
            found.insert(name.to_owned(), property);
        }
    }
    let names = node.value.get("required").and_then(Value::as_array);
    for name in names.into_iter().flatten().filter_map(Value::as_str) {
        required.insert(name.to_owned());
    }
}

/// Whether properties that are not described are refused.
pub(crate) fn is_closed(node: &Node<'_>) -> bool {
    // A part of an `allOf` that is closed would refuse the properties of the other parts.
    node.value.get("additionalProperties") == Some(&Value::Bool(false))
}

/// The schema of properties that are not named.
pub(crate) fn other_properties<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    node.get("additionalProperties")
        .filter(|other| other.value.is_object())
}

pub(crate) fn property_count(node: &Node<'_>) -> Option<(usize, usize)> {
    let number = |key| {
        let value = node.value.get(key).and_then(Value::as_u64)?;
        usize::try_from(value).ok()
    };
    let (min, max) = (number("minProperties"), number("maxProperties"));
    (min.is_some() || max.is_some()).then(|| (min.unwrap_or(0), max.unwrap_or(usize::MAX)))
}

/// Whether requests and responses differ: something inside is read-only or write-only.
///
/// `known` keeps the answers: every schema may be asked for, and each leads to most others.
pub(crate) fn has_one_way_properties(node: &Node<'_>, known: &mut HashMap<String, bool>) -> bool {
    fn visit(
        node: &Node<'_>,
        seen: &mut HashSet<String>,
        known: &mut HashMap<String, bool>,
    ) -> bool {
        if let Some(answer) = known.get(&node.pointer) {
            return *answer;
        }
        if !seen.insert(node.pointer.clone()) {
            return false;
        }
        if node.flag("readOnly") || node.flag("writeOnly") {
            return true;
        }
        let inside = ["properties", "allOf", "oneOf", "anyOf"];
        let members = inside
            .iter()
            .filter_map(|key| node.get(key))
            .flat_map(|inner| {
                if inner.value.is_array() {
                    inner.items()
                } else {
                    inner.members().into_iter().map(|(_, node)| node).collect()
                }
            });
        let direct = ["items", "additionalProperties"]
            .iter()
            .filter_map(|key| node.get(key));
        members
            .chain(direct)
            .collect::<Vec<_>>()
            .iter()
            .any(|inner| visit(inner, seen, known))
    }
    let mut seen = HashSet::new();
    let answer = visit(node, &mut seen, known);
    if answer {
        known.insert(node.pointer.clone(), true);
    } else {
        known.extend(seen.into_iter().map(|pointer| (pointer, false)));
    }
    answer
}

/// Whether an alternative says what the properties of objects are, and demands no object: JSON
/// Schema lets every other value pass.
fn allows_no_object(alternative: &Node<'_>) -> bool {
    match only_alternative(alternative) {
        Some(only) => allows_no_object(&only),
        None => alternative.get("properties").is_some() && alternative.text("type").is_none(),
    }
}

/// Whether a union allows values that are no objects beside what its alternatives describe. Two
/// alternatives of `oneOf` that allow them refuse them, since each would match.
pub(crate) fn allows_other_values(union: &Node<'_>, alternatives: &[Node<'_>]) -> bool {
    let open = alternatives
        .iter()
        .filter(|each| allows_no_object(each))
        .count();
    let tagged = discriminator(union).is_some();
    !tagged && (open == 1 || (open > 1 && union.get("oneOf").is_none()))
}

pub(crate) fn discriminator(node: &Node<'_>) -> Option<String> {
    let name = node.get("discriminator")?.text("propertyName")?;
    Some(name.to_owned())
}

/// The values of the discriminator that stand for an alternative.
pub(crate) fn tags(union: &Node<'_>, alternative: &Node<'_>, label: &str) -> Vec<String> {
    let mapping = union
        .get("discriminator")
        .and_then(|discriminator| discriminator.get("mapping"));
    let mapped: Vec<String> = mapping
        .as_ref()
        .and_then(|mapping| mapping.value.as_object())
        .into_iter()
        .flatten()
        .filter(|(_, target)| {
            let target = target.as_str().unwrap_or_default();
            target.strip_prefix('#') == Some(&alternative.pointer) || target == label
        })
        .map(|(tag, _)| tag.clone())
        .collect();
    if mapped.is_empty() {
        vec![label.to_owned()]
    } else {
        mapped
    }
}

pub(crate) fn list(node: &Node<'_>, item: TypeRef) -> Shape {
    let number = |key| node.value.get(key).and_then(Value::as_u64);
    Shape::List(Box::new(ListRule {
        item,
        min: number("minItems"),
        max: number("maxItems"),
        unique: node.flag("uniqueItems"),
        commas: false,
    }))
}

pub(crate) fn scalar(node: &Node<'_>, types: &mut Types) -> Shape {
    match node.text("type") {
        Some("string") => text(node, types),
        Some("integer") => integer(node),
        Some("number") => number(node),
        Some("boolean") => Shape::Bool,
        Some(_) | None => Shape::Any,
    }
}

fn text(node: &Node<'_>, types: &mut Types) -> Shape {
    let number = |key| node.value.get(key).and_then(Value::as_u64);
    let pattern = node.text("pattern").map(str::to_owned);
    let format = node.text("format").unwrap_or_default();
    match format {
        "date-time" => return Shape::Timestamp,
        "date" => return Shape::Day,
        "uuid" => return Shape::Uuid,
        "binary" if types.in_multipart => return Shape::File,
        "" | "email" | "password" | "byte" | "binary" => {}
        other => types.warn(
            node,
            format!("the format `{other}` is not enforced by the generated service"),
        ),
    }
    let plain = pattern.as_deref().map(regex::Regex::new);
    let look_around = matches!(plain, Some(Err(_)))
        && pattern
            .as_deref()
            .is_some_and(|pattern| fancy_regex::Regex::new(pattern).is_ok());
    if let (Some(Err(fault)), false) = (plain, look_around) {
        let said = fault.to_string();
        let said = said.lines().last().unwrap_or_default().trim().to_owned();
        types.fail(
            node,
            format!(
                "the pattern `{}` cannot be used: {}",
                pattern.as_deref().unwrap_or_default(),
                said.trim_start_matches("error: ")
            ),
            "correct it: patterns are regular expressions, without slashes around them",
        );
    }
    Shape::Text(TextRule {
        min: number("minLength").filter(|min| *min > 0),
        max: number("maxLength"),
        email: format == "email",
        pattern,
        look_around,
    })
}

fn integer(node: &Node<'_>) -> Shape {
    let exclusive = |key| i64::from(node.flag(key));
    let bound = |key: &str| {
        let value = node.value.get(key)?;
        value.as_i64().or_else(|| {
            let float = value.as_f64()?;
            // The bounds of 64 bits themselves are what an i64 cannot pass anyway.
            (float.abs() < 9.0e18).then_some(float as i64)
        })
    };
    let one_of = node.value.get("enum").and_then(Value::as_array);
    Shape::Int(IntRule {
        short: node.text("format") == Some("int32"),
        min: bound("minimum").map(|min| min.saturating_add(exclusive("exclusiveMinimum"))),
        max: bound("maximum").map(|max| max.saturating_sub(exclusive("exclusiveMaximum"))),
        multiple_of: bound("multipleOf").filter(|step| *step > 1),
        one_of: one_of
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect(),
    })
}

fn number(node: &Node<'_>) -> Shape {
    let bound = |key: &str| node.value.get(key).and_then(Value::as_f64);
    let (above, below) = (node.flag("exclusiveMinimum"), node.flag("exclusiveMaximum"));
    Shape::Number(NumberRule {
        min: bound("minimum").filter(|_| !above),
        max: bound("maximum").filter(|_| !below),
        above: bound("minimum").filter(|_| above),
        below: bound("maximum").filter(|_| below),
    })
}

/// The table that a schema names for itself.
pub(crate) fn named_table(node: &Node<'_>) -> Option<NamedTable> {
    let hint = node.value.get("x-table")?;
    let key = hint.get("key").and_then(Value::as_array);
    let key = key.into_iter().flatten().filter_map(Value::as_str);
    Some(NamedTable {
        sql: hint.get("name")?.as_str()?.to_owned(),
        key: key.map(str::to_owned).collect(),
    })
}

/// The column that a property names for itself.
pub(crate) fn named_column(node: &Node<'_>) -> Option<NamedColumn> {
    let hint = node.value.get("x-column")?;
    let text = |key: &str| hint.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(NamedColumn {
        sql: text("name")?,
        read: text("read"),
        write: text("write"),
        references: node.text("x-references").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use cargo_backend_shared::openapi::Document;

    use super::*;

    #[test]
    fn a_member_without_a_type_lets_other_values_in() {
        let open = "{properties: {a: {type: string}}}";
        let closed = "{type: object, properties: {a: {type: string}}}";
        for (union, wanted) in [
            (format!("oneOf: [{open}, {closed}]"), true),
            (format!("anyOf: [{open}, {open}]"), true),
            // Each would match, and one may.
            (format!("oneOf: [{open}, {open}]"), false),
            (format!("anyOf: [{closed}, {{type: string}}]"), false),
        ] {
            let text = format!(
                "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents: {{schemas: {{U: {{{union}}}}}}}\n"
            );
            let document = Document::parse("api.yaml", &text).expect("it is sound");
            let steps = ["components", "schemas", "U"];
            let node = steps
                .iter()
                .try_fold(document.root(), |node, step| node.get(step))
                .expect("it is there");
            let list = node.get("oneOf").or_else(|| node.get("anyOf"));
            let list = list.map(|list| list.items()).unwrap_or_default();
            assert_eq!(allows_other_values(&node, &list), wanted, "{union}");
        }
    }
}
