//! SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>), as GitHub's code scanning reads
//! it (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Analysis, words};
use crate::findings::{CHECKS, Finding};

/// A finding is about a database, and code scanning wants a line of a file: the file that names the
/// database.
const FILE: &str = "Backend.toml";

pub(super) fn render(analysis: &Analysis<'_>) -> String {
    let engine = analysis.schema.dialect;
    let rules: Vec<Value> = CHECKS
        .iter()
        .filter(|check| check.engines.contains(&engine))
        .map(|check| {
            json!({
                "id": check.rule.name,
                "shortDescription": { "text": check.rule.summary },
                "fullDescription": { "text": check.rule.summary },
                "help": { "text": check.rule.explanation, "markdown": check.rule.explanation },
            })
        })
        .collect();
    let results: Vec<Value> = analysis.judgement.findings.iter().map(result).collect();
    let notes = words::not_known(analysis);
    let notes = notes
        .iter()
        .chain(&words::not_checked(analysis))
        .map(|text| json!({ "level": "warning", "message": { "text": text } }))
        .collect::<Vec<_>>();
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

fn result(finding: &Finding) -> Value {
    let diagnostic = &finding.diagnostic;
    let mut text = diagnostic.message.clone();
    for evidence in diagnostic.evidence.iter().chain(&diagnostic.help) {
        text.push('\n');
        text.push_str(evidence);
    }
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": FILE },
            "region": { "startLine": 1 },
        },
    });
    if let Some(table) = &finding.table {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": table, "kind": "table" }]);
    }
    json!({
        "ruleId": diagnostic.rule,
        "level": words::severity(diagnostic.severity),
        "message": { "text": text },
        "locations": [location],
        "partialFingerprints": { "primaryLocationLineHash": fingerprint(finding) },
    })
}

/// The same finding tomorrow, when its figures are others.
fn fingerprint(finding: &Finding) -> String {
    let mut hash = Sha256::new();
    hash.update(finding.diagnostic.rule.as_deref().unwrap_or_default());
    hash.update(finding.table.as_deref().unwrap_or_default());
    let words = finding.diagnostic.message.chars();
    let words: String = words.filter(|letter| !letter.is_ascii_digit()).collect();
    hash.update(words);
    let bytes = hash.finalize();
    bytes
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cargo_backend_shared::diagnostic::Diagnostic;

    #[test]
    fn a_finding_is_the_same_when_its_figures_change() {
        let print = |message: &str| {
            let found = Diagnostic::warning(message).rule("table-bloat");
            fingerprint(&Finding::from(found).about("orders"))
        };
        assert_eq!(
            print("`a` has 20,000 dead rows"),
            print("`a` has 30,000 dead rows")
        );
        assert_ne!(
            print("`a` has 20,000 dead rows"),
            print("`b` has 20,000 dead rows")
        );
    }
}
