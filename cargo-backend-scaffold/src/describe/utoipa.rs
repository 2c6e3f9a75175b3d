//! What `#[utoipa::path(…)]` says of an operation, which goes before what is read off its types.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use serde_json::{Value, json};

use super::schema::Schemas;
use super::status;
use crate::code::attribute::{Word, split, text};
use crate::code::{Place, Scope, Ty};

/// The members of an operation that the attribute sets.
pub(super) fn apply(
    schemas: &mut Schemas<'_, '_>,
    words: &[Word],
    scope: &Scope,
    at: Place,
    operation: &mut Value,
) {
    for word in words {
        match word.name.as_str() {
            "tag" => {
                if let Some(tag) = word.text() {
                    operation["tags"] = json!([tag]);
                }
            }
            "operation_id" => set(operation, "operationId", word.text()),
            "summary" => set(operation, "summary", word.text()),
            "description" => set(operation, "description", word.text()),
            "params" => params(schemas, word, scope, at, operation),
            "security" => {
                operation["security"] = Value::Array(ways(word.tokens.clone()));
            }
            "responses" => responses(schemas, word, scope, at, operation),
            _ => {}
        }
    }
}

/// `params(("id" = u64, Path, description = "…"), …)`: words for parameters that are read by type, and
/// those that the handler reads in another way. Types among them are read off its extractors.
fn params(
    schemas: &mut Schemas<'_, '_>,
    word: &Word,
    scope: &Scope,
    at: Place,
    operation: &mut Value,
) {
    for tokens in split(word.tokens.clone()) {
        let mut tokens = tokens.into_iter();
        let (Some(TokenTree::Group(group)), None) = (tokens.next(), tokens.next()) else {
            continue;
        };
        let Some(told) = Told::of(group.stream()) else {
            continue;
        };
        let listed = operation["parameters"].take();
        let mut listed = listed.as_array().cloned().unwrap_or_default();
        let same = |known: &&mut Value| known["name"] == *told.name && known["in"] == *told.place;
        match listed.iter_mut().find(same) {
            Some(known) => {
                if let Some(words) = told.words {
                    known["description"] = json!(words);
                }
            }
            // Those of the path are all there: another name is another route's.
            None if told.place == "path" => {}
            None => {
                let optional = |ty: &Ty| matches!(ty.external(), Some(("Option", _)));
                let ty = told.ty.map(|ty| schemas.program.ty(&ty, scope));
                let mut parameter = json!({"name": told.name, "in": told.place});
                if ty.as_ref().is_none_or(|ty| !optional(ty)) {
                    parameter["required"] = json!(true);
                }
                if let Some(words) = told.words {
                    parameter["description"] = json!(words);
                }
                let schema = ty.map_or(json!({"type": "string"}), |ty| schemas.of(&ty, at));
                parameter["schema"] = schema;
                listed.push(parameter);
            }
        }
        if listed.is_empty() {
            if let Some(members) = operation.as_object_mut() {
                members.shift_remove("parameters");
            }
        } else {
            operation["parameters"] = Value::Array(listed);
        }
    }
}

/// A parameter that is written out.
struct Told {
    name: String,
    place: &'static str,
    ty: Option<syn::Type>,
    words: Option<String>,
}

impl Told {
    fn of(tokens: TokenStream) -> Option<Self> {
        let mut parts = split(tokens).into_iter();
        let mut first = parts.next()?.into_iter();
        let name: syn::LitStr = syn::parse2(first.next()?.into()).ok()?;
        let ty = syn::parse2(first.skip(1).collect()).ok();
        let mut told = Self {
            name: name.value(),
            place: "query",
            ty,
            words: None,
        };
        for part in parts {
            if let Ok(place) = syn::parse2::<syn::Ident>(part.clone()) {
                told.place = match place.to_string().as_str() {
                    "Path" => "path",
                    "Header" => "header",
                    "Cookie" => "cookie",
                    "Query" => "query",
                    _ => told.place,
                };
            } else if let Ok(pair) = syn::parse2::<syn::MetaNameValue>(part)
                && pair.path.is_ident("description")
            {
                told.words = text(&pair.value);
            }
        }
        Some(told)
    }
}

/// `security(("key" = []), ("token" = ["read"]), ())`: any of them, each with all that it names.
fn ways(tokens: TokenStream) -> Vec<Value> {
    let groups = tokens.into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    });
    let way = |tokens: TokenStream| {
        let mut needs = serde_json::Map::new();
        for part in split(tokens) {
            let mut part = part.into_iter();
            let name: Option<syn::LitStr> =
                part.next().and_then(|name| syn::parse2(name.into()).ok());
            let scopes = part.find_map(|token| match token {
                TokenTree::Group(list) => Some(split(list.stream())),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
            });
            let scopes = scopes.unwrap_or_default().into_iter();
            let scopes = scopes.filter_map(|scope| syn::parse2::<syn::LitStr>(scope).ok());
            let scopes: Vec<String> = scopes.map(|scope| scope.value()).collect();
            needs.extend(name.map(|name| (name.value(), json!(scopes))));
        }
        Value::Object(needs)
    };
    groups.map(way).collect()
}

fn set(operation: &mut Value, key: &str, text: Option<String>) {
    if let Some(text) = text {
        operation[key] = json!(text);
    }
}

/// `responses((status = 200, description = "…", body = Type), …)`.
fn responses(
    schemas: &mut Schemas<'_, '_>,
    word: &Word,
    scope: &Scope,
    at: Place,
    operation: &mut Value,
) {
    let mut found = serde_json::Map::new();
    for token in word.tokens.clone() {
        let TokenTree::Group(group) = token else {
            continue;
        };
        if group.delimiter() != Delimiter::Parenthesis {
            continue;
        }
        let members = members(group.stream());
        let get = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, v)| v);
        let Some(status) = get("status").and_then(status_of) else {
            continue;
        };
        let text = get("description").and_then(|tokens| {
            let literal: syn::LitStr = syn::parse2(tokens.clone()).ok()?;
            Some(literal.value())
        });
        let number: u16 = status.parse().unwrap_or_default();
        let text = text.unwrap_or_else(|| status::reason(number).to_owned());
        let mut response = json!({"description": text});
        let body = get("body").and_then(|tokens| syn::parse2::<syn::Type>(plain(tokens)).ok());
        if let Some(body) = body {
            let media = get("content_type").and_then(|tokens| {
                let literal: syn::LitStr = syn::parse2(tokens.clone()).ok()?;
                Some(literal.value())
            });
            let ty = schemas.program.ty(&body, scope);
            let text = matches!(ty.external(), Some(("String" | "str", _)));
            let usual = if text {
                "text/plain"
            } else {
                "application/json"
            };
            let media = media.unwrap_or_else(|| usual.to_owned());
            response["content"] = json!({media: {"schema": schemas.of(&ty, at)}});
        }
        found.insert(status, response);
    }
    if !found.is_empty() {
        operation["responses"] = Value::Object(found);
    }
}

/// `200`, `"2XX"` or `NOT_FOUND`.
fn status_of(tokens: &TokenStream) -> Option<String> {
    let text = tokens.to_string();
    let text = text.trim_matches('"');
    if text.parse::<u16>().is_ok() {
        return Some(text.to_owned());
    }
    let last = text.rsplit("::").next()?.trim();
    match status::by_name(last) {
        Some(number) => Some(number.to_string()),
        None => (text.len() == 3 && text.ends_with("XX")).then(|| text.to_owned()),
    }
}

/// A type without `inline(…)` around it.
fn plain(tokens: &TokenStream) -> TokenStream {
    let mut all = tokens.clone().into_iter();
    match (all.next(), all.next()) {
        (Some(TokenTree::Ident(name)), Some(TokenTree::Group(inner))) if name == "inline" => {
            inner.stream()
        }
        _ => tokens.clone(),
    }
}

/// `name = tokens` between commas that do not stand in the arguments of a type.
fn members(tokens: TokenStream) -> Vec<(String, TokenStream)> {
    let mut members = Vec::new();
    let mut name = None;
    let mut value = TokenStream::new();
    let mut depth = 0_usize;
    let mut begun = false;
    for token in tokens {
        match &token {
            TokenTree::Punct(sign) if sign.as_char() == ',' && depth == 0 => {
                if let Some(name) = name.take() {
                    members.push((name, std::mem::take(&mut value)));
                }
                begun = false;
                continue;
            }
            TokenTree::Punct(sign) if sign.as_char() == '<' => depth += 1,
            TokenTree::Punct(sign) if sign.as_char() == '>' => depth = depth.saturating_sub(1),
            TokenTree::Punct(sign) if sign.as_char() == '=' && !begun => {
                begun = true;
                continue;
            }
            TokenTree::Ident(ident) if name.is_none() && !begun => {
                name = Some(ident.to_string());
                continue;
            }
            TokenTree::Punct(_)
            | TokenTree::Ident(_)
            | TokenTree::Group(_)
            | TokenTree::Literal(_) => {}
        }
        if begun {
            value.extend([token]);
        }
    }
    if let Some(name) = name {
        members.push((name, value));
    }
    members
}
