//! Keeps a library's printing out of our answer.

use std::io::Write as _;
use std::os::fd::OwnedFd;

use rustix::stdio::{dup2_stdout, stdout};

/// While it lives, what is printed to stdout is lost: some of goose's lines cannot be switched
/// off, and stdout is for our answer.
#[derive(Debug)]
pub(crate) struct Silence {
    stdout: OwnedFd,
}

impl Silence {
    pub(crate) fn begin() -> anyhow::Result<Self> {
        let kept = rustix::io::dup(stdout())?;
        let nowhere = fs_err::OpenOptions::new().write(true).open("/dev/null")?;
        dup2_stdout(&nowhere)?;
        Ok(Self { stdout: kept })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // Lines that Rust still buffers must go where they were meant to go.
        drop(std::io::stdout().flush());
        dup2_stdout(&self.stdout).ok();
    }
}
