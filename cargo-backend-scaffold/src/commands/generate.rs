//! The main verb: a document to a service.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::config::Environment;
use cargo_backend_shared::diagnostic::{Diagnostic, Faults};
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::file_set::{self, FileChange, FileSet};
use cargo_backend_shared::openapi::{self, Document};
use cargo_backend_shared::terminal::Form;
use serde_json::Value;

use crate::api::Api;
use crate::cli::GenerateArgs;
use crate::commands::{ci, target};
use crate::database;
use crate::format::Formatter;
use crate::handwritten::{self, Completed};
use crate::lower;
use crate::merge::{self, MANIFEST, Manifest};
use crate::own_templates;
use crate::render::{self, DOCUMENT, Database, Options, PACK, Produced, is_template};
use crate::report;

pub(crate) fn run(args: &GenerateArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    cx.only(&[Form::Human, Form::Json])?;
    let project = cx.project()?;
    target::root_manifest(&project)?;
    let read = read(args, &project, cx)?;
    make(read, args, &project, cx)
}

/// Makes a service of what was read, and says what came of it.
pub(super) fn make(
    read: Read,
    args: &GenerateArgs,
    project: &Project,
    cx: &Context,
) -> anyhow::Result<ExitStatus> {
    let framework = target::framework(args, project)?;
    let (root_text, root_manifest) = target::root_manifest(project)?;
    let Read {
        document,
        database,
        name,
        file,
        beside,
    } = read;
    let lowered = lower::openapi(&document).map_err(Faults)?;
    for warning in &lowered.warnings {
        cx.terminal.diagnostic(warning);
    }
    if args.dump_api {
        let text = serde_json::to_string_pretty(&lowered.api).context("cannot print the model")?;
        cx.terminal.answer(&text)?;
        return Ok(ExitStatus::Clean);
    }
    let (package, output) = target::place(args, &lowered.api.title, project, cx)?;
    let folder = project.workspace.root.join(&output);
    let ci = ci::of(&project.workspace.root, file.as_deref());
    // What is said once need not be said with every run.
    for note in ci.notes.iter().filter(|_| !folder.join(MANIFEST).is_file()) {
        cx.terminal.diagnostic(note);
    }
    let options = Options {
        package,
        database,
        document: name,
        original: &document.original,
        templates: own_templates(project, cx)?,
        output: &output,
        inherited: render::inherited(&root_manifest),
        versions: target::versions(&folder.join("migrations"))?,
        workflow: ci.workflow,
    };
    free(&options, project)?;
    let (mut files, completed) = service(
        &lowered.api,
        &options,
        &framework,
        args,
        project,
        &cx.environment,
    )?;
    for (path, text) in beside {
        files.insert(path, text);
    }
    for note in &completed.notes {
        cx.terminal.diagnostic(note);
    }
    if let Some(manifest) = render::add_member(&root_text, &output)? {
        files.insert("Cargo.toml", manifest);
    }
    let changes = files.plan(
        &project.workspace.root,
        &project.config.rules.protected_paths,
    )?;
    if args.check {
        let drifted = report::drift(&changes, &cx.terminal)?;
        return Ok(if drifted {
            ExitStatus::No
        } else {
            ExitStatus::Clean
        });
    }
    if !args.dry_run {
        file_set::write(&project.workspace.root, &changes)?;
    }
    report(&lowered.api, &options, (&changes, &completed), args, cx)?;
    Ok(ExitStatus::Clean)
}

/// The user's own templates; one that stands for nothing is named.
fn own_templates(
    project: &Project,
    cx: &Context,
) -> anyhow::Result<BTreeMap<String, (String, String)>> {
    let own = own_templates::read(&project.workspace.root, PACK)?;
    for (name, _) in own
        .iter()
        .filter(|(path, _)| !is_template(path))
        .map(|(_, own)| own)
    {
        let message = format!("`{name}` stands for no template, and is not used");
        cx.terminal.diagnostic(&Diagnostic::warning(message));
    }
    Ok(own)
}

/// What a service is made from.
pub(super) struct Read {
    pub(super) document: Document,
    pub(super) database: Database,
    /// What headers of generated files call the document.
    pub(super) name: String,
    /// Where the document lies; none where it lies nowhere.
    pub(super) file: Option<PathBuf>,
    /// Files that are written with the service and are not of its templates, from the workspace's root.
    pub(super) beside: Vec<(PathBuf, String)>,
}

fn read(args: &GenerateArgs, project: &Project, cx: &Context) -> anyhow::Result<Read> {
    if let Some(source) = &args.from_db {
        return read_database(source, args, cx);
    }
    let spec = args.spec.clone().unwrap_or_default();
    let name = spec.file_name().unwrap_or_default();
    Ok(Read {
        database: target::database(args, project)?,
        name: name.to_string_lossy().into_owned(),
        document: in_order(&spec, args, project, cx)?,
        file: Some(cx.directory.join(&spec)),
        beside: Vec::new(),
    })
}

/// The document of a database: a resource for every table and view.
fn read_database(source: &str, args: &GenerateArgs, cx: &Context) -> anyhow::Result<Read> {
    let (schema, title, database) = database::read(source, &cx.directory)?;
    if args
        .database
        .as_deref()
        .is_some_and(|given| given != database.name())
    {
        return Err(failure(
            format!("the tables are those of {}", database.name()),
            "leave --database out: the service runs on the database it is made from",
        ));
    }
    let title = args.name.clone().unwrap_or(title);
    let (document, notes) = lower::of_database(&schema, &title);
    for note in notes {
        cx.terminal.diagnostic(&Diagnostic::warning(note));
    }
    let text = serde_json::to_string_pretty(&document)?;
    Ok(Read {
        document: Document::parse("the document of the database", &text)?,
        database,
        name: "the database".to_owned(),
        file: None,
        beside: Vec::new(),
    })
}

/// The document, its keys in the order of the last run's.
fn in_order(
    spec: &Path,
    args: &GenerateArgs,
    project: &Project,
    cx: &Context,
) -> anyhow::Result<Document> {
    let (path, name) = (cx.directory.join(spec), spec.to_string_lossy());
    openapi::load_in_order(&path, &name, |document| {
        let title = document.pointer("/info/title").and_then(Value::as_str);
        let (_, output) = target::place(args, title.unwrap_or_default().trim(), project, cx)?;
        let last = project.workspace.root.join(output).join(DOCUMENT);
        if !last.is_file() {
            return Ok(None);
        }
        // What is no JSON any more was edited by hand, which is found out later.
        Ok(serde_json::from_str(&fs_err::read_to_string(last)?).ok())
    })
}

fn report(
    api: &Api,
    options: &Options<'_>,
    (changes, completed): (&[FileChange], &Completed),
    args: &GenerateArgs,
    cx: &Context,
) -> anyhow::Result<()> {
    let url = match options.database {
        Database::Sqlite => format!("sqlite://{}.db", options.package),
        Database::Postgres => {
            let name = options.package.replace('-', "_");
            format!("postgres://postgres@127.0.0.1/{name}")
        }
        Database::MariaDb => {
            let name = options.package.replace('-', "_");
            format!("mysql://root@127.0.0.1/{name}")
        }
    };
    report::run(
        &report::Run {
            api,
            changes,
            appended: &completed.appended,
            package: &options.package,
            output: options.output,
            dry_run: args.dry_run,
            in_memory_url: &url,
        },
        &cx.terminal,
    )
}

/// Refuses a name that another member has, and a folder that holds another package.
fn free(options: &Options<'_>, project: &Project) -> anyhow::Result<()> {
    let folder = project.workspace.root.join(options.output);
    for member in &project.workspace.members {
        let here = member.directory == folder;
        if member.name == options.package && !here {
            return Err(failure(
                format!(
                    "the workspace has a package `{}` already, in `{}`",
                    member.name,
                    project.workspace.display(&member.directory)
                ),
                "choose another name with --name",
            ));
        }
        if here && !folder.join(MANIFEST).is_file() {
            return Err(failure(
                format!(
                    "`{}` holds the package `{}`, which was not generated",
                    options.output.display(),
                    member.name
                ),
                "choose another folder with --output",
            ));
        }
    }
    Ok(())
}

/// The files of the service, relative to the workspace's root.
fn service(
    api: &Api,
    options: &Options<'_>,
    framework: &str,
    args: &GenerateArgs,
    project: &Project,
    environment: &Environment,
) -> anyhow::Result<(FileSet, Completed)> {
    let root = &project.workspace.root;
    let folder = root.join(options.output);
    let last = manifest(&folder)?;
    if let Some(last) = last
        .as_ref()
        .filter(|last| last.database != options.database.name())
    {
        return Err(failure(
            format!(
                "the service in `{}` was generated for {}",
                options.output.display(),
                last.database
            ),
            format!(
                "use --database {}, or another folder with --output",
                last.database
            ),
        ));
    }
    let edition = options.inherited.edition.as_deref().unwrap_or("2024");
    let formatter = Formatter::new(root, edition, environment);
    let mut produced = render::service(api, options).hint(
        "the templates do not fit this document",
        "mend the template if it is yours; else this is a defect of cargo-backend-scaffold: please report it with the document",
    )?;
    formatter.format_all(&mut produced)?;
    let completed = handwritten::complete(&produced, &folder, options.output, &formatter)?;
    merge::leave_out(&mut produced, &completed.elsewhere);
    let mut merged = merge::merge(produced, last.as_ref(), |file: &Produced| {
        let path = root.join(render::place(&file.path, options.output));
        match path.is_file() {
            true => Ok(Some(fs_err::read_to_string(path)?)),
            false => Ok(None),
        }
    })?;
    if !merged.edited.is_empty() && !args.force && !args.check {
        let names: Vec<String> = merged
            .edited
            .iter()
            .map(|path| format!("`{}`", path.display()))
            .collect();
        return Err(failure(
            format!(
                "{} was edited by hand and would be overwritten",
                names.join(", ")
            ),
            "move the edits to `src/service` or `src/data`, which stay yours, or give --force",
        ));
    }
    // A generated file that somebody edited stays beside the new one.
    let replaced = std::mem::take(&mut merged.replaced);
    for (path, text) in replaced.into_iter().filter(|_| args.force) {
        let kept = format!("{}.orig", path.display());
        merged.files.insert(kept.into(), text);
    }
    let manifest = Manifest {
        framework: framework.to_owned(),
        database: options.database.name().to_owned(),
        document: options.document.clone(),
        generated: merged.hashes,
    };
    let mut files = FileSet::new();
    files.insert(
        options.output.join(MANIFEST),
        serde_json::to_string_pretty(&manifest)? + "\n",
    );
    for (path, text) in merged.files {
        files.insert(render::place(&path, options.output), text);
    }
    for (path, text) in &completed.files {
        files.insert(options.output.join(path), text.as_str());
    }
    Ok((files, completed))
}

fn manifest(folder: &Path) -> anyhow::Result<Option<Manifest>> {
    let path = folder.join(MANIFEST);
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs_err::read_to_string(&path)?;
    let manifest = serde_json::from_str(&text)
        .with_context(|| format!("`{}` is not what this tool wrote", path.display()))?;
    Ok(Some(manifest))
}
