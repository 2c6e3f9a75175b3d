//! `cargo backend-load URL`: one request, over and over, for a while.

use std::num::NonZero;

use anyhow::Context as _;
use cargo_backend_shared::cli::Context;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::Format;
use tokio::sync::watch;

use super::plan::plan;
use super::reach::reach;
use super::request::request;
use crate::cli::QuickArgs;
use crate::driver::{self, Glance, Load, Run};
use crate::engine;
use crate::interrupt;
use crate::report::human;
use crate::report::json::{Configuration, LoadReport, TargetReport};
use crate::report_file::ReportFile;
use crate::summary::{Facts, summarize};

pub(crate) fn run(args: &QuickArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let request = request(args, &cx.directory)?;
    let project = cx.project()?;
    let defaults = &project.config.load;
    let plan = plan(args, defaults)?;
    let timeout = args.timeout.unwrap_or(defaults.timeout);
    let file = args
        .report
        .as_deref()
        .map(|path| ReportFile::find(path, &cx.directory, &project))
        .transpose()?;

    let interrupt = interrupt::listen()?;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .context("cannot start the threads that drive the users")?;
    let reached = runtime.block_on(reach(&request.target, timeout, interrupt.clone()))?;
    let Some(server) = reached else {
        return Ok(ExitStatus::Interrupted);
    };
    let started_at = jiff::Timestamp::now();
    let load = Load {
        server,
        request: engine::request::encode(&request),
        is_head: request.method.is_head(),
        expected: None,
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
    let report = LoadReport::new(
        // Fractions of a second would pretend to be the first request's.
        jiff::Timestamp::from_second(started_at.as_second())?.to_string(),
        run.interrupted,
        TargetReport::of(&request),
        Configuration::new(&plan, &args.stages, timeout),
        summarize(&run.recording, &facts),
        &run.recording,
    );
    match cx.format() {
        Format::Human => cx.terminal.answer(&human::render(&report))?,
        Format::Json => cx.terminal.message("load-report", &report)?,
    }
    if let Some(file) = file {
        file.write(&report)?;
        cx.terminal.status("Wrote", &file.to_string());
    }
    Ok(verdict(&run, cx))
}

fn verdict(run: &Run, cx: &Context) -> ExitStatus {
    if run.interrupted {
        return ExitStatus::Interrupted;
    }
    if run.recording.total.ok > 0 {
        return ExitStatus::Clean;
    }
    if run.recording.total.requests() == 0 {
        cx.terminal.error(
            "no request was answered before the run ended",
            Some("give the server more time with a longer `--duration`"),
        );
    } else {
        cx.terminal.error(
            "no request succeeded: none was answered with a status of 2xx or 3xx",
            Some("send one by hand, with curl, to see what the server says"),
        );
    }
    ExitStatus::No
}

fn drive(
    runtime: &tokio::runtime::Runtime,
    load: Load,
    interrupt: watch::Receiver<bool>,
    cx: &Context,
) -> anyhow::Result<Run> {
    if !cx.terminal.is_live() {
        return runtime.block_on(driver::run(load, interrupt, None));
    }
    let progress = cx.terminal.progress("connecting", None);
    let look = |glance: &Glance<'_>| progress.text(&human::progress(glance));
    runtime.block_on(driver::run(load, interrupt, Some(&look)))
}
