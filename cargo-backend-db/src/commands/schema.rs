//! `schema`.

use anyhow::Context as _;
use cargo_backend_shared::cli::Context;
use cargo_backend_shared::database_url::DatabaseUrl;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access};
use cargo_backend_shared::schema::Schema;
use cargo_backend_shared::terminal::Form;

use crate::cli::SchemaArgs;
use crate::difference::{self, Difference};
use crate::scratch::Scratch;
use crate::{ddl, report};

pub(super) async fn run(args: &SchemaArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    cx.only(&[Form::Human, Form::Sql, Form::Json])?;
    let project = cx.project()?;
    let (url, mut connection) = super::open(&project, &args.database, Access::ReadOnly).await?;
    let progress = cx.terminal.progress("Reading the catalogue", None);
    let schema = introspect::schema(&mut connection).await?;
    connection.close().await?;
    progress.finish();
    let schema = ddl::printable(schema);
    if args.verify {
        let on = super::scratch_server(&args.scratch, Some(&url), "--verify")?;
        let progress = cx
            .terminal
            .progress("Loading it into a scratch database", None);
        let differences = verify(&schema, &on).await?;
        progress.finish();
        return report::round_trip(&cx.terminal, &url, &schema, &differences);
    }
    report::schema(&cx.terminal, cx.global.form(), &schema)?;
    Ok(ExitStatus::Clean)
}

/// Prints, loads, reads back, compares.
async fn verify(schema: &Schema, on: &DatabaseUrl) -> anyhow::Result<Vec<Difference>> {
    let mut scratch = Scratch::create(on).await?;
    let copy = copy(schema, &mut scratch).await;
    scratch.drop().await?;
    difference::between(schema, &copy?).context("cannot compare")
}

async fn copy(schema: &Schema, scratch: &mut Scratch) -> anyhow::Result<Schema> {
    scratch.load(&ddl::statements(schema)).await?;
    introspect::schema(&mut scratch.connection).await
}
