//! MySQL and MariaDB: `information_schema` of the connected database.

mod programs;
mod queries;

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::mysql::{MySqlConnection, MySqlRow};

use super::is_bookkeeping;
use crate::database_url::Dialect;
use crate::schema::{Check, Column, ForeignKey, Generated, Index, IndexKey, Schema, Table};

/// A key of MySQL 8 that is no column.
const EXPRESSION: &str = "(expression)";

pub(super) async fn schema(connection: &mut MySqlConnection) -> anyhow::Result<Schema> {
    let version: String = sqlx::query_scalar("SELECT VERSION()")
        .fetch_one(&mut *connection)
        .await?;
    let mariadb = version.contains("MariaDB");
    let mut schema = Schema::new(Dialect::MySql);
    let tables = rows(connection, queries::TABLES).await?;
    let tables: Vec<Table> = tables.iter().map(table).collect::<sqlx::Result<_>>()?;
    let own = tables
        .into_iter()
        .filter(|table| !is_bookkeeping(&table.name));
    schema
        .tables
        .extend(own.map(|table| (table.name.clone(), table)));
    for row in rows(connection, queries::VIEWS).await? {
        let view = programs::view(&row)?;
        schema.views.insert(view.name.clone(), view);
    }
    for row in rows(connection, queries::COLUMNS).await? {
        let name: &str = row.try_get("table")?;
        if let Some(table) = schema.tables.get_mut(name) {
            table.columns.push(column(&row, mariadb)?);
        } else if let Some(view) = schema.views.get_mut(name) {
            view.columns.push(column(&row, mariadb)?);
        }
    }
    for row in rows(connection, queries::INDEXES).await? {
        if let Some(table) = table_of(&mut schema, &row)? {
            add_index_key(table, &row)?;
        }
    }
    for row in rows(connection, queries::FOREIGN_KEYS).await? {
        if let Some(table) = table_of(&mut schema, &row)? {
            add_foreign_key(table, &row)?;
        }
    }
    let checks = if mariadb {
        queries::CHECKS_MARIADB
    } else {
        queries::CHECKS_MYSQL
    };
    for row in rows(connection, checks).await? {
        if let Some(table) = table_of(&mut schema, &row)? {
            let check = Check::new(row.try_get::<String, _>("definition")?);
            table.checks.insert(row.try_get("name")?, check);
        }
    }
    programs::partitions(&mut schema, &rows(connection, queries::PARTITIONS).await?)?;
    programs::triggers(&mut schema, &rows(connection, queries::TRIGGERS).await?)?;
    programs::routines(&mut schema, &rows(connection, queries::ROUTINES).await?)?;
    for row in rows(connection, queries::UNSUPPORTED).await? {
        schema.unsupported.push(row.try_get("what")?);
    }
    finish(&mut schema);
    Ok(schema)
}

async fn rows(
    connection: &mut MySqlConnection,
    query: &'static str,
) -> sqlx::Result<Vec<MySqlRow>> {
    sqlx::query(query).fetch_all(connection).await
}

/// What can be said only when all rows are read.
fn finish(schema: &mut Schema) {
    for (name, table) in &mut schema.tables {
        table.foreign_keys.sort_by(|a, b| a.columns.cmp(&b.columns));
        for index in table.indexes.values_mut().filter(|index| !index.constraint) {
            if index.keys.iter().any(|key| key.text == EXPRESSION) {
                let what = format!("index {} on {name}: a key is an expression", index.name);
                schema.unsupported.push(what);
            }
            index.definition = definition(name, index);
        }
    }
}

/// The statement that makes an index; the server has only `SHOW CREATE TABLE` for one table.
fn definition(table: &str, index: &Index) -> String {
    let kind = match index.method.as_str() {
        "fulltext" => "FULLTEXT ",
        "spatial" => "SPATIAL ",
        _ if index.unique => "UNIQUE ",
        _ => "",
    };
    let using = match index.method.as_str() {
        "hash" => " USING HASH",
        _ => "",
    };
    let keys: Vec<&str> = index.keys.iter().map(|key| key.text.as_str()).collect();
    let comment = index.comment.as_ref().map_or_else(String::new, |comment| {
        format!(" COMMENT {}", literal(comment))
    });
    format!(
        "CREATE {kind}INDEX {} ON {} ({}){using}{comment}",
        quoted(&index.name),
        quoted(table),
        keys.join(", ")
    )
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn table(row: &MySqlRow) -> sqlx::Result<Table> {
    let mut table = Table::new("", row.try_get("name")?);
    for (name, column) in [("ENGINE", "engine"), ("COLLATE", "collation")] {
        let value: Option<&str> = row.try_get(column)?;
        table
            .options
            .extend(value.map(|value| format!("{name}={value}")));
    }
    let others: Option<&str> = row.try_get("options")?;
    table.options.extend(
        others
            .unwrap_or_default()
            .split_whitespace()
            // Said by the partitions themselves.
            .filter(|option| *option != "partitioned")
            .map(str::to_owned),
    );
    table.comment = said(row, "comment")?;
    Ok(table)
}

/// A text that the engine leaves empty where there is none.
fn said(row: &MySqlRow, column: &str) -> sqlx::Result<Option<String>> {
    let text: Option<String> = row.try_get(column)?;
    Ok(text.filter(|text| !text.is_empty()))
}

fn table_of<'a>(schema: &'a mut Schema, row: &MySqlRow) -> sqlx::Result<Option<&'a mut Table>> {
    Ok(schema.tables.get_mut(row.try_get::<&str, _>("table")?))
}

fn column(row: &MySqlRow, mariadb: bool) -> sqlx::Result<Column> {
    let extra: String = row.try_get::<String, _>("extra")?.to_lowercase();
    let generated = match said(row, "expression")? {
        Some(expression) if extra.contains("virtual") => Some(Generated::Virtual { expression }),
        Some(expression) => Some(Generated::Stored { expression }),
        None if extra.contains("auto_increment") => Some(Generated::AutoIncrement),
        None => None,
    };
    let mut options = BTreeMap::new();
    if let Some((_, action)) = extra.split_once("on update ") {
        options.insert("on update".to_owned(), action.to_owned());
    }
    if extra.contains("invisible") {
        options.insert("visibility".to_owned(), "invisible".to_owned());
    }
    let default: Option<String> = row.try_get("fallback")?;
    Ok(Column {
        nullable: row.try_get::<&str, _>("nullable")? == "YES",
        default: default.and_then(|value| default_expression(value, mariadb, &extra)),
        generated,
        collation: row.try_get("collation")?,
        options,
        comment: said(row, "comment")?,
        ..Column::new(row.try_get("name")?, row.try_get("type")?)
    })
}

/// MariaDB writes the expression, and the word NULL where MySQL has none; MySQL writes the bare value
/// of a constant and says `DEFAULT_GENERATED` beside an expression.
fn default_expression(value: String, mariadb: bool, extra: &str) -> Option<String> {
    match (mariadb, extra.contains("default_generated")) {
        (true, _) if value == "NULL" => None,
        (true, _) => Some(value),
        (false, true) if value.to_lowercase().starts_with("current_timestamp") => Some(value),
        (false, true) => Some(format!("({value})")),
        (false, false) => Some(literal(&value)),
    }
}

fn add_index_key(table: &mut Table, row: &MySqlRow) -> sqlx::Result<()> {
    let name: String = row.try_get("name")?;
    let column: Option<String> = row.try_get("column")?;
    let primary = name == "PRIMARY";
    if primary {
        table.primary_key.extend(column.clone());
    }
    let mut text = column
        .as_deref()
        .map_or_else(|| EXPRESSION.to_owned(), quoted);
    let prefix: Option<i64> = row.try_get("prefix")?;
    let method = row.try_get::<String, _>("method")?.to_lowercase();
    // A spatial key has a length of its own that no statement gives.
    if let Some(characters) = prefix.filter(|_| method != "spatial") {
        text = format!("{text}({characters})");
    }
    if row.try_get::<Option<&str>, _>("direction")? == Some("D") {
        text.push_str(" DESC");
    }
    let unique = row.try_get::<i64, _>("non_unique")? == 0;
    let comment = said(row, "comment")?;
    let index = table.indexes.entry(name.clone()).or_insert_with(|| Index {
        method,
        constraint: primary,
        comment,
        ..Index::new(&name, unique)
    });
    // A key on the first characters finds no whole value by itself.
    let column = column.filter(|_| prefix.is_none());
    index.keys.push(IndexKey { column, text });
    Ok(())
}

fn add_foreign_key(table: &mut Table, row: &MySqlRow) -> sqlx::Result<()> {
    let name: Option<String> = Some(row.try_get("name")?);
    let column: String = row.try_get("column")?;
    let parent_column: String = row.try_get("parent_column")?;
    if let Some(last) = table.foreign_keys.last_mut().filter(|key| key.name == name) {
        last.columns.push(column);
        last.references_columns.push(parent_column);
        return Ok(());
    }
    let parent: &str = row.try_get("parent")?;
    table.foreign_keys.push(ForeignKey {
        name,
        on_delete: row.try_get("on_delete")?,
        on_update: row.try_get("on_update")?,
        ..ForeignKey::new(vec![column], parent, vec![parent_column])
    });
    Ok(())
}
