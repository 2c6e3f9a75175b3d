//! Settings with their types, as commands use them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::layer::{Layer, Origin, Setting};
use super::{Sources, parse_duration};
use crate::database_url::DatabaseUrl;
use crate::error::failure;

/// All settings. A plugin reads its own table and the common ones.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[database]`, or the named environment that was asked for.
    pub database: DatabaseConfig,
    /// `[scaffold]`.
    pub scaffold: ScaffoldConfig,
    /// `[db]`.
    pub db: DbConfig,
    /// `[load]`.
    pub load: LoadConfig,
    /// `[rules]`.
    pub rules: RulesConfig,
    /// Every effective value with its origin, by path.
    pub settings: Layer,
}

/// `[database]` or `[database.NAME]`.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// The environment's name; none for `[database]` itself.
    pub name: Option<String>,
    /// Where the database is, or why that is not known.
    pub url: Result<String, String>,
    /// Whether writing needs to be confirmed by name.
    pub protected: bool,
}

impl DatabaseConfig {
    /// The URL; `flag` is `--database-url` and goes before everything else.
    ///
    /// # Errors
    /// When no source has a URL or it cannot be read.
    pub fn url(&self, flag: Option<&str>) -> anyhow::Result<DatabaseUrl> {
        match (flag, &self.url) {
            (Some(text), _) => DatabaseUrl::parse(text),
            (None, Ok(text)) => DatabaseUrl::parse(text),
            (None, Err(why)) => Err(failure(
                format!("no database: {why}"),
                "give --database-url URL, set DATABASE_URL, or write `[database] url` in `Backend.toml`",
            )),
        }
    }
}

/// `[scaffold]`.
#[derive(Debug, Clone)]
pub struct ScaffoldConfig {
    /// The framework of a generated service.
    pub framework: String,
    /// The database of a generated service.
    pub database: String,
}

/// `[db]`.
#[derive(Debug, Clone)]
pub struct DbConfig {
    /// The migrations folder, relative to the workspace's root.
    pub migrations: PathBuf,
    /// How long a statement of a migration waits for a lock.
    pub lock_timeout: Duration,
}

/// `[load]`.
#[derive(Debug, Clone)]
pub struct LoadConfig {
    /// Users at the same time.
    pub concurrency: u64,
    /// How long a run takes.
    pub duration: Duration,
    /// How long one request may take.
    pub timeout: Duration,
}

/// `[rules]`.
#[derive(Debug, Clone)]
pub struct RulesConfig {
    /// Globs of files that nothing of ours ever writes.
    pub protected_paths: Vec<String>,
}

/// Gives the merged layers their types. The values were checked against their keys.
pub(super) fn read(settings: Layer, sources: &Sources<'_>) -> anyhow::Result<Config> {
    let text = |path: &str| {
        value(&settings, path)
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let duration = |path: &str| parse_duration(&text(path)).unwrap_or_default();
    Ok(Config {
        database: database(&settings, sources)?,
        scaffold: ScaffoldConfig {
            framework: text("scaffold.framework"),
            database: text("scaffold.database"),
        },
        db: DbConfig {
            migrations: text("db.migrations").into(),
            lock_timeout: duration("db.lock-timeout"),
        },
        load: LoadConfig {
            concurrency: value(&settings, "load.concurrency").as_u64().unwrap_or(1),
            duration: duration("load.duration"),
            timeout: duration("load.timeout"),
        },
        rules: RulesConfig {
            protected_paths: value(&settings, "rules.protected-paths")
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        },
        settings,
    })
}

fn value<'a>(settings: &'a Layer, path: &str) -> &'a Value {
    settings
        .get(path)
        .map_or(&Value::Null, |setting| &setting.value)
}

fn database(settings: &Layer, sources: &Sources<'_>) -> anyhow::Result<DatabaseConfig> {
    let table = match sources.environment_name {
        None => "database".to_owned(),
        Some(name) => {
            let table = format!("database.{name}");
            let known = settings
                .keys()
                .any(|path| path.starts_with(&format!("{table}.")));
            if !known {
                return Err(failure(
                    format!("there is no environment `{name}`"),
                    environments(settings),
                ));
            }
            table
        }
    };
    let url = settings.get(&format!("{table}.url"));
    Ok(DatabaseConfig {
        name: sources.environment_name.map(str::to_owned),
        url: match url {
            Some(setting) => secret(setting, sources),
            None => Err(format!("`[{table}]` has no `url`")),
        },
        protected: value(settings, &format!("{table}.protected"))
            .as_bool()
            .unwrap_or(false),
    })
}

fn secret(setting: &Setting, sources: &Sources<'_>) -> Result<String, String> {
    if let Some(url) = setting.value.as_str() {
        return Ok(match &setting.origin {
            // A path in the file is meant from the file's folder, wherever the user stands.
            Origin::File(_) | Origin::Metadata => rooted(url, &sources.workspace.root),
            Origin::Default | Origin::Environment(_) => url.to_owned(),
        });
    }
    let name = setting
        .value
        .get("env")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let asked = if setting.origin == Origin::Default {
        String::new()
    } else {
        format!(" (named in {})", setting.origin)
    };
    sources
        .environment
        .get(name)
        .map(str::to_owned)
        .ok_or_else(|| format!("the environment variable `{name}`{asked} is not set"))
}

/// A relative SQLite path below `root`; every other URL as it is.
fn rooted(url: &str, root: &Path) -> String {
    let file = DatabaseUrl::parse(url)
        .ok()
        .and_then(|parsed| parsed.sqlite_file().map(str::to_owned))
        .filter(|file| Path::new(file).is_relative());
    match file {
        Some(file) => url.replacen(&file, &root.join(&file).display().to_string(), 1),
        None => url.to_owned(),
    }
}

fn environments(settings: &Layer) -> String {
    let mut names: Vec<&str> = settings
        .keys()
        .filter_map(|path| {
            let mut parts = path.split('.');
            (parts.next() == Some("database") && path.matches('.').count() == 2)
                .then(|| parts.next())
                .flatten()
        })
        .collect();
    names.dedup();
    if names.is_empty() {
        "name it in `Backend.toml`: [database.NAME]".to_owned()
    } else {
        format!("`Backend.toml` has {}", names.join(", "))
    }
}
