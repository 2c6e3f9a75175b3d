//! `cargo backend-load compare URL1 URL2`: both servers in turn, and which one is slower.

use std::time::Duration;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::Format;

use super::engine::Engine;
use super::plan::sockets;
use super::request::request;
use super::route::route;
use crate::cli::CompareArgs;
use crate::comparison::Change;
use crate::duel::Duel;
use crate::engine::Prepared;
use crate::profile::{Model, Plan, Profile, Rhythm, Stage};
use crate::report::duel;
use crate::summary::summarize;

/// Before the figures begin: caches, pools and whatever else is cold.
const WARM_UP: Duration = Duration::from_secs(1);

pub(crate) fn run(args: &CompareArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let requests = [
        request(&args.before, &args.request, &cx.directory)?,
        request(&args.after, &args.request, &cx.directory)?,
    ];
    let project = cx.project()?;
    let defaults = &project.config.load;
    let users = args.concurrency.unwrap_or(defaults.concurrency);
    // Each user has a connection to both.
    sockets(users * 2)?;
    let duration = args.duration.unwrap_or(defaults.duration);
    let timeout = args.timeout.unwrap_or(defaults.timeout);
    if duration < args.block * 24 {
        return Err(failure(
            format!("{duration:?} are too short for six rounds of A B B A"),
            "load longer with `--duration`, or with a shorter `--block`",
        ));
    }
    let stage = Stage {
        length: duration,
        target: users as f64,
    };
    let plan = Plan {
        model: Model::Closed,
        profile: Profile::new(users as f64, WARM_UP, &[stage]),
        users,
        warm_up: WARM_UP,
        rhythm: Rhythm::Blocks(args.block),
    };
    let engine = Engine::start()?;
    let mut targets = Vec::new();
    for request in &requests {
        let route = route(&args.connection, &cx.directory)?;
        let prepared = Prepared::new(request, &route).hint(
            "cannot send this request",
            "leave out what HTTP/2 does not know",
        )?;
        let Some(server) = engine.reach(&request.target, route, timeout)? else {
            return Ok(ExitStatus::Interrupted);
        };
        targets.push((server, prepared));
    }
    let run = engine.drive(targets, plan, None, timeout, cx)?;
    let summary = summarize(&run.recording, &engine.facts(&run));
    let duel = Duel::new(
        requests.map(|request| request.target.to_string()),
        &run.recording,
        &summary,
        (args.block, args.min_effect),
    );
    engine.leave();
    match cx.format() {
        Format::Human => cx.terminal.answer(&duel::render(&duel))?,
        Format::Json => cx.terminal.message("load-comparison", &duel)?,
    }
    if run.interrupted {
        return Ok(ExitStatus::Interrupted);
    }
    Ok(match duel.change {
        Change::Faster | Change::NoDifference => ExitStatus::Clean,
        Change::Slower => ExitStatus::No,
        Change::Inconclusive => ExitStatus::Inconclusive,
    })
}
