//! OpenAPI 3.1 → the shape of 3.0, in place. What 3.0 cannot say becomes a warning with its place.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::document::{METHODS, escape};
use super::keyword;
use super::reference::decoded;
use super::source::Source;
use crate::diagnostic::Diagnostic;

/// Keywords of JSON Schema 2020-12 that 3.0 has no words for.
const UNKNOWN: [&str; 13] = [
    "$dynamicRef",
    "contains",
    "contentSchema",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
];
/// Keys whose values are data, not descriptions.
const DATA: [&str; 4] = ["default", "enum", "example", "examples"];

/// Lifts a whole document.
pub(super) fn lift(source: &mut Source) -> Vec<Diagnostic> {
    let mut value = std::mem::take(&mut source.value);
    let mut lifter = Lifter {
        source,
        warnings: Vec::new(),
        pending: Vec::new(),
        seen: HashSet::new(),
    };
    lifter.root(&mut value);
    let mut warnings = lifter.warnings;
    if let Some(hooks) = value.get("webhooks").and_then(Value::as_object) {
        let names: Vec<String> = hooks.keys().map(|name| format!("`{name}`")).collect();
        let message = format!(
            "webhooks are sent by a service and not served: {}",
            names.join(", ")
        );
        warnings.push(Diagnostic::warning(message).at(source.location("/webhooks")));
    }
    source.value = value;
    warnings
}

struct Lifter<'a> {
    source: &'a Source,
    warnings: Vec<Diagnostic>,
    /// Parts of other files that were referred to, and whether as schemas.
    pending: Vec<(String, bool)>,
    seen: HashSet<String>,
}

impl Lifter<'_> {
    fn root(&mut self, value: &mut Value) {
        if let Some(root) = value.as_object_mut() {
            root.entry("paths").or_insert_with(|| json!({}));
        }
        let items = value.get_mut("paths").and_then(Value::as_object_mut);
        for (_, item) in items.into_iter().flatten() {
            for method in METHODS {
                if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                    operation.entry("responses").or_insert_with(|| json!({}));
                }
            }
        }
        let schemes = value.pointer_mut("/components/securitySchemes");
        for scheme in schemes.and_then(Value::as_object_mut).into_iter().flatten() {
            // 3.0 has no such type, and nobody reads more of it than its name.
            if scheme.1.get("type") == Some(&json!("mutualTLS")) {
                *scheme.1 = json!({"type": "http", "scheme": "mutual"});
            }
        }
        self.tree(value, &mut String::new());
        while let Some((pointer, is_schema)) = self.pending.pop() {
            let Some(part) = value.pointer_mut(&pointer) else {
                continue;
            };
            let mut taken = part.take();
            let mut at = pointer.clone();
            if is_schema {
                self.schema(&mut taken, &mut at);
            } else {
                self.tree(&mut taken, &mut at);
            }
            if let Some(part) = value.pointer_mut(&pointer) {
                *part = taken;
            }
        }
    }

    /// Everything that is no schema, in search of schemas.
    fn tree(&mut self, value: &mut Value, pointer: &mut String) {
        let length = pointer.len();
        match value {
            Value::Object(map) => {
                self.follow(map, false);
                for (key, child) in map.iter_mut() {
                    if DATA.contains(&key.as_str()) || key.starts_with("x-") {
                        continue;
                    }
                    pointer.push('/');
                    pointer.push_str(&escape(key));
                    if key == "schema" {
                        self.schema(child, pointer);
                    } else if pointer == "/components/schemas" {
                        self.members(child, pointer);
                    } else {
                        self.tree(child, pointer);
                    }
                    pointer.truncate(length);
                }
            }
            Value::Array(list) => {
                for (index, child) in list.iter_mut().enumerate() {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                    self.tree(child, pointer);
                    pointer.truncate(length);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Notes a part of another file that is referred to.
    fn follow(&mut self, map: &Map<String, Value>, is_schema: bool) {
        let Some(Value::String(reference)) = map.get("$ref") else {
            return;
        };
        let target = reference.strip_prefix('#').map(decoded);
        if let Some(target) = target.filter(|target| target.starts_with("/x-files/"))
            && self.seen.insert(target.clone())
        {
            self.pending.push((target, is_schema));
        }
    }

    fn members(&mut self, value: &mut Value, pointer: &mut String) {
        let length = pointer.len();
        let members: Vec<(String, &mut Value)> = match value {
            Value::Object(map) => map
                .iter_mut()
                .map(|(key, child)| (escape(key), child))
                .collect(),
            Value::Array(list) => list
                .iter_mut()
                .enumerate()
                .map(|(index, child)| (index.to_string(), child))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return,
        };
        for (key, child) in members {
            pointer.push('/');
            pointer.push_str(&key);
            self.schema(child, pointer);
            pointer.truncate(length);
        }
    }

    fn schema(&mut self, value: &mut Value, pointer: &mut String) {
        match value {
            Value::Bool(true) => *value = json!({}),
            Value::Bool(false) => *value = json!({"not": {}}),
            Value::Object(map) => {
                self.follow(map, true);
                self.inside(map, pointer);
                self.keywords(map, pointer);
            }
            Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => {}
        }
    }

    fn inside(&mut self, map: &mut Map<String, Value>, pointer: &mut String) {
        let length = pointer.len();
        for (key, child) in map.iter_mut() {
            pointer.push('/');
            pointer.push_str(&escape(key));
            match key.as_str() {
                "properties" | "$defs" | "allOf" | "oneOf" | "anyOf" => {
                    self.members(child, pointer)
                }
                "items" | "not" => self.schema(child, pointer),
                "additionalProperties" if child.is_object() => self.schema(child, pointer),
                _ => {}
            }
            pointer.truncate(length);
        }
    }

    fn keywords(&mut self, map: &mut Map<String, Value>, pointer: &str) {
        for keyword in UNKNOWN {
            if map.contains_key(keyword) {
                let message = format!("`{keyword}` is not enforced");
                let at = self.source.location(&format!("{pointer}/{keyword}"));
                self.warnings.push(Diagnostic::warning(message).at(at));
            }
        }
        if map.get("type") == Some(&json!("array")) && !map.contains_key("items") {
            map.insert("items".to_owned(), json!({}));
        }
        keyword::constant(map);
        keyword::null(map);
        keyword::types(map);
        keyword::bound(map, "exclusiveMinimum", "minimum", f64::max);
        keyword::bound(map, "exclusiveMaximum", "maximum", f64::min);
        if let Some(first) = map.get("examples").and_then(|all| all.get(0)).cloned() {
            map.entry("example").or_insert(first);
        }
        if map.get("unevaluatedProperties") == Some(&json!(false)) {
            // Types are made of all parts of an `allOf`, so that this is what is meant.
            map.entry("additionalProperties").or_insert(json!(false));
        }
        match map.get("contentEncoding").and_then(Value::as_str) {
            Some("base64" | "base64url") => {
                map.entry("format").or_insert(json!("byte"));
            }
            _ if map.contains_key("contentMediaType") => {
                map.entry("format").or_insert(json!("binary"));
            }
            _ => {}
        }
        keyword::siblings(map);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: &str, expected: &Value) {
        let text = format!("openapi: 3.1.0\ncomponents:\n  schemas:\n    A: {schema}\n");
        let mut source = Source::parse("api.yaml", &text).expect("it is well formed");
        let warnings = lift(&mut source);
        assert_eq!(
            source.value.pointer("/components/schemas/A"),
            Some(expected),
            "{warnings:?}"
        );
    }

    #[test]
    fn null_among_the_types_makes_a_schema_nullable() {
        let nullable = json!({"nullable": true, "type": "string"});
        check("{type: [string, 'null']}", &nullable);
        check(
            "{oneOf: [{type: string}, {type: 'null'}]}",
            &json!({"oneOf": [{"type": "string"}], "nullable": true}),
        );
        check(
            "{type: [string, integer], minLength: 2, description: d}",
            &json!({"description": "d", "anyOf": [
                {"minLength": 2, "type": "string"},
                {"minLength": 2, "type": "integer"},
            ]}),
        );
    }

    #[test]
    fn const_and_exclusive_bounds_have_older_words() {
        check("{const: a}", &json!({"type": "string", "enum": ["a"]}));
        check(
            "{type: integer, exclusiveMinimum: 3, minimum: 1}",
            &json!({"type": "integer", "exclusiveMinimum": true, "minimum": 3}),
        );
        check(
            "{type: integer, exclusiveMaximum: 9, maximum: 5}",
            &json!({"type": "integer", "maximum": 5}),
        );
        check("{properties: {a: true}}", &json!({"properties": {"a": {}}}));
    }

    #[test]
    fn what_stands_beside_a_reference_holds() {
        check(
            "{$ref: '#/components/schemas/B', minLength: 2}",
            &json!({"minLength": 2, "allOf": [{"$ref": "#/components/schemas/B"}]}),
        );
    }

    #[test]
    fn what_cannot_be_said_is_named_with_its_place() {
        let text = "openapi: 3.1.0\nwebhooks: {a: {}}\ncomponents:\n  schemas:\n    A: {if: {}}\n";
        let mut source = Source::parse("api.yaml", text).expect("it is well formed");
        let said: Vec<String> = lift(&mut source)
            .iter()
            .map(|warning| {
                let at = warning.location.as_ref().map(ToString::to_string);
                format!("{}: {}", at.unwrap_or_default(), warning.message)
            })
            .collect();
        assert_eq!(
            said,
            [
                "api.yaml:5:9: `if` is not enforced",
                "api.yaml:2:1: webhooks are sent by a service and not served: `a`"
            ]
        );
    }
}
