//! The context of `src/api/shape.rs`: how rejections look, by operation and status.

use serde_json::{Value, json};

use crate::api::Api;
use crate::api::rejection::{ErrorShape, Part};
use crate::render::rust_type::quoted;

pub(super) fn context(api: &Api) -> Value {
    let usual = usual(api);
    let shapes: Vec<Value> = api
        .shapes
        .iter()
        .enumerate()
        .filter(|(id, _)| *id != usual)
        .map(|(id, shape)| literal(api, shape, &format!("SHAPE_{id}")))
        .collect();
    let mut rows = Vec::new();
    for operation in api.operations() {
        let others: Vec<String> = operation
            .rejections
            .iter()
            .filter_map(|rejection| {
                let (from, to) = rejection.statuses.bounds();
                Some((from, to, rejection.shape?))
            })
            .filter(|(_, _, shape)| *shape != usual)
            .map(|(from, to, shape)| format!("({from}, {to}, &SHAPE_{shape})"))
            .collect();
        if !others.is_empty() {
            rows.push(json!({
                "method": operation.method,
                "route": quoted(&operation.route()),
                "shapes": others.join(", "),
            }));
        }
    }
    let shown = api.shapes.get(usual).cloned();
    let shown = shown.unwrap_or_else(ErrorShape::envelope);
    let mut parts = Vec::new();
    collect(&shown.body, &mut parts);
    for row in &api.shapes {
        collect(&row.body, &mut parts);
    }
    json!({
        "usual": literal(api, &shown, "USUAL"),
        "shapes": if rows.is_empty() { Vec::new() } else { shapes },
        "rows": rows,
        "uses_moment": parts.iter().any(|part| matches!(part, Part::Moment)),
    })
}

/// The shape that most rejections have; it is also that of rejections outside of all operations.
pub(super) fn usual(api: &Api) -> usize {
    let mut counts = vec![0_usize; api.shapes.len()];
    let rejections = api.operations().flat_map(|operation| &operation.rejections);
    for shape in rejections.filter_map(|rejection| rejection.shape) {
        if let Some(count) = counts.get_mut(shape) {
            *count += 1;
        }
    }
    // Of equals, the first one that the document names.
    let most = counts.iter().copied().max().unwrap_or(0);
    counts.iter().position(|count| *count == most).unwrap_or(0)
}

fn collect<'a>(part: &'a Part, found: &mut Vec<&'a Part>) {
    found.push(part);
    match part {
        Part::Object(members) => members.iter().for_each(|(_, part)| collect(part, found)),
        Part::Each { item, .. } => collect(item, found),
        Part::Code(_)
        | Part::Message
        | Part::Title
        | Part::Status
        | Part::StatusText
        | Part::Instance
        | Part::RequestId
        | Part::Moment
        | Part::Field
        | Part::Line
        | Part::Literal(_) => {}
    }
}

fn literal(api: &Api, shape: &ErrorShape, name: &str) -> Value {
    let xml = shape.xml.as_ref().map(|xml| {
        let root = super::xml::root(api, xml);
        format!("Some(({}, &xml::{root}))", quoted(&xml.media_type))
    });
    json!({
        "name": name,
        "media_type": quoted(&shape.media_type),
        "body": part(&shape.body),
        "xml": xml.as_deref().unwrap_or("None"),
    })
}

/// A part as a constant of the generated `Part`.
fn part(part: &Part) -> String {
    match part {
        Part::Code(words) => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("Part::Code(&[{}])", words.join(", "))
        }
        Part::Message => "Part::Message".to_owned(),
        Part::Title => "Part::Title".to_owned(),
        Part::Status => "Part::Status".to_owned(),
        Part::StatusText => "Part::StatusText".to_owned(),
        Part::Instance => "Part::Instance".to_owned(),
        Part::RequestId => "Part::RequestId".to_owned(),
        Part::Moment => "Part::Moment".to_owned(),
        Part::Field => "Part::Field".to_owned(),
        Part::Line => "Part::Line".to_owned(),
        Part::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, inner)| format!("({}, {})", quoted(name), self::part(inner)))
                .collect();
            format!("Part::Object(&[{}])", members.join(", "))
        }
        Part::Each { item, at_least_one } => {
            format!("Part::Each(&{}, {at_least_one})", self::part(item))
        }
        Part::Literal(value) => format!("Part::Literal({})", quoted(&value.to_string())),
    }
}

/// What tests look for in a rejection: the media type, and pointers that must lead somewhere.
pub(super) fn promises(api: &Api) -> Vec<Value> {
    let envelope = ErrorShape::envelope();
    let mut shapes: Vec<&ErrorShape> = api.shapes.iter().collect();
    if shapes.is_empty() {
        shapes.push(&envelope);
    }
    shapes
        .into_iter()
        .map(|shape| {
            let mut pointers = Vec::new();
            walk(&shape.body, "", &mut pointers);
            let pointers: Vec<String> = pointers.iter().map(|pointer| quoted(pointer)).collect();
            json!({
                "media_type": quoted(&shape.media_type),
                "pointers": pointers.join(", "),
            })
        })
        .collect()
}

fn walk(part: &Part, at: &str, pointers: &mut Vec<String>) {
    if let Part::Object(members) = part {
        for (name, inner) in members {
            let name = name.replace('~', "~0").replace('/', "~1");
            let at = format!("{at}/{name}");
            walk(inner, &at, pointers);
            pointers.push(at);
        }
    }
}
