//! Bodies of the generated tests that refer to rows of earlier steps.

use crate::api::table::Table;
use crate::api::types::{Shape, Struct, TypeRef};
use crate::render::rust_type::quoted;
use crate::render::sample::{Samples, optional};

/// The variable that holds the key of a row.
pub(super) fn binding(table: &Table) -> String {
    format!("{}_key", table.singular.plain())
}

/// Which rows the keys in a body are those of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys<'a> {
    /// Rows of earlier steps, held by variables.
    Made,
    /// No rows, but for the property that the path says too.
    Unknown(Option<&'a str>),
}

/// The required properties of a body, and as many others as it needs.
pub(super) fn body(
    samples: &Samples<'_>,
    table: &Table,
    shape: &Struct,
    keys: Keys<'_>,
) -> Option<String> {
    let mut members = Vec::new();
    let least = shape.count.map_or(0, |(least, _)| least);
    let required = shape.fields.iter().filter(|field| field.required);
    let others = optional(shape).filter(|field| refers(table, &field.name).is_none());
    let missing = least.saturating_sub(required.clone().count());
    for field in required.chain(others.take(missing)) {
        let target = refers(table, &field.name).and_then(|name| samples.api.table(name));
        let value = match (target, keys) {
            (Some(target), Keys::Made) => binding(target),
            (Some(target), Keys::Unknown(link)) if link == Some(field.name.as_str()) => {
                binding(target)
            }
            (Some(_), Keys::Unknown(_)) => unknown(samples, &field.ty)?,
            (None, _) => samples.value(&field.ty)?.to_string(),
        };
        members.push(format!("{}: {value}", quoted(&field.name)));
    }
    Some(format!("json!({{{}}})", members.join(", ")))
}

/// The table whose row a property names.
pub(super) fn refers<'t>(table: &'t Table, property: &str) -> Option<&'t String> {
    let column = table.column(property);
    let refers = column.and_then(|column| column.references.as_ref());
    refers.or_else(|| {
        let mut above = table.above.iter();
        let above = above.find(|above| above.column == property);
        above.map(|above| &above.table)
    })
}

/// A key that no row has: the database counts from one, and nobody makes this UUID.
fn unknown(samples: &Samples<'_>, ty: &TypeRef) -> Option<String> {
    if matches!(ty.shape, Shape::Uuid) {
        return samples.value(ty).map(|value| value.to_string());
    }
    let Shape::Int(rule) = &ty.shape else {
        return None;
    };
    let step = rule.multiple_of.unwrap_or(1);
    let free = rule.max.is_none() && rule.one_of.is_empty();
    free.then(|| (987_654_321 / step * step).to_string())
}

/// Properties that come back as they were sent. Times and numbers have other notations.
pub(super) fn kept(samples: &Samples<'_>, shape: &Struct) -> Vec<(String, String)> {
    shape
        .fields
        .iter()
        .filter(|field| field.required && matches!(field.ty.shape, Shape::Text(_)))
        .filter_map(|field| {
            let value = samples.value(&field.ty)?;
            Some((field.name.clone(), value.to_string()))
        })
        .collect()
}
