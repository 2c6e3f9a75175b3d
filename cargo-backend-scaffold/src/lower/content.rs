//! Bodies and their media types.

use cargo_backend_shared::openapi::Node;

use crate::api::ident::Ident;
use crate::api::types::{Shape, TypeRef};
use crate::api::{Body, Content};
use crate::lower::operations::Reader;
use crate::lower::types::Direction;

impl Reader<'_, '_> {
    pub(super) fn body(&mut self, operation: &Ident) -> Option<Body> {
        let body = self.node.get("requestBody")?;
        Some(Body {
            required: body.flag("required"),
            content: self.content(
                &body,
                Direction::Request,
                &format!("{}Body", operation.pascal),
            )?,
        })
    }

    pub(super) fn content(
        &mut self,
        node: &Node<'_>,
        way: Direction,
        context: &str,
    ) -> Option<Content> {
        let media = node.get("content")?.members();
        let json = media.iter().find(|(name, _)| is_json(name));
        if let Some((_, json)) = json {
            let ty = match json.get("schema") {
                Some(schema) => self.types.reference(&schema, way, context, "body"),
                None => TypeRef::of(Shape::Any),
            };
            let others: Vec<String> = media
                .iter()
                .filter(|(name, _)| !is_json(name))
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            if !others.is_empty() {
                let message = format!("only JSON is served here, not {}", others.join(", "));
                self.types.warn(node, message);
            }
            return Some(Content::Json(ty));
        }
        if let (Direction::Request, Some(form)) = (way, self.form(node, &media, context)) {
            return Some(form);
        }
        let names: Vec<String> = media.iter().map(|(name, _)| (*name).to_owned()).collect();
        (!names.is_empty()).then_some(Content::Bytes(names))
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

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
        || essence == "*/*"
}
