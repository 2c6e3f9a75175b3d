//! How rejections look on the wire: which part of what we know stands where in a documented body.

use serde::Serialize;
use serde_json::Value;

use crate::api::markup::Xml;

/// The body of a rejection.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorShape {
    pub(crate) media_type: String,
    pub(crate) body: Part,
    /// How it stands in XML, where the document offers that.
    pub(crate) xml: Option<Xml>,
}

/// A part of such a body. Inside of `Each`, code and message are those of one fault.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Part {
    /// The kind, for programs; limited to these words if there are any.
    Code(Vec<String>),
    Message,
    /// The name of the status, such as `Not Found`.
    Title,
    Status,
    /// The status as text.
    StatusText,
    /// The path that was asked for.
    Instance,
    RequestId,
    Moment,
    /// The property or parameter at fault.
    Field,
    /// Property and message in one line.
    Line,
    Object(Vec<(String, Self)>),
    Each {
        item: Box<Self>,
        at_least_one: bool,
    },
    Literal(Value),
}

/// The statuses that a response is documented for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Statuses {
    One(u16),
    /// `4XX`: the first digit.
    Range(u16),
    Default,
}

/// A rejection that the document names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rejection {
    pub(crate) statuses: Statuses,
    /// The place of the shape in `Api::shapes`; none where the document does not say.
    pub(crate) shape: Option<usize>,
}

impl Statuses {
    /// The first and the last status.
    pub(crate) fn bounds(self) -> (u16, u16) {
        match self {
            Self::One(status) => (status, status),
            Self::Range(digit) => (digit * 100, digit * 100 + 99),
            Self::Default => (400, 599),
        }
    }
}

impl ErrorShape {
    /// What a service answers whose document says nothing of rejections.
    pub(crate) fn envelope() -> Self {
        let object = |members: Vec<(&str, Part)>| {
            let named = |(name, part): (&str, Part)| (name.to_owned(), part);
            Part::Object(members.into_iter().map(named).collect())
        };
        let detail = object(vec![
            ("field", Part::Field),
            ("code", Part::Code(Vec::new())),
            ("message", Part::Message),
        ]);
        let details = Part::Each {
            item: Box::new(detail),
            at_least_one: false,
        };
        let error = object(vec![
            ("code", Part::Code(Vec::new())),
            ("message", Part::Message),
            ("details", details),
            ("requestId", Part::RequestId),
        ]);
        Self {
            media_type: "application/json".to_owned(),
            body: object(vec![("error", error)]),
            xml: None,
        }
    }
}
