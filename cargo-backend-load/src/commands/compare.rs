//! `cargo backend-load compare URL1 URL2`: both servers in turn, and which one is slower.

use std::time::Duration;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::Form;

use super::engine::Engine;
use super::plan::{in_flight, sockets};
use super::request::request;
use super::route::route;
use crate::cli::CompareArgs;
use crate::comparison::Change;
use crate::duel::Duel;
use crate::engine::Prepared;
use crate::profile::{Model, Plan, Profile, Rhythm, Stage};
use crate::report::{duel, duel_forms};
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
    let users = match (args.concurrency, args.rps) {
        (Some(users), _) => users,
        // Each user has a connection to both.
        (None, Some(rate)) => in_flight(rate * 2.0) / 2,
        (None, None) => defaults.concurrency,
    };
    sockets(users * 2)?;
    let duration = args.duration.unwrap_or(defaults.duration);
    let timeout = args.timeout.unwrap_or(defaults.timeout);
    if duration < args.block * 24 {
        return Err(failure(
            format!("{duration:?} are too short for six rounds of A B B A"),
            "load longer with `--duration`, or with a shorter `--block`",
        ));
    }
    let (model, level) = match args.rps {
        Some(rate) => (Model::Open, rate),
        None => (Model::Closed, users as f64),
    };
    let stage = Stage {
        length: duration,
        target: level,
    };
    let plan = Plan {
        model,
        profile: Profile::new(level, WARM_UP, &[stage]),
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
    let duel = Duel {
        due_per_second: args.rps,
        ..duel
    };
    engine.leave();
    answer(&duel, cx)?;
    if run.interrupted {
        return Ok(ExitStatus::Interrupted);
    }
    Ok(match duel.change {
        Change::Faster | Change::NoDifference => ExitStatus::Clean,
        Change::Slower => ExitStatus::No,
        Change::Inconclusive => ExitStatus::Inconclusive,
    })
}

fn answer(duel: &Duel, cx: &Context) -> anyhow::Result<()> {
    let text = match cx.global.form() {
        Form::Human => duel::render(duel),
        Form::Json => return Ok(cx.terminal.message("load-comparison", duel)?),
        Form::Markdown => duel_forms::markdown(duel),
        Form::Junit => duel_forms::junit(duel)?,
        Form::Github => duel_forms::github(duel),
        Form::Csv => duel_forms::csv(duel)?,
        Form::Sarif | Form::Sql => return cx.plain().map(|_plain| ()),
    };
    Ok(cx.terminal.answer(&text)?)
}
