//! PostgreSQL 13 and later: `pg_catalog`, with every expression as the server prints it
//! (`pg_get_…def`), read in one snapshot.

mod objects;
mod queries;
mod relations;

use std::collections::BTreeMap;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row as _};

use crate::database_url::Dialect;
use crate::schema::{Column, ObjectId, ObjectKind, Schema};

/// One snapshot for all queries. With an empty search path the server qualifies every name, so that
/// the text does not depend on who asks.
const BEGIN: &str = "
    BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL search_path = ''";

/// What the server numbers (`oid`), as objects of the schema.
#[derive(Debug, Default)]
struct Objects {
    /// Tables, views and sequences.
    relations: BTreeMap<i64, ObjectId>,
    types: BTreeMap<i64, ObjectId>,
    routines: BTreeMap<i64, ObjectId>,
}

impl Objects {
    fn relation(&self, row: &PgRow) -> sqlx::Result<Option<&ObjectId>> {
        Ok(self.relations.get(&row.try_get("relation")?))
    }
}

pub(super) async fn schema(connection: &mut PgConnection) -> anyhow::Result<Schema> {
    let mut reader = Reader::begin(connection, Vec::new()).await?;
    let first = read(&mut reader).await;
    reader.end().await?;
    match first {
        Err(fault) if is_lock_timeout(&fault) => around_locks(connection).await,
        first => first,
    }
}

/// Reads everything but what other sessions hold closed, and names that.
async fn around_locks(connection: &mut PgConnection) -> anyhow::Result<Schema> {
    let mut finder = Reader::begin(connection, Vec::new()).await?;
    let rows = finder.rows(queries::HELD).await;
    finder.end().await?;
    let mut held = Vec::new();
    let mut names = Vec::new();
    for row in rows? {
        held.push(row.try_get("oid")?);
        let what: &str = row.try_get("what")?;
        names.push(format!(
            "{what}: another session holds a lock on it or on what it reads"
        ));
    }
    let mut reader = Reader::begin(connection, held).await?;
    let second = read(&mut reader).await;
    reader.end().await?;
    let mut schema = second?;
    names.append(&mut schema.unsupported);
    schema.unsupported = names;
    Ok(schema)
}

/// `lock_not_available`.
fn is_lock_timeout(fault: &anyhow::Error) -> bool {
    let fault = fault.downcast_ref::<sqlx::Error>();
    let refused = fault.and_then(sqlx::Error::as_database_error);
    refused.and_then(|refused| refused.code()).as_deref() == Some("55P03")
}

async fn read(reader: &mut Reader<'_>) -> anyhow::Result<Schema> {
    let mut schema = Schema::new(Dialect::Postgres);
    let mut known = Objects::default();
    objects::namespaces(&mut schema, &reader.rows(queries::NAMESPACES).await?)?;
    objects::types(&mut schema, &mut known, &reader.rows(queries::TYPES).await?)?;
    relations::tables(
        &mut schema,
        &mut known,
        &reader.rows(queries::TABLES).await?,
    )?;
    relations::views(&mut schema, &mut known, &reader.rows(queries::VIEWS).await?)?;
    relations::columns(&mut schema, &known, &reader.rows(queries::COLUMNS).await?)?;
    objects::sequences(
        &mut schema,
        &mut known,
        &reader.rows(queries::SEQUENCES).await?,
    )?;
    relations::indexes(&mut schema, &known, &reader.rows(queries::INDEXES).await?)?;
    relations::constraints(
        &mut schema,
        &known,
        &reader.rows(queries::CONSTRAINTS).await?,
    )?;
    relations::members(&mut schema, &known, &reader.rows(queries::MEMBERS).await?)?;
    objects::routines(
        &mut schema,
        &mut known,
        &reader.rows(queries::ROUTINES).await?,
    )?;
    objects::dependencies(
        &mut schema,
        &known,
        &reader.rows(queries::DEPENDENCIES).await?,
    )?;
    for row in reader.rows(queries::UNSUPPORTED).await? {
        schema.unsupported.push(row.try_get("what")?);
    }
    for table in schema.tables.values_mut() {
        table
            .foreign_keys
            .sort_by(|a, b| (&a.columns, &a.name).cmp(&(&b.columns, &b.name)));
    }
    Ok(schema)
}

/// Runs catalogue queries in one snapshot. They go by the simple protocol, which a pooler between us
/// and the server does not mind.
struct Reader<'a> {
    connection: &'a mut PgConnection,
    version: i32,
    /// The relations that are left out.
    held: Vec<i64>,
}

impl<'a> Reader<'a> {
    async fn begin(connection: &'a mut PgConnection, held: Vec<i64>) -> sqlx::Result<Self> {
        sqlx::raw_sql(BEGIN).execute(&mut *connection).await?;
        let version = sqlx::raw_sql("SELECT current_setting('server_version_num')::int")
            .fetch_one(&mut *connection)
            .await?
            .try_get(0)?;
        Ok(Self {
            connection,
            version,
            held,
        })
    }

    async fn rows(&mut self, query: &str) -> sqlx::Result<Vec<PgRow>> {
        let query = queries::for_server(query, self.version, &self.held);
        sqlx::raw_sql(AssertSqlSafe(query))
            .fetch_all(&mut *self.connection)
            .await
    }

    async fn end(self) -> sqlx::Result<()> {
        let ended = sqlx::raw_sql("ROLLBACK").execute(&mut *self.connection);
        ended.await.map(|_| ())
    }
}

/// The columns of a table or view.
fn columns_of<'a>(schema: &'a mut Schema, id: &ObjectId) -> Option<&'a mut Vec<Column>> {
    match id.kind {
        ObjectKind::Table => schema.tables.get_mut(&id.name).map(|t| &mut t.columns),
        ObjectKind::View => schema.views.get_mut(&id.name).map(|v| &mut v.columns),
        ObjectKind::Type | ObjectKind::Sequence | ObjectKind::Routine => None,
    }
}
