//! `cargo backend-load URL`: one request, over and over, for a while.

use std::num::NonZero;

use anyhow::Context as _;
use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::Hint as _;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::Form;
use tokio::sync::watch;

use super::plan::plan;
use super::reach::reach;
use super::request::request;
use super::route::route;
use crate::advice::advise;
use crate::cli::QuickArgs;
use crate::driver::{self, Glance, Load, Run};
use crate::engine::Prepared;
use crate::interrupt;
use crate::report::json::{Configuration, Judgement, LoadReport, TargetReport};
use crate::report::{self, Document, human};
use crate::report_file::ReportFile;
use crate::summary::{Facts, summarize};
use crate::threshold::Verdict;

pub(crate) fn run(args: &QuickArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let request = request(args, &cx.directory)?;
    let route = route(&args.connection, &cx.directory)?;
    let prepared = Prepared::new(&request, &route).hint(
        "cannot send this request",
        "leave out what HTTP/2 does not know",
    )?;
    let project = cx.project()?;
    let defaults = &project.config.load;
    let plan = plan(args, defaults)?;
    let timeout = args.timeout.unwrap_or(defaults.timeout);
    let files: anyhow::Result<Vec<ReportFile>> = args
        .reports
        .iter()
        .map(|path| ReportFile::find(path, &cx.directory, &project))
        .collect();
    let files = files?;

    let interrupt = interrupt::listen()?;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .context("cannot start the threads that drive the users")?;
    let reached = runtime.block_on(reach(&request.target, route, timeout, interrupt.clone()))?;
    let Some(server) = reached else {
        return Ok(ExitStatus::Interrupted);
    };
    let started_at = jiff::Timestamp::now();
    let load = Load {
        server,
        request: prepared,
        expected: args.expect_status,
        plan: plan.clone(),
        timeout,
    };
    let run = drive(&runtime, load, interrupt, cx)?;
    // Users that still wait for a hung server, or a slow name server, are left behind.
    runtime.shutdown_background();

    let facts = Facts {
        elapsed: run.elapsed,
        cpu: run.cpu,
        threads,
        warm_up_requests: run.warm_up_requests,
        unfinished: run.unfinished,
        unsent: run.unsent,
    };
    let summary = summarize(&run.recording, &facts);
    let thresholds = args.thresholds.iter();
    let judgement = Judgement {
        thresholds: thresholds
            .map(|threshold| threshold.judge(&summary, &run.recording.total.latency))
            .collect(),
        recommendations: advise(&summary, plan.model, !args.connection.no_keep_alive),
    };
    let report = LoadReport::new(
        // Fractions of a second would pretend to be the first request's.
        jiff::Timestamp::from_second(started_at.as_second())?.to_string(),
        run.interrupted,
        TargetReport::of(&request),
        Configuration::new(&plan, &args.stages, timeout, args.expect_status),
        summary,
        judgement,
        &run.recording,
    );
    answer(&report, cx)?;
    for file in &files {
        file.write(&report)?;
        cx.terminal.status("Wrote", &file.to_string());
    }
    Ok(verdict(&report, cx))
}

fn answer(report: &LoadReport, cx: &Context) -> anyhow::Result<()> {
    let document = match cx.global.form() {
        Form::Human => return Ok(cx.terminal.answer(&human::render(report))?),
        Form::Json => return Ok(cx.terminal.message("load-report", report)?),
        Form::Markdown => Document::Markdown,
        Form::Junit => Document::Junit,
        Form::Github => Document::Github,
        Form::Csv => Document::Csv,
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

fn drive(
    runtime: &tokio::runtime::Runtime,
    load: Load,
    interrupt: watch::Receiver<bool>,
    cx: &Context,
) -> anyhow::Result<Run> {
    if !cx.terminal.is_live() {
        // Nobody watches: a line for each second only where more was asked for.
        let look = |glance: &Glance<'_>| cx.terminal.detail(&human::progress(glance));
        return runtime.block_on(driver::run(load, interrupt, Some(&look)));
    }
    let progress = cx.terminal.progress("connecting", None);
    let look = |glance: &Glance<'_>| progress.text(&human::progress(glance));
    runtime.block_on(driver::run(load, interrupt, Some(&look)))
}
