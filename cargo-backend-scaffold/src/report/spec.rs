//! What was read from source, and what was not.

use std::path::Path;

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::terminal::{Format, Terminal};
use serde::Serialize;
use serde_json::Value;

use crate::describe::{Described, yaml};

/// What became of the document.
#[derive(Debug)]
pub(crate) enum Written<'a> {
    /// It is the answer.
    Answer,
    File(&'a Path),
    /// It was compared with a file.
    Compared,
    /// Not everything is known.
    Refused,
}

#[derive(Serialize)]
struct Unknown<'a> {
    #[serde(flatten)]
    finding: &'a Diagnostic,
}

#[derive(Serialize)]
struct Document<'a> {
    document: &'a Value,
}

#[derive(Serialize)]
struct Summary<'a> {
    package: &'a str,
    operations: usize,
    unresolved: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a Path>,
}

/// Says what was found, and the document itself where it goes nowhere else.
pub(crate) fn spec(
    package: &str,
    described: &Described,
    findings: &[Diagnostic],
    written: &Written<'_>,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    let output = match written {
        Written::File(path) => Some(*path),
        Written::Answer | Written::Compared | Written::Refused => None,
    };
    if terminal.format() == Format::Json {
        for finding in findings {
            terminal.message("unresolved", &Unknown { finding })?;
        }
        if matches!(written, Written::Answer) {
            let document = &described.document;
            terminal.message("document", &Document { document })?;
        }
        let summary = Summary {
            package,
            operations: described.operations,
            unresolved: findings.len(),
            output,
        };
        terminal.message("spec-summary", &summary)?;
        return Ok(());
    }
    for finding in findings {
        terminal.diagnostic(finding);
    }
    let place = output.map_or(String::new(), |path| format!(", in `{}`", path.display()));
    let operations = match described.operations {
        1 => "1 operation".to_owned(),
        several => format!("{several} operations"),
    };
    let unknown = match findings.len() {
        0 => String::new(),
        1 => "; 1 place is not known from the source".to_owned(),
        several => format!("; {several} places are not known from the source"),
    };
    let text = format!("{operations} of `{package}`{place}{unknown}");
    terminal.status("Described", &text);
    if matches!(written, Written::Answer) {
        terminal.answer(&yaml::text(&described.document))?;
    }
    Ok(())
}
