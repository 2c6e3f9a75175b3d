//! `rollback`.

use std::time::Instant;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access, Connection};

use super::dry_run;
use crate::apply::rows::{self, Loss};
use crate::cli::RollbackArgs;
use crate::migration::{Migration, Script, Version, dir, directive, history};
use crate::trial::Candidate;
use crate::{apply, loss, plan, report};

pub(super) async fn run(args: &RollbackArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    dry_run::only_with(args.dry_run, &args.scratch)?;
    let project = cx.project()?;
    let migrations = dir::read(&super::folder(cx, &project, &args.folder))?;
    let access = if args.dry_run {
        Access::ReadOnly
    } else {
        super::confirm(
            &project.config.database,
            args.database.database_url.is_some(),
            &args.confirm,
        )?;
        Access::ReadWrite
    };
    let (url, mut connection) = super::open(&project, &args.database, access).await?;
    if !args.dry_run {
        apply::lock(&mut connection, &cx.terminal).await?;
    }
    let history = history::read(&mut connection).await?;
    // All of them must have a way back before the first one is taken.
    let count = match args.to {
        Some(to) => {
            if to != 0 {
                super::migrate::known(&migrations, to)?;
            }
            let later = history
                .iter()
                .filter(|applied| applied.version > Version(to));
            later.count()
        }
        None => usize::from(args.steps),
    };
    let steps: Vec<(&Migration, &Script)> = plan::last_applied(&migrations, &history, count)
        .map_err(|obstacle| super::refuse(&obstacle))?
        .into_iter()
        .map(|migration| Ok((migration, down_of(migration)?)))
        .collect::<anyhow::Result<_>>()?;
    directive::check(steps.iter().map(|(_, down)| *down))?;
    let losses = losses(&mut connection, &steps).await?;
    if !args.dry_run && !losses.is_empty() && args.allow.is_none() {
        connection.close().await?;
        return report::loses(&cx.terminal, &losses);
    }
    for loss in &losses {
        let words = loss.in_words();
        cx.terminal.warn(&format!("lost for good: {words}"));
    }
    if args.dry_run {
        let flags = dry_run::Flags {
            database: &args.database,
            scratch: &args.scratch,
            confirm: &args.confirm,
        };
        let candidates = steps
            .iter()
            .map(|(_, script)| Candidate { script, done: 0 });
        let candidates: Vec<Candidate<'_>> = candidates.collect();
        return dry_run::run((cx, &project), &flags, (&url, connection), &candidates).await;
    }
    let mut undone = 0;
    let lock_timeout = project.config.db.lock_timeout;
    let runner = apply::Runner::new(&mut connection, &url, &cx.terminal, lock_timeout).await?;
    for (migration, down) in steps {
        let progress = cx.terminal.progress(&format!("Undoing {migration}"), None);
        let started = Instant::now();
        let done = apply::down(&mut connection, migration, down, &runner).await?;
        progress.finish();
        if done {
            undone += 1;
            report::step(&cx.terminal, "Undid", migration, started.elapsed())?;
        }
    }
    connection.close().await?;
    report::finished(&cx.terminal, &url, undone, "undone")
}

/// What the way back takes away that holds something.
async fn losses(
    connection: &mut Connection,
    steps: &[(&Migration, &Script)],
) -> anyhow::Result<Vec<Loss>> {
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let schema = introspect::schema(connection).await?;
    let scripts: Vec<&Script> = steps.iter().map(|(_, down)| *down).collect();
    rows::count(connection, &schema, &loss::of(&schema, &scripts)).await
}

fn down_of(migration: &Migration) -> anyhow::Result<&Script> {
    let file = migration.up.file.trim_end_matches(".sql");
    let stem = file.trim_end_matches(".up");
    migration.down.as_ref().ok_or_else(|| {
        failure(
            format!("migration {migration} has no down file"),
            format!("write `{stem}.down.sql` beside `{stem}.up.sql` first"),
        )
    })
}
