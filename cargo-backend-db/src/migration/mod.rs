//! A migration as a value: what sqlx calls a reversible migration, `<version>_<name>.up.sql` with
//! its `.down.sql`.

pub(crate) mod dir;
pub(crate) mod directive;
mod edit;
pub(crate) mod history;
pub(crate) mod record;

use std::fmt;

use sha2::{Digest as _, Sha384};

/// The number before the first underscore; for ours the UTC time of writing, `YYYYMMDDhhmmss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub(crate) struct Version(pub(crate) i64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// SHA-384 over the bytes of the up file: what `sqlx migrate` keeps too.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Checksum(pub(crate) Vec<u8>);

impl Checksum {
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha384::digest(text.as_bytes()).to_vec())
    }
}

impl fmt::LowerHex for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .take(4)
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One file of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script {
    /// The file's name in the migrations folder.
    pub(crate) file: String,
    pub(crate) text: String,
}

impl Script {
    /// What is sent to a server: no server knows what a byte order mark is.
    pub(crate) fn sql(&self) -> &str {
        self.text.trim_start_matches('\u{feff}')
    }

    /// Whether the file asks to run outside a transaction, by sqlx's first line.
    pub(crate) fn no_transaction(&self) -> bool {
        self.sql().starts_with("-- no-transaction")
    }

    /// Whether it has nothing but comments, as `migrate new` writes it.
    pub(crate) fn is_empty(&self) -> bool {
        self.sql()
            .lines()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with("--"))
    }

    pub(crate) fn checksum(&self) -> Checksum {
        Checksum::of(&self.text)
    }
}

/// A step forward and, if it was written, the step back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Migration {
    pub(crate) version: Version,
    /// The words of the file's name, as sqlx stores them: underscores are spaces.
    pub(crate) description: String,
    pub(crate) up: Script,
    pub(crate) down: Option<Script>,
}

impl fmt::Display for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.version, self.description)
    }
}

/// A row of the history table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) version: Version,
    pub(crate) description: String,
    /// False: it failed half way, outside a transaction.
    pub(crate) success: bool,
    pub(crate) checksum: Checksum,
    /// What was done to its file since; none while it is as it was, or has not been looked at.
    pub(crate) edit: Option<Edit>,
}

/// What was done to a file after it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edit {
    /// Comments, white space or line ends: a server would do the same.
    Form,
    /// Words, as a unified difference where the applied text was kept.
    Text(Option<String>),
}

/// What was kept of an applied migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Of the text as it was applied.
    pub(crate) checksum: Checksum,
    /// The checksum that comments and white space do not change.
    pub(crate) form: Checksum,
    pub(crate) text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_sqlx_keeps() {
        let text = "CREATE TABLE t (id BIGINT);\n";
        let script = Script {
            file: "1_t.up.sql".to_owned(),
            text: text.to_owned(),
        };
        let sqlx = sqlx::migrate::Migration::new(
            1,
            "t".into(),
            sqlx::migrate::MigrationType::ReversibleUp,
            sqlx::SqlStr::from_static(text),
            false,
        );
        assert_eq!(script.checksum().0, sqlx.checksum.as_ref());
    }
}
