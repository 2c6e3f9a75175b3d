//! The edges of everything that stands in a body.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::api::types::{Others, Shape, TypeId, TypeRef};
use crate::render::edges::{Edge, Given, of};
use crate::render::sample::Samples;

/// The edges of a body that is `base` where nothing is said. What is inside of a type that was met
/// before was tried there.
pub(in crate::render) fn inside(
    samples: &Samples<'_>,
    ty: &TypeRef,
    base: &Value,
    met: &mut HashSet<TypeId>,
) -> Vec<Edge> {
    let mut found = Vec::new();
    walk(samples, ty, (base, String::new()), met, &mut found);
    found
}

fn walk(
    samples: &Samples<'_>,
    ty: &TypeRef,
    (base, place): (&Value, String),
    met: &mut HashSet<TypeId>,
    found: &mut Vec<Edge>,
) {
    let own = of(samples, ty).into_iter().map(|edge| Edge {
        place: place.clone(),
        ..edge
    });
    found.extend(own);
    if let (Shape::List(list), Some(first)) = (&ty.shape, base.pointer("/0")) {
        walk(
            samples,
            &list.item,
            (first, format!("{place}/0")),
            met,
            found,
        );
    }
    let (Some((id, shape)), Some(object)) = (samples.structure(ty), base.as_object()) else {
        return;
    };
    if !met.insert(id) && !place.is_empty() {
        return;
    }
    let below = |name: &str| format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
    let edge = |place: String, given: Given, rule: &str| Edge {
        place,
        given,
        rule: rule.to_owned(),
        fits: false,
    };
    for field in shape
        .fields
        .iter()
        .filter(|field| !field.read_only || field.required)
    {
        let place = below(&field.name);
        if field.required {
            found.push(edge(place.clone(), Given::Nothing, "required"));
        }
        let value = object.get(&field.name).unwrap_or(&Value::Null);
        walk(samples, &field.ty, (value, place), met, found);
    }
    if matches!(shape.others, Others::Refused) {
        let other = Given::Value(json!(true));
        let place = below("no-such-property");
        found.push(edge(place, other, "additionalProperties: false"));
    }
}
