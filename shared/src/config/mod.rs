//! Settings: what they are, and where each one came from.
//!
//! Every layer is a list of keys; the highest layer that has a key wins it. Flags are above all
//! layers and are the commands' own: `args.concurrency.unwrap_or(config.load.concurrency)`.

mod duration;
mod key;
mod layer;
mod typed;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::workspace::WorkspaceContext;

pub use duration::parse_duration;
pub use layer::{Origin, Setting};
pub use typed::{Config, DatabaseConfig, DbConfig, LoadConfig, RulesConfig, ScaffoldConfig};

/// Every key with its default and its documentation: the reference, and what `init` writes.
pub const DEFAULT_TOML: &str = include_str!("default.toml");

/// The environment variables as they were at the start; tests make their own.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process; values that are not UTF-8 are left out.
    #[must_use]
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// A variable that is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }
}

/// Where settings are read from.
#[derive(Debug)]
pub struct Sources<'a> {
    /// `Backend.toml`, if there is one.
    pub file: Option<PathBuf>,
    /// The workspace with its `[workspace.metadata.backend]`.
    pub workspace: &'a WorkspaceContext,
    /// The environment variables.
    pub environment: &'a Environment,
    /// The named environment that was asked for.
    pub environment_name: Option<&'a str>,
}

/// Settings and what was odd about them.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Unknown keys, with their place and the nearest known name.
    pub warnings: Vec<Diagnostic>,
}

/// Reads all layers and merges them key by key.
///
/// # Errors
/// [`crate::diagnostic::Faults`] with file, line and column for malformed TOML, a value of the
/// wrong type, a password in a file, or a named environment that is not there.
pub fn load(sources: &Sources<'_>) -> anyhow::Result<Loaded> {
    let mut merged = layer::defaults();
    let mut warnings = Vec::new();
    merged.extend(layer::of_metadata(
        &sources.workspace.metadata,
        &mut warnings,
    )?);
    if let Some(file) = &sources.file {
        let name = sources.workspace.display(file);
        merged.extend(layer::of_file(file, &name, &mut warnings)?);
    }
    merged.extend(layer::of_environment(sources.environment)?);
    let config = typed::read(merged, sources)?;
    Ok(Loaded { config, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapbox::{assert_data_eq, str};

    /// What a `Backend.toml` and an environment amount to.
    fn read(file: &str, environment: &Environment, name: Option<&str>) -> anyhow::Result<Loaded> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("Backend.toml");
        fs_err::write(&path, file)?;
        load(&Sources {
            file: Some(path),
            workspace: &WorkspaceContext {
                root: folder.path().to_path_buf(),
                members: Vec::new(),
                metadata: serde_json::json!({ "load": { "concurrency": 7, "duration": "7s" } }),
            },
            environment,
            environment_name: name,
        })
    }

    fn fault(file: &str) -> String {
        read(file, &Environment::default(), None)
            .expect_err("it is faulty")
            .to_string()
    }

    #[test]
    fn environment_beats_file_beats_metadata_beats_default() {
        let file = "[load]\nduration = \"8s\"\ntimeout = \"8s\"\n";
        let environment = Environment::from([("BACKEND_LOAD_TIMEOUT", "9s")]);
        let config = read(file, &environment, None).expect("good").config;
        let shown: Vec<String> = config
            .settings
            .iter()
            .filter(|(path, _)| path.starts_with("load.") || path.starts_with("scaffold.f"))
            .map(|(path, setting)| format!("{path} = {} from {}", setting.value, setting.origin))
            .collect();
        assert_data_eq!(
            shown.join("\n"),
            str![[r#"
load.concurrency = 7 from Cargo.toml [workspace.metadata.backend]
load.duration = "8s" from Backend.toml:2
load.timeout = "9s" from environment BACKEND_LOAD_TIMEOUT
scaffold.framework = "axum" from default
"#]]
        );
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_the_nearest_name() {
        let loaded = read("[load]\nconcurency = 5\n", &Environment::default(), None).expect("good");
        let warning = &loaded.warnings[0];
        assert_eq!(
            (
                warning.location.as_ref().map(ToString::to_string),
                warning.help.as_deref()
            ),
            (
                Some("Backend.toml:2:1".to_owned()),
                Some("did you mean `load.concurrency`?")
            )
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_a_fault_with_its_place() {
        assert_eq!(
            fault("[load]\nconcurrency = \"many\"\n"),
            "Backend.toml:2:15: `load.concurrency` must be a whole number of at least 1"
        );
        assert_eq!(
            fault("load = 3\n"),
            "Backend.toml:1:1: `load` must be a table"
        );
    }

    #[test]
    fn malformed_toml_is_a_fault_with_its_place() {
        let text = fault("[load]\nconcurrency = \n");
        assert!(
            text.starts_with("Backend.toml:2:15: malformed TOML"),
            "{text}"
        );
    }

    #[test]
    fn a_password_does_not_belong_in_the_file() {
        let text = fault("[database]\nurl = \"postgres://ann:s3cret@db/shop\"\n");
        assert!(
            text.starts_with("Backend.toml:2:7: `database.url` must be a URL without a password")
        );
        assert!(!text.contains("s3cret"));
    }

    #[test]
    fn a_named_environment_has_its_own_database() {
        let file = "[database.staging]\nurl = { env = \"STAGING\" }\nprotected = true\n";
        let environment = Environment::from([
            ("STAGING", "sqlite://s.db"),
            ("DATABASE_URL", "sqlite://d.db"),
        ]);
        let config = read(file, &environment, Some("staging"))
            .expect("good")
            .config;
        assert_eq!(
            (config.database.url, config.database.protected),
            (Ok("sqlite://s.db".to_owned()), true)
        );
        let unknown = read(file, &environment, Some("stagin")).expect_err("there is none");
        assert_eq!(unknown.to_string(), "there is no environment `stagin`");
    }
}
