//! The context of `src/api/xml.rs`: tables of elements and attributes, as constants.

use serde_json::{Value, json};

use crate::api::Api;
use crate::api::markup::{Content, Element, Markup, Member, Place, Root, Shape, Xml};
use crate::render::rust_type::quoted;

/// Which parts of a service are about XML.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct InXml {
    pub(crate) bodies: bool,
    pub(crate) answers: bool,
    pub(crate) rejections: bool,
}

impl InXml {
    pub(super) fn of(api: &Api) -> Self {
        let mut bodies = api.operations().filter_map(|each| each.body.as_ref());
        let mut answers = api.operations().flat_map(|each| &each.responses);
        Self {
            bodies: bodies.any(|body| body.xml.is_some()),
            answers: answers.any(|response| response.xml.is_some()),
            rejections: api.shapes.iter().any(|shape| shape.xml.is_some()),
        }
    }

    pub(super) fn any(self) -> bool {
        self.bodies || self.writes()
    }

    pub(super) fn writes(self) -> bool {
        self.answers || self.rejections
    }
}

/// The constant of a body's outermost element.
pub(super) fn root<'a>(api: &'a Api, xml: &Xml) -> &'a str {
    api.markup
        .roots
        .get(xml.root)
        .map_or("", |root| &root.constant)
}

/// The constants that could be imported from `xml`.
pub(super) fn names(api: &Api) -> impl Iterator<Item = (&'static str, &str)> {
    let roots = api.markup.roots.iter();
    roots.map(|root| ("super::xml", root.constant.as_str()))
}

pub(super) fn context(api: &Api) -> Value {
    let markup = &api.markup;
    let defs: Vec<Value> = markup
        .defs
        .iter()
        .map(|def| match &def.content {
            Content::Object { members, others } => {
                let members: Vec<String> =
                    members.iter().map(|each| member(markup, each)).collect();
                let others = others.as_ref().map_or_else(
                    || "None".to_owned(),
                    |other| format!("Some({})", element(markup, other)),
                );
                let members = members.join(", ");
                json!({
                    "name": def.constant,
                    "type": "Object",
                    "value": format!("Object {{ members: &[{members}], others: {others} }}"),
                })
            }
            Content::Union(shapes) => {
                let list: Vec<String> = shapes.iter().map(|each| shape(markup, each)).collect();
                json!({
                    "name": def.constant,
                    "type": format!("[Shape; {}]", shapes.len()),
                    "value": format!("[{}]", list.join(", ")),
                })
            }
        })
        .collect();
    let roots: Vec<Value> = markup
        .roots
        .iter()
        .map(|root: &Root| {
            json!({
                "name": root.constant,
                "label": root.element.name,
                "element": element(markup, &root.element),
                "any": root.any,
            })
        })
        .collect();
    json!({"defs": defs, "roots": roots})
}

fn member(markup: &Markup, member: &Member) -> String {
    let place = match member.place {
        Place::Attribute => "Attribute",
        Place::Child => "Child",
        Place::Children => "Children",
    };
    let required = if member.required { ".required()" } else { "" };
    format!(
        "Member::new({}, Place::{place}, {}){required}",
        quoted(&member.property),
        element(markup, &member.element)
    )
}

fn element(markup: &Markup, element: &Element) -> String {
    let (name, shape) = (quoted(&element.name), shape(markup, &element.shape));
    let mut text = format!("Element::new({name}, {shape})");
    if !element.namespace.is_empty() {
        let (namespace, prefix) = (quoted(&element.namespace), quoted(&element.prefix));
        text = format!("{text}.of({namespace}, {prefix})");
    }
    if element.nil {
        text += ".nil()";
    }
    text
}

fn shape(markup: &Markup, shape: &Shape) -> String {
    let kind = match shape {
        Shape::Text => "Text".to_owned(),
        Shape::Token => "Token".to_owned(),
        Shape::Words(words) => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("Words(&[{}])", words.join(", "))
        }
        Shape::Number => "Number".to_owned(),
        Shape::Bool => "Bool".to_owned(),
        Shape::Any => "Any".to_owned(),
        Shape::List(item) => format!("List(&{})", element(markup, item)),
        Shape::Map(item) => format!("Map(&{})", element(markup, item)),
        Shape::Named(id) => match markup.defs.get(*id) {
            Some(def) => {
                let kind = match def.content {
                    Content::Object { .. } => "Object",
                    Content::Union(_) => "Union",
                };
                format!("{kind}(&{})", def.constant)
            }
            None => "Any".to_owned(),
        },
    };
    format!("Shape::{kind}")
}
