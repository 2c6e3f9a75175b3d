//! What all SARIF 2.1.0 documents of ours share
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>), as GitHub's code scanning reads them
//! (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).

use cargo_backend_shared::rule::Rule;
use serde_json::{Value, json};

/// A document of one run. `notes` are what the run could not do.
pub(super) fn document(rules: &[Value], results: &[Value], notes: &[Value]) -> String {
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
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notes,
            }],
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

pub(super) fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.summary },
        "help": { "text": rule.explanation, "markdown": rule.explanation },
    })
}
