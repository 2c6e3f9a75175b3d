//! `Document` → `Api`: everything that OpenAPI says in its own way is decided here.

mod below;
mod content;
mod crud;
mod database;
mod fixed;
mod hints;
mod keyless;
mod listing;
mod lists;
mod nest;
mod operations;
mod parameters;
mod path;
mod references;
mod rejection;
pub(crate) mod schema;
mod security;
mod tables;
mod taken;
mod types;
mod xml;

use cargo_backend_shared::diagnostic::{Diagnostic, Severity};
use cargo_backend_shared::openapi::Document;
use indexmap::IndexMap;
use indexmap::map::Entry;

use crate::api::Api;

/// An `Api` and what in the document could not be kept.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) api: Api,
    pub(crate) warnings: Vec<Diagnostic>,
}

pub(crate) use content::is_xml;
pub(crate) use database::document as of_database;

/// Reads a document as an `Api`.
///
/// The faults are what no code can be generated for.
pub(crate) fn openapi(document: &Document) -> Result<Lowered, Vec<Diagnostic>> {
    let mut types = types::Types::new();
    let schemes = security::schemes(document, &mut types);
    let (mut groups, shapes) = operations::groups(document, &schemes, &mut types);
    let (defs, markup, mut findings) = types.finish();
    findings.splice(..0, document.notes.iter().cloned());
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
            shapes,
            markup,
            schemes,
        },
        warnings: grouped(warnings),
    })
}

/// Findings that say the same, as one that names every place.
fn grouped(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut groups: IndexMap<String, (Diagnostic, Vec<String>)> = IndexMap::new();
    for finding in findings {
        match groups.entry(finding.message.clone()) {
            Entry::Vacant(entry) => {
                entry.insert((finding, Vec::new()));
            }
            Entry::Occupied(mut entry) => {
                let (first, others) = entry.get_mut();
                let Some(place) = &finding.location else {
                    continue;
                };
                let same_file = first
                    .location
                    .as_ref()
                    .is_some_and(|location| location.file == place.file);
                others.push(if same_file {
                    format!("{}:{}", place.line, place.column)
                } else {
                    place.to_string()
                });
            }
        }
    }
    groups
        .into_values()
        .map(|(finding, others)| {
            if others.is_empty() {
                return finding;
            }
            let places = others.join(", ");
            finding.evidence(format!("also at {places}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_that_say_the_same_name_every_place() {
        let text = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\n";
        let document = Document::parse("api.yaml", text).expect("it is sound");
        let at = |pointer: &str| Diagnostic::warning("no").at(document.location(pointer));
        let grouped = grouped(vec![
            at("/openapi"),
            at("/info"),
            Diagnostic::warning("else"),
            at("/paths"),
        ]);
        let said: Vec<(&str, &[String])> = grouped
            .iter()
            .map(|finding| (finding.message.as_str(), finding.evidence.as_slice()))
            .collect();
        assert_eq!(
            said,
            [
                ("no", &["also at 2:1, 3:1".to_owned()][..]),
                ("else", &[][..])
            ]
        );
    }
}
