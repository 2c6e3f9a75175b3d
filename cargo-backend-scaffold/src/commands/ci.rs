//! What the CI of a service can ask: the file lies where the repository's CI looks for it, and the
//! document where CI can read it.

use std::path::{Path, PathBuf};

use cargo_backend_shared::diagnostic::Diagnostic;

use crate::commands::target;
use crate::render::Workflow;

/// What is written, and what a person should know about what is not.
pub(super) struct Ci {
    pub(super) workflow: Option<Workflow>,
    pub(super) notes: Vec<Diagnostic>,
}

/// Decides for a workspace at `root`. `document` is the file that the service is made from, if it is
/// made from one.
pub(super) fn of(root: &Path, document: Option<&Path>) -> Ci {
    if let Some(repository) = repository_around(root) {
        let note = Diagnostic::note(format!(
            "no CI file is written: the repository is `{}`, and this workspace only a folder of it",
            repository.display()
        ));
        let help =
            "CI reads `.github/workflows` at the root of a repository; write one there by hand";
        return Ci {
            workflow: None,
            notes: vec![note.help(help)],
        };
    }
    let Some(document) = document else {
        return Ci {
            workflow: Some(Workflow::default()),
            notes: Vec::new(),
        };
    };
    let inside = target::inside(root, document).filter(|path| is_writable(path));
    let notes = match inside {
        Some(_) => Vec::new(),
        None => vec![
            Diagnostic::note(format!(
                "the CI file does not compare the service with `{}`: it is no file of the workspace",
                document.display()
            ))
            .help("keep the document in the workspace, and generate from there"),
        ],
    };
    Ci {
        workflow: Some(Workflow { document: inside }),
        notes,
    }
}

/// The repository that a workspace is a part of, without being its root.
fn repository_around(root: &Path) -> Option<PathBuf> {
    let mut folders = root.ancestors();
    let repository = folders.find(|folder| folder.join(".git").exists())?;
    (repository != root).then(|| repository.to_path_buf())
}

/// Whether a path can stand in a line of a CI file: `${{` begins an expression wherever it stands.
fn is_writable(path: &Path) -> bool {
    let text = path.to_str();
    text.is_some_and(|text| !text.contains(char::is_control) && !text.contains("${{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_the_workspace_is_compared_and_no_other() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        let document = |path: &Path| of(root, Some(path)).workflow.and_then(|ci| ci.document);
        assert_eq!(
            document(&root.join("api/./openapi.yaml")),
            Some(PathBuf::from("api/openapi.yaml"))
        );
        for path in ["../openapi.yaml", "${{ secrets.KEY }}.yaml", "a\nb.yaml"] {
            assert_eq!(document(&root.join(path)), None, "{path}");
            assert_eq!(of(root, Some(&root.join(path))).notes.len(), 1, "{path}");
        }
        assert_eq!(of(root, None).workflow, Some(Workflow::default()));
    }

    #[test]
    fn a_workspace_inside_of_a_repository_has_no_ci_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("service");
        fs_err::create_dir_all(folder.path().join(".git")).expect("a repository");
        fs_err::create_dir_all(root.join("src")).expect("a workspace");
        let inner = of(&root, None);
        assert_eq!((inner.workflow, inner.notes.len()), (None, 1));
        assert!(of(folder.path(), None).workflow.is_some());
    }
}
