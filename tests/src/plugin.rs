//! The three plugins as programs.

use std::path::PathBuf;

/// A plugin's program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plugin {
    /// `cargo backend-scaffold`.
    Scaffold,
    /// `cargo backend-db`.
    Db,
    /// `cargo backend-load`.
    Load,
}

impl Plugin {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Scaffold, Self::Db, Self::Load];

    /// The subcommand as cargo sees it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scaffold => "backend-scaffold",
            Self::Db => "backend-db",
            Self::Load => "backend-load",
        }
    }

    /// The program: the forwarder beside the running test or demo.
    ///
    /// # Panics
    /// When the running program has no path.
    #[must_use]
    pub fn path(self) -> PathBuf {
        let folder = target_profile();
        folder.join(format!(
            "{}-e2e{}",
            self.name(),
            std::env::consts::EXE_SUFFIX
        ))
    }
}

/// The folder of this build's programs, such as `target/debug`.
///
/// # Panics
/// When the running program has no path.
#[must_use]
pub fn target_profile() -> PathBuf {
    let mut folder = std::env::current_exe().expect("a running program has a path");
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    folder
}

/// The target folder of this build: what is compiled for a test is compiled there too, so that
/// dependencies are shared.
///
/// # Panics
/// When the running program has no path.
#[must_use]
pub fn target_folder() -> PathBuf {
    let mut folder = target_profile();
    folder.pop();
    folder
}

/// The root of this repository.
#[must_use]
pub fn repository() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}
