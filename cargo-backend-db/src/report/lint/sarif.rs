//! SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>), as GitHub's code scanning reads it.

use cargo_backend_shared::diagnostic::Severity;
use serde_json::{Value, json};

use super::Answer;
use crate::lint::{Finding, LINTS};

pub(super) fn render(answer: &Answer<'_>) -> String {
    let rules: Vec<Value> = LINTS
        .iter()
        .map(|lint| {
            json!({
                "id": lint.rule.name,
                "shortDescription": { "text": lint.rule.summary },
                "fullDescription": { "text": lint.rule.summary },
                "help": { "text": lint.rule.explanation, "markdown": lint.rule.explanation },
            })
        })
        .collect();
    let results: Vec<Value> = answer.findings.iter().map(result).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cargo-backend-db",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "invocations": [{ "executionSuccessful": true }],
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn result(found: &Finding) -> Value {
    let diagnostic = &found.diagnostic;
    let mut text = diagnostic.message.clone();
    for more in diagnostic.evidence.iter().chain(&diagnostic.help) {
        text.push('\n');
        text.push_str(more);
    }
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
        "message": { "text": text },
        "locations": locations,
    })
}
