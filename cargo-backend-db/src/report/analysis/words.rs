//! Sentences that several forms share.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Severity;

use super::Analysis;
use crate::statistics::{Section, bytes_in_words, counted, seconds_in_words};

/// The engine and its version.
pub(super) fn engine(analysis: &Analysis<'_>) -> String {
    let version = &analysis.statistics.server.version;
    let version = version.split_whitespace().next().unwrap_or_default();
    let dialect = analysis.schema.dialect;
    match (dialect, version) {
        (_, "") => dialect.to_string(),
        (Dialect::MySql, version) if version.contains("MariaDB") => {
            format!("MariaDB {}", version.split('-').next().unwrap_or_default())
        }
        (Dialect::MySql, version) => format!("MySQL {version}"),
        (Dialect::Postgres | Dialect::Sqlite, version) => format!("{dialect} {version}"),
    }
}

/// How much there is.
pub(super) fn extent(analysis: &Analysis<'_>) -> String {
    let lost = |section| analysis.statistics.lost.contains_key(&section);
    let mut text = if lost(Section::Schema) {
        "tables not known".to_owned()
    } else {
        counted(analysis.schema.tables.len() as u64, "table")
    };
    let about = match analysis.schema.dialect {
        Dialect::Postgres | Dialect::MySql => "about ",
        Dialect::Sqlite => "",
    };
    if !lost(Section::Schema) && !lost(Section::Tables) {
        text = format!("{text}, {about}{}", counted(rows(analysis), "row"));
    }
    if let Some(bytes) = analysis.statistics.server.bytes {
        text.push_str(", ");
        text.push_str(&bytes_in_words(bytes));
    }
    text
}

/// The rows of all tables; those of a partitioned table are its partitions' already.
pub(super) fn rows(analysis: &Analysis<'_>) -> u64 {
    let statistics = analysis.statistics;
    let counts = |name: &&String| {
        let used = statistics.tables.get(*name);
        !used.is_some_and(|used| used.partitioned)
    };
    let tables = analysis.schema.tables.keys().filter(counts);
    tables.filter_map(|name| statistics.rows.get(name)).sum()
}

/// Since when the figures of use count; nothing where there are none.
pub(super) fn since(analysis: &Analysis<'_>) -> Option<String> {
    let server = &analysis.statistics.server;
    let seconds = server.counting_s?;
    let standby = if server.standby {
        "; this is a standby: the figures are of its own use"
    } else {
        ""
    };
    Some(format!(
        "use has been counted for {}{standby}",
        seconds_in_words(seconds)
    ))
}

/// As in `--deny`.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// `1 error, 2 notes`; nothing where nothing was found.
pub(super) fn tally(analysis: &Analysis<'_>) -> Option<String> {
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|one| (analysis.count(one) as u64, severity(one)))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(count, word))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// How many rules there are, and how many could not be checked.
pub(super) fn rules(analysis: &Analysis<'_>) -> String {
    let all = analysis.judgement.rules;
    match analysis.checked() {
        checked if checked == all => format!("{all} rules"),
        checked => format!("{checked} of {all} rules"),
    }
}

/// What could not be read: `statements — why: remedy`.
pub(super) fn not_known(analysis: &Analysis<'_>) -> Vec<String> {
    let lost = analysis.statistics.lost.iter();
    lost.map(|(section, lost)| {
        let remedy = match lost.remedy.as_str() {
            "" => String::new(),
            remedy => format!(": {remedy}"),
        };
        format!("{} — {}{remedy}", section.name(), lost.why)
    })
    .collect()
}

/// The rules that were not checked for another reason than a section that is not known.
pub(super) fn not_checked(analysis: &Analysis<'_>) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for rule in &analysis.judgement.not_checked {
        match reasons.iter_mut().find(|(why, _)| *why == rule.why) {
            Some((_, rules)) => rules.push(rule.rule),
            None => reasons.push((&rule.why, vec![rule.rule])),
        }
    }
    let line = |(why, rules): (&str, Vec<&str>)| format!("{} — {why}", rules.join(", "));
    reasons.into_iter().map(line).collect()
}
