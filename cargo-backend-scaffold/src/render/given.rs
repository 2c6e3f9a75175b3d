//! What a body says about a column, as an expression.

use crate::api::table::Column;
use crate::api::types::Field;

/// A property of the body, out of its box if it has one.
pub(super) fn sent(field: &Field) -> String {
    let value = format!("body.{}", field.ident.snake);
    match (field.ty.boxed, field.required, field.ty.nullable) {
        (false, ..) => value,
        (true, true, false) => format!("*{value}"),
        (true, false, true) => format!("{value}.map(|given| given.map(|inner| *inner))"),
        (true, ..) => format!("{value}.map(|inner| *inner)"),
    }
}

/// The key that a caller may choose.
pub(super) fn offered(field: &Field) -> String {
    let value = sent(field);
    match (field.required, field.ty.nullable) {
        (true, false) => format!("Some({value})"),
        (false, true) => format!("{value}.flatten()"),
        (true, true) | (false, false) => value,
    }
}

pub(super) fn whole(field: &Field, column: &Column, fallback: &str) -> String {
    let value = sent(field);
    let value = match (field.required, field.ty.nullable) {
        (false, true) => format!("{value}.flatten()"),
        (true | false, _) => value,
    };
    let maybe = !field.required || field.ty.nullable;
    let plain = fallback
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-:".contains(c));
    match (maybe, column.nullable, &column.default) {
        (false, false, _) => value,
        (false, true, _) => format!("Some({value})"),
        (true, true, Some(_)) if !field.required => {
            if plain {
                format!("{value}.or(Some({fallback}))")
            } else {
                format!("{value}.or_else(|| Some({fallback}))")
            }
        }
        (true, true, _) => value,
        (true, false, _) if fallback == "String::new()" || fallback == "Default::default()" => {
            format!("{value}.unwrap_or_default()")
        }
        (true, false, _) if plain => format!("{value}.unwrap_or({fallback})"),
        (true, false, _) => format!("{value}.unwrap_or_else(|| {fallback})"),
    }
}
