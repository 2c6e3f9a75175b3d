//! The users as goose sees them: a turn each, over and over.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use super::attack::Attack;

/// A user is one future that stands still after each request. A new future for each of goose's
/// turns would hold a whole request: kilobytes to allocate, to move and to free, every time.
pub(super) struct Lives(Vec<Life>);

struct Life {
    /// Whether the request of this turn is finished.
    turned: Arc<AtomicBool>,
    /// goose runs each user's turns one after the other, so nobody ever waits for this lock.
    future: Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Lives {
    pub(super) fn begin(attack: &Arc<Attack>) -> Self {
        let users = 0..attack.users();
        Self(
            users
                .map(|index| {
                    let turned = Arc::new(AtomicBool::new(false));
                    let future = live(Arc::clone(attack), index, Arc::clone(&turned));
                    Life {
                        turned,
                        future: Mutex::new(Box::pin(future)),
                    }
                })
                .collect(),
        )
    }

    /// One request of one user; the first turn also connects and waits for the start.
    pub(super) async fn turn(&self, index: usize) {
        let Some(life) = self.0.get(index) else {
            // goose numbers its users from 0.
            return pending().await;
        };
        poll_fn(|context| {
            let mut future = life.future.lock().unwrap_or_else(PoisonError::into_inner);
            // It never ends, and stands still without a waker after each request.
            if future.as_mut().poll(context).is_pending() && life.turned.load(Ordering::Relaxed) {
                life.turned.store(false, Ordering::Relaxed);
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    }
}

async fn live(attack: Arc<Attack>, index: usize, turned: Arc<AtomicBool>) {
    let mut user = attack.user(index);
    let window = attack.assemble(&mut user).await;
    loop {
        attack.request(&mut user, window).await;
        turned.store(true, Ordering::Relaxed);
        let mut stood = false;
        poll_fn(|_context| {
            if std::mem::replace(&mut stood, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}
