//! Values that a type accepts, for the generated tests.

use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::api::types::{IntRule, Shape, TextRule, TypeRef, TypeShape};

/// A value that the type accepts; `None` where only a person could find one.
pub(super) fn value(api: &Api, ty: &TypeRef) -> Option<Value> {
    of(api, ty, 0)
}

fn of(api: &Api, ty: &TypeRef, depth: usize) -> Option<Value> {
    if depth > 8 {
        return ty.nullable.then_some(Value::Null);
    }
    Some(match &ty.shape {
        Shape::Text(rule) => return text(rule),
        Shape::Int(rule) => int(rule)?.into(),
        Shape::Number(rule) => {
            let low = rule.min.or(rule.above.map(|bound| bound + 1.0));
            let high = rule.max.or(rule.below.map(|bound| bound - 1.0));
            let number = low.or(high).unwrap_or(1.5);
            let inside = high.is_none_or(|high| number <= high);
            return inside.then(|| json!(number));
        }
        Shape::Bool => json!(true),
        Shape::Timestamp => json!("2026-01-31T12:00:00Z"),
        Shape::Day => json!("2026-01-31"),
        Shape::Uuid => json!("6f2d1f5e-3c55-4a6e-9d55-0b8f6a3c9a10"),
        Shape::Any => json!("anything"),
        Shape::File => return None,
        Shape::Map(_) => json!({}),
        Shape::List(rule) => {
            let length = usize::try_from(rule.min.unwrap_or(0)).ok()?;
            if length > 1 && rule.unique {
                return None;
            }
            let items: Option<Vec<Value>> = (0..length)
                .map(|_| of(api, &rule.item, depth + 1))
                .collect();
            Value::Array(items?)
        }
        Shape::Named(id) => match &api.types.get(*id)?.shape {
            TypeShape::Enum(variants) => json!(variants.first()?.0),
            TypeShape::Union(_) => return None,
            TypeShape::Struct(shape) => {
                if shape.count.is_some_and(|(min, _)| min > 0) {
                    return None;
                }
                let mut object = Map::new();
                for field in shape.fields.iter().filter(|field| field.required) {
                    object.insert(field.name.clone(), of(api, &field.ty, depth + 1)?);
                }
                Value::Object(object)
            }
        },
    })
}

fn text(rule: &TextRule) -> Option<Value> {
    if rule.pattern.is_some() {
        return None;
    }
    let base = if rule.email {
        "somebody@example.com"
    } else {
        "text"
    };
    let length = base.chars().count();
    let min = usize::try_from(rule.min.unwrap_or(0)).ok()?;
    let max = rule
        .max
        .map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
    if rule.email {
        return (length >= min && length <= max).then(|| json!(base));
    }
    if min > 4096 {
        return None;
    }
    let mut sample: String = base.chars().take(max).collect();
    while sample.chars().count() < min {
        sample.push('x');
    }
    Some(json!(sample))
}

fn int(rule: &IntRule) -> Option<i64> {
    if let Some(first) = rule.one_of.first() {
        return Some(*first);
    }
    let step = rule.multiple_of.unwrap_or(1);
    let low = rule.min.unwrap_or(if rule.max.is_some_and(|max| max < 1) {
        i64::MIN / 2
    } else {
        1
    });
    let low = if rule.min.is_none() && low < 0 {
        rule.max?
    } else {
        low
    };
    let up = low.checked_add((step - low.rem_euclid(step)) % step)?;
    rule.max.is_none_or(|max| up <= max).then_some(up)
}
