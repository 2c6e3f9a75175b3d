//! Connecting, with errors that say what to do.

use std::str::FromStr as _;
use std::time::Duration;

use anyhow::Context as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::database_url::{DatabaseUrl, Dialect};
use crate::error::{Hint as _, failure};

/// A dead host must not hold a command for the minutes that TCP would wait.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether a command means to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The server refuses every write of this session.
    ReadOnly,
    /// Migrations.
    ReadWrite,
}

/// An open connection to one of the engines.
#[derive(Debug)]
pub enum Connection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// MySQL and MariaDB.
    MySql(MySqlConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

impl Connection {
    /// The engine.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::MySql(_) => Dialect::MySql,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Says goodbye to the server.
    ///
    /// # Errors
    /// When the server is gone already.
    pub async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Postgres(postgres) => postgres.close().await?,
            Self::MySql(mysql) => mysql.close().await?,
            Self::Sqlite(sqlite) => sqlite.close().await?,
        }
        Ok(())
    }
}

/// Opens a connection; `application` is what `pg_stat_activity` shows.
///
/// # Errors
/// When the database cannot be reached within 10 s, refuses us, or is no database. The message
/// names the database without its password.
pub async fn connect(
    url: &DatabaseUrl,
    access: Access,
    application: &str,
) -> anyhow::Result<Connection> {
    match url.dialect() {
        Dialect::Postgres => postgres(url, access, application).await,
        Dialect::Sqlite => sqlite(url, access).await,
        Dialect::MySql => mysql(url, access).await,
    }
}

async fn postgres(
    url: &DatabaseUrl,
    access: Access,
    application: &str,
) -> anyhow::Result<Connection> {
    let session: &[(&str, &str)] = match access {
        // Reading a catalogue must never be what a production server waits for.
        Access::ReadOnly => &[
            ("default_transaction_read_only", "on"),
            ("statement_timeout", "30s"),
            ("lock_timeout", "1s"),
            // To compile a catalogue query takes longer than to run it.
            ("jit", "off"),
        ],
        Access::ReadWrite => &[],
    };
    let options = PgConnectOptions::from_str(url.expose())
        .context("the database URL cannot be read")?
        .application_name(application)
        .options(session.iter().copied());
    match dial(url, options.connect()).await {
        Err(fault) if is_pooler(&fault) => Err(failure(
            format!("`{url}` is a pooler that takes no settings for a session"),
            "name the server behind it: that reading writes nothing and waits for nobody is set for \
             the session, which a pooler such as PgBouncer does not keep",
        )),
        connected => connected.map(Connection::Postgres),
    }
}

/// PgBouncer refuses every setting at the start of a session that it does not know (08P01,
/// `protocol_violation`).
fn is_pooler(fault: &anyhow::Error) -> bool {
    let fault = fault
        .chain()
        .find_map(|cause| cause.downcast_ref::<sqlx::Error>());
    let refusal = fault.and_then(sqlx::Error::as_database_error);
    refusal.is_some_and(|refusal| {
        refusal.code().as_deref() == Some("08P01")
            && refusal.message().contains("startup parameter")
    })
}

async fn mysql(url: &DatabaseUrl, access: Access) -> anyhow::Result<Connection> {
    // MariaDB's own scheme is the same protocol.
    let text = url.expose().replacen("mariadb:", "mysql:", 1);
    let options =
        MySqlConnectOptions::from_str(&text).context("the database URL cannot be read")?;
    let mut connection = dial(url, options.connect()).await?;
    if access == Access::ReadOnly {
        sqlx::raw_sql("SET SESSION TRANSACTION READ ONLY; SET SESSION lock_wait_timeout = 1")
            .execute(&mut connection)
            .await
            .context("cannot make the session read-only")?;
    }
    Ok(Connection::MySql(connection))
}

/// Waits for a connection, but not for long.
async fn dial<C>(
    url: &DatabaseUrl,
    connecting: impl Future<Output = sqlx::Result<C>>,
) -> anyhow::Result<C> {
    let doing = format!("cannot connect to `{url}`");
    let hint = "is the server running, and are host, port, user and database right?";
    tokio::time::timeout(CONNECT_TIMEOUT, connecting)
        .await
        .hint(
            format!("{doing} within {} s", CONNECT_TIMEOUT.as_secs()),
            hint,
        )?
        .hint(doing, hint)
}

async fn sqlite(url: &DatabaseUrl, access: Access) -> anyhow::Result<Connection> {
    let mut options = SqliteConnectOptions::from_str(url.expose())
        .context("the database URL cannot be read")?
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true);
    if access == Access::ReadOnly {
        options = options.read_only(true).create_if_missing(false);
    }
    if let Some(file) = url.sqlite_file() {
        let creates = access == Access::ReadWrite && url.expose().contains("mode=rwc");
        if !creates && !std::path::Path::new(file).exists() {
            return Err(failure(
                format!("cannot open `{url}`: there is no file `{file}`"),
                "give the path of a SQLite database; `?mode=rwc` at the end creates an empty one",
            ));
        }
    }
    let mut connection = options.connect().await.hint(
        format!("cannot open `{url}`"),
        "is it a SQLite database that this user may read, and not locked by another program?",
    )?;
    // SQLite opens anything; only the first read tells whether it is a database.
    sqlx::query("SELECT count(*) FROM sqlite_schema")
        .execute(&mut connection)
        .await
        .hint(
            format!("cannot read `{url}`"),
            "is it a SQLite database, and not locked by another program?",
        )?;
    Ok(Connection::Sqlite(connection))
}
