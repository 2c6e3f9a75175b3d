//! What we keep of an applied migration beside sqlx's history, in a table of our own: the text, so that an
//! edit can be shown, and a checksum that comments and white space do not change.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::introspect::{Connection, HISTORY_TABLE};
use sqlx::{AssertSqlSafe, Row as _};

use super::history::{execute, question_marks};
use super::{Applied, Checksum, Migration, Record, Version, edit};

/// The table.
pub(super) const TABLE: &str = "_backend_db_history";

/// What wrote a row.
pub(super) const TOOL: &str = env!("CARGO_PKG_VERSION");

/// Longer texts are not kept, in bytes: rows of data, which nobody reads as a difference.
const LONGEST_TEXT: usize = 1 << 20;

/// Makes the table where it is missing.
pub(super) async fn ensure(connection: &mut Connection) -> sqlx::Result<()> {
    let (bytes, text) = match connection {
        Connection::Postgres(_) => ("BYTEA", "TEXT"),
        Connection::MySql(_) => ("BLOB", "LONGTEXT CHARACTER SET utf8mb4"),
        Connection::Sqlite(_) => ("BLOB", "TEXT"),
    };
    let create = format!(
        "CREATE TABLE IF NOT EXISTS {TABLE} (
            version BIGINT PRIMARY KEY,
            checksum {bytes} NOT NULL,
            form {bytes} NOT NULL,
            text {text},
            tool_version VARCHAR(40) NOT NULL
        )"
    );
    execute!(connection, create);
    Ok(())
}

/// What is kept of a migration.
pub(super) struct Row<'a> {
    pub(super) checksum: Checksum,
    pub(super) form: Checksum,
    pub(super) text: Option<&'a str>,
}

impl<'a> Row<'a> {
    pub(super) fn of(migration: &'a Migration, dialect: Dialect) -> Self {
        let text = migration.up.text.as_str();
        Self {
            checksum: migration.up.checksum(),
            form: edit::form(dialect, text),
            text: Some(text).filter(|text| text.len() <= LONGEST_TEXT),
        }
    }
}

/// The statement that keeps version, checksum, form, text and the version of this tool, as these
/// parameters. What was kept of that version before goes, and so does what another runner keeps at this
/// moment.
pub(super) fn insert(dialect: Dialect, parameters: [&str; 5]) -> String {
    let (verb, otherwise) = match dialect {
        Dialect::Postgres | Dialect::Sqlite => (
            "INSERT",
            " ON CONFLICT (version) DO UPDATE SET checksum = excluded.checksum,
                form = excluded.form, text = excluded.text, tool_version = excluded.tool_version",
        ),
        Dialect::MySql => ("REPLACE", ""),
    };
    let parameters = parameters.join(", ");
    format!(
        "{verb} INTO {TABLE} (version, checksum, form, text, tool_version)
         VALUES ({parameters}){otherwise}"
    )
}

/// Keeps what was applied.
pub(super) async fn keep(connection: &mut Connection, migration: &Migration) -> sqlx::Result<()> {
    let row = Row::of(migration, connection.dialect());
    let insert = insert(connection.dialect(), ["$1", "$2", "$3", "$4", "$5"]);
    execute!(
        connection,
        insert,
        migration.version.0,
        row.checksum.0.clone(),
        row.form.0.clone(),
        row.text,
        TOOL
    );
    Ok(())
}

/// Forgets a migration.
pub(super) async fn forget(connection: &mut Connection, version: Version) -> sqlx::Result<()> {
    let delete = format!("DELETE FROM {TABLE} WHERE version = $1");
    execute!(connection, delete, version.0);
    Ok(())
}

/// What was kept of a migration; none where `sqlx` applied it.
async fn read(connection: &mut Connection, version: Version) -> sqlx::Result<Option<Record>> {
    let select = format!("SELECT checksum, form, text FROM {TABLE} WHERE version = $1");
    macro_rules! row {
        ($connection:expr, $sql:expr) => {{
            let row = sqlx::query(AssertSqlSafe($sql))
                .bind(version.0)
                .fetch_optional(&mut *$connection)
                .await?;
            row.map(|row| {
                Ok(Record {
                    checksum: Checksum(row.try_get("checksum")?),
                    form: Checksum(row.try_get("form")?),
                    text: row.try_get("text")?,
                })
            })
            .transpose()
        }};
    }
    match connection {
        Connection::Postgres(c) => row!(c, select),
        Connection::MySql(c) => row!(c, question_marks(&select)),
        Connection::Sqlite(c) => row!(c, select),
    }
}

/// Says of every applied migration whose file has another checksum what was done to it.
///
/// # Errors
/// When the server is gone.
pub(crate) async fn edits(
    connection: &mut Connection,
    migrations: &[Migration],
    history: &mut [Applied],
) -> anyhow::Result<()> {
    let dialect = connection.dialect();
    let mut kept = None;
    for applied in history {
        let mut files = migrations.iter();
        let Some(file) = files.find(|file| file.version == applied.version) else {
            continue;
        };
        if file.up.checksum() == applied.checksum {
            continue;
        }
        let there = match kept {
            Some(there) => there,
            None => super::history::exists(connection, TABLE).await?,
        };
        kept = Some(there);
        let record = match there {
            true => read(connection, applied.version).await?,
            false => None,
        };
        applied.edit = Some(edit::of(
            dialect,
            &file.up,
            &applied.checksum,
            record.as_ref(),
        ));
    }
    Ok(())
}

/// Keeps what `sqlx` applied while its file is still the same, so that a later edit can be shown. Call it
/// with the lock held.
///
/// # Errors
/// When the server is gone.
pub(crate) async fn catch_up(
    connection: &mut Connection,
    migrations: &[Migration],
    history: &[Applied],
) -> anyhow::Result<()> {
    let select = format!(
        "SELECT h.version FROM {HISTORY_TABLE} h LEFT JOIN {TABLE} r ON r.version = h.version
         WHERE r.version IS NULL AND h.success"
    );
    let select = AssertSqlSafe(select);
    let missing: Vec<i64> = match connection {
        Connection::Postgres(c) => sqlx::query_scalar(select).fetch_all(c).await?,
        Connection::MySql(c) => sqlx::query_scalar(select).fetch_all(c).await?,
        Connection::Sqlite(c) => sqlx::query_scalar(select).fetch_all(c).await?,
    };
    for applied in history {
        let mut files = migrations.iter();
        let own = files
            .find(|file| file.version == applied.version && file.up.checksum() == applied.checksum);
        if let Some(own) = own.filter(|file| missing.contains(&file.version.0)) {
            keep(connection, own).await?;
        }
    }
    Ok(())
}
