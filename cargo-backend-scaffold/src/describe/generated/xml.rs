//! Which elements and attributes the tables of `xml.rs` have for the properties of a schema, as the
//! "XML Object" of OpenAPI says it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use syn::{Expr, ExprCall};

use super::{constant, field, flag, last_two, peeled, text};
use crate::code::ModuleId;
use crate::describe::schema::Schemas;

pub(super) const XML: &str = "application/xml";

/// The schema of a body as it stands in XML. `root` names the table of its outermost element;
/// `home` is a module beside that of the tables.
pub(super) fn elements(
    schemas: &mut Schemas<'_, '_>,
    home: ModuleId,
    root: &Expr,
    schema: &Value,
) -> Value {
    let mut schema = schema.clone();
    let mut tables = Tables {
        schemas,
        home,
        seen: BTreeSet::new(),
    };
    if tables.root(root, &mut schema).is_none() {
        let at = tables.schemas.program.place(home, root);
        let message = "which elements this body has in XML is not known here";
        tables.schemas.unknown(at, message);
    }
    schema
}

struct Tables<'s, 'p, 'a> {
    schemas: &'s mut Schemas<'p, 'a>,
    home: ModuleId,
    /// Components that have their elements, with the tables that these are of.
    seen: BTreeSet<(String, String)>,
}

/// `Element::new("name", Shape::Text).of("namespace", "prefix").nil()`.
#[derive(Default)]
struct Element<'e> {
    name: String,
    namespace: String,
    prefix: String,
    shape: Option<&'e Expr>,
}

impl<'e> Element<'e> {
    fn of(expression: &'e Expr) -> Option<Self> {
        match peeled(expression) {
            Expr::MethodCall(call) => {
                let mut element = Self::of(&call.receiver)?;
                if call.method == "of" {
                    let mut arguments = call.args.iter();
                    element.namespace = text(arguments.next()?)?;
                    element.prefix = text(arguments.next()?)?;
                }
                Some(element)
            }
            Expr::Call(call) => {
                let mut arguments = call.args.iter();
                Some(Self {
                    name: text(arguments.next()?)?,
                    shape: arguments.next(),
                    ..Self::default()
                })
            }
            _ => None,
        }
    }

    /// What a schema says of it that would be called `usual`.
    fn said(&self, usual: &str) -> Map<String, Value> {
        let texts = [
            ("name", &self.name),
            ("namespace", &self.namespace),
            ("prefix", &self.prefix),
        ];
        let mut said = Map::new();
        for (key, text) in texts {
            if !text.is_empty() && (key != "name" || text != usual) {
                said.insert(key.to_owned(), json!(text));
            }
        }
        said
    }

    /// The kind of its shape, and what stands in the brackets behind it.
    fn shape(&self) -> Option<(String, Option<&'e Expr>)> {
        shape(self.shape?)
    }
}

fn shape(expression: &Expr) -> Option<(String, Option<&Expr>)> {
    match peeled(expression) {
        Expr::Path(path) => Some((last_two(&path.path).1, None)),
        Expr::Call(call) => Some((called(call)?, call.args.first().map(peeled))),
        _ => None,
    }
}

fn called(call: &ExprCall) -> Option<String> {
    match &*call.func {
        Expr::Path(path) => Some(last_two(&path.path).1),
        _ => None,
    }
}

/// The name of a component that a schema refers to.
fn referred(schema: &Value) -> Option<String> {
    let name = schema.get("$ref")?.as_str()?.rsplit('/').next()?;
    Some(name.to_owned())
}

fn say(schema: &mut Value, said: Map<String, Value>) {
    if let (Some(schema), false) = (schema.as_object_mut(), said.is_empty()) {
        schema.insert("xml".to_owned(), Value::Object(said));
    }
}

impl<'p> Tables<'_, 'p, '_> {
    fn table(&self, name: &Expr) -> Option<(String, &'p Expr)> {
        let Expr::Path(path) = peeled(name) else {
            return None;
        };
        let name = last_two(&path.path).1;
        let path = format!("super::xml::{name}");
        let (_, value) = constant(self.schemas.program, self.home, &path)?;
        Some((name, value))
    }

    fn root(&mut self, root: &Expr, schema: &mut Value) -> Option<()> {
        let (_, Expr::Struct(made)) = self.table(root)? else {
            return None;
        };
        let element = Element::of(field(made, "element")?)?;
        self.inside(schema, &element)?;
        if flag(field(made, "any")?) {
            return Some(());
        }
        match referred(schema) {
            Some(name) => {
                let said = element.said(&name);
                let component = self.schemas.components.get_mut(&name);
                component
                    .into_iter()
                    .for_each(|component| say(component, said.clone()));
            }
            None => say(schema, element.said("")),
        }
        Some(())
    }

    /// What stands in an element, where its schema says more than that it is one value.
    fn inside(&mut self, schema: &mut Value, element: &Element<'_>) -> Option<()> {
        let (kind, table) = element.shape()?;
        // `anyOf` with `null` is the other one, or nothing.
        if let Some([first, null]) = schema
            .get_mut("anyOf")
            .and_then(Value::as_array_mut)
            .map(Vec::as_mut_slice)
            && *null == json!({"type": "null"})
        {
            return self.inside(first, element);
        }
        match (kind.as_str(), table) {
            ("Object" | "Union", Some(table)) => self.component(schema, table),
            ("List", Some(item)) => self.items(schema, &element.name, &Element::of(item)?),
            ("Map", Some(other)) => match schema.get_mut("additionalProperties") {
                Some(other_schema) if other_schema.is_object() => {
                    self.inside(other_schema, &Element::of(other)?)
                }
                _ => Some(()),
            },
            _ => Some(()),
        }
    }

    fn items(&mut self, list: &mut Value, usual: &str, item: &Element<'_>) -> Option<()> {
        let items = list.get_mut("items")?;
        say(items, item.said(usual));
        self.inside(items, item)
    }

    fn component(&mut self, schema: &mut Value, table: &Expr) -> Option<()> {
        let (name, value) = self.table(table)?;
        let Some(component) = referred(schema) else {
            return self.members(schema, value);
        };
        if !self.seen.insert((component.clone(), name)) {
            return Some(());
        }
        let mut inner = self.schemas.components.get(&component)?.clone();
        self.members(&mut inner, value)?;
        self.schemas.components.insert(component, inner);
        Some(())
    }

    fn members(&mut self, schema: &mut Value, table: &'p Expr) -> Option<()> {
        if let Expr::Array(shapes) = peeled(table) {
            let keyword = ["oneOf", "anyOf"]
                .into_iter()
                .find(|key| schema.get(key).is_some())?;
            let alternatives = schema.get_mut(keyword)?.as_array_mut()?;
            for (alternative, shape) in alternatives.iter_mut().zip(&shapes.elems) {
                let element = Element {
                    shape: Some(shape),
                    ..Element::default()
                };
                self.inside(alternative, &element)?;
            }
            return Some(());
        }
        let Expr::Struct(made) = peeled(table) else {
            return None;
        };
        let Expr::Array(members) = peeled(field(made, "members")?) else {
            return None;
        };
        for member in &members.elems {
            self.member(schema, member)?;
        }
        Some(())
    }

    /// `Member::new("property", Place::Child, element).required()`.
    fn member(&mut self, object: &mut Value, member: &'p Expr) -> Option<()> {
        let call = match peeled(member) {
            Expr::MethodCall(outer) => peeled(&outer.receiver),
            other => other,
        };
        let Expr::Call(call) = call else {
            return None;
        };
        let mut arguments = call.args.iter();
        let property = text(arguments.next()?)?;
        let (place, _) = shape(arguments.next()?)?;
        let element = Element::of(arguments.next()?)?;
        // What only goes the other way is no property of this type.
        let Some(schema) = object
            .get_mut("properties")
            .and_then(|all| all.get_mut(&property))
        else {
            return Some(());
        };
        if place == "Children" {
            return self.items(schema, &property, &element);
        }
        let mut said = element.said(&property);
        if place == "Attribute" {
            said.insert("attribute".to_owned(), json!(true));
        }
        if element.shape()?.0 == "List" {
            said.insert("wrapped".to_owned(), json!(true));
        }
        say(schema, said);
        self.inside(schema, &element)
    }
}
