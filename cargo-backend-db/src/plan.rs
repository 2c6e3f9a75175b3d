//! What is to be done, from the folder and the history alone.

use std::collections::BTreeMap;

use crate::migration::{Applied, Edit, Migration, Version};

/// How a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// In the folder and in the history, with the same text.
    Applied,
    /// In the folder only.
    Pending,
    /// Applied, and the comments, white space or line ends of its file were edited afterwards.
    Reformatted,
    /// Applied, and its file was edited afterwards.
    Changed,
    /// Applied, and its file is gone.
    Missing,
    /// Ran outside a transaction and failed half way.
    Failed,
}

/// A version with its state.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Entry {
    pub(crate) version: Version,
    pub(crate) description: String,
    pub(crate) state: State,
    /// Whether there is a way back.
    pub(crate) reversible: bool,
}

/// Folder and history side by side, in the order of versions.
pub(crate) fn entries(migrations: &[Migration], history: &[Applied]) -> Vec<Entry> {
    let mut entries: BTreeMap<Version, Entry> = migrations
        .iter()
        .map(|migration| {
            let entry = Entry {
                version: migration.version,
                description: migration.description.clone(),
                state: State::Pending,
                reversible: migration.down.is_some(),
            };
            (migration.version, entry)
        })
        .collect();
    for applied in history {
        let file = migrations
            .iter()
            .find(|migration| migration.version == applied.version);
        let state = match file {
            _ if !applied.success => State::Failed,
            None => State::Missing,
            Some(file) if file.up.checksum() == applied.checksum => State::Applied,
            Some(_) if applied.edit == Some(Edit::Form) => State::Reformatted,
            Some(_) => State::Changed,
        };
        entries
            .entry(applied.version)
            .and_modify(|entry| entry.state = state)
            .or_insert_with(|| Entry {
                version: applied.version,
                description: applied.description.clone(),
                state,
                reversible: false,
            });
    }
    entries.into_values().collect()
}

/// Why nothing may be applied on top of this history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Obstacle {
    #[error("migration {0} failed half way")]
    Failed(Version),
    #[error("migration {} was edited after it was applied{}", .0, shown(.1.as_ref()))]
    Changed(Version, Option<Edit>),
    #[error("migration {0} is applied, and its file is gone")]
    Missing(Version),
    #[error("migration {0} has no statement yet")]
    Empty(Version),
}

fn shown(edit: Option<&Edit>) -> String {
    match edit {
        Some(Edit::Text(Some(edit))) => format!("\n{}", edit.trim_end()),
        Some(Edit::Text(None)) => {
            "; what it was then cannot be shown, for its text was not kept".to_owned()
        }
        Some(Edit::Form) | None => String::new(),
    }
}

impl Obstacle {
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Failed(_) => {
                "`cargo backend-db rollback` undoes its part by the down file, then apply it again"
            }
            Self::Changed(..) => {
                "restore the file as it was applied, and put the change into a new migration; where the database is as the file says already, `cargo backend-db migrate repair VERSION` accepts it"
            }
            Self::Missing(_) => {
                "restore the file from version control, or point --migrations at the right folder"
            }
            Self::Empty(_) => "write its up file, or remove both files",
        }
    }
}

/// The migrations to apply, in their order.
pub(crate) fn pending<'a>(
    migrations: &'a [Migration],
    history: &[Applied],
) -> Result<Vec<&'a Migration>, Obstacle> {
    let mut pending = Vec::new();
    for entry in entries(migrations, history) {
        match entry.state {
            State::Applied | State::Reformatted => {}
            State::Pending => {
                let file = migrations.iter().find(|m| m.version == entry.version);
                if file.is_some_and(|migration| migration.up.is_empty()) {
                    return Err(Obstacle::Empty(entry.version));
                }
                pending.extend(file);
            }
            State::Changed => {
                let own = history.iter().find(|own| own.version == entry.version);
                let edit = own.and_then(|own| own.edit.clone());
                return Err(Obstacle::Changed(entry.version, edit));
            }
            State::Missing => return Err(Obstacle::Missing(entry.version)),
            State::Failed => return Err(Obstacle::Failed(entry.version)),
        }
    }
    Ok(pending)
}

/// A history without what was stopped half way and can go on: its file is as it was.
pub(crate) fn without_stopped(migrations: &[Migration], history: Vec<Applied>) -> Vec<Applied> {
    let goes_on = |applied: &Applied| {
        let mut files = migrations.iter();
        !applied.success
            && files.any(|file| {
                file.version == applied.version && file.up.checksum() == applied.checksum
            })
    };
    history
        .into_iter()
        .filter(|applied| !goes_on(applied))
        .collect()
}

/// The migrations to undo, the last first.
pub(crate) fn last_applied<'a>(
    migrations: &'a [Migration],
    history: &[Applied],
    steps: usize,
) -> Result<Vec<&'a Migration>, Obstacle> {
    history
        .iter()
        .rev()
        .take(steps)
        .map(|applied| {
            migrations
                .iter()
                .find(|migration| migration.version == applied.version)
                .ok_or(Obstacle::Missing(applied.version))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::Script;

    fn migration(version: i64) -> Migration {
        Migration {
            version: Version(version),
            description: format!("m{version}"),
            up: Script {
                file: format!("{version}_m.up.sql"),
                text: format!("SELECT {version}"),
            },
            down: None,
        }
    }

    fn applied(version: i64) -> Applied {
        Applied {
            version: Version(version),
            description: format!("m{version}"),
            success: true,
            checksum: migration(version).up.checksum(),
            edit: None,
        }
    }

    fn states(migrations: &[Migration], history: &[Applied]) -> Vec<(i64, State)> {
        entries(migrations, history)
            .into_iter()
            .map(|entry| (entry.version.0, entry.state))
            .collect()
    }

    #[test]
    fn folder_and_history_are_compared_version_by_version() {
        let mut edited = applied(2);
        edited.checksum.0[0] ^= 1;
        let mut failed = applied(3);
        failed.success = false;
        assert_eq!(
            states(
                &[migration(1), migration(2), migration(3), migration(5)],
                &[applied(1), edited, failed, applied(4)]
            ),
            [
                (1, State::Applied),
                (2, State::Changed),
                (3, State::Failed),
                (4, State::Missing),
                (5, State::Pending)
            ]
        );
    }

    #[test]
    fn what_is_not_applied_is_pending_even_when_it_is_older() {
        let folder = [migration(1), migration(2), migration(3)];
        let pending: Vec<i64> = pending(&folder, &[applied(2)])
            .expect("a good history")
            .iter()
            .map(|migration| migration.version.0)
            .collect();
        assert_eq!(pending, [1, 3]);
    }

    #[test]
    fn nothing_is_applied_on_top_of_a_history_that_does_not_fit() {
        let mut failed = applied(1);
        failed.success = false;
        assert_eq!(
            pending(&[migration(1)], &[failed]),
            Err(Obstacle::Failed(Version(1)))
        );
        assert_eq!(
            pending(&[], &[applied(1)]),
            Err(Obstacle::Missing(Version(1)))
        );
    }

    #[test]
    fn an_edit_of_comments_keeps_nothing_from_being_applied() {
        let (mut commented, mut edited) = (applied(1), applied(1));
        commented.checksum.0[0] ^= 1;
        edited.checksum.0[0] ^= 1;
        commented.edit = Some(Edit::Form);
        edited.edit = Some(Edit::Text(Some("-SELECT 0\n+SELECT 1\n".to_owned())));
        let folder = [migration(1), migration(2)];
        assert_eq!(
            states(&folder, std::slice::from_ref(&commented)),
            [(1, State::Reformatted), (2, State::Pending)]
        );
        let go_on = pending(&folder, &[commented]).expect("a good history");
        assert_eq!(go_on, [&folder[1]]);
        let stop = pending(&folder, &[edited]).expect_err("another text");
        assert_eq!(
            stop.to_string(),
            "migration 1 was edited after it was applied\n-SELECT 0\n+SELECT 1"
        );
    }

    #[test]
    fn what_was_stopped_goes_on_while_its_file_is_the_same() {
        let (mut stopped, mut edited) = (applied(1), applied(2));
        (stopped.success, edited.success) = (false, false);
        edited.checksum.0[0] ^= 1;
        let history = vec![stopped, edited, applied(3)];
        let left = without_stopped(&[migration(1), migration(2), migration(3)], history);
        let left: Vec<i64> = left.iter().map(|applied| applied.version.0).collect();
        assert_eq!(left, [2, 3]);
    }

    #[test]
    fn the_last_applied_is_undone_first() {
        let folder = [migration(1), migration(2), migration(3)];
        let undone: Vec<i64> = last_applied(&folder, &[applied(1), applied(2)], 2)
            .expect("files are there")
            .iter()
            .map(|migration| migration.version.0)
            .collect();
        assert_eq!(undone, [2, 1]);
    }
}
