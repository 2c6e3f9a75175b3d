//! `--dry-run` of `migrate` and `rollback`: where it is played.

use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access, Connection};

use crate::cli::{ConfirmArgs, DatabaseArgs, ScratchArgs};
use crate::report::trial::Place;
use crate::trial::{self, Candidate};
use crate::{apply, report};

/// The flags that say where.
pub(super) struct Flags<'a> {
    pub(super) database: &'a DatabaseArgs,
    pub(super) scratch: &'a ScratchArgs,
    pub(super) confirm: &'a ConfirmArgs,
}

/// Refuses a place for a dry run where none is asked for: the database itself would be changed.
pub(super) fn only_with(dry_run: bool, scratch: &ScratchArgs) -> anyhow::Result<()> {
    if dry_run || scratch.dev_url.is_none() && !scratch.same_server {
        return Ok(());
    }
    Err(failure(
        "--dev-url and --same-server say where a dry run is played, and this is none",
        "add --dry-run, or leave them out",
    ))
}

/// Plays scripts through, and leaves nothing behind. `connection` only reads.
pub(super) async fn run(
    (cx, project): (&Context, &Project),
    flags: &Flags<'_>,
    (url, mut connection): (&DatabaseUrl, Connection),
    candidates: &[Candidate<'_>],
) -> anyhow::Result<ExitStatus> {
    let named = flags.scratch.dev_url.is_some() || flags.scratch.same_server;
    let alone = candidates
        .iter()
        .find(|candidate| !trial::can_be_rolled_back(url.dialect(), candidate.script));
    let from_flag = flags.database.database_url.is_some();
    let confirmed = super::confirm(&project.config.database, from_flag, flags.confirm);
    let database = url.dialect() != Dialect::MySql && alone.is_none() && !named;
    if database && (confirmed.is_ok() || url.dialect() == Dialect::Postgres) {
        confirmed.map_err(|fault| {
            failure(
                fault.to_string(),
                "its tables would be locked until all is rolled back: name a server for a scratch database with --dev-url, or confirm it with --yes-really NAME",
            )
        })?;
        connection.close().await?;
        let mut own =
            introspect::connect(url, Access::ReadWrite, "cargo-backend-db dry run").await?;
        apply::take(&mut own, &cx.terminal).await?;
        let lock_timeout = project.config.db.lock_timeout;
        let trial = trial::rolled_back(&mut own, candidates, lock_timeout).await?;
        own.close().await?;
        return report::trial::trial(&cx.terminal, url, Place::Transaction, &trial);
    }
    let what = match alone {
        Some(alone) if url.dialect() != Dialect::MySql => format!(
            "`{}` cannot be rolled back with its transaction: a dry run of it",
            alone.script.file
        ),
        Some(_) | None => "a dry run".to_owned(),
    };
    let on = super::scratch_server(flags.scratch, Some(url), &what)?;
    let schema = introspect::schema(&mut connection).await?;
    connection.close().await?;
    report::compare::unsupported(&cx.terminal, schema.unsupported.iter());
    let trial = trial::in_scratch(schema, candidates, &on).await?;
    report::trial::trial(&cx.terminal, url, Place::Scratch, &trial)
}
