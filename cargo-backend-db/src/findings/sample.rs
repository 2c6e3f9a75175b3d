//! Schemas for the tests of the rules.

use std::collections::BTreeMap;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Column, ForeignKey, Index, IndexKey, Policy, Schema, Table};

use super::check::{Facts, Finding};
use crate::statistics::Statistics;

static NO_THRESHOLDS: BTreeMap<String, u64> = BTreeMap::new();

pub(crate) fn facts<'a>(schema: &'a Schema, statistics: &'a Statistics) -> Facts<'a> {
    Facts {
        schema,
        statistics,
        plans: &[],
        thresholds: &NO_THRESHOLDS,
    }
}

/// What a check says of a schema about which nothing else is known.
pub(crate) fn messages(check: fn(&Facts<'_>) -> Vec<Finding>, schema: &Schema) -> Vec<String> {
    said(check, schema, &Statistics::default())
}

/// What a check says.
pub(crate) fn said(
    check: fn(&Facts<'_>) -> Vec<Finding>,
    schema: &Schema,
    statistics: &Statistics,
) -> Vec<String> {
    check(&facts(schema, statistics))
        .into_iter()
        .map(|found| found.diagnostic.message)
        .collect()
}
pub(crate) fn table(name: &str, columns: &[&str]) -> Table {
    let mut table = Table::new("public", name);
    table.columns = columns
        .iter()
        .map(|name| Column::new(name, "bigint"))
        .collect();
    table.primary_key = vec![columns[0].to_owned()];
    table
}

pub(crate) fn schema(tables: Vec<Table>) -> Schema {
    let mut schema = Schema::new(Dialect::Postgres);
    schema.tables = tables.into_iter().map(|t| (t.key(), t)).collect();
    schema
}

pub(crate) fn with_index(mut table: Table, name: &str, columns: &[&str]) -> Table {
    let mut index = Index::new(name, false);
    index.definition = format!("CREATE INDEX {name} …");
    index.keys = columns
        .iter()
        .map(|column| IndexKey {
            column: Some((*column).to_owned()),
            text: (*column).to_owned(),
        })
        .collect();
    table.indexes.insert(name.to_owned(), index);
    table
}

pub(crate) fn referring(mut table: Table, columns: &[&str], parent: &str) -> Table {
    let columns = columns.iter().map(|c| (*c).to_owned()).collect();
    let key = ForeignKey::new(columns, parent, vec!["id".to_owned()]);
    table.foreign_keys.push(key);
    table
}

pub(crate) fn policy(mut table: Table, name: &str) -> Table {
    let policy = Policy {
        permissive: true,
        command: "ALL".to_owned(),
        roles: vec!["public".to_owned()],
        using: None,
        check: None,
        comment: None,
    };
    table.policies.insert(name.to_owned(), policy);
    table
}
