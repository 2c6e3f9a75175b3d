//! The verbs that all plugins share.

use anstyle::Style;
use clap::Args;
use serde::Serialize;

use crate::cli::Context;
use crate::config::{DEFAULT_TOML, Origin};
use crate::error::failure;
use crate::exit::ExitStatus;
use crate::file_set::{self, ChangeKind, FileSet};
use crate::terminal::{Format, paint, style};
use crate::workspace::WorkspaceContext;

// No doc comments on the structs: clap would show them as the description of the verb.
#[derive(Debug, Args)]
#[expect(
    missing_docs,
    reason = "a doc comment here would become the description of the verb"
)]
pub struct InitArgs {
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
#[expect(
    missing_docs,
    reason = "a doc comment here would become the description of the verb"
)]
pub struct ConfigArgs {}

/// `init`: writes a commented `Backend.toml` in the workspace's root; one that is there stays.
///
/// # Errors
/// When there is a `Backend.toml` already, or the folder cannot be written.
pub fn init(args: &InitArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let workspace = WorkspaceContext::find(
        &cx.directory,
        cx.global.manifest_path.as_deref(),
        &cx.environment,
    )?;
    let mut files = FileSet::new();
    files.insert("Backend.toml", commented(DEFAULT_TOML));
    let changes = files.plan(&workspace.root, &[])?;
    if changes
        .iter()
        .any(|change| change.kind != ChangeKind::Create)
    {
        return Err(failure(
            format!(
                "`{}` is already there",
                workspace.root.join("Backend.toml").display()
            ),
            "edit it, or see what is in force with the `config` command",
        ));
    }
    if args.dry_run {
        for change in &changes {
            cx.terminal.answer(&change.diff())?;
        }
    } else {
        file_set::write(&workspace.root, &changes)?;
        cx.terminal.status("Created", "Backend.toml");
    }
    Ok(ExitStatus::Clean)
}

/// The defaults with every assignment commented out: what is uncommented was meant.
fn commented(defaults: &str) -> String {
    defaults
        .lines()
        .map(|line| {
            let assignment = !line.starts_with('#') && line.contains(" = ");
            if assignment {
                format!("# {line}\n")
            } else {
                format!("{line}\n")
            }
        })
        .collect()
}

/// `config`: prints every effective value with its origin.
///
/// # Errors
/// When the settings cannot be read.
pub fn config(_args: &ConfigArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    #[derive(Serialize)]
    struct Line<'a> {
        key: &'a str,
        value: &'a serde_json::Value,
        origin: String,
    }
    let project = cx.project()?;
    let rows: Vec<(&String, serde_json::Value, &Origin)> = project
        .config
        .settings
        .iter()
        .map(|(path, setting)| {
            // A URL from the environment may hold a password.
            let value = match setting.value.as_str() {
                Some(url) if path.ends_with(".url") => crate::database_url::DatabaseUrl::parse(url)
                    .map_or_else(|_unreadable| "***".into(), |url| url.to_string().into()),
                _ => setting.value.clone(),
            };
            (path, value, &setting.origin)
        })
        .collect();
    let width = rows.iter().map(|(path, ..)| path.len()).max().unwrap_or(0);
    for (key, value, origin) in rows {
        let origin_text = origin.to_string();
        match cx.format() {
            Format::Json => cx.terminal.message(
                "setting",
                &Line {
                    key,
                    value: &value,
                    origin: origin_text,
                },
            )?,
            Format::Human => {
                let look = if *origin == Origin::Default {
                    style::DIM
                } else {
                    Style::new()
                };
                cx.terminal.answer(&paint(
                    look,
                    &format!("{key:<width$} = {value}  # {origin_text}"),
                ))?;
            }
        }
    }
    Ok(ExitStatus::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_init_writes_sets_nothing_by_itself() {
        let text = commented(DEFAULT_TOML);
        let set: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.starts_with('[') && !line.is_empty())
            .collect();
        assert_eq!(set, Vec::<&str>::new());
    }
}
