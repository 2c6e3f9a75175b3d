//! The clock of an open model: a thread of its own, since timers of the runtime count in whole
//! milliseconds and would add one to every latency.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::pool::Pool;
use crate::profile::Profile;

/// How soon the thread notices that nobody needs it any more.
const LOOK_UP: Duration = Duration::from_millis(20);

/// Makes requests due at their times until it is dropped.
#[derive(Debug)]
pub(super) struct Pacer {
    over: Arc<AtomicBool>,
}

impl Pacer {
    pub(super) fn begin(profile: Profile, pool: Arc<Pool>, start: Instant) -> anyhow::Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        std::thread::Builder::new()
            .name("pacer".to_owned())
            .spawn(move || pace(&profile, &pool, start, &stop))
            .context("cannot start the thread that keeps the rate")?;
        Ok(Self { over })
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn pace(profile: &Profile, pool: &Pool, start: Instant, over: &AtomicBool) {
    // By default the kernel may wake us 50 µs late to save power; where it refuses, it may.
    rustix::thread::set_current_timer_slack(NonZero::new(1)).ok();
    let all = profile.requests();
    while !over.load(Ordering::Relaxed) {
        let due = profile.due_by(start.elapsed());
        pool.release(due);
        if due >= all {
            return;
        }
        let until_next = profile.due_at(due).saturating_sub(start.elapsed());
        std::thread::sleep(until_next.min(LOOK_UP));
    }
}
