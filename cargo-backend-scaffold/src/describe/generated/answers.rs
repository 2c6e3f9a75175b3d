//! The successful answers of a generated operation: an enum with a variant for each, and how they
//! become responses.

use serde_json::{Map, Value, json};
use syn::{Expr, Pat};

use super::{last_two, peeled, said, text, xml};
use crate::code::attribute::documentation;
use crate::code::{Scope, Ty, TypeSyntax};
use crate::describe::answer::JSON;
use crate::describe::constant::literal;
use crate::describe::scan::status_of;
use crate::describe::schema::Schemas;
use crate::describe::status;

/// The responses by their statuses, as the `IntoResponse` of the enum makes them.
pub(super) fn answers(schemas: &mut Schemas<'_, '_>, id: usize) -> Map<String, Value> {
    let mut responses = Map::new();
    let program = schemas.program;
    let item = &program.types[id];
    let (TypeSyntax::Enum(made), Some(implementation)) =
        (item.syntax, program.implements(id, "IntoResponse"))
    else {
        return responses;
    };
    let scope = Scope::of(item.module);
    let methods = implementation.methods.iter();
    let blocks = methods.filter_map(|&method| program.functions[method].block);
    for statement in blocks.flat_map(|block| &block.stmts) {
        let syn::Stmt::Expr(Expr::Match(choice), _) = statement else {
            continue;
        };
        for arm in &choice.arms {
            let variant = variant_of(&arm.pat);
            let variant = made
                .variants
                .iter()
                .find(|known| Some(&known.ident) == variant);
            let Some((variant, made)) = variant.zip(Made::of(&arm.body)) else {
                let at = program.place(item.module, arm);
                schemas.unknown(at, "what this answer looks like is not known here");
                continue;
            };
            let (status, response) = response(schemas, variant, &made, &scope);
            responses.insert(status, response);
        }
    }
    responses
}

fn variant_of(pattern: &Pat) -> Option<&syn::Ident> {
    let path = match pattern {
        Pat::Path(path) => &path.path,
        Pat::TupleStruct(made) => &made.path,
        Pat::Struct(made) => &made.path,
        _ => return None,
    };
    path.segments.last().map(|segment| &segment.ident)
}

/// A response as it is put together.
struct Made<'b> {
    status: u16,
    media: Option<String>,
    headers: Vec<String>,
    xml: Option<InXml<'b>>,
}

/// `or_xml(response, "application/xml", &ROOT)`, or `only_xml`.
struct InXml<'b> {
    media: String,
    root: &'b Expr,
    alone: bool,
}

impl<'b> InXml<'b> {
    fn of(call: &'b syn::ExprCall) -> Option<Self> {
        let Expr::Path(path) = &*call.func else {
            return None;
        };
        let name = last_two(&path.path).1;
        let mut arguments = call.args.iter().skip(1);
        matches!(name.as_str(), "or_xml" | "only_xml").then_some(Self {
            media: arguments.next().and_then(text)?,
            root: arguments.next()?,
            alone: name == "only_xml",
        })
    }
}

impl<'b> Made<'b> {
    /// `with_header((StatusCode::OK, Json(body)).into_response(), "name", name)`.
    fn of(expression: &'b Expr) -> Option<Self> {
        let mut headers = Vec::new();
        let mut xml = None;
        let mut inner = peeled(expression);
        while let Expr::Call(call) = inner {
            match InXml::of(call) {
                Some(found) => xml = Some(found),
                None => headers.extend(call.args.iter().nth(1).and_then(text)),
            }
            inner = peeled(call.args.first()?);
        }
        headers.reverse();
        let Expr::MethodCall(call) = inner else {
            return None;
        };
        let (status, media) = match peeled(&call.receiver) {
            Expr::Tuple(parts) => {
                let media = parts.elems.iter().nth(1).and_then(media);
                (parts.elems.first()?.clone(), media)
            }
            status => (status.clone(), None),
        };
        Some(Self {
            status: number(&status)?,
            media,
            headers,
            xml,
        })
    }
}

/// `StatusCode::OK`, or `StatusCode::from_u16(299).unwrap_or(…)`.
fn number(expression: &Expr) -> Option<u16> {
    match peeled(expression) {
        Expr::MethodCall(call) => number(&call.receiver),
        Expr::Call(call) => u16::try_from(literal(call.args.first()?)?.as_u64()?).ok(),
        other => status_of(other),
    }
}

/// `Json(body)`, or `[("content-type", "image/png")]`.
fn media(expression: &Expr) -> Option<String> {
    match peeled(expression) {
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) if last_two(&path.path).1 == "Json" => Some(JSON.to_owned()),
            _ => None,
        },
        Expr::Array(pairs) => match pairs.elems.first()? {
            Expr::Tuple(pair) => pair.elems.iter().nth(1).and_then(text),
            _ => None,
        },
        _ => None,
    }
}

fn response(
    schemas: &mut Schemas<'_, '_>,
    variant: &syn::Variant,
    made: &Made<'_>,
    scope: &Scope,
) -> (String, Value) {
    let words = documentation(&variant.attrs);
    let empty = words.is_empty() || words == format!("The answer with status {}.", made.status);
    let words = if empty {
        status::reason(made.status).to_owned()
    } else {
        said(&words)
    };
    let mut response = json!({"description": words});
    let headers = made.headers.iter().map(|name| {
        let header = json!({"schema": {"type": "string"}});
        (name.clone(), header)
    });
    let headers: Map<String, Value> = headers.collect();
    if !headers.is_empty() {
        response["headers"] = Value::Object(headers);
    }
    let mut fields = variant.fields.iter();
    let body = fields.find(|field| field.ident.as_ref().is_none_or(|name| name == "body"));
    if let Some(body) = body {
        let ty = schemas.program.ty(&body.ty, scope);
        // Events say themselves what they are.
        let events = matches!(&ty, Ty::Item(id, _) if schemas.program.types[*id].name == "Events");
        let own = events.then(|| "text/event-stream".to_owned());
        let Some(media) = made.media.clone().or(own) else {
            let at = schemas.program.place(scope.module, &body.ty);
            schemas.unknown(at, "which media type this body has is not known here");
            return (made.status.to_string(), response);
        };
        let at = schemas.program.place(scope.module, &body.ty);
        let schema = match ty.external() {
            // Bytes are sent as they are.
            Some(("Bytes" | "Body", _)) => json!({}),
            _ if events => json!({"type": "string"}),
            _ => schemas.of(&ty, at),
        };
        let mut content = Map::new();
        if let Some(found) = &made.xml {
            let schema = xml::elements(schemas, scope.module, found.root, &schema);
            content.insert(found.media.clone(), json!({"schema": schema}));
        }
        if made.xml.as_ref().is_none_or(|found| !found.alone) {
            content.insert(media, json!({"schema": schema}));
        }
        response["content"] = Value::Object(content);
    }
    (made.status.to_string(), response)
}
