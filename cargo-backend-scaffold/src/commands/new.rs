//! `new`: a service from nothing but a name.

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::openapi::Document;
use cargo_backend_shared::terminal::Form;
use cargo_backend_templates as templates;
use serde_json::json;

use crate::cli::{GenerateArgs, NewArgs};
use crate::commands::generate::{self, Read};
use crate::commands::target;

/// The pack of the document that is begun with.
const PACK: &str = "new";
const DOCUMENT: &str = "openapi.yaml";

pub(super) fn run(args: &NewArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    cx.only(&[Form::Human, Form::Json])?;
    let project = cx.project()?;
    let wanted = GenerateArgs {
        spec: None,
        from_db: None,
        framework: None,
        output: args.output.clone(),
        database: args.database.clone(),
        name: Some(args.name.clone()),
        dry_run: args.dry_run,
        dump_api: false,
        check: false,
        force: false,
    };
    target::root_manifest(&project)?;
    let (package, output) = target::place(&wanted, &args.name, &project, cx)?;
    let folder = project.workspace.root.join(&output);
    if folder.exists() {
        return Err(failure(
            format!("`{}` is there already", output.display()),
            "choose another name, or another folder with --output",
        ));
    }
    let context = json!({
        "name": package,
        "folder": output.to_string_lossy(),
        "title": title(&package),
    });
    let text = templates::render(PACK, "openapi.yaml.tera", &context)?;
    let read = Read {
        document: Document::parse(DOCUMENT, &text)?,
        database: target::database(&wanted, &project)?,
        name: DOCUMENT.to_owned(),
        file: Some(folder.join(DOCUMENT)),
        beside: vec![(output.join(DOCUMENT), text)],
    };
    generate::make(read, &wanted, &project, cx)
}

/// `lost-and-found` as `Lost and found`.
fn title(package: &str) -> String {
    let words = package.replace(['-', '_'], " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
