//! What a change does to those who use the database, as far as it was seen when it ran.

use std::fmt;

use super::Step;

/// A danger that has to be accepted by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Hazard {
    /// Values are lost for good.
    DataLoss,
    /// A table is written anew under ACCESS EXCLUSIVE.
    Rewrite,
    /// A table is read to its end under ACCESS EXCLUSIVE.
    Scan,
    /// A table is read to its end under a lock that keeps writers waiting.
    Lock,
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DataLoss => "data-loss",
            Self::Rewrite => "rewrite",
            Self::Scan => "scan",
            Self::Lock => "lock",
        })
    }
}

/// What one statement was seen to do to one table that was there before it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Seen {
    /// As the server prints it: `public.orders`.
    pub(crate) table: String,
    /// The strongest lock, in the server's words: `AccessExclusiveLock`.
    pub(crate) lock: String,
    /// Whether it has another file now (`pg_class.relfilenode`).
    pub(crate) rewritten: bool,
    /// Whether it was read from end to end (`pg_stat_get_xact_numscans`).
    pub(crate) scanned: bool,
}

impl Seen {
    /// What is dangerous in it.
    pub(crate) fn hazard(&self) -> Option<Hazard> {
        match self.lock.as_str() {
            "AccessExclusiveLock" if self.rewritten => Some(Hazard::Rewrite),
            "AccessExclusiveLock" if self.scanned => Some(Hazard::Scan),
            "ShareLock" | "ShareRowExclusiveLock" | "ExclusiveLock" if self.scanned => {
                Some(Hazard::Lock)
            }
            _ => None,
        }
    }
}

/// How MySQL or MariaDB changed a table: the best way that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Online {
    /// `INSTANT`, `NOCOPY`, `INPLACE` or `COPY`.
    pub(crate) algorithm: &'static str,
    /// What others may not do meanwhile: `NONE`, or `SHARED` where writers wait.
    pub(crate) lock: &'static str,
}

impl Online {
    /// What is dangerous in it.
    pub(crate) fn hazard(self) -> Option<Hazard> {
        match (self.algorithm, self.lock) {
            ("COPY", _) => Some(Hazard::Rewrite),
            (_, "SHARED") => Some(Hazard::Lock),
            _ => None,
        }
    }
}

/// A hazard with what it is about, in words.
pub(crate) fn of(step: &Step) -> Vec<(Hazard, String)> {
    let lost = step.loses.iter();
    let lost = lost.map(|lost| (Hazard::DataLoss, format!("{lost} are lost for good")));
    let seen = step.seen.iter().filter_map(|seen| {
        let hazard = seen.hazard()?;
        let table = &seen.table;
        let words = match hazard {
            Hazard::Rewrite => format!("{table} is written anew while nobody can read it"),
            Hazard::Scan => format!("{table} is read to its end while nobody can read it"),
            Hazard::Lock => format!("{table} is read to its end while writers wait"),
            Hazard::DataLoss => return None,
        };
        Some((hazard, words))
    });
    lost.chain(seen).collect()
}

/// Locks of PostgreSQL, the strongest last
/// (<https://www.postgresql.org/docs/current/explicit-locking.html>).
pub(crate) const LOCKS: [&str; 8] = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];
