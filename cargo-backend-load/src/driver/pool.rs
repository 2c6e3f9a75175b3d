//! Due requests and free users, whichever there are more of.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

/// Hands due requests to free users. The user that became free last is the first to be asked, so
/// that no more connections are used than the load needs.
#[derive(Debug, Default)]
pub(super) struct Pool {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Requests that are due so far.
    due: u64,
    /// Those of them that a user has taken.
    taken: u64,
    free: Vec<oneshot::Sender<u64>>,
}

/// A request for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Its number in the run, counted from 0.
    pub(super) index: u64,
    /// Whether it was due before the user was free.
    pub(super) waited: bool,
}

impl Pool {
    /// Makes all requests before number `due` due.
    pub(super) fn release(&self, due: u64) {
        let mut state = self.lock();
        state.due = state.due.max(due);
        while state.taken < state.due {
            let Some(user) = state.free.pop() else {
                return;
            };
            // A user that is gone takes nothing.
            if user.send(state.taken).is_ok() {
                state.taken += 1;
            }
        }
    }

    /// Waits until a request is due for this user.
    pub(super) async fn take(&self) -> Ticket {
        let called = {
            let mut state = self.lock();
            if state.taken < state.due {
                state.taken += 1;
                return Ticket {
                    index: state.taken - 1,
                    waited: true,
                };
            }
            let (sender, called) = oneshot::channel();
            state.free.push(sender);
            called
        };
        match called.await {
            Ok(index) => Ticket {
                index,
                waited: false,
            },
            // The pool outlives its users.
            Err(_gone) => std::future::pending().await,
        }
    }

    /// Requests that are due and wait for a user.
    pub(super) fn backlog(&self) -> u64 {
        let state = self.lock();
        state.due - state.taken
    }

    /// What a panicking user leaves behind is whole: two numbers and a list.
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_user_that_became_free_is_the_first_to_be_called() {
        let pool = Pool::default();
        let take = |name: &'static str| {
            let pool = &pool;
            async move { (name, pool.take().await.index) }
        };
        let release = async {
            pool.release(1);
            tokio::task::yield_now().await;
            pool.release(2);
        };
        let (first, second, ()) = tokio::join!(take("first"), take("second"), release);
        assert_eq!([first, second], [("first", 1), ("second", 0)]);
    }

    #[tokio::test]
    async fn what_is_due_waits_for_a_user() {
        let pool = Pool::default();
        pool.release(2);
        let waited = |index| Ticket {
            index,
            waited: true,
        };
        assert_eq!(pool.take().await, waited(0));
        assert_eq!(pool.backlog(), 1);
        assert_eq!(pool.take().await, waited(1));
        assert_eq!(pool.backlog(), 0);
    }

    #[tokio::test]
    async fn a_user_that_is_gone_loses_no_request() {
        let pool = Pool::default();
        drop(tokio::time::timeout(std::time::Duration::ZERO, pool.take()).await);
        pool.release(1);
        assert_eq!(pool.backlog(), 1);
    }
}
