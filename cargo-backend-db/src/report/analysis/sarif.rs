//! Findings about a database, as code scanning reads them.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Analysis, words};
use crate::findings::{CHECKS, Finding};
use crate::report::{sarif, told};

/// A finding is about a database, and code scanning wants a line of a file: the file that names the
/// database.
const FILE: &str = "Backend.toml";

pub(super) fn render(analysis: &Analysis<'_>) -> String {
    let engine = analysis.schema.dialect;
    let rules: Vec<Value> = CHECKS
        .iter()
        .filter(|check| check.engines.contains(&engine))
        .map(|check| sarif::rule(&check.rule))
        .collect();
    let results: Vec<Value> = analysis.judgement.findings.iter().map(result).collect();
    let notes = words::not_known(analysis);
    let notes = notes
        .iter()
        .chain(&words::not_checked(analysis))
        .map(|text| json!({ "level": "warning", "message": { "text": text } }))
        .collect::<Vec<_>>();
    sarif::document(&rules, &results, &notes)
}

fn result(finding: &Finding) -> Value {
    let diagnostic = &finding.diagnostic;
    let text = told(diagnostic);
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
