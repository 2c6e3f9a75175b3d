//! The migrations folder on disk.

use std::collections::BTreeMap;
use std::path::Path;

use cargo_backend_shared::error::{Hint as _, failure};

use super::{Migration, Script, Version};

/// The halves of a migration as they are found.
#[derive(Default)]
struct Halves {
    up: Option<(String, Script)>,
    down: Option<Script>,
}

/// The names in a folder, in their order.
fn names(folder: &Path, what: &str, hint: &'static str) -> anyhow::Result<Vec<String>> {
    let doing = format!("cannot read the {what} `{}`", folder.display());
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder).hint(doing, hint)? {
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Reads the SQL files of a folder that make a schema, in the order of their names: all but those
/// that undo.
///
/// # Errors
/// When the folder or a file cannot be read, or there is no such file.
pub(crate) fn sql_files(folder: &Path) -> anyhow::Result<Vec<Script>> {
    let mut scripts = Vec::new();
    let all = names(
        folder,
        "folder",
        "name a database, or a folder of SQL files",
    )?;
    for file in all {
        let lower = file.to_lowercase();
        if lower.ends_with(".sql") && !lower.ends_with(".down.sql") {
            let text = fs_err::read_to_string(folder.join(&file))
                .hint("cannot read an SQL file", "save it as UTF-8 text")?;
            scripts.push(Script { file, text });
        }
    }
    if scripts.is_empty() {
        return Err(failure(
            format!("there is no SQL file in `{}`", folder.display()),
            "name the folder whose files make the schema",
        ));
    }
    Ok(scripts)
}

/// Reads every migration of the folder, in the order of versions. Files of other names are not ours.
///
/// # Errors
/// When the folder or a file cannot be read, two files claim one version, or a down file stands alone.
pub(crate) fn read(folder: &Path) -> anyhow::Result<Vec<Migration>> {
    let hint = "write the first migration with `cargo backend-db migrate new NAME`, or name the folder with --migrations";
    let mut found: BTreeMap<Version, Halves> = BTreeMap::new();
    for file in names(folder, "migrations folder", hint)? {
        let Some(parsed) = parse(&file) else { continue };
        let script = Script {
            text: fs_err::read_to_string(folder.join(&file))
                .hint("cannot read a migration", "save it as UTF-8 text")?,
            file: file.clone(),
        };
        let halves = found.entry(parsed.version).or_default();
        let taken = match parsed.direction {
            Direction::Up => halves
                .up
                .replace((parsed.description, script))
                .map(|(_, script)| script.file),
            Direction::Down => halves.down.replace(script).map(|script| script.file),
        };
        if let Some(other) = taken {
            return Err(failure(
                format!(
                    "`{other}` and `{file}` have the same version {}",
                    parsed.version
                ),
                "give one of them a version of its own",
            ));
        }
    }
    found
        .into_iter()
        .map(|(version, halves)| {
            let (description, up) = halves.up.ok_or_else(|| {
                failure(
                    format!(
                        "`{}` has no up file",
                        halves.down.as_ref().map_or("", |down| down.file.as_str())
                    ),
                    "write the .up.sql beside it, or remove it",
                )
            })?;
            Ok(Migration {
                version,
                description,
                up,
                down: halves.down,
            })
        })
        .collect()
}

enum Direction {
    Up,
    Down,
}

struct FileName {
    version: Version,
    description: String,
    direction: Direction,
}

/// `<version>_<name>.up.sql`, `.down.sql` or plain `.sql` (sqlx's simple form, which only goes up).
fn parse(file: &str) -> Option<FileName> {
    let (version, rest) = file.split_once('_')?;
    let rest = rest.strip_suffix(".sql")?;
    let (name, direction) = if let Some(name) = rest.strip_suffix(".down") {
        (name, Direction::Down)
    } else {
        (rest.strip_suffix(".up").unwrap_or(rest), Direction::Up)
    };
    Some(FileName {
        version: Version(version.parse().ok()?),
        description: name.replace('_', " "),
        direction,
    })
}

/// The names of a new pair. `name` becomes lower case with underscores.
///
/// # Errors
/// When nothing of the name is left.
pub(crate) fn file_names(version: Version, name: &str) -> anyhow::Result<(String, String)> {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        return Err(failure(
            format!("`{name}` is no name for a migration"),
            "use words, such as add_email_to_customers",
        ));
    }
    let stem = format!("{version}_{}", words.join("_"));
    Ok((format!("{stem}.up.sql"), format!("{stem}.down.sql")))
}

/// A version for a migration that is written now: the UTC time, but later than all that are there.
pub(crate) fn next_version(now: Version, existing: &[Migration]) -> Version {
    let after_last = existing
        .iter()
        .map(|migration| migration.version.0 + 1)
        .max()
        .unwrap_or(0);
    Version(now.0.max(after_last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            fs_err::write(folder.path().join(name), text).expect("a file");
        }
        folder
    }

    #[test]
    fn pairs_and_simple_files_are_read_in_the_order_of_versions() {
        let folder = folder(&[
            ("10_later.up.sql", "b"),
            ("10_later.down.sql", "c"),
            ("9_earlier_one.sql", "a"),
            ("README.md", ""),
            ("x_not_a_version.sql", ""),
        ]);
        let shown: Vec<String> = read(folder.path())
            .expect("a good folder")
            .iter()
            .map(|m| format!("{m}: {} {:?}", m.up.text, m.down.as_ref().map(|d| &d.text)))
            .collect();
        assert_eq!(shown, ["9 earlier one: a None", "10 later: b Some(\"c\")"]);
    }

    #[test]
    fn two_files_of_one_version_are_refused() {
        let folder = folder(&[("1_a.up.sql", ""), ("1_b.up.sql", "")]);
        let fault = read(folder.path()).expect_err("a clash");
        assert_eq!(
            fault.to_string(),
            "`1_a.up.sql` and `1_b.up.sql` have the same version 1"
        );
    }

    #[test]
    fn a_down_file_alone_is_refused() {
        let folder = folder(&[("1_a.down.sql", "")]);
        let fault = read(folder.path()).expect_err("half a migration");
        assert_eq!(fault.to_string(), "`1_a.down.sql` has no up file");
    }

    #[test]
    fn names_become_words_with_underscores() {
        let names = file_names(Version(7), "Add e-mail  to Customers").expect("a name");
        assert_eq!(names.0, "7_add_e_mail_to_customers.up.sql");
        assert!(
            file_names(Version(7), " -- ")
                .is_err_and(|fault| fault.to_string().contains("is no name"))
        );
    }

    #[test]
    fn a_new_version_is_later_than_every_other() {
        let folder = folder(&[("20990101000000_future.sql", "")]);
        let existing = read(folder.path()).expect("good");
        assert_eq!(
            next_version(Version(20_261_121_000_000), &existing),
            Version(20_990_101_000_001)
        );
        assert_eq!(
            next_version(Version(20_261_121_000_000), &[]),
            Version(20_261_121_000_000)
        );
    }
}
