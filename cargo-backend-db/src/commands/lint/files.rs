//! Which files `lint` looks at.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::error::{Hint as _, failure};

use crate::lint::Source;
use crate::migration::{Applied, Script, dir};
use crate::{apply, plan};

/// A file with where it is.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) source: Source,
    /// Whether a database has run it: then it must stay as it is.
    pub(super) applied: bool,
}

/// From where names are read, and what is known.
pub(super) struct Place<'a> {
    pub(super) directory: &'a Path,
    /// The migrations folder.
    pub(super) folder: &'a Path,
    pub(super) history: Option<&'a [Applied]>,
    pub(super) dialect: Dialect,
}

impl Place<'_> {
    /// The files that are named; else those of the migrations folder that are not applied yet.
    pub(super) fn files(&self, named: &[PathBuf]) -> anyhow::Result<Vec<File>> {
        if named.is_empty() {
            return self.pending();
        }
        let mut files = Vec::new();
        for file in named {
            let full = self.directory.join(file);
            if full.is_dir() {
                for script in dir::sql_files(&full)? {
                    files.push(self.file(full.join(&script.file), &script));
                }
            } else if full.exists() {
                let text = fs_err::read_to_string(&full)
                    .hint("cannot read an SQL file", "save it as UTF-8 text")?;
                let script = Script {
                    file: file.display().to_string(),
                    text,
                };
                files.push(self.file(full, &script));
            } else {
                return Err(failure(
                    format!("there is no file `{}`", file.display()),
                    "name SQL files or folders of them, or none for the migrations folder",
                ));
            }
        }
        Ok(files)
    }

    fn pending(&self) -> anyhow::Result<Vec<File>> {
        let migrations = dir::read(self.folder)?;
        let pending = match self.history {
            Some(history) => plan::pending(&migrations, history)
                .map_err(|obstacle| super::super::refuse(&obstacle))?,
            None => migrations.iter().collect(),
        };
        let file = |script: &Script| self.file(self.folder.join(&script.file), script);
        Ok(pending
            .into_iter()
            .map(|migration| file(&migration.up))
            .collect())
    }

    fn file(&self, path: PathBuf, script: &Script) -> File {
        let shown = path.strip_prefix(self.directory).unwrap_or(&path);
        let checksum = script.checksum();
        let mut history = self.history.unwrap_or_default().iter();
        File {
            applied: history.any(|applied| applied.checksum == checksum),
            source: Source {
                file: shown.display().to_string(),
                text: Arc::from(script.text.as_str()),
                transaction: apply::is_transactional(self.dialect, script),
            },
            path,
        }
    }
}
