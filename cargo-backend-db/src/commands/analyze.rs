//! `analyze`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::diagnostic::Severity;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access, Connection};
use cargo_backend_shared::report_file::ReportFile;
use cargo_backend_shared::schema::Schema;
use cargo_backend_shared::terminal::Form;

use crate::cli::{AnalyzeArgs, DatabaseArgs};
use crate::findings::{self, Facts, Plan};
use crate::migration::{Script, dir};
use crate::proof;
use crate::report::analysis::{self, Analysis, Document};
use crate::scratch::Scratch;
use crate::statistics::{Lost, Section, Statistics, live};

/// For how many missing indexes the planner is asked, those of the largest tables.
const ASKED: usize = 20;

/// EXPLAIN wants the right to read the table, which no role for monitoring has.
const READ_TABLES: &str = "GRANT pg_read_all_data TO the role that analyses";

/// What `pg_stat_activity` shows.
const APPLICATION: &str = "cargo-backend-db";

pub(super) async fn run(args: &AnalyzeArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let thresholds = thresholds(&args.threshold)?;
    let cx = cx.only(&[Form::Human, Form::Json, Form::Markdown, Form::Sarif])?;
    let project = cx.project()?;
    let files = files(&args.report, cx, &project)?;
    let read = match folder(args, cx) {
        Some(folder) => read_folder(&folder, args, cx, &project).await?,
        None => read_database(args, cx, &project).await?,
    };
    let judgement = findings::judge(&Facts {
        schema: &read.schema,
        statistics: &read.statistics,
        plans: &read.plans,
        thresholds: &thresholds,
    });
    let analysis = Analysis {
        database: &read.database,
        schema: &read.schema,
        statistics: &read.statistics,
        judgement: &judgement,
    };
    analysis::print(&cx.terminal, cx.global.form(), &analysis)?;
    for (file, document) in &files {
        file.write(analysis::document(*document, &analysis)?)?;
        cx.terminal.status("Written", &file.to_string());
    }
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

/// What is judged.
struct Read {
    /// How it is named in the report.
    database: String,
    schema: Schema,
    statistics: Statistics,
    plans: Vec<Plan>,
}

/// The folder that the command line names, if it is no database.
fn folder(args: &AnalyzeArgs, cx: &Context) -> Option<PathBuf> {
    let target = args.target.as_deref()?;
    let is_url = target.contains("://") || target.starts_with("sqlite:");
    (!is_url).then(|| cx.directory.join(target))
}

async fn read_database(
    args: &AnalyzeArgs,
    cx: &Context,
    project: &Project,
) -> anyhow::Result<Read> {
    let database = DatabaseArgs {
        database_url: args
            .target
            .clone()
            .or_else(|| args.database.database_url.clone()),
    };
    let (url, mut connection) = super::open(project, &database, Access::ReadOnly).await?;
    let progress = cx
        .terminal
        .progress("Reading the catalogue and the figures of use", None);
    let (schema, mut statistics) = read(&url, &mut connection).await?;
    progress.text("Asking the planner");
    let plans = plans(&mut connection, &schema, &mut statistics).await?;
    connection.close().await?;
    progress.finish();
    Ok(Read {
        database: url.to_string(),
        schema,
        statistics,
        plans,
    })
}

/// Loads the files into a scratch database. They say what is there, and nothing of its use.
async fn read_folder(
    folder: &Path,
    args: &AnalyzeArgs,
    cx: &Context,
    project: &Project,
) -> anyhow::Result<Read> {
    let scripts = dir::sql_files(folder)?;
    let known = project
        .config
        .database
        .url(args.database.database_url.as_deref());
    let on = super::scratch_server(&args.scratch, known.ok().as_ref(), "a folder of SQL files")?;
    let progress = cx
        .terminal
        .progress("Loading the files into a scratch database", None);
    let mut scratch = Scratch::create(&on).await?;
    let schema = loaded(&mut scratch, &scripts).await;
    scratch.drop().await?;
    progress.finish();
    let (schema, version) = schema?;
    let mut statistics = Statistics::default();
    statistics.server.version = version;
    for section in Section::OF_USE {
        let why = "files do not say how a database is used";
        let lost = Lost::new(why, "cargo backend-db analyze URL of a live database");
        statistics.lost.insert(section, lost);
    }
    let why = "for there are no rows".to_owned();
    let plans = vec![Plan::NotAsked(why); findings::missing_indexes(&schema).len()];
    Ok(Read {
        database: folder.display().to_string(),
        schema,
        statistics,
        plans,
    })
}

/// The schema that the files make, and the version of the server that took them.
async fn loaded(scratch: &mut Scratch, scripts: &[Script]) -> anyhow::Result<(Schema, String)> {
    scratch.run(scripts).await?;
    let version = live::read(&mut scratch.connection).await?.server.version;
    Ok((introspect::schema(&mut scratch.connection).await?, version))
}

/// The files for the report, found to be writable before anything is read.
fn files(
    paths: &[PathBuf],
    cx: &Context,
    project: &Project,
) -> anyhow::Result<Vec<(ReportFile, Document)>> {
    let hint = "the ending chooses the form of the report";
    let mut files = Vec::new();
    for path in paths {
        let file = ReportFile::find(path, analysis::ENDINGS, hint, &cx.directory, project)?;
        files.extend(Document::of_ending(file.ending()).map(|document| (file, document)));
    }
    Ok(files)
}

/// The schema and the figures, on a server at the same time through a second connection: neither
/// needs the other, and the server has more than one core. Where it grants no second one, in turn.
async fn read(
    url: &DatabaseUrl,
    connection: &mut Connection,
) -> anyhow::Result<(Schema, Statistics)> {
    let dialect = connection.dialect();
    let second = match dialect {
        Dialect::Postgres | Dialect::MySql => {
            introspect::connect(url, Access::ReadOnly, APPLICATION)
                .await
                .ok()
        }
        Dialect::Sqlite => None,
    };
    let (schema, statistics) = match second {
        Some(mut second) => {
            let both = tokio::join!(introspect::schema(connection), live::read(&mut second));
            second.close().await?;
            both
        }
        None => (
            introspect::schema(connection).await,
            live::read(connection).await,
        ),
    };
    let mut statistics = statistics?;
    let schema = schema.or_else(|error| {
        statistics.lost.insert(Section::Schema, refusal(error)?);
        anyhow::Ok(Schema::new(dialect))
    })?;
    Ok((schema, statistics))
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
                    let mut lost = refusal(error)?;
                    let why = lost.why.clone();
                    if lost.remedy.contains("pg_monitor") {
                        READ_TABLES.clone_into(&mut lost.remedy);
                    }
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
