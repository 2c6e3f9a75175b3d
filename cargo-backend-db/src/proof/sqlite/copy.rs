//! A copy in memory of the schema and of what the planner knows of the data, without the data: there
//! indexes are made in no time, and the planner takes them for what they would be.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::figures::Figures;
use crate::advise::Planned;
use crate::advise::candidate::{self, Candidate};
use crate::advise::need::statement::{self, Reading};
use crate::advise::query_plan::{self, Known, Step};
use crate::ddl;
use crate::proof::whatif::{Plan, Question, WhatIf};
use crate::sql::{self, NewIndex};
use crate::workload::Query;

/// So many rows are read in no time, with or without an index.
const LEAST_ROWS: f64 = 1_000.0;

/// The tables in which ANALYZE keeps what it found.
const STATISTICS: &str = "
    SELECT name FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4') ORDER BY name";

/// Such a copy.
pub(super) struct Copy<'a> {
    figures: Figures<'a>,
    schema: &'a Schema,
    memory: SqliteConnection,
    known: Known,
    statements: BTreeMap<usize, (String, Reading)>,
    standing: BTreeMap<Candidate, String>,
    made: usize,
}

impl<'a> Copy<'a> {
    /// Copies.
    pub(super) async fn of(
        live: &'a mut SqliteConnection,
        schema: &'a Schema,
        rows: &'a BTreeMap<String, u64>,
    ) -> anyhow::Result<Self> {
        let mut memory = SqliteConnection::connect("sqlite::memory:").await?;
        let indexes = schema
            .tables
            .values()
            .flat_map(|table| table.indexes.values());
        let partial = indexes.filter(|index| index.predicate.is_some());
        let mut known = Known {
            partial: partial.map(|index| index.name.clone()).collect(),
            ..Known::default()
        };
        for statement in ddl::statements(schema) {
            // What needs an extension of the program that owns the database is missing here, and the
            // statements that name it cannot be planned: they are told one by one.
            let made = sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut memory)
                .await;
            if let Err(fault @ sqlx::Error::Io(_)) = made {
                return Err(fault.into());
            }
        }
        // Makes the tables of the statistics; there are no rows that it could read.
        sqlx::raw_sql("ANALYZE").execute(&mut memory).await?;
        statistics(live, &mut memory, &mut known).await?;
        for (table, rows) in rows {
            #[expect(clippy::cast_precision_loss, reason = "a weight")]
            known.rows.insert(table.clone(), *rows as f64);
            // Of a table without a line the planner would know nothing at all.
            sqlx::query(
                "INSERT INTO sqlite_stat1 SELECT $1, NULL, $2
                 WHERE NOT EXISTS (SELECT 1 FROM sqlite_stat1 WHERE tbl = $1)",
            )
            .bind(table)
            .bind(rows.to_string())
            .execute(&mut memory)
            .await?;
        }
        sqlx::raw_sql("ANALYZE sqlite_schema")
            .execute(&mut memory)
            .await?;
        Ok(Self {
            figures: Figures::new(live, schema, rows),
            schema,
            memory,
            known,
            statements: BTreeMap::new(),
            standing: BTreeMap::new(),
            made: 0,
        })
    }

    async fn explain(&mut self, statement: &str) -> sqlx::Result<Vec<Step>> {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let rows = sqlx::query(AssertSqlSafe(explain))
            .persistent(false)
            .fetch_all(&mut self.memory)
            .await?;
        let step = |row: &sqlx::sqlite::SqliteRow| {
            Ok(Step {
                id: row.try_get("id")?,
                parent: row.try_get("parent")?,
                detail: row.try_get("detail")?,
            })
        };
        rows.iter().map(step).collect()
    }

    fn weighed(&self, steps: &[Step], reading: &Reading) -> Plan {
        Plan {
            weight: query_plan::weight(steps, reading, &self.known),
            told: Planned {
                cost: None,
                plan: query_plan::words(steps),
            },
            uses: query_plan::indexes(steps),
        }
    }
}

impl WhatIf for Copy<'_> {
    fn means(&self) -> String {
        "on a copy of the schema and its statistics in memory".to_owned()
    }

    fn least(&self) -> f64 {
        LEAST_ROWS
    }

    async fn ask(
        &mut self,
        place: usize,
        query: &Query,
    ) -> anyhow::Result<Result<Question, String>> {
        let steps = match self.explain(&query.text).await {
            Ok(steps) => steps,
            Err(sqlx::Error::Database(refusal)) => return Ok(Err(refusal.message().to_owned())),
            Err(fault) => return Err(fault.into()),
        };
        let reading = match statement::of(&query.text, self.schema) {
            Ok(reading) => reading,
            Err(fault) => return Ok(Err(fault)),
        };
        let plan = self.weighed(&steps, &reading);
        let mut own = BTreeSet::new();
        // Measuring reads tables; for a statement that is fast already nobody needs it.
        if plan.weight >= LEAST_ROWS {
            for (name, need) in &reading.needs {
                let Some(table) = self.schema.tables.get(name) else {
                    continue;
                };
                let facts = self.figures.columns(name, need).await?;
                own.extend(candidate::candidates(name, table, need, &facts));
            }
        }
        // SQLite carries nothing along: what is in an index is a key of it.
        own.retain(|candidate| candidate.include.is_empty());
        let tables = reading.names.values().cloned().collect();
        self.statements.insert(place, (query.text.clone(), reading));
        Ok(Ok(Question { plan, tables, own }))
    }

    async fn plan(&mut self, place: usize) -> anyhow::Result<Plan> {
        let asked = self.statements.get(&place).cloned();
        let (text, reading) = asked.context("a statement was planned that was not taken up")?;
        let steps = self.explain(&text).await?;
        Ok(self.weighed(&steps, &reading))
    }

    async fn make(&mut self, candidate: &Candidate) -> anyhow::Result<bool> {
        self.made += 1;
        let name = format!("backend_db_{:05}", self.made);
        let index = NewIndex {
            name: name.clone(),
            namespace: String::new(),
            table: candidate.table.clone(),
            partitioned: false,
            keys: candidate.keys.clone(),
            include: Vec::new(),
            predicate: candidate.predicate.clone(),
        };
        let create = sql::create_index(&index, Dialect::Sqlite);
        let made = sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&mut self.memory)
            .await;
        match made {
            Ok(_) => {}
            // An expression that is not deterministic, say.
            Err(sqlx::Error::Database(_)) => return Ok(false),
            Err(fault) => return Err(fault.into()),
        }
        let figures = self.figures.of_index(candidate).await?;
        let line: Vec<String> = figures.iter().map(|rows| format!("{rows:.0}")).collect();
        sqlx::query("INSERT INTO sqlite_stat1 VALUES ($1, $2, $3)")
            .bind(&candidate.table)
            .bind(&name)
            .bind(line.join(" "))
            .execute(&mut self.memory)
            .await?;
        sqlx::raw_sql("ANALYZE sqlite_schema")
            .execute(&mut self.memory)
            .await?;
        self.known.indexes.insert(name.clone(), figures);
        if candidate.predicate.is_some() {
            self.known.partial.insert(name.clone());
        }
        self.standing.insert(candidate.clone(), name);
        Ok(true)
    }

    /// SQLite takes the line of its statistics away with it.
    async fn unmake(&mut self, candidate: &Candidate) -> anyhow::Result<()> {
        if let Some(name) = self.standing.remove(candidate) {
            self.known.indexes.remove(&name);
            self.known.partial.remove(&name);
            sqlx::raw_sql(AssertSqlSafe(format!("DROP INDEX {name}")))
                .execute(&mut self.memory)
                .await?;
        }
        Ok(())
    }

    fn name(&self, candidate: &Candidate) -> Option<String> {
        self.standing.get(candidate).cloned()
    }

    async fn bytes(&mut self, _: &Candidate) -> anyhow::Result<Option<u64>> {
        Ok(None)
    }

    async fn warm(&mut self) -> anyhow::Result<bool> {
        Ok(false)
    }

    async fn cool(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Copies what ANALYZE found, if it ever ran.
async fn statistics(
    live: &mut SqliteConnection,
    copy: &mut SqliteConnection,
    known: &mut Known,
) -> sqlx::Result<()> {
    let tables: Vec<String> = sqlx::query_scalar(STATISTICS).fetch_all(&mut *live).await?;
    if tables.iter().any(|table| table == "sqlite_stat1") {
        for row in sqlx::query("SELECT tbl, idx, stat FROM sqlite_stat1")
            .fetch_all(&mut *live)
            .await?
        {
            let index: Option<String> = row.try_get("idx")?;
            let line: Option<String> = row.try_get("stat")?;
            sqlx::query("INSERT INTO sqlite_stat1 VALUES ($1, $2, $3)")
                .bind(row.try_get::<Option<String>, _>("tbl")?)
                .bind(&index)
                .bind(&line)
                .execute(&mut *copy)
                .await?;
            let figures: Vec<f64> = line
                .unwrap_or_default()
                .split(' ')
                .map_while(|figure| figure.parse().ok())
                .collect();
            known.indexes.extend(index.map(|index| (index, figures)));
        }
    }
    if tables.iter().any(|table| table == "sqlite_stat4") {
        for row in sqlx::query("SELECT tbl, idx, neq, nlt, ndlt, sample FROM sqlite_stat4")
            .fetch_all(&mut *live)
            .await?
        {
            sqlx::query("INSERT INTO sqlite_stat4 VALUES ($1, $2, $3, $4, $5, $6)")
                .bind(row.try_get::<Option<String>, _>("tbl")?)
                .bind(row.try_get::<Option<String>, _>("idx")?)
                .bind(row.try_get::<Option<String>, _>("neq")?)
                .bind(row.try_get::<Option<String>, _>("nlt")?)
                .bind(row.try_get::<Option<String>, _>("ndlt")?)
                .bind(row.try_get::<Option<Vec<u8>>, _>("sample")?)
                .execute(&mut *copy)
                .await?;
        }
    }
    Ok(())
}
