//! Named types: each schema once, or once for requests and once for responses where it has
//! properties that only one of them has.

use std::collections::{HashMap, HashSet};

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::openapi::Node;
use serde_json::Value;

use crate::api::ident::{Ident, Names};
use crate::api::markup::Markup;
use crate::api::types::{
    Field, Others, Shape, Struct, TypeDef, TypeId, TypeRef, TypeShape, Union, Variant,
};
use crate::lower::schema;
use crate::lower::taken::TAKEN;
use crate::lower::xml::Markups;

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    Request,
    Response,
}

/// The types found so far.
#[derive(Debug)]
pub(crate) struct Types {
    defs: Vec<Option<TypeDef>>,
    known: HashMap<(String, Option<Direction>), TypeId>,
    enums: HashMap<(String, Vec<String>), TypeId>,
    open: HashSet<TypeId>,
    /// Whether a schema differs between requests and responses, by its pointer.
    one_way: HashMap<String, bool>,
    names: Names,
    pub(crate) findings: Vec<Diagnostic>,
    pub(crate) markups: Markups,
    /// Binary text is a file here.
    pub(crate) in_multipart: bool,
}

impl Types {
    pub(crate) fn new() -> Self {
        Self {
            defs: Vec::new(),
            known: HashMap::new(),
            enums: HashMap::new(),
            open: HashSet::new(),
            one_way: HashMap::new(),
            names: Names::with(TAKEN),
            findings: Vec::new(),
            markups: Markups::default(),
            in_multipart: false,
        }
    }

    /// Keeps a name from being that of a type.
    pub(crate) fn reserve_name(&mut self, name: &str) {
        self.names.take(name);
    }

    pub(crate) fn finish(self) -> (Vec<TypeDef>, Markup, Vec<Diagnostic>) {
        let defs = self.defs.into_iter().flatten().collect();
        (defs, self.markups.finish(), self.findings)
    }

    /// The type of a use, where it has a name and is known already.
    pub(crate) fn def(&self, ty: &TypeRef) -> Option<&TypeDef> {
        let Shape::Named(id) = ty.shape else {
            return None;
        };
        self.defs.get(id)?.as_ref()
    }

    pub(crate) fn warn(&mut self, node: &Node<'_>, message: impl Into<String>) {
        let warning = node.warning(message);
        if !self.findings.contains(&warning) {
            self.findings.push(warning);
        }
    }

    pub(crate) fn fail(&mut self, node: &Node<'_>, message: impl Into<String>, help: &str) {
        let fault = node.error(message).help(help);
        if !self.findings.contains(&fault) {
            self.findings.push(fault);
        }
    }

    /// The use of a schema. `context` names the type if the schema has no name of its own,
    /// `property` is the last part of that name.
    pub(crate) fn reference(
        &mut self,
        node: &Node<'_>,
        way: Direction,
        context: &str,
        property: &str,
    ) -> TypeRef {
        if let Some(only) = schema::only_alternative(node) {
            let mut ty = self.reference(&only, way, context, property);
            ty.nullable |= node.flag("nullable");
            ty.default = node.value.get("default").cloned().or(ty.default);
            return ty;
        }
        let shape = self.shape(node, way, context, property);
        let boxed = matches!(shape, Shape::Named(id) if self.open.contains(&id));
        TypeRef {
            shape,
            boxed,
            nullable: node.flag("nullable"),
            default: node.value.get("default").filter(|v| !v.is_null()).cloned(),
        }
    }

    fn shape(&mut self, node: &Node<'_>, way: Direction, context: &str, property: &str) -> Shape {
        if node.get("not").is_some() {
            self.warn(node, "`not` is not enforced by the generated service");
        }
        if let Some(words) = schema::words(node) {
            return Shape::Named(self.enumeration(node, &words, context, property));
        }
        if let Some(keyword) = schema::union_keyword(node) {
            return Shape::Named(self.union(node, keyword, way, context));
        }
        if schema::is_object(node) {
            let properties = schema::properties(node);
            if properties.is_empty() {
                return match schema::other_properties(node) {
                    Some(other) => {
                        let item =
                            self.reference(&other, way, &format!("{context}Value"), property);
                        Shape::Map(Box::new(unboxed(item)))
                    }
                    None if node.value.get("additionalProperties") == Some(&Value::Bool(false)) => {
                        Shape::Named(self.structure(node, way, context))
                    }
                    None => Shape::Map(Box::new(TypeRef::of(Shape::Any))),
                };
            }
            return Shape::Named(self.structure(node, way, context));
        }
        if node.text("type") == Some("array") {
            let item = match node.get("items") {
                Some(items) => self.reference(&items, way, &format!("{context}Item"), property),
                None => TypeRef::of(Shape::Any),
            };
            return schema::list(node, unboxed(item));
        }
        schema::scalar(node, self)
    }

    fn enumeration(
        &mut self,
        node: &Node<'_>,
        words: &[String],
        context: &str,
        property: &str,
    ) -> TypeId {
        let named = component(node);
        let key = (
            named.clone().unwrap_or_else(|| property.to_owned()),
            words.to_vec(),
        );
        if let Some(&id) = self.enums.get(&key) {
            return id;
        }
        let mut variants = Names::default();
        let shape = TypeShape::Enum(
            words
                .iter()
                .map(|word| {
                    let fallback = if word.is_empty() { "empty" } else { "other" };
                    (word.clone(), variants.take_ident(word, fallback))
                })
                .collect(),
        );
        let id = self.reserve();
        let name = self.name(named.as_deref().unwrap_or(context), None);
        self.enums.insert(key, id);
        self.define(id, node, name, shape);
        id
    }

    fn structure(&mut self, node: &Node<'_>, way: Direction, context: &str) -> TypeId {
        let sensitive = schema::has_one_way_properties(node, &mut self.one_way);
        let way_key = sensitive.then_some(way);
        let key = (node.pointer.clone(), way_key);
        if let Some(&id) = self.known.get(&key) {
            return id;
        }
        let id = self.reserve();
        self.known.insert(key, id);
        self.open.insert(id);
        let named = component(node);
        let name = self.name(named.as_deref().unwrap_or(context), way_key);
        let mut idents = Names::with(&["object", "value", "place", "faults"]);
        let mut fields = Vec::new();
        for property in schema::properties(node) {
            let hidden = match way {
                Direction::Request => property.node.flag("readOnly"),
                Direction::Response => property.node.flag("writeOnly"),
            };
            if hidden {
                continue;
            }
            let ident = idents.take_ident(&property.name, "property");
            let inner = format!("{name}{}", ident.pascal);
            let ty = self.reference(&property.node, way, &inner, &property.name);
            fields.push(Field {
                required: property.required,
                read_only: property.node.flag("readOnly"),
                unique: property.node.flag("x-unique"),
                column: schema::named_column(&property.node),
                doc: property
                    .node
                    .text("description")
                    .unwrap_or_default()
                    .to_owned(),
                name: property.name,
                ident,
                ty,
            });
        }
        let others = match schema::other_properties(node) {
            Some(other) => {
                let ty = self.reference(&other, way, &format!("{name}Value"), "value");
                Others::Read(Box::new((
                    idents.take_ident("additional", "additional"),
                    ty,
                )))
            }
            None if schema::is_closed(node) => Others::Refused,
            None => Others::Ignored,
        };
        let count = schema::property_count(node);
        self.open.remove(&id);
        let shape = TypeShape::Struct(Struct {
            fields,
            others,
            count,
            table: schema::named_table(node),
        });
        self.define(id, node, name, shape);
        id
    }

    fn union(&mut self, node: &Node<'_>, keyword: &str, way: Direction, context: &str) -> TypeId {
        let way_key = schema::has_one_way_properties(node, &mut self.one_way).then_some(way);
        let key = (node.pointer.clone(), way_key);
        if let Some(&id) = self.known.get(&key) {
            return id;
        }
        let id = self.reserve();
        self.known.insert(key, id);
        self.open.insert(id);
        let name = self.name(component(node).as_deref().unwrap_or(context), way_key);
        let mut idents = Names::default();
        let mut variants = Vec::new();
        let alternatives = node
            .get(keyword)
            .map(|list| list.items())
            .unwrap_or_default();
        for (index, alternative) in alternatives.iter().enumerate() {
            let label = component(alternative).unwrap_or_else(|| format!("Variant{}", index + 1));
            let ident = idents.take_ident(&label, "variant");
            let mut ty =
                self.reference(alternative, way, &format!("{name}{}", ident.pascal), &label);
            // Alternatives differ in size, and an enum is as large as its largest.
            ty.boxed = matches!(ty.shape, Shape::Named(_));
            let tags = schema::tags(node, alternative, &label);
            variants.push(Variant {
                ident,
                tags,
                ty,
                rest: false,
            });
        }
        if schema::allows_other_values(node, &alternatives) {
            variants.push(Variant {
                ident: idents.take_ident("NoObject", "variant"),
                tags: Vec::new(),
                ty: TypeRef::of(Shape::Any),
                rest: true,
            });
        }
        self.open.remove(&id);
        let shape = TypeShape::Union(Union {
            variants,
            tag: schema::discriminator(node),
            exactly_one: keyword == "oneOf",
        });
        self.define(id, node, name, shape);
        id
    }

    fn reserve(&mut self) -> TypeId {
        self.defs.push(None);
        self.defs.len() - 1
    }

    fn define(&mut self, id: TypeId, node: &Node<'_>, name: String, shape: TypeShape) {
        let doc = node.text("description").unwrap_or_default().to_owned();
        if let Some(slot) = self.defs.get_mut(id) {
            *slot = Some(TypeDef { name, doc, shape });
        }
    }

    fn name(&mut self, name: &str, way: Option<Direction>) -> String {
        let pascal = Ident::new(name, "Value").pascal;
        let pascal = match way {
            Some(Direction::Request) => format!("{pascal}Input"),
            Some(Direction::Response) | None => pascal,
        };
        self.names.take(&pascal)
    }
}

/// A list or map is on the heap already.
fn unboxed(mut ty: TypeRef) -> TypeRef {
    ty.boxed = false;
    ty
}

/// The name of a schema that has one.
pub(super) fn component(node: &Node<'_>) -> Option<String> {
    if let Some(name) = node.pointer.strip_prefix("/components/schemas/") {
        return (!name.contains('/')).then(|| node.name());
    }
    // A file of its own, or one of the schemas in a file.
    let inside = node.pointer.strip_prefix("/x-files/")?;
    let (_, inside) = inside.split_once('/').unwrap_or((inside, ""));
    if inside.is_empty() {
        let file = node.location().file;
        let stem = std::path::Path::new(&file).file_stem()?;
        return Some(stem.to_string_lossy().into_owned());
    }
    let list = inside.rsplit_once('/').map_or("", |(list, _)| list);
    matches!(list, "" | "components/schemas" | "schemas" | "definitions").then(|| node.name())
}
