//! A migration that waits for a lock gives up after `lock_timeout`, so that nobody queues behind it for
//! longer, and tries again; whoever held the lock is named.

use std::time::Duration;

use cargo_backend_shared::database_url::DatabaseUrl;
use cargo_backend_shared::introspect::{self, Access, Connection};
use cargo_backend_shared::terminal::Terminal;
use sqlx::postgres::PgConnection;

/// How often a migration is tried in all.
pub(super) const ATTEMPTS: u32 = 5;
/// Most migrations are done before it is worth a second session to ask who is in the way.
const LONGEST_LOOK: Duration = Duration::from_millis(300);
const SHORTEST_LOOK: Duration = Duration::from_millis(20);

const BLOCKERS: &str = "
    SELECT format('session %s (%s%s, %s for %s s: %s)', a.pid, a.usename,
                  CASE WHEN a.application_name = '' THEN '' ELSE ', ' || a.application_name END,
                  a.state, round(extract(epoch FROM now() - coalesce(a.xact_start, a.query_start)))::int,
                  left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80))
    FROM pg_stat_activity a WHERE a.pid = ANY (pg_blocking_pids($1)) ORDER BY a.xact_start LIMIT 1";

/// Where migrations run, and how long they wait.
#[derive(Debug)]
pub(crate) struct Runner<'a> {
    pub(crate) url: &'a DatabaseUrl,
    pub(crate) terminal: &'a Terminal,
    pub(crate) lock_timeout: Duration,
}

/// Who was in the way when it was looked last.
#[derive(Debug, Default)]
pub(super) struct Blocker(pub(super) Option<String>);

impl Blocker {
    /// Looks again and again until it is dropped. What cannot be seen is not named.
    pub(super) async fn watch(&mut self, runner: &Runner<'_>, pid: i32) {
        let look = (runner.lock_timeout / 10).clamp(SHORTEST_LOOK, LONGEST_LOOK);
        tokio::time::sleep(look).await;
        let name = "cargo-backend-db blockers";
        let Ok(Connection::Postgres(mut second)) =
            introspect::connect(runner.url, Access::ReadOnly, name).await
        else {
            return std::future::pending().await;
        };
        loop {
            let seen = sqlx::query_scalar(BLOCKERS)
                .bind(pid)
                .fetch_optional(&mut second)
                .await;
            if let Ok(Some(seen)) = seen {
                self.0 = Some(seen);
            }
            tokio::time::sleep(look).await;
        }
    }
}

/// This session's number.
pub(super) async fn pid(connection: &mut PgConnection) -> sqlx::Result<i32> {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(connection)
        .await
}

/// Whether another try may go better: a lock was not granted in time (55P03), or two sessions waited
/// for each other (40P01).
pub(super) fn is_worth_another_try(fault: &anyhow::Error) -> bool {
    let mut causes = fault.chain();
    causes.any(|cause| {
        let fault = cause.downcast_ref::<sqlx::Error>();
        let code = fault
            .and_then(sqlx::Error::as_database_error)
            .and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| code == "55P03" || code == "40P01")
    })
}

/// The pause after an attempt: half as long as was waited after the first, then twice as long each time,
/// and up to half of it is left to chance, so that two runners do not meet again.
pub(super) fn pause(attempt: u32, lock_timeout: Duration) -> Duration {
    let whole = (lock_timeout / 4) * (1 << attempt.min(6));
    whole.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_never_the_same_for_two_runners() {
        for attempt in 1..ATTEMPTS {
            let whole = Duration::from_secs(1) * (1 << attempt) / 4;
            let pauses: Vec<Duration> = (0..50)
                .map(|_| pause(attempt, Duration::from_secs(1)))
                .collect();
            assert!(
                pauses
                    .iter()
                    .all(|pause| (whole / 2..=whole).contains(pause))
            );
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
    }
}
