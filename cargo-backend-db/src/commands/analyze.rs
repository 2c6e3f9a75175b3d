//! `analyze`.

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::diagnostic::Severity;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access};

use crate::cli::AnalyzeArgs;
use crate::findings::{self, Facts};
use crate::statistics::live;
use crate::{proof, report};

pub(super) async fn run(args: &AnalyzeArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let (url, mut connection) = super::open(&project, &args.database, Access::ReadOnly).await?;
    let progress = cx.terminal.progress("Reading the catalogue", None);
    let schema = introspect::schema(&mut connection).await?;
    progress.text("Reading rows and sizes");
    let statistics = live::read(&mut connection).await?;
    progress.text("Asking the planner");
    let mut plans = Vec::new();
    for missing in findings::missing_indexes(&schema) {
        plans.push(proof::lookup_plan(&mut connection, &schema, &missing).await?);
    }
    connection.close().await?;
    progress.finish();

    let found = findings::all(&Facts {
        schema: &schema,
        statistics: &statistics,
        plans: &plans,
    });
    report::analysis(&cx.terminal, &url, &schema, &statistics, &found)?;
    let denied = found
        .iter()
        .any(|diagnostic| diagnostic.severity >= Severity::from(args.deny));
    Ok(if denied {
        ExitStatus::No
    } else {
        ExitStatus::Clean
    })
}
