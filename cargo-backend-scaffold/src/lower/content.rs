//! Bodies and their media types.

use std::collections::BTreeSet;

use cargo_backend_shared::openapi::Node;

use crate::api::ident::Ident;
use crate::api::markup::Xml;
use crate::api::types::{Shape, TypeRef};
use crate::api::{Body, Content};
use crate::lower::operations::Reader;
use crate::lower::schema;
use crate::lower::types::Direction;

impl Reader<'_, '_> {
    pub(super) fn body(&mut self, operation: &Ident) -> Option<Body> {
        let body = self.node.get("requestBody")?;
        let context = format!("{}Body", operation.pascal);
        let (content, xml) = self.content(&body, Direction::Request, &context)?;
        Some(Body {
            required: body.flag("required"),
            content,
            xml,
        })
    }

    pub(super) fn content(
        &mut self,
        node: &Node<'_>,
        way: Direction,
        context: &str,
    ) -> Option<(Content, Option<Xml>)> {
        let media = node.get("content")?.members();
        let json = media.iter().find(|(name, _)| is_json(name));
        if let Some((_, json)) = json {
            let schema = json.get("schema");
            let ty = match &schema {
                Some(schema) => self.types.reference(schema, way, context, "body"),
                None => TypeRef::of(Shape::Any),
            };
            let xml = self.xml_beside(&media, schema.as_ref());
            let others: Vec<String> = media
                .iter()
                .filter(|(name, _)| !is_json(name) && (xml.is_none() || !is_xml(name)))
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            if !others.is_empty() {
                let served = if xml.is_some() {
                    "JSON and XML are"
                } else {
                    "JSON is"
                };
                let message = format!("only {served} served here, not {}", others.join(", "));
                self.types.warn(node, message);
            }
            return Some((Content::Json(ty), xml));
        }
        if let (Direction::Request, Some(form)) = (way, self.form(node, &media, context)) {
            return Some((form, None));
        }
        if media.iter().all(|(name, _)| is_xml(name))
            && let Some((name, described)) = media.first()
            && let Some(schema) = described.get("schema")
            && has_structure(&schema)
        {
            let ty = self.types.reference(&schema, way, context, "body");
            let xml = Xml {
                media_type: (*name).to_owned(),
                alone: true,
                root: self.types.root(&schema),
            };
            return Some((Content::Json(ty), Some(xml)));
        }
        let names: Vec<String> = media.iter().map(|(name, _)| (*name).to_owned()).collect();
        (!names.is_empty()).then_some((Content::Bytes(names), None))
    }

    /// The XML of a body that can be JSON as well.
    fn xml_beside(&mut self, media: &[(&str, Node<'_>)], json: Option<&Node<'_>>) -> Option<Xml> {
        let (name, described) = media.iter().find(|(name, _)| is_xml(name))?;
        let schema = described.get("schema");
        let schema = schema.as_ref().or(json)?;
        let json = json.unwrap_or(schema);
        if has_structure(schema) != has_structure(json) {
            return None;
        }
        let names = |node: &Node<'_>| -> BTreeSet<String> {
            let properties = schema::properties(node).into_iter();
            properties.map(|property| property.name).collect()
        };
        let (in_json, in_xml) = (names(json), names(schema));
        let differ: Vec<String> = in_json
            .symmetric_difference(&in_xml)
            .map(|name| format!("`{name}`"))
            .collect();
        if !differ.is_empty() {
            let message = format!(
                "JSON and XML of one body differ in {}: both are what JSON says",
                differ.join(", ")
            );
            self.types.warn(described, message);
        }
        Some(Xml {
            media_type: (*name).to_owned(),
            alone: false,
            root: self.types.root(schema),
        })
    }

    /// A form whose fields are described.
    fn form(
        &mut self,
        node: &Node<'_>,
        media: &[(&str, Node<'_>)],
        context: &str,
    ) -> Option<Content> {
        let is = |wanted: &str| {
            let is_wanted = |(name, _): &&(&str, Node<'_>)| {
                name.split(';')
                    .next()
                    .is_some_and(|name| name.trim() == wanted)
            };
            media.iter().find(is_wanted)
        };
        let plain = is("application/x-www-form-urlencoded");
        let (name, chosen) = is("multipart/form-data").or(plain)?;
        let multipart = name.starts_with("multipart/");
        let others: Vec<String> = media
            .iter()
            .filter(|(other, _)| other != name)
            .map(|(other, _)| format!("`{other}`"))
            .collect();
        if !others.is_empty() {
            let message = format!("only `{name}` is read here, not {}", others.join(", "));
            self.types.warn(node, message);
        }
        let schema = chosen.get("schema")?;
        if let Some(encoding) = chosen.get("encoding") {
            for (field, encoding) in encoding.members() {
                let style = encoding.text("style").unwrap_or("form");
                if !matches!(style, "form" | "deepObject") {
                    let message = format!(
                        "the field `{field}` has the style `{style}`, which is not read from forms"
                    );
                    self.types.warn(&encoding, message);
                }
            }
        }
        self.types.in_multipart = multipart;
        let ty = self
            .types
            .reference(&schema, Direction::Request, context, "body");
        self.types.in_multipart = false;
        Some(if multipart {
            Content::Multipart(ty)
        } else {
            Content::Form(ty)
        })
    }
}

/// Whether it is more than one text: XML of which nothing is described is handed on as it is.
fn has_structure(node: &Node<'_>) -> bool {
    match schema::only_alternative(node) {
        Some(only) => has_structure(&only),
        None => {
            schema::is_object(node)
                || schema::union_keyword(node).is_some()
                || node.text("type") == Some("array")
        }
    }
}

pub(crate) fn is_xml(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    matches!(essence, "application/xml" | "text/xml")
        || (essence.starts_with("application/") && essence.ends_with("+xml"))
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
        || essence == "*/*"
}
