//! `Schema` → an OpenAPI document: a resource for every table and view. What only a database knows
//! (names in quotes, casts, keys of several columns) stands in `x-` keys, so that the document alone
//! makes the same service again.

mod belonging;
mod column;
mod operations;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Column, ForeignKey, Schema, Table};
use serde_json::{Map, Value, json};

use crate::api::ident::{Ident, Names, singular};
use belonging::refers;
use column::Shown;

/// The bookkeeping of migrations is no part of what a service offers.
const HISTORY: &str = "_sqlx_migrations";

/// A table or view on its way into the document.
struct Source<'a> {
    namespace: &'a str,
    name: &'a str,
    columns: &'a [Column],
    key: &'a [String],
    foreign_keys: &'a [ForeignKey],
    unique: Vec<&'a str>,
    /// Columns of texts that have to be JSON.
    json: Vec<&'a str>,
    comment: Option<&'a str>,
    writable: bool,
}

/// The document of a database, and what of the database does not stand in it.
pub(crate) fn document(schema: &Schema, title: &str) -> (Value, Vec<String>) {
    let mut notes: Vec<String> = schema.unsupported.clone();
    let mut names = Names::default();
    let sources: Vec<(Source<'_>, Ident)> = sources(schema, &mut notes)
        .into_iter()
        .map(|source| {
            let ident = names.take_ident(source.name, "rows");
            (source, ident)
        })
        .collect();
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for (source, ident) in &sources {
        resource(schema, source, ident, &sources, &mut paths, &mut schemas);
    }
    belonging::lists(&sources, &mut paths);
    schemas.insert("Error".to_owned(), error());
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": title, "version": "1.0.0", "description": format!("The tables of {title}.")},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                "Rejected": {
                    "description": "Why the request was not served",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                },
            },
        },
    });
    (document, notes)
}

fn sources<'a>(schema: &'a Schema, notes: &mut Vec<String>) -> Vec<Source<'a>> {
    let mut sources = Vec::new();
    for (name, table) in &schema.tables {
        if table.name == HISTORY {
            continue;
        }
        if table.partition_of.is_some() {
            notes.push(format!(
                "`{name}` is a partition and served as part of its table"
            ));
            continue;
        }
        sources.push(Source {
            namespace: &table.namespace,
            name: &table.name,
            columns: &table.columns,
            key: &table.primary_key,
            foreign_keys: &table.foreign_keys,
            unique: unique(table),
            json: json_columns(table),
            comment: table.comment.as_deref(),
            writable: true,
        });
    }
    for view in schema.views.values() {
        sources.push(Source {
            namespace: &view.namespace,
            name: &view.name,
            columns: &view.columns,
            key: &[],
            foreign_keys: &[],
            unique: Vec::new(),
            json: Vec::new(),
            comment: view.comment.as_deref(),
            writable: false,
        });
    }
    sources
}

fn json_columns(table: &Table) -> Vec<&str> {
    let columns = table.columns.iter();
    let json = columns.filter(|column| column::is_json(table, column));
    json.map(|column| column.name.as_str()).collect()
}

/// The columns whose values occur once.
fn unique(table: &Table) -> Vec<&str> {
    let indexes = table
        .indexes
        .values()
        .filter(|index| index.unique && index.predicate.is_none() && index.keys.len() == 1);
    let columns = indexes.filter_map(|index| index.keys.first()?.column.as_deref());
    columns
        .filter(|column| table.primary_key.len() != 1 || table.primary_key[0] != *column)
        .collect()
}

fn resource(
    schema: &Schema,
    source: &Source<'_>,
    ident: &Ident,
    all: &[(Source<'_>, Ident)],
    paths: &mut Map<String, Value>,
    schemas: &mut Map<String, Value>,
) {
    let one = Ident::new(&singular(ident.plain()), "row").pascal;
    let mut names = Names::default();
    let columns = columns(schema, source, &mut names);
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (column, shown) in &columns {
        let mut description = shown.schema.clone();
        if let Some(map) = description.as_object_mut() {
            describe(source, column, shown, all, map);
        }
        properties.insert(shown.property.clone(), description);
        let in_key = source.key.contains(&column.name);
        if in_key || (!column.nullable && !shown.has_default) {
            required.push(shown.property.clone());
        }
    }
    let key: Vec<&Shown> = source
        .key
        .iter()
        .filter_map(|name| columns.iter().find(|(column, _)| column.name == *name))
        .map(|(_, shown)| shown)
        .collect();
    let key_names: Vec<&str> = key.iter().map(|shown| shown.property.as_str()).collect();
    let hint = json!({
        "name": qualified(source.namespace, source.name),
        "key": key_names,
    });
    let mut object = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "x-table": hint,
    });
    if let (false, Some(map)) = (required.is_empty(), object.as_object_mut()) {
        map.insert("required".to_owned(), json!(required));
    }
    if let (Some(comment), Some(map)) = (source.comment, object.as_object_mut()) {
        map.insert("description".to_owned(), json!(comment));
    }
    let changes: Map<String, Value> = columns
        .iter()
        .filter(|(column, shown)| !shown.read_only && !source.key.contains(&column.name))
        .filter_map(|(_, shown)| {
            let mut property = properties.get(&shown.property)?.clone();
            property.as_object_mut()?.shift_remove("default");
            Some((shown.property.clone(), property))
        })
        .collect();
    let has_changes = !changes.is_empty() && source.writable;
    schemas.insert(one.clone(), object);
    if has_changes && !key.is_empty() {
        let object = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": changes,
        });
        schemas.insert(format!("{one}Changes"), object);
    }
    let filters: Vec<&Shown> = columns
        .iter()
        .map(|(_, shown)| shown)
        .filter(|shown| shown.filter)
        .collect();
    operations::add(source, ident, &one, &filters, &key, has_changes, paths);
}

fn columns<'a>(
    schema: &Schema,
    source: &Source<'a>,
    names: &mut Names,
) -> Vec<(&'a Column, Shown)> {
    source
        .columns
        .iter()
        .map(|column| {
            let property = names.take_ident(&column.name, "column");
            let in_key = source.key.contains(&column.name);
            let mut shown = column::shown(
                schema,
                column,
                property.plain(),
                (in_key, source.json.contains(&column.name.as_str())),
            );
            let alone = source.key.len() == 1 && in_key;
            if alone && schema.dialect == Dialect::Sqlite && is_integer(&shown) {
                // The key is the number of the row, which SQLite counts by itself.
                shown.read_only = true;
            }
            (column, shown)
        })
        .collect()
}

fn is_integer(shown: &Shown) -> bool {
    shown.schema["type"] == "integer"
}

fn describe(
    source: &Source<'_>,
    column: &Column,
    shown: &Shown,
    all: &[(Source<'_>, Ident)],
    map: &mut Map<String, Value>,
) {
    if shown.read_only {
        map.insert("readOnly".to_owned(), json!(true));
    }
    if column.nullable && !source.key.contains(&column.name) {
        map.insert("nullable".to_owned(), json!(true));
    }
    if let Some(comment) = &column.comment {
        map.insert("description".to_owned(), json!(comment));
    }
    if source.unique.contains(&column.name.as_str()) {
        map.insert("x-unique".to_owned(), json!(true));
    }
    let target = source
        .foreign_keys
        .iter()
        .find(|key| key.columns.len() == 1 && key.columns[0] == column.name)
        .and_then(|key| all.iter().find(|(target, _)| refers(key, target)));
    if let Some((_, target)) = target {
        map.insert("x-references".to_owned(), json!(target.plain()));
    }
    let mut hint = json!({"name": quoted(&column.name)});
    if let Some(hint) = hint.as_object_mut() {
        if let Some(read) = &shown.read {
            hint.insert("read".to_owned(), json!(read));
        }
        if let Some(write) = &shown.write {
            hint.insert("write".to_owned(), json!(write));
        }
    }
    map.insert("x-column".to_owned(), hint);
}

fn error() -> Value {
    let text = json!({"type": "string"});
    let detail = json!({
        "type": "object",
        "required": ["field", "code", "message"],
        "properties": {"field": text, "code": text, "message": text},
    });
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {"error": {
            "type": "object",
            "required": ["code", "message", "details", "requestId"],
            "properties": {
                "code": text,
                "message": text,
                "details": {"type": "array", "items": detail},
                "requestId": text,
            },
        }},
    })
}

/// A name as SQL wants it, with its schema where that is not the usual one.
pub(crate) fn qualified(namespace: &str, name: &str) -> String {
    if matches!(namespace, "" | "public" | "main") {
        quoted(name)
    } else {
        format!("{}.{}", quoted(namespace), quoted(name))
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
