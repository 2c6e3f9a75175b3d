//! `lint`.

mod files;
mod fix;
mod trace;

use std::path::Path;

use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::diagnostic::{Faults, Severity};
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access, Connection};
use cargo_backend_shared::schema::Schema;
use cargo_backend_shared::terminal::Form;

use crate::cli::LintArgs;
use crate::lint::{self, Finding, Live};
use crate::migration::{Applied, dir, history, record};
use crate::report::lint::{self as report, Answer};
use crate::statistics::{Statistics, live};
use files::{File, Place};

pub(super) async fn run(args: &LintArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let cx = cx.only(&[Form::Human, Form::Json, Form::Sarif, Form::Github])?;
    let project = cx.project()?;
    let known = database(args, cx, &project).await?;
    let dialect = match (args.engine, &known) {
        (Some(engine), _) => engine.into(),
        (None, Some(known)) => known.url.dialect(),
        (None, None) => Dialect::Postgres,
    };
    let folder = super::folder(cx, &project, &args.folder);
    let place = Place {
        directory: &cx.directory,
        folder: &folder,
        history: known.as_ref().map(|known| known.history.as_slice()),
        dialect,
    };
    let live = known.as_ref().map(|known| Live {
        schema: &known.schema,
        statistics: &known.statistics,
    });
    let mut files = place.files(&args.files)?;
    let mut findings = all(&files, dialect, live)?;
    if args.fix {
        let found: Vec<(&File, &[Finding])> = (files.iter().zip(&findings))
            .map(|(file, findings)| (file, findings.as_slice()))
            .collect();
        let written = fix::write(cx, &project, &found, args.dry_run)?;
        if args.dry_run {
            return Ok(ExitStatus::Clean);
        }
        if written > 0 {
            files = place.files(&args.files)?;
            findings = all(&files, dialect, live)?;
        }
    }
    let mut findings: Vec<Finding> = findings.into_iter().flatten().collect();
    if args.trace {
        let known = (dialect, known.as_ref());
        let seen = trace::findings(&files, known, live, &args.scratch).await?;
        findings.extend(seen.into_iter().flatten());
    }
    let named = known.as_ref().map(|known| known.url.to_string());
    let answer = Answer {
        findings: &findings,
        files: files.len(),
        database: named.as_deref(),
    };
    report::print(&cx.terminal, cx.global.form(), &answer)?;
    let denied = findings
        .iter()
        .any(|found| found.diagnostic.severity == Severity::Error);
    Ok(if denied {
        ExitStatus::No
    } else {
        ExitStatus::Clean
    })
}

/// What is found, file by file.
fn all(
    files: &[File],
    dialect: Dialect,
    live: Option<Live<'_>>,
) -> Result<Vec<Vec<Finding>>, Faults> {
    let lint = |file: &File| lint::lint(&file.source, dialect, live);
    files.iter().map(lint).collect()
}

/// What a database says.
struct Known {
    url: DatabaseUrl,
    schema: Schema,
    statistics: Statistics,
    history: Vec<Applied>,
}

/// The database, if there is one. One that was named has to answer; one that is merely set may be far
/// away, and the files are looked at all the same.
async fn database(
    args: &LintArgs,
    cx: &Context,
    project: &Project,
) -> anyhow::Result<Option<Known>> {
    let flag = args.database.database_url.as_deref();
    let Ok(url) = project.config.database.url(flag) else {
        return Ok(None);
    };
    let folder = super::folder(cx, project, &args.folder);
    match ask(&url, &folder).await {
        Ok(known) => Ok(Some(known)),
        Err(fault) if flag.is_some() => Err(fault),
        Err(fault) => {
            cx.terminal.warn(&format!(
                "sizes are not known, and all files are looked at: {fault}"
            ));
            Ok(None)
        }
    }
}

async fn ask(url: &DatabaseUrl, folder: &Path) -> anyhow::Result<Known> {
    let mut connection: Connection =
        introspect::connect(url, Access::ReadOnly, "cargo-backend-db").await?;
    let mut history = history::read(&mut connection).await?;
    // A folder that cannot be read is told where its files are needed.
    if let Ok(migrations) = dir::read(folder) {
        record::edits(&mut connection, &migrations, &mut history).await?;
    }
    let known = Known {
        url: url.clone(),
        schema: introspect::schema(&mut connection).await?,
        statistics: live::read(&mut connection).await?,
        history,
    };
    connection.close().await?;
    Ok(known)
}
