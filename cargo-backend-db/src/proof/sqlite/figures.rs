//! What is in the tables, measured by reading them: how many rows a value has on average. ANALYZE would
//! know it of an index that is there; of one that is not, nobody does.

use std::collections::BTreeMap;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Schema, Table};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use crate::advise::candidate::{Candidate, ColumnFacts};
use crate::advise::need::{Constant, Need};
use crate::sql::{KeyPart, quoted};

/// So many rows of a table are grouped at most, spread over the table; they are counted all the same.
const SAMPLE_ROWS: u64 = 100_000;

/// The tables of a database, each question asked once.
pub(super) struct Figures<'a> {
    live: &'a mut SqliteConnection,
    schema: &'a Schema,
    rows: &'a BTreeMap<String, u64>,
    answers: BTreeMap<String, f64>,
}

impl<'a> Figures<'a> {
    pub(super) fn new(
        live: &'a mut SqliteConnection,
        schema: &'a Schema,
        rows: &'a BTreeMap<String, u64>,
    ) -> Self {
        Self {
            live,
            schema,
            rows,
            answers: BTreeMap::new(),
        }
    }

    fn rows(&self, table: &str) -> u64 {
        self.rows.get(table).copied().unwrap_or(0)
    }

    /// What `candidate` needs to choose among the columns of a need.
    pub(super) async fn columns(
        &mut self,
        name: &str,
        need: &Need,
    ) -> sqlx::Result<BTreeMap<String, ColumnFacts>> {
        let mut facts: BTreeMap<String, ColumnFacts> = BTreeMap::new();
        for part in need.equal.iter().chain(&need.joined) {
            if let KeyPart::Column(column) = part {
                let keys = [quoted(column, Dialect::Sqlite)];
                let each = self.rows_of_a_value(name, None, &keys).await?;
                let all = self.index_rows(name, None).await?;
                facts.entry(column.clone()).or_default().distinct = all / each.max(1.0);
            }
        }
        for constant in &need.constants {
            let meets = self.index_rows(name, Some(&constant.text)).await?;
            let all = self.index_rows(name, None).await?;
            let column = facts.entry(constant.column.clone()).or_default();
            note(column, constant, meets / all.max(1.0));
        }
        Ok(facts)
    }

    /// The line that ANALYZE would write of an index: its rows, then those of a value of its first
    /// key, of its first two, and so on.
    pub(super) async fn of_index(&mut self, candidate: &Candidate) -> sqlx::Result<Vec<f64>> {
        let predicate = candidate.predicate.as_deref();
        let mut figures = vec![self.index_rows(&candidate.table, predicate).await?];
        let keys: Vec<String> = candidate
            .keys
            .iter()
            .map(|key| match &key.part {
                KeyPart::Column(name) => quoted(name, Dialect::Sqlite),
                KeyPart::Expression(text) => text.clone(),
            })
            .collect();
        for count in 1..=keys.len() {
            let rows = self.rows_of_a_value(&candidate.table, predicate, &keys[..count]);
            figures.push(rows.await?);
        }
        Ok(figures)
    }

    /// The rows that meet a condition; all without one.
    async fn index_rows(&mut self, table: &str, predicate: Option<&str>) -> sqlx::Result<f64> {
        let Some(predicate) = predicate else {
            return Ok(as_f64(self.rows(table)));
        };
        let name = quoted(table, Dialect::Sqlite);
        let count = format!("SELECT count(*) FROM {name} WHERE {predicate}");
        if let Some(known) = self.answers.get(&count) {
            return Ok(*known);
        }
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count.clone()))
            .fetch_one(&mut *self.live)
            .await?;
        let rows = as_f64(u64::try_from(rows).unwrap_or(0));
        self.answers.insert(count, rows);
        Ok(rows)
    }

    /// How many rows have the same values of these keys, on average.
    async fn rows_of_a_value(
        &mut self,
        table: &str,
        predicate: Option<&str>,
        keys: &[String],
    ) -> sqlx::Result<f64> {
        let keys = keys.join(", ");
        let sample = sample(
            self.schema.tables.get(table),
            table,
            predicate,
            self.rows(table),
        );
        let question = format!(
            "SELECT count(*) AS groups, coalesce(sum(n), 0) AS rows, coalesce(sum(n = 1), 0) AS once
             FROM (SELECT count(*) AS n FROM {sample} GROUP BY {keys})"
        );
        if let Some(known) = self.answers.get(&question) {
            return Ok(*known);
        }
        let row = sqlx::query(AssertSqlSafe(question.clone()))
            .fetch_one(&mut *self.live)
            .await?;
        let figure = |column| -> sqlx::Result<f64> {
            let figure: i64 = row.try_get(column)?;
            Ok(as_f64(u64::try_from(figure).unwrap_or(0)))
        };
        let (groups, sampled, once) = (figure("groups")?, figure("rows")?, figure("once")?);
        let all = self.index_rows(table, predicate).await?.max(sampled);
        let each = (all / distinct(groups, sampled, once, all)).max(1.0);
        self.answers.insert(question, each);
        Ok(each)
    }
}

/// A part of a table, or all of it.
fn sample(table: Option<&Table>, name: &str, predicate: Option<&str>, rows: u64) -> String {
    let definition = table.and_then(|table| table.definition.as_deref());
    let has_rowid = definition.is_none_or(|sql| !sql.to_uppercase().contains("WITHOUT ROWID"));
    let step = rows.div_ceil(SAMPLE_ROWS).max(1);
    let spread = (step > 1 && has_rowid).then(|| format!("rowid % {step} = 0"));
    let predicate = predicate.map(|predicate| format!("({predicate})"));
    let conditions: Vec<String> = predicate.into_iter().chain(spread).collect();
    let filter = if conditions.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", conditions.join(" AND "))
    };
    let name = quoted(name, Dialect::Sqlite);
    format!("(SELECT * FROM {name}{filter} LIMIT {SAMPLE_ROWS})")
}

/// How many values there are in all rows, from those in a sample: Haas and Stokes, "Estimating the
/// Number of Classes in a Finite Population" (1998), as PostgreSQL's ANALYZE does.
fn distinct(groups: f64, sampled: f64, once: f64, all: f64) -> f64 {
    let denominator = sampled - once + once * sampled / all.max(1.0);
    if denominator <= 0.0 {
        return groups.max(1.0);
    }
    (sampled * groups / denominator).clamp(groups.max(1.0), all.max(1.0))
}

/// Keeps the share of the rows that a constant is true of, in the words of `pg_stats`.
fn note(column: &mut ColumnFacts, constant: &Constant, share: f64) {
    let value = match &constant.value {
        Some(value) => value.as_str(),
        None if constant.text.ends_with("IS NULL") => {
            column.null_share = share;
            return;
        }
        None if constant.text.ends_with("IS NOT NULL") => {
            column.null_share = 1.0 - share;
            return;
        }
        None if constant.text.starts_with("NOT ") => "f",
        None => "t",
    };
    column.common.insert(value.to_owned(), share);
}

fn as_f64(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a weight")]
    let count = count as f64;
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_sample_tell_those_of_all_rows() {
        for (groups, sampled, once, all, expected) in [
            // Everything was read.
            (500.0, 20_000.0, 0.0, 20_000.0, 500.0),
            // Each value stands once: it is a key.
            (1_000.0, 1_000.0, 1_000.0, 50_000.0, 50_000.0),
            // Each value was seen often: there are no more.
            (3.0, 1_000.0, 0.0, 50_000.0, 3.0),
            // Nothing was read.
            (0.0, 0.0, 0.0, 0.0, 1.0),
        ] {
            let found = distinct(groups, sampled, once, all);
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
    }

    #[test]
    fn a_large_table_is_read_in_steps() {
        let sql = |sql: &str| {
            let mut table = Table::new("", "t");
            table.definition = Some(sql.to_owned());
            sample(Some(&table), "t", Some("a = 1"), 1_000_000)
        };
        assert_eq!(
            sql("CREATE TABLE t (a)"),
            "(SELECT * FROM \"t\" WHERE (a = 1) AND rowid % 10 = 0 LIMIT 100000)"
        );
        assert_eq!(
            sql("CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID"),
            "(SELECT * FROM \"t\" WHERE (a = 1) LIMIT 100000)"
        );
    }
}
