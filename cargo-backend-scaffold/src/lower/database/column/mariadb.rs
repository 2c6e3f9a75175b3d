//! The types of MariaDB, which are those of MySQL.

use serde_json::{Value, json};

use super::{Kind, sized, text};

/// What a type comes to. `is_json` says whether the column holds JSON as text.
pub(super) fn kind(full: &str, is_json: bool) -> Kind {
    if is_json {
        return Kind::plain(json!({})).unfiltered();
    }
    let lower = full.to_ascii_lowercase();
    if let Some(labels) = lower.strip_prefix("enum(").and(full.get(5..)) {
        return Kind::plain(json!({"type": "string", "enum": self::labels(labels)}));
    }
    let (name, size) = sized(&lower);
    let unsigned = name.contains("unsigned");
    let word = name.split_whitespace().next().unwrap_or_default();
    match word {
        "tinyint" if size == Some(1) && !unsigned => Kind::plain(json!({"type": "boolean"})),
        "tinyint" => integer(8, unsigned),
        "smallint" => integer(16, unsigned),
        "mediumint" => integer(24, unsigned),
        "int" => integer(32, unsigned),
        "bigint" => integer(64, unsigned),
        "year" => Kind::cast(
            json!({"type": "integer", "format": "int32", "minimum": 1901, "maximum": 2155}),
            "CAST(@ AS SIGNED)",
            "$",
        ),
        "bit" => {
            let most = (1_u64 << size.unwrap_or(1).min(62)) - 1;
            let schema =
                json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": most});
            Kind::cast(schema, "CAST(@ + 0 AS SIGNED)", "$").unfiltered()
        }
        "decimal" => Kind::cast(
            json!({"type": "string", "pattern": "^-?[0-9]{1,65}(\\.[0-9]{1,38})?$"}),
            "CAST(@ AS CHAR)",
            "$",
        )
        .unfiltered(),
        "float" | "double" => {
            Kind::cast(json!({"type": "number"}), "CAST(@ AS DOUBLE)", "$").unfiltered()
        }
        "char" | "varchar" => Kind::plain(text(size)),
        // Their size is one of bytes, and a character has up to four.
        "tinytext" => Kind::plain(text(Some(63))),
        "text" => Kind::plain(text(Some(16_383))),
        "mediumtext" | "longtext" => Kind::plain(text(None)),
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => bytes(size),
        "date" => Kind::plain(json!({"type": "string", "format": "date"})),
        "datetime" | "timestamp" => {
            Kind::plain(json!({"type": "string", "format": "date-time"})).unfiltered()
        }
        "time" => Kind::cast(
            json!({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"}),
            "TIME_FORMAT(@, '%H:%i:%s')",
            "$",
        )
        .unfiltered(),
        "uuid" => Kind::cast(
            json!({"type": "string", "format": "uuid"}),
            "UNHEX(REPLACE(@, '-', ''))",
            "CAST($ AS UUID)",
        ),
        // A text that is no geometry would be taken for NULL, so only points are written.
        "point" => {
            let number = r"-?[0-9]{1,9}(\.[0-9]{1,9})?";
            let pattern = format!(r"^POINT\({number} {number}\)$");
            let schema = json!({"type": "string", "pattern": pattern});
            Kind::cast(schema, "ST_AsText(@)", "ST_GeomFromText($)").unfiltered()
        }
        "linestring" | "polygon" | "geometry" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" => Kind::cast(text(None), "ST_AsText(@)", "$")
            .unfiltered()
            .read_only(),
        // `set`, `inet6` and whatever a plugin adds.
        _ => Kind::cast(text(None), "CAST(@ AS CHAR)", "$").unfiltered(),
    }
}

fn integer(bits: u32, unsigned: bool) -> Kind {
    let (least, most) = match (bits, unsigned) {
        (64, false) => return Kind::plain(json!({"type": "integer", "format": "int64"})),
        (32, false) => return Kind::plain(json!({"type": "integer", "format": "int32"})),
        // What is larger does not fit into a signed number, which is all that JSON readers agree on.
        (64, true) => (0, i64::MAX),
        (bits, true) => (0, (1_i64 << bits) - 1),
        (bits, false) => (-(1_i64 << (bits - 1)), (1_i64 << (bits - 1)) - 1),
    };
    let format = if most > i64::from(i32::MAX) {
        "int64"
    } else {
        "int32"
    };
    let schema = json!({"type": "integer", "format": format, "minimum": least, "maximum": most});
    if unsigned {
        Kind::cast(schema, "CAST(@ AS SIGNED)", "$")
    } else {
        Kind::plain(schema)
    }
}

fn bytes(size: Option<u64>) -> Kind {
    let pairs = size.map_or_else(|| "*".to_owned(), |size| format!("{{0,{size}}}"));
    let pattern = format!("^([0-9A-Fa-f]{{2}}){pairs}$");
    Kind::cast(
        json!({"type": "string", "pattern": pattern}),
        "HEX(@)",
        "UNHEX($)",
    )
    .unfiltered()
}

/// The values of `'a','it''s')`.
fn labels(text: &str) -> Vec<Value> {
    let mut labels = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        if next != '\'' {
            continue;
        }
        let mut label = String::new();
        while let Some(next) = rest.next() {
            if next == '\'' && rest.next_if_eq(&'\'').is_none() {
                break;
            }
            label.push(next);
        }
        labels.push(json!(label));
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_says_what_it_takes() {
        let schema = |full: &str| kind(full, false).schema;
        assert_eq!(schema("tinyint(1)"), json!({"type": "boolean"}));
        assert_eq!(schema("tinyint(4)")["minimum"], -128);
        assert_eq!(schema("int(10) unsigned")["maximum"], 4_294_967_295_i64);
        assert_eq!(
            schema("varchar(20)"),
            json!({"type": "string", "maxLength": 20})
        );
        assert_eq!(schema("bit(3)")["maximum"], 7);
        assert_eq!(
            schema("enum('a','It''s, b')")["enum"],
            json!(["a", "It's, b"])
        );
        assert_eq!(kind("longtext", true).schema, json!({}));
    }
}
