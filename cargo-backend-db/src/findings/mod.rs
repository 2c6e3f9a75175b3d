//! The rules of `analyze`: pure judgement over a schema and what the server knows about it.

mod blocked_session;
mod check;
mod connections_near_limit;
mod constraint_not_validated;
mod duplicate_index;
mod foreign_key_type_mismatch;
mod foreign_key_without_index;
mod idle_in_transaction;
mod index_bloat;
mod invalid_index;
mod key_near_exhaustion;
mod long_transaction;
mod low_cache_hit_ratio;
mod n_plus_one;
mod never_analysed_table;
mod policy_without_row_security;
mod removal;
mod replication_slot_holding_wal;
mod risky_column_type;
mod row_security_without_policy;
#[cfg(test)]
pub(crate) mod sample;
mod sequential_scan_on_large_table;
mod slow_statement;
mod stale_statistics;
mod table_bloat;
mod table_without_primary_key;
mod temporary_files;
mod transaction_id_wraparound;
mod unused_index;

use std::collections::BTreeMap;

use cargo_backend_shared::database_url::Dialect;
use serde::Serialize;

use crate::statistics::{Section, seconds_in_words};

pub(crate) use check::{Check, Facts, Finding, Plan, SuggestedMigration, Threshold};
pub(crate) use foreign_key_without_index::MissingIndex;
pub(crate) use foreign_key_without_index::missing as missing_indexes;

/// All rules, by name.
pub(crate) static CHECKS: &[&Check] = &[
    &blocked_session::CHECK,
    &connections_near_limit::CHECK,
    &constraint_not_validated::CHECK,
    &duplicate_index::CHECK,
    &foreign_key_type_mismatch::CHECK,
    &foreign_key_without_index::CHECK,
    &idle_in_transaction::CHECK,
    &index_bloat::CHECK,
    &invalid_index::CHECK,
    &key_near_exhaustion::CHECK,
    &long_transaction::CHECK,
    &low_cache_hit_ratio::CHECK,
    &n_plus_one::CHECK,
    &never_analysed_table::CHECK,
    &policy_without_row_security::CHECK,
    &replication_slot_holding_wal::CHECK,
    &risky_column_type::CHECK,
    &row_security_without_policy::CHECK,
    &sequential_scan_on_large_table::CHECK,
    &slow_statement::CHECK,
    &stale_statistics::CHECK,
    &table_bloat::CHECK,
    &table_without_primary_key::CHECK,
    &temporary_files::CHECK,
    &transaction_id_wraparound::CHECK,
    &unused_index::CHECK,
];

/// The engines, for the rules that hold everywhere.
const EVERY_ENGINE: &[Dialect] = &[Dialect::Postgres, Dialect::MySql, Dialect::Sqlite];

/// The engines that are servers.
const SERVERS: &[Dialect] = &[Dialect::Postgres, Dialect::MySql];

/// Before this, that something was never used says little: a weekly report, a night's job.
pub(crate) static HISTORY_HOURS: Threshold = Threshold {
    name: "statistics-age-hours",
    default: 24,
    about: "Rules that look for what did not happen wait until the figures of use have counted \
            for so long: most work comes round within a day. What runs once a month does not.",
};

/// The answer of all rules.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    /// The heaviest first, then by rule and message.
    pub(crate) findings: Vec<Finding>,
    pub(crate) not_checked: Vec<NotChecked>,
    /// The rules that this engine can break.
    pub(crate) rules: usize,
}

/// A rule that could not be checked.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct NotChecked {
    pub(crate) rule: &'static str,
    pub(crate) why: String,
}

impl Judgement {
    /// What the findings ask for, each command once.
    pub(crate) fn migrations(&self) -> Vec<SuggestedMigration> {
        let mut found: Vec<SuggestedMigration> = Vec::new();
        for migration in self.findings.iter().filter_map(|f| f.migration.as_ref()) {
            if !found.iter().any(|seen| seen.command == migration.command) {
                found.push(migration.clone());
            }
        }
        found
    }
}

/// Every rule's answer.
pub(crate) fn judge(facts: &Facts<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    let engine = facts.schema.dialect;
    for check in CHECKS
        .iter()
        .filter(|check| check.engines.contains(&engine))
    {
        judgement.rules += 1;
        if let Some(why) = obstacle(check, facts) {
            let rule = check.rule.name;
            judgement.not_checked.push(NotChecked { rule, why });
            continue;
        }
        for mut finding in (check.check)(facts) {
            finding.diagnostic = finding.diagnostic.rule(check.rule.name);
            judgement.findings.push(finding);
        }
    }
    judgement.findings.sort_by(|a, b| {
        let (a, b) = (&a.diagnostic, &b.diagnostic);
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.message.cmp(&b.message))
    });
    judgement
}

/// Why a rule cannot be checked.
fn obstacle(check: &Check, facts: &Facts<'_>) -> Option<String> {
    let lost = |section: &&Section| facts.statistics.lost.contains_key(*section);
    if let Some(section) = check.needs.iter().find(lost) {
        return Some(format!("not known: {}", section.name()));
    }
    if !check.needs_history {
        return None;
    }
    let hours = facts.threshold(&HISTORY_HOURS);
    let counted = facts.statistics.server.counting_s;
    match counted {
        Some(seconds) if seconds >= hours * 3_600 => None,
        _ if hours == 0 => None,
        Some(seconds) => Some(format!(
            "use was counted for {} only: below {hours} hours it proves nothing that something \
             was not used",
            seconds_in_words(seconds)
        )),
        None => Some("the server does not say since when it counts".to_owned()),
    }
}

/// Every threshold by name.
pub(crate) fn thresholds() -> BTreeMap<&'static str, &'static Threshold> {
    let of_rules = CHECKS.iter().flat_map(|check| check.thresholds).copied();
    of_rules
        .chain([&HISTORY_HOURS])
        .map(|threshold| (threshold.name, threshold))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::sample::{facts, schema, table, with_index};
    use super::*;
    use crate::statistics::{IndexUse, Lost, Statistics};

    #[test]
    fn every_rule_file_is_listed_in_order_and_documented() {
        let names: Vec<&str> = CHECKS.iter().map(|check| check.rule.name).collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/findings");
        let mut files: Vec<String> = fs_err::read_dir(folder)
            .expect("the folder of this file")
            .filter_map(|entry| {
                let name = entry.expect("an entry").file_name().into_string().ok()?;
                let stem = name.strip_suffix(".rs")?;
                let about_rules = ["mod", "check", "removal", "sample"];
                (!about_rules.contains(&stem)).then(|| stem.replace('_', "-"))
            })
            .collect();
        files.sort();
        assert_eq!(names, files);
        for check in CHECKS {
            for part in ["## Why", "## Proof", "## Fix"] {
                assert!(
                    check.rule.explanation.contains(part),
                    "`{}` has no `{part}`",
                    check.rule.name
                );
            }
        }
    }

    #[test]
    fn a_rule_without_its_section_is_not_checked_and_counted_so() {
        let schema = schema(vec![with_index(table("orders", &["id", "a"]), "i", &["a"])]);
        let mut statistics = Statistics::default();
        statistics.server.counting_s = Some(30 * 86_400);
        statistics.rows.insert("orders".to_owned(), 1_000_000);
        let unused = IndexUse {
            scans: Some(0),
            ..IndexUse::default()
        };
        statistics
            .indexes
            .insert(("orders".to_owned(), "i".to_owned()), unused);
        let found = judge(&facts(&schema, &statistics));
        assert_eq!(found.not_checked, []);
        assert_eq!(found.findings.len(), 1);
        let lost = Lost::new("no", "yes");
        statistics.lost.insert(Section::Indexes, lost);
        let lost = judge(&facts(&schema, &statistics));
        assert_eq!(lost.findings.len(), 0);
        assert_eq!(lost.rules, found.rules);
        let unchecked: Vec<&str> = lost.not_checked.iter().map(|rule| rule.rule).collect();
        assert_eq!(unchecked, ["index-bloat", "invalid-index", "unused-index"]);
    }

    #[test]
    fn young_figures_prove_nothing_that_was_not_used() {
        let schema = schema(Vec::new());
        let mut statistics = Statistics::default();
        let unchecked = |statistics: &Statistics| -> Vec<&str> {
            let found = judge(&facts(&schema, statistics));
            found.not_checked.iter().map(|rule| rule.rule).collect()
        };
        let cautious = ["low-cache-hit-ratio", "unused-index"];
        for (counting_s, expected) in [
            (None, &cautious[..]),
            (Some(86_399), &cautious),
            (Some(86_400), &[]),
        ] {
            statistics.server.counting_s = counting_s;
            assert_eq!(unchecked(&statistics), expected, "{counting_s:?}");
        }
    }

    #[test]
    fn thresholds_have_one_name_each() {
        let all = CHECKS
            .iter()
            .map(|check| check.thresholds.len())
            .sum::<usize>();
        assert_eq!(thresholds().len(), all + 1);
    }
}
