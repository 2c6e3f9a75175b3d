//! What the fuzz targets in `fuzz/` try: everything between text and text, without a disk. No part
//! of the plugin, and no promise to anybody.

use std::collections::BTreeMap;
use std::path::Path;

use cargo_backend_shared::openapi::Document;

use crate::code::{CrateSource, PackageSource, Program, SourceFile, Sources};
use crate::render::{self, Database, Options};
use crate::{describe, difference, lower, routes, sources};

/// Reads a document, compares it with itself and renders its service for each database. The files
/// that come of it, by their paths; none where the document is refused.
///
/// # Panics
/// When a template does not fit a document that was not refused.
#[must_use]
pub fn render_document(text: &str) -> Vec<(String, String)> {
    let Ok(document) = Document::parse("document", text) else {
        return Vec::new();
    };
    let changes = difference::between(&document, &document);
    assert!(changes.is_empty(), "a document differs from itself");
    let Ok(lowered) = lower::openapi(&document) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for database in [Database::Sqlite, Database::Postgres, Database::MariaDb] {
        let options = Options {
            package: "tried".to_owned(),
            database,
            document: "document".to_owned(),
            original: &document.original,
            output: Path::new("tried"),
            inherited: render::Inherited::default(),
            templates: BTreeMap::new(),
            versions: BTreeMap::new(),
            workflow: None,
        };
        let produced = render::service(&lowered.api, &options).expect("the templates fit");
        files.extend(produced.into_iter().map(|file| {
            let path = file.path.to_string_lossy().into_owned();
            (path, file.text)
        }));
    }
    files
}

/// Reads a file as the whole source of a service, and describes it; nothing where it is not Rust.
#[must_use]
pub fn describe_source(text: &str) -> Option<String> {
    let syntax = sources::parse("src/main.rs", text).ok()?;
    let all = Sources {
        files: vec![SourceFile {
            name: "src/main.rs".to_owned(),
            text: text.into(),
            syntax,
            modules: std::collections::HashMap::new(),
        }],
        crates: vec![CrateSource {
            name: "tried".to_owned(),
            package: "tried".to_owned(),
            root: 0,
            library: false,
            dependencies: ["axum", "actix_web", "serde"]
                .map(|name| (name.to_owned(), name.to_owned()))
                .to_vec(),
        }],
        ..Sources::default()
    };
    let program = Program::of(&all);
    let served = routes::served(&program).remove("tried").unwrap_or_default();
    let described = describe::describe(&program, &served, &PackageSource::default());
    Some(describe::yaml::text(&described.document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_becomes_files_and_what_is_none_becomes_nothing() {
        let text = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /a: {get: {responses: {'204': {description: ok}}}}\n";
        let files = render_document(text);
        assert!(files.iter().any(|(path, _)| path == "src/api/router.rs"));
        assert!(render_document("openapi: [").is_empty());
    }

    #[test]
    fn a_source_becomes_a_document_that_reads_back() {
        let text = "use axum::{Router, routing::get};\nfn main() { serve(Router::new().route(\"/a\", get(a))) }\nasync fn a() {}\n";
        let document = describe_source(text).expect("it is Rust");
        assert!(document.contains("/a:"), "{document}");
        assert!(!render_document(&document).is_empty());
        assert_eq!(describe_source("fn {"), None);
    }
}
