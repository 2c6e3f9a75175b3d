//! `compare`.

use std::path::Path;

use anyhow::Context as _;
use cargo_backend_shared::cli::Context;
use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access};
use cargo_backend_shared::schema::Schema;

use crate::cli::{CompareArgs, Danger};
use crate::diff;
use crate::diff::hazard::Hazard;
use crate::migration::{Script, dir};
use crate::rehearsal::{self, Outcome, Proved};
use crate::scratch::Scratch;
use crate::{ddl, report};

const APPLICATION: &str = "cargo-backend-db compare";

pub(super) async fn run(args: &CompareArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let (url, mut connection) = super::open(&project, &args.database, Access::ReadOnly).await?;
    let progress = cx.terminal.progress("Reading the catalogue", None);
    let from = introspect::schema(&mut connection).await?;
    connection.close().await?;
    let from = ddl::printable(from);
    progress.text("Reading what it should be");
    let to = target(args, cx, &url).await?;
    let to = ddl::printable(to);
    if to.dialect != from.dialect {
        return Err(failure(
            format!(
                "the database is {}, the target {}",
                from.dialect, to.dialect
            ),
            "a schema is compared with one of the same engine",
        ));
    }
    let missing = from.unsupported.iter().chain(&to.unsupported);
    report::compare::unsupported(&cx.terminal, missing);
    let form = if args.offline {
        diff::Form::Plain
    } else {
        diff::Form::Online
    };
    let drafts = diff::drafts(diff::steps(&from, &to, form), url.dialect());
    if drafts.is_empty() {
        progress.finish();
        return report::compare::same(&cx.terminal, &url, &args.target);
    }
    let place = args.scratch.dev_url.is_some()
        || args.scratch.same_server
        || url.dialect() == Dialect::Sqlite;
    if args.check || args.output.is_none() && !place {
        progress.finish();
        report::compare::drafts(&cx.terminal, &drafts, url.dialect())?;
        return Ok(if args.check {
            ExitStatus::No
        } else {
            ExitStatus::Clean
        });
    }
    progress.text("Playing it through in a scratch database");
    let on = super::scratch_server(&args.scratch, Some(&url), "--output")?;
    let outcome = rehearsal::play(&from, &to, drafts, &on).await?;
    progress.finish();
    let proved = match outcome {
        Outcome::Proved(proved) => proved,
        Outcome::Differs { way, differences } => {
            return report::compare::unproved(&cx.terminal, way, &differences);
        }
    };
    let Some(folder) = &args.output else {
        let drafts: Vec<_> = proved.into_iter().map(|step| step.up).collect();
        report::compare::drafts(&cx.terminal, &drafts, url.dialect())?;
        return Ok(ExitStatus::Clean);
    };
    let allowed: Vec<Hazard> = args.allow.iter().map(|danger| hazard(*danger)).collect();
    let ups = proved.iter().flat_map(|step| &step.up.steps);
    let refused: Vec<_> = ups
        .flat_map(|step| {
            let hazards = diff::hazard::of(step).into_iter();
            hazards.map(move |(hazard, words)| (hazard, words, step))
        })
        .filter(|(hazard, _, _)| !allowed.contains(hazard))
        .collect();
    if !refused.is_empty() {
        return report::compare::refused(&cx.terminal, &refused);
    }
    let pairs = migrations(&args.name, &proved, url.dialect());
    super::migrate::write(cx, &project, folder, pairs, args.dry_run)?;
    Ok(ExitStatus::Clean)
}

fn hazard(danger: Danger) -> Hazard {
    match danger {
        Danger::DataLoss => Hazard::DataLoss,
        Danger::Rewrite => Hazard::Rewrite,
        Danger::Scan => Hazard::Scan,
        Danger::Lock => Hazard::Lock,
    }
}

/// What the database should be.
async fn target(args: &CompareArgs, cx: &Context, url: &DatabaseUrl) -> anyhow::Result<Schema> {
    if args.target.contains("://") {
        let other = DatabaseUrl::parse(&args.target)?;
        let mut connection = introspect::connect(&other, Access::ReadOnly, APPLICATION).await?;
        let schema = introspect::schema(&mut connection).await?;
        connection.close().await?;
        return Ok(schema);
    }
    let path = cx.directory.join(&args.target);
    if path.extension().is_some_and(|ending| ending == "json") {
        return stored(&path);
    }
    let scripts = if path.is_dir() {
        dir::sql_files(&path)?
    } else {
        let text = fs_err::read_to_string(&path).hint(
            "cannot read the target",
            "name an SQL file, a folder of them, a database, or what `schema --json` printed",
        )?;
        let file = args.target.clone();
        vec![Script { file, text }]
    };
    let on = super::scratch_server(&args.scratch, Some(url), "an SQL target")?;
    let mut scratch = Scratch::create(&on).await?;
    let loaded = loaded(&mut scratch, &scripts).await;
    scratch.drop().await?;
    loaded
}

async fn loaded(scratch: &mut Scratch, scripts: &[Script]) -> anyhow::Result<Schema> {
    scratch.run(scripts).await?;
    introspect::schema(&mut scratch.connection).await
}

/// What `schema --json` printed: one line, with the reason in front.
fn stored(path: &Path) -> anyhow::Result<Schema> {
    let text = fs_err::read_to_string(path).context("cannot read the target")?;
    serde_json::from_str(&text).hint(
        format!("`{}` holds no schema", path.display()),
        "write it with `cargo backend-db schema --json > schema.json`",
    )
}

/// The migrations, numbered where there are several.
fn migrations(
    name: &str,
    proved: &[Proved],
    dialect: Dialect,
) -> impl Iterator<Item = super::migrate::Pair> {
    let several = proved.len() > 1;
    proved.iter().enumerate().map(move |(place, step)| {
        let name = match several {
            true => format!("{name}_{}", place + 1),
            false => name.to_owned(),
        };
        (name, step.up.text(dialect), step.down.text(dialect))
    })
}
