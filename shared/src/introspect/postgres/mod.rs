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
    sqlx::raw_sql(BEGIN).execute(&mut *connection).await?;
    let read = read(connection).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
    read
}

async fn read(connection: &mut PgConnection) -> anyhow::Result<Schema> {
    let version: i32 = sqlx::raw_sql("SELECT current_setting('server_version_num')::int")
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    let mut reader = Reader {
        connection,
        version,
    };
    let mut schema = Schema::new(Dialect::Postgres);
    let mut known = Objects::default();
    objects::namespaces(&mut schema, &reader.rows(queries::NAMESPACES).await?)?;
    objects::types(&mut schema, &mut known, &reader.rows(queries::TYPES).await?)?;
    relations::tables(
        &mut schema,
        &mut known,
        &reader.rows(queries::TABLES).await?,
    )?;
    views(&mut schema, &mut known, &mut reader).await?;
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

/// Printing a view takes a lock on what it reads from. Where another session holds that, the views
/// are named without their definitions, and reported.
async fn views(
    schema: &mut Schema,
    known: &mut Objects,
    reader: &mut Reader<'_>,
) -> anyhow::Result<()> {
    const DEFINITION: &str = "pg_get_viewdef(c.oid)";
    let query = queries::VIEWS.replace("{definition}", DEFINITION);
    reader.run("SAVEPOINT views").await?;
    let rows = match reader.rows(&query).await {
        Ok(rows) => rows,
        Err(sqlx::Error::Database(refused)) if refused.code().as_deref() == Some("55P03") => {
            reader.run("ROLLBACK TO SAVEPOINT views").await?;
            let named = queries::VIEWS.replace("{definition}", "''");
            let rows = reader.rows(&named).await?;
            for row in &rows {
                let name: &str = row.try_get("name")?;
                schema.unsupported.push(format!(
                    "view {name}: another session holds a lock on what it reads from"
                ));
            }
            rows
        }
        Err(fault) => return Err(fault.into()),
    };
    relations::views(schema, known, &rows)?;
    Ok(())
}

/// Runs catalogue queries. They go by the simple protocol, which a pooler between us and the server
/// does not mind.
struct Reader<'a> {
    connection: &'a mut PgConnection,
    version: i32,
}

impl Reader<'_> {
    async fn rows(&mut self, query: &str) -> sqlx::Result<Vec<PgRow>> {
        let query = queries::for_version(query, self.version);
        sqlx::raw_sql(AssertSqlSafe(query))
            .fetch_all(&mut *self.connection)
            .await
    }

    async fn run(&mut self, statement: &'static str) -> sqlx::Result<()> {
        sqlx::raw_sql(statement)
            .execute(&mut *self.connection)
            .await
            .map(|_| ())
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
