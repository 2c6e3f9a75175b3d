//! MySQL and MariaDB: `information_schema` of the connected database. Everything is cast to text,
//! because MySQL 8 hands some of these columns out as bytes.

use std::collections::BTreeMap;

use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Row as _};

use super::HISTORY_TABLE;
use crate::database_url::Dialect;
use crate::schema::{Check, Column, ForeignKey, Index, IndexKey, Schema, Table};

const TABLES: &str = "
    SELECT CAST(table_name AS CHAR) AS name FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name <> ?
    ORDER BY table_name";

const COLUMNS: &str = "
    SELECT CAST(table_name AS CHAR) AS `table`, CAST(column_name AS CHAR) AS name,
           CAST(column_type AS CHAR) AS type, CAST(is_nullable AS CHAR) AS nullable,
           CAST(column_default AS CHAR) AS fallback, CAST(extra AS CHAR) AS extra,
           CAST(generation_expression AS CHAR) AS expression
    FROM information_schema.columns WHERE table_schema = DATABASE()
    ORDER BY table_name, ordinal_position";

const INDEXES: &str = "
    SELECT CAST(table_name AS CHAR) AS `table`, CAST(index_name AS CHAR) AS name,
           CAST(non_unique AS SIGNED) AS non_unique, CAST(column_name AS CHAR) AS `column`,
           CAST(collation AS CHAR) AS direction, CAST(sub_part AS SIGNED) AS prefix,
           CAST(index_type AS CHAR) AS method
    FROM information_schema.statistics WHERE table_schema = DATABASE()
    ORDER BY table_name, index_name, seq_in_index";

const FOREIGN_KEYS: &str = "
    SELECT CAST(k.table_name AS CHAR) AS `table`, CAST(k.constraint_name AS CHAR) AS name,
           CAST(k.column_name AS CHAR) AS `column`,
           CAST(k.referenced_table_name AS CHAR) AS parent,
           CAST(k.referenced_column_name AS CHAR) AS parent_column,
           CAST(r.delete_rule AS CHAR) AS on_delete, CAST(r.update_rule AS CHAR) AS on_update
    FROM information_schema.key_column_usage k
    JOIN information_schema.referential_constraints r
         ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
            AND r.table_name = k.table_name
    WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL
    ORDER BY k.table_name, k.constraint_name, k.ordinal_position";

/// MariaDB names the table of a check, MySQL leaves it to `table_constraints`.
const CHECKS_MARIADB: &str = "
    SELECT CAST(table_name AS CHAR) AS `table`, CAST(constraint_name AS CHAR) AS name,
           CAST(check_clause AS CHAR) AS definition
    FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()
    ORDER BY 1, 2";

const CHECKS_MYSQL: &str = "
    SELECT CAST(t.table_name AS CHAR) AS `table`, CAST(c.constraint_name AS CHAR) AS name,
           CAST(c.check_clause AS CHAR) AS definition
    FROM information_schema.check_constraints c
    JOIN information_schema.table_constraints t
         ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
            AND t.constraint_type = 'CHECK'
    WHERE c.constraint_schema = DATABASE()
    ORDER BY 1, 2";

const UNSUPPORTED: &str = "
    SELECT CAST(CONCAT('view ', table_name) AS CHAR) AS what
    FROM information_schema.views WHERE table_schema = DATABASE()
    UNION ALL
    SELECT CAST(CONCAT(LOWER(routine_type), ' ', routine_name) AS CHAR)
    FROM information_schema.routines WHERE routine_schema = DATABASE()
    UNION ALL
    SELECT CAST(CONCAT('trigger ', trigger_name, ' on ', event_object_table) AS CHAR)
    FROM information_schema.triggers WHERE trigger_schema = DATABASE()
    ORDER BY 1";

pub(super) async fn schema(connection: &mut MySqlConnection) -> anyhow::Result<Schema> {
    let mut schema = Schema {
        dialect: Dialect::MySql,
        tables: BTreeMap::new(),
        unsupported: Vec::new(),
    };
    for row in sqlx::query(TABLES)
        .bind(HISTORY_TABLE)
        .fetch_all(&mut *connection)
        .await?
    {
        let name: String = row.try_get("name")?;
        schema.tables.insert(name.clone(), Table::new("", &name));
    }
    for row in sqlx::query(COLUMNS).fetch_all(&mut *connection).await? {
        if let Some(table) = table_of(&mut schema, &row)? {
            table.columns.push(column(&row)?);
        }
    }
    for row in sqlx::query(INDEXES).fetch_all(&mut *connection).await? {
        if let Some(table) = table_of(&mut schema, &row)? {
            add_index_key(table, &row)?;
        }
    }
    for row in sqlx::query(FOREIGN_KEYS)
        .fetch_all(&mut *connection)
        .await?
    {
        if let Some(table) = table_of(&mut schema, &row)? {
            add_foreign_key(table, &row)?;
        }
    }
    let version: String = sqlx::query_scalar("SELECT VERSION()")
        .fetch_one(&mut *connection)
        .await?;
    let checks = if version.contains("MariaDB") {
        CHECKS_MARIADB
    } else {
        CHECKS_MYSQL
    };
    for row in sqlx::query(AssertSqlSafe(checks))
        .fetch_all(&mut *connection)
        .await?
    {
        if let Some(table) = table_of(&mut schema, &row)? {
            let check = Check {
                definition: row.try_get("definition")?,
                validated: true,
            };
            table.checks.insert(row.try_get("name")?, check);
        }
    }
    for row in sqlx::query(UNSUPPORTED).fetch_all(&mut *connection).await? {
        schema.unsupported.push(row.try_get("what")?);
    }
    for table in schema.tables.values_mut() {
        table.foreign_keys.sort_by(|a, b| a.columns.cmp(&b.columns));
    }
    Ok(schema)
}

fn table_of<'a>(schema: &'a mut Schema, row: &MySqlRow) -> sqlx::Result<Option<&'a mut Table>> {
    Ok(schema.tables.get_mut(row.try_get::<&str, _>("table")?))
}

fn column(row: &MySqlRow) -> sqlx::Result<Column> {
    let extra: String = row.try_get("extra")?;
    let expression: Option<String> = row.try_get("expression")?;
    let generated = match expression.filter(|expression| !expression.is_empty()) {
        Some(expression) => Some(format!("{} {expression}", extra.to_lowercase())),
        None if extra.contains("auto_increment") => Some("auto_increment".to_owned()),
        None => None,
    };
    Ok(Column {
        name: row.try_get("name")?,
        r#type: row.try_get("type")?,
        nullable: row.try_get::<&str, _>("nullable")? == "YES",
        // MariaDB writes the word where MySQL has none.
        default: row
            .try_get::<Option<String>, _>("fallback")?
            .filter(|default| default != "NULL"),
        generated,
    })
}

fn add_index_key(table: &mut Table, row: &MySqlRow) -> sqlx::Result<()> {
    let name: String = row.try_get("name")?;
    let column: Option<String> = row.try_get("column")?;
    let primary = name == "PRIMARY";
    if primary {
        table.primary_key.extend(column.clone());
    }
    let mut text = column.clone().unwrap_or_else(|| "(expression)".to_owned());
    let prefix: Option<i64> = row.try_get("prefix")?;
    if let Some(characters) = prefix {
        text.push('(');
        text.push_str(&characters.to_string());
        text.push(')');
    }
    if row.try_get::<Option<&str>, _>("direction")? == Some("D") {
        text.push_str(" DESC");
    }
    let method: String = row.try_get("method")?;
    let unique = row.try_get::<i64, _>("non_unique")? == 0;
    let index = table.indexes.entry(name.clone()).or_insert_with(|| Index {
        name,
        keys: Vec::new(),
        include: Vec::new(),
        unique,
        predicate: None,
        method: method.to_lowercase(),
        constraint: primary,
        valid: true,
        definition: String::new(),
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
    table.foreign_keys.push(ForeignKey {
        name,
        columns: vec![column],
        references_table: row.try_get("parent")?,
        references_columns: vec![parent_column],
        on_delete: row.try_get("on_delete")?,
        on_update: row.try_get("on_update")?,
        validated: true,
    });
    Ok(())
}
