//! `analyze`.

use std::collections::BTreeMap;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::diagnostic::Severity;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access, Connection};
use cargo_backend_shared::schema::Schema;

use crate::cli::AnalyzeArgs;
use crate::findings::{self, Facts, Plan};
use crate::proof;
use crate::report::analysis::{self, Analysis};
use crate::statistics::{Lost, Section, Statistics, live};

/// For how many missing indexes the planner is asked, those of the largest tables.
const ASKED: usize = 20;

pub(super) async fn run(args: &AnalyzeArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let thresholds = thresholds(&args.threshold)?;
    let project = cx.project()?;
    let (url, mut connection) = super::open(&project, &args.database, Access::ReadOnly).await?;
    let progress = cx.terminal.progress("Reading the catalogue", None);
    let mut schema = Schema::new(connection.dialect());
    let schema_lost = match introspect::schema(&mut connection).await {
        Ok(read) => {
            schema = read;
            None
        }
        Err(error) => Some(refusal(error)?),
    };
    progress.text("Reading rows, sizes and use");
    let mut statistics = live::read(&mut connection).await?;
    (statistics.lost).extend(schema_lost.map(|lost| (Section::Schema, lost)));
    progress.text("Asking the planner");
    let plans = plans(&mut connection, &schema, &mut statistics).await?;
    connection.close().await?;
    progress.finish();

    let judgement = findings::judge(&Facts {
        schema: &schema,
        statistics: &statistics,
        plans: &plans,
        thresholds: &thresholds,
    });
    let analysis = Analysis {
        url: &url,
        schema: &schema,
        statistics: &statistics,
        judgement: &judgement,
    };
    analysis::print(&cx.terminal, &analysis)?;
    let denied = judgement
        .findings
        .iter()
        .any(|finding| finding.diagnostic.severity >= Severity::from(args.deny));
    Ok(if denied {
        ExitStatus::No
    } else {
        ExitStatus::Clean
    })
}

/// What the planner does today for each missing index, in their order.
async fn plans(
    connection: &mut Connection,
    schema: &Schema,
    statistics: &mut Statistics,
) -> anyhow::Result<Vec<Plan>> {
    let missing = findings::missing_indexes(schema);
    let rows = |n: usize| statistics.rows.get(&missing[n].table).copied();
    let mut heaviest: Vec<usize> = (0..missing.len()).collect();
    heaviest.sort_by_key(|n| (std::cmp::Reverse(rows(*n)), *n));
    let why = format!("which is done for the {ASKED} largest tables");
    let mut plans = vec![Plan::NotAsked(why); missing.len()];
    for n in heaviest.into_iter().take(ASKED) {
        let locked = (statistics.tables.get(&missing[n].table)).is_some_and(|used| used.locked);
        plans[n] = if locked {
            Plan::NotAsked("for another session has locked the table".to_owned())
        } else {
            match proof::lookup_plan(connection, schema, &missing[n]).await {
                Ok(plan) => Plan::Shown(plan),
                Err(error) => {
                    let lost = refusal(error)?;
                    let why = lost.why.clone();
                    statistics.lost.insert(Section::Planner, lost);
                    Plan::NotAsked(why)
                }
            }
        };
    }
    Ok(plans)
}

/// Why the server refused; another error stops the run.
fn refusal(error: anyhow::Error) -> anyhow::Result<Lost> {
    Ok(live::lost(error.downcast::<sqlx::Error>()?)?)
}

/// Reads `NAME=NUMBER`.
fn thresholds(given: &[String]) -> anyhow::Result<BTreeMap<String, u64>> {
    let known = findings::thresholds();
    let mut set = BTreeMap::new();
    for text in given {
        let Some((name, number)) = text.split_once('=') else {
            return Err(failure(
                format!("`{text}` sets no threshold"),
                "write NAME=NUMBER, such as slow-milliseconds=50",
            ));
        };
        if !known.contains_key(name) {
            let names: Vec<&str> = known.keys().copied().collect();
            return Err(failure(
                format!("there is no threshold `{name}`"),
                format!("the thresholds are {}", names.join(", ")),
            ));
        }
        let Ok(number) = number.parse() else {
            return Err(failure(
                format!("`{number}` is no threshold for `{name}`"),
                "give a whole number of at least 0; its unit is in the name",
            ));
        };
        set.insert(name.to_owned(), number);
    }
    Ok(set)
}
