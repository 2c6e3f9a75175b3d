//! PostgreSQL 13 and later: `pg_catalog`, with every expression as the server prints it
//! (`pg_get_…def`), read in one snapshot.

mod indexes;
mod objects;
mod queries;
mod relations;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::postgres::{PgConnection, PgQueryResult, PgRow};
use sqlx::{AssertSqlSafe, Either, Row as _};

use crate::database_url::Dialect;
use crate::schema::{Column, ObjectId, ObjectKind, Schema};

/// One snapshot for all queries. With an empty search path the server qualifies every name, so that
/// the text does not depend on who asks.
const BEGIN: &str = "
    BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL search_path = ''";

/// The same within a transaction that is open already, whose settings come back at the end.
const SAVEPOINT: &str = "
    SAVEPOINT introspection;
    SET LOCAL search_path = ''";
const BACK: &str = "ROLLBACK TO SAVEPOINT introspection; RELEASE SAVEPOINT introspection";

/// What the server numbers (`oid`), as objects of the schema.
#[derive(Debug, Default)]
struct Objects {
    /// Tables, views and sequences.
    relations: BTreeMap<i64, ObjectId>,
    types: BTreeMap<i64, ObjectId>,
    routines: BTreeMap<i64, ObjectId>,
    /// What is not the user's own, by the letter of its catalogue.
    brought: BTreeSet<(String, i64)>,
    /// Columns by relation and number.
    attributes: BTreeMap<(i64, i64), Attribute>,
}

/// A column as other objects refer to it.
#[derive(Debug)]
struct Attribute {
    name: String,
    quoted: String,
    collation: i64,
}

impl Objects {
    /// The columns that a list of numbers stands for, as in `2 1`; none for an expression.
    fn listed(&self, relation: i64, numbers: &str) -> Vec<Option<&Attribute>> {
        numbers
            .split_whitespace()
            .map(|number| self.attributes.get(&(relation, number.parse().ok()?)))
            .collect()
    }

    fn names(&self, relation: i64, numbers: &str) -> Vec<String> {
        let found = self.listed(relation, numbers).into_iter().flatten();
        found.map(|attribute| attribute.name.clone()).collect()
    }

    /// Whether a row of the catalogue with this letter is the user's own.
    fn is_own(&self, class: &str, row: &PgRow) -> sqlx::Result<bool> {
        let oid = row.try_get("oid")?;
        Ok(!self.brought.contains(&(class.to_owned(), oid)))
    }

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

pub(super) async fn schema_in_transaction(connection: &mut PgConnection) -> anyhow::Result<Schema> {
    sqlx::raw_sql(SAVEPOINT).execute(&mut *connection).await?;
    let mut reader = Reader::within(connection, Vec::new());
    let schema = read(&mut reader).await?;
    sqlx::raw_sql(BACK).execute(connection).await?;
    Ok(schema)
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
    // One message: while the server prints the next answer, we read the last one.
    let mut answers = reader.answers(&[
        queries::BROUGHT,
        queries::NAMESPACES,
        queries::TYPES,
        queries::TABLES,
        queries::VIEWS,
        queries::COLUMNS,
        queries::SEQUENCES,
        queries::DEFAULT_CLASSES,
        queries::INDEXES,
        queries::CONSTRAINTS,
        queries::MEMBERS,
        queries::ROUTINES,
        queries::DEPENDENCIES,
        queries::UNSUPPORTED,
    ]);
    for row in answers.next().await? {
        let class: String = row.try_get("class")?;
        known.brought.insert((class, row.try_get("oid")?));
    }
    objects::namespaces(&mut schema, &known, &answers.next().await?)?;
    objects::types(&mut schema, &mut known, &answers.next().await?)?;
    relations::tables(&mut schema, &mut known, &answers.next().await?)?;
    relations::views(&mut schema, &mut known, &answers.next().await?)?;
    relations::columns(&mut schema, &mut known, &answers.next().await?)?;
    objects::sequences(&mut schema, &mut known, &answers.next().await?)?;
    let indexes = indexes::Indexes::new(&known, &answers.next().await?, answers.next().await?)?;
    relations::constraints(&mut schema, &known, &answers.next().await?)?;
    relations::members(&mut schema, &known, &answers.next().await?)?;
    objects::routines(&mut schema, &mut known, &answers.next().await?)?;
    objects::dependencies(&mut schema, &known, &answers.next().await?)?;
    for row in answers.next().await? {
        schema.unsupported.push(row.try_get("what")?);
    }
    answers.end().await?;
    let special = match indexes.query() {
        Some(query) => reader.rows(&query).await?,
        None => Vec::new(),
    };
    indexes.add(&mut schema, &known, special)?;
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
    version: u32,
    /// The relations that are left out.
    held: Vec<i64>,
}

impl<'a> Reader<'a> {
    async fn begin(connection: &'a mut PgConnection, held: Vec<i64>) -> sqlx::Result<Self> {
        sqlx::raw_sql(BEGIN).execute(&mut *connection).await?;
        Ok(Self::within(connection, held))
    }

    fn within(connection: &'a mut PgConnection, held: Vec<i64>) -> Self {
        Self {
            version: connection.server_version_num().unwrap_or(u32::MAX),
            connection,
            held,
        }
    }

    async fn rows(&mut self, query: &str) -> sqlx::Result<Vec<PgRow>> {
        let query = queries::for_server(query, self.version, &self.held);
        sqlx::raw_sql(AssertSqlSafe(query))
            .fetch_all(&mut *self.connection)
            .await
    }

    /// Sends all queries at once.
    fn answers(&mut self, queries: &[&str]) -> Answers<'_> {
        let script = queries::for_server(&queries.join(";"), self.version, &self.held);
        Answers {
            stream: sqlx::raw_sql(AssertSqlSafe(script)).fetch_many(&mut *self.connection),
        }
    }

    async fn end(self) -> sqlx::Result<()> {
        let ended = sqlx::raw_sql("ROLLBACK").execute(&mut *self.connection);
        ended.await.map(|_| ())
    }
}

/// The answers to several queries, in their order.
struct Answers<'a> {
    stream: BoxStream<'a, sqlx::Result<Either<PgQueryResult, PgRow>>>,
}

impl Answers<'_> {
    /// The rows of the next query.
    async fn next(&mut self) -> sqlx::Result<Vec<PgRow>> {
        let mut rows = Vec::new();
        while let Some(Either::Right(row)) = self.stream.try_next().await? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// Reads to the end of the message.
    async fn end(mut self) -> sqlx::Result<()> {
        while self.stream.try_next().await?.is_some() {}
        Ok(())
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
