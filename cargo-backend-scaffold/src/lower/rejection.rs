//! The documented bodies of rejections: what of ours each of their properties means, by its name.

use cargo_backend_shared::openapi::Node;
use serde_json::{Value, json};

use crate::api::markup::Xml;
use crate::api::rejection::{ErrorShape, Part, Rejection, Statuses};
use crate::lower::content::is_xml;
use crate::lower::schema;
use crate::lower::types::Types;

/// Deeper bodies of rejections are not made.
const MAX_DEPTH: usize = 6;

/// The rejections of an operation; new shapes are added to `shapes`.
pub(super) fn rejections(
    responses: &Node<'_>,
    shapes: &mut Vec<ErrorShape>,
    types: &mut Types,
) -> Vec<Rejection> {
    let mut found = Vec::new();
    for (status, node) in responses.members() {
        let Some(statuses) = statuses(status) else {
            continue;
        };
        let shape = shape(&node, types).map(|shape| {
            let known = shapes.iter().position(|known| *known == shape);
            known.unwrap_or_else(|| {
                shapes.push(shape);
                shapes.len() - 1
            })
        });
        found.push(Rejection { statuses, shape });
    }
    // What is said of one status goes before what is said of many.
    found.sort_by_key(|rejection| match rejection.statuses {
        Statuses::One(status) => (0, status),
        Statuses::Range(digit) => (1, digit),
        Statuses::Default => (2, 0),
    });
    found
}

fn statuses(status: &str) -> Option<Statuses> {
    match status {
        "default" => Some(Statuses::Default),
        "4XX" | "4xx" => Some(Statuses::Range(4)),
        "5XX" | "5xx" => Some(Statuses::Range(5)),
        other => {
            let status = other.parse().ok()?;
            (400..600)
                .contains(&status)
                .then_some(Statuses::One(status))
        }
    }
}

fn shape(node: &Node<'_>, types: &mut Types) -> Option<ErrorShape> {
    let media = node.get("content")?.members();
    let (name, content) = media
        .iter()
        .find(|(name, _)| *name == "application/problem+json")
        .or_else(|| media.iter().find(|(name, _)| name.contains("json")))
        .or_else(|| media.iter().find(|(name, _)| *name == "*/*"))
        .or_else(|| media.iter().find(|(name, _)| is_xml(name)))
        .or_else(|| media.iter().find(|(name, _)| name.starts_with("text/")))
        .or_else(|| media.first())?;
    let media_type = match *name {
        "*/*" => "application/json".to_owned(),
        other => other.to_owned(),
    };
    let alone = is_xml(name);
    if media_type.starts_with("text/") && !alone {
        return Some(ErrorShape {
            media_type,
            body: Part::Message,
            xml: None,
        });
    }
    if !media_type.contains("json") && !alone {
        types.warn(
            content,
            format!("rejections are not written as `{media_type}`"),
        );
        return None;
    }
    let schema = content.get("schema");
    let schema = schema.filter(|schema| !is_problem(name) || schema::is_object(schema));
    let body = match &schema {
        Some(schema) => part(schema, "", true, 0, types)?,
        None if is_problem(name) => problem(),
        None => return None,
    };
    let written = media.iter().find(|(name, _)| is_xml(name));
    let xml = written.map(|(name, described)| {
        let own = described.get("schema").filter(schema::is_object);
        let root = match own.or_else(|| schema.clone()) {
            Some(schema) if !is_problem(name) => types.root(&schema),
            schema => types.problem(schema.as_ref()),
        };
        Xml {
            media_type: (*name).to_owned(),
            alone,
            root,
        }
    });
    Some(ErrorShape {
        media_type,
        body,
        xml,
    })
}

fn is_problem(media_type: &str) -> bool {
    media_type.starts_with("application/problem+")
}

/// RFC 9457, where the document names the media type and no properties.
fn problem() -> Part {
    let members = [
        ("type", Part::Literal(json!("about:blank"))),
        ("title", Part::Title),
        ("status", Part::Status),
        ("detail", Part::Message),
        ("instance", Part::Instance),
    ];
    Part::Object(
        members
            .into_iter()
            .map(|(name, part)| (name.to_owned(), part))
            .collect(),
    )
}

/// What stands at a schema; `None` where a property is left out.
fn part(
    node: &Node<'_>,
    name: &str,
    required: bool,
    depth: usize,
    types: &mut Types,
) -> Option<Part> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some(only) = schema::only_alternative(node) {
        return part(&only, name, required, depth + 1, types);
    }
    if let Some(keyword) = schema::union_keyword(node) {
        let first = node.get(keyword)?.items().into_iter().next()?;
        return part(&first, name, required, depth + 1, types);
    }
    if schema::is_object(node) {
        let properties = schema::properties(node);
        if properties.is_empty() {
            return required.then(|| Part::Literal(json!({})));
        }
        let members = properties.iter().filter_map(|property| {
            let inner = part(
                &property.node,
                &property.name,
                property.required,
                depth + 1,
                types,
            )?;
            Some((property.name.clone(), inner))
        });
        return Some(Part::Object(members.collect()));
    }
    if node.text("type") == Some("array") {
        let item = node.get("items");
        let inner = item.and_then(|item| match item.text("type") {
            Some("string") if schema::words(&item).is_none() => Some(Part::Line),
            _ => part(&item, "", true, depth + 1, types),
        });
        let least = node.value.get("minItems").and_then(Value::as_u64);
        return match inner {
            Some(item) => Some(Part::Each {
                item: Box::new(item),
                at_least_one: least.is_some_and(|least| least > 0),
            }),
            None => required.then(|| Part::Literal(json!([]))),
        };
    }
    scalar(node, name).or_else(|| required.then(|| unknown(node, name, types)))
}

/// A property by its name, as documents usually call it.
fn scalar(node: &Node<'_>, name: &str) -> Option<Part> {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let words = schema::words(node);
    match node.text("type") {
        Some("integer" | "number") => matches!(
            plain.as_str(),
            "status" | "statuscode" | "code" | "httpstatus" | "httpcode" | "errorcode"
        )
        .then_some(Part::Status),
        Some("boolean") => match plain.as_str() {
            "error" | "failed" | "iserror" => Some(Part::Literal(json!(true))),
            "success" | "ok" => Some(Part::Literal(json!(false))),
            _ => None,
        },
        Some("string") => match plain.as_str() {
            "code" | "errorcode" | "kind" | "reason" | "errortype" => {
                Some(Part::Code(words.unwrap_or_default()))
            }
            _ if words.is_some() => None,
            "type"
                if node
                    .text("format")
                    .is_some_and(|format| format.starts_with("uri")) =>
            {
                Some(Part::Literal(json!("about:blank")))
            }
            "type" => Some(Part::Code(Vec::new())),
            "message" | "detail" | "details" | "description" | "error" | "errormessage" | "msg"
            | "errordescription" => Some(Part::Message),
            "title" => Some(Part::Title),
            "status" | "statuscode" => Some(Part::StatusText),
            "instance" | "path" if node.text("format").is_some() => Some(Part::Instance),
            "instance" => Some(Part::Instance),
            "requestid" | "traceid" | "correlationid" | "errorid" => Some(Part::RequestId),
            "timestamp" | "time" | "occurredat" => {
                (node.text("format") == Some("date-time")).then_some(Part::Moment)
            }
            "field" | "path" | "pointer" | "name" | "property" | "parameter" | "location"
            | "loc" | "param" => Some(Part::Field),
            _ => None,
        },
        _ => (plain == "message").then_some(Part::Message),
    }
}

/// A property that must be there and that nobody knows the value of.
fn unknown(node: &Node<'_>, name: &str, types: &mut Types) -> Part {
    if let Some(word) = schema::words(node).and_then(|words| words.into_iter().next()) {
        return Part::Literal(json!(word));
    }
    types.warn(
        node,
        format!("nobody knows the value of `{name}` in a rejection; it is left empty"),
    );
    Part::Literal(match node.text("type") {
        Some("integer" | "number") => node.value.get("minimum").cloned().unwrap_or(json!(0)),
        Some("boolean") => json!(false),
        Some("string") => json!(""),
        _ => Value::Null,
    })
}

#[cfg(test)]
mod tests {
    use cargo_backend_shared::openapi::Document;

    use super::*;

    fn shape_of(content: &str) -> (Option<ErrorShape>, Vec<String>) {
        let text = format!(
            "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths:\n  /a:\n    get:\n      responses:\n        '400':\n          description: no\n          content: {content}\n"
        );
        let document = Document::parse("api.yaml", &text).expect("it is sound");
        let steps = ["paths", "/a", "get", "responses", "400"];
        let node = steps
            .iter()
            .try_fold(document.root(), |node, step| node.get(step))
            .expect("it is there");
        let mut types = Types::new();
        let shape = shape(&node, &mut types);
        let said = types.findings.into_iter().map(|finding| finding.message);
        (shape, said.collect())
    }

    #[test]
    fn properties_mean_what_they_are_called() {
        let (shape, said) = shape_of(
            "{application/problem+json: {schema: {type: object, required: [title, status], properties: {type: {type: string, format: uri-reference}, title: {type: string}, status: {type: integer}, detail: {type: string}, errors: {type: array, items: {type: object, properties: {pointer: {type: string}, detail: {type: string}}}}}}}}",
        );
        let shape = shape.expect("it is documented");
        assert_eq!(shape.media_type, "application/problem+json");
        let detail = Part::Object(vec![
            ("pointer".to_owned(), Part::Field),
            ("detail".to_owned(), Part::Message),
        ]);
        assert_eq!(
            shape.body,
            Part::Object(vec![
                ("type".to_owned(), Part::Literal(json!("about:blank"))),
                ("title".to_owned(), Part::Title),
                ("status".to_owned(), Part::Status),
                ("detail".to_owned(), Part::Message),
                (
                    "errors".to_owned(),
                    Part::Each {
                        item: Box::new(detail),
                        at_least_one: false
                    }
                ),
            ])
        );
        assert_eq!(said, Vec::<String>::new());
    }

    #[test]
    fn what_must_be_there_and_nobody_knows_is_said() {
        let (shape, said) = shape_of(
            "{application/json: {schema: {type: object, required: [weather], properties: {weather: {type: string}, mood: {type: string}}}}}",
        );
        assert_eq!(
            shape.map(|shape| shape.body),
            Some(Part::Object(vec![(
                "weather".to_owned(),
                Part::Literal(json!(""))
            )]))
        );
        assert_eq!(
            said,
            ["nobody knows the value of `weather` in a rejection; it is left empty"]
        );
    }

    #[test]
    fn text_is_the_message_alone() {
        let (shape, _) = shape_of("{text/html: {schema: {type: string}}}");
        assert_eq!(shape.map(|shape| shape.body), Some(Part::Message));
    }
}
