//! `status`.

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::Access;

use crate::cli::StatusArgs;
use crate::migration::{dir, history, record};
use crate::plan::{self, State};
use crate::report;

pub(super) async fn run(args: &StatusArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let migrations = dir::read(&super::folder(cx, &project, &args.folder))?;
    let (url, mut connection) = super::open(&project, &args.database, Access::ReadOnly).await?;
    let mut history = history::read(&mut connection).await?;
    record::edits(&mut connection, &migrations, &mut history).await?;
    connection.close().await?;
    let entries = plan::entries(&migrations, &history);
    report::status(&cx.terminal, &url, &entries)?;
    report::reformatted(&cx.terminal, &entries);
    let fits = entries.iter().all(|entry| {
        matches!(
            entry.state,
            State::Applied | State::Pending | State::Reformatted
        )
    });
    Ok(if fits {
        ExitStatus::Clean
    } else {
        ExitStatus::No
    })
}
