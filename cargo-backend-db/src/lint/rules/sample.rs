//! Files for the tests of the rules.

use std::sync::Arc;

use cargo_backend_shared::database_url::Dialect;

use crate::lint::{Finding, Live, Source, lint};

/// A file that runs in a transaction, unless its first line says otherwise.
pub(super) fn source(sql: &str) -> Source {
    Source {
        file: "1_test.up.sql".to_owned(),
        text: Arc::from(sql),
        transaction: !sql.starts_with("-- no-transaction"),
    }
}

/// What is found in it on PostgreSQL.
pub(super) fn findings(source: &Source, live: Option<Live<'_>>) -> Vec<Finding> {
    lint(source, Dialect::Postgres, live).expect("the example is SQL")
}

/// The names of the rules that it breaks.
pub(super) fn names_of(source: &Source) -> Vec<String> {
    let found = findings(source, None).into_iter();
    found.filter_map(|found| found.diagnostic.rule).collect()
}

/// What a rule says of a text.
pub(super) fn said(rule: &str, sql: &str) -> Vec<String> {
    said_of(rule, sql, None)
}

/// The same where there is a database.
pub(super) fn said_of(rule: &str, sql: &str, live: Option<Live<'_>>) -> Vec<String> {
    let found = findings(&source(sql), live).into_iter();
    let of_rule = found.filter(|found| found.diagnostic.rule.as_deref() == Some(rule));
    of_rule.map(|found| found.diagnostic.message).collect()
}
