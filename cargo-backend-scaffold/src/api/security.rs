//! Who may call an operation.

use crate::api::ident::Ident;
use serde::Serialize;

/// A way to say who calls.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scheme {
    pub(crate) name: String,
    pub(crate) ident: Ident,
    pub(crate) kind: SchemeKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SchemeKind {
    /// A signed token in `Authorization: Bearer`.
    Bearer,
    /// Name and password in `Authorization: Basic`.
    Basic,
    /// A key that callers were given.
    Key { place: KeyPlace, name: String },
    /// What this service cannot check: nobody comes in by it until somebody writes the check.
    Other(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum KeyPlace {
    Header,
    Query,
    Cookie,
}

/// One alternative: everything in it is needed. Without anything, everybody may call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Requirement {
    pub(crate) needs: Vec<Need>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Need {
    /// The place of the scheme in `Api::schemes`.
    pub(crate) scheme: usize,
    pub(crate) scopes: Vec<String>,
}
