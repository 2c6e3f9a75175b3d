//! Runs the program in an empty folder.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a run said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

/// A folder of its own for each test, outside any workspace.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str, text: &str) {
        fs_err::write(self.path().join(name), text).expect("the folder is ours");
    }

    fn command(&self, args: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-backend-load"));
        command
            .args(args)
            .current_dir(self.path())
            // No cargo, no colours, no settings of whoever runs the tests.
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn start(&self, args: &[impl AsRef<OsStr>]) -> Child {
        self.command(args).spawn().expect("the program starts")
    }

    pub(crate) fn run(&self, args: &[impl AsRef<OsStr>]) -> Said {
        Said::from(self.command(args).output().expect("the program starts"))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
            code: output.status.code(),
        }
    }
}

impl Said {
    /// The report of a run with `--json`, which is all of stdout.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.stdout).expect("stdout is one JSON object")
    }

    pub(crate) fn summary(&self) -> Value {
        self.json()["summary"].clone()
    }
}

/// Runs with `--json` in an empty folder.
pub(crate) fn load(url: &str, args: &[&str]) -> Said {
    let mut all = vec![url, "--json"];
    all.extend(args);
    Folder::new().run(&all)
}

/// A figure of a report.
pub(crate) fn number(summary: &Value, name: &str) -> u64 {
    let found = summary[name].as_u64();
    assert!(found.is_some(), "no whole number `{name}` in {summary:#}");
    found.unwrap_or_default()
}
