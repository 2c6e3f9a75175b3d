//! `lint --fix`.

use std::path::Path;

use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::error::failure;
use cargo_backend_shared::file_set::{self, FileSet};

use super::super::migrate::{next_version, place};
use super::files::File;
use crate::lint::{self, Finding};
use crate::migration::{Version, dir};
use crate::report;

/// Writes the safe forms, and the migrations that finish them; with `dry_run` only shows them.
pub(super) fn write(
    cx: &Context,
    project: &Project,
    found: &[(&File, &[Finding])],
    dry_run: bool,
) -> anyhow::Result<usize> {
    let mut written = 0;
    for (file, findings) in found {
        let Some(fixed) = lint::fix::apply(&file.source.text, findings) else {
            continue;
        };
        if file.applied {
            return Err(failure(
                format!("`{}` is applied, and must stay as it is", file.source.file),
                "put the change into a new migration",
            ));
        }
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let (root, prefix) = place(project, folder);
        let mut files = FileSet::new();
        files.insert(
            prefix.join(file.path.file_name().unwrap_or_default()),
            fixed.text,
        );
        let mut version = next_version(folder)?;
        for later in fixed.later {
            let (up, down) = dir::file_names(version, &later.name)?;
            files.insert(prefix.join(up), later.up);
            files.insert(prefix.join(down), later.down);
            version = Version(version.0 + 1);
        }
        let changes = files.plan(&root, &project.config.rules.protected_paths)?;
        if !dry_run {
            file_set::write(&root, &changes)?;
        }
        report::files(&cx.terminal, &changes, dry_run)?;
        written += 1;
    }
    Ok(written)
}
