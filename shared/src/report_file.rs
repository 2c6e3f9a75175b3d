//! The file that a report goes to.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;

use crate::cli::Project;
use crate::error::{Hint as _, failure};
use crate::file_set::{self, FileSet};

/// Where the report goes; found to be writable before the run that would be lost otherwise.
#[derive(Debug)]
pub struct ReportFile {
    /// As the user wrote it.
    shown: String,
    ending: &'static str,
    root: PathBuf,
    /// Relative to the root.
    path: PathBuf,
    protected: Vec<String>,
}

impl ReportFile {
    /// Reads `path` relative to `directory` and makes sure that it can be written; its ending is one
    /// of `endings`, which the `hint` explains.
    ///
    /// # Errors
    /// When it has another ending, is a folder or a protected file, or cannot be written.
    pub fn find(
        path: &Path,
        endings: &[&'static str],
        hint: &'static str,
        directory: &Path,
        project: &Project,
    ) -> anyhow::Result<Self> {
        let shown = path.display().to_string();
        let ending = path.extension().and_then(|ending| {
            let ending = ending.to_str()?;
            endings.iter().copied().find(|known| *known == ending)
        });
        let Some(ending) = ending else {
            let known: Vec<String> = endings
                .iter()
                .map(|ending| format!("`.{ending}`"))
                .collect();
            let known = match known.split_last() {
                Some((last, [])) => last.clone(),
                Some((last, others)) => format!("{} or {last}", others.join(", ")),
                None => String::new(),
            };
            return Err(failure(
                format!("`{shown}` does not end with {known}"),
                hint,
            ));
        };
        let full = directory.join(path);
        let (parent, name) = full
            .parent()
            .zip(full.file_name())
            .with_context(|| format!("`{shown}` is no file"))?;
        if full.is_dir() {
            return Err(failure(
                format!("cannot write the report: `{shown}` is a folder"),
                "name a file in it",
            ));
        }
        tempfile::tempfile_in(parent).hint(
            format!("cannot write the report in `{}`", parent.display()),
            "name a file in a folder that exists and can be written",
        )?;
        let root = &project.workspace.root;
        let (root, path, protected) = match full.strip_prefix(root) {
            Ok(inside) if is_plain(inside) => {
                let protected = project.config.rules.protected_paths.clone();
                (root.clone(), inside.to_owned(), protected)
            }
            Ok(_) | Err(_) => (parent.to_owned(), PathBuf::from(name), Vec::new()),
        };
        let file = Self {
            shown,
            ending,
            root,
            path,
            protected,
        };
        file.changes(Vec::new())?;
        Ok(file)
    }

    /// The ending, without its dot: it chooses the form.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        self.ending
    }

    fn changes(&self, bytes: Vec<u8>) -> anyhow::Result<Vec<file_set::FileChange>> {
        let mut files = FileSet::new();
        files.insert(&self.path, bytes);
        files.plan(&self.root, &self.protected)
    }

    /// Writes the report beside its place, and then into it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, report: String) -> anyhow::Result<()> {
        let changes = self.changes(report.into_bytes())?;
        file_set::write(&self.root, &changes)
    }
}

/// Whether a path goes straight down.
fn is_plain(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, Component::Normal(_)))
}

impl fmt::Display for ReportFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}
