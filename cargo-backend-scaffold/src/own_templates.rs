//! Templates that users keep for themselves, in their workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Where they lie, relative to the workspace's root.
pub(crate) const FOLDER: &str = ".backend-scaffold/templates";

/// The templates of a pack: by the template that each stands for, what to call it, and its text.
pub(crate) fn read(root: &Path, pack: &str) -> anyhow::Result<BTreeMap<String, (String, String)>> {
    let base = Path::new(FOLDER).join(pack);
    let mut found = BTreeMap::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inside) = open.pop() {
        let folder = root.join(&base).join(&inside);
        if !folder.is_dir() {
            continue;
        }
        for entry in fs_err::read_dir(folder)? {
            let entry = entry?;
            let inside = inside.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                open.push(inside);
                continue;
            }
            let shown = base.join(&inside);
            let text = fs_err::read_to_string(root.join(&shown))
                .with_context(|| format!("cannot read the template `{}`", shown.display()))?;
            let name = shown.to_string_lossy().into_owned();
            found.insert(inside.to_string_lossy().replace('\\', "/"), (name, text));
        }
    }
    Ok(found)
}
