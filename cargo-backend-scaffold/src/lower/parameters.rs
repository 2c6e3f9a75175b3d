//! Parameters and the ways in which their values are written.

use std::collections::HashMap;

use cargo_backend_shared::openapi::Node;
use indexmap::IndexMap;
use serde_json::Value;

use crate::api::ident::{Ident, Names};
use crate::api::types::{Shape, TextRule, TypeRef, TypeShape};
use crate::api::{Parameter, Place, Style};
use crate::lower::operations::Reader;
use crate::lower::path::part;
use crate::lower::schema;
use crate::lower::types::Direction;

impl Reader<'_, '_> {
    pub(super) fn parameters(&mut self, path: &str, operation: &Ident) -> Vec<Parameter> {
        let mut found: IndexMap<(String, String), Node<'_>> = IndexMap::new();
        for list in [self.item, self.node] {
            for parameter in list
                .get("parameters")
                .map(|list| list.items())
                .unwrap_or_default()
            {
                let key = |name| parameter.text(name).unwrap_or_default().to_owned();
                found.insert((key("in"), key("name")), parameter.clone());
            }
        }
        let mut idents = Names::with(&["input", "request", "service", "body", "caller"]);
        found
            .into_iter()
            .filter_map(|((place, name), node)| {
                let place = match place.as_str() {
                    "path" => Place::Path,
                    "query" => Place::Query,
                    "header" => Place::Header,
                    "cookie" => Place::Cookie,
                    other => {
                        let message = format!("the parameter `{name}` in `{other}` is not read");
                        self.types.warn(&node, message);
                        return None;
                    }
                };
                if place == Place::Path && !path.contains(&format!("{{{name}}}")) {
                    self.types
                        .warn(&node, format!("the path has no parameter `{name}`"));
                    return None;
                }
                let ident = idents.take_ident(&name, "parameter");
                let context = format!("{}{}", operation.pascal, ident.pascal);
                let (ty, style) = match self.parameter_type(&node, place, &context, &name) {
                    // The router needs the segment, whatever is in it.
                    None if place == Place::Path => {
                        (TypeRef::of(Shape::Text(TextRule::default())), None)
                    }
                    found => found?,
                };
                Some(Parameter {
                    segment: segment(self.segments, path, &name, &ident),
                    part: part(path, &name).filter(|_| place == Place::Path),
                    required: node.flag("required") || place == Place::Path,
                    doc: node.text("description").unwrap_or_default().to_owned(),
                    name,
                    ident,
                    place,
                    style,
                    ty,
                })
            })
            .collect()
    }

    fn parameter_type(
        &mut self,
        node: &Node<'_>,
        place: Place,
        context: &str,
        name: &str,
    ) -> Option<(TypeRef, Option<Style>)> {
        let way = Direction::Request;
        if let Some(schema) = node.get("schema") {
            let mut ty = self.types.reference(&schema, way, context, name);
            let style = self.style(node, &schema, place, &mut ty, name)?;
            return Some((ty, style));
        }
        let media = node.get("content").map(|content| content.members());
        let json = media.unwrap_or_default();
        let json = json.iter().find(|(media, _)| media.contains("json"));
        let Some(schema) = json.and_then(|(_, media)| media.get("schema")) else {
            let message = format!("the parameter `{name}` has no schema and is not read");
            self.types.warn(node, message);
            return None;
        };
        let ty = self.types.reference(&schema, way, context, name);
        Some((ty, Some(Style::Json)))
    }

    /// Whether every alternative is one text: `NameOrId`.
    fn is_union_of_scalars(&self, ty: &TypeRef) -> bool {
        let Some(TypeShape::Union(union)) = self.types.def(ty).map(|def| &def.shape) else {
            return false;
        };
        union
            .variants
            .iter()
            .all(|variant| match &variant.ty.shape {
                Shape::Text(_)
                | Shape::Int(_)
                | Shape::Number(_)
                | Shape::Bool
                | Shape::Timestamp
                | Shape::Day
                | Shape::Uuid => true,
                Shape::Named(_) => matches!(
                    self.types.def(&variant.ty).map(|def| &def.shape),
                    Some(TypeShape::Enum(_))
                ),
                Shape::Any | Shape::File | Shape::List(_) | Shape::Map(_) => false,
            })
    }

    /// How the value is written; `None` at the outside where it cannot be read.
    fn style(
        &mut self,
        node: &Node<'_>,
        schema: &Node<'_>,
        place: Place,
        ty: &mut TypeRef,
        name: &str,
    ) -> Option<Option<Style>> {
        let form = matches!(place, Place::Query | Place::Cookie);
        let said = node.text("style");
        let style = said.unwrap_or(if form { "form" } else { "simple" });
        let explode = node.value.get("explode").and_then(Value::as_bool);
        let explode = explode.unwrap_or(style == "form");
        if self.is_union_of_scalars(ty) {
            // One text, which is that of one alternative.
            return Some(Some(Style::Plain));
        }
        let is_list = matches!(ty.shape, Shape::List(_));
        let def = self.types.def(ty).map(|def| &def.shape);
        let is_object = matches!(ty.shape, Shape::Map(_))
            || (matches!(ty.shape, Shape::Named(_)) && !matches!(def, Some(TypeShape::Enum(_))));
        let names = || {
            let properties = schema::properties(schema);
            properties.into_iter().map(|property| property.name)
        };
        let found = match (style, is_object, is_list) {
            ("form", true, _) if explode && place == Place::Query => {
                let names: Vec<String> = names().collect();
                if names.is_empty() {
                    let message = format!(
                        "the parameter `{name}` is an object whose properties nobody names, and is not read from the query"
                    );
                    self.types.warn(node, message);
                    return None;
                }
                Some(Style::Spread(names))
            }
            ("form", true, _) => Some(Style::Delimited(',')),
            ("form", false, true) if place == Place::Cookie => Some(Style::Delimited(',')),
            ("form" | "simple", false, _) if place == Place::Cookie => Some(Style::Plain),
            ("form" | "simple", false, true) => {
                if let Shape::List(list) = &mut ty.shape {
                    list.commas = place != Place::Query || !explode;
                }
                None
            }
            ("form" | "simple", false, false) => None,
            ("simple", true, _) if explode => Some(Style::Pairs(',')),
            ("simple", true, _) => Some(Style::Delimited(',')),
            ("spaceDelimited", false, true) if !explode => Some(Style::Delimited(' ')),
            ("pipeDelimited", false, true) if !explode => Some(Style::Delimited('|')),
            ("spaceDelimited", true, _) => Some(Style::Delimited(' ')),
            ("pipeDelimited", true, _) => Some(Style::Delimited('|')),
            ("spaceDelimited" | "pipeDelimited", false, _) => None,
            ("deepObject", true, _) | ("deepObject", false, true) => Some(Style::Deep),
            ("deepObject", false, false) => None,
            ("label", ..) => Some(Style::Label { explode }),
            ("matrix", ..) => Some(Style::Matrix { explode }),
            (other, ..) => {
                let message = format!(
                    "the parameter `{name}` has the unknown style `{other}` and is not read"
                );
                self.types.warn(node, message);
                return None;
            }
        };
        Some(found)
    }
}

/// The name of a path parameter's segment: of the first route that has one there. `known` are those of
/// the routes so far, by what stands before them.
fn segment(known: &mut HashMap<String, String>, path: &str, name: &str, ident: &Ident) -> String {
    let Some((before, _)) = path.split_once(&format!("{{{name}}}")) else {
        return String::new();
    };
    let before = &before[..before.rfind('/').map_or(0, |cut| cut + 1)];
    let place: Vec<&str> = before
        .split('/')
        .map(|segment| if segment.contains('{') { "{}" } else { segment })
        .collect();
    let place = place.join("/");
    if let Some(found) = known.get(&place) {
        return found.clone();
    }
    // Two segments of one route need two names, whichever route named them.
    let goes_on = |start: &str, end: &str| {
        let rest = end.strip_prefix(start);
        rest.is_some_and(|rest| rest.starts_with("{}/"))
    };
    let taken = |name: &str| {
        let mut others = known.iter();
        others.any(|(other, taken)| {
            taken == name && (goes_on(other, &place) || goes_on(&place, other))
        })
    };
    let mut found = ident.plain().to_owned();
    let mut number = 2;
    while taken(&found) {
        found = format!("{}_{number}", ident.plain());
        number += 1;
    }
    known.insert(place, found.clone());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_called_as_the_first_route_calls_it_and_unlike_others_of_its_route() {
        let mut known = HashMap::new();
        let mut check = |path: &str, name: &str, expected: &str| {
            let ident = Ident::new(name, "parameter");
            assert_eq!(segment(&mut known, path, name, &ident), expected, "{path}");
        };
        check("/accounts/{sid}.json", "sid", "sid");
        check("/accounts/{account}/calls.json", "account", "sid");
        check("/accounts/{account}/calls/{sid}.json", "sid", "sid_2");
        check("/accounts/best/calls/{sid}", "sid", "sid");
        check("/{a}/{b}/{c}", "c", "c");
        check("/{c}/{b}", "c", "c_2");
    }
}
