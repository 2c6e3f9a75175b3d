//! A database for one question: made, filled, read, dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::introspect::{self, Access, Connection};
use cargo_backend_shared::schema::Schema;
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

use crate::ddl;
use crate::migration::Script;
use crate::sql::quoted;

/// What a scratch database is named and marked by; nothing without the mark is ever dropped.
const PREFIX: &str = "backend_db_scratch_";
const APPLICATION: &str = "cargo-backend-db scratch";

/// One that a killed run left behind is dropped by the next run after this time.
const STALE_S: u64 = 3_600;

/// An empty database of our own.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// A session in it.
    pub(crate) connection: Connection,
    /// How it is dropped; none for SQLite, whose scratch lives in memory.
    server: Option<(Connection, String)>,
}

impl Scratch {
    /// Makes one on this server; for SQLite in memory.
    ///
    /// # Errors
    /// When the server cannot be reached, or this user may not make databases.
    pub(crate) async fn create(on: &DatabaseUrl) -> anyhow::Result<Self> {
        if on.dialect() == Dialect::Sqlite {
            let memory = DatabaseUrl::parse("sqlite::memory:")?;
            let connection = introspect::connect(&memory, Access::ReadWrite, APPLICATION).await?;
            return Ok(Self {
                connection,
                server: None,
            });
        }
        let mut server = introspect::connect(on, Access::ReadWrite, APPLICATION).await?;
        sweep(&mut server).await?;
        // One run may need several at once.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}_{}_{count}", now_s(), std::process::id());
        let quoted = quoted(&name, on.dialect());
        let template = match on.dialect() {
            Dialect::Postgres => " TEMPLATE template0",
            Dialect::MySql | Dialect::Sqlite => "",
        };
        execute(&mut server, format!("CREATE DATABASE {quoted}{template}"))
            .await
            .hint(
                "cannot make a scratch database",
                "give this user the right to make databases, or name another server with --dev-url",
            )?;
        let connection =
            introspect::connect(&on.with_database(&name), Access::ReadWrite, APPLICATION).await?;
        Ok(Self {
            connection,
            server: Some((server, name)),
        })
    }

    /// Runs statements one by one.
    ///
    /// # Errors
    /// When one fails; it is named.
    pub(crate) async fn load(&mut self, statements: &[String]) -> anyhow::Result<()> {
        for statement in statements {
            let run = execute(&mut self.connection, statement.clone()).await;
            run.map_err(|fault| {
                let detail = fault
                    .as_database_error()
                    .and_then(|refusal| refusal.try_downcast_ref::<PgDatabaseError>())
                    .and_then(PgDatabaseError::detail);
                let detail = detail.map_or_else(String::new, |detail| format!(" ({detail})"));
                failure(
                    format!("the scratch database refused `{statement}`: {fault}{detail}"),
                    "does the server have the same version, extensions and roles?",
                )
            })?;
        }
        Ok(())
    }

    /// Makes it hold this schema, without rows.
    ///
    /// # Errors
    /// When the server refuses a statement.
    pub(crate) async fn copy(&mut self, schema: &Schema) -> anyhow::Result<()> {
        let loaded = self.load(&ddl::statements(schema)).await;
        loaded.context("the schema of today cannot be copied")
    }

    /// Runs files, each as one message.
    ///
    /// # Errors
    /// When the server refuses one, with the place where the server knows it.
    pub(crate) async fn run(&mut self, scripts: &[Script]) -> anyhow::Result<()> {
        for script in scripts {
            self.run_one(&script.file, &script.text).await?;
        }
        Ok(())
    }

    async fn run_one(&mut self, file: &str, text: &str) -> anyhow::Result<()> {
        let Err(fault) = execute(&mut self.connection, text.to_owned()).await else {
            return Ok(());
        };
        let refusal = fault.as_database_error();
        let postgres = refusal.and_then(|refusal| refusal.try_downcast_ref::<PgDatabaseError>());
        let Some(PgErrorPosition::Original(character)) =
            postgres.and_then(PgDatabaseError::position)
        else {
            return Err(failure(
                format!("{file}: the scratch database refused it: {fault}"),
                "does the server have the same version, extensions and roles?",
            ));
        };
        let source: Arc<str> = Arc::from(text);
        let offset = text.char_indices().nth(character.saturating_sub(1));
        let offset = offset.map_or(text.len(), |(offset, _)| offset);
        let location = Location::of_offset(file, &source, offset);
        let message = refusal.map_or_else(String::new, |refusal| refusal.message().to_owned());
        Err(Faults::from(Diagnostic::error(message).at(location)).into())
    }

    /// Drops it.
    ///
    /// # Errors
    /// When the server is gone.
    pub(crate) async fn drop(self) -> anyhow::Result<()> {
        self.connection.close().await?;
        if let Some((mut server, name)) = self.server {
            drop_database(&mut server, &name).await?;
            server.close().await?;
        }
        Ok(())
    }
}

async fn drop_database(server: &mut Connection, name: &str) -> sqlx::Result<()> {
    let dialect = server.dialect();
    let force = match dialect {
        // A session of ours may still be on its way out (PostgreSQL 13 and later).
        Dialect::Postgres => " WITH (FORCE)",
        Dialect::MySql | Dialect::Sqlite => "",
    };
    let name = quoted(name, dialect);
    execute(server, format!("DROP DATABASE IF EXISTS {name}{force}")).await
}

/// Drops what killed runs left behind. The name carries its age.
async fn sweep(server: &mut Connection) -> anyhow::Result<()> {
    let names: Vec<String> = match server {
        Connection::Postgres(postgres) => {
            sqlx::query_scalar("SELECT datname::text FROM pg_database")
                .fetch_all(postgres)
                .await?
        }
        Connection::MySql(mysql) => {
            sqlx::query_scalar("SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata")
                .fetch_all(mysql)
                .await?
        }
        Connection::Sqlite(_) => Vec::new(),
    };
    for name in names.iter().filter(|name| is_stale(name, now_s())) {
        drop_database(server, name).await?;
    }
    Ok(())
}

/// Whether a name is one of ours and old: prefix, seconds since 1970, process, count.
fn is_stale(name: &str, now_s: u64) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        return false;
    };
    let parts: Option<Vec<u64>> = rest.split('_').map(|part| part.parse().ok()).collect();
    let made = match parts.as_deref() {
        Some([made, _process, _count]) => *made,
        _ => return false,
    };
    made.saturating_add(STALE_S) < now_s
}

fn now_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

async fn execute(connection: &mut Connection, sql: String) -> sqlx::Result<()> {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql));
    match connection {
        Connection::Postgres(postgres) => sql.execute(postgres).await.map(|_| ()),
        Connection::MySql(mysql) => sql.execute(mysql).await.map(|_| ()),
        Connection::Sqlite(sqlite) => sql.execute(sqlite).await.map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_databases_of_ours_are_swept_away() {
        let name = format!("{PREFIX}1000_42_0");
        assert!(is_stale(&name, 1_000 + STALE_S + 1));
        assert!(!is_stale(&name, 1_000 + STALE_S));
        for other in [
            "backend_db_scratch_mine",
            "backend_db_scratch_1_x",
            "orders",
        ] {
            assert!(!is_stale(other, u64::MAX), "{other}");
        }
    }
}
