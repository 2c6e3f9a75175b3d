//! `cargo backend-load URL`: one request, over and over, for a while.

use std::path::Path;
use std::time::Duration;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::Form;

use super::engine::Engine;
use super::plan::plan;
use super::request::request;
use super::route::route;
use crate::advice::advise;
use crate::baseline::Baseline;
use crate::cli::QuickArgs;
use crate::engine::Prepared;
use crate::rate_limit::Found;
use crate::report::json::{Configuration, Judgement, LoadReport, TargetReport};
use crate::report::{self, Document, human};
use crate::report_file::ReportFile;
use crate::request::Request;
use crate::sample::Refusal;
use crate::summary::summarize;
use crate::threshold::{Judged, Verdict};

/// Two runs at different times differ by more than their seconds tell: the smallest change of the
/// average latency that matters, unless the user says otherwise.
const MIN_EFFECT: f64 = 0.05;
/// A server that wants to be left alone for longer is asked before that.
const LONGEST_WAIT_S: u32 = 60;

pub(crate) fn run(args: &QuickArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let url = args.url.as_deref().unwrap_or_default();
    let request = request(url, &args.request, &cx.directory)?;
    let route = route(&args.connection, &cx.directory)?;
    let prepared = Prepared::new(&request, &route).hint(
        "cannot send this request",
        "leave out what HTTP/2 does not know",
    )?;
    let project = cx.project()?;
    let defaults = &project.config.load;
    let plan = plan(args, defaults)?;
    let timeout = args.timeout.unwrap_or(defaults.timeout);
    let target = TargetReport::of(&request);
    let configuration = Configuration::new(&plan, &args.stages, timeout, args.expect_status);
    let baseline = baseline(args, &cx.directory, &target, &configuration)?;
    let files: anyhow::Result<Vec<ReportFile>> = args
        .reports
        .iter()
        .map(|path| ReportFile::find(path, &cx.directory, &project))
        .collect();
    let files = files?;

    let engine = Engine::start()?;
    let Some(server) = engine.reach(&request.target, route, timeout)? else {
        return Ok(ExitStatus::Interrupted);
    };
    let started_at = jiff::Timestamp::now();
    let model = plan.model;
    let run = engine.drive(
        vec![(server, prepared)],
        plan,
        args.expect_status,
        timeout,
        cx,
    )?;
    let summary = summarize(&run.recording, &engine.facts(&run));
    let thresholds = args.thresholds.iter();
    let mut judged: Vec<Judged> = thresholds
        .map(|threshold| threshold.judge(&summary, &run.recording.total.latency))
        .collect();
    if let Some(limit) = args.expect_rate_limit
        && !run.interrupted
    {
        let refusal = run.recording.total.refusal;
        let afterwards = match refusal {
            None => None,
            Some(refusal) => afterwards(args, &request, refusal, &engine, timeout, cx)?,
        };
        judged.push(limit.judge(Found {
            summary: &summary,
            refusal,
            afterwards,
        }));
    }
    engine.leave();
    let judgement = Judgement {
        thresholds: judged,
        recommendations: advise(&summary, model, !args.connection.no_keep_alive),
        comparison: None,
    };
    let mut report = LoadReport::new(
        // Fractions of a second would pretend to be the first request's.
        jiff::Timestamp::from_second(started_at.as_second())?.to_string(),
        run.interrupted,
        target,
        configuration,
        summary,
        judgement,
        &run.recording,
    );
    if let Some(baseline) = baseline {
        let now = Baseline::parse(&report.to_json()?)?;
        let min_effect = args.min_effect.unwrap_or(MIN_EFFECT);
        report.judgement.comparison = Some(baseline.compare(&now, min_effect));
    }
    answer(&report, cx)?;
    for file in &files {
        file.write(&report)?;
        cx.terminal.status("Wrote", &file.to_string());
    }
    Ok(verdict(&report, cx))
}

/// The status of one more request, after the time that the server asked for.
fn afterwards(
    args: &QuickArgs,
    request: &Request,
    refusal: Refusal,
    engine: &Engine,
    timeout: Duration,
    cx: &Context,
) -> anyhow::Result<Option<u16>> {
    let wait = refusal.retry_after_s.unwrap_or(1).clamp(1, LONGEST_WAIT_S);
    cx.terminal
        .status("Waiting", &format!("{wait} s for the limit to be lifted"));
    let route = route(&args.connection, &cx.directory)?;
    let prepared = Prepared::new(request, &route)?;
    let wait = Duration::from_secs(wait.into());
    Ok(engine.ask_later(wait, (&request.target, route, &prepared), timeout))
}

/// Reads the earlier report, and refuses one of another kind before anything is loaded.
fn baseline(
    args: &QuickArgs,
    directory: &Path,
    target: &TargetReport,
    configuration: &Configuration,
) -> anyhow::Result<Option<Baseline>> {
    let Some(file) = &args.compare else {
        return Ok(None);
    };
    let shown = file.display();
    let text = fs_err::read_to_string(directory.join(file)).hint(
        format!("cannot read the earlier report `{shown}`"),
        "`--report FILE.json` writes one",
    )?;
    let baseline = Baseline::parse(&text).hint(
        format!("cannot compare with `{shown}`"),
        "`--report FILE.json` writes a report that can be compared with",
    )?;
    let kind = serde_json::json!({"target": target, "configuration": configuration});
    let differences = baseline.differences(&kind);
    if !differences.is_empty() && !args.force {
        return Err(failure(
            format!(
                "`{shown}` is of another kind of run: {}",
                differences.join(", ")
            ),
            "load in the same way, or compare nevertheless with `--force`",
        ));
    }
    Ok(Some(baseline))
}

fn answer(report: &LoadReport, cx: &Context) -> anyhow::Result<()> {
    let document = match cx.global.form() {
        Form::Human => return Ok(cx.terminal.answer(&human::render(report))?),
        Form::Json => return Ok(cx.terminal.message("load-report", report)?),
        Form::Markdown => Document::Markdown,
        Form::Junit => Document::Junit,
        Form::Github => Document::Github,
        Form::Csv => Document::Csv,
        Form::Sarif | Form::Sql => return cx.plain().map(|_| ()),
    };
    Ok(cx.terminal.answer(&report::document(document, report)?)?)
}

fn verdict(report: &LoadReport, cx: &Context) -> ExitStatus {
    if report.interrupted {
        return ExitStatus::Interrupted;
    }
    let summary = &report.summary;
    if summary.requests == 0 {
        cx.terminal.error(
            "no request was answered before the run ended",
            Some("give the server more time with a longer `--duration`"),
        );
        return ExitStatus::No;
    }
    if summary.ok == 0 {
        let expected = match report.configuration.expected_status {
            Some(status) => status.to_string(),
            None => "2xx or 3xx".to_owned(),
        };
        cx.terminal.error(
            &format!("no request succeeded: none was answered with a status of {expected}"),
            Some("send one by hand, with curl, to see what the server says"),
        );
        return ExitStatus::No;
    }
    match report.judgement.verdict() {
        None | Some(Verdict::Met) => ExitStatus::Clean,
        Some(Verdict::Missed) => ExitStatus::No,
        Some(Verdict::Inconclusive) => ExitStatus::Inconclusive,
    }
}
