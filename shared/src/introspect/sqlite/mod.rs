//! SQLite: the pragma table-valued functions (<https://www.sqlite.org/pragma.html#pragfunc>) and
//! `sqlite_schema`, which keeps every definition as it was written.

mod definition;

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::is_bookkeeping;
use crate::database_url::Dialect;
use crate::schema::{Column, ForeignKey, Generated, Index, IndexKey, Schema, Table, Trigger, View};

/// Shadow tables of virtual tables and `sqlite_…` are the engine's own.
const TABLES: &str = "
    SELECT l.name, s.sql, l.type
    FROM pragma_table_list l JOIN sqlite_schema s ON s.type = 'table' AND s.name = l.name
    WHERE l.schema = 'main' AND l.type IN ('table', 'virtual')
      AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY l.name";

/// `hidden` is 2 or 3 for generated columns, 1 for the hidden ones of virtual tables.
const COLUMNS: &str = "
    SELECT l.name AS \"table\", l.type AS relation, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk,
           c.hidden
    FROM pragma_table_list l JOIN pragma_table_xinfo(l.name) c
    WHERE l.schema = 'main' AND l.type IN ('table', 'view') AND c.hidden <> 1
    ORDER BY l.name, c.cid";

const INDEXES: &str = "
    SELECT l.name AS \"table\", i.name, i.\"unique\", i.origin, i.partial, s.sql,
           k.cid, k.name AS key, k.\"desc\", k.coll
    FROM pragma_table_list l
    JOIN pragma_index_list(l.name) i
    JOIN pragma_index_xinfo(i.name) k ON k.key = 1
    LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = i.name
    WHERE l.schema = 'main' AND l.type = 'table'
    ORDER BY l.name, i.name, k.seqno";

const FOREIGN_KEYS: &str = "
    SELECT l.name AS \"table\", f.id, f.\"table\" AS parent, f.\"from\", f.\"to\", f.on_delete, f.on_update
    FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) f
    WHERE l.schema = 'main' AND l.type = 'table'
    ORDER BY l.name, f.id, f.seq";

const PROGRAMS: &str = "
    SELECT type, name, tbl_name AS \"table\", sql FROM sqlite_schema WHERE type IN ('view', 'trigger')
    ORDER BY type DESC, name";

pub(super) async fn schema(connection: &mut SqliteConnection) -> anyhow::Result<Schema> {
    let mut schema = Schema::new(Dialect::Sqlite);
    for row in sqlx::query(TABLES).fetch_all(&mut *connection).await? {
        let name: String = row.try_get("name")?;
        if is_bookkeeping(&name) {
            continue;
        }
        if row.try_get::<&str, _>("type")? == "virtual" {
            schema.unsupported.push(format!("virtual table {name}"));
            continue;
        }
        let table = Table {
            definition: row.try_get("sql")?,
            ..Table::new("", &name)
        };
        schema.tables.insert(name, table);
    }
    for row in sqlx::query(PROGRAMS).fetch_all(&mut *connection).await? {
        add_program(&mut schema, &row)?;
    }
    for row in sqlx::query(COLUMNS).fetch_all(&mut *connection).await? {
        if let Some(table) = table_of(&mut schema, &row)? {
            add_column(table, &row)?;
        } else if let Some(view) = schema.views.get_mut(row.try_get::<&str, _>("table")?) {
            view.columns.push(column(&row)?);
        }
    }
    for table in schema.tables.values_mut() {
        // The place in the key was kept in front of the name until all columns were read.
        table.primary_key.sort();
        for column in &mut table.primary_key {
            *column = column.split_off(4);
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
    name_referenced_keys(&mut schema);
    definition::complete(&mut schema);
    Ok(schema)
}

fn table_of<'a>(schema: &'a mut Schema, row: &SqliteRow) -> sqlx::Result<Option<&'a mut Table>> {
    Ok(schema.tables.get_mut(row.try_get::<&str, _>("table")?))
}

fn add_column(table: &mut Table, row: &SqliteRow) -> sqlx::Result<()> {
    let name: String = row.try_get("name")?;
    let key_place: i64 = row.try_get("pk")?;
    if key_place > 0 {
        table.primary_key.push(format!("{key_place:03} {name}"));
    }
    let mut column = column(row)?;
    if key_place == 1
        && column.generated.is_none()
        && table
            .definition
            .as_deref()
            .is_some_and(|sql| sql.to_ascii_uppercase().contains("AUTOINCREMENT"))
    {
        column.generated = Some(Generated::AutoIncrement);
    }
    table.columns.push(column);
    Ok(())
}

/// The expression of a generated column stands in the table's definition alone.
fn column(row: &SqliteRow) -> sqlx::Result<Column> {
    let expression = String::new();
    Ok(Column {
        nullable: row.try_get::<i64, _>("notnull")? == 0,
        default: row.try_get("dflt_value")?,
        generated: match row.try_get::<i64, _>("hidden")? {
            2 => Some(Generated::Virtual { expression }),
            3 => Some(Generated::Stored { expression }),
            _ => None,
        },
        ..Column::new(row.try_get("name")?, row.try_get("type")?)
    })
}

/// Views come before triggers.
fn add_program(schema: &mut Schema, row: &SqliteRow) -> sqlx::Result<()> {
    let name: String = row.try_get("name")?;
    let definition: String = row.try_get("sql")?;
    if row.try_get::<&str, _>("type")? == "view" {
        let view = View {
            namespace: String::new(),
            name: name.clone(),
            materialized: false,
            definition,
            options: Vec::new(),
            columns: Vec::new(),
            indexes: BTreeMap::new(),
            triggers: BTreeMap::new(),
            comment: None,
        };
        schema.views.insert(name, view);
        return Ok(());
    }
    let trigger = Trigger {
        definition,
        state: "ENABLE".to_owned(),
        comment: None,
    };
    let on: &str = row.try_get("table")?;
    if let Some(table) = schema.tables.get_mut(on) {
        table.triggers.insert(name, trigger);
    } else if let Some(view) = schema.views.get_mut(on) {
        view.triggers.insert(name, trigger);
    }
    Ok(())
}

fn add_index_key(table: &mut Table, row: &SqliteRow) -> sqlx::Result<()> {
    let name: String = row.try_get("name")?;
    let column: Option<String> = row.try_get("key")?;
    let definition: Option<String> = row.try_get("sql")?;
    let mut text = column.clone().unwrap_or_else(|| "(expression)".to_owned());
    let collation: Option<&str> = row.try_get("coll")?;
    if let Some(collation) = collation.filter(|collation| *collation != "BINARY") {
        text.push_str(" COLLATE ");
        text.push_str(collation);
    }
    if row.try_get::<i64, _>("desc")? != 0 {
        text.push_str(" DESC");
    }
    let partial = row.try_get::<i64, _>("partial")? != 0;
    let origin: &str = row.try_get("origin")?;
    let unique = row.try_get::<i64, _>("unique")? != 0;
    let index = table.indexes.entry(name.clone()).or_insert_with(|| Index {
        predicate: definition
            .as_deref()
            .filter(|_| partial)
            .map(|sql| after_where(sql).to_owned()),
        constraint: origin != "c",
        definition: definition.clone().unwrap_or_default(),
        ..Index::new(&name, unique)
    });
    index.keys.push(IndexKey { column, text });
    Ok(())
}

/// The condition of a partial index: the text after its last ` WHERE ` outside quotes would need a
/// parser; an index has just one, and before it only names and expressions.
fn after_where(sql: &str) -> &str {
    let upper = sql.to_ascii_uppercase();
    upper
        .find(" WHERE ")
        .map_or(sql, |at| sql[at + " WHERE ".len()..].trim())
}

fn add_foreign_key(table: &mut Table, row: &SqliteRow) -> anyhow::Result<()> {
    let id: i64 = row.try_get("id")?;
    // `id` groups the columns of one key; it is kept as the name until all rows are read.
    let name = Some(id.to_string());
    let to: Option<String> = row.try_get("to")?;
    let from: String = row.try_get("from")?;
    if let Some(last) = table.foreign_keys.last_mut().filter(|key| key.name == name) {
        last.columns.push(from);
        last.references_columns.extend(to);
        return Ok(());
    }
    let parent: &str = row.try_get("parent")?;
    table.foreign_keys.push(ForeignKey {
        name,
        on_delete: row.try_get("on_delete")?,
        on_update: row.try_get("on_update")?,
        ..ForeignKey::new(vec![from], parent, to.into_iter().collect())
    });
    Ok(())
}

/// `REFERENCES parent` without columns means the parent's primary key.
fn name_referenced_keys(schema: &mut Schema) {
    let primary_keys: BTreeMap<String, Vec<String>> = schema
        .tables
        .iter()
        .map(|(name, table)| (name.clone(), table.primary_key.clone()))
        .collect();
    for table in schema.tables.values_mut() {
        for key in &mut table.foreign_keys {
            key.name = None;
            if key.references_columns.is_empty()
                && let Some(primary_key) = primary_keys.get(&key.references_table)
            {
                key.references_columns.clone_from(primary_key);
            }
        }
        table.foreign_keys.sort_by(|a, b| a.columns.cmp(&b.columns));
    }
}
