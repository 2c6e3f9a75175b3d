//! The exit statuses that CI can build on; the same in all three plugins.

/// How a run ended. The README has the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitStatus {
    /// 0: done, and nothing to object to.
    Clean,
    /// 1: done, and the answer is no (a finding at deny level, drift, a missed threshold).
    No,
    /// 2: could not run (usage, missing file, unreachable database or target).
    CouldNotRun,
    /// 3: ran, but the figures cannot carry a verdict.
    Inconclusive,
    /// 130: interrupted by Ctrl-C (128 + SIGINT, the shells' convention).
    Interrupted,
}

impl ExitStatus {
    /// The number the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::No => 1,
            Self::CouldNotRun => 2,
            Self::Inconclusive => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
