//! A session in which indexes can be there that are not: by hypopg
//! (<https://hypopg.readthedocs.io>), where nothing is built and nothing outlives the session, or really
//! built in a scratch database. Its transaction must be open.

use std::collections::BTreeMap;

use anyhow::Context as _;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::facts::Facts;
use crate::advise::Planned;
use crate::advise::candidate::{self, Candidate};
use crate::advise::explained::Node;
use crate::advise::need;
use crate::proof::sample;
use crate::proof::whatif::{Plan, Question, WhatIf};
use crate::sql::{self, NewIndex};
use crate::workload::Query;

/// A statement that costs less than this (pages read in sequence) is as good as free.
const LEAST_COST: f64 = 100.0;

/// A server whose tables are in memory reads a page anywhere for a tenth of what it assumes of a
/// disk (<https://www.postgresql.org/docs/current/runtime-config-query.html>, `seq_page_cost`), and
/// under load a scan has no second core for its workers. The promised factor is that of such a server.
const WARM: &str = "SET LOCAL seq_page_cost = 0.1; SET LOCAL random_page_cost = 0.1;
                    SET LOCAL max_parallel_workers_per_gather = 0";

/// hypopg 1.3 takes the numbers of its indexes from a range of about 2,500 and gives them back on a
/// reset alone.
const MADE_BEFORE_RESET: usize = 1_000;

/// How many indexes are built in one transaction.
const BUILT_BEFORE_COMMIT: usize = 100;

/// How indexes come to be there.
pub(super) enum Means {
    /// With the schema where the extension lives, quoted.
    Hypopg(String),
    /// Built over sampled rows in a scratch database.
    Built,
}

/// An index that stands.
#[derive(Debug, Clone)]
struct Standing {
    oid: i64,
    name: String,
}

/// Such a session.
pub(super) struct Session<'a> {
    pub(super) connection: &'a mut PgConnection,
    pub(super) schema: &'a Schema,
    pub(super) facts: &'a Facts,
    pub(super) means: Means,
    /// What the planner is asked, by the places of the statements.
    statements: BTreeMap<usize, String>,
    standing: BTreeMap<Candidate, Standing>,
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

impl<'a> Session<'a> {
    pub(super) fn new(
        connection: &'a mut PgConnection,
        schema: &'a Schema,
        facts: &'a Facts,
        means: Means,
    ) -> Self {
        Self {
            connection,
            schema,
            facts,
            means,
            statements: BTreeMap::new(),
            standing: BTreeMap::new(),
            made: 0,
        }
    }

    /// Prepares a statement whose values are unknown, so that it can be planned for any value.
    ///
    /// # Errors
    /// When the server cannot make sense of it; the transaction goes on.
    async fn prepare(&mut self, place: usize, query: &Query) -> Result<String, String> {
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

    /// The plan with the indexes that stand now.
    async fn explain(&mut self, statement: &str) -> anyhow::Result<Node> {
        // A prepared statement keeps its plan, and an index that is not there does not disturb it.
        let explain = format!("DISCARD PLANS; EXPLAIN (VERBOSE, FORMAT JSON) {statement}");
        let json = self.text(&explain).await?;
        Node::parse(&json).context("cannot understand the plan")
    }

    /// The same for the first time, when it may turn out that there is none. A savepoint keeps the
    /// transaction alive.
    async fn try_explain(&mut self, statement: &str) -> anyhow::Result<Result<Node, String>> {
        self.run("SAVEPOINT p").await?;
        match self.explain(statement).await {
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

    /// The statement that makes an index here, and answers with its number and name.
    fn making(&self, candidate: &Candidate) -> String {
        let name = format!("backend_db_{:05}", self.made);
        let index = self.named(candidate, &name);
        let create = plainly(&sql::create_index(&index, Dialect::Postgres));
        match &self.means {
            Means::Hypopg(namespace) => format!(
                "SELECT indexrelid::bigint AS oid, indexname::text AS name
                 FROM {namespace}.hypopg_create_index('{}')",
                create.replace('\'', "''")
            ),
            Means::Built => format!(
                "{create};
                 SELECT oid::bigint AS oid, relname::text AS name FROM pg_class
                 WHERE relname = '{name}'"
            ),
        }
    }

    /// Gives all numbers back, and makes those that stood stand again.
    async fn reset(&mut self, namespace: &str) -> anyhow::Result<()> {
        let standing = std::mem::take(&mut self.standing);
        self.run(&format!("SELECT {namespace}.hypopg_reset()"))
            .await?;
        self.made = 0;
        for candidate in standing.keys() {
            Box::pin(self.make(candidate)).await?;
        }
        Ok(())
    }

    /// An index as a statement makes it; hypopg gives it another name.
    fn named(&self, candidate: &Candidate, name: &str) -> NewIndex {
        let table = self.schema.tables.get(&candidate.table);
        NewIndex {
            name: name.to_owned(),
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

impl WhatIf for Session<'_> {
    fn means(&self) -> String {
        match &self.means {
            Means::Hypopg(_) => "by hypopg".to_owned(),
            Means::Built => sample::in_words(),
        }
    }

    fn least(&self) -> f64 {
        LEAST_COST
    }

    async fn ask(
        &mut self,
        place: usize,
        query: &Query,
    ) -> anyhow::Result<Result<Question, String>> {
        let statement = match self.prepare(place, query).await {
            Ok(statement) => statement,
            Err(fault) => return Ok(Err(fault)),
        };
        let node = match self.try_explain(&statement).await? {
            Ok(node) => node,
            Err(fault) => return Ok(Err(fault)),
        };
        self.statements.insert(place, statement);
        let needs = need::plan::of(&node, self.schema);
        let none = BTreeMap::new();
        let own = needs.iter().filter_map(|(name, need)| {
            let table = self.schema.tables.get(name)?;
            let facts = self.facts.get(name).unwrap_or(&none);
            Some(candidate::candidates(name, table, need, facts))
        });
        Ok(Ok(Question {
            plan: weighed(&node),
            own: own.flatten().collect(),
            tables: needs.into_keys().collect(),
        }))
    }

    async fn plan(&mut self, place: usize) -> anyhow::Result<Plan> {
        let statement = self.statements.get(&place).cloned();
        let statement = statement.context("a statement was planned that was not taken up")?;
        Ok(weighed(&self.explain(&statement).await?))
    }

    /// What hypopg cannot imagine (a GIN index) does not stand.
    async fn make(&mut self, candidate: &Candidate) -> anyhow::Result<bool> {
        match &self.means {
            Means::Hypopg(namespace) if self.made >= MADE_BEFORE_RESET => {
                let namespace = namespace.clone();
                self.reset(&namespace).await?;
            }
            // A transaction keeps the locks and the files of all that it made and dropped.
            Means::Built if self.made.is_multiple_of(BUILT_BEFORE_COMMIT) => {
                self.run("COMMIT; BEGIN").await?;
            }
            Means::Hypopg(_) | Means::Built => {}
        }
        self.made += 1;
        let make = format!(
            "SAVEPOINT h; {}; RELEASE SAVEPOINT h",
            self.making(candidate)
        );
        let made = sqlx::raw_sql(AssertSqlSafe(make))
            .fetch_all(&mut *self.connection)
            .await;
        match made {
            Ok(rows) => {
                let row = rows.first().context("no index was made")?;
                let made = Standing {
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

    async fn unmake(&mut self, candidate: &Candidate) -> anyhow::Result<()> {
        if let Some(made) = self.standing.remove(candidate) {
            let drop = match &self.means {
                Means::Hypopg(namespace) => {
                    format!("SELECT {namespace}.hypopg_drop_index({})", made.oid)
                }
                Means::Built => plainly(&sql::drop_index(
                    &self.named(candidate, &made.name),
                    Dialect::Postgres,
                )),
            };
            self.run(&drop).await?;
        }
        Ok(())
    }

    fn name(&self, candidate: &Candidate) -> Option<String> {
        let made = self.standing.get(candidate);
        made.map(|made| made.name.clone())
    }

    /// hypopg says what it expects; a sample says nothing of the whole.
    async fn bytes(&mut self, candidate: &Candidate) -> anyhow::Result<Option<u64>> {
        let (Some(made), Means::Hypopg(namespace)) = (self.standing.get(candidate), &self.means)
        else {
            return Ok(None);
        };
        let size = format!(
            "SELECT {namespace}.hypopg_relation_size({})::text",
            made.oid
        );
        Ok(self.text(&size).await?.parse().ok())
    }

    async fn warm(&mut self) -> anyhow::Result<bool> {
        match self.means {
            Means::Hypopg(_) => {
                self.run(&format!("SAVEPOINT warm; {WARM}")).await?;
                Ok(true)
            }
            // How much faster a sample is says little of a table a hundred times as large.
            Means::Built => Ok(false),
        }
    }

    async fn cool(&mut self) -> anyhow::Result<()> {
        Ok(self.run("ROLLBACK TO SAVEPOINT warm").await?)
    }
}

/// What is neither built nor dropped concurrently cannot be asked for so either.
fn plainly(statement: &str) -> String {
    statement.replacen(" CONCURRENTLY", "", 1)
}

fn weighed(node: &Node) -> Plan {
    Plan {
        weight: node.cost,
        told: Planned {
            cost: Some(node.cost),
            plan: String::new(),
        },
        uses: node.indexes().into_iter().map(str::to_owned).collect(),
    }
}
