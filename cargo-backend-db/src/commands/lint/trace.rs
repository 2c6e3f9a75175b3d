//! `lint --trace`: the files are run in a scratch database.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;

use super::files::File;
use crate::cli::ScratchArgs;
use crate::lint::seen::{self, Observed};
use crate::lint::{Finding, Live};
use crate::migration::Script;
use crate::split::split;
use crate::trial::{self, Candidate};

/// What was seen of each file. `known` is what the database holds that they are for, if there is one.
pub(super) async fn findings(
    files: &[File],
    (dialect, known): (Dialect, Option<&super::Known>),
    live: Option<Live<'_>>,
    scratch: &ScratchArgs,
) -> anyhow::Result<Vec<Vec<Finding>>> {
    let url = known.map(|known| &known.url);
    let on = super::super::scratch_server(scratch, url, "--trace")?;
    // What is applied already is in the schema.
    let pending: Vec<&File> = files.iter().filter(|file| !file.applied).collect();
    let scripts: Vec<Script> = pending
        .iter()
        .map(|file| Script {
            file: file.source.file.clone(),
            text: file.source.text.to_string(),
        })
        .collect();
    let candidates: Vec<Candidate<'_>> = scripts
        .iter()
        .map(|script| Candidate { script, done: 0 })
        .collect();
    let schema = known.map_or_else(|| Schema::new(on.dialect()), |known| known.schema.clone());
    let trial = trial::in_scratch(schema, &candidates, &on).await?;
    let mut all = Vec::new();
    for (file, tried) in pending.iter().zip(trial.scripts) {
        let sql = tried.script.sql();
        let before = tried.script.text.len() - sql.len();
        let spans = split(dialect, sql).into_iter().map(|piece| piece.span);
        let observed: Vec<Observed> = spans
            .zip(tried.statements)
            .map(|(span, step)| Observed {
                span: before + span.start..before + span.end,
                seen: step.seen.unwrap_or_default(),
                online: step.online,
            })
            .collect();
        all.push(seen::seen(&file.source, dialect, live, &observed)?);
    }
    Ok(all)
}
