//! Files to be written into a workspace: compared first, written atomically, or only shown.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use globset::{Glob, GlobSetBuilder};
use similar::TextDiff;

use crate::error::{Hint as _, failure};

/// Paths (relative to a root) and the bytes they should hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

/// What writing a file would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The file is not there yet.
    Create,
    /// The file holds something else.
    Update,
    /// The file holds just this.
    Unchanged,
}

/// One file of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the root.
    pub path: PathBuf,
    /// What writing does.
    pub kind: ChangeKind,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl FileSet {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; a second one of the same path replaces the first.
    pub fn insert(&mut self, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), bytes.into());
    }

    /// The files in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        self.files
            .iter()
            .map(|(path, bytes)| (path.as_path(), bytes.as_slice()))
    }

    /// Compares with what is on disk below `root`. `protected` are the globs of
    /// `[rules] protected-paths`: a change to such a file is refused before anything is written.
    ///
    /// # Errors
    /// When a path leaves `root` or is protected, a glob is malformed, or a file cannot be read.
    pub fn plan(&self, root: &Path, protected: &[String]) -> anyhow::Result<Vec<FileChange>> {
        let mut globs = GlobSetBuilder::new();
        for pattern in protected {
            globs.add(Glob::new(pattern).with_context(|| {
                format!("`{pattern}` in `rules.protected-paths` is not a path pattern")
            })?);
        }
        let globs = globs.build()?;
        let mut changes = Vec::with_capacity(self.files.len());
        for (path, after) in &self.files {
            let inside = path
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            if !inside {
                return Err(failure(
                    format!("`{}` would leave `{}`", path.display(), root.display()),
                    "choose a folder inside the workspace",
                ));
            }
            let full = root.join(path);
            let (kind, before) = if full.exists() {
                let before = fs_err::read(&full)?;
                let kind = if before == *after {
                    ChangeKind::Unchanged
                } else {
                    ChangeKind::Update
                };
                (kind, before)
            } else {
                (ChangeKind::Create, Vec::new())
            };
            if kind != ChangeKind::Unchanged && globs.is_match(path) {
                return Err(failure(
                    format!("`{}` is protected and would change", path.display()),
                    "take it out of `[rules] protected-paths` in `Backend.toml`, or change it by hand",
                ));
            }
            changes.push(FileChange {
                path: path.clone(),
                kind,
                before,
                after: after.clone(),
            });
        }
        Ok(changes)
    }
}

impl FileChange {
    /// A unified diff with three lines of context; for bytes that are not text, one line.
    #[must_use]
    pub fn diff(&self) -> String {
        let (Ok(before), Ok(after)) = (
            std::str::from_utf8(&self.before),
            std::str::from_utf8(&self.after),
        ) else {
            return format!("binary file {} differs\n", self.path.display());
        };
        let path = self.path.display();
        let old = match self.kind {
            ChangeKind::Create => "/dev/null".to_owned(),
            ChangeKind::Update | ChangeKind::Unchanged => format!("a/{path}"),
        };
        TextDiff::from_lines(before, after)
            .unified_diff()
            .context_radius(3)
            .header(&old, &format!("b/{path}"))
            .to_string()
    }
}

/// Writes the changes of a plan below `root`: every file first to a temporary one beside it, and
/// only when all are there, each is renamed into place. On a failure nothing has changed but for
/// folders that were made and are empty, and those are removed again.
///
/// # Errors
/// When a folder cannot be made or a file cannot be written.
pub fn write(root: &Path, changes: &[FileChange]) -> anyhow::Result<()> {
    const HINT: &str = "check that the folder exists, is writable and has room";
    let mut made = Vec::new();
    let mut ready = Vec::new();
    let staged = changes
        .iter()
        .filter(|change| change.kind != ChangeKind::Unchanged)
        .try_for_each(|change| {
            let target = root.join(&change.path);
            let folder = target.parent().unwrap_or(root);
            make_folders(folder, &mut made)?;
            let mut file = tempfile::Builder::new()
                .prefix(".backend-")
                .tempfile_in(folder)?;
            file.write_all(&change.after)?;
            keep_permissions(&target, file.as_file())?;
            ready.push((file, target));
            anyhow::Ok(())
        });
    if staged.is_err() {
        drop(ready);
        for folder in made.iter().rev() {
            // Somebody else may have used it in the meantime; then it stays.
            drop(std::fs::remove_dir(folder));
        }
        return staged.hint(format!("cannot write into `{}`", root.display()), HINT);
    }
    for (file, target) in ready {
        file.persist(&target)
            .hint(format!("cannot write `{}`", target.display()), HINT)?;
    }
    Ok(())
}

fn make_folders(folder: &Path, made: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|f| !f.exists()).collect();
    for folder in missing.into_iter().rev() {
        fs_err::create_dir(folder)?;
        made.push(folder.to_path_buf());
    }
    Ok(())
}

/// A temporary file is private to its owner; a workspace file is as open as the umask allows, or
/// as its predecessor was.
fn keep_permissions(target: &Path, file: &std::fs::File) -> std::io::Result<()> {
    if let Ok(before) = std::fs::metadata(target) {
        return file.set_permissions(before.permissions());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapbox::{assert_data_eq, str};

    fn one(path: &str, text: &str) -> FileSet {
        let mut files = FileSet::new();
        files.insert(path, text);
        files
    }

    #[test]
    fn what_is_written_is_unchanged_the_second_time() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let files = one("a/b.txt", "one\n");
        let plan = files.plan(root.path(), &[]).expect("a plan");
        assert_eq!(plan[0].kind, ChangeKind::Create);
        write(root.path(), &plan).expect("written");
        let again = files.plan(root.path(), &[]).expect("a plan");
        assert_eq!(again[0].kind, ChangeKind::Unchanged);
        let left: Vec<_> = fs_err::read_dir(root.path().join("a"))
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(left, ["b.txt"], "no temporary file stays");
    }

    #[test]
    fn a_protected_file_is_never_changed() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let fault = one("src/billing/tax.rs", "x")
            .plan(root.path(), &["src/billing/**".to_owned()])
            .expect_err("it is protected");
        assert_eq!(
            fault.to_string(),
            "`src/billing/tax.rs` is protected and would change"
        );
    }

    #[test]
    fn no_path_leaves_the_root() {
        let root = tempfile::tempdir().expect("a temporary folder");
        for path in ["../x", "/etc/x", "a/../../x"] {
            let fault = one(path, "").plan(root.path(), &[]).expect_err("it leaves");
            assert_eq!(
                fault.to_string(),
                format!("`{path}` would leave `{}`", root.path().display())
            );
        }
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let mut files = one("made/first.txt", "x");
        files.insert("z.txt/second.txt", "x");
        let plan = files.plan(root.path(), &[]).expect("a plan");
        // A file stands where the second one needs a folder.
        fs_err::write(root.path().join("z.txt"), "in the way").expect("a file");
        assert!(write(root.path(), &plan).is_err());
        assert!(!root.path().join("made").exists());
    }

    #[test]
    fn the_diff_is_unified() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let plan = one("a.txt", "one\ntwo\n")
            .plan(root.path(), &[])
            .expect("a plan");
        write(root.path(), &plan).expect("written");
        let plan = one("a.txt", "one\n2\n")
            .plan(root.path(), &[])
            .expect("a plan");
        assert_data_eq!(
            plan[0].diff(),
            str![[r#"
--- a/a.txt
+++ b/a.txt
@@ -1,2 +1,2 @@
 one
-two
+2

"#]]
        );
    }
}
