//! `compare`.

mod target;
mod types;

use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access};
use cargo_backend_shared::schema::Schema;
use cargo_backend_shared::terminal::Progress;

use crate::cli::{CompareArgs, Danger};
use crate::diff::hazard::Hazard;
use crate::diff::rename::{self, Rename};
use crate::diff::{self, Draft};
use crate::rehearsal::{self, Outcome, Proved};
use crate::{ddl, report};
use target::Target;

const APPLICATION: &str = "cargo-backend-db compare";

pub(super) async fn run(args: &CompareArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let (url, mut connection) = super::open(&project, &args.database, Access::ReadOnly).await?;
    let progress = cx.terminal.progress("Reading both catalogues", None);
    let own = async {
        let schema = introspect::schema(&mut connection).await?;
        connection.close().await?;
        anyhow::Ok(schema)
    };
    // Side by side, for it is the servers that take the time; and both to their end, for a scratch
    // database has to be dropped.
    let (from, target) = tokio::join!(own, target::read(args, cx, &url));
    let from = ddl::printable(from?);
    let Target {
        schema: to,
        renames,
    } = target?;
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
    let rows = match args.types {
        true => Some(types::rows(cx, &project, &to)?),
        false => None,
    };
    let schemas = (&from, &to);
    let status = change(args, (cx, &project), &url, schemas, &renames, progress).await?;
    let refused = status != ExitStatus::Clean && !args.check;
    if let Some(rows) = rows.filter(|_| !refused) {
        let mode = match args.check || args.dry_run {
            true => types::Mode::Show,
            false => types::Mode::Write,
        };
        let differ = rows.refresh(cx, &project.workspace.root, mode)?;
        if args.check && differ {
            return Ok(ExitStatus::No);
        }
    }
    Ok(status)
}

/// The change of the schema: shown, or proved and written.
async fn change(
    args: &CompareArgs,
    (cx, project): (&Context, &Project),
    url: &DatabaseUrl,
    (from, to): (&Schema, &Schema),
    renames: &[Rename],
    progress: Progress,
) -> anyhow::Result<ExitStatus> {
    let (drafts, likely) = drafts(args, url, (from, to), renames).await?;
    if drafts.is_empty() {
        progress.finish();
        return report::compare::same(&cx.terminal, url, &args.target);
    }
    let place = args.scratch.dev_url.is_some()
        || args.scratch.same_server
        || url.dialect() == Dialect::Sqlite;
    if args.check || args.output.is_none() && !place {
        progress.finish();
        report::compare::drafts(&cx.terminal, &drafts, url.dialect())?;
        report::compare::likely(&cx.terminal, &likely)?;
        return Ok(if args.check {
            ExitStatus::No
        } else {
            ExitStatus::Clean
        });
    }
    progress.text("Playing it through in a scratch database");
    let on = super::scratch_server(&args.scratch, Some(url), "--output")?;
    let outcome = rehearsal::play(from, to, drafts, &on).await?;
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
        report::compare::likely(&cx.terminal, &likely)?;
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
    report::compare::likely(&cx.terminal, &likely)?;
    if !refused.is_empty() {
        return report::compare::refused(&cx.terminal, &refused);
    }
    let pairs = migrations(&args.name, &proved, url.dialect());
    super::migrate::write(cx, project, folder, pairs, args.dry_run)?;
    Ok(ExitStatus::Clean)
}

/// The change as migrations, the renames first, and what looks like another rename.
async fn drafts(
    args: &CompareArgs,
    url: &DatabaseUrl,
    (from, to): (&Schema, &Schema),
    renames: &[Rename],
) -> anyhow::Result<(Vec<Draft>, Vec<rename::Likely>)> {
    let form = if args.offline {
        diff::Form::Plain
    } else {
        diff::Form::Online
    };
    let asked = rename::asked(from, to, renames).map_err(|fault| {
        failure(
            fault,
            "the left side is the name of today, the right side that of the target",
        )
    })?;
    let on = super::scratch_server(&args.scratch, Some(url), "a rename");
    let on = match on {
        Ok(on) => Some(on),
        Err(fault) if !asked.is_empty() => return Err(fault),
        // Without a place, members that are only called otherwise are made anew.
        Err(_) => None,
    };
    let renamed = match on {
        Some(on) => rehearsal::renamed(from, to, asked, &on).await?,
        None => None,
    };
    let (now, mut steps) = match &renamed {
        Some((now, steps)) => (now, steps.clone()),
        None => (from, Vec::new()),
    };
    let likely = rename::likely(now, to);
    steps.extend(diff::steps(now, to, form));
    Ok((diff::drafts(steps, url.dialect()), likely))
}

fn hazard(danger: Danger) -> Hazard {
    match danger {
        Danger::DataLoss => Hazard::DataLoss,
        Danger::Rewrite => Hazard::Rewrite,
        Danger::Scan => Hazard::Scan,
        Danger::Lock => Hazard::Lock,
    }
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
