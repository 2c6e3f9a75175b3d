//! Where two schemas differ, object by object.

use std::collections::BTreeSet;

use cargo_backend_shared::schema::Schema;
use serde_json::Value;

/// An object that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Difference {
    /// Its kind and name, such as `tables orders`.
    pub(crate) object: String,
    /// Where in it, and the two values: `columns.1.type: "text" → "integer"`.
    pub(crate) parts: Vec<String>,
}

/// Every object that is not the same in both; what cannot be held is no part of the comparison.
///
/// # Errors
/// Never on purpose: the model is always JSON.
pub(crate) fn between(one: &Schema, other: &Schema) -> serde_json::Result<Vec<Difference>> {
    let (one, other) = (serde_json::to_value(one)?, serde_json::to_value(other)?);
    let mut found = Vec::new();
    for section in keys(&one, &other) {
        let (left, right) = (&one[&section], &other[&section]);
        if section == "unsupported" || section == "dialect" {
            continue;
        }
        for name in keys(left, right) {
            let mut parts = Vec::new();
            compare("", &left[&name], &right[&name], &mut parts);
            if !parts.is_empty() {
                let object = format!("{section} {name}");
                found.push(Difference { object, parts });
            }
        }
    }
    Ok(found)
}

fn keys(one: &Value, other: &Value) -> BTreeSet<String> {
    let all = [one, other].into_iter().filter_map(Value::as_object);
    all.flat_map(|object| object.keys().cloned()).collect()
}

fn compare(path: &str, one: &Value, other: &Value, parts: &mut Vec<String>) {
    if one == other {
        return;
    }
    let below = |key: &str| match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    };
    match (one, other) {
        (Value::Object(_), Value::Object(_)) => {
            for key in keys(one, other) {
                compare(&below(&key), &one[&key], &other[&key], parts);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (n, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&below(&n.to_string()), left, right, parts);
            }
        }
        _ => parts.push(
            format!("{path}: {one} → {other}")
                .trim_start_matches(": ")
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cargo_backend_shared::database_url::Dialect;
    use cargo_backend_shared::schema::{Column, Table};

    fn schema(column_type: &str) -> Schema {
        let mut table = Table::new("public", "orders");
        table.columns = vec![
            Column::new("id", "bigint"),
            Column::new("note", column_type),
        ];
        let mut schema = Schema::new(Dialect::Postgres);
        schema.tables.insert("orders".to_owned(), table);
        schema
    }

    #[test]
    fn a_difference_names_its_place_and_both_values() {
        let same = between(&schema("text"), &schema("text")).expect("JSON");
        assert_eq!(same, []);
        let changed = between(&schema("text"), &schema("integer")).expect("JSON");
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].object, "tables orders");
        assert_eq!(changed[0].parts, [r#"columns.1.type: "text" → "integer""#]);
    }

    #[test]
    fn what_is_in_one_only_is_a_difference() {
        let gone = between(&schema("text"), &Schema::new(Dialect::Postgres)).expect("JSON");
        assert_eq!(gone[0].object, "tables orders");
        assert!(gone[0].parts[0].ends_with("→ null"), "{gone:?}");
    }
}
