//! One column: its schema, and how SQL reads and writes it.

mod mariadb;
mod postgres;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Column, Generated, Schema, Table};
use serde_json::{Value, json};

/// How long a text may be, in characters, to be asked for in a URL: escaped, each of them takes up to
/// twelve bytes, and hyper takes 64 KiB.
const LONGEST_FILTER: u64 = 4_000;

/// How a column stands in a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    pub(super) property: String,
    pub(super) schema: Value,
    /// The expression that is read, where it is not the column itself.
    pub(super) read: Option<String>,
    /// The expression that is written, with `$` for the value.
    pub(super) write: Option<String>,
    pub(super) read_only: bool,
    pub(super) has_default: bool,
    pub(super) filter: bool,
}

impl Shown {
    /// Whether a value says in a cursor where a page ended: whole numbers, plain texts and UUIDs.
    pub(super) fn fits_cursor(&self) -> bool {
        let kind = self.schema["type"].as_str();
        let format = self.schema.get("format").and_then(Value::as_str);
        match kind {
            Some("integer") => true,
            Some("string") => {
                self.schema.get("enum").is_none() && matches!(format, None | Some("uuid"))
            }
            _ => false,
        }
    }
}

/// What a type comes to: its schema, and the casts both ways. In `read`, `@` is the column.
struct Kind {
    schema: Value,
    read: Option<String>,
    write: Option<String>,
    filter: bool,
    read_only: bool,
}

impl Kind {
    fn plain(schema: Value) -> Self {
        Self {
            schema,
            read: None,
            write: None,
            filter: true,
            read_only: false,
        }
    }

    fn cast(schema: Value, read: &str, write: &str) -> Self {
        Self {
            schema,
            read: Some(read.to_owned()),
            write: Some(write.to_owned()),
            filter: true,
            read_only: false,
        }
    }

    fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    fn unfiltered(mut self) -> Self {
        self.filter = false;
        self
    }
}

/// Whether a table demands of a column that it holds JSON, as MariaDB's `json` does.
pub(super) fn is_json(table: &Table, column: &Column) -> bool {
    let demand = format!("json_valid(`{}`)", column.name);
    let mut checks = table.checks.values();
    checks.any(|check| check.definition.contains(&demand))
}

/// How a column is shown. `is_json` says whether its text is JSON.
pub(super) fn shown(
    schema: &Schema,
    column: &Column,
    property: &str,
    (in_key, is_json): (bool, bool),
) -> Shown {
    let kind = match schema.dialect {
        Dialect::Postgres => postgres::kind(schema, &column.r#type),
        Dialect::MySql => mariadb::kind(&column.r#type, is_json),
        Dialect::Sqlite => affinity(&column.r#type),
    };
    let mut description = kind.schema;
    let default = column.default.as_deref();
    let literal = default.and_then(|text| literal(text, &description));
    // What the database computes is nobody's to say; nor is a default that no JSON can say.
    let read_only = kind.read_only
        || column.generated.is_some()
        || default.is_some_and(|text| {
            let counted = text.starts_with("nextval(");
            counted || (literal.is_none() && !is_null(text) && (!in_key || is_uuid(&description)))
        });
    let has_default = literal.is_some();
    if let (Some(value), Some(map)) = (literal, description.as_object_mut()) {
        map.insert("default".to_owned(), value);
    }
    let name = format!("\"{}\"", column.name.replace('"', "\"\""));
    let computed = matches!(
        column.generated,
        Some(Generated::Stored { .. } | Generated::Virtual { .. })
    );
    Shown {
        property: property.to_owned(),
        filter: kind.filter && !computed && !has_default && !is_long(&description),
        schema: description,
        read: kind.read.map(|read| read.replace('@', &name)),
        write: kind.write,
        read_only,
        has_default,
    }
}

/// Whether its values may be longer than what servers take for a URL.
fn is_long(schema: &Value) -> bool {
    let most = schema.get("maxLength").and_then(Value::as_u64);
    most.is_some_and(|most| most > LONGEST_FILTER)
}

fn is_null(text: &str) -> bool {
    text.eq_ignore_ascii_case("null") || text.to_ascii_lowercase().starts_with("null::")
}

fn is_uuid(schema: &Value) -> bool {
    schema["format"] == "uuid"
}

/// A default as JSON: `5`, `'new'::text`, `false`.
fn literal(text: &str, schema: &Value) -> Option<Value> {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')');
    let bare = text.split_once("::").map_or(text, |(value, _)| value);
    let word = bare
        .strip_prefix('\'')
        .and_then(|inner| inner.strip_suffix('\''))
        .map(|inner| inner.replace("''", "'"));
    let Some(kind) = schema["type"].as_str() else {
        // JSON itself.
        return serde_json::from_str(&word?).ok();
    };
    match (kind, word) {
        ("array", Some(word)) if word == "{}" => Some(json!([])),
        ("integer", word) => Some(json!(word.as_deref().unwrap_or(bare).parse::<i64>().ok()?)),
        ("number", word) => Some(json!(word.as_deref().unwrap_or(bare).parse::<f64>().ok()?)),
        ("boolean", None) => match bare.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(json!(true)),
            "false" | "0" => Some(json!(false)),
            _ => None,
        },
        ("string", Some(word)) if schema.get("format").is_none() => Some(json!(word)),
        _ => None,
    }
}

/// `varchar(20)` as `varchar` and 20.
fn sized(text: &str) -> (String, Option<u64>) {
    let text = text.to_ascii_lowercase();
    let Some((name, rest)) = text.split_once('(') else {
        return (text, None);
    };
    let (size, tail) = rest.split_once(')').unwrap_or((rest, ""));
    let size = size
        .split(',')
        .next()
        .and_then(|size| size.trim().parse().ok());
    (format!("{}{tail}", name.trim()), size)
}

fn text(size: Option<u64>) -> Value {
    match size {
        Some(size) => json!({"type": "string", "maxLength": size}),
        None => json!({"type": "string"}),
    }
}

/// SQLite's types by what their names say, as its own rules do.
fn affinity(full: &str) -> Kind {
    let (name, size) = sized(full);
    let has = |part: &str| name.contains(part);
    if has("bool") {
        Kind::plain(json!({"type": "boolean"}))
    } else if has("int") {
        Kind::plain(json!({"type": "integer", "format": "int64"}))
    } else if has("datetime") || has("timestamp") {
        Kind::plain(json!({"type": "string", "format": "date-time"})).unfiltered()
    } else if name == "date" {
        Kind::plain(json!({"type": "string", "format": "date"})).unfiltered()
    } else if has("json") {
        // By its rules such a column takes numbers as numbers, which are no texts any more.
        Kind::cast(json!({}), "CAST(@ AS TEXT)", "$").unfiltered()
    } else if has("char") || has("clob") || has("text") {
        Kind::plain(text(size))
    } else if has("blob") {
        Kind::cast(
            json!({"type": "string", "pattern": "^([0-9A-Fa-f]{2})*$"}),
            "hex(@)",
            "unhex($)",
        )
        .unfiltered()
    } else if has("real") || has("floa") || has("doub") || has("dec") || has("num") {
        Kind::cast(json!({"type": "number"}), "CAST(@ AS REAL)", "$").unfiltered()
    } else {
        Kind::cast(text(None), "CAST(@ AS TEXT)", "$").unfiltered()
    }
}
