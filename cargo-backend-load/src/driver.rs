//! Virtual users: goose starts them and calls their turns. The only room that names goose.
//!
//! goose is told to measure and print nothing. Its clock counts in whole seconds and looks up twice
//! in one, so the start and the end of a run are ours: all users are ready before the first request
//! goes out, and at the end goose is dropped as it stands.

use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionFunction};
use goose::{GooseAttack, GooseError};
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use crate::engine::watchdog::Watchdog;
use crate::engine::{Connection, Server};
use crate::recorder::Recorder;
use crate::sample::{Failure, FailureKind, Sample};
use crate::silence::Silence;

/// Recorders are shared by several users when there are more users than this, so that memory
/// does not grow with them.
const MAX_RECORDERS: u64 = 64;
/// How long users may take to connect before the run starts without the slower ones.
const START_LIMIT: Duration = Duration::from_secs(10);

/// What the users shall do.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) server: Server,
    /// The request as it goes over the wire.
    pub(crate) request: Vec<u8>,
    /// Whether the request is HEAD, whose answers have no body.
    pub(crate) is_head: bool,
    /// Users at the same time.
    pub(crate) concurrency: u64,
    /// How long they load.
    pub(crate) duration: Duration,
    /// How long one request may take.
    pub(crate) timeout: Duration,
}

/// What the users did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) recorder: Recorder,
    /// From the first request to the end.
    pub(crate) elapsed: Duration,
    /// Processor time of this process meanwhile.
    pub(crate) cpu: Duration,
    /// Whether the run was stopped before its time.
    pub(crate) interrupted: bool,
}

/// Is shown the figures so far and the time since the start.
pub(crate) type Look<'a> = dyn Fn(&Recorder, Duration) + Sync + 'a;

/// When requests count.
#[derive(Debug, Clone, Copy)]
struct Window {
    start: Instant,
    end: Instant,
}

/// What all users share.
#[derive(Debug)]
struct Attack {
    request: Vec<u8>,
    is_head: bool,
    timeout: Duration,
    /// A user is taken out for the length of its turn.
    users: Vec<Mutex<Option<User>>>,
    /// `None` when the run is over: what comes later is not counted.
    recorders: Vec<Mutex<Option<Recorder>>>,
    waiting: AtomicU64,
    ready: watch::Sender<bool>,
    window: watch::Sender<Option<Window>>,
}

#[derive(Debug)]
struct User {
    connection: Connection,
    watchdog: Watchdog,
    window: Option<Window>,
}

/// Runs the users to the end of their time or until `interrupt` turns true. `look` is shown the
/// figures so far, once a second.
pub(crate) async fn run(
    load: Load,
    mut interrupt: watch::Receiver<bool>,
    look: Option<&Look<'_>>,
) -> anyhow::Result<Run> {
    let duration = load.duration;
    let attack = Arc::new(Attack::new(load));
    let goose = goose_attack(&attack).context("cannot set up the users")?;
    let _silence = Silence::begin().context("cannot keep stdout apart")?;

    let course = async {
        let mut ready = attack.ready.subscribe();
        tokio::select! {
            // A slow user joins later.
            _ = timeout(START_LIMIT, ready.wait_for(|ready| *ready)) => {}
            _ = interrupt.wait_for(|stop| *stop) => {}
        }
        let start = Instant::now();
        let window = Window {
            start,
            end: start + duration,
        };
        attack.window.send_replace(Some(window));
        let before = cpu_time();
        let interrupted = tokio::select! {
            () = sleep_until(window.end) => false,
            _ = interrupt.wait_for(|stop| *stop) => true,
            () = show(&attack, start, look) => false,
        };
        let elapsed = start.elapsed().min(duration);
        Run {
            recorder: attack.close(),
            elapsed,
            cpu: cpu_time().saturating_sub(before),
            interrupted,
        }
    };
    tokio::select! {
        run = course => Ok(run),
        // Users never leave by themselves, so goose comes back only if it could not go on.
        ended = goose.execute() => match ended {
            Ok(_metrics) => Err(anyhow::anyhow!("the users stopped before their time")),
            Err(why) => Err(anyhow::Error::new(why).context("the users stopped before their time")),
        },
    }
}

/// One scenario with one transaction: a user's turn is one request.
fn goose_attack(attack: &Arc<Attack>) -> Result<GooseAttack, GooseError> {
    let count = attack.users.len();
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

    let attack = Arc::clone(attack);
    let turn: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        let attack = Arc::clone(&attack);
        let index = user.weighted_users_index;
        Box::pin(async move {
            attack.turn(index).await;
            Ok(())
        })
    });
    let scenario = Scenario::new("quick").register_transaction(Transaction::new(turn));
    // One client for all: each client of its own costs a TLS configuration and a root store.
    let client = GooseClientBuilder::new().without_cookies();
    Ok(GooseAttack::initialize_with_config(configuration)?
        .set_client_builder_without_cookies(client)?
        .register_scenario(scenario))
}

async fn show(attack: &Attack, start: Instant, look: Option<&Look<'_>>) {
    let Some(look) = look else {
        return pending().await;
    };
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tick.tick().await;
        look(&attack.so_far(), start.elapsed());
    }
}

impl Attack {
    fn new(load: Load) -> Self {
        let server = Arc::new(load.server);
        let user = || User {
            connection: Connection::new(Arc::clone(&server)),
            watchdog: Watchdog::new(),
            window: None,
        };
        Self {
            request: load.request,
            is_head: load.is_head,
            timeout: load.timeout,
            users: (0..load.concurrency)
                .map(|_index| Mutex::new(Some(user())))
                .collect(),
            recorders: (0..load.concurrency.min(MAX_RECORDERS))
                .map(|_index| Mutex::new(Some(Recorder::new())))
                .collect(),
            waiting: AtomicU64::new(load.concurrency),
            ready: watch::Sender::new(false),
            window: watch::Sender::new(None),
        }
    }

    /// One request of one user; the first turn also connects and waits for the start.
    async fn turn(&self, index: usize) {
        let taken = self.users.get(index).and_then(|slot| lock(slot).take());
        let Some(mut user) = taken else {
            // goose numbers its users from 0 and runs each one turn after the other.
            return pending().await;
        };
        let window = match user.window {
            Some(window) => window,
            None => self.assemble(index, &mut user).await,
        };
        user.window = Some(window);
        let started = Instant::now();
        if started >= window.end {
            // Over: goose and with it this task is about to be dropped.
            return pending().await;
        }
        // A connection that broke is dialled again at the expense of the request that needs it.
        let limit = window.end.min(started + self.timeout);
        let exchange = user.connection.exchange(&self.request, self.is_head);
        let result = user.watchdog.within(limit, exchange).await;
        let finished = Instant::now();
        if finished >= window.end {
            // In flight at the end: neither an answer nor an error.
            return pending().await;
        }
        let sample = Sample {
            finished: finished - window.start,
            latency: finished - started,
            result: result.unwrap_or_else(|| Err(self.timed_out())),
        };
        let dialled = user.connection.take_dialled();
        self.record(index, |recorder| {
            recorder.connections += dialled;
            recorder.record(&sample);
        });
        if matches!(&sample.result, Err(failure) if refuses(failure.kind)) {
            // A server that is gone would be counted a million times over, and kept from coming back.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        if let Some(slot) = self.users.get(index) {
            *lock(slot) = Some(user);
        }
    }

    /// Connects, and waits until all have.
    async fn assemble(&self, index: usize, user: &mut User) -> Window {
        let limit = Instant::now() + self.timeout;
        // What fails here is tried again by the first request, and counted there.
        drop(user.watchdog.within(limit, user.connection.open()).await);
        let dialled = user.connection.take_dialled();
        self.record(index, |recorder| recorder.connections += dialled);
        if self.waiting.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.ready.send_replace(true);
        }
        let mut window = self.window.subscribe();
        let opened = window.wait_for(Option::is_some).await;
        let opened = opened.ok().and_then(|window| *window);
        match opened {
            Some(window) => window,
            // The sender is part of `self`, so it is still there.
            None => pending().await,
        }
    }

    fn timed_out(&self) -> Failure {
        Failure::new(
            FailureKind::Timeout,
            format!("no complete answer within {:?}", self.timeout),
        )
    }

    fn record(&self, index: usize, count: impl FnOnce(&mut Recorder)) {
        let slot = &self.recorders[index % self.recorders.len()];
        if let Some(recorder) = lock(slot).as_mut() {
            count(recorder);
        }
    }

    fn so_far(&self) -> Recorder {
        let mut all = Recorder::new();
        for slot in &self.recorders {
            if let Some(part) = lock(slot).as_ref() {
                all.merge(part);
            }
        }
        all
    }

    /// Ends the counting and returns what was counted.
    fn close(&self) -> Recorder {
        let mut all = Recorder::new();
        for slot in &self.recorders {
            if let Some(part) = lock(slot).take() {
                all.merge(&part);
            }
        }
        all
    }
}

fn refuses(kind: FailureKind) -> bool {
    match kind {
        FailureKind::Refused | FailureKind::Connect | FailureKind::Tls => true,
        FailureKind::Timeout | FailureKind::Closed | FailureKind::Protocol => false,
    }
}

/// What a panicking user leaves behind is whole: it is only ever swapped.
fn lock<T>(slot: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Processor time of this process so far, all threads together.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    // Neither part is ever negative.
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
