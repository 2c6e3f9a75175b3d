//! The context of `src/api/types.rs`.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::api::types::{Field, Others, Shape, Struct, TypeDef, TypeId, TypeRef, TypeShape, Union};
use crate::api::{Api, Content};
use crate::render::rust_type::{Rust, doc, quoted, regex_crate};
use crate::render::{imports, note_code};

pub(super) fn context(api: &Api) -> Value {
    let mut rust = Rust::new(&api.types);
    let grown = grown(api);
    let types: Vec<Value> = api
        .types
        .iter()
        .enumerate()
        .map(|(id, def)| {
            rust.own = Some(id);
            let mut shown = definition(def, &mut rust);
            shown["grows"] = json!(grown.contains(&id) && has_members(def));
            shown
        })
        .collect();
    let patterns: Vec<Value> = patterns(&rust);
    let code = code_of(&types);
    let mut uses = imports(
        &code,
        &[
            ("std::collections", "BTreeMap"),
            ("chrono", "DateTime"),
            ("chrono", "NaiveDate"),
            ("chrono", "Utc"),
            ("uuid", "Uuid"),
            ("super::form", "File"),
            ("super::form", "Tree"),
            ("super::form", "Upload"),
            ("super::rule", "Anything"),
            ("super::rule", "Bool"),
            ("super::rule", "Boxed"),
            ("super::rule", "Day"),
            ("super::rule", "Decode"),
            ("super::rule", "Dictionary"),
            ("super::rule", "Faults"),
            ("super::rule", "Id"),
            ("super::rule", "Int"),
            ("super::rule", "List"),
            ("super::rule", "NoObject"),
            ("super::rule", "Nullable"),
            ("super::rule", "Number"),
            ("super::rule", "Object"),
            ("super::rule", "Place"),
            ("super::rule", "Rule as _"),
            ("super::rule", "Text"),
            ("super::rule", "Timestamp"),
            ("super::rule", "of"),
        ],
    );
    if !types.is_empty() {
        uses.push("serde::Serialize".to_owned());
        uses.push("serde_json::Value".to_owned());
    }
    if !patterns.is_empty() {
        uses.push("std::sync::LazyLock".to_owned());
        uses.push(format!("{}::Regex", regex_crate(api)));
    }
    json!({ "types": types, "patterns": patterns, "uses": uses })
}

/// Whether there is anything below that could be more than text.
fn has_members(def: &TypeDef) -> bool {
    match &def.shape {
        TypeShape::Struct(shape) => {
            !shape.fields.is_empty() || matches!(shape.others, Others::Read(_))
        }
        TypeShape::Union(_) => true,
        TypeShape::Enum(_) => false,
    }
}

/// The types that stand in forms and in parameters of objects: their values come as texts.
fn grown(api: &Api) -> HashSet<TypeId> {
    let mut found = HashSet::new();
    let mut open: Vec<&TypeRef> = Vec::new();
    for operation in api.operations() {
        let styled = operation.parameters.iter();
        let styled = styled.filter(|parameter| parameter.style.is_some());
        open.extend(styled.map(|parameter| &parameter.ty));
        match operation.body.as_ref().map(|body| &body.content) {
            Some(Content::Form(ty) | Content::Multipart(ty)) => open.push(ty),
            Some(Content::Json(_) | Content::Bytes(_)) | None => {}
        }
    }
    while let Some(ty) = open.pop() {
        match &ty.shape {
            Shape::List(list) => open.push(&list.item),
            Shape::Map(item) => open.push(item),
            Shape::Named(id) if found.insert(*id) => match api.types.get(*id).map(|def| &def.shape)
            {
                Some(TypeShape::Struct(shape)) => {
                    open.extend(shape.fields.iter().map(|field| &field.ty));
                    if let Others::Read(other) = &shape.others {
                        open.push(&other.1);
                    }
                }
                Some(TypeShape::Union(union)) => {
                    open.extend(union.variants.iter().map(|variant| &variant.ty));
                }
                Some(TypeShape::Enum(_)) | None => {}
            },
            Shape::Named(_)
            | Shape::Text(_)
            | Shape::Int(_)
            | Shape::Number(_)
            | Shape::Bool
            | Shape::Timestamp
            | Shape::Day
            | Shape::Uuid
            | Shape::Any
            | Shape::File => {}
        }
    }
    found
}

fn definition(def: &TypeDef, rust: &mut Rust<'_>) -> Value {
    match &def.shape {
        TypeShape::Struct(shape) => structure(def, shape, rust),
        TypeShape::Enum(variants) => json!({
            "kind": "enum",
            "name": def.name,
            "doc": doc(&def.doc, &format!("One of the values of `{}`.", def.name)),
            "variants": variants.iter().map(|(text, ident)| json!({
                "text": text.replace('`', "'").replace(['\n', '\r'], " "),
                "quoted": quoted(text),
                "ident": ident.pascal,
            })).collect::<Vec<_>>(),
        }),
        TypeShape::Union(union) => alternatives(def, union, rust),
    }
}

pub(super) fn patterns(rust: &Rust<'_>) -> Vec<Value> {
    rust.patterns
        .iter()
        .map(|(pattern, name)| json!({"name": name, "pattern": quoted(pattern)}))
        .collect()
}

/// What of a context becomes code, and not comments.
fn code_of(types: &[Value]) -> String {
    let mut code = String::new();
    for ty in types {
        let kind = ty["kind"].as_str().unwrap_or_default();
        code += match kind {
            "struct" => " Decode Faults Place Object ",
            "enum" => " Decode Faults Place Rule Text ",
            _ => " Decode Faults Place Rule ",
        };
        if ty["grows"] == json!(true) {
            code += " Rule Tree ";
        }
        for list in ["fields", "variants"] {
            for member in ty[list].as_array().into_iter().flatten() {
                note_code(&mut code, &[&member["type"], &member["rule"]]);
            }
        }
        if ty["additional"].is_object() {
            let other = &ty["additional"];
            code += " BTreeMap ";
            note_code(&mut code, &[&other["type"], &other["rule"]]);
        }
    }
    code
}

fn structure(def: &TypeDef, shape: &Struct, rust: &mut Rust<'_>) -> Value {
    let fields: Vec<Value> = shape
        .fields
        .iter()
        .map(|field| member(field, rust))
        .collect();
    let known: Vec<String> = shape
        .fields
        .iter()
        .map(|field| quoted(&field.name))
        .collect();
    let additional = match &shape.others {
        Others::Read(other) => {
            let (ident, ty) = &**other;
            Some(json!({"ident": ident.snake, "type": rust.ty(ty), "rule": rust.rule(ty)}))
        }
        Others::Refused | Others::Ignored => None,
    };
    let closed = matches!(shape.others, Others::Refused);
    let count = shape.count.map(|(min, max)| {
        let max = if max == usize::MAX {
            "usize::MAX".to_owned()
        } else {
            max.to_string()
        };
        format!("{min}, {max}")
    });
    json!({
        "kind": "struct",
        "name": def.name,
        "doc": doc(&def.doc, &format!("`{}` of the document.", def.name)),
        "mutable": !fields.is_empty() || closed || additional.is_some() || count.is_some(),
        "fields": fields,
        "known": known.join(", "),
        "closed": closed,
        "additional": additional,
        "count": count,
    })
}

fn member(field: &Field, rust: &mut Rust<'_>) -> Value {
    let inner = rust.ty(&field.ty);
    let ty = if field.required {
        inner
    } else {
        format!("Option<{inner}>")
    };
    let plain = field.ident.plain();
    let mut serde = Vec::new();
    if plain != field.name {
        serde.push(format!("rename = {}", quoted(&field.name)));
    }
    if !field.required {
        serde.push("skip_serializing_if = \"Option::is_none\"".to_owned());
    }
    let serde = if serde.is_empty() {
        String::new()
    } else {
        format!("#[serde({})]", serde.join(", "))
    };
    json!({
        "doc": doc(&field.doc, &format!("`{}`", field.name.replace('`', "'"))),
        "serde": serde,
        "ident": field.ident.snake,
        "type": ty,
        "required": field.required,
        "quoted": quoted(&field.name),
        "rule": rust.rule(&field.ty),
    })
}

fn alternatives(def: &TypeDef, union: &Union, rust: &mut Rust<'_>) -> Value {
    let variants: Vec<Value> = union
        .variants
        .iter()
        .map(|variant| {
            let tags: Vec<String> = variant.tags.iter().map(|tag| quoted(tag)).collect();
            json!({
                "ident": variant.ident.pascal,
                "doc": if variant.rest {
                    "What is no object: an alternative demands no type.".to_owned()
                } else {
                    format!("One alternative: `{}`.", variant.ident.pascal)
                },
                "type": rust.ty(&variant.ty),
                "rule": if variant.rest { "NoObject".to_owned() } else { rust.rule(&variant.ty) },
                "tags": tags.join(" | "),
            })
        })
        .collect();
    json!({
        "kind": "union",
        "name": def.name,
        "doc": doc(&def.doc, &format!("One of the alternatives of `{}`.", def.name)),
        "variants": variants,
        "tag": union.tag.as_deref().map(quoted),
        "exactly_one": union.exactly_one,
    })
}
