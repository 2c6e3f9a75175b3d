//! Manifests: the service's own, and the workspace's that it becomes a member of.

use std::error::Error;
use std::fmt;
use std::path::Path;

use serde_json::{Value, json};
use toml_edit::{Array, DocumentMut, Item, TomlError, Value as TomlValue};

use crate::api::Api;
use crate::render::{Database, Needs, Options};

/// What the workspace's root offers to its members.
#[derive(Debug, Default, Clone)]
pub(crate) struct Inherited {
    pub(crate) edition: Option<String>,
    pub(crate) rust_version: bool,
    pub(crate) lints: bool,
    /// The dependencies of the workspace with their versions.
    pub(crate) dependencies: Vec<(String, String)>,
}

/// Reads what a member can inherit.
pub(crate) fn inherited(manifest: &DocumentMut) -> Inherited {
    let Some(workspace) = manifest.get("workspace") else {
        return Inherited::default();
    };
    let package = workspace.get("package");
    let field = |name: &str| package.and_then(|package| package.get(name));
    let dependencies = workspace
        .get("dependencies")
        .and_then(Item::as_table_like)
        .map(|table| {
            table
                .iter()
                .filter_map(|(name, item)| {
                    let version = item.as_str().or_else(|| item.get("version")?.as_str())?;
                    Some((name.to_owned(), version.to_owned()))
                })
                .collect()
        });
    Inherited {
        edition: field("edition").and_then(Item::as_str).map(str::to_owned),
        rust_version: field("rust-version").is_some(),
        lints: workspace.get("lints").is_some(),
        dependencies: dependencies.unwrap_or_default(),
    }
}

struct Dependency {
    name: &'static str,
    version: &'static str,
    defaults: bool,
    features: Vec<&'static str>,
}

fn with(
    name: &'static str,
    version: &'static str,
    defaults: bool,
    features: &[&'static str],
) -> Dependency {
    Dependency {
        name,
        version,
        defaults,
        features: features.to_vec(),
    }
}

fn dependencies(database: Database, needs: Needs) -> Vec<Dependency> {
    let mut sqlx = vec!["runtime-tokio", "tls-rustls", "migrate", database.driver()];
    let conditional = [
        (needs.chrono, "chrono"),
        (needs.uuid, "uuid"),
        (needs.json_columns, "json"),
    ];
    sqlx.extend(
        conditional
            .iter()
            .filter(|(needed, _)| *needed)
            .map(|(_, feature)| *feature),
    );
    let mut axum = vec!["http1", "json", "matched-path", "query", "tokio"];
    if needs.multipart {
        axum.insert(3, "multipart");
    }
    let mut all = vec![with("axum", "0.8", false, &axum)];
    if needs.schemes.basic || needs.multipart {
        all.push(with("base64", "0.22", true, &[]));
    }
    if needs.chrono {
        all.push(with("chrono", "0.4", false, &["clock", "serde", "std"]));
    }
    if needs.forms {
        all.push(with("form_urlencoded", "1", true, &[]));
    }
    if needs.look_around {
        all.push(with("fancy-regex", "0.20", true, &[]));
    } else if needs.regex {
        all.push(with("regex", "1", true, &[]));
    }
    if needs.schemes.bearer {
        all.push(with("jsonwebtoken", "11", false, &["aws_lc_rs", "use_pem"]));
    }
    all.extend(streams(needs));
    if needs.xml.any() {
        all.push(with("quick-xml", "0.41", true, &[]));
    }
    all.extend([
        with("governor", "0.10", false, &["dashmap", "std"]),
        with("serde", "1", true, &["derive"]),
        with("serde_json", "1", true, &[]),
        with("sqlx", "0.9", false, &sqlx),
        with(
            "tokio",
            "1",
            true,
            &["macros", "net", "rt-multi-thread", "signal", "sync", "time"],
        ),
        with("tower", "0.5", false, &[]),
        with(
            "tower-http",
            "0.7",
            false,
            &["catch-panic", "cors", "timeout", "trace"],
        ),
        with("tracing", "0.1", true, &[]),
        with(
            "tracing-subscriber",
            "0.3",
            false,
            &["ansi", "env-filter", "fmt", "json"],
        ),
        with(
            "uuid",
            "1",
            true,
            if needs.uuid {
                &["serde", "v4"]
            } else {
                &["v4"]
            },
        ),
    ]);
    if needs.schemes.basic || needs.schemes.key {
        all.push(with("subtle", "2", true, &[]));
    }
    all.sort_by_key(|dependency| dependency.name);
    all
}

/// What bodies need that are not held in memory.
fn streams(needs: Needs) -> Vec<Dependency> {
    let mut all = Vec::new();
    if needs.incoming || needs.events {
        all.push(with("futures-util", "0.3", false, &["std"]));
    }
    if needs.incoming {
        all.push(with("http-body-util", "0.1", true, &[]));
    }
    all
}

/// A line of `[dependencies]`: the workspace's where it has the same version.
fn line(dependency: &Dependency, inherited: &Inherited) -> String {
    let Dependency {
        name,
        version,
        defaults,
        features,
    } = dependency;
    let features: Vec<String> = features
        .iter()
        .map(|feature| format!("\"{feature}\""))
        .collect();
    let features = features.join(", ");
    let shared = inherited
        .dependencies
        .iter()
        .any(|(known, given)| known == name && compatible(given, version));
    match (shared, *defaults, features.is_empty()) {
        (true, _, true) => format!("{name}.workspace = true"),
        (true, _, false) => format!("{name} = {{ workspace = true, features = [{features}] }}"),
        (false, true, true) => format!("{name} = \"{version}\""),
        (false, true, false) => {
            format!("{name} = {{ version = \"{version}\", features = [{features}] }}")
        }
        (false, false, true) => {
            format!("{name} = {{ version = \"{version}\", default-features = false }}")
        }
        (false, false, false) => format!(
            "{name} = {{ version = \"{version}\", default-features = false, features = [{features}] }}"
        ),
    }
}

/// Whether a requirement of the workspace means the same breaking version as ours.
fn compatible(given: &str, ours: &str) -> bool {
    let given = given.trim_start_matches(['^', '=', '~', ' ']);
    given == ours
        || given
            .strip_prefix(ours)
            .is_some_and(|rest| rest.starts_with('.'))
}

pub(super) fn context(api: &Api, options: &Options<'_>, needs: Needs) -> Value {
    let inherited = &options.inherited;
    let lines: Vec<String> = dependencies(options.database, needs)
        .iter()
        .map(|dependency| line(dependency, inherited))
        .collect();
    let tokio = Dependency {
        name: "tokio",
        version: "1",
        defaults: true,
        features: vec!["fs", "io-util"],
    };
    let description = api
        .description
        .lines()
        .next()
        .filter(|line| !line.is_empty());
    let description = description.unwrap_or(&api.title);
    json!({
        "edition_line": if inherited.edition.is_some() { "edition.workspace = true" } else { "edition = \"2024\"" },
        "rust_version_line": if inherited.rust_version { "rust-version.workspace = true" } else { "rust-version = \"1.94\"" },
        "description": description.replace('\\', "\\\\").replace('"', "\\\""),
        "dependencies": lines,
        "dev_dependencies": [line(&tokio, inherited)],
        "inherit_lints": inherited.lints,
    })
}

/// Why a root manifest cannot gain a member.
#[derive(Debug)]
pub(crate) enum NotAManifest {
    Toml(TomlError),
    Workspace,
    Members,
}

impl fmt::Display for NotAManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Toml(_) => "the root `Cargo.toml` is not TOML",
            Self::Workspace => "`workspace` in the root `Cargo.toml` is no table",
            Self::Members => "`workspace.members` in the root `Cargo.toml` is no list",
        })
    }
}

impl Error for NotAManifest {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Toml(fault) => Some(fault),
            Self::Workspace | Self::Members => None,
        }
    }
}

/// The workspace's manifest with the service among its members; `None` when it is there already.
pub(crate) fn add_member(text: &str, member: &Path) -> Result<Option<String>, NotAManifest> {
    let mut manifest: DocumentMut = text.parse().map_err(NotAManifest::Toml)?;
    let member = member.to_string_lossy().replace('\\', "/");
    if manifest.get("workspace").is_none() {
        manifest.insert("workspace", Item::Table(toml_edit::Table::new()));
    }
    let workspace = manifest
        .get_mut("workspace")
        .and_then(Item::as_table_like_mut)
        .ok_or(NotAManifest::Workspace)?;
    let members = workspace
        .entry("members")
        .or_insert(Item::Value(TomlValue::Array(Array::new())))
        .as_array_mut()
        .ok_or(NotAManifest::Members)?;
    if members
        .iter()
        .filter_map(TomlValue::as_str)
        .any(|known| covers(known, &member))
    {
        return Ok(None);
    }
    // A list with a line for each member gets one more line.
    let decor = members
        .get(members.len().wrapping_sub(1))
        .map(|last| last.decor().clone());
    let mut value = TomlValue::from(member);
    let prefix = decor
        .as_ref()
        .and_then(|decor| decor.prefix()?.as_str().map(str::to_owned));
    match prefix {
        Some(prefix) if prefix.contains('\n') => {
            let blank = prefix.rsplit('\n').next().unwrap_or_default();
            value.decor_mut().set_prefix(format!("\n{blank}"));
            members.push_formatted(value);
            members.set_trailing_comma(true);
            let trailing = members.trailing().as_str().unwrap_or_default().to_owned();
            if !trailing.contains('\n') {
                members.set_trailing("\n");
            }
        }
        Some(_) | None => members.push(value),
    }
    Ok(Some(manifest.to_string()))
}

/// Whether a pattern of members covers a folder: `*` stands for one segment.
fn covers(pattern: &str, member: &str) -> bool {
    let (pattern, member): (Vec<&str>, Vec<&str>) = (
        pattern
            .trim_start_matches("./")
            .trim_end_matches('/')
            .split('/')
            .collect(),
        member.split('/').collect(),
    );
    pattern.len() == member.len()
        && pattern
            .iter()
            .zip(&member)
            .all(|(pattern, name)| match pattern.split_once('*') {
                Some((before, after)) => {
                    name.len() >= before.len() + after.len()
                        && name.starts_with(before)
                        && name.ends_with(after)
                }
                None => pattern == name,
            })
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapbox::{assert_data_eq, str};

    fn added(text: &str) -> String {
        add_member(text, Path::new("services/orders"))
            .expect("it is TOML")
            .unwrap_or_else(|| "unchanged".to_owned())
    }

    #[test]
    fn a_member_is_added_in_the_form_of_the_list() {
        assert_data_eq!(
            added("[workspace]\nmembers = [\n    \"a\", # first\n    \"b\",\n]\n# end\n"),
            str![[r#"
[workspace]
members = [
    "a", # first
    "b",
    "services/orders",
]
# end

"#]]
        );
        assert_data_eq!(
            added("[workspace]\nmembers = [\"a\"]\n"),
            str![[r#"
[workspace]
members = ["a", "services/orders"]

"#]]
        );
    }

    #[test]
    fn a_single_package_becomes_a_workspace() {
        assert_data_eq!(
            added("[package]\nname = \"x\"\n"),
            str![[r#"
[package]
name = "x"

[workspace]
members = ["services/orders"]

"#]]
        );
    }

    #[test]
    fn a_pattern_that_covers_the_member_is_enough() {
        for members in ["services/*", "services/orders", "./services/or*"] {
            let text = format!("[workspace]\nmembers = [\"{members}\"]\n");
            assert_eq!(added(&text), "unchanged");
        }
    }

    #[test]
    fn only_the_same_breaking_version_is_inherited() {
        assert!(compatible("0.8.1", "0.8") && compatible("1.54", "1") && compatible("^1", "1"));
        assert!(!compatible("0.80", "0.8") && !compatible("0.7", "0.8") && !compatible("2", "1"));
    }
}
