//! Findings in files, as code scanning reads them.

use cargo_backend_shared::diagnostic::Severity;
use serde_json::{Value, json};

use super::Answer;
use crate::lint::{Finding, LINTS};
use crate::report::{sarif, told};

pub(super) fn render(answer: &Answer<'_>) -> String {
    let rules: Vec<Value> = LINTS.iter().map(|lint| sarif::rule(&lint.rule)).collect();
    let results: Vec<Value> = answer.findings.iter().map(result).collect();
    sarif::document(&rules, &results, &[])
}

fn result(found: &Finding) -> Value {
    let diagnostic = &found.diagnostic;
    let locations: Vec<Value> = diagnostic
        .location
        .iter()
        .map(|at| {
            json!({
                "physicalLocation": {
                    "artifactLocation": { "uri": at.file.replace(' ', "%20") },
                    "region": { "startLine": at.line, "startColumn": at.column },
                },
            })
        })
        .collect();
    json!({
        "ruleId": diagnostic.rule,
        "level": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        "message": { "text": told(diagnostic) },
        "locations": locations,
    })
}
