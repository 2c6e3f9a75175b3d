//! How values stand in XML: what the "XML Object" of OpenAPI says of them, decided.

use serde::Serialize;

/// Everything that stands in XML somewhere.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Markup {
    pub(crate) defs: Vec<MarkupDef>,
    pub(crate) roots: Vec<Root>,
}

/// What has a name, and may contain itself.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MarkupDef {
    pub(crate) constant: String,
    pub(crate) content: Content,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Content {
    Object {
        members: Vec<Member>,
        /// Properties beside the named ones; their elements have the names of the properties.
        others: Option<Box<Element>>,
    },
    Union(Vec<Shape>),
}

/// The outermost element of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Root {
    pub(crate) constant: String,
    pub(crate) element: Element,
    /// Nobody named it, so that every name is as good.
    pub(crate) any: bool,
}

/// An element or an attribute, and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Element {
    pub(crate) name: String,
    /// Empty: that of the element around it.
    pub(crate) namespace: String,
    pub(crate) prefix: String,
    /// Whether the text `null` is nothing but that.
    pub(crate) nil: bool,
    pub(crate) shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Shape {
    Text,
    /// Text whose blanks at both ends mean nothing: dates and such.
    Token,
    Words(Vec<String>),
    Number,
    Bool,
    Any,
    List(Box<Element>),
    Map(Box<Element>),
    /// The place in `Markup::defs`.
    Named(usize),
}

/// A property of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    pub(crate) property: String,
    /// Whether it stands in requests and responses alike, always.
    pub(crate) required: bool,
    pub(crate) place: Place,
    pub(crate) element: Element,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Place {
    Attribute,
    Child,
    /// A list whose items stand beside the other properties.
    Children,
}

/// The XML of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Xml {
    pub(crate) media_type: String,
    /// There is no JSON beside it.
    pub(crate) alone: bool,
    /// The place in `Markup::roots`.
    pub(crate) root: usize,
}

/// A name that XML allows: any other character is written as `_x0020_`.
pub(crate) fn encoded(name: &str) -> String {
    let mut encoded = String::new();
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        let letter = c.is_ascii_alphabetic() || (c >= '\u{c0}' && c.is_alphabetic());
        let inside = !encoded.is_empty() && (c.is_ascii_digit() || "-.".contains(c));
        // What would be read as such an escape is one itself.
        let plain = c == '_' && rest.peek() != Some(&'x');
        if letter || inside || plain {
            encoded.push(c);
        } else {
            encoded = format!("{encoded}_x{:04X}_", u32::from(c));
        }
    }
    if encoded.is_empty() {
        encoded.push('_');
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_xml_allows() {
        for (name, wanted) in [
            ("name", "name"),
            ("größe", "größe"),
            ("a b", "a_x0020_b"),
            ("1st", "_x0031_st"),
            ("@type", "_x0040_type"),
            ("a:b", "a_x003A_b"),
            ("_x0031_", "_x005F_x0031_"),
            ("", "_"),
        ] {
            assert_eq!(encoded(name), wanted);
        }
    }
}
