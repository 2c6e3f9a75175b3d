//! What to generate and where: flags, settings and workspace, parsed once.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::error::{Hint as _, failure};
use toml_edit::DocumentMut;

use crate::api::ident::Ident;
use crate::cli::GenerateArgs;
use crate::render::Database;

const FRAMEWORKS: &[&str] = &["axum"];
const DATABASES: &[(&str, Database)] = &[
    ("sqlite", Database::Sqlite),
    ("postgres", Database::Postgres),
    ("mariadb", Database::MariaDb),
];

/// Where a value came from, for the message that refuses it.
fn origin(flag: Option<&String>, name: &str, project: &Project) -> String {
    match flag {
        Some(_) => format!("--{name}"),
        None => project
            .config
            .settings
            .iter()
            .find(|(path, _)| **path == format!("scaffold.{name}"))
            .map_or_else(
                || "the defaults".to_owned(),
                |(_, setting)| setting.origin.to_string(),
            ),
    }
}

pub(super) fn framework(args: &GenerateArgs, project: &Project) -> anyhow::Result<String> {
    let given = args
        .framework
        .as_ref()
        .unwrap_or(&project.config.scaffold.framework);
    if FRAMEWORKS.contains(&given.as_str()) {
        return Ok(given.clone());
    }
    let origin = origin(args.framework.as_ref(), "framework", project);
    Err(failure(
        format!("there is no framework `{given}` (from {origin})"),
        format!("choose one of: {}", FRAMEWORKS.join(", ")),
    ))
}

pub(super) fn database(args: &GenerateArgs, project: &Project) -> anyhow::Result<Database> {
    let given = args
        .database
        .as_ref()
        .unwrap_or(&project.config.scaffold.database);
    let known = DATABASES.iter().find(|(name, _)| name == given);
    known.map(|(_, database)| *database).ok_or_else(|| {
        let origin = origin(args.database.as_ref(), "database", project);
        let names: Vec<&str> = DATABASES.iter().map(|(name, _)| *name).collect();
        failure(
            format!("there is no database `{given}` for a service (from {origin})"),
            format!("choose one of: {}", names.join(", ")),
        )
    })
}

/// The root `Cargo.toml` and its text.
pub(super) fn root_manifest(project: &Project) -> anyhow::Result<(String, DocumentMut)> {
    let path = project.workspace.root.join("Cargo.toml");
    if !path.is_file() {
        return Err(failure(
            format!(
                "there is no workspace: no `Cargo.toml` in `{}` or above",
                project.workspace.root.display()
            ),
            "run it inside a workspace, or make one: a `Cargo.toml` with `[workspace]`",
        ));
    }
    let text = fs_err::read_to_string(&path)?;
    let manifest = text
        .parse()
        .with_context(|| format!("`{}` is not TOML", path.display()))?;
    Ok((text, manifest))
}

/// The name of the package and its folder relative to the workspace's root.
pub(super) fn place(
    args: &GenerateArgs,
    title: &str,
    project: &Project,
    cx: &Context,
) -> anyhow::Result<(String, PathBuf)> {
    let root = &project.workspace.root;
    let given = args
        .output
        .as_ref()
        .map(|output| normal(&cx.directory.join(output)));
    let name = match (&args.name, &given) {
        (Some(name), _) => name.clone(),
        (None, Some(output)) => {
            let folder = output
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            kebab(&folder.unwrap_or_default())
        }
        (None, None) => kebab(title),
    };
    check_name(&name)?;
    let Some(output) = given else {
        return Ok((name.clone(), PathBuf::from(name)));
    };
    match inside(root, &output) {
        Some(inside) if inside.as_os_str().is_empty() => Err(failure(
            "the output folder is the root of the workspace itself",
            "give the service a folder of its own with --output",
        )),
        Some(inside) => Ok((name, inside)),
        None => Err(failure(
            format!(
                "`{}` is outside the workspace `{}`",
                output.display(),
                root.display()
            ),
            "choose a folder inside the workspace with --output",
        )),
    }
}

/// The path relative to the workspace's root; none where it leads elsewhere.
pub(super) fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    let path = normal(path);
    if let Ok(inside) = path.strip_prefix(root) {
        return Some(inside.to_path_buf());
    }
    // The root comes from cargo with its links resolved, the current directory may not.
    let (real_root, real_path) = (resolved(root), resolved(&path));
    let inside = real_path.strip_prefix(real_root);
    inside.ok().map(Path::to_path_buf)
}

/// `a/./b/../c` without asking the disk: the folder need not exist.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => normal.push(part),
        }
    }
    normal
}

/// The path with the links of what exists of it resolved.
fn resolved(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            return real.join(rest);
        }
    }
    path.to_path_buf()
}

fn kebab(text: &str) -> String {
    Ident::new(text, "service").plain().replace('_', "-")
}

fn check_name(name: &str) -> anyhow::Result<()> {
    let sound = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    // A crate of that name would stand in the way of what the service uses.
    let taken = [
        "axum",
        "chrono",
        "regex",
        "serde",
        "serde_json",
        "serde-json",
        "sqlx",
        "tokio",
        "tower",
        "tower-http",
        "tracing",
        "tracing-subscriber",
        "uuid",
        "std",
        "core",
        "alloc",
        "test",
    ];
    let keyword = Ident::new(name, "service").snake != Ident::new(name, "service").plain();
    if sound && !keyword && !taken.contains(&name) {
        return Ok(());
    }
    Err(failure(
        format!("`{name}` cannot be the name of the package"),
        "choose one of letters, digits, `-` and `_`",
    ))
}

/// The versions of the migrations that make tables, as an earlier run left them.
pub(super) fn versions(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut versions = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(versions);
    }
    let entries = fs_err::read_dir(folder).hint(
        format!("cannot read `{}`", folder.display()),
        "check that it is a readable folder",
    )?;
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let table = name
            .strip_suffix(".up.sql")
            .and_then(|name| name.split_once("_create_"));
        if let Some((version, table)) = table {
            versions.insert(table.to_owned(), version.to_owned());
        }
    }
    Ok(versions)
}
