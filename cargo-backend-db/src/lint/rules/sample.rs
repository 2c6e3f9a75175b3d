//! Files for the tests of the rules.

use std::sync::Arc;

use cargo_backend_shared::database_url::Dialect;

use crate::lint::{Live, Source, lint};

/// A file that runs in a transaction, unless its first line says otherwise.
fn source(sql: &str) -> Source {
    Source {
        file: "1_test.up.sql".to_owned(),
        text: Arc::from(sql),
        transaction: !sql.starts_with("-- no-transaction"),
    }
}

/// The names of the rules that a text breaks on an engine.
pub(super) fn names_on(engine: Dialect, sql: &str) -> Vec<String> {
    let found = lint(&source(sql), engine, None).expect("the example is SQL");
    let rules = found.into_iter().filter_map(|found| found.diagnostic.rule);
    rules.collect()
}

/// What a rule says of a text.
pub(super) fn said(rule: &str, sql: &str) -> Vec<String> {
    said_of(rule, sql, None)
}

/// The same where there is a database.
pub(super) fn said_of(rule: &str, sql: &str, live: Option<Live<'_>>) -> Vec<String> {
    let found = lint(&source(sql), Dialect::Postgres, live).expect("the example is SQL");
    let of_rule = found
        .into_iter()
        .filter(|found| found.diagnostic.rule.as_deref() == Some(rule));
    of_rule.map(|found| found.diagnostic.message).collect()
}
