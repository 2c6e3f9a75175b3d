//! The workspace a command works in, read from `cargo metadata`; where there is no cargo (a deploy
//! container has none) or no manifest, from the files alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{CargoOpt, MetadataCommand};
use serde_json::Value;

use crate::config::Environment;
use crate::error::failure;

/// A package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The package's name.
    pub name: String,
    /// Its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// The folder of its `Cargo.toml`.
    pub directory: PathBuf,
    /// The crates that it depends on, by their own names.
    pub dependencies: BTreeSet<String>,
}

/// Where the project is and what it is made of.
#[derive(Debug, Clone)]
pub struct WorkspaceContext {
    /// The folder of the workspace's `Cargo.toml`; without one, of `Backend.toml`; else the current directory.
    pub root: PathBuf,
    /// Its packages; empty where cargo could not be asked.
    pub members: Vec<Member>,
    /// `[workspace.metadata.backend]`, null where there is none.
    pub metadata: Value,
}

impl WorkspaceContext {
    /// Finds the workspace of `directory`, or of `manifest_path` where that is given.
    ///
    /// # Errors
    /// When `manifest_path` does not exist, or cargo says that a manifest is broken.
    pub fn find(
        directory: &Path,
        manifest_path: Option<&Path>,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let manifest = match manifest_path {
            Some(given) => {
                let path = directory.join(given);
                if !path.is_file() {
                    return Err(failure(
                        format!("manifest path `{}` does not exist", given.display()),
                        "give the path of a `Cargo.toml` to --manifest-path",
                    ));
                }
                Some(path)
            }
            None => nearest(directory, "Cargo.toml"),
        };
        let Some(manifest) = manifest else {
            return Ok(Self::of_files(directory));
        };
        let cargo = environment.get("CARGO").unwrap_or("cargo");
        let answer = MetadataCommand::new()
            .cargo_path(cargo)
            .manifest_path(&manifest)
            .no_deps()
            .other_options(["--offline".to_owned()])
            .features(CargoOpt::AllFeatures)
            .exec();
        match answer {
            Ok(metadata) => Ok(Self::of_metadata(&metadata)),
            Err(cargo_metadata::Error::Io(_)) => {
                Ok(Self::of_files(manifest.parent().unwrap_or(directory)))
            }
            Err(cargo_metadata::Error::CargoMetadata { stderr }) => Err(failure(
                format!(
                    "cargo cannot read `{}`: {}",
                    manifest.display(),
                    stderr.trim().trim_start_matches("error: ")
                ),
                "mend the manifest, or name another with --manifest-path",
            )),
            Err(other) => {
                Err(anyhow::Error::new(other).context("cannot understand cargo's metadata"))
            }
        }
    }

    fn of_metadata(metadata: &cargo_metadata::Metadata) -> Self {
        let members = metadata
            .workspace_packages()
            .into_iter()
            .map(|package| {
                let manifest_path = package.manifest_path.clone().into_std_path_buf();
                let dependencies = package.dependencies.iter();
                Member {
                    name: package.name.to_string(),
                    directory: manifest_path
                        .parent()
                        .map(Path::to_path_buf)
                        .unwrap_or_default(),
                    manifest_path,
                    dependencies: dependencies.map(|other| other.name.clone()).collect(),
                }
            })
            .collect();
        Self {
            root: metadata.workspace_root.clone().into_std_path_buf(),
            members,
            metadata: metadata
                .workspace_metadata
                .get("backend")
                .cloned()
                .unwrap_or(Value::Null),
        }
    }

    fn of_files(directory: &Path) -> Self {
        let root = nearest(directory, "Backend.toml")
            .and_then(|file| file.parent().map(Path::to_path_buf))
            .unwrap_or_else(|| directory.to_path_buf());
        Self {
            root,
            members: Vec::new(),
            metadata: Value::Null,
        }
    }

    /// `path` relative to the root where it lies inside, for messages.
    #[must_use]
    pub fn display(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

/// The nearest file of that name in `directory` or above it.
fn nearest(directory: &Path, name: &str) -> Option<PathBuf> {
    directory
        .ancestors()
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_manifest_the_folder_of_backend_toml_is_the_root() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inner = folder.path().join("a/b");
        fs_err::create_dir_all(&inner).expect("folders");
        fs_err::File::create(folder.path().join("Backend.toml")).expect("a file");
        let found =
            WorkspaceContext::find(&inner, None, &Environment::default()).expect("no fault");
        assert_eq!(found.root, folder.path());
    }
}
