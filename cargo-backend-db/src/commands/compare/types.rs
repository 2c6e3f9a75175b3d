//! `compare --types`: the row structs of the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::error::failure;
use cargo_backend_shared::file_set::{self, ChangeKind, FileChange, FileSet};
use cargo_backend_shared::schema::Schema;

use crate::report;
use crate::rows::{self, Crates};

/// What is done with structs that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Write,
    /// Shown as a difference.
    Show,
}

/// The marked structs of a workspace, compared with a schema.
pub(super) struct Rows {
    structs: usize,
    /// Those files that have to change.
    changes: Vec<FileChange>,
}

/// Reads them.
///
/// # Errors
/// When none is marked, or one cannot be refreshed, with its place.
pub(super) fn rows(cx: &Context, project: &Project, schema: &Schema) -> anyhow::Result<Rows> {
    let root = &project.workspace.root;
    let mut files = FileSet::new();
    let mut structs = 0;
    for member in &project.workspace.members {
        let crates = Crates(member.dependencies.clone());
        for (path, text) in sources(&member.directory)? {
            let shown = project.workspace.display(&path);
            let Some(refreshed) = rows::refresh(&shown, &text, schema, &crates)? else {
                continue;
            };
            structs += refreshed.structs;
            for missed in &refreshed.missed {
                cx.terminal.diagnostic(missed);
            }
            files.insert(path.strip_prefix(root).unwrap_or(&path), refreshed.text);
        }
    }
    if structs == 0 {
        return Err(failure(
            "no struct of the workspace is marked",
            "write `// backend-db:row(TABLE)` above the struct that holds its rows",
        ));
    }
    let mut changes = files.plan(root, &project.config.rules.protected_paths)?;
    changes.retain(|change| change.kind != ChangeKind::Unchanged);
    Ok(Rows { structs, changes })
}

impl Rows {
    /// Makes them follow the schema; whether any of them differed.
    pub(super) fn refresh(&self, cx: &Context, root: &Path, mode: Mode) -> anyhow::Result<bool> {
        if mode == Mode::Write {
            file_set::write(root, &self.changes)?;
        }
        let shown = mode == Mode::Show;
        report::refreshed(&cx.terminal, &self.changes, self.structs, shown)?;
        Ok(!self.changes.is_empty())
    }
}

/// The Rust files of a package. What another package has below it is its own, and what is built is
/// nobody's.
fn sources(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let mut sources = BTreeMap::new();
    let mut open: Vec<PathBuf> = ["src", "tests", "examples", "benches"]
        .iter()
        .map(|name| folder.join(name))
        .filter(|path| path.is_dir())
        .collect();
    while let Some(folder) = open.pop() {
        for entry in fs_err::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            // A link may lead in circles.
            if kind.is_dir() && !path.join("Cargo.toml").exists() {
                open.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs_err::read_to_string(&path).context("cannot read a source file")?;
                sources.insert(path, text);
            }
        }
    }
    Ok(sources)
}
