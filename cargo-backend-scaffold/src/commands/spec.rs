//! `spec`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::file_set::{self, FileChange, FileSet};
use cargo_backend_shared::terminal::Form;

use crate::cli::SpecArgs;
use crate::code::Program;
use crate::describe::{self, yaml};
use crate::report::{self, Written};
use crate::routes::{self, Served};
use crate::sources;

/// Code goes down as deep as chains of calls are long, and a service may have thousands of routes in
/// one: the stack of a program's first thread is too small for that.
const STACK_BYTES: usize = 1 << 30;

pub(super) fn run(args: &SpecArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    cx.only(&[Form::Human, Form::Json])?;
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
        let reader = builder.spawn_scoped(scope, || read(args, cx));
        match reader.context("there is no room for a thread")?.join() {
            Ok(ended) => ended,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn read(args: &SpecArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let chosen = args.package.clone().or_else(|| package_here(&project, cx));
    let sources = sources::read(chosen.as_deref(), &project, cx)?;
    let program = Program::of(&sources);
    let (package, served) = one(routes::served(&program), chosen.as_deref())?;
    let title = sources.packages.iter().find(|known| known.name == package);
    let title = title.cloned().unwrap_or_default();
    let described = describe::describe(&program, &served, &title);
    let findings: Vec<Diagnostic> = described
        .unresolved
        .iter()
        .map(|found| {
            let at = sources.location(found.at);
            Diagnostic::warning(found.message.as_str()).at(at)
        })
        .collect();
    let refused = args.strict && !findings.is_empty();
    let changes = match &args.output {
        Some(output) => changes(output, &described.document, &project, cx)?,
        None => Vec::new(),
    };
    let written = match (refused, args.check, &args.output) {
        (true, _, _) => Written::Refused,
        (false, true, _) => Written::Compared,
        (false, false, Some(output)) => {
            file_set::write(&root_of(output, &project, cx), &changes)?;
            Written::File(output)
        }
        (false, false, None) => Written::Answer,
    };
    report::spec(&package, &described, &findings, &written, &cx.terminal)?;
    let drifted = args.check && report::drift(&changes, &cx.terminal)?;
    Ok(if refused || drifted {
        ExitStatus::No
    } else {
        ExitStatus::Clean
    })
}

/// The package whose folder the user is in.
fn package_here(project: &Project, cx: &Context) -> Option<String> {
    let members = project.workspace.members.iter();
    let around = members.filter(|member| cx.directory.starts_with(&member.directory));
    around
        .max_by_key(|member| member.directory.components().count())
        .map(|member| member.name.clone())
}

/// The package that is asked for, or the only one that serves.
fn one(
    mut packages: BTreeMap<String, Served>,
    chosen: Option<&str>,
) -> anyhow::Result<(String, Served)> {
    let serving: Vec<String> = packages
        .iter()
        .filter(|(_, served)| !served.registrations.is_empty())
        .map(|(name, _)| name.clone())
        .collect();
    let name = match (chosen, serving.as_slice()) {
        (Some(name), _) => name.to_owned(),
        (None, [name]) => name.clone(),
        (None, []) => String::new(),
        (None, several) => {
            let names: Vec<String> = several.iter().map(|name| format!("`{name}`")).collect();
            return Err(failure(
                format!("several packages serve: {}", names.join(", ")),
                "name one with --package",
            ));
        }
    };
    let mut served = packages.remove(&name).unwrap_or_default();
    // A package that serves nothing itself builds for the one that does.
    for (_, other) in packages {
        if other.registrations.is_empty() {
            served.unresolved.extend(other.unresolved);
        }
    }
    if served.registrations.is_empty() && served.unresolved.is_empty() {
        return Err(failure(
            "no routes of axum or actix-web were found",
            "name the package that serves with --package",
        ));
    }
    Ok((name, served))
}

/// The folder that a file is written into: the workspace, or its own outside of that.
fn root_of(output: &Path, project: &Project, cx: &Context) -> std::path::PathBuf {
    let full = cx.directory.join(output);
    if full.starts_with(&project.workspace.root) {
        return project.workspace.root.clone();
    }
    full.parent().unwrap_or(Path::new("/")).to_path_buf()
}

fn changes(
    output: &Path,
    document: &serde_json::Value,
    project: &Project,
    cx: &Context,
) -> anyhow::Result<Vec<FileChange>> {
    let ending = output.extension().and_then(|ending| ending.to_str());
    let text = match ending {
        Some("yaml" | "yml") => yaml::text(document),
        Some("json") => serde_json::to_string_pretty(document)? + "\n",
        Some(_) | None => {
            return Err(failure(
                format!(
                    "`{}` has no ending that says its notation",
                    output.display()
                ),
                "end it in `.yaml` or `.json`",
            ));
        }
    };
    let root = root_of(output, project, cx);
    let full = cx.directory.join(output);
    let path = full.strip_prefix(&root).unwrap_or(&full);
    let mut files = FileSet::new();
    files.insert(path, text);
    files.plan(&root, &project.config.rules.protected_paths)
}
