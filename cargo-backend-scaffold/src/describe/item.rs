//! A struct or an enum as serde reads and writes it.

use serde_json::{Value, json};
use syn::{Field, Fields};

use super::members::{Property, members, property};
use super::schema::{Schemas, object};
use super::serde::{Container, Member};
use super::{constraint, rules};
use crate::code::attribute::documentation;
use crate::code::{Program, Scope, Ty, TypeSyntax};

/// A type that is another one as JSON: a newtype, or one that serde converts.
pub(super) struct Transparent {
    pub(super) ty: Ty,
    description: String,
    constraints: Vec<(String, Value)>,
    /// What is said of rules that do not stand in the document.
    pub(super) unknown: Vec<String>,
}

impl Transparent {
    /// Adds what the outer type says.
    pub(super) fn describe(&self, schema: &mut Value) {
        describe(schema, &self.description);
        constraint::apply(schema, &self.constraints);
    }
}

/// What a type stands for, where it stands for another.
pub(super) fn transparent(
    program: &Program<'_>,
    id: usize,
    arguments: &[Ty],
) -> Option<Transparent> {
    let item = &program.types[id];
    let scope = program.scope_of(id, arguments);
    let attributes = item.syntax.attributes();
    let container = Container::of(attributes);
    if let Some(converted) = &container.converted {
        let syntax: syn::Type = syn::parse_str(converted).ok()?;
        return Some(Transparent {
            ty: program.ty(&syntax, &scope),
            description: documentation(attributes),
            constraints: Vec::new(),
            unknown: Vec::new(),
        });
    }
    let TypeSyntax::Struct(made) = item.syntax else {
        return None;
    };
    let one = |field: &Field| {
        let rules = rules::of(program, scope.module, &field.attrs);
        let mut constraints = rules.constraints;
        constraints.extend(constraint::of(&field.attrs));
        Transparent {
            ty: program.ty(&field.ty, &scope),
            description: documentation(attributes),
            constraints,
            unknown: rules.unknown,
        }
    };
    match &made.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first().map(one),
        Fields::Named(fields) if container.transparent => fields.named.first().map(one),
        Fields::Named(_) | Fields::Unnamed(_) | Fields::Unit => None,
    }
}

/// The schema of a struct or an enum.
pub(super) fn schema(schemas: &mut Schemas<'_, '_>, id: usize, arguments: &[Ty]) -> Value {
    let syntax = schemas.program.types[id].syntax;
    let scope = schemas.program.scope_of(id, arguments);
    let attributes = syntax.attributes();
    let container = Container::of(attributes);
    // Rules of a whole, such as `#[validate(schema(function = "…"))]`.
    for message in rules::of(schemas.program, scope.module, attributes).unknown {
        let at = schemas.program.place(scope.module, syntax.ident());
        schemas.unknown(at, message);
    }
    let mut schema = match syntax {
        TypeSyntax::Struct(item) => fields(schemas, &item.fields, &container, &scope),
        TypeSyntax::Enum(item) => variants(schemas, item, &container, &scope),
        TypeSyntax::Alias(item) => {
            let at = schemas.program.place(scope.module, &item.ident);
            schemas.of(&schemas.program.ty(&item.ty, &scope), at)
        }
    };
    describe(&mut schema, &documentation(attributes));
    schema
}

/// Adds a description, and none where there is nothing to say.
pub(super) fn describe(schema: &mut Value, text: &str) {
    if let (Some(members), false) = (schema.as_object_mut(), text.is_empty()) {
        members.insert("description".to_owned(), json!(text));
    }
}

/// What stands between the braces of a struct or a variant.
fn fields(
    schemas: &mut Schemas<'_, '_>,
    fields: &Fields,
    container: &Container,
    scope: &Scope,
) -> Value {
    match fields {
        Fields::Unit => json!({"type": "null"}),
        Fields::Unnamed(unnamed) => {
            let parts: Vec<Ty> = unnamed
                .unnamed
                .iter()
                .map(|field| schemas.program.ty(&field.ty, scope))
                .collect();
            let at = schemas.program.place(scope.module, unnamed);
            match parts.as_slice() {
                [one] => schemas.of(one, at),
                _ => schemas.of(&Ty::Tuple(parts), at),
            }
        }
        Fields::Named(named) => named_fields(schemas, &named.named, container, scope),
    }
}

fn named_fields<'f>(
    schemas: &mut Schemas<'_, '_>,
    fields: impl IntoIterator<Item = &'f Field>,
    container: &Container,
    scope: &Scope,
) -> Value {
    let mut properties: Vec<(String, Value)> = Vec::new();
    let mut required = Vec::new();
    let mut flattened = Vec::new();
    for field in fields {
        let member = Member::of(&field.attrs);
        let Some(name) = field.ident.as_ref().filter(|_| !member.skipped) else {
            continue;
        };
        if let Some(inner) = flattened_struct(schemas, field, &member, scope) {
            for (name, property) in inner {
                required.extend(property.required.then(|| json!(name)));
                properties.push((name, property.schema));
            }
            continue;
        }
        let property = property(schemas, field, &member, container, scope);
        if member.flattened {
            flattened.push(property.schema);
            continue;
        }
        let name = member.name(name, container.fields);
        if property.required {
            required.push(json!(name));
        }
        properties.push((name, property.schema));
    }
    let mut schema = json!({"type": "object"});
    if !properties.is_empty() {
        schema["properties"] = object(properties);
    }
    if !required.is_empty() {
        schema["required"] = Value::Array(required);
    }
    if container.closed && flattened.is_empty() {
        schema["additionalProperties"] = json!(false);
    }
    if flattened.is_empty() {
        return schema;
    }
    // A map that takes all other members says nothing about any.
    let maps = flattened
        .iter()
        .find_map(|inner| inner.get("additionalProperties"));
    if let Some(others) = maps.cloned() {
        schema["additionalProperties"] = others;
        flattened.retain(|inner| inner.get("additionalProperties").is_none());
    }
    if flattened.is_empty() {
        return schema;
    }
    flattened.push(schema);
    json!({"allOf": flattened})
}

/// The members of a struct that is flattened into another; of what else is flattened there is no list.
fn flattened_struct(
    schemas: &mut Schemas<'_, '_>,
    field: &Field,
    member: &Member,
    scope: &Scope,
) -> Option<Vec<(String, Property)>> {
    if !member.flattened {
        return None;
    }
    let mut ty = schemas.program.ty(&field.ty, scope);
    let mut optional = false;
    if let Some(("Option", [inner])) = ty.external() {
        ty = inner.clone();
        optional = true;
    }
    let found = members(schemas, &ty, 0)?;
    if found.others.is_some() {
        return None;
    }
    let mut members = found.named;
    for (_, property) in &mut members {
        property.required &= !optional;
    }
    Some(members)
}

fn variants(
    schemas: &mut Schemas<'_, '_>,
    item: &syn::ItemEnum,
    container: &Container,
    scope: &Scope,
) -> Value {
    let kept: Vec<(&syn::Variant, Member)> = item
        .variants
        .iter()
        .map(|variant| (variant, Member::of(&variant.attrs)))
        .filter(|(_, member)| !member.skipped)
        .collect();
    let name =
        |variant: &syn::Variant, member: &Member| member.name(&variant.ident, container.variants);
    let plain = kept
        .iter()
        .all(|(variant, _)| matches!(variant.fields, Fields::Unit));
    let tagged = container.tag.is_some() || container.untagged;
    if plain && !tagged {
        let names: Vec<String> = kept.iter().map(|(v, member)| name(v, member)).collect();
        if container.numbers {
            return json!({"type": "integer"});
        }
        return json!({"type": "string", "enum": names});
    }
    let mut choices = Vec::new();
    for (variant, member) in &kept {
        let called = name(variant, member);
        let inner = Container {
            fields: member.renamed_fields.unwrap_or(container.variant_fields),
            ..container.clone()
        };
        let payload = (!matches!(variant.fields, Fields::Unit))
            .then(|| fields(schemas, &variant.fields, &inner, scope));
        let mut choice = if member.untagged || container.untagged {
            payload.unwrap_or(json!({"type": "null"}))
        } else {
            choice(container, &called, payload)
        };
        describe(&mut choice, &documentation(&variant.attrs));
        choices.push(choice);
    }
    json!({"oneOf": choices})
}

/// A variant under its tag.
fn choice(container: &Container, name: &str, payload: Option<Value>) -> Value {
    let word = json!({"type": "string", "enum": [name]});
    match (&container.tag, &container.content, payload) {
        (None, _, None) => word,
        (None, _, Some(payload)) => json!({
            "type": "object", "properties": {name: payload}, "required": [name],
            "additionalProperties": false,
        }),
        (Some(tag), _, None) => {
            json!({"type": "object", "properties": {tag: word}, "required": [tag]})
        }
        (Some(tag), Some(content), Some(payload)) => json!({
            "type": "object", "properties": {tag: word, content: payload},
            "required": [tag, content],
        }),
        (Some(tag), None, Some(mut payload)) => {
            let tagged = payload.get("type") == Some(&json!("object"));
            if !tagged {
                let own = json!({"type": "object", "properties": {tag: word}, "required": [tag]});
                return json!({"allOf": [payload, own]});
            }
            let before = payload
                .get("properties")
                .and_then(Value::as_object)
                .cloned();
            let members = [(tag.clone(), word)];
            payload["properties"] = object(members.into_iter().chain(before.unwrap_or_default()));
            let mut required = vec![json!(tag)];
            let others = payload.get("required").and_then(Value::as_array).cloned();
            required.extend(others.unwrap_or_default());
            payload["required"] = Value::Array(required);
            payload
        }
    }
}
