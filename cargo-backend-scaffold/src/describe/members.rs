//! The fields of a struct as members of an object, and as parameters.

use serde_json::{Value, json};
use syn::{Field, Fields};

use super::item::describe;
use super::schema::{Schemas, nullable};
use super::serde::{Container, Member};
use super::{constraint, default, item, rules, serde_with};
use crate::code::attribute::documentation;
use crate::code::{Place, Scope, Ty, TypeSyntax};

/// A member of an object, and whether it must be there.
pub(super) struct Property {
    pub(super) schema: Value,
    pub(super) required: bool,
    /// Whether serde reads it by a function of its own.
    pub(super) converted: bool,
    /// Whether it comes from a struct that is flattened into another.
    pub(super) flattened: bool,
    /// Where its type is written.
    pub(super) at: Place,
}

/// A field as a member, or as a parameter of a query.
pub(super) fn property(
    schemas: &mut Schemas<'_, '_>,
    field: &Field,
    member: &Member,
    container: &Container,
    scope: &Scope,
) -> Property {
    let ty = schemas.program.ty(&field.ty, scope);
    let at = schemas.program.place(scope.module, &field.ty);
    let inner = match ty.external() {
        Some(("Option", [inner])) => Some(inner.clone()),
        _ => None,
    };
    let optional = inner.is_some();
    // What is left out when it is nothing is never null, unless it is nothing twice.
    let stripped = inner.filter(|_| member.left_out && !container.read);
    // With serde_with's own attribute, that is what the conversion stands for.
    let known = member.written_as.as_ref();
    let known = known.map(|form| serde_with::schema(schemas, &ty, form, at));
    let converted = known.or_else(|| match (&member.converted, optional) {
        (Some(Some(known)), true) => Some(Some(nullable(known.clone()))),
        (known, _) => known.clone(),
    });
    let mut schema = match (&converted, &stripped) {
        (Some(Some(known)), _) => known.clone(),
        (Some(None), _) => {
            schemas.unknown(
                at,
                "how serde writes this field is only known to its function",
            );
            json!({super::UNRESOLVED: "a field with a function of its own"})
        }
        (None, Some(inner)) => schemas.of(inner, at),
        (None, None) => schemas.of(&ty, at),
    };
    let rules = rules::of(schemas.program, scope.module, &field.attrs);
    if rules.required {
        schema = not_null(schema);
    }
    constraint::apply(&mut schema, &rules.constraints);
    constraint::apply(&mut schema, &constraint::of(&field.attrs));
    for message in rules.unknown {
        schemas.unknown(at, message);
    }
    describe(&mut schema, &documentation(&field.attrs));
    if field.attrs.iter().any(|a| a.path().is_ident("deprecated")) {
        schema["deprecated"] = json!(true);
    }
    let required = if container.read {
        let must = !optional || member.read_by_function;
        must && member.defaulted.is_none() && !container.defaulted
    } else {
        !member.left_out
    };
    if container.read
        && let Some(value) = default::value(schemas.program, member, &ty, scope)
        && converted.is_none()
    {
        set(&mut schema, "default", value);
    }
    Property {
        schema,
        required: (required || rules.required) && !member.flattened,
        converted: converted.is_some(),
        flattened: false,
        at,
    }
}

/// The members of a struct, those of flattened ones among them.
pub(super) struct Members {
    pub(super) named: Vec<(String, Property)>,
    /// What all other members are, where a map takes them.
    pub(super) others: Option<(String, Value)>,
}

/// The fields of a struct as parameters, which are there or not, and never null.
pub(super) fn parameters(schemas: &mut Schemas<'_, '_>, ty: &Ty) -> Option<Members> {
    let mut found = members(schemas, ty, 0)?;
    for (_, property) in &mut found.named {
        property.schema = not_null(std::mem::take(&mut property.schema));
    }
    Some(found)
}

/// The fields of a struct with named fields, those of flattened ones among them.
pub(super) fn members(schemas: &mut Schemas<'_, '_>, ty: &Ty, depth: usize) -> Option<Members> {
    let Ty::Item(id, arguments) = ty else {
        return None;
    };
    if let Some(inner) = item::transparent(schemas.program, *id, arguments).filter(|_| depth < 8) {
        return members(schemas, &inner.ty, depth + 1);
    }
    let TypeSyntax::Struct(item) = schemas.program.types[*id].syntax else {
        return None;
    };
    let Fields::Named(fields) = &item.fields else {
        return None;
    };
    let scope = schemas.program.scope_of(*id, arguments);
    let container = Container::of(&item.attrs);
    let mut found = Members {
        named: Vec::new(),
        others: None,
    };
    for field in &fields.named {
        let member = Member::of(&field.attrs);
        let Some(name) = field.ident.as_ref().filter(|_| !member.skipped) else {
            continue;
        };
        if member.flattened && depth < 8 {
            let mut inner = schemas.program.ty(&field.ty, &scope);
            let optional = matches!(inner.external(), Some(("Option", [_])));
            if let Some(("Option", [some])) = inner.external() {
                inner = some.clone();
            }
            if let Some(("HashMap" | "BTreeMap" | "IndexMap", [_, value])) = inner.external() {
                let at = schemas.program.place(scope.module, &field.ty);
                found.others = Some((name.to_string(), schemas.of(value, at)));
                continue;
            }
            let inner = members(schemas, &inner, depth + 1)?;
            for (name, mut property) in inner.named {
                property.required &= !optional;
                property.flattened = true;
                found.named.push((name, property));
            }
            found.others = found.others.or(inner.others);
            continue;
        }
        let name = member.name(name, container.fields);
        let property = property(schemas, field, &member, &container, &scope);
        found.named.push((name, property));
    }
    Some(found)
}

/// A parameter is there or is not; it cannot be null.
fn not_null(mut schema: Value) -> Value {
    if let Some(Value::Array(types)) = schema.get("type")
        && let [one, Value::String(null)] = types.as_slice()
        && null == "null"
    {
        schema["type"] = one.clone();
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
        return schema;
    }
    if let Some(Value::Array(choices)) = schema.get("anyOf")
        && let [one, null] = choices.as_slice()
        && *null == json!({"type": "null"})
    {
        return one.clone();
    }
    schema
}

/// Sets a member of a schema that is not set yet.
fn set(schema: &mut Value, key: &str, value: Value) {
    if let Some(members) = schema.as_object_mut() {
        members.entry(key).or_insert(value);
    }
}
