//! A session in which indexes can be there that are not: hypopg
//! (<https://hypopg.readthedocs.io>). Nothing is built, and nothing outlives the session.

use std::collections::BTreeMap;

use anyhow::Context as _;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};

use crate::advise::candidate::Candidate;
use crate::advise::explained::Node;
use crate::sql::{self, NewIndex};
use crate::workload::Query;

/// hypopg 1.3 takes the numbers of its indexes from a range of about 2,500 and gives them back on a
/// reset alone.
const MADE_BEFORE_RESET: usize = 1_000;

/// What the server prints of a hypothetical index.
#[derive(Debug, Clone)]
struct Made {
    oid: i64,
    name: String,
}

/// Such a session. Its transaction must be open.
pub(super) struct WhatIf<'a> {
    connection: &'a mut PgConnection,
    schema: &'a Schema,
    /// Where the extension lives, quoted.
    namespace: String,
    standing: BTreeMap<Candidate, Made>,
    made: usize,
}

/// What the server says, without where in the server it stands.
fn words(fault: &sqlx::Error) -> String {
    let refusal = fault.as_database_error();
    refusal.map_or_else(|| fault.to_string(), |refusal| refusal.message().to_owned())
}

/// The schema of the extension, if this database has it.
pub(super) async fn namespace(connection: &mut PgConnection) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar(
        "SELECT quote_ident(n.nspname) FROM pg_extension e
         JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'",
    )
    .fetch_optional(connection)
    .await
}

impl<'a> WhatIf<'a> {
    pub(super) fn new(
        connection: &'a mut PgConnection,
        schema: &'a Schema,
        namespace: String,
    ) -> Self {
        Self {
            connection,
            schema,
            namespace,
            standing: BTreeMap::new(),
            made: 0,
        }
    }

    /// Prepares a statement whose values are unknown, so that it can be planned for any value.
    ///
    /// # Errors
    /// When the server cannot make sense of it; the transaction goes on.
    pub(super) async fn prepare(&mut self, place: usize, query: &Query) -> Result<String, String> {
        if !query.text.contains('$') {
            return Ok(query.text.clone());
        }
        let name = format!("backend_db_{place}");
        let prepare = format!(
            "SAVEPOINT q; PREPARE {name} AS {}; RELEASE SAVEPOINT q",
            query.text
        );
        let prepared = self.run(&prepare).await;
        if let Err(fault) = prepared {
            let undone = self.run("ROLLBACK TO SAVEPOINT q").await;
            undone.map_err(|fault| words(&fault))?;
            return Err(words(&fault));
        }
        let count = format!(
            "SELECT coalesce(array_length(parameter_types, 1), 0)::text
             FROM pg_prepared_statements WHERE name = '{name}'"
        );
        let parameters: usize = self
            .text(&count)
            .await
            .ok()
            .and_then(|count| count.parse().ok())
            .ok_or("the server forgot the statement")?;
        let nulls = vec!["NULL"; parameters].join(", ");
        Ok(if parameters == 0 {
            format!("EXECUTE {name}")
        } else {
            format!("EXECUTE {name} ({nulls})")
        })
    }

    /// The plan with the indexes that stand now. A savepoint keeps the transaction alive.
    pub(super) async fn plan(&mut self, statement: &str) -> anyhow::Result<Node> {
        // A prepared statement keeps its plan, and an index that is not there does not disturb it.
        let explain = format!("DISCARD PLANS; EXPLAIN (VERBOSE, FORMAT JSON) {statement}");
        let json = self.text(&explain).await?;
        Node::parse(&json).context("cannot understand the plan")
    }

    /// The same for the first time, when it may turn out that there is none.
    pub(super) async fn try_plan(
        &mut self,
        statement: &str,
    ) -> anyhow::Result<Result<Node, String>> {
        self.run("SAVEPOINT p").await?;
        match self.plan(statement).await {
            Ok(node) => {
                self.run("RELEASE SAVEPOINT p").await?;
                Ok(Ok(node))
            }
            Err(fault) => {
                self.run("ROLLBACK TO SAVEPOINT p").await?;
                Ok(Err(fault
                    .downcast_ref()
                    .map_or_else(|| fault.to_string(), words)))
            }
        }
    }

    /// Makes an index stand. What hypopg cannot imagine (a GIN index) does not.
    pub(super) async fn make(&mut self, candidate: &Candidate) -> anyhow::Result<bool> {
        if self.made >= MADE_BEFORE_RESET {
            self.reset().await?;
        }
        self.made += 1;
        // What cannot be built concurrently cannot be asked for concurrently either.
        let create = sql::create_index(&self.named(candidate), Dialect::Postgres).replacen(
            " CONCURRENTLY",
            "",
            1,
        );
        let make = format!(
            "SAVEPOINT h;
             SELECT indexrelid::bigint AS oid, indexname::text AS name
             FROM {}.hypopg_create_index('{}');
             RELEASE SAVEPOINT h",
            self.namespace,
            create.replace('\'', "''")
        );
        let made = sqlx::raw_sql(AssertSqlSafe(make))
            .fetch_all(&mut *self.connection)
            .await;
        match made {
            Ok(rows) => {
                let row = rows.first().context("hypopg made no index")?;
                let made = Made {
                    oid: row.try_get("oid")?,
                    name: row.try_get("name")?,
                };
                self.standing.insert(candidate.clone(), made);
                Ok(true)
            }
            Err(sqlx::Error::Database(_)) => {
                self.run("ROLLBACK TO SAVEPOINT h").await?;
                Ok(false)
            }
            Err(fault) => Err(fault.into()),
        }
    }

    /// Takes an index away again.
    pub(super) async fn unmake(&mut self, candidate: &Candidate) -> anyhow::Result<()> {
        if let Some(made) = self.standing.remove(candidate) {
            let drop = format!("SELECT {}.hypopg_drop_index({})", self.namespace, made.oid);
            self.run(&drop).await?;
        }
        Ok(())
    }

    /// Gives all numbers back, and makes those that stood stand again.
    async fn reset(&mut self) -> anyhow::Result<()> {
        let standing = std::mem::take(&mut self.standing);
        self.run(&format!("SELECT {}.hypopg_reset()", self.namespace))
            .await?;
        self.made = 0;
        for candidate in standing.keys() {
            Box::pin(self.make(candidate)).await?;
        }
        Ok(())
    }

    /// The size that hypopg expects, in bytes.
    pub(super) async fn bytes(&mut self, candidate: &Candidate) -> anyhow::Result<Option<u64>> {
        let Some(made) = self.standing.get(candidate) else {
            return Ok(None);
        };
        let size = format!(
            "SELECT {}.hypopg_relation_size({})::text",
            self.namespace, made.oid
        );
        Ok(self.text(&size).await?.parse().ok())
    }

    /// Whether a plan uses an index that is not there.
    pub(super) fn uses(&self, plan: &Node, candidate: &Candidate) -> bool {
        let made = self.standing.get(candidate);
        made.is_some_and(|made| plan.indexes().contains(&made.name.as_str()))
    }

    /// An index as a statement makes it; hypopg gives it a name of its own.
    fn named(&self, candidate: &Candidate) -> NewIndex {
        let table = self.schema.tables.get(&candidate.table);
        NewIndex {
            name: "hypothetical".to_owned(),
            namespace: table
                .map(|table| table.namespace.clone())
                .unwrap_or_default(),
            table: table.map(|table| table.name.clone()).unwrap_or_default(),
            partitioned: false,
            keys: candidate.keys.clone(),
            include: candidate.include.clone(),
            predicate: candidate.predicate.clone(),
        }
    }

    pub(super) async fn run(&mut self, sql: &str) -> sqlx::Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut *self.connection)
            .await
            .map(|_| ())
    }

    /// The first column of the first row.
    async fn text(&mut self, sql: &str) -> sqlx::Result<String> {
        let row = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut *self.connection)
            .await?;
        row.try_get_unchecked(0)
    }
}
