//! `cargo backend-load URL`: one request, over and over, for a while.

use std::num::NonZero;
use std::time::Duration;

use anyhow::Context as _;
use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::Format;
use tokio::sync::watch;

use super::request::request;
use crate::cli::QuickArgs;
use crate::driver::{self, Load, Run};
use crate::engine::{self, ProbeError, Server};
use crate::interrupt;
use crate::recorder::Recorder;
use crate::report::human;
use crate::report::json::{Configuration, LoadReport, TargetReport};
use crate::report_file::ReportFile;
use crate::request::Target;
use crate::sample::FailureKind;
use crate::summary::{Facts, summarize};

/// A server that does not take a connection in this time is not there.
const PROBE_LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn run(args: &QuickArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let request = request(args, &cx.directory)?;
    let project = cx.project()?;
    let defaults = &project.config.load;
    let concurrency = args.concurrency.unwrap_or(defaults.concurrency);
    let duration = args.duration.unwrap_or(defaults.duration);
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
    let limit = timeout.min(PROBE_LIMIT);
    let Some(server) = runtime.block_on(reach(&request.target, limit, interrupt.clone()))? else {
        return Ok(ExitStatus::Interrupted);
    };
    let started_at = jiff::Timestamp::now();
    let load = Load {
        server,
        request: engine::request::encode(&request),
        is_head: request.method.is_head(),
        concurrency,
        duration,
        timeout,
    };
    let run = drive(&runtime, load, interrupt, cx)?;
    // Users that still wait for a hung server, or a slow name server, are left behind.
    runtime.shutdown_background();

    let facts = Facts {
        elapsed: run.elapsed,
        concurrency,
        cpu: run.cpu,
        threads,
    };
    let configuration = Configuration {
        concurrency,
        duration_ms: milliseconds(duration),
        timeout_ms: milliseconds(timeout),
    };
    let report = LoadReport::new(
        // Fractions of a second would pretend to be the first request's.
        jiff::Timestamp::from_second(started_at.as_second())?.to_string(),
        run.interrupted,
        TargetReport::of(&request),
        configuration,
        summarize(&run.recorder, &facts),
        &run.recorder.latency.histogram_us,
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
    if run.recorder.ok > 0 {
        return ExitStatus::Clean;
    }
    if run.recorder.requests() == 0 {
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
    let look = |recorder: &Recorder, elapsed: Duration| {
        let per_second = recorder.requests() as f64 / elapsed.as_secs_f64().max(0.001);
        let p95_us = recorder.latency.at_us(0.95);
        progress.text(&human::progress(per_second, p95_us, recorder.failed));
    };
    runtime.block_on(driver::run(load, interrupt, Some(&look)))
}

/// Finds the server and connects once; `None` when Ctrl-C came first.
async fn reach(
    target: &Target,
    limit: Duration,
    mut interrupt: watch::Receiver<bool>,
) -> anyhow::Result<Option<Server>> {
    let probe = tokio::select! {
        probe = tokio::time::timeout(limit, engine::probe(target)) => probe,
        _ = interrupt.wait_for(|stop| *stop) => return Ok(None),
    };
    let doing = format!("cannot reach `{target}`");
    let (host, port) = (target.host(), target.port());
    let Ok(probe) = probe else {
        let hint = if target.is_tls() {
            format!("does the server speak TLS on port {port} of `{host}`?")
        } else {
            format!("is a firewall between here and port {port} of `{host}`?")
        };
        return Err(failure(
            format!("{doing}: no connection within {limit:?}"),
            hint,
        ));
    };
    let hint = match &probe {
        Err(ProbeError::Name { .. }) => "is the host name spelled right?".to_owned(),
        Err(ProbeError::Dial(why)) => match why.kind {
            FailureKind::Refused => {
                format!("start the server, or check that it listens on port {port} of `{host}`")
            }
            FailureKind::Tls => format!(
                "the certificate must be valid for `{host}`; a server without TLS is named \
                 with http://"
            ),
            FailureKind::Connect
            | FailureKind::Timeout
            | FailureKind::Closed
            | FailureKind::Protocol => {
                format!("check that port {port} of `{host}` can be reached from here")
            }
        },
        Ok(_) | Err(ProbeError::Setup(_)) => {
            "the host of an https:// URL must be a DNS name or an IP address".to_owned()
        }
    };
    probe.hint(doing, hint).map(Some)
}

fn milliseconds(span: Duration) -> u64 {
    // Spans are at most a day.
    span.as_millis() as u64
}
