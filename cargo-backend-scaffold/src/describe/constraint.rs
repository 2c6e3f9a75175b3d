//! The rules of garde and validator, and those of utoipa's `schema`, as keywords.

use serde_json::{Value, json};
use syn::{Attribute, Expr, ExprLit, ExprUnary, Lit};

use crate::code::attribute::{Word, words};

/// What an attribute demands: the keyword without regard to the type, and its value.
pub(super) type Constraints = Vec<(String, Value)>;

/// All that the attributes of a field demand.
pub(super) fn of(attributes: &[Attribute]) -> Constraints {
    let mut found = Constraints::new();
    for name in ["validate", "garde"] {
        for word in words(attributes, name) {
            rule(&word, &mut found);
        }
    }
    for word in words(attributes, "schema") {
        keyword(&word, &mut found);
    }
    found
}

fn rule(word: &Word, found: &mut Constraints) {
    let name = word.name.as_str();
    let mut add = |key: &str, value: Option<Value>| {
        found.extend(value.map(|value| (key.to_owned(), value)));
    };
    match name {
        "length" | "byte_length" | "char_count" => {
            for inner in &word.inner {
                let value = inner.value.as_ref().and_then(literal);
                match inner.name.as_str() {
                    "min" => add("least", value),
                    "max" => add("most", value),
                    "equal" => {
                        add("least", value.clone());
                        add("most", value);
                    }
                    _ => {}
                }
            }
        }
        "range" => {
            for inner in &word.inner {
                let value = inner.value.as_ref().and_then(literal);
                match inner.name.as_str() {
                    "min" => add("minimum", value),
                    "max" => add("maximum", value),
                    "exclusive_min" => add("exclusiveMinimum", value),
                    "exclusive_max" => add("exclusiveMaximum", value),
                    "equal" => {
                        add("minimum", value.clone());
                        add("maximum", value);
                    }
                    _ => {}
                }
            }
        }
        "email" => add("format", Some(json!("email"))),
        "url" => add("format", Some(json!("uri"))),
        "ipv4" => add("format", Some(json!("ipv4"))),
        "ipv6" => add("format", Some(json!("ipv6"))),
        "pattern" | "regex" => {
            let value = word.value.as_ref().and_then(literal);
            add("pattern", value.filter(Value::is_string));
        }
        "inner" => {
            let mut inside = Constraints::new();
            for word in &word.inner {
                rule(word, &mut inside);
            }
            let inside = inside.into_iter().map(|(key, value)| json!([key, value]));
            found.push(("inner".to_owned(), inside.collect()));
        }
        _ => {}
    }
}

/// utoipa's words are those of the document.
fn keyword(word: &Word, found: &mut Constraints) {
    const KNOWN: &[(&str, &str)] = &[
        ("minimum", "minimum"),
        ("maximum", "maximum"),
        ("exclusive_minimum", "exclusiveMinimum"),
        ("exclusive_maximum", "exclusiveMaximum"),
        ("multiple_of", "multipleOf"),
        ("min_length", "minLength"),
        ("max_length", "maxLength"),
        ("min_items", "minItems"),
        ("max_items", "maxItems"),
        ("pattern", "pattern"),
        ("example", "example"),
        ("default", "default"),
        ("title", "title"),
    ];
    let known = KNOWN.iter().find(|(name, _)| *name == word.name);
    let value = word.value.as_ref().and_then(literal);
    if let (Some((_, key)), Some(value)) = (known, value) {
        found.push(((*key).to_owned(), value));
    }
}

/// Adds what is demanded, in the words that go with the type.
pub(super) fn apply(schema: &mut Value, constraints: &[(String, Value)]) {
    let list = is(schema, "array");
    for (key, value) in constraints {
        let key = match (key.as_str(), list) {
            ("least", true) => "minItems",
            ("least", false) => "minLength",
            ("most", true) => "maxItems",
            ("most", false) => "maxLength",
            ("inner", _) => {
                let inside: Vec<(String, Value)> =
                    serde_json::from_value(value.clone()).unwrap_or_default();
                if let Some(items) = schema.get_mut("items") {
                    apply(items, &inside);
                }
                continue;
            }
            (key, _) => key,
        };
        if let Some(members) = schema.as_object_mut() {
            members.insert(key.to_owned(), value.clone());
        }
    }
}

fn is(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// A literal as a value.
pub(super) fn literal(expression: &Expr) -> Option<Value> {
    match expression {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Str(text) => Some(json!(text.value())),
            Lit::Int(number) => number.base10_parse::<i64>().ok().map(|n| json!(n)),
            Lit::Float(number) => number.base10_parse::<f64>().ok().map(|n| json!(n)),
            Lit::Bool(flag) => Some(json!(flag.value)),
            _ => None,
        },
        Expr::Unary(ExprUnary {
            expr,
            op: syn::UnOp::Neg(_),
            ..
        }) => match literal(expr)? {
            Value::Number(number) => number
                .as_i64()
                .map(|n| json!(-n))
                .or_else(|| number.as_f64().map(|n| json!(-n))),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(attribute: &str, mut schema: Value, expected: &Value) {
        let field: syn::ItemStruct =
            syn::parse_str(&format!("struct S {{ {attribute} f: u8 }}")).expect("Rust");
        let field = field.fields.iter().next().expect("a field");
        apply(&mut schema, &of(&field.attrs));
        assert_eq!(schema, *expected);
    }

    #[test]
    fn lengths_are_those_of_texts_or_lists() {
        check(
            "#[validate(length(min = 1, max = 5))]",
            json!({"type": "string"}),
            &json!({"type": "string", "minLength": 1, "maxLength": 5}),
        );
        check(
            "#[garde(length(min = 1), inner(length(max = 9)))]",
            json!({"type": "array", "items": {"type": "string"}}),
            &json!({"type": "array", "items": {"type": "string", "maxLength": 9}, "minItems": 1}),
        );
    }

    #[test]
    fn numbers_may_be_negative() {
        check(
            "#[validate(range(min = -1.5, max = 10))]",
            json!({"type": "number"}),
            &json!({"type": "number", "minimum": -1.5, "maximum": 10}),
        );
    }
}
