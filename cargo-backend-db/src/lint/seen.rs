//! What statements did in a scratch database, as findings: hazards by their names, and every other lock
//! as a note.

use std::ops::Range;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location, Severity};

use super::live::Size;
use super::statement::Name;
use super::{Finding, Live, Source, allow, read};
use crate::ddl::postgres::words;
use crate::diff::hazard::{Hazard, Online, Seen};

/// The name of a finding that is no hazard.
const TRACE: &str = "trace";

/// What can be allowed beside the rules.
pub(super) const NAMES: [&str; 4] = ["rewrite", "scan", "lock", TRACE];

/// What one statement did.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    /// Where it stands in its file, in bytes.
    pub(crate) span: Range<usize>,
    /// PostgreSQL: the tables that were there before, with their locks.
    pub(crate) seen: Vec<Seen>,
    /// MySQL and MariaDB: how the table was changed.
    pub(crate) online: Option<Online>,
}

impl Observed {
    /// What it did, table by table.
    fn told(&self) -> Vec<(Option<Hazard>, String, Option<Name>)> {
        let seen = self.seen.iter().map(|seen| {
            let (table, lock) = (&seen.table, &seen.lock);
            let message = match (seen.rewritten, seen.scanned) {
                (true, _) => format!("`{table}` was written anew under {lock}"),
                (false, true) => format!("`{table}` was read to its end under {lock}"),
                (false, false) => format!("`{table}` was held under {lock}, for a moment"),
            };
            let name = words::created(table);
            let name = name.map(|(schema, name)| Name {
                schema: Some(schema),
                name,
            });
            (seen.hazard(), message, name)
        });
        let online = self.online.iter().map(|online| {
            let Online { algorithm, lock } = online;
            let message = format!("the server takes ALGORITHM={algorithm}, LOCK={lock} at best");
            (online.hazard(), message, None)
        });
        seen.chain(online).collect()
    }
}

/// The findings for what was seen in one file, in its order.
///
/// # Errors
/// Where the text is no SQL, with the places.
pub(crate) fn seen(
    source: &Source,
    dialect: Dialect,
    live: Option<Live<'_>>,
    observed: &[Observed],
) -> Result<Vec<Finding>, Faults> {
    let statements = read::reader(dialect).statements(&source.file, &source.text)?;
    let allows = allow::read(&source.text, &statements);
    let mut findings = Vec::new();
    for observed in observed {
        let at = statements
            .iter()
            .position(|statement| statement.span.contains(&observed.span.start));
        for (hazard, message, table) in observed.told() {
            let name = hazard.map_or_else(|| TRACE.to_owned(), |hazard| hazard.to_string());
            let allowed = allows.iter().any(|allow| {
                allow.statement.is_some() && allow.statement == at && allow.rules.contains(&name)
            });
            if allowed {
                continue;
            }
            let known = table.as_ref().zip(live);
            let severity = match (hazard, known.map(|(table, live)| live.size(table))) {
                (None, _) | (_, Some(Size::Empty | Size::Small)) => Severity::Note,
                (Some(_), None | Some(Size::Unknown | Size::Large)) => Severity::Error,
            };
            let start = observed.span.start;
            let location = Location::of_offset(source.file.clone(), &source.text, start);
            let mut diagnostic = Diagnostic::new(severity, message)
                .rule(name)
                .at(location)
                .evidence("seen in a scratch database with the same schema");
            let words = known.and_then(|(table, live)| live.in_words(table));
            if let Some(words) = words.filter(|_| hazard.is_some()) {
                diagnostic = diagnostic.evidence(words);
            }
            findings.push(Finding {
                table: table.map(|table| table.key()),
                ..Finding::from(diagnostic)
            });
        }
    }
    Ok(findings)
}
