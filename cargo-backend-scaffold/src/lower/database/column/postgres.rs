//! PostgreSQL's types.

use cargo_backend_shared::schema::{Schema, TypeForm};
use serde_json::json;

use super::super::qualified;
use super::{Kind, sized, text};

pub(super) fn kind(schema: &Schema, full: &str) -> Kind {
    if let Some(item) = full.strip_suffix("[]") {
        return array(schema, item, full);
    }
    let (name, size) = sized(full);
    let int32 = json!({"type": "integer", "format": "int32"});
    match name.as_str() {
        "smallint" => Kind::cast(
            json!({"type": "integer", "format": "int32", "minimum": -32768, "maximum": 32767}),
            "@::int4",
            "$::int2",
        ),
        "integer" => Kind::plain(int32),
        "bigint" => Kind::plain(json!({"type": "integer", "format": "int64"})),
        "real" => Kind::cast(json!({"type": "number"}), "@::float8", "$::float4").unfiltered(),
        "double precision" => Kind::plain(json!({"type": "number"})).unfiltered(),
        "numeric" => Kind::cast(
            json!({"type": "string", "pattern": "^-?[0-9]{1,100}(\\.[0-9]{1,100})?$"}),
            "@::text",
            "$::numeric",
        ),
        "boolean" => Kind::plain(json!({"type": "boolean"})),
        "text" => Kind::plain(text(None)),
        "character varying" => Kind::plain(text(size)),
        "character" => Kind::cast(text(size), "@::text", "$::text"),
        "uuid" => Kind::plain(json!({"type": "string", "format": "uuid"})),
        "date" => Kind::plain(json!({"type": "string", "format": "date"})),
        "timestamp with time zone" => {
            Kind::plain(json!({"type": "string", "format": "date-time"})).unfiltered()
        }
        "timestamp without time zone" => Kind::cast(
            json!({"type": "string", "format": "date-time"}),
            "(@ AT TIME ZONE 'UTC')",
            "($ AT TIME ZONE 'UTC')",
        )
        .unfiltered(),
        "jsonb" => Kind::plain(json!({})).unfiltered(),
        "json" => Kind::cast(json!({}), "@::jsonb", "$::json").unfiltered(),
        "bytea" => Kind::cast(
            json!({"type": "string", "format": "byte"}),
            "translate(encode(@, 'base64'), E'\\n', '')",
            "decode($, 'base64')",
        )
        .unfiltered(),
        _ => user_type(schema, full),
    }
}

fn user_type(schema: &Schema, full: &str) -> Kind {
    let plain = full.replace('"', "");
    let known = schema.types.values().find(|known| {
        known.name == plain || format!("{}.{}", known.namespace, known.name) == plain
    });
    let Some(known) = known else {
        return Kind::cast(text(None), "@::text", &format!("$::{full}")).unfiltered();
    };
    let sql = qualified(&known.namespace, &known.name);
    match &known.form {
        TypeForm::Enum { labels } => Kind::cast(
            json!({"type": "string", "enum": labels}),
            "@::text",
            &format!("$::{sql}"),
        ),
        TypeForm::Domain { base, .. } => {
            let mut kind = kind(schema, base);
            kind.read = Some(kind.read.unwrap_or_else(|| format!("@::{base}")));
            kind
        }
        TypeForm::Composite { .. } | TypeForm::Range { .. } => {
            Kind::cast(text(None), "@::text", &format!("$::{sql}")).unfiltered()
        }
    }
}

fn array(schema: &Schema, item: &str, full: &str) -> Kind {
    let inner = kind(schema, item);
    Kind {
        schema: json!({"type": "array", "items": inner.schema}),
        read: Some("to_jsonb(@)".to_owned()),
        write: Some(format!(
            "CASE WHEN $::jsonb IS NULL THEN NULL ELSE ARRAY(SELECT jsonb_array_elements_text($::jsonb))::{full} END"
        )),
        filter: false,
        read_only: false,
    }
}
