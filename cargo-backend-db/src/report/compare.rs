//! The answers of `compare`.

use std::collections::BTreeSet;

use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::{Format, Terminal, paint, style};

use crate::diff::hazard::{self, Hazard};
use crate::diff::rename::Likely;
use crate::diff::{Draft, Step};
use crate::difference::Difference;

/// There is nothing to do.
pub(crate) fn same(
    terminal: &Terminal,
    url: &DatabaseUrl,
    target: &str,
) -> anyhow::Result<ExitStatus> {
    match terminal.format() {
        Format::Json => terminal.message(
            "compared",
            &serde_json::json!({ "database": url.to_string(), "equal": true }),
        )?,
        Format::Human => {
            terminal.status("Finished", &format!("{url} is what `{target}` says"));
        }
    }
    Ok(ExitStatus::Clean)
}

/// The migrations, as SQL that can be piped into a client, with what is dangerous in them.
pub(crate) fn drafts(
    terminal: &Terminal,
    drafts: &[Draft],
    dialect: Dialect,
) -> anyhow::Result<()> {
    for (place, draft) in drafts.iter().enumerate() {
        if terminal.format() == Format::Human && drafts.len() > 1 {
            let how = if draft.is_transactional() {
                "in a transaction"
            } else {
                "without a transaction"
            };
            let head = format!("-- migration {} of {} ({how})", place + 1, drafts.len());
            terminal.answer(&paint(style::DIM, &head))?;
        }
        let told = terminal.format() == Format::Human;
        for setting in draft.before(dialect).iter().filter(|_| told) {
            terminal.answer(&format!("{setting};\n"))?;
        }
        for step in &draft.steps {
            self::step(terminal, place + 1, step)?;
        }
        for setting in draft.after().iter().filter(|_| told) {
            terminal.answer(&format!("{setting};\n"))?;
        }
    }
    Ok(())
}

/// What the model cannot hold stands on neither side.
pub(crate) fn unsupported<'a>(terminal: &Terminal, missing: impl Iterator<Item = &'a String>) {
    for missing in missing.collect::<BTreeSet<_>>() {
        terminal.warn(&format!("not compared: {missing}"));
    }
}

fn step(terminal: &Terminal, migration: usize, step: &Step) -> anyhow::Result<()> {
    let hazards = hazard::of(step);
    match terminal.format() {
        Format::Json => {
            let hazards: Vec<_> = hazards
                .iter()
                .map(|(hazard, words)| serde_json::json!({ "hazard": hazard, "what": words }))
                .collect();
            terminal.message(
                "step",
                &serde_json::json!({
                    "migration": migration,
                    "sql": step.sql,
                    "hazards": hazards,
                    "seen": step.seen,
                }),
            )?;
        }
        Format::Human => {
            for (hazard, words) in hazards {
                let told = format!("-- {hazard}: {words}");
                terminal.answer(&paint(style::BAD, &told))?;
            }
            terminal.answer(&format!("{};\n", step.sql))?;
        }
    }
    Ok(())
}

/// What may have been renamed, with what speaks for it.
pub(crate) fn likely(terminal: &Terminal, likely: &[Likely]) -> anyhow::Result<()> {
    for one in likely {
        match terminal.format() {
            Format::Json => terminal.message("likely-rename", one)?,
            Format::Human => terminal.warn(&format!(
                "is it a rename? Then add --rename {}, and its rows stay ({})",
                shell(&one.rename),
                one.because
            )),
        }
    }
    Ok(())
}

/// As a shell reads it in one piece.
fn shell(text: &str) -> String {
    match text.contains(['"', ' ', '$', '\'']) {
        true => format!("'{}'", text.replace('\'', "'\\''")),
        false => text.to_owned(),
    }
}

/// Dangers that nobody accepted: nothing is written.
pub(crate) fn refused(
    terminal: &Terminal,
    refused: &[(Hazard, String, &Step)],
) -> anyhow::Result<ExitStatus> {
    for (hazard, words, step) in refused {
        match terminal.format() {
            Format::Json => terminal.message(
                "refused",
                &serde_json::json!({ "hazard": hazard, "what": words, "sql": step.sql }),
            )?,
            Format::Human => {
                let name = paint(style::BAD, &hazard.to_string());
                terminal.answer(&format!("{name}: {words}\n    {};\n", step.sql))?;
            }
        }
    }
    let kinds: BTreeSet<Hazard> = refused.iter().map(|(hazard, _, _)| *hazard).collect();
    let flags: Vec<String> = kinds.iter().map(|kind| format!("--allow {kind}")).collect();
    let hint = format!("nothing was written; to accept it, add {}", flags.join(" "));
    terminal.warn(&hint);
    Ok(ExitStatus::No)
}

/// The change does not do what it should: a fault of ours, and nothing was written.
pub(crate) fn unproved(
    terminal: &Terminal,
    way: &str,
    differences: &[Difference],
) -> anyhow::Result<ExitStatus> {
    match terminal.format() {
        Format::Json => terminal.message(
            "unproved",
            &serde_json::json!({ "way": way, "differences": differences }),
        )?,
        Format::Human => {
            super::schema::differences(terminal, differences)?;
            terminal.warn(&format!(
                "in the scratch database the way {way} did not lead where it should; nothing was written"
            ));
        }
    }
    Ok(ExitStatus::CouldNotRun)
}
