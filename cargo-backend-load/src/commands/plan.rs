//! The flags that shape a run, as a plan.

use std::time::Duration;

use cargo_backend_shared::config::LoadConfig as Settings;
use cargo_backend_shared::error::failure;

use crate::cli::QuickArgs;
use crate::open_files;
use crate::profile::{Model, Plan, Profile, Rhythm, Stage};

/// In an open model so many seconds' worth of requests may be in flight, unless the user says so.
const SECONDS_IN_FLIGHT: f64 = 2.0;
const FEWEST_IN_FLIGHT: f64 = 100.0;
const MOST_IN_FLIGHT: f64 = 4096.0;

/// Reads rate, users, stages and warm-up, and makes sure that there can be so many sockets.
pub(super) fn plan(args: &QuickArgs, settings: &Settings) -> anyhow::Result<Plan> {
    let warm_up = args.warm_up.unwrap_or_default();
    let begin = match (args.rps, args.concurrency) {
        (Some(rate), _) => rate,
        (None, Some(users)) => users as f64,
        (None, None) if args.stages.is_empty() => settings.concurrency as f64,
        (None, None) => 0.0,
    };
    if begin == 0.0 && !warm_up.is_zero() {
        return Err(failure(
            "there is nobody to warm up with: the stages begin at no users",
            "add `--concurrency USERS` or `--rps RATE` to say where they begin",
        ));
    }
    let constant = [Stage {
        length: args.duration.unwrap_or(settings.duration),
        target: begin,
    }];
    let stages = if args.stages.is_empty() {
        &constant[..]
    } else {
        &args.stages
    };
    let profile = Profile::new(begin, warm_up, stages);
    let length = profile.length().saturating_sub(warm_up);
    if length.is_zero() || profile.peak() == 0.0 {
        return Err(failure(
            "the stages come to nothing",
            "give at least one that has a length and a level, such as `--stage 30s:100`",
        ));
    }
    if length > Duration::from_hours(24) {
        return Err(failure(
            "the stages are longer than a day together",
            "leave some out",
        ));
    }
    let (model, users) = match args.rps {
        None => (Model::Closed, sockets(profile.peak().ceil() as u64)?),
        Some(_rate) => {
            let users = match args.concurrency {
                Some(users) => sockets(users)?,
                None => in_flight(profile.peak()),
            };
            (Model::Open, users)
        }
    };
    Ok(Plan {
        model,
        profile,
        users,
        warm_up,
        rhythm: Rhythm::Seconds,
    })
}

/// How many requests may be in flight at such a rate, unless the user says so.
pub(super) fn in_flight(peak: f64) -> u64 {
    let enough = (peak * SECONDS_IN_FLIGHT).ceil();
    let enough = enough.clamp(FEWEST_IN_FLIGHT, MOST_IN_FLIGHT) as u64;
    enough.min(open_files::allow_sockets(enough))
}

/// So many users, each with a socket of its own.
pub(super) fn sockets(users: u64) -> anyhow::Result<u64> {
    let allowed = open_files::allow_sockets(users);
    if users > allowed {
        return Err(failure(
            format!("{users} users need more sockets than the {allowed} that the system allows"),
            "raise the limit of open files (`ulimit -n`), or load with fewer users",
        ));
    }
    Ok(users)
}
