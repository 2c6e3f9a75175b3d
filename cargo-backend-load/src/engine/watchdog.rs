//! A time limit for each of many short pieces of work, without a timer for each.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, Waker};

use tokio::time::{Instant, Sleep, sleep_until};

/// One timer for all requests of a user. It stays set for an old request's limit and is moved on
/// only when it rings: once in a timeout instead of once in a request.
#[derive(Debug)]
pub(crate) struct Watchdog {
    alarm: Pin<Box<Sleep>>,
    /// Whom the alarm wakes; asking it again would only tell it the same.
    wakes: Option<Waker>,
}

impl Watchdog {
    pub(crate) fn new() -> Self {
        Self {
            alarm: Box::pin(sleep_until(Instant::now())),
            wakes: None,
        }
    }

    /// The outcome of the work, or `None` when it is not done at `limit`. It comes pinned: moving
    /// a whole request here would cost more than the rest of this.
    pub(crate) async fn within<F: Future>(
        &mut self,
        limit: Instant,
        mut work: Pin<&mut F>,
    ) -> Option<F::Output> {
        if self.alarm.deadline() > limit {
            self.alarm.as_mut().reset(limit);
            self.wakes = None;
        }
        poll_fn(|context| {
            if let Poll::Ready(outcome) = work.as_mut().poll(context) {
                return Poll::Ready(Some(outcome));
            }
            let waker = context.waker();
            let is_set = self.wakes.as_ref().is_some_and(|set| set.will_wake(waker));
            if is_set && !self.alarm.is_elapsed() {
                return Poll::Pending;
            }
            self.wakes = Some(waker.clone());
            while self.alarm.as_mut().poll(context).is_ready() {
                if Instant::now() >= limit {
                    return Poll::Ready(None);
                }
                self.alarm.as_mut().reset(limit);
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn work_has_until_its_own_limit_and_no_longer() {
        let mut watchdog = Watchdog::new();
        let now = Instant::now();
        let short = now + Duration::from_millis(40);
        let long = now + Duration::from_secs(60);
        let work = |millis| async move {
            sleep(Duration::from_millis(millis)).await;
            millis
        };
        assert_eq!(watchdog.within(long, pin!(work(1))).await, Some(1));
        // The alarm is set too late for the next limit, then too early for the one after it.
        assert_eq!(watchdog.within(short, pin!(work(60_000))).await, None);
        assert!(Instant::now() >= short);
        assert_eq!(watchdog.within(long, pin!(work(20))).await, Some(20));
    }
}
