//! The folder of another tool.

use std::path::Path;

use cargo_backend_shared::error::{Hint as _, failure};

use super::text::{self, both_ways};
use super::{Source, Tool};
use crate::migration::Version;

/// The tool that wrote this folder, by the names and marks in it.
///
/// # Errors
/// When it cannot be read, or looks like none of them.
pub(crate) fn tool(folder: &Path) -> anyhow::Result<Tool> {
    for name in names(folder)? {
        let path = folder.join(&name);
        if path.join("migration.sql").exists() {
            return Ok(Tool::Prisma);
        }
        if path.join("up.sql").exists() {
            return Ok(Tool::Diesel);
        }
        let Some((stem, ending)) = name.rsplit_once('.') else {
            continue;
        };
        let found = match ending {
            "rs" if text::sea_orm(stem).is_some() => Some(Tool::SeaOrm),
            "sql" | "rs" if text::refinery(stem).is_some() => Some(Tool::Refinery),
            "sql" if stem.ends_with(".up") || stem.ends_with(".down") => Some(Tool::GolangMigrate),
            "sql" if text::version_and_name(stem).is_some() => {
                Some(match both_ways(&read(&path)?) {
                    Some(_) => Tool::Dbmate,
                    None => Tool::Supabase,
                })
            }
            _ => None,
        };
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Err(failure(
        format!("there is no migration in `{}`", folder.display()),
        "name the folder in which the other tool keeps its migrations, and the tool with --from",
    ))
}

/// All migrations of a folder, in the order of versions.
///
/// # Errors
/// When it cannot be read, or two of them have the same version.
pub(crate) fn sources(folder: &Path, tool: Tool) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for name in names(folder)? {
        let path = folder.join(&name);
        sources.extend(match tool {
            Tool::Diesel => diesel(&path, &name)?,
            Tool::Prisma => prisma(&path, &name)?,
            Tool::Refinery | Tool::SeaOrm | Tool::Dbmate | Tool::GolangMigrate | Tool::Supabase => {
                file(&path, &name, tool)?
            }
        });
    }
    sources.sort_by_key(|source| source.version);
    let twice = sources
        .windows(2)
        .find(|two| two[0].version == two[1].version);
    if let Some([one, other]) = twice {
        return Err(failure(
            format!(
                "`{}` and `{}` have the same version {}",
                one.file, other.file, one.version
            ),
            "give one of them a version of its own",
        ));
    }
    Ok(sources)
}

fn names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let doing = format!("cannot read the folder `{}`", folder.display());
    let entries = fs_err::read_dir(folder).hint(
        doing,
        "name the folder in which the other tool keeps its migrations",
    )?;
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs_err::read_to_string(path).hint("cannot read a migration", "save it as UTF-8 text")
}

fn read_if_there(path: &Path) -> anyhow::Result<Option<String>> {
    path.exists().then(|| read(path)).transpose()
}

fn source(file: &str, digits: &str, name: &str, key: String) -> anyhow::Result<Source> {
    let version = digits.parse().map(Version);
    Ok(Source {
        key,
        version: version.hint(
            format!("the version of `{file}` is too large"),
            "versions are numbers below 9,223,372,036,854,775,808",
        )?,
        stem: format!("{digits}_{name}"),
        up: None,
        down: None,
        file: file.to_owned(),
        no_transaction: false,
    })
}

/// A folder with `up.sql`, `down.sql` and `metadata.toml`.
fn diesel(path: &Path, name: &str) -> anyhow::Result<Option<Source>> {
    let up = read_if_there(&path.join("up.sql"))?;
    let Some((digits, words)) = text::diesel(name).filter(|_| up.is_some()) else {
        return Ok(None);
    };
    let settings = read_if_there(&path.join("metadata.toml"))?.unwrap_or_default();
    let settings: toml_edit::DocumentMut = settings.parse().hint(
        format!("cannot read `{name}/metadata.toml`"),
        "it is TOML, with `run_in_transaction = false` for example",
    )?;
    let transaction = settings.get("run_in_transaction");
    Ok(Some(Source {
        up,
        down: read_if_there(&path.join("down.sql"))?,
        no_transaction: transaction.and_then(toml_edit::Item::as_bool) == Some(false),
        ..source(
            name,
            &digits,
            &words.replace(['-', ' '], "_"),
            digits.clone(),
        )?
    }))
}

/// A folder with `migration.sql`.
fn prisma(path: &Path, name: &str) -> anyhow::Result<Option<Source>> {
    let up = read_if_there(&path.join("migration.sql"))?;
    let Some((digits, words)) = text::version_and_name(name).filter(|_| up.is_some()) else {
        return Ok(None);
    };
    Ok(Some(Source {
        up,
        ..source(name, digits, words, name.to_owned())?
    }))
}

/// Tools with a file, or two files, for each.
fn file(path: &Path, name: &str, tool: Tool) -> anyhow::Result<Option<Source>> {
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return Ok(None);
    };
    let number = |digits: &str| {
        digits
            .parse::<i64>()
            .map_or(digits.to_owned(), |n| n.to_string())
    };
    match (tool, ending) {
        (Tool::Refinery, "sql" | "rs") => {
            let Some((digits, words)) = text::refinery(stem) else {
                return Ok(None);
            };
            let up = (ending == "sql").then(|| read(path)).transpose()?;
            Ok(Some(Source {
                up,
                ..source(name, digits, words, number(digits))?
            }))
        }
        (Tool::SeaOrm, "rs") => {
            let Some((digits, words)) = text::sea_orm(stem) else {
                return Ok(None);
            };
            Ok(Some(source(name, &digits, words, stem.to_owned())?))
        }
        (Tool::GolangMigrate, "sql") => {
            let Some(stem) = stem.strip_suffix(".up") else {
                return Ok(None);
            };
            let Some((digits, words)) = text::version_and_name(stem) else {
                return Ok(None);
            };
            let down = path.with_file_name(format!("{stem}.down.sql"));
            Ok(Some(Source {
                up: Some(read(path)?),
                down: read_if_there(&down)?,
                ..source(name, digits, words, number(digits))?
            }))
        }
        (Tool::Dbmate, "sql") => {
            let both = both_ways(&read(path)?);
            let (Some((digits, words)), Some(both)) = (text::version_and_name(stem), both) else {
                return Ok(None);
            };
            Ok(Some(Source {
                up: Some(both.up),
                down: both.down,
                no_transaction: both.no_transaction,
                ..source(name, digits, words, digits.to_owned())?
            }))
        }
        (Tool::Supabase, "sql") => {
            let Some((digits, words)) = text::version_and_name(stem) else {
                return Ok(None);
            };
            let up = Some(read(path)?);
            Ok(Some(Source {
                up,
                ..source(name, digits, words, digits.to_owned())?
            }))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_known_by_the_names_and_marks_in_it() {
        for (file, text, expected) in [
            ("V1__a.sql", "SELECT 1;", Tool::Refinery),
            ("2020-01-01-000000_a/up.sql", "SELECT 1;", Tool::Diesel),
            ("m20220101_000001_a.rs", "", Tool::SeaOrm),
            (
                "20200101000000_a.sql",
                "-- migrate:up\nSELECT 1;",
                Tool::Dbmate,
            ),
            ("1_a.up.sql", "SELECT 1;", Tool::GolangMigrate),
            ("20200101000000_a/migration.sql", "SELECT 1;", Tool::Prisma),
            ("20200101000000_a.sql", "SELECT 1;", Tool::Supabase),
        ] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let path = folder.path().join(file);
            fs_err::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs_err::write(path, text).expect("a file");
            assert_eq!(tool(folder.path()).expect("it is known"), expected);
            let sources = sources(folder.path(), expected).expect("it can be read");
            let stems: Vec<&str> = sources.iter().map(|source| source.stem.as_str()).collect();
            assert!(
                matches!(stems.as_slice(), [stem] if stem.ends_with("_a")),
                "{stems:?}"
            );
        }
    }

    #[test]
    fn a_folder_of_nobody_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let fault = tool(folder.path()).expect_err("it is empty");
        assert!(
            fault.to_string().contains("there is no migration in"),
            "{fault}"
        );
    }
}
