//! What a document needs beside the usual: dependencies, and parts of the generated code.

use crate::api::table::ColumnKind;
use crate::api::types::{Others, Shape, TypeRef, TypeShape};
use crate::api::{Api, Content};
use crate::render::security;
use crate::render::xml::InXml;

/// What the document needs beside the usual dependencies.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needs {
    pub(crate) chrono: bool,
    pub(crate) uuid: bool,
    pub(crate) regex: bool,
    /// A pattern that only the slower engine knows.
    pub(crate) look_around: bool,
    /// A segment of text and parameter together.
    pub(crate) parts: bool,
    pub(crate) json_columns: bool,
    /// Parameters in other styles than one text for each value.
    pub(crate) styles: bool,
    pub(crate) forms: bool,
    pub(crate) multipart: bool,
    /// A body of a request that is read as it comes.
    pub(crate) incoming: bool,
    /// A response of events as they happen.
    pub(crate) events: bool,
    /// Lists so deep that three of them go by one name.
    pub(crate) nested_lists: bool,
    pub(crate) xml: InXml,
    /// A union that allows values which are no objects.
    pub(crate) no_object: bool,
    pub(crate) schemes: security::Kinds,
}

/// Looks through all of it.
pub(crate) fn needs(api: &Api) -> Needs {
    let mut needs = Needs {
        schemes: security::kinds(api),
        xml: InXml::of(api),
        ..Needs::default()
    };
    let mut visit = |ty: &TypeRef| note(ty, &mut needs);
    for def in &api.types {
        match &def.shape {
            TypeShape::Struct(structure) => {
                structure.fields.iter().for_each(|field| visit(&field.ty));
                if let Others::Read(other) = &structure.others {
                    visit(&other.1);
                }
            }
            TypeShape::Union(union) => union.variants.iter().for_each(|variant| visit(&variant.ty)),
            TypeShape::Enum(_) => {}
        }
    }
    for operation in api.operations() {
        operation
            .parameters
            .iter()
            .for_each(|parameter| visit(&parameter.ty));
        let body = operation.body.iter().map(|body| &body.content);
        let responses = operation
            .responses
            .iter()
            .filter_map(|response| response.content.as_ref());
        for content in body.chain(responses) {
            match content {
                Content::Json(ty) | Content::Form(ty) | Content::Multipart(ty) => visit(ty),
                Content::Bytes(_) => {}
            }
        }
    }
    let parameters = || api.operations().flat_map(|operation| &operation.parameters);
    needs.parts = parameters().any(|parameter| parameter.part.is_some());
    needs.styles = parameters().any(|parameter| parameter.style.is_some());
    let bodies = || {
        api.operations()
            .filter_map(|operation| operation.body.as_ref())
    };
    needs.multipart |= bodies().any(|body| matches!(body.content, Content::Multipart(_)));
    needs.forms = bodies().any(|body| matches!(body.content, Content::Form(_)));
    needs.incoming = bodies().any(|body| body.content.is_streamed());
    let mut responses = api.operations().flat_map(|operation| &operation.responses);
    needs.events = responses.any(|each| each.content.as_ref().is_some_and(Content::is_events));
    needs.no_object = api.types.iter().any(|def| match &def.shape {
        TypeShape::Union(union) => union.variants.iter().any(|variant| variant.rest),
        TypeShape::Struct(_) | TypeShape::Enum(_) => false,
    });
    let columns = || api.tables.iter().flat_map(|table| &table.columns);
    needs.json_columns = columns().any(|column| matches!(column.kind, ColumnKind::Json(_)));
    needs
}

fn note(ty: &TypeRef, needs: &mut Needs) {
    match &ty.shape {
        Shape::Text(rule) => {
            needs.regex |= rule.pattern.is_some();
            needs.look_around |= rule.look_around;
        }
        Shape::Timestamp | Shape::Day => needs.chrono = true,
        Shape::Uuid => needs.uuid = true,
        Shape::File => needs.multipart = true,
        Shape::List(list) => {
            needs.nested_lists |= ty.shape.nested_lists().is_some();
            note(&list.item, needs);
        }
        Shape::Map(item) => note(item, needs),
        Shape::Int(_) | Shape::Number(_) | Shape::Bool | Shape::Any | Shape::Named(_) => {}
    }
}
