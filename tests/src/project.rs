//! A user's workspace in a temporary folder, and what a plugin said when it ran there.

use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::plugin::{Plugin, repository, target_folder};

/// A workspace. Its folder goes when it is dropped.
#[derive(Debug)]
pub struct Project {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// How a program ended and what it said, with paths of this machine replaced.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    /// The exit status; none when a signal ended it.
    pub code: Option<i32>,
    /// The answer.
    pub stdout: String,
    /// The talk.
    pub stderr: String,
}

impl Project {
    /// An empty folder: no workspace at all.
    ///
    /// # Panics
    /// When there is no room for a temporary folder.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            folder: tempfile::Builder::new()
                .prefix("backend-project-")
                .tempdir()
                .expect("a temporary folder"),
            variables: Vec::new(),
        }
    }

    /// A workspace without members that turns every warning of its members into an error. It has
    /// this repository's lockfile and builds into its target folder.
    ///
    /// # Panics
    /// When the files cannot be written.
    #[must_use]
    pub fn workspace() -> Self {
        let project = Self::empty();
        project.file("Cargo.toml", WORKSPACE);
        fs_err::copy(
            repository().join("Cargo.lock"),
            project.path().join("Cargo.lock"),
        )
        .expect("the lockfile of this repository");
        project
    }

    /// Leaves the folder there when this is dropped.
    #[must_use]
    pub fn keep(mut self) -> Self {
        self.folder.disable_cleanup(true);
        self
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders above it.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn file(&self, path: &str, text: &str) -> PathBuf {
        let full = self.path().join(path);
        if let Some(folder) = full.parent() {
            fs_err::create_dir_all(folder).expect("a folder in a temporary folder");
        }
        fs_err::write(&full, text).expect("a file in a temporary folder");
        full
    }

    /// Reads a file.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn read(&self, path: &str) -> String {
        fs_err::read_to_string(self.path().join(path)).expect("the file is there")
    }

    /// Every file below the folder with its bytes, for "nothing was written".
    ///
    /// # Panics
    /// When a folder cannot be read.
    #[must_use]
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut open = vec![self.path().to_path_buf()];
        while let Some(folder) = open.pop() {
            for entry in fs_err::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let bytes = fs_err::read(&path).expect("a file");
                    let short = path.strip_prefix(self.path()).expect("below the folder");
                    files.push((short.to_path_buf(), bytes));
                }
            }
        }
        files.sort();
        files
    }

    /// Sets an environment variable for every run.
    pub fn variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A command that runs here, with nothing of the caller's settings.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            let settings = ["BACKEND_", "CARGO_TERM", "CLICOLOR"];
            if settings.iter().any(|prefix| name_text.starts_with(prefix))
                || ["DATABASE_URL", "NO_COLOR", "CI", "RUST_LOG"].contains(&name_text.as_ref())
            {
                command.env_remove(&name);
            }
        }
        command.env("CARGO_TARGET_DIR", target_folder());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a plugin here to its end.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn run(&self, plugin: Plugin, arguments: &[&str]) -> Run {
        let output = self
            .command(plugin.path())
            .args(arguments)
            .output()
            .expect("the plugin was built beside this test");
        self.told(&output)
    }

    /// Starts a plugin here and leaves it running; [`Self::told`] says what came of it.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn start(&self, plugin: Plugin, arguments: &[&str]) -> Child {
        self.command(plugin.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the plugin was built beside this test")
    }

    /// A folder that nobody but root may write into.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn read_only_folder(&self, path: &str) -> PathBuf {
        let folder = self.path().join(path);
        fs_err::create_dir_all(&folder).expect("a folder in a temporary folder");
        for path in [self.path(), &folder] {
            let readable = std::fs::Permissions::from_mode(0o555);
            fs_err::set_permissions(path, readable).expect("it is ours");
        }
        folder
    }

    /// As [`Self::run`], but never as root, whom no permission stops.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn run_unprivileged(&self, plugin: Plugin, arguments: &[&str]) -> Run {
        let is_root = fs_err::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        if !is_root {
            return self.run(plugin, arguments);
        }
        // The target folder may lie where `nobody` may not look.
        let programs = tempfile::tempdir().expect("a temporary folder");
        let open = std::fs::Permissions::from_mode(0o755);
        fs_err::set_permissions(programs.path(), open).expect("it is ours");
        let program = programs.path().join(plugin.name());
        fs_err::copy(plugin.path(), &program).expect("the plugin was built beside this test");
        let output = self
            .command("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&program)
            .args(arguments)
            .output()
            .expect("util-linux has setpriv");
        self.told(&output)
    }

    /// What a program said, with the folder as `[ROOT]`.
    #[must_use]
    pub fn told(&self, output: &Output) -> Run {
        let text = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes).replace(&self.path().display().to_string(), "[ROOT]")
        };
        Run {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

impl Run {
    /// The answer of a run that must have gone well.
    ///
    /// # Panics
    /// When it did not.
    #[must_use]
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The talk of a run that could not be done: exit status 2, no answer, no panic.
    ///
    /// # Panics
    /// When it was done all the same.
    #[must_use]
    pub fn refused(self) -> String {
        assert_eq!(self.code, Some(2), "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "", "an error is no answer");
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }
}

const WORKSPACE: &str = r#"[workspace]
resolver = "3"
members = []

[workspace.lints.rust]
warnings = "deny"

[workspace.lints.clippy]
all = { level = "deny", priority = -1 }

[profile.dev]
debug = "line-tables-only"

[profile.dev.package."*"]
debug = false

[profile.dev.package.libsqlite3-sys]
opt-level = 2
"#;
