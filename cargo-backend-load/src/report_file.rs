//! The file that a report goes to.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use cargo_backend_shared::cli::Project;
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::file_set::{self, FileSet};

use crate::report::json::LoadReport;
use crate::report::{self, Document};

/// Where the report goes; found to be writable before the run that would be lost otherwise.
#[derive(Debug)]
pub(crate) struct ReportFile {
    /// As the user wrote it.
    shown: String,
    document: Document,
    root: PathBuf,
    /// Relative to the root.
    path: PathBuf,
    protected: Vec<String>,
}

impl ReportFile {
    /// Reads `path` relative to `directory` and makes sure that it can be written.
    pub(crate) fn find(path: &Path, directory: &Path, project: &Project) -> anyhow::Result<Self> {
        let shown = path.display().to_string();
        let document = path
            .extension()
            .and_then(|ending| of_ending(ending.to_str()?));
        let document = document.ok_or_else(|| {
            failure(
                format!("`{shown}` does not end with `.json`, `.html`, `.md`, `.xml` or `.csv`"),
                "the ending chooses the form of the report; .xml is JUnit",
            )
        })?;
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
        let file = match full.strip_prefix(root) {
            Ok(inside) if is_plain(inside) => Self {
                shown,
                document,
                root: root.clone(),
                path: inside.to_owned(),
                protected: project.config.rules.protected_paths.clone(),
            },
            Ok(_) | Err(_) => Self {
                shown,
                document,
                root: parent.to_owned(),
                path: PathBuf::from(name),
                protected: Vec::new(),
            },
        };
        file.changes(Vec::new())?;
        Ok(file)
    }

    fn changes(&self, bytes: Vec<u8>) -> anyhow::Result<Vec<file_set::FileChange>> {
        let mut files = FileSet::new();
        files.insert(&self.path, bytes);
        files.plan(&self.root, &self.protected)
    }

    /// Writes the report beside its place, and then into it.
    pub(crate) fn write(&self, report: &LoadReport) -> anyhow::Result<()> {
        let changes = self.changes(report::document(self.document, report)?.into_bytes())?;
        file_set::write(&self.root, &changes)
    }
}

fn of_ending(ending: &str) -> Option<Document> {
    Some(match ending {
        "json" => Document::Json,
        "html" => Document::Html,
        "md" => Document::Markdown,
        "xml" => Document::Junit,
        "csv" => Document::Csv,
        _ => return None,
    })
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
