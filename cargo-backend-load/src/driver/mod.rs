//! Virtual users: goose starts them and calls their turns. The only room that names goose.
//!
//! goose is told to measure and print nothing. Its clock counts in whole seconds and looks up twice
//! in one, so the start, the stages and the end of a run are ours: all users are ready before the
//! first request goes out, and at the end goose is dropped as it stands.

mod attack;
mod lives;
mod pacer;
mod pool;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionFunction};
use goose::{GooseAttack, GooseError};
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::engine::{Prepared, Server};
use crate::machine;
use crate::profile::{Model, Plan, Rhythm};
use crate::recording::Recording;
use crate::silence::Silence;
use attack::{Attack, Window};
use lives::Lives;
use pacer::Pacer;

/// goose looks at its clock and its books twice at the beginning and the end of each round of
/// transactions; a round of several spares most of that.
const TURNS_IN_A_ROUND: usize = 16;
/// How long users may take to connect before the run starts without the slower ones.
const START_LIMIT: Duration = Duration::from_secs(10);
/// In an open model what is due at the end is waited for so long: a stall at the very end would
/// otherwise hide the requests that it held back.
const DRAIN: Duration = Duration::from_secs(1);
/// A second is counted together so long after its end; a user may just be writing into it.
const SETTLE: Duration = Duration::from_millis(50);

/// What the users shall do.
#[derive(Debug)]
pub(crate) struct Load {
    /// The servers and what is sent to each: one, or two in turn.
    pub(crate) targets: Vec<(Server, Prepared)>,
    /// The status that counts as success instead of 2xx and 3xx.
    pub(crate) expected: Option<u16>,
    pub(crate) plan: Plan,
    /// How long one request may take.
    pub(crate) timeout: Duration,
}

/// What the users did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) recording: Recording,
    /// From the end of the warm-up to the end.
    pub(crate) elapsed: Duration,
    /// Processor time of this process meanwhile.
    pub(crate) cpu: Duration,
    /// Share of the time of all cores of this machine that was used meanwhile, by anybody.
    pub(crate) machine_cpu_percent: Option<f64>,
    /// Whether the server is known to be on this machine too.
    pub(crate) shares_machine: bool,
    /// Whether the run was stopped before its time.
    pub(crate) interrupted: bool,
    /// Requests that were finished in the warm-up.
    pub(crate) warm_up_requests: u64,
    /// Requests that were on their way at the end.
    pub(crate) unfinished: u64,
    /// Requests that were due and never sent.
    pub(crate) unsent: u64,
}

/// How far a run has come.
#[derive(Debug)]
pub(crate) struct Glance<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) is_warm_up: bool,
    /// How many blocks are over, where the run is made of them.
    pub(crate) blocks: Option<u32>,
}

/// Is shown how far the run has come, once a second.
pub(crate) type Look<'a> = dyn Fn(&Glance<'_>) + Sync + 'a;

/// Runs the users to the end of their time or until `interrupt` turns true.
pub(crate) async fn run(
    load: Load,
    interrupt: watch::Receiver<bool>,
    look: Option<&Look<'_>>,
) -> anyhow::Result<Run> {
    let plan = load.plan.clone();
    let attack = Arc::new(Attack::new(load));
    let goose = goose_attack(&attack).context("cannot set up the users")?;
    let _silence = Silence::begin().context("cannot keep stdout apart")?;
    tokio::select! {
        run = course(&attack, &plan, interrupt, look) => run,
        // Users never leave by themselves, so goose comes back only if it could not go on.
        ended = goose.execute() => match ended {
            Ok(_metrics) => Err(anyhow::anyhow!("the users stopped before their time")),
            Err(why) => Err(anyhow::Error::new(why).context("the users stopped before their time")),
        },
    }
}

/// One scenario with one transaction: a user's turn is one request.
fn goose_attack(attack: &Arc<Attack>) -> Result<GooseAttack, GooseError> {
    let count = attack.users();
    let mut configuration = GooseConfiguration::default();
    // goose wants a host; nothing is ever sent with its own client.
    configuration.host = Some("http://localhost".to_owned());
    configuration.users = Some(count);
    // All of them within a twentieth of a second; goose would take one second for each.
    configuration.increase_rate = Some((count.saturating_mul(20)).to_string());
    configuration.no_telnet = true;
    configuration.no_print_metrics = true;
    configuration.no_metrics = true;
    configuration.quiet = 2;

    let lives = Arc::new(Lives::begin(attack));
    let turn: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        let lives = Arc::clone(&lives);
        let index = user.weighted_users_index;
        Box::pin(async move {
            lives.turn(index).await;
            Ok(())
        })
    });
    let transaction = Transaction::new(turn).set_weight(TURNS_IN_A_ROUND)?;
    let scenario = Scenario::new("quick").register_transaction(transaction);
    // One client for all: each client of its own costs a TLS configuration and a root store.
    let client = GooseClientBuilder::new().without_cookies();
    Ok(GooseAttack::initialize_with_config(configuration)?
        .set_client_builder_without_cookies(client)?
        .register_scenario(scenario))
}

/// The run from the first user to the last figure.
async fn course(
    attack: &Attack,
    plan: &Plan,
    mut interrupt: watch::Receiver<bool>,
    look: Option<&Look<'_>>,
) -> anyhow::Result<Run> {
    let mut ready = attack.ready.subscribe();
    tokio::select! {
        // A slow user joins later.
        _ = timeout(START_LIMIT, ready.wait_for(|ready| *ready)) => {}
        _ = interrupt.wait_for(|stop| *stop) => {}
    }
    let start = Instant::now();
    let end = start + plan.profile.length();
    let (last, pacer) = match plan.model {
        Model::Closed => (end, None),
        Model::Open => {
            let pool = Arc::clone(&attack.pool);
            let pacer = Pacer::begin(plan.profile.clone(), pool, start.into_std())?;
            (end + DRAIN, Some(pacer))
        }
    };
    let window = Window {
        start,
        measured: start + plan.warm_up,
        end,
        last,
    };
    attack.window.send_replace(Some(window));

    let mut recording = Recording::new();
    let mut before = (cpu_time(), machine::ticks());
    let timetable = async {
        sleep_until(window.measured).await;
        before = (cpu_time(), machine::ticks());
        sleep_until(end).await;
    };
    let interrupted = tokio::select! {
        () = timetable => false,
        _ = interrupt.wait_for(|stop| *stop) => true,
        () = follow(attack, plan, window, &mut recording, look) => false,
    };
    let cpu = cpu_time().saturating_sub(before.0);
    let ticks = machine::ticks().zip(before.1);
    let elapsed = window.measured.elapsed().min(plan.measured());
    drop(pacer);
    if plan.model == Model::Open && !interrupted {
        tokio::select! {
            () = drained(attack, window) => {}
            _ = interrupt.wait_for(|stop| *stop) => {}
        }
    }
    let users = attack.active(window.start.elapsed());
    attack.close(&mut recording);
    recording.close(users);
    Ok(Run {
        recording,
        elapsed,
        cpu,
        machine_cpu_percent: ticks.and_then(|(now, before)| now.busy_percent_since(before)),
        shares_machine: attack.shares_machine(),
        interrupted,
        warm_up_requests: attack.warm_up_requests(),
        unfinished: attack.in_flight(),
        unsent: attack.pool.backlog(),
    })
}

/// Puts the seconds together as they end, and shows them.
async fn follow(
    attack: &Attack,
    plan: &Plan,
    window: Window,
    recording: &mut Recording,
    look: Option<&Look<'_>>,
) {
    let glance = |recording: &Recording, blocks: u32| {
        if let Some(look) = look {
            look(&Glance {
                recording,
                blocks: (plan.rhythm != Rhythm::Seconds).then_some(blocks),
                is_warm_up: Instant::now() < window.measured,
            });
        }
    };
    while Instant::now() < window.measured {
        glance(recording, 0);
        sleep_until(window.measured.min(Instant::now() + Duration::from_secs(1))).await;
    }
    let late = attack.late_pieces();
    for second in 1.. {
        let over = window.measured + plan.rhythm.length() * second;
        sleep_until(over).await;
        let users = attack.active(over - window.start);
        sleep(SETTLE).await;
        attack.collect(second, recording);
        recording.close_before(second.saturating_sub(late), users);
        glance(recording, second);
    }
}

/// Waits until everything that was due is answered, at most to the last moment.
async fn drained(attack: &Attack, window: Window) {
    while Instant::now() < window.last && (attack.pool.backlog() > 0 || attack.in_flight() > 0) {
        sleep(Duration::from_millis(5)).await;
    }
}

/// Processor time of this process so far, all threads together.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    // Neither part is ever negative.
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
