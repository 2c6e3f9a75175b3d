//! One runner at a time.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::introspect::Connection;
use cargo_backend_shared::terminal::Terminal;

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
    history::ensure(connection)
        .await
        .context("cannot make the history table")
}

/// Takes the lock, and leaves everything as it is.
///
/// # Errors
/// When another runner holds it for a minute.
pub(crate) async fn take(connection: &mut Connection, terminal: &Terminal) -> anyhow::Result<()> {
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
