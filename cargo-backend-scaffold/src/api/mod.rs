//! What a service offers, in nobody's notation: neither OpenAPI's nor SQL's nor Rust's.

pub(crate) mod ident;
pub(crate) mod markup;
pub(crate) mod rejection;
pub(crate) mod security;
pub(crate) mod table;
pub(crate) mod types;

use crate::api::ident::Ident;
use crate::api::markup::{Markup, Xml};
use crate::api::rejection::{ErrorShape, Rejection, Statuses};
use crate::api::security::{Requirement, Scheme};
use crate::api::table::{Crud, Table};
use crate::api::types::{TypeDef, TypeRef};
use serde::Serialize;

/// A whole service.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Api {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) types: Vec<TypeDef>,
    pub(crate) groups: Vec<Group>,
    pub(crate) tables: Vec<Table>,
    /// How rejections look; without any, as [`ErrorShape::envelope`] says.
    pub(crate) shapes: Vec<ErrorShape>,
    pub(crate) markup: Markup,
    pub(crate) schemes: Vec<Scheme>,
}

/// Operations that belong together: a trait.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    pub(crate) label: String,
    pub(crate) ident: Ident,
    pub(crate) operations: Vec<Operation>,
}

/// One method of one path.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) ident: Ident,
    pub(crate) method: String,
    /// The path as the document writes it.
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) responses: Vec<Response>,
    /// The rejections that the document names.
    pub(crate) rejections: Vec<Rejection>,
    /// Who may call: any of these. Without any, everybody.
    pub(crate) security: Vec<Requirement>,
    /// The rows of another list that belong to the thing in the path: that list, and their column.
    pub(crate) belonging: Option<(String, String)>,
    pub(crate) answer: Answer,
}

/// What a fresh service answers.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Answer {
    /// From the database.
    Crud(Box<Crud>),
    /// The only thing that the document lets it answer.
    Fixed(serde_json::Value),
    /// 501, and why it is not more.
    NotImplemented(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

/// How the value of a parameter is written, where it is not one text for each value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Style {
    /// As every scalar is written; only cookies need to be told.
    Plain,
    /// Values, or names and values in turn, with a character between them.
    Delimited(char),
    /// `name=value`, with a character between the pairs.
    Pairs(char),
    Label {
        explode: bool,
    },
    Matrix {
        explode: bool,
    },
    /// `name[key]=value`
    Deep,
    /// The properties are parameters of their own.
    Spread(Vec<String>),
    Json,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// The name of the segment in the route, where `place` is the path: routes that share a
    /// segment must give it one name, whatever the document does.
    pub(crate) segment: String,
    /// What stands around the parameters of a segment that is not one parameter alone, and which
    /// of them this is.
    pub(crate) part: Option<(Vec<String>, usize)>,
    pub(crate) ident: Ident,
    pub(crate) place: Place,
    pub(crate) style: Option<Style>,
    pub(crate) required: bool,
    pub(crate) ty: TypeRef,
    pub(crate) doc: String,
}

impl Parameter {
    /// Whether a value is there in every request that is valid.
    pub(crate) fn always(&self) -> bool {
        self.required || self.ty.default.is_some()
    }
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Body {
    pub(crate) required: bool,
    pub(crate) content: Content,
    /// How it stands in XML, where the document offers that.
    pub(crate) xml: Option<Xml>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Content {
    /// A value that is read into a type: JSON, unless XML stands alone.
    Json(TypeRef),
    /// `application/x-www-form-urlencoded`
    Form(TypeRef),
    /// `multipart/form-data`
    Multipart(TypeRef),
    /// Media types that are handed on as bytes.
    Bytes(Vec<String>),
}

impl Content {
    /// Whether it may be too long to be held in memory: files, media and archives.
    pub(crate) fn is_streamed(&self) -> bool {
        let Self::Bytes(names) = self else {
            return false;
        };
        let kinds = ["image/", "audio/", "video/", "font/"];
        let files = [
            "application/octet-stream",
            "application/gzip",
            "application/pdf",
            "application/zip",
            "application/x-tar",
            "application/x-gzip",
        ];
        names.iter().all(|name| {
            let essence = name.split(';').next().unwrap_or_default().trim();
            kinds.iter().any(|kind| essence.starts_with(kind)) || files.contains(&essence)
        })
    }

    /// Whether it is events as they happen (the media type of the HTML standard, 9.2).
    pub(crate) fn is_events(&self) -> bool {
        matches!(self, Self::Bytes(names) if names.iter().any(|name| name.starts_with("text/event-stream")))
    }
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) doc: String,
    pub(crate) content: Option<Content>,
    /// How it stands in XML, where the document offers that.
    pub(crate) xml: Option<Xml>,
    pub(crate) headers: Vec<Header>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Header {
    /// In lower case.
    pub(crate) name: String,
    pub(crate) ident: Ident,
    pub(crate) required: bool,
}

impl Header {
    /// Whether it says how many rows a list has in all.
    pub(crate) fn counts(&self) -> bool {
        let names = ["x-total-count", "x-total", "total-count", "x-count"];
        names.contains(&self.name.as_str())
    }
}

impl Api {
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.groups.iter().flat_map(|group| &group.operations)
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Operation {
    /// `GET /orders`.
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The parameters of the path, in its order.
    pub(crate) fn path_parameters(&self) -> Vec<&Parameter> {
        let parameters = self.parameters.iter();
        let mut found: Vec<&Parameter> = parameters
            .filter(|parameter| parameter.place == Place::Path)
            .collect();
        found.sort_by_key(|parameter| self.path.find(&format!("{{{}}}", parameter.name)));
        found
    }

    /// Whether the document names this status by itself.
    fn names(&self, status: u16) -> bool {
        let mut named = self.rejections.iter();
        named.any(|rejection| rejection.statuses == Statuses::One(status))
    }

    /// Whether the document describes this status, be it with others.
    pub(crate) fn describes(&self, status: u16) -> bool {
        self.rejections.iter().any(|rejection| {
            let (from, to) = rejection.statuses.bounds();
            (from..=to).contains(&status)
        })
    }

    /// The status of a request that is not valid: what the document says, or 400. Where it only
    /// knows that a thing is not there, a path that cannot be one of a thing says just that.
    pub(crate) fn invalid(&self) -> u16 {
        let mut inputs = self.parameters.iter();
        let in_path = inputs.all(|parameter| parameter.place == Place::Path);
        if self.names(422) {
            422
        } else if !self.describes(400) && self.names(404) && in_path && self.body.is_none() {
            404
        } else {
            400
        }
    }

    /// The status of a body that is no JSON at all.
    pub(crate) fn malformed(&self) -> u16 {
        if self.describes(400) {
            400
        } else {
            self.invalid()
        }
    }

    /// The status of a request that clashes with what is there.
    pub(crate) fn conflict(&self) -> u16 {
        if self.describes(409) {
            409
        } else {
            self.invalid()
        }
    }

    /// The path that arrives: what stands behind `#` or `?` is for people.
    pub(crate) fn url(&self) -> &str {
        let end = self.path.find(['#', '?']).unwrap_or(self.path.len());
        &self.path[..end]
    }

    /// The path as the router wants it.
    pub(crate) fn route(&self) -> String {
        let segments = self.url().split('/').map(|segment| {
            let parameter = self.parameters.iter().find(|parameter| {
                parameter.place == Place::Path
                    && segment.contains(&format!("{{{}}}", parameter.name))
            });
            parameter.map_or_else(
                || segment.to_owned(),
                |parameter| format!("{{{}}}", parameter.segment),
            )
        });
        segments.collect::<Vec<_>>().join("/")
    }
}
