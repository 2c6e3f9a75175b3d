//! Statements in the engine's words. The one room that names sea-query.

use cargo_backend_shared::database_url::Dialect;
use sea_query::{
    Alias, ConditionalStatement as _, Expr, Index, IndexCreateStatement, IndexDropStatement,
    IndexOrder, IntoTableRef, PostgresQueryBuilder, SqliteQueryBuilder, TableRef,
};

/// An index to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewIndex {
    pub(crate) name: String,
    /// The schema (namespace); empty on SQLite.
    pub(crate) namespace: String,
    pub(crate) table: String,
    /// Whether the table is divided into partitions: PostgreSQL cannot build such an index
    /// CONCURRENTLY.
    pub(crate) partitioned: bool,
    pub(crate) keys: Vec<Key>,
    /// Columns that are only carried (PostgreSQL).
    pub(crate) include: Vec<String>,
    /// Which rows it holds, as SQL; all of them without.
    pub(crate) predicate: Option<String>,
}

/// One key of an index to be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) part: KeyPart,
    pub(crate) descending: bool,
}

impl Key {
    pub(crate) fn new(part: KeyPart, descending: bool) -> Self {
        Self { part, descending }
    }

    /// An ascending key.
    pub(crate) fn column(name: &str) -> Self {
        Self::new(KeyPart::Column(name.to_owned()), false)
    }
}

/// What a key is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeyPart {
    /// A column's name, unquoted.
    Column(String),
    /// An expression as SQL.
    Expression(String),
}

/// A quoted name: in double quotes as the SQL standard, PostgreSQL and SQLite have it, in backticks
/// for MySQL.
pub(crate) fn quoted(name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
        Dialect::MySql => format!("`{}`", name.replace('`', "``")),
    }
}

/// The statement that makes the index; on PostgreSQL without blocking writers, where that is possible.
pub(crate) fn create_index(index: &NewIndex, dialect: Dialect) -> String {
    let mut statement: IndexCreateStatement = Index::create()
        .name(escaped(&index.name, dialect))
        .table(table_ref(index))
        .to_owned();
    for key in &index.keys {
        match (&key.part, key.descending) {
            (KeyPart::Column(name), false) => statement.col(Alias::new(name)),
            (KeyPart::Column(name), true) => statement.col((Alias::new(name), IndexOrder::Desc)),
            (KeyPart::Expression(text), false) => statement.col(Expr::cust(text.clone())),
            (KeyPart::Expression(text), true) => {
                statement.col((Expr::cust(text.clone()), IndexOrder::Desc))
            }
        };
    }
    for column in &index.include {
        statement.include(Alias::new(column));
    }
    if let Some(predicate) = &index.predicate {
        statement.and_where(Expr::cust(predicate.clone()));
    }
    let expression = |key: &Key| matches!(key.part, KeyPart::Expression(_));
    if dialect == Dialect::Sqlite && index.keys.iter().any(expression) {
        return expression_index(index);
    }
    match dialect {
        Dialect::Postgres if index.partitioned => statement.to_string(PostgresQueryBuilder),
        Dialect::Postgres => statement.concurrently().to_string(PostgresQueryBuilder),
        Dialect::Sqlite => statement.to_string(SqliteQueryBuilder),
        Dialect::MySql => statement.to_string(sea_query::MysqlQueryBuilder),
    }
}

/// sea-query 1.0 panics at an expression in an index of SQLite.
fn expression_index(index: &NewIndex) -> String {
    let keys: Vec<String> = index
        .keys
        .iter()
        .map(|key| {
            let text = match &key.part {
                KeyPart::Column(name) => quoted(name, Dialect::Sqlite),
                KeyPart::Expression(text) => text.clone(),
            };
            if key.descending {
                format!("{text} DESC")
            } else {
                text
            }
        })
        .collect();
    let predicate = index
        .predicate
        .as_ref()
        .map_or_else(String::new, |predicate| format!(" WHERE {predicate}"));
    format!(
        "CREATE INDEX {} ON {} ({}){predicate}",
        quoted(&index.name, Dialect::Sqlite),
        quoted(&index.table, Dialect::Sqlite),
        keys.join(", ")
    )
}

/// The statement that takes the index away again. It tolerates that there is none: a build that
/// failed half way must be possible to undo.
pub(crate) fn drop_index(index: &NewIndex, dialect: Dialect) -> String {
    let mut statement: IndexDropStatement = Index::drop()
        .name(escaped(&index.name, dialect))
        .table(table_ref(index))
        .to_owned();
    match dialect {
        Dialect::Postgres if index.partitioned => {
            statement.if_exists().to_string(PostgresQueryBuilder)
        }
        Dialect::Postgres => statement
            .concurrently()
            .if_exists()
            .to_string(PostgresQueryBuilder),
        Dialect::Sqlite => statement.if_exists().to_string(SqliteQueryBuilder),
        Dialect::MySql => statement.to_string(sea_query::MysqlQueryBuilder),
    }
}

/// sea-query 1.0 quotes the names of indexes but does not escape them.
fn escaped(name: &str, dialect: Dialect) -> String {
    let quoted = quoted(name, dialect);
    quoted[1..quoted.len() - 1].to_owned()
}

fn table_ref(index: &NewIndex) -> TableRef {
    if index.namespace.is_empty() {
        Alias::new(&index.table).into_table_ref()
    } else {
        (Alias::new(&index.namespace), Alias::new(&index.table)).into_table_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapbox::{assert_data_eq, str};

    fn both(namespace: &str, dialect: Dialect) -> String {
        let index = NewIndex {
            name: "orders_\"customer\"_idx".to_owned(),
            namespace: namespace.to_owned(),
            table: "or\"ders".to_owned(),
            partitioned: false,
            keys: vec![Key::column("customer id"), Key::column("at")],
            include: Vec::new(),
            predicate: None,
        };
        [create_index(&index, dialect), drop_index(&index, dialect)].join("\n")
    }

    #[test]
    fn postgres_builds_and_drops_without_blocking_writers() {
        assert_data_eq!(
            both("audit", Dialect::Postgres),
            str![[r#"
CREATE INDEX CONCURRENTLY "orders_""customer""_idx" ON "audit"."or""ders" ("customer id", "at")
DROP INDEX CONCURRENTLY IF EXISTS "audit"."orders_""customer""_idx"
"#]]
        );
    }

    #[test]
    fn orders_expressions_carried_columns_and_conditions_have_words() {
        let index = NewIndex {
            name: "i".to_owned(),
            namespace: "public".to_owned(),
            table: "orders".to_owned(),
            partitioned: false,
            keys: vec![
                Key::new(KeyPart::Expression("lower(email)".to_owned()), false),
                Key::new(KeyPart::Column("at".to_owned()), true),
            ],
            include: vec!["total".to_owned()],
            predicate: Some("status = 'open'::TEXT".to_owned()),
        };
        assert_data_eq!(
            create_index(&index, Dialect::Postgres),
            str![[
                r#"CREATE INDEX CONCURRENTLY "i" ON "public"."orders" ((lower(email)), "at" DESC) INCLUDE ("total") WHERE status = 'open'::TEXT"#
            ]]
        );
    }

    #[test]
    fn sqlite_has_expressions_and_conditions_too() {
        let index = NewIndex {
            name: "i".to_owned(),
            namespace: String::new(),
            table: "orders".to_owned(),
            partitioned: false,
            keys: vec![
                Key::new(KeyPart::Expression("lower(email)".to_owned()), true),
                Key::column("at"),
            ],
            include: Vec::new(),
            predicate: Some("status = 'open'".to_owned()),
        };
        assert_data_eq!(
            create_index(&index, Dialect::Sqlite),
            str![[
                r#"CREATE INDEX "i" ON "orders" (lower(email) DESC, "at") WHERE status = 'open'"#
            ]]
        );
    }

    #[test]
    fn sqlite_has_no_namespaces() {
        assert_data_eq!(
            both("", Dialect::Sqlite),
            str![[r#"
CREATE INDEX "orders_""customer""_idx" ON "or""ders" ("customer id", "at")
DROP INDEX IF EXISTS "orders_""customer""_idx"
"#]]
        );
    }
}
