//! PostgreSQL: `EXPLAIN (FORMAT JSON)`, and hypopg (<https://hypopg.readthedocs.io>) for an index
//! that is not there.

mod facts;
pub(super) mod sample;
mod session;

use anyhow::Context as _;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::selection;
use crate::advise::explained::Node;
use crate::advise::{Found, Proof};
use crate::sql::{self, NewIndex};
use crate::workload::Query;
use session::{Means, Session};

pub(super) async fn plan(connection: &mut PgConnection, query: &str) -> anyhow::Result<String> {
    explain(connection, query)
        .await
        .map(|node| words(&node, None))
}

/// Which indexes would help these statements, by hypopg; none where the database does not have it.
pub(super) async fn search(
    connection: &mut PgConnection,
    schema: &Schema,
    queries: &[Query],
) -> anyhow::Result<Option<Found>> {
    let Some(namespace) = session::namespace(&mut *connection).await? else {
        return Ok(None);
    };
    let facts = facts::columns(&mut *connection).await?;
    let writes = facts::writes(&mut *connection).await?;
    let mut session = Session::new(connection, schema, &facts, Means::Hypopg(namespace));
    session
        .run("BEGIN READ ONLY; SET LOCAL plan_cache_mode = force_generic_plan")
        .await?;
    let found = selection::select(&mut session, queries, &writes).await;
    session.run("ROLLBACK; DEALLOCATE ALL").await?;
    found.map(Some)
}

/// The same with indexes that are built over the rows of a scratch database. What is known of columns is
/// that of the database itself.
pub(super) async fn search_built(
    live: &mut PgConnection,
    scratch: &mut PgConnection,
    schema: &Schema,
    queries: &[Query],
) -> anyhow::Result<Found> {
    let facts = facts::columns(&mut *live).await?;
    let writes = facts::writes(live).await?;
    let mut session = Session::new(scratch, schema, &facts, Means::Built);
    session
        .run("SET plan_cache_mode = force_generic_plan; BEGIN")
        .await?;
    let found = selection::select(&mut session, queries, &writes).await;
    session.run("ROLLBACK").await?;
    found
}

/// Tries the index with hypopg, if the database has it.
pub(super) async fn with_index(
    connection: &mut PgConnection,
    query: &str,
    index: &NewIndex,
) -> anyhow::Result<Proof> {
    let Some(namespace) = session::namespace(&mut *connection).await? else {
        return Ok(Proof::NotTried {
            why: "`CREATE EXTENSION hypopg` in this database lets it be tried",
        });
    };
    // What cannot be built concurrently cannot be asked for concurrently either.
    let create = sql::create_index(index, Dialect::Postgres).replacen(" CONCURRENTLY", "", 1);
    let make = format!("SELECT indexname::text FROM {namespace}.hypopg_create_index($1)");
    let made: String = sqlx::query_scalar(AssertSqlSafe(make))
        .bind(create)
        .fetch_one(&mut *connection)
        .await?;
    let explained = explain(connection, query).await;
    sqlx::query(AssertSqlSafe(format!("SELECT {namespace}.hypopg_reset()")))
        .execute(&mut *connection)
        .await?;
    Ok(Proof::Tried {
        plan: words(&explained?, Some((&made, &index.name))),
        means: "by hypopg",
    })
}

async fn explain(connection: &mut PgConnection, query: &str) -> anyhow::Result<Node> {
    let row = sqlx::query(AssertSqlSafe(format!("EXPLAIN (FORMAT JSON) {query}")))
        .fetch_one(connection)
        .await?;
    // The driver would want its JSON feature for this; the bytes are text.
    let text: String = row.try_get_unchecked(0)?;
    Node::parse(&text).context("cannot understand the plan")
}

/// The nodes that look for rows, with the cost of the whole; `rename` gives a hypothetical index the
/// name that it would have.
fn words(root: &Node, rename: Option<(&str, &str)>) -> String {
    let mut steps = Vec::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        // The value that is looked for is found by a plan of its own.
        if node.relationship.as_deref() == Some("InitPlan") {
            continue;
        }
        let index = node.index.as_deref().map(|index| match rename {
            Some((made, name)) if made == index => name,
            _ => index,
        });
        let place = match (index, node.relation.as_deref()) {
            (Some(index), _) => format!(" using {index}"),
            (None, Some(relation)) => format!(" on {relation}"),
            (None, None) => String::new(),
        };
        steps.push(format!("{}{place}", node.kind));
        open.extend(node.plans.iter().rev());
    }
    format!("{} (cost {:.0})", steps.join(", "), root.cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_told_by_its_scans_and_its_cost() {
        let plan = r#"{"Node Type": "Bitmap Heap Scan", "Relation Name": "orders", "Total Cost": 48.31,
            "Plans": [
                {"Node Type": "Limit", "Parent Relationship": "InitPlan", "Total Cost": 0.02},
                {"Node Type": "Bitmap Index Scan", "Parent Relationship": "Outer",
                 "Index Name": "<13543>btree_orders_customer_id", "Total Cost": 4.3}
            ]}"#;
        let node: Node = serde_json::from_str(plan).expect("a plan");
        assert_eq!(
            words(
                &node,
                Some(("<13543>btree_orders_customer_id", "orders_customer_id_idx"))
            ),
            "Bitmap Heap Scan on orders, Bitmap Index Scan using orders_customer_id_idx (cost 48)"
        );
    }
}
