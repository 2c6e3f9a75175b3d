//! The rules for migrations: pure judgement over their text, and over what a database says of the tables
//! they change, where one is there.

mod allow;
pub(crate) mod fix;
pub(crate) mod lines;
mod live;
pub(crate) mod read;
pub(crate) mod rule;
mod rules;
pub(crate) mod seen;
pub(crate) mod statement;

use std::sync::Arc;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location, Severity};

use lines::Lines;
pub(crate) use live::Live;
use live::Size;
use rule::{Fix, Found, Lint, Look};
pub(crate) use rules::LINTS;
use statement::Kind;

/// A file to be looked at.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// As the user named it.
    pub(crate) file: String,
    pub(crate) text: Arc<str>,
    /// Whether its runner puts a transaction around it.
    pub(crate) transaction: bool,
}

/// What was found in it.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) diagnostic: Diagnostic,
    /// The table that it is about, if it is about one.
    pub(crate) table: Option<String>,
    pub(crate) fix: Option<Fix>,
}

impl From<Diagnostic> for Finding {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostic,
            table: None,
            fix: None,
        }
    }
}

/// Every rule's answer, in the order of the file.
///
/// # Errors
/// Where the text is no SQL, with the places.
pub(crate) fn lint(
    source: &Source,
    dialect: Dialect,
    live: Option<Live<'_>>,
) -> Result<Vec<Finding>, Faults> {
    let statements = read::reader(dialect).statements(&source.file, &source.text)?;
    let allows = allow::read(&source.text, &statements);
    let made = rule::made(&statements);
    let lines = Lines::of(&source.text);
    let adds = |at: &usize| matches!(statements[*at].kind, Kind::AddEnumValue { .. });
    let values: Vec<usize> = (0..statements.len()).filter(adds).collect();
    let mut findings: Vec<(usize, Finding)> = Vec::new();
    let (mut explicit, mut begins) = (false, 0);
    for (at, statement) in statements.iter().enumerate() {
        let look = Look {
            text: &source.text,
            all: &statements,
            at,
            transaction: source.transaction || explicit,
            begins,
            values: &values,
            wrapped: source.transaction,
            live,
            made: &made,
        };
        for lint in LINTS.iter().filter(|lint| lint.engines.contains(&dialect)) {
            let allowed = allows.iter().any(|allow| {
                allow.statement == Some(at) && allow.rules.iter().any(|r| r == lint.rule.name)
            });
            if allowed {
                continue;
            }
            for found in (lint.check)(&look) {
                let start = found.span.start;
                findings.extend(
                    weighed(lint, found, (source, &lines), dialect, live)
                        .map(|found| (start, found)),
                );
            }
        }
        if statement.kind == Kind::Begin || statement.kind.ends_transaction() {
            begins = at + 1;
        }
        explicit =
            (explicit || statement.kind == Kind::Begin) && !statement.kind.ends_transaction();
    }
    for statement in &statements {
        if let Kind::Unread(fault) = &statement.kind {
            let start = statement.span.start;
            let finding =
                Diagnostic::warning(format!("not looked at, for it cannot be read: {fault}"))
                    .at(lines.location(&source.file, &source.text, start));
            findings.push((start, Finding::from(finding)));
        }
    }
    for allow in &allows {
        findings.extend(
            doubtful(allow, source)
                .into_iter()
                .map(|found| (allow.span.start, found)),
        );
    }
    findings.sort_by_key(|(start, _)| *start);
    Ok(findings.into_iter().map(|(_, finding)| finding).collect())
}

/// A finding of the weight that the table's size gives it; none where the table is empty.
fn weighed(
    lint: &Lint,
    found: Found,
    (source, lines): (&Source, &Lines),
    dialect: Dialect,
    live: Option<Live<'_>>,
) -> Option<Finding> {
    let size = match (&found.table, live) {
        (Some(table), Some(live)) if lint.grows => live.size(table),
        _ => Size::Unknown,
    };
    let severity = match size {
        Size::Empty => return None,
        Size::Small => Severity::Note,
        Size::Unknown | Size::Large => Severity::from(found.level.unwrap_or(lint.level)),
    };
    let location = lines.location(&source.file, &source.text, found.span.start);
    let mut diagnostic = Diagnostic::new(severity, found.message)
        .rule(lint.rule.name)
        .at(location);
    if let (Some(lock), Some(table), Dialect::Postgres) =
        (lint.examples.seen.lock(), &found.table, dialect)
    {
        diagnostic = diagnostic.evidence(format!(
            "{lock} on {table} until the end of the transaction: {} waits",
            lock.stops()
        ));
    }
    let words = match (&found.table, live) {
        (Some(table), Some(live)) if lint.grows => live.in_words(table),
        _ => None,
    };
    if let Some(words) = words {
        diagnostic = diagnostic.evidence(words);
    }
    Some(Finding {
        diagnostic: diagnostic.help(found.help),
        table: found.table.map(|table| table.key()),
        fix: found.fix,
    })
}

/// A comment that allows nothing, or does not say why.
fn doubtful(allow: &allow::Allow, source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    let location = || Location::of_offset(source.file.clone(), &source.text, allow.span.start);
    for name in &allow.rules {
        let seen = seen::NAMES.contains(&name.as_str());
        if !seen && !LINTS.iter().any(|lint| lint.rule.name == name) {
            found.push(
                Diagnostic::warning(format!("there is no rule `{name}` to be allowed"))
                    .help("`cargo backend-db explain` lists the rules"),
            );
        }
    }
    if allow.reason.is_empty() {
        found.push(
            Diagnostic::warning("a rule is allowed without a reason")
                .help("say behind the parenthesis why it does no harm here"),
        );
    }
    if allow.statement.is_none() {
        found.push(
            Diagnostic::warning("a rule is allowed behind the last statement")
                .help("write it above the statement that it is about, or on the same line"),
        );
    }
    let placed = found
        .into_iter()
        .map(|diagnostic| diagnostic.at(location()));
    placed.map(Finding::from).collect()
}
