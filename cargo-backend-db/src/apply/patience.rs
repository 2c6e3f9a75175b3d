//! A migration that waits for a lock gives up after `lock_timeout`, so that nobody queues behind it for
//! longer, and tries again; whoever held the lock is named.

use std::convert::Infallible;
use std::time::Duration;

use cargo_backend_shared::database_url::DatabaseUrl;
use cargo_backend_shared::introspect::{self, Access, Connection};
use cargo_backend_shared::terminal::Terminal;
use sqlx::mysql::MySqlDatabaseError;

use super::fault;

/// How often a migration is tried in all.
const ATTEMPTS: u32 = 5;
/// Most migrations are done before it is worth a second session to ask who is in the way.
const LONGEST_LOOK: Duration = Duration::from_millis(300);
const SHORTEST_LOOK: Duration = Duration::from_millis(20);

const BLOCKERS: &str = "
    SELECT format('session %s (%s%s, %s for %s s: %s)', a.pid, a.usename,
                  CASE WHEN a.application_name = '' THEN '' ELSE ', ' || a.application_name END,
                  a.state, round(extract(epoch FROM now() - coalesce(a.xact_start, a.query_start)))::int,
                  left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80))
    FROM pg_stat_activity a WHERE a.pid = ANY (pg_blocking_pids($1)) ORDER BY a.xact_start LIMIT 1";

/// Metadata locks are seen where the server keeps account of them: the instrument
/// `wait/lock/metadata/sql/mdl` of the performance schema.
const MYSQL_BLOCKERS: &str = "
    SELECT CONCAT('session ', t.processlist_id, ' (', t.processlist_user, ', ',
                  LOWER(t.processlist_command), ' for ', t.processlist_time, ' s',
                  COALESCE(CONCAT(': ', LEFT(t.processlist_info, 80)), ''), ')')
    FROM performance_schema.metadata_locks w
    JOIN performance_schema.threads own ON own.thread_id = w.owner_thread_id
    JOIN performance_schema.metadata_locks h ON h.lock_status = 'GRANTED'
        AND h.object_type = w.object_type AND h.object_schema = w.object_schema
        AND h.object_name = w.object_name AND h.owner_thread_id <> w.owner_thread_id
    JOIN performance_schema.threads t ON t.thread_id = h.owner_thread_id
    WHERE w.lock_status = 'PENDING' AND own.processlist_id = ?
    ORDER BY t.processlist_time DESC LIMIT 1";

/// Where migrations run, and how long they wait.
#[derive(Debug)]
pub(crate) struct Runner<'a> {
    url: &'a DatabaseUrl,
    terminal: &'a Terminal,
    pub(super) lock_timeout: Duration,
    session: Session,
}

impl<'a> Runner<'a> {
    /// A runner in this session, which waits for no lock for longer than `lock_timeout`.
    ///
    /// # Errors
    /// When the server is gone.
    pub(crate) async fn new(
        connection: &mut Connection,
        url: &'a DatabaseUrl,
        terminal: &'a Terminal,
        lock_timeout: Duration,
    ) -> sqlx::Result<Self> {
        Ok(Self {
            url,
            terminal,
            lock_timeout,
            session: session(connection).await?,
        })
    }
}

/// The session that migrates, as its server numbers it.
#[derive(Debug, Clone, Copy)]
enum Session {
    Postgres(i32),
    MySql(u64),
    /// There is no server to ask.
    Sqlite,
}

/// This session's number.
async fn session(connection: &mut Connection) -> sqlx::Result<Session> {
    Ok(match connection {
        Connection::Postgres(postgres) => {
            let pid = sqlx::query_scalar("SELECT pg_backend_pid()");
            Session::Postgres(pid.fetch_one(postgres).await?)
        }
        Connection::MySql(mysql) => {
            let id = sqlx::query_scalar("SELECT CONNECTION_ID()");
            Session::MySql(id.fetch_one(mysql).await?)
        }
        Connection::Sqlite(_) => Session::Sqlite,
    })
}

/// Tries something again and again where only a lock was in the way; the attempt is given its number,
/// from 1.
pub(super) async fn patiently<T>(
    runner: &Runner<'_>,
    file: &str,
    mut attempt: impl AsyncFnMut(u32) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut number = 1;
    loop {
        let mut blocker = Blocker::default();
        let ended = tokio::select! {
            ended = attempt(number) => ended,
            never = blocker.watch(runner) => match never {},
        };
        let fault = match ended {
            Err(fault) if is_worth_another_try(&fault) => fault,
            ended => return ended,
        };
        let who = blocker.0.unwrap_or_else(|| "another session".to_owned());
        if number == ATTEMPTS {
            let told = format!("{who} holds the lock that it needs, after {number} attempts");
            return Err(fault::told(fault, Some(told)));
        }
        let pause = pause(number, runner.lock_timeout);
        runner.terminal.status(
            "Waiting",
            &format!(
                "`{file}` for {who}; again in {:.1} s ({number} of {ATTEMPTS})",
                pause.as_secs_f64()
            ),
        );
        tokio::time::sleep(pause).await;
        number += 1;
    }
}

/// Who was in the way when it was looked last.
#[derive(Debug, Default)]
struct Blocker(Option<String>);

impl Blocker {
    /// Looks again and again until it is dropped. What cannot be seen is not named.
    async fn watch(&mut self, runner: &Runner<'_>) -> Infallible {
        let look = (runner.lock_timeout / 10).clamp(SHORTEST_LOOK, LONGEST_LOOK);
        tokio::time::sleep(look).await;
        let name = "cargo-backend-db blockers";
        let second = match runner.session {
            Session::Postgres(_) | Session::MySql(_) => {
                introspect::connect(runner.url, Access::ReadOnly, name).await
            }
            Session::Sqlite => return std::future::pending().await,
        };
        let Ok(mut second) = second else {
            return std::future::pending().await;
        };
        loop {
            if let Ok(Some(seen)) = blocking(&mut second, runner.session).await {
                self.0 = Some(seen);
            }
            tokio::time::sleep(look).await;
        }
    }
}

/// Whoever holds the lock that a session waits for.
async fn blocking(second: &mut Connection, session: Session) -> sqlx::Result<Option<String>> {
    match (second, session) {
        (Connection::Postgres(second), Session::Postgres(pid)) => {
            let asked = sqlx::query_scalar(BLOCKERS).bind(pid);
            asked.fetch_optional(second).await
        }
        (Connection::MySql(second), Session::MySql(id)) => {
            let asked = sqlx::query_scalar(MYSQL_BLOCKERS).bind(id);
            asked.fetch_optional(second).await
        }
        _ => Ok(None),
    }
}

/// Whether another try may go better: a lock was not granted in time (PostgreSQL 55P03, MySQL 1205), or
/// two sessions waited for each other (40P01, 1213).
fn is_worth_another_try(fault: &anyhow::Error) -> bool {
    let refused = fault::sqlx_fault(fault).and_then(sqlx::Error::as_database_error);
    refused.is_some_and(|refused| {
        let mysql = refused.try_downcast_ref::<MySqlDatabaseError>();
        match mysql.map(MySqlDatabaseError::number) {
            Some(number) => matches!(number, 1205 | 1213),
            None => matches!(refused.code().as_deref(), Some("55P03" | "40P01")),
        }
    })
}

/// The pause after an attempt: half as long as was waited after the first, then twice as long each time,
/// and up to half of it is left to chance, so that two runners do not meet again.
fn pause(attempt: u32, lock_timeout: Duration) -> Duration {
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
