//! `Document` → `Api`: everything that OpenAPI says in its own way is decided here.

mod crud;
mod operations;
mod schema;
mod tables;
mod types;

use cargo_backend_shared::diagnostic::{Diagnostic, Severity};
use cargo_backend_shared::openapi::Document;

use crate::api::Api;

/// An `Api` and what in the document could not be kept.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) api: Api,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Reads a document as an `Api`.
///
/// The faults are what no code can be generated for.
pub(crate) fn openapi(document: &Document) -> Result<Lowered, Vec<Diagnostic>> {
    let mut types = types::Types::new();
    let mut groups = operations::groups(document, &mut types);
    let (defs, findings) = types.finish();
    let (faults, warnings): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| finding.severity == Severity::Error);
    if !faults.is_empty() {
        return Err(faults);
    }
    let tables = tables::infer(&mut groups, &defs);
    let info = document.root().get("info");
    let text = |key| {
        let text = info.as_ref().and_then(|info| info.text(key));
        text.unwrap_or_default().trim().to_owned()
    };
    Ok(Lowered {
        api: Api {
            title: text("title"),
            description: text("description"),
            types: defs,
            groups,
            tables,
        },
        warnings,
    })
}
