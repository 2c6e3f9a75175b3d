//! Security schemes and requirements.

use cargo_backend_shared::openapi::{Document, METHODS, Node};
use serde_json::Value;

use crate::api::ident::Names;
use crate::api::security::{KeyPlace, Need, Requirement, Scheme, SchemeKind};
use crate::lower::types::Types;

/// The schemes of the document, and those that it names and does not describe.
pub(super) fn schemes(document: &Document, types: &mut Types) -> Vec<Scheme> {
    let root = document.root();
    let schemes = root
        .get("components")
        .and_then(|components| components.get("securitySchemes"));
    let members = schemes.map(|schemes| schemes.members());
    let mut idents = Names::default();
    let mut schemes: Vec<Scheme> = members
        .unwrap_or_default()
        .into_iter()
        .map(|(name, node)| Scheme {
            ident: idents.take_ident(name, "scheme"),
            kind: kind(name, &node, types),
            name: name.to_owned(),
        })
        .collect();
    let paths = root.get("paths").map(|paths| paths.members());
    let items = paths.unwrap_or_default().into_iter();
    let operations = items.flat_map(|(_, item)| METHODS.map(|method| item.get(method)));
    for node in operations.flatten().chain([root]) {
        for alternative in node
            .get("security")
            .map(|list| list.items())
            .unwrap_or_default()
        {
            for name in alternative
                .value
                .as_object()
                .into_iter()
                .flat_map(|needs| needs.keys())
            {
                if schemes.iter().any(|scheme| scheme.name == *name) {
                    continue;
                }
                types.warn(
                    &alternative,
                    format!(
                        "the security scheme `{name}` is not described: nobody comes in by it until `components/securitySchemes` says what it is"
                    ),
                );
                schemes.push(Scheme {
                    ident: idents.take_ident(name, "scheme"),
                    kind: SchemeKind::Other(name.clone()),
                    name: name.clone(),
                });
            }
        }
    }
    schemes
}

fn kind(name: &str, node: &Node<'_>, types: &mut Types) -> SchemeKind {
    let place = match node.text("in") {
        Some("header") => Some(KeyPlace::Header),
        Some("query") => Some(KeyPlace::Query),
        Some("cookie") => Some(KeyPlace::Cookie),
        Some(_) | None => None,
    };
    let scheme = node.text("scheme").unwrap_or_default().to_ascii_lowercase();
    match (node.text("type").unwrap_or_default(), place) {
        ("apiKey", Some(place)) => SchemeKind::Key {
            place,
            name: node.text("name").unwrap_or_default().to_owned(),
        },
        ("http", _) if scheme == "basic" => SchemeKind::Basic,
        ("http", _) if scheme == "bearer" => SchemeKind::Bearer,
        // Their access tokens are bearer tokens, and how callers get them is not the service's.
        ("oauth2" | "openIdConnect", _) => SchemeKind::Bearer,
        (kind, _) => {
            let what = if kind == "http" { &scheme } else { kind };
            types.warn(
                node,
                format!(
                    "the security scheme `{name}` (`{what}`) is not checked by the generated service: nobody comes in by it until you write the check in `src/middleware/auth.rs`"
                ),
            );
            SchemeKind::Other(name.to_owned())
        }
    }
}

/// What an operation demands: its own list, or else the document's.
pub(super) fn requirements(
    root: &Node<'_>,
    operation: &Node<'_>,
    schemes: &[Scheme],
) -> Vec<Requirement> {
    let list = operation.get("security").or_else(|| root.get("security"));
    let Some(list) = list else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for alternative in list.items() {
        let mut requirement = Requirement::default();
        let needs = alternative.value.as_object();
        for (name, scopes) in needs.into_iter().flatten() {
            let scheme = schemes.iter().position(|scheme| scheme.name == *name);
            let Some(scheme) = scheme else {
                continue;
            };
            let scopes = scopes.as_array().into_iter().flatten();
            let scopes = scopes.filter_map(Value::as_str).map(str::to_owned);
            requirement.needs.push(Need {
                scheme,
                scopes: scopes.collect(),
            });
        }
        found.push(requirement);
    }
    found
}
