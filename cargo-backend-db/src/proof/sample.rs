//! Sampled rows in a scratch database: where no index can be there that is not, it is built over a part
//! of the rows, far from the database that is looked at.

use cargo_backend_shared::database_url::DatabaseUrl;
use cargo_backend_shared::introspect::Connection;
use cargo_backend_shared::schema::{Generated, RowSecurity, Schema, Table};

use super::{mysql, postgres};
use crate::advise::Found;
use crate::ddl;
use crate::scratch::Scratch;
use crate::statistics::{Statistics, counted};
use crate::workload::Query;

/// So many rows of a table are taken at most: enough that the planner takes scans for dear, few enough
/// that an index is built within milliseconds.
pub(super) const ROWS: u64 = 20_000;

/// How such a proof is named, for the end of a sentence.
pub(super) fn in_words() -> String {
    let rows = counted(ROWS, "sampled row");
    format!("on up to {rows} of each table in a scratch database")
}

/// Searches in a scratch database on this server.
pub(super) async fn search(
    live: &mut Connection,
    on: &DatabaseUrl,
    schema: &Schema,
    statistics: &Statistics,
    queries: &[Query],
) -> anyhow::Result<Found> {
    let mut scratch = Scratch::create(on).await?;
    let found = search_in(&mut scratch, live, schema, statistics, queries).await;
    scratch.drop().await?;
    found
}

async fn search_in(
    scratch: &mut Scratch,
    live: &mut Connection,
    schema: &Schema,
    statistics: &Statistics,
    queries: &[Query],
) -> anyhow::Result<Found> {
    let tables: Vec<&Table> = schema
        .tables
        .values()
        .filter(|table| queries.iter().any(|query| query.mentions(&table.name)))
        .collect();
    scratch.load(&ddl::statements(&bare(schema))).await?;
    let rows = |table: &Table| statistics.rows.get(&table.key()).copied();
    match (live, &mut scratch.connection) {
        (Connection::Postgres(live), Connection::Postgres(copy)) => {
            for table in tables {
                postgres::sample::copy(live, copy, table, rows(table)).await?;
            }
            postgres::search_built(live, copy, schema, queries).await
        }
        (Connection::MySql(live), Connection::MySql(copy)) => {
            for table in tables {
                mysql::sample::copy(live, copy, table, rows(table)).await?;
            }
            mysql::search_built(copy, schema, queries).await
        }
        _ => Ok(Found::NotTried {
            why: "the scratch database is of another engine".to_owned(),
        }),
    }
}

/// Without what would refuse or change the sampled rows.
fn bare(schema: &Schema) -> Schema {
    let mut schema = ddl::printable(schema.clone());
    let mut bare = schema.tables.clone();
    for table in bare.values_mut() {
        table.foreign_keys.clear();
        table.triggers.clear();
        table.policies.clear();
        table.row_security = RowSecurity::Off;
    }
    for view in schema.views.values_mut() {
        view.triggers.clear();
    }
    Schema {
        tables: bare,
        ..schema
    }
}

/// The columns that rows can be given for.
pub(super) fn given(table: &Table) -> Vec<&str> {
    let computed = |generated: &Generated| {
        matches!(
            generated,
            Generated::Stored { .. } | Generated::Virtual { .. }
        )
    };
    let columns = table.columns.iter();
    columns
        .filter(|column| !column.generated.as_ref().is_some_and(computed))
        .map(|column| column.name.as_str())
        .collect()
}
