//! `template list` and `template eject`.

use std::path::Path;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::file_set::{self, ChangeKind, FileSet};
use cargo_backend_shared::terminal::{Form, Format};
use cargo_backend_templates as templates;
use serde_json::json;

use crate::cli::{EjectArgs, TemplateCommand};
use crate::own_templates;
use crate::render::{Owner, PACK, owner};

pub(super) fn run(command: &TemplateCommand, cx: &Context) -> anyhow::Result<ExitStatus> {
    cx.only(&[Form::Human, Form::Json])?;
    match command {
        TemplateCommand::List => list(cx),
        TemplateCommand::Eject(args) => eject(args, cx),
    }
}

fn list(cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let own = own_templates::read(&project.workspace.root, PACK)?;
    for path in templates::paths(PACK) {
        let whose = match owner(path) {
            Owner::Generated => "generated",
            Owner::Once => "once",
            Owner::Merge => "merged",
        };
        let name = own.get(path).map(|(name, _)| name.as_str());
        match cx.format() {
            Format::Json => {
                let line = json!({"path": path, "owner": whose, "own": name});
                cx.terminal.message("template", &line)?;
            }
            Format::Human => {
                let name = name.map(|name| format!("  {name}")).unwrap_or_default();
                cx.terminal.answer(&format!("{whose:<9}  {path}{name}"))?;
            }
        }
    }
    Ok(ExitStatus::Clean)
}

fn eject(args: &EjectArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let mut files = FileSet::new();
    for path in &args.paths {
        let text = templates::source(PACK, path).ok_or_else(|| {
            failure(
                format!("there is no template `{path}`"),
                "`cargo backend-scaffold template list` names them",
            )
        })?;
        files.insert(Path::new(own_templates::FOLDER).join(PACK).join(path), text);
    }
    let root = &project.workspace.root;
    let changes = files.plan(root, &project.config.rules.protected_paths)?;
    let there = changes
        .iter()
        .find(|change| change.kind == ChangeKind::Update);
    if let (Some(change), false) = (there, args.force) {
        return Err(failure(
            format!("`{}` is there already, and is yours", change.path.display()),
            "give --force to start from the embedded one again",
        ));
    }
    file_set::write(root, &changes)?;
    for change in &changes {
        cx.terminal.answer(&change.path.to_string_lossy())?;
    }
    Ok(ExitStatus::Clean)
}
