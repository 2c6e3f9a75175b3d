//! `schema`.

use anyhow::Context as _;
use cargo_backend_shared::cli::Context;
use cargo_backend_shared::database_url::DatabaseUrl;
use cargo_backend_shared::error::failure;
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
        let on = scratch_server(args, &url)?;
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

/// Where the scratch database is made: a server is written to only when it was named for that.
fn scratch_server(args: &SchemaArgs, url: &DatabaseUrl) -> anyhow::Result<DatabaseUrl> {
    let named = args
        .dev_url
        .as_deref()
        .map(DatabaseUrl::parse)
        .transpose()?;
    let on = match named {
        Some(named) if named.dialect() != url.dialect() => {
            return Err(failure(
                format!(
                    "--dev-url is {}, the database {}",
                    named.dialect(),
                    url.dialect()
                ),
                "a schema can only be loaded into the engine it was read from",
            ));
        }
        Some(named) => named,
        None if args.same_server || url.sqlite_file().is_some() => url.clone(),
        None => {
            return Err(failure(
                "--verify needs a place for a scratch database",
                "name a server with --dev-url, or allow it on this one with --same-server",
            ));
        }
    };
    Ok(on)
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
