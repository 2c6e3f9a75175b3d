//! PostgreSQL: `pg_catalog`, with every expression as the server prints it (`pg_get_…def`).

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};

use super::HISTORY_TABLE;
use crate::database_url::Dialect;
use crate::schema::{Check, Column, ForeignKey, Index, IndexKey, Schema, Table};

/// Ordinary and partitioned tables of users: neither the system's nor an extension's.
const TABLES: &str = "
    SELECT n.nspname::text AS namespace, c.relname::text AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname !~ '^pg_(toast|temp)'
      AND c.relname <> $1
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1, 2";

const COLUMNS: &str = "
    SELECT n.nspname::text AS namespace, c.relname::text AS \"table\", a.attname::text AS name,
           format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,
           pg_get_expr(d.adbin, d.adrelid) AS expression,
           a.attidentity::text AS identity, a.attgenerated::text AS generated
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^(pg_|information_schema)'
    ORDER BY 1, 2, a.attnum";

/// `pg_get_indexdef(oid, n, true)` gives one key without its order, hence the options beside it.
const INDEXES: &str = "
    SELECT n.nspname::text AS namespace, t.relname::text AS \"table\", i.relname::text AS name,
           x.indisunique, x.indisprimary, x.indisvalid AND x.indisready AS valid,
           am.amname::text AS method, pg_get_expr(x.indpred, x.indrelid) AS predicate,
           pg_get_indexdef(x.indexrelid) AS definition,
           EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid
                   AND k.contype IN ('p', 'u', 'x')) AS \"constraint\",
           ARRAY(SELECT coalesce(a.attname::text, '') FROM generate_series(1, x.indnkeyatts) AS p(n)
                 LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[p.n - 1]
                      AND x.indkey[p.n - 1] > 0
                 ORDER BY p.n) AS columns,
           ARRAY(SELECT pg_get_indexdef(x.indexrelid, p.n, true)
                        || CASE WHEN x.indoption[p.n - 1] & 1 = 1 THEN ' DESC' ELSE '' END
                        || CASE WHEN x.indoption[p.n - 1] IN (1, 2)
                                THEN CASE x.indoption[p.n - 1] WHEN 1 THEN ' NULLS LAST' ELSE ' NULLS FIRST' END
                                ELSE '' END
                        || CASE WHEN o.opcdefault THEN '' ELSE ' ' || o.opcname END
                 FROM generate_series(1, x.indnkeyatts) AS p(n)
                 JOIN pg_opclass o ON o.oid = x.indclass[p.n - 1]
                 ORDER BY p.n) AS keys,
           ARRAY(SELECT pg_get_indexdef(x.indexrelid, p.n, true)
                 FROM generate_series(x.indnkeyatts + 1, x.indnatts) AS p(n) ORDER BY p.n) AS include
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_am am ON am.oid = i.relam
    JOIN pg_class t ON t.oid = x.indrelid AND t.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname !~ '^(pg_|information_schema)'
    ORDER BY 1, 2, 3";

const CONSTRAINTS: &str = "
    SELECT n.nspname::text AS namespace, t.relname::text AS \"table\", k.conname::text AS name,
           k.contype::text AS type, pg_get_constraintdef(k.oid) AS definition, k.convalidated,
           ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, place)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n
                 ORDER BY u.place) AS columns,
           fn.nspname::text AS parent_namespace, f.relname::text AS parent,
           ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, place)
                 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n
                 ORDER BY u.place) AS parent_columns,
           CASE k.confdeltype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
                WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END AS on_delete,
           CASE k.confupdtype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
                WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END AS on_update
    FROM pg_constraint k
    JOIN pg_class t ON t.oid = k.conrelid AND t.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_class f ON f.oid = k.confrelid
    LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
    WHERE k.contype IN ('p', 'f', 'c') AND n.nspname !~ '^(pg_|information_schema)'
    ORDER BY 1, 2, 3";

const UNSUPPORTED: &str = "
    SELECT * FROM (
        SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view '
                    WHEN 'f' THEN 'foreign table ' END || n.nspname || '.' || c.relname AS what,
               c.oid, 'pg_class'::regclass AS class, n.nspname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm', 'f')
        UNION ALL
        SELECT 'function ' || n.nspname || '.' || p.proname, p.oid, 'pg_proc'::regclass, n.nspname
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        UNION ALL
        SELECT 'trigger ' || g.tgname || ' on ' || n.nspname || '.' || t.relname, g.oid,
               'pg_trigger'::regclass, n.nspname
        FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace WHERE NOT g.tgisinternal
        UNION ALL
        SELECT 'type ' || n.nspname || '.' || y.typname, y.oid, 'pg_type'::regclass, n.nspname
        FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace WHERE y.typtype IN ('e', 'd')
    ) o
    WHERE o.nspname !~ '^(pg_|information_schema)'
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
    ORDER BY 1";

pub(super) async fn schema(connection: &mut PgConnection) -> anyhow::Result<Schema> {
    let mut schema = Schema {
        dialect: Dialect::Postgres,
        tables: BTreeMap::new(),
        unsupported: Vec::new(),
    };
    for row in sqlx::query(TABLES)
        .bind(HISTORY_TABLE)
        .fetch_all(&mut *connection)
        .await?
    {
        let table = Table::new(row.try_get("namespace")?, row.try_get("name")?);
        schema.tables.insert(table.key(), table);
    }
    for row in sqlx::query(COLUMNS).fetch_all(&mut *connection).await? {
        if let Some(table) = table_of(&mut schema, &row)? {
            table.columns.push(column(&row)?);
        }
    }
    for row in sqlx::query(INDEXES).fetch_all(&mut *connection).await? {
        if let Some(table) = table_of(&mut schema, &row)? {
            let index = index(&row)?;
            table.indexes.insert(index.name.clone(), index);
        }
    }
    for row in sqlx::query(CONSTRAINTS).fetch_all(&mut *connection).await? {
        if let Some(table) = table_of(&mut schema, &row)? {
            add_constraint(table, &row)?;
        }
    }
    for table in schema.tables.values_mut() {
        table.foreign_keys.sort_by(|a, b| a.columns.cmp(&b.columns));
    }
    for row in sqlx::query(UNSUPPORTED).fetch_all(&mut *connection).await? {
        schema.unsupported.push(row.try_get("what")?);
    }
    Ok(schema)
}

fn table_of<'a>(schema: &'a mut Schema, row: &PgRow) -> sqlx::Result<Option<&'a mut Table>> {
    let key = Table::new(row.try_get("namespace")?, row.try_get("table")?).key();
    Ok(schema.tables.get_mut(&key))
}

fn column(row: &PgRow) -> sqlx::Result<Column> {
    let expression: Option<String> = row.try_get("expression")?;
    let identity: &str = row.try_get("identity")?;
    let stored: &str = row.try_get("generated")?;
    let (default, generated) = match (identity, stored, expression) {
        ("a", ..) => (None, Some("identity always".to_owned())),
        ("d", ..) => (None, Some("identity by default".to_owned())),
        (_, "s", Some(expression)) => (None, Some(format!("stored {expression}"))),
        (_, "v", Some(expression)) => (None, Some(format!("virtual {expression}"))),
        (_, _, expression) => (expression, None),
    };
    Ok(Column {
        name: row.try_get("name")?,
        r#type: row.try_get("type")?,
        nullable: !row.try_get::<bool, _>("attnotnull")?,
        default,
        generated,
    })
}

fn index(row: &PgRow) -> sqlx::Result<Index> {
    let columns: Vec<String> = row.try_get("columns")?;
    let texts: Vec<String> = row.try_get("keys")?;
    Ok(Index {
        name: row.try_get("name")?,
        keys: columns
            .into_iter()
            .zip(texts)
            .map(|(column, text)| IndexKey {
                column: Some(column).filter(|name| !name.is_empty()),
                text,
            })
            .collect(),
        include: row.try_get("include")?,
        unique: row.try_get("indisunique")?,
        predicate: row.try_get("predicate")?,
        method: row.try_get("method")?,
        constraint: row.try_get("constraint")?,
        valid: row.try_get("valid")?,
        definition: row.try_get("definition")?,
    })
}

fn add_constraint(table: &mut Table, row: &PgRow) -> sqlx::Result<()> {
    let name: String = row.try_get("name")?;
    match row.try_get::<&str, _>("type")? {
        "p" => table.primary_key = row.try_get("columns")?,
        "c" => {
            let check = Check {
                definition: row.try_get("definition")?,
                validated: row.try_get("convalidated")?,
            };
            table.checks.insert(name, check);
        }
        _ => {
            let parent = Table::new(row.try_get("parent_namespace")?, row.try_get("parent")?);
            table.foreign_keys.push(ForeignKey {
                name: Some(name),
                columns: row.try_get("columns")?,
                references_table: parent.key(),
                references_columns: row.try_get("parent_columns")?,
                on_delete: row.try_get("on_delete")?,
                on_update: row.try_get("on_update")?,
                validated: row.try_get("convalidated")?,
            });
        }
    }
    Ok(())
}
