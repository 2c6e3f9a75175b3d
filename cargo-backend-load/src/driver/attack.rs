//! What a user does in its turn, and where it is written down.

use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::Load;
use super::pool::{Pool, Ticket};
use crate::engine::watchdog::Watchdog;
use crate::engine::{Connection, Prepared, Server};
use crate::profile::{Model, Plan, Rhythm};
use crate::recorder::Recorder;
use crate::recording::Recording;
use crate::sample::{Answer, Dial, Failure, FailureKind, Pace, Sample};
use crate::tally::Tally;

/// Recorders are shared by several users when there are more users than this, so that memory
/// does not grow with them.
const MAX_RECORDERS: u64 = 32;
/// In an open model no more users than this connect before the start: most will not be needed.
const OPEN_MODEL_READY: usize = 64;
/// A user that was refused waits: a server that is gone would be counted a million times over, and
/// kept from coming back.
const PAUSE: Duration = Duration::from_millis(10);

/// Blocks that wait for late answers take up room.
const MOST_OPEN_BLOCKS: u128 = 240;

/// When requests count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// The first request goes out.
    pub(super) start: Instant,
    /// The warm-up is over.
    pub(super) measured: Instant,
    /// No request is due any more.
    pub(super) end: Instant,
    /// Nothing is waited for any more.
    pub(super) last: Instant,
}

/// What all users share.
#[derive(Debug)]
pub(super) struct Attack {
    plan: Plan,
    requests: Vec<Prepared>,
    expected: Option<u16>,
    timeout: Duration,
    /// For each user, whether a request of it is on its way.
    in_flight: Vec<AtomicBool>,
    servers: Vec<Arc<Server>>,
    /// `None` when the run is over: what comes later is not counted.
    recorders: Vec<Mutex<Option<Recorder>>>,
    waiting: AtomicU64,
    warm_up_requests: AtomicU64,
    pub(super) pool: Arc<Pool>,
    pub(super) ready: watch::Sender<bool>,
    pub(super) window: watch::Sender<Option<Window>>,
}

/// One user, from its first turn to the end.
#[derive(Debug)]
pub(super) struct User {
    index: usize,
    /// One for each server.
    connections: Vec<Connection>,
    watchdog: Watchdog,
    has_dialled: bool,
    /// Closed model: when the last request ended, which is when the next one begins.
    free_since: Option<Instant>,
}

impl User {
    /// The connections since this was asked last, and how many of them were not the first one.
    fn take_dials(&mut self) -> (Vec<Dial>, u64) {
        if !self.connections.iter().any(Connection::has_dialled) {
            return (Vec::new(), 0);
        }
        let connections = self.connections.iter_mut();
        let dials: Vec<Dial> = connections.flat_map(Connection::take_dials).collect();
        let first = if self.has_dialled || dials.is_empty() {
            0
        } else {
            self.connections.len().min(dials.len()) as u64
        };
        self.has_dialled |= !dials.is_empty();
        let reconnects = dials.len() as u64 - first;
        (dials, reconnects)
    }
}

/// When a request was due and when it was begun.
#[derive(Debug, Clone, Copy)]
struct Begun {
    due: Instant,
    started: Instant,
    waited: bool,
}

impl Attack {
    pub(super) fn new(load: Load) -> Self {
        let (servers, requests): (Vec<_>, Vec<_>) = load.targets.into_iter().unzip();
        let users = load.plan.users;
        Self {
            requests,
            expected: load.expected,
            timeout: load.timeout,
            in_flight: (0..users).map(|_index| AtomicBool::new(false)).collect(),
            servers: servers.into_iter().map(Arc::new).collect(),
            recorders: (0..users.min(MAX_RECORDERS))
                .map(|_index| Mutex::new(Some(Recorder::new())))
                .collect(),
            waiting: AtomicU64::new(users),
            warm_up_requests: AtomicU64::new(0),
            pool: Arc::default(),
            ready: watch::Sender::new(false),
            window: watch::Sender::new(None),
            plan: load.plan,
        }
    }

    pub(super) fn users(&self) -> usize {
        self.in_flight.len()
    }

    pub(super) fn shares_machine(&self) -> bool {
        self.servers.iter().any(|server| server.is_local())
    }

    pub(super) fn user(&self, index: usize) -> User {
        let servers = self.servers.iter();
        User {
            index,
            connections: servers
                .map(|server| Connection::new(Arc::clone(server)))
                .collect(),
            watchdog: Watchdog::new(),
            has_dialled: false,
            free_since: None,
        }
    }

    /// One request of one user.
    pub(super) async fn request(&self, user: &mut User, window: Window) {
        let begun = match self.plan.model {
            Model::Closed => self.next(user, window).await,
            Model::Open => self.next_due(window).await,
        };
        if begun.started >= window.last {
            // Over: goose and with it this task is about to be dropped.
            return pending().await;
        }
        // A connection that broke is dialled again at the expense of the request that needs it.
        let limit = window.last.min(begun.started + self.timeout);
        let in_flight = &self.in_flight[user.index];
        in_flight.store(true, Ordering::Relaxed);
        // By the time at which it was due: a server is charged for what its own stalls held back.
        let time = begun.due.saturating_duration_since(window.measured);
        let server = self.plan.rhythm.server_at(time);
        let result = {
            let exchange = pin!(user.connections[server].exchange(&self.requests[server]));
            user.watchdog.within(limit, exchange).await
        };
        let finished = Instant::now();
        if finished >= window.last {
            // In flight at the end: neither an answer nor an error.
            return pending().await;
        }
        let result =
            result.unwrap_or_else(|| Err(Failure::late(FailureKind::Timeout, self.timeout)));
        let refused = matches!(&result, Err(failure) if refuses(failure.kind));
        let (dials, reconnects) = user.take_dials();
        let redirects = user.connections[server].redirects();
        let first_byte = user.connections[server].first_byte();
        let first_byte = first_byte.map(|time| time.saturating_duration_since(begun.started));
        let sample = Sample {
            first_byte,
            ..self.sample(window, begun, finished, result)
        };
        let is_warm_up = begun.due < window.measured || self.plan.rhythm.is_settling(time);
        if is_warm_up {
            self.warm_up_requests.fetch_add(1, Ordering::Relaxed);
        }
        let happened = match self.plan.rhythm {
            Rhythm::Seconds => sample.finished,
            Rhythm::Blocks(_) => time,
        };
        self.count(user.index, happened, |tally| {
            dials.iter().for_each(|dial| tally.record_dial(dial));
            tally.reconnects += reconnects;
            if !is_warm_up {
                tally.redirects += u64::from(redirects);
                tally.record(&sample);
            }
        });
        in_flight.store(false, Ordering::Relaxed);
        user.free_since = Some(finished);
        if refused && self.plan.model == Model::Closed {
            sleep(PAUSE).await;
            user.free_since = None;
        }
    }

    /// Closed model: the user begins at once, or when the profile has room for it.
    async fn next(&self, user: &mut User, window: Window) -> Begun {
        loop {
            let started = user.free_since.take().unwrap_or_else(Instant::now);
            let time = started - window.start;
            let number = user.index as f64;
            if started >= window.end || self.plan.profile.level_at(time) > number {
                return Begun {
                    due: started,
                    started,
                    waited: false,
                };
            }
            match self.plan.profile.rises_above(number, time) {
                Some(time) => sleep_until(window.start + time).await,
                None => return pending().await,
            }
        }
    }

    /// Open model: the user begins when a request is due.
    async fn next_due(&self, window: Window) -> Begun {
        let Ticket { index, waited } = self.pool.take().await;
        let started = Instant::now();
        Begun {
            // The clock of the pacer is the same one, so nothing is begun before it is due.
            due: (window.start + self.plan.profile.due_at(index)).min(started),
            started,
            waited,
        }
    }

    fn sample(
        &self,
        window: Window,
        begun: Begun,
        finished: Instant,
        result: Result<Answer, Failure>,
    ) -> Sample {
        let pace = match self.plan.model {
            Model::Closed => None,
            Model::Open => Some(Pace {
                service: finished - begun.started,
                lateness: begun.started - begun.due,
                waited: begun.waited,
            }),
        };
        Sample {
            finished: finished.saturating_duration_since(window.measured),
            latency: finished - begun.due,
            first_byte: None,
            pace,
            expected: self.expected,
            result,
        }
    }

    /// Connects, and waits until all have.
    pub(super) async fn assemble(&self, user: &mut User) -> Window {
        let index = user.index;
        let limit = Instant::now() + self.timeout;
        if self.plan.model == Model::Closed || index < OPEN_MODEL_READY {
            // What fails here is tried again by the first request, and counted there.
            for connection in &mut user.connections {
                let open = pin!(connection.open());
                drop(user.watchdog.within(limit, open).await);
            }
        }
        let (dials, reconnects) = user.take_dials();
        self.count(index, Duration::ZERO, |tally| {
            dials.iter().for_each(|dial| tally.record_dial(dial));
            tally.reconnects += reconnects;
        });
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

    /// Counts something in the second, or the block, in which it happened.
    fn count(&self, index: usize, happened: Duration, count: impl FnOnce(&mut Tally)) {
        let slot = &self.recorders[index % self.recorders.len()];
        // A run is at most a few days long.
        let piece = happened.as_nanos() / self.plan.rhythm.length().as_nanos().max(1);
        if let Some(recorder) = lock(slot).as_mut() {
            count(recorder.tally(piece as u32));
        }
    }

    /// For how many pieces of the run answers may come in after a piece has ended. A second that is
    /// over is told as it stands; a block waits for its answers, which the next one is not about.
    pub(super) fn late_pieces(&self) -> u32 {
        match self.plan.rhythm {
            Rhythm::Seconds => 0,
            Rhythm::Blocks(length) => {
                let pieces = self.timeout.as_nanos() / length.as_nanos().max(1) + 1;
                pieces.min(MOST_OPEN_BLOCKS) as u32
            }
        }
    }

    /// Requests of the warm-up that were finished.
    pub(super) fn warm_up_requests(&self) -> u64 {
        self.warm_up_requests.load(Ordering::Relaxed)
    }

    /// Requests that are on their way.
    pub(super) fn in_flight(&self) -> u64 {
        let users = self.in_flight.iter();
        users
            .filter(|in_flight| in_flight.load(Ordering::Relaxed))
            .count() as u64
    }

    /// Users that load at a time; in an open model requests that are on their way.
    pub(super) fn active(&self, time: Duration) -> u64 {
        match self.plan.model {
            Model::Closed => self.plan.profile.level_at(time).ceil() as u64,
            Model::Open => self.in_flight(),
        }
    }

    /// Moves what was counted before `second` to the recording.
    pub(super) fn collect(&self, second: u32, recording: &mut Recording) {
        for slot in &self.recorders {
            let parts = lock(slot).as_mut().map(|part| part.take_before(second));
            for (second, part) in parts.into_iter().flatten() {
                recording.add(second, &part);
            }
        }
    }

    /// Ends the counting.
    pub(super) fn close(&self, recording: &mut Recording) {
        for slot in &self.recorders {
            let last = lock(slot).take();
            for (second, part) in last
                .into_iter()
                .flat_map(|mut last| last.take_before(u32::MAX))
            {
                recording.add(second, &part);
            }
        }
    }
}

fn refuses(kind: FailureKind) -> bool {
    match kind {
        FailureKind::Refused | FailureKind::Connect | FailureKind::Tls => true,
        FailureKind::ConnectTimeout
        | FailureKind::TlsTimeout
        | FailureKind::FirstByteTimeout
        | FailureKind::Timeout
        | FailureKind::Closed
        | FailureKind::Protocol
        | FailureKind::Redirect => false,
    }
}

/// What a panicking user leaves behind is whole: it is only ever swapped.
fn lock<T>(slot: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
