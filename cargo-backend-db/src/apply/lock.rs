//! One runner at a time.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::introspect::Connection;
use cargo_backend_shared::terminal::Terminal;

use super::fault;
use crate::migration::history;

/// How long to wait for another runner before giving up.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);
const LOCK_POLL: Duration = Duration::from_millis(200);

/// Takes the lock, then makes the history table if it is missing.
///
/// # Errors
/// When another runner holds it for a minute.
pub(crate) async fn lock(connection: &mut Connection, terminal: &Terminal) -> anyhow::Result<()> {
    take(connection, terminal).await?;
    let made = history::ensure(connection).await;
    made.map_err(|fault| {
        let refusal = fault::sqlx_fault(&fault);
        let hint = refusal.and_then(fault::remedy).unwrap_or_default();
        let words = refusal.map_or_else(|| fault.to_string(), ToString::to_string);
        failure(format!("cannot make the history table: {words}"), hint)
    })
}

/// Takes the lock, and leaves everything as it is.
///
/// # Errors
/// When another runner holds it for a minute.
pub(crate) async fn take(connection: &mut Connection, terminal: &Terminal) -> anyhow::Result<()> {
    takes_changes(connection).await?;
    let started = Instant::now();
    let mut told = false;
    while !try_lock(connection).await? {
        if started.elapsed() > LOCK_PATIENCE {
            return Err(failure(
                format!(
                    "another migration of this database has been running for {} s",
                    LOCK_PATIENCE.as_secs()
                ),
                "wait for it, or look for it among the server's sessions",
            ));
        }
        if !told {
            terminal.status("Waiting", "for another migration of this database");
            told = true;
        }
        tokio::time::sleep(LOCK_POLL).await;
    }
    Ok(())
}

/// Refuses a server that only reads: a replica would be changed by nobody but its primary.
async fn takes_changes(connection: &mut Connection) -> anyhow::Result<()> {
    let refused = match connection {
        Connection::Postgres(postgres) => {
            let (replica, read_only): (bool, bool) = sqlx::query_as(
                "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')::boolean",
            )
            .fetch_one(postgres)
            .await?;
            match (replica, read_only) {
                (true, _) => Some(("this server is a replica", "name its primary in the URL")),
                (false, true) => Some((
                    "sessions of this user or database only read (`default_transaction_read_only`)",
                    "migrate as another user",
                )),
                (false, false) => None,
            }
        }
        Connection::MySql(mysql) => {
            let read_only: bool =
                sqlx::query_scalar("SELECT @@global.read_only NOT IN ('0', 'OFF', 'NO_LOCK')")
                    .fetch_one(mysql)
                    .await?;
            read_only.then_some((
                "this server only reads (`read_only`), as a replica does",
                "name its primary in the URL",
            ))
        }
        // Its file says so when it is written to.
        Connection::Sqlite(_) => None,
    };
    match refused {
        Some((what, hint)) => Err(failure(what, hint)),
        None => Ok(()),
    }
}

/// Takes the lock if nobody has it. SQLite locks for each migration instead.
async fn try_lock(connection: &mut Connection) -> anyhow::Result<bool> {
    match connection {
        Connection::Postgres(postgres) => {
            let name: String = sqlx::query_scalar("SELECT current_database()")
                .fetch_one(&mut *postgres)
                .await?;
            let lock = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)");
            Ok(lock.bind(lock_number(&name)).fetch_one(postgres).await?)
        }
        Connection::MySql(mysql) => {
            let name: String = sqlx::query_scalar("SELECT DATABASE()")
                .fetch_one(&mut *mysql)
                .await
                .context("the URL names no database")?;
            let lock: Option<i64> = sqlx::query_scalar("SELECT GET_LOCK(?, 0)")
                .bind(format!("{:x}", lock_number(&name)))
                .fetch_one(mysql)
                .await?;
            Ok(lock == Some(1))
        }
        Connection::Sqlite(_) => Ok(true),
    }
}

/// The number under which `sqlx migrate` locks a database (sqlx-postgres, `generate_lock_id`).
fn lock_number(database: &str) -> i64 {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    0x3d32_ad9e * i64::from(CRC.checksum(database.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_number_is_that_of_sqlx() {
        // crc32("shop") = 0x0fbf5cd7… would be guesswork: the check value of CRC-32/ISO-HDLC is
        // that of "123456789".
        assert_eq!(lock_number("123456789"), 0x3d32_ad9e * 0xcbf4_3926);
    }
}
