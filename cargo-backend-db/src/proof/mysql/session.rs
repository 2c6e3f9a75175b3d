//! A session in a scratch database of MySQL or MariaDB, where every index is built.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Row as _};

use super::values::{self, Pick};
use crate::advise::Planned;
use crate::advise::candidate::{self, Candidate, ColumnFacts};
use crate::advise::explain_rows::{self, Row};
use crate::advise::need::Need;
use crate::advise::need::statement::{self, Reading};
use crate::proof::sample;
use crate::proof::whatif::{Plan, Question, WhatIf};
use crate::sql::{self, KeyPart, NewIndex, quoted};
use crate::workload::Query;

/// So many rows are read in no time, with or without an index.
pub(super) const LEAST_ROWS: f64 = 1_000.0;

/// Such a session.
pub(super) struct Session<'a> {
    connection: &'a mut MySqlConnection,
    schema: &'a Schema,
    statements: BTreeMap<usize, String>,
    distinct: BTreeMap<(String, String), f64>,
    standing: BTreeMap<Candidate, String>,
    made: usize,
}

impl<'a> Session<'a> {
    pub(super) fn new(connection: &'a mut MySqlConnection, schema: &'a Schema) -> Self {
        Self {
            connection,
            schema,
            statements: BTreeMap::new(),
            distinct: BTreeMap::new(),
            standing: BTreeMap::new(),
            made: 0,
        }
    }

    async fn explain(&mut self, statement: &str) -> sqlx::Result<Vec<Row>> {
        let explain = AssertSqlSafe(format!("EXPLAIN EXTENDED {statement}"));
        let rows = match sqlx::raw_sql(explain)
            .fetch_all(&mut *self.connection)
            .await
        {
            // MySQL 8 shows the same without the word, and no longer takes it.
            Err(sqlx::Error::Database(_)) => {
                let explain = AssertSqlSafe(format!("EXPLAIN {statement}"));
                sqlx::raw_sql(explain)
                    .fetch_all(&mut *self.connection)
                    .await?
            }
            rows => rows?,
        };
        rows.iter().map(row).collect()
    }

    /// The plan of a statement, and what it says of itself.
    ///
    /// # Errors
    /// The inner one when it cannot be planned or read, in words.
    pub(super) async fn planned(
        &mut self,
        text: &str,
    ) -> anyhow::Result<Result<(Vec<Row>, Reading), String>> {
        let rows = match self.explain(text).await {
            Ok(rows) => rows,
            Err(sqlx::Error::Database(refusal)) => return Ok(Err(refusal.message().to_owned())),
            Err(fault) => return Err(fault.into()),
        };
        Ok(statement::of(text, self.schema).map(|reading| (rows, reading)))
    }

    /// How many values the columns of a need have.
    async fn facts(
        &mut self,
        table: &str,
        need: &Need,
    ) -> sqlx::Result<BTreeMap<String, ColumnFacts>> {
        let mut facts = BTreeMap::new();
        for part in need.equal.iter().chain(&need.joined) {
            let KeyPart::Column(column) = part else {
                continue;
            };
            let place = (table.to_owned(), column.clone());
            let distinct = match self.distinct.get(&place) {
                Some(known) => *known,
                None => {
                    let count = format!(
                        "SELECT CAST(COUNT(DISTINCT {}) AS DOUBLE) FROM {}",
                        quoted(column, Dialect::MySql),
                        quoted(table, Dialect::MySql)
                    );
                    sqlx::query_scalar(AssertSqlSafe(count))
                        .fetch_one(&mut *self.connection)
                        .await?
                }
            };
            self.distinct.insert(place, distinct);
            let column_facts = ColumnFacts {
                distinct,
                ..ColumnFacts::default()
            };
            facts.insert(column.clone(), column_facts);
        }
        Ok(facts)
    }

    fn index(&self, candidate: &Candidate, name: &str) -> NewIndex {
        NewIndex {
            name: name.to_owned(),
            namespace: String::new(),
            table: candidate.table.clone(),
            partitioned: false,
            keys: candidate.keys.clone(),
            include: Vec::new(),
            predicate: None,
        }
    }

    async fn run(&mut self, sql: String) -> sqlx::Result<()> {
        let run = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *self.connection);
        run.await.map(|_| ())
    }
}

fn weighed(rows: &[Row]) -> Plan {
    Plan {
        weight: explain_rows::weight(rows),
        told: Planned {
            cost: None,
            plan: explain_rows::words(rows),
        },
        uses: explain_rows::indexes(rows),
    }
}

fn row(row: &MySqlRow) -> sqlx::Result<Row> {
    let word = |column: &str| -> sqlx::Result<String> {
        let word: Option<String> = row.try_get_unchecked(column)?;
        Ok(word.unwrap_or_default())
    };
    Ok(Row {
        id: word("id")?.parse().ok(),
        select_type: word("select_type")?,
        table: word("table")?,
        access: word("type")?,
        key: Some(word("key")?).filter(|key| !key.is_empty()),
        rows: word("rows")?.parse().unwrap_or(0),
        filtered: word("filtered")?.parse().unwrap_or(100.0),
        extra: word("Extra")?,
    })
}

impl WhatIf for Session<'_> {
    fn means(&self) -> String {
        sample::in_words()
    }

    fn least(&self) -> f64 {
        LEAST_ROWS
    }

    async fn ask(
        &mut self,
        place: usize,
        query: &Query,
    ) -> anyhow::Result<Result<Question, String>> {
        let text = values::filled(
            &mut *self.connection,
            self.schema,
            &query.text,
            Pick::ByOrder,
        )
        .await?;
        let (rows, reading) = match self.planned(&text).await? {
            Ok(planned) => planned,
            Err(fault) => return Ok(Err(fault)),
        };
        let plan = weighed(&rows);
        let mut own = BTreeSet::new();
        if plan.weight >= LEAST_ROWS {
            for (name, need) in &reading.needs {
                let Some(table) = self.schema.tables.get(name) else {
                    continue;
                };
                let facts = self.facts(name, need).await?;
                own.extend(candidate::candidates(name, table, need, &facts));
            }
        }
        own.retain(candidate::is_plain);
        let tables = reading.names.into_values().collect();
        self.statements.insert(place, text);
        Ok(Ok(Question { plan, tables, own }))
    }

    async fn plan(&mut self, place: usize) -> anyhow::Result<Plan> {
        let text = self.statements.get(&place).cloned();
        let text = text.context("a statement was planned that was not taken up")?;
        Ok(weighed(&self.explain(&text).await?))
    }

    /// A long text has no index over all of it.
    async fn make(&mut self, candidate: &Candidate) -> anyhow::Result<bool> {
        self.made += 1;
        let name = format!("backend_db_{:05}", self.made);
        let create = sql::create_index(&self.index(candidate, &name), Dialect::MySql);
        match self.run(create).await {
            Ok(()) => {
                self.standing.insert(candidate.clone(), name);
                Ok(true)
            }
            Err(sqlx::Error::Database(_)) => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn unmake(&mut self, candidate: &Candidate) -> anyhow::Result<()> {
        if let Some(name) = self.standing.remove(candidate) {
            let drop = sql::drop_index(&self.index(candidate, &name), Dialect::MySql);
            self.run(drop).await?;
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
