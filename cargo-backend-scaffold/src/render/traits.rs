//! The context of `src/api/traits.rs`: what the service must answer.

use serde_json::{Value, json};

use crate::api::types::{Others, Shape, TypeDef, TypeRef, TypeShape};
use crate::api::{Api, Content, Operation, Parameter, Response};
use crate::render::rust_type::{NESTED_LISTS, Rust, doc, quoted};
use crate::render::security::{self, Caller};
use crate::render::{imports, note_code, xml};

pub(super) fn context(api: &Api) -> Value {
    let rust = Rust::new(&api.types);
    let groups: Vec<Value> = api
        .groups
        .iter()
        .map(|group| {
            let operations: Vec<Value> = group
                .operations
                .iter()
                .map(|each| operation(api, each, &rust))
                .collect();
            json!({
                "label": group.label.replace('`', "'").replace(['\n', '\r'], " "),
                "trait_name": trait_name(&group.ident.pascal),
                "operations": operations,
            })
        })
        .collect();
    let operations = || {
        groups
            .iter()
            .flat_map(|group| group["operations"].as_array().into_iter().flatten())
    };
    let mut code = String::new();
    for operation in operations() {
        for field in operation["fields"].as_array().into_iter().flatten() {
            note_code(&mut code, &[&field["type"]]);
        }
        for response in operation["responses"].as_array().into_iter().flatten() {
            note_code(&mut code, &[&response["shape"], &response["answer"]]);
        }
    }
    let uses_headers = code.contains("with_header");
    if uses_headers {
        code += " HeaderName HeaderValue ";
    }
    let mut table: Vec<(&str, &str)> = vec![
        ("std::collections", "BTreeMap"),
        ("axum", "Json"),
        ("axum::body", "Body"),
        ("axum::body", "Bytes"),
        ("axum::http", "StatusCode"),
        ("axum::http", "HeaderName"),
        ("axum::http", "HeaderValue"),
        ("chrono", "DateTime"),
        ("chrono", "NaiveDate"),
        ("chrono", "Utc"),
        ("serde_json", "Value"),
        ("super::security", "Caller"),
        ("super::form", "Upload"),
        ("super::stream", "Events"),
        ("super::stream", "Incoming"),
        ("uuid", "Uuid"),
    ];
    table.push(("super::types", NESTED_LISTS));
    table.push(("super::accept", "only_xml"));
    table.push(("super::accept", "or_xml"));
    table.extend(xml::names(api));
    table.extend(
        api.types
            .iter()
            .map(|def| ("super::types", def.name.as_str())),
    );
    let mut uses = imports(&code, &table);
    uses.push("axum::response::{IntoResponse, Response}".to_owned());
    uses.push("std::future::Future".to_owned());
    json!({ "groups": groups, "uses": uses, "uses_headers": uses_headers })
}

pub(super) fn trait_name(pascal: &str) -> String {
    format!("{pascal}Api")
}

pub(super) fn request_name(operation: &Operation) -> String {
    format!("{}Request", operation.ident.pascal)
}

pub(super) fn response_name(operation: &Operation) -> String {
    format!("{}Response", operation.ident.pascal)
}

fn operation(api: &Api, operation: &Operation, rust: &Rust<'_>) -> Value {
    let mut fields: Vec<Value> = operation
        .parameters
        .iter()
        .map(|parameter| {
            json!({
                "doc": doc(&parameter.doc, &format!("`{}`", parameter.name.replace('`', "'"))),
                "ident": parameter.ident.snake,
                "type": parameter_type(parameter, rust),
            })
        })
        .collect();
    let caller = match security::caller(operation) {
        Caller::Open => None,
        Caller::Optional => Some("Option<Caller>"),
        Caller::Required => Some("Caller"),
    };
    if let Some(ty) = caller {
        let field = json!({"doc": "/// Who calls.", "ident": "caller", "type": ty});
        fields.insert(0, field);
    }
    if let Some(body) = &operation.body {
        let inner = match &body.content {
            Content::Json(ty) | Content::Form(ty) | Content::Multipart(ty) => rust.ty(ty),
            Content::Bytes(_) if body.content.is_streamed() => "Incoming".to_owned(),
            Content::Bytes(_) => "Bytes".to_owned(),
        };
        let ty = if body.required {
            inner
        } else {
            format!("Option<{inner}>")
        };
        fields.push(json!({"doc": "/// The body.", "ident": "body", "type": ty}));
    }
    let label = operation.label().replace('`', "'");
    let summary = format!("{}\n\n`{label}`", operation.summary);
    json!({
        "doc": doc(&summary, &label),
        "label": label,
        "method": operation.ident.snake,
        "quoted_id": quoted(&operation.id),
        "request": request_name(operation),
        "response": response_name(operation),
        "fields": fields,
        "streams_in": operation.body.as_ref().is_some_and(|body| body.content.is_streamed()),
        "streams_out": operation.responses.iter().filter_map(|each| each.content.as_ref()).any(|content| {
            content.is_streamed() || content.is_events()
        }),
        "responses": operation.responses.iter().map(|each| {
            response(api, each, is_boxed(api, operation, each), rust)
        }).collect::<Vec<_>>(),
    })
}

/// A default makes an absent parameter a value.
pub(super) fn parameter_type(parameter: &Parameter, rust: &Rust<'_>) -> String {
    let inner = rust.ty(&parameter.ty);
    if parameter.required || default(parameter, rust).is_some() {
        inner
    } else {
        format!("Option<{inner}>")
    }
}

pub(super) fn default(parameter: &Parameter, rust: &Rust<'_>) -> Option<String> {
    let TypeRef { shape, default, .. } = &parameter.ty;
    let literal = rust.literal(shape, default.as_ref()?)?;
    Some(if parameter.ty.nullable {
        format!("Some({literal})")
    } else {
        literal
    })
}

pub(super) fn variant(status: u16) -> String {
    match status {
        200 => "Ok".to_owned(),
        201 => "Created".to_owned(),
        202 => "Accepted".to_owned(),
        204 => "NoContent".to_owned(),
        303 => "SeeOther".to_owned(),
        304 => "NotModified".to_owned(),
        other => format!("Status{other}"),
    }
}

/// More bytes beside a variant without any are what clippy calls a large variant; it begins at 200.
const LARGE: usize = 150;

/// Whether a body stands on the heap: an enum is as large as its largest variant.
pub(super) fn is_boxed(api: &Api, operation: &Operation, response: &Response) -> bool {
    match &response.content {
        Some(Content::Json(ty)) => {
            let mut left = LARGE;
            operation.responses.len() > 1 && !fits(&api.types, ty, &mut left)
        }
        Some(Content::Form(_) | Content::Multipart(_) | Content::Bytes(_)) | None => false,
    }
}

/// Whether a value of the type fits into the bytes that are left, by a generous count.
fn fits(types: &[TypeDef], ty: &TypeRef, left: &mut usize) -> bool {
    let size = match &ty.shape {
        _ if ty.boxed => 8,
        Shape::Named(id) => match types.get(*id).map(|def| &def.shape) {
            Some(TypeShape::Struct(shape)) => {
                let others = match &shape.others {
                    Others::Read(_) => 24,
                    Others::Refused | Others::Ignored => 0,
                };
                let fields = shape.fields.iter();
                return take(left, others + 1)
                    && fields.into_iter().all(|field| fits(types, &field.ty, left));
            }
            Some(TypeShape::Enum(_)) => 2,
            Some(TypeShape::Union(_)) => 32,
            None => 0,
        },
        Shape::Any | Shape::File => 72,
        Shape::Bool => 2,
        Shape::Int(_) | Shape::Number(_) | Shape::Timestamp | Shape::Day => 16,
        Shape::Uuid | Shape::Text(_) | Shape::List(_) | Shape::Map(_) => 24,
    };
    take(left, size)
}

fn take(left: &mut usize, size: usize) -> bool {
    let fits = *left >= size;
    *left = left.saturating_sub(size);
    fits
}

fn response(api: &Api, response: &Response, boxed: bool, rust: &Rust<'_>) -> Value {
    let body = response.content.as_ref().map(|content| match content {
        Content::Json(ty) if boxed => format!("Box<{}>", rust.ty(ty)),
        Content::Json(ty) | Content::Form(ty) | Content::Multipart(ty) => rust.ty(ty),
        Content::Bytes(_) if content.is_events() => "Events".to_owned(),
        Content::Bytes(_) if content.is_streamed() => "Body".to_owned(),
        Content::Bytes(names) if is_text(names) => "String".to_owned(),
        Content::Bytes(_) => "Bytes".to_owned(),
    });
    let status = status(response.status);
    let plain = match &response.content {
        Some(Content::Json(_) | Content::Form(_) | Content::Multipart(_)) => {
            let json = format!("({status}, Json(body)).into_response()");
            match &response.xml {
                Some(xml) => {
                    let function = if xml.alone { "only_xml" } else { "or_xml" };
                    let (media_type, root) = (quoted(&xml.media_type), xml::root(api, xml));
                    format!("{function}({json}, {media_type}, &{root})")
                }
                None => json,
            }
        }
        Some(content) if content.is_events() => format!("({status}, body).into_response()"),
        Some(Content::Bytes(names)) => {
            let name = quoted(
                names
                    .first()
                    .map_or("application/octet-stream", String::as_str),
            );
            format!("({status}, [(\"content-type\", {name})], body).into_response()")
        }
        None => format!("{status}.into_response()"),
    };
    let answer = response.headers.iter().fold(plain, |inner, header| {
        format!(
            "with_header({inner}, {}, {})",
            quoted(&header.name),
            header.ident.snake
        )
    });
    let (shape, pattern) = if response.headers.is_empty() {
        match &body {
            Some(ty) => (format!("({ty})"), "(body)".to_owned()),
            None => (String::new(), String::new()),
        }
    } else {
        let mut shape = String::from("{");
        let mut names = Vec::new();
        for header in &response.headers {
            let name = header.name.replace('`', "'");
            shape = format!(
                "{shape}\n/// The header `{name}`.\n{}: Option<String>,",
                header.ident.snake
            );
            names.push(header.ident.snake.clone());
        }
        if let Some(ty) = &body {
            shape = format!("{shape}\n/// The body.\nbody: {ty},");
            names.push("body".to_owned());
        }
        shape.push('}');
        (shape, format!("{{{}}}", names.join(", ")))
    };
    let said = response.doc.lines().next().unwrap_or_default();
    json!({
        "doc": doc(said, &format!("The answer with status {}.", response.status)).trim_start_matches("/// "),
        "variant": variant(response.status),
        "shape": shape,
        "pattern": pattern,
        "answer": answer,
    })
}

pub(super) fn is_text(names: &[String]) -> bool {
    names.first().is_some_and(|name| name.starts_with("text/"))
}

/// The constant of a status; those without a name are 200 to the compiler and never that to us.
pub(super) fn status(status: u16) -> String {
    let name = match status {
        200 => "OK",
        201 => "CREATED",
        202 => "ACCEPTED",
        203 => "NON_AUTHORITATIVE_INFORMATION",
        204 => "NO_CONTENT",
        205 => "RESET_CONTENT",
        206 => "PARTIAL_CONTENT",
        207 => "MULTI_STATUS",
        208 => "ALREADY_REPORTED",
        226 => "IM_USED",
        300 => "MULTIPLE_CHOICES",
        301 => "MOVED_PERMANENTLY",
        302 => "FOUND",
        303 => "SEE_OTHER",
        304 => "NOT_MODIFIED",
        307 => "TEMPORARY_REDIRECT",
        308 => "PERMANENT_REDIRECT",
        400 => "BAD_REQUEST",
        409 => "CONFLICT",
        422 => "UNPROCESSABLE_ENTITY",
        other => {
            return format!("StatusCode::from_u16({other}).unwrap_or(StatusCode::OK)");
        }
    };
    format!("StatusCode::{name}")
}
