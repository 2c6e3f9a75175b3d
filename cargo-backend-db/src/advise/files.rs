//! The migration that makes the suggested indexes, and its rollback.

use std::fmt::Write as _;

use cargo_backend_shared::database_url::Dialect;

use super::{Grounds, NamedGain, Proof, Suggestion};
use crate::sql;
use crate::statistics::{bytes_in_words, counted, shown};

/// The up file.
pub(crate) fn up(suggestions: &[Suggestion], dialect: Dialect) -> String {
    let mut text = first_line(dialect).to_owned();
    for suggestion in suggestions {
        for line in reasons(suggestion) {
            writeln!(text, "-- {line}").expect("a String takes any text");
        }
        writeln!(text, "{};", sql::create_index(&suggestion.index, dialect))
            .expect("a String takes any text");
    }
    text
}

/// Why the index is worth it, a line each.
fn reasons(suggestion: &Suggestion) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(missing) = &suggestion.missing {
        let columns = missing.columns.join(", ");
        lines.push(format!(
            "{}({columns}) refers to {}, and no index leads with it.",
            missing.table,
            missing.references.join(", ")
        ));
        if let Some(proof) = &suggestion.proof {
            lines.push(format!(
                "The table has {}. Looking rows up by {columns}:",
                suggestion.rows
            ));
            lines.push(format!("  today: {}", suggestion.plan_today));
            lines.push(match proof {
                Proof::Tried { plan, means } => format!("  with the index: {plan}, {means}"),
                Proof::NotTried { why } => format!("  with the index: not tried: {why}"),
            });
        }
    }
    if let Some(grounds) = &suggestion.grounds {
        lines.extend(gains(suggestion, grounds));
    }
    if suggestion.index.partitioned {
        lines.push(
            "The table is partitioned: writers wait while the index is built on every partition."
                .to_owned(),
        );
    }
    lines
}

/// Who gains, by which proof, and what it costs.
fn gains(suggestion: &Suggestion, grounds: &Grounds) -> Vec<String> {
    let about = format!("{} has {}.", suggestion.table, suggestion.rows);
    let what = if suggestion
        .gains
        .iter()
        .any(|gain| gain.cost_before.is_some())
    {
        "the planner's cost before and after"
    } else {
        "the plan before and after"
    };
    let mut lines = match grounds {
        Grounds::Proved(means) => vec![format!("{about} Tried {means}; {what}:")],
        Grounds::Unproved(why) => vec![about, format!("Not proved: {why}.")],
    };
    for gain in &suggestion.gains {
        lines.extend(told(gain));
    }
    let writes = suggestion.writes.map_or_else(String::new, |writes| {
        format!(
            "; each write of a row writes it too ({} so far)",
            counted(writes, "row")
        )
    });
    if let Some(bytes) = suggestion.bytes {
        let size = bytes_in_words(bytes);
        lines.push(format!("The index is about {size}{writes}."));
    }
    lines
}

/// What a statement gains: costs on one line where the engine has them, else both plans.
fn told(gain: &NamedGain) -> Vec<String> {
    let statement = shown(&gain.statement);
    if let (Some(before), Some(after)) = (gain.cost_before, gain.cost_after) {
        let factor = gain.factor.map_or_else(String::new, |factor| {
            format!(", about {factor:.1} times as fast")
        });
        return vec![format!("  {before:.0} → {after:.0}{factor}: {statement}")];
    }
    let mut lines = vec![format!("  {statement}")];
    lines.push(format!("    today: {}", gain.plan_before));
    if !gain.plan_after.is_empty() {
        lines.push(format!("    with the index: {}", gain.plan_after));
    }
    lines
}

/// The down file: the same indexes, last first.
pub(crate) fn down(suggestions: &[Suggestion], dialect: Dialect) -> String {
    let mut text = first_line(dialect).to_owned();
    for suggestion in suggestions.iter().rev() {
        writeln!(text, "{};", sql::drop_index(&suggestion.index, dialect))
            .expect("a String takes any text");
    }
    text
}

/// CONCURRENTLY cannot run inside a transaction; sqlx and our runner read this line.
fn first_line(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "-- no-transaction\n",
        Dialect::Sqlite | Dialect::MySql => "",
    }
}
