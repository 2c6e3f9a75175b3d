//! How a schema stands in XML: the "XML Object" of OpenAPI (3.0.4, 4.8.26).

use std::collections::HashMap;

use cargo_backend_shared::openapi::Node;
use serde_json::Value;

use crate::api::ident::{Ident, Names};
use crate::api::markup::{
    Content, Element, Markup, MarkupDef, Member, Place, Root, Shape, encoded,
};
use crate::lower::hints::Hints;
use crate::lower::schema::{self, Property};
use crate::lower::types::{Types, component};

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Markups {
    defs: Vec<Option<MarkupDef>>,
    known: HashMap<String, usize>,
    roots: Vec<Root>,
    constants: Names,
}

impl Markups {
    pub(crate) fn finish(self) -> Markup {
        Markup {
            defs: self.defs.into_iter().flatten().collect(),
            roots: self.roots,
        }
    }

    /// The place of a root; equal ones are one.
    fn root(&mut self, element: Element, any: bool) -> usize {
        let same = |known: &Root| known.element == element && known.any == any;
        self.roots.iter().position(same).unwrap_or_else(|| {
            let constant = self.constant(&format!("{}_root", element.name));
            self.roots.push(Root {
                constant,
                element,
                any,
            });
            self.roots.len() - 1
        })
    }

    fn constant(&mut self, name: &str) -> String {
        let ident = Ident::new(name, "value");
        let constant = ident.plain().to_uppercase();
        self.constants.take(&constant).to_uppercase()
    }
}

/// The schema inside of those that only wrap it.
fn inner<'a>(node: &Node<'a>) -> Node<'a> {
    schema::only_alternative(node).map_or_else(|| node.clone(), |only| inner(&only))
}

impl Types {
    /// The outermost element of a body.
    pub(crate) fn root(&mut self, node: &Node<'_>) -> usize {
        let said = Hints::of(node);
        let named = said.name.clone().or_else(|| component(&inner(node)));
        let any = named.is_none();
        let parts = node.get("allOf").map(|parts| parts.items());
        let parts = parts.unwrap_or_default();
        let inherited = parts.iter().map(Hints::of).fold(said, Hints::or);
        let name = named.or(inherited.name.clone());
        let hints = Hints {
            name: Some(name.unwrap_or_else(|| "root".to_owned())),
            ..inherited
        };
        let element = self.element(node, "root", &hints);
        self.markups.root(element, any)
    }

    /// The outermost element of a problem: that of RFC 7807, appendix A, where nothing else is said.
    pub(crate) fn problem(&mut self, node: Option<&Node<'_>>) -> usize {
        if let Some(node) = node.filter(|node| Hints::of(node).name.is_some()) {
            return self.root(node);
        }
        let shape = match node {
            Some(node) => self.markup(&inner(node), "problem", &Hints::default()),
            None => Shape::Any,
        };
        let element = Element {
            name: "problem".to_owned(),
            namespace: "urn:ietf:rfc:7807".to_owned(),
            shape,
            ..anything()
        };
        self.markups.root(element, false)
    }

    /// The element of a schema that is called `name` where nothing else is said.
    fn element(&mut self, node: &Node<'_>, name: &str, hints: &Hints) -> Element {
        let nullable = node.flag("nullable");
        let node = &inner(node);
        let name = hints.name.as_deref().unwrap_or(name);
        let shape = self.markup(node, name, hints);
        if hints.prefix.is_some() && hints.namespace.is_none() {
            let message = "a prefix in XML without a namespace says nothing and is not written";
            self.warn(node, message);
        }
        Element {
            name: encoded(name),
            namespace: hints.namespace.clone().unwrap_or_default(),
            prefix: hints
                .prefix
                .as_deref()
                .filter(|_| hints.namespace.is_some())
                .map(encoded)
                .unwrap_or_default(),
            nil: (nullable || node.flag("nullable")) && is_unlike_null(&shape),
            shape,
        }
    }

    fn markup(&mut self, node: &Node<'_>, name: &str, hints: &Hints) -> Shape {
        if let Some(words) = schema::words(node) {
            return Shape::Words(words);
        }
        if let Some(keyword) = schema::union_keyword(node) {
            return Shape::Named(self.alternatives(node, keyword, name));
        }
        if schema::is_object(node) {
            let closed = node.value.get("additionalProperties") == Some(&Value::Bool(false));
            if !schema::properties(node).is_empty() || closed {
                return Shape::Named(self.object(node, name));
            }
            return Shape::Map(Box::new(self.other(node).unwrap_or_else(anything)));
        }
        match node.text("type") {
            Some("array") => Shape::List(Box::new(self.item(node, name, hints))),
            Some("string") => match node.text("format") {
                Some("date-time" | "date" | "uuid") => Shape::Token,
                _ => Shape::Text,
            },
            Some("integer" | "number") => Shape::Number,
            Some("boolean") => Shape::Bool,
            Some(_) | None => Shape::Any,
        }
    }

    /// The element of each item; a namespace of the list is theirs as well.
    fn item(&mut self, list: &Node<'_>, name: &str, hints: &Hints) -> Element {
        let Some(items) = list.get("items") else {
            return Element {
                name: encoded(name),
                ..anything()
            };
        };
        let of_list = Hints {
            namespace: hints.namespace.clone(),
            prefix: hints.prefix.clone(),
            ..Hints::default()
        };
        let hints = Hints::of(&items).or(of_list);
        self.element(&items, name, &hints)
    }

    /// What stands in elements that are called like properties nobody names.
    fn other(&mut self, node: &Node<'_>) -> Option<Element> {
        let other = schema::other_properties(node)?;
        // Names are those of the properties, items have none.
        let element = self.element(&other, "item", &Hints::default());
        Some(Element {
            name: String::new(),
            ..element
        })
    }

    fn reserve_markup(&mut self, node: &Node<'_>, name: &str) -> (usize, String) {
        let id = self.markups.defs.len();
        self.markups.defs.push(None);
        self.markups.known.insert(node.pointer.clone(), id);
        let name = component(node).unwrap_or_else(|| name.to_owned());
        (id, self.markups.constant(&name))
    }

    fn object(&mut self, node: &Node<'_>, name: &str) -> usize {
        if let Some(&id) = self.markups.known.get(&node.pointer) {
            return id;
        }
        let (id, constant) = self.reserve_markup(node, name);
        let mut members: Vec<Member> = Vec::new();
        for property in schema::properties(node) {
            let member = self.member(&property);
            let same = |known: &Member| {
                (known.place == Place::Attribute) == (member.place == Place::Attribute)
                    && known.element.name == member.element.name
                    && known.element.namespace == member.element.namespace
            };
            if let Some(other) = members.iter().find(|known| same(known)) {
                let message = format!(
                    "`{}` cannot be told from `{}` in XML, where both are `{}`",
                    member.property, other.property, other.element.name
                );
                self.warn(&property.node, message);
            }
            members.push(member);
        }
        let others = self.other(node).map(Box::new);
        let content = Content::Object { members, others };
        self.markups.defs[id] = Some(MarkupDef { constant, content });
        id
    }

    fn member(&mut self, property: &Property<'_>) -> Member {
        let node = &property.node;
        let hints = Hints::of(node);
        let target = inner(node);
        let is_list = target.text("type") == Some("array");
        let (place, element) = if is_list && !hints.wrapped {
            (Place::Children, self.item(&target, &property.name, &hints))
        } else {
            let element = self.element(node, &property.name, &hints);
            let scalar = matches!(
                element.shape,
                Shape::Text | Shape::Token | Shape::Words(_) | Shape::Number | Shape::Bool
            );
            if hints.attribute && !scalar {
                let message = "an attribute in XML is one text; this is an element instead";
                self.warn(node, message);
            }
            let is_attribute = hints.attribute && scalar;
            let place = if is_attribute {
                Place::Attribute
            } else {
                Place::Child
            };
            (place, element)
        };
        Member {
            required: property.required && !node.flag("readOnly") && !node.flag("writeOnly"),
            property: property.name.clone(),
            place,
            element,
        }
    }

    fn alternatives(&mut self, node: &Node<'_>, keyword: &str, name: &str) -> usize {
        if let Some(&id) = self.markups.known.get(&node.pointer) {
            return id;
        }
        let (id, constant) = self.reserve_markup(node, name);
        let list = node.get(keyword).map(|list| list.items());
        let list = list.unwrap_or_default();
        let hints = Hints::default();
        let mut shapes: Vec<Shape> = list
            .iter()
            .map(|alternative| self.markup(&inner(alternative), name, &hints))
            .collect();
        if schema::allows_other_values(node, &list) {
            shapes.push(Shape::Any);
        }
        let content = Content::Union(shapes);
        self.markups.defs[id] = Some(MarkupDef { constant, content });
        id
    }
}

/// Whether the text `null` could be no other value.
fn is_unlike_null(shape: &Shape) -> bool {
    match shape {
        Shape::Words(words) => !words.iter().any(|word| word == "null"),
        Shape::Token | Shape::Number | Shape::Bool => true,
        Shape::Text | Shape::Any | Shape::Named(_) | Shape::List(_) | Shape::Map(_) => false,
    }
}

/// An element of whatever it is.
fn anything() -> Element {
    Element {
        name: String::new(),
        namespace: String::new(),
        prefix: String::new(),
        nil: false,
        shape: Shape::Any,
    }
}

#[cfg(test)]
mod tests {
    use cargo_backend_shared::openapi::Document;

    use super::*;

    /// The elements of a property `p` as the specification's examples write them, and what was said.
    fn shown(schema: &str) -> (String, Vec<String>) {
        let text = format!(
            "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n    Animal: {{type: string, xml: {{name: animal}}}}\n    Thing: {{type: object, properties: {{p: {schema}}}}}\n"
        );
        let document = Document::parse("api.yaml", &text).expect("it is sound");
        let steps = ["components", "schemas", "Thing"];
        let node = steps
            .iter()
            .try_fold(document.root(), |node, step| node.get(step))
            .expect("it is there");
        let mut types = Types::new();
        let _root = types.root(&node);
        let said = types.findings.iter().map(|each| each.message.clone());
        let said = said.collect();
        let markup = types.markups.finish();
        let Some(Content::Object { members, .. }) = markup.defs.first().map(|def| &def.content)
        else {
            return (String::new(), said);
        };
        let tag = |element: &Element| match element.prefix.as_str() {
            "" => format!("{}{}", element.name, element.namespace),
            prefix => format!("{prefix}:{}", element.name),
        };
        let shown = members.iter().map(|member| {
            let own = tag(&member.element);
            match (member.place, &member.element.shape) {
                (Place::Attribute, _) => format!("@{own}"),
                (Place::Children, _) => format!("<{own}>*"),
                (Place::Child, Shape::List(item)) => format!("<{own}><{}>", tag(item)),
                (Place::Child, _) => format!("<{own}>"),
            }
        });
        (shown.collect(), said)
    }

    #[test]
    fn names_are_those_of_the_examples_of_the_specification() {
        let text = "{type: string}";
        let named = "{type: string, xml: {name: animal}}";
        for (schema, wanted) in [
            (text.to_owned(), "<p>"),
            ("{type: string, xml: {name: q}}".to_owned(), "<q>"),
            ("{type: string, xml: {attribute: true}}".to_owned(), "@p"),
            (
                "{type: integer, xml: {name: q, namespace: u, prefix: n}}".to_owned(),
                "<n:q>",
            ),
            (
                "{allOf: [{$ref: '#/components/schemas/Animal'}]}".to_owned(),
                "<animal>",
            ),
            (format!("{{type: array, items: {text}}}"), "<p>*"),
            (format!("{{type: array, items: {named}}}"), "<animal>*"),
            (
                format!("{{type: array, xml: {{name: aliens}}, items: {named}}}"),
                "<animal>*",
            ),
            (
                format!("{{type: array, xml: {{wrapped: true}}, items: {text}}}"),
                "<p><p>",
            ),
            (
                format!("{{type: array, xml: {{name: aliens, wrapped: true}}, items: {named}}}"),
                "<aliens><animal>",
            ),
            (
                format!("{{type: array, xml: {{name: aliens, wrapped: true}}, items: {text}}}"),
                "<aliens><aliens>",
            ),
            (
                format!("{{type: array, xml: {{namespace: u, prefix: n}}, items: {named}}}"),
                "<n:animal>*",
            ),
        ] {
            assert_eq!(shown(&schema), (wanted.to_owned(), Vec::new()), "{schema}");
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_said() {
        for (schema, message) in [
            (
                "{type: string, xml: {prefix: n}}",
                "a prefix in XML without a namespace says nothing and is not written",
            ),
            (
                "{type: object, xml: {attribute: true}}",
                "an attribute in XML is one text; this is an element instead",
            ),
            (
                "{type: string}, q: {type: string, xml: {name: p}}",
                "`q` cannot be told from `p` in XML, where both are `p`",
            ),
        ] {
            assert_eq!(shown(schema).1, [message], "{schema}");
        }
    }
}
