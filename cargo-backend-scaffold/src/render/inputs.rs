//! How handlers read parameters and bodies.

use crate::api::types::{Shape, TypeRef};
use crate::api::{Api, Body, Content, Parameter, Place, Style};
use crate::render::rust_type::{Rust, quoted};
use crate::render::xml;

/// The expression that reads a parameter.
pub(super) fn parameter(parameter: &Parameter, rust: &mut Rust<'_>) -> String {
    let name = quoted(&parameter.name);
    let rule = rust.rule(&parameter.ty);
    let must = parameter.required;
    if let Some(style) = &parameter.style {
        let place = match parameter.place {
            Place::Path => format!("From::Path({})", quoted(&parameter.segment)),
            Place::Query => "From::Query".to_owned(),
            Place::Header => "From::Header".to_owned(),
            Place::Cookie => "From::Cookie".to_owned(),
        };
        let style = self::style(style, &parameter.ty);
        return format!("input.styled({place}, {name}, {style}, {must}, &{rule})");
    }
    match parameter.place {
        Place::Path => {
            let segment = quoted(&parameter.segment);
            match &parameter.part {
                None => format!("input.path({segment}, {name}, &{rule})"),
                Some((pieces, index)) => {
                    let pieces: Vec<String> = pieces.iter().map(|text| quoted(text)).collect();
                    let pieces = pieces.join(", ");
                    format!("input.part({segment}, &[{pieces}], {index}, {name}, &{rule})")
                }
            }
        }
        Place::Query => format!("input.query({name}, {must}, &{rule})"),
        Place::Header | Place::Cookie => format!("input.header({name}, {must}, &{rule})"),
    }
}

/// The expression that reads a body.
pub(super) fn body(api: &Api, body: &Body, rust: &mut Rust<'_>) -> String {
    let must = body.required;
    match &body.content {
        Content::Json(ty) if let Some(xml) = &body.xml => {
            let method = if xml.alone { "xml" } else { "json_or_xml" };
            let root = xml::root(api, xml);
            format!("input.{method}({must}, &{}, &{root}).await?", rust.rule(ty))
        }
        Content::Json(ty) => format!("input.json({must}, &{}).await?", rust.rule(ty)),
        Content::Form(ty) => format!("input.form({must}, &{}).await?", rust.rule(ty)),
        Content::Multipart(ty) => format!("input.multipart({must}, &{}).await?", rust.rule(ty)),
        Content::Bytes(names) => {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            if body.content.is_streamed() {
                format!("input.stream({must}, &[{}])?", names.join(", "))
            } else {
                format!("input.body({must}, &[{}]).await?", names.join(", "))
            }
        }
    }
}

/// A style as the generated code has it.
fn style(style: &Style, ty: &TypeRef) -> String {
    let holds = match &ty.shape {
        Shape::List(_) => "Holds::Values",
        Shape::Named(_) | Shape::Map(_) => "Holds::Names",
        Shape::Text(_)
        | Shape::Int(_)
        | Shape::Number(_)
        | Shape::Bool
        | Shape::Timestamp
        | Shape::Day
        | Shape::Uuid
        | Shape::Any
        | Shape::File => "Holds::One",
    };
    match style {
        Style::Plain => "Style::Plain".to_owned(),
        Style::Delimited(link) => format!("Style::Delimited({link:?}, {holds})"),
        Style::Pairs(link) => format!("Style::Pairs({link:?})"),
        Style::Label { explode } => format!("Style::Label({explode}, {holds})"),
        Style::Matrix { explode } => format!("Style::Matrix({explode}, {holds})"),
        Style::Deep => "Style::Deep".to_owned(),
        Style::Spread(names) => {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            format!("Style::Spread(&[{}])", names.join(", "))
        }
        Style::Json => "Style::Json".to_owned(),
    }
}
