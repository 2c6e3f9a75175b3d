//! The context of `src/api/types.rs`.

use serde_json::{Value, json};

use crate::api::Api;
use crate::api::types::{Field, Others, Struct, TypeDef, TypeShape, Union};
use crate::render::rust_type::{Rust, doc, quoted, regex_crate};
use crate::render::{imports, note_code};

pub(super) fn context(api: &Api) -> Value {
    let mut rust = Rust::new(&api.types);
    let types: Vec<Value> = api
        .types
        .iter()
        .enumerate()
        .map(|(id, def)| {
            rust.own = Some(id);
            definition(def, &mut rust)
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
                "doc": format!("One alternative: `{}`.", variant.ident.pascal),
                "type": rust.ty(&variant.ty),
                "rule": rust.rule(&variant.ty),
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
