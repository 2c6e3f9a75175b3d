//! The Rust types of columns, as sqlx decodes them
//! (<https://docs.rs/sqlx/latest/sqlx/postgres/types/index.html> and its sisters).

use std::collections::BTreeSet;
use std::ops::Range;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Column;
use syn::spanned::Spanned as _;

use crate::ddl::postgres::types::canonical;

/// The crates that a package depends on, by their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crates(pub(crate) BTreeSet<String>);

impl Crates {
    fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// The first of some types whose crate is there.
    fn first(&self, types: &[(&'static str, &str)]) -> Option<String> {
        let found = types.iter().find(|(name, _)| self.has(name));
        found.map(|(_, path)| (*path).to_owned())
    }
}

/// What a column wants.
pub(super) struct Wanted {
    r#type: Option<String>,
    /// What it is in the database.
    column: String,
    /// Whether another whole number will do as well (SQLite has one kind).
    any_integer: bool,
}

/// Types that we write: another one in a struct is the user's own, and stays.
const KNOWN: &[&str] = &[
    "bool",
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "f32",
    "f64",
    "String",
    "Vec",
    "Uuid",
    "Value",
    "DateTime",
    "NaiveDateTime",
    "NaiveDate",
    "NaiveTime",
    "OffsetDateTime",
    "PrimitiveDateTime",
    "Date",
    "Time",
    "Decimal",
    "BigDecimal",
    "IpNetwork",
    "MacAddress",
];

const INTEGERS: &[&str] = &["bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32"];

impl Wanted {
    pub(super) fn of(column: &Column, dialect: Dialect, crates: &Crates) -> Self {
        let r#type = match dialect {
            Dialect::Postgres => postgres(&canonical(&column.r#type), crates),
            Dialect::MySql => mysql(&column.r#type.to_lowercase(), crates),
            Dialect::Sqlite => sqlite(&column.r#type.to_lowercase(), crates),
        };
        Self {
            any_integer: dialect == Dialect::Sqlite && r#type.as_deref() == Some("i64"),
            r#type,
            column: column.r#type.clone(),
        }
    }

    /// With its `Option`.
    pub(super) fn whole(&self, nullable: bool) -> Option<String> {
        let inner = self.r#type.as_ref()?;
        Some(match nullable {
            true => format!("Option<{inner}>"),
            false => inner.clone(),
        })
    }

    /// Why there is none.
    pub(super) fn why(&self) -> String {
        format!(
            "no type is known for {} (a type of the schema's own needs one of yours; numeric, dates and \
             JSON need rust_decimal or bigdecimal, chrono or time, serde_json)",
            self.column
        )
    }

    /// What has to change in a type that is there. A type of the user's own is only wrapped or unwrapped.
    pub(super) fn edit(&self, there: &syn::Type, nullable: bool) -> Option<(Range<usize>, String)> {
        let inner = option(there);
        let core = inner.unwrap_or(there);
        let text = core.span().source_text()?;
        let fits = match &self.r#type {
            None => true,
            Some(wanted) => {
                let name = last(core);
                !KNOWN.contains(&name.as_str())
                    || plain(&text) == plain(wanted)
                    || self.any_integer && INTEGERS.contains(&name.as_str())
            }
        };
        let core = match &self.r#type {
            Some(wanted) if !fits => wanted.clone(),
            _ => text,
        };
        if fits && inner.is_some() == nullable {
            return None;
        }
        let new = match nullable {
            true => format!("Option<{core}>"),
            false => core,
        };
        Some((there.span().byte_range(), new))
    }
}

/// What is in an `Option`.
fn option(of: &syn::Type) -> Option<&syn::Type> {
    let syn::Type::Path(path) = of else {
        return None;
    };
    let segment = path.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    if let syn::GenericArgument::Type(inner) = arguments.args.first()?
        && segment.ident == "Option"
    {
        return Some(inner);
    }
    None
}

/// The last name of a type's path.
fn last(of: &syn::Type) -> String {
    let syn::Type::Path(path) = of else {
        return String::new();
    };
    let segment = path.path.segments.last();
    segment.map_or_else(String::new, |segment| segment.ident.to_string())
}

/// A type without the paths to its names, and without spaces: `chrono::DateTime<chrono::Utc>` is
/// `DateTime<Utc>`.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for part in text.split_inclusive(['<', '>', ',']) {
        let part = part.trim();
        plain.push_str(part.rsplit("::").next().unwrap_or(part).trim());
    }
    plain.replace(' ', "")
}

const JSON: &[(&str, &str)] = &[("serde_json", "serde_json::Value")];
const NUMERIC: &[(&str, &str)] = &[
    ("rust_decimal", "rust_decimal::Decimal"),
    ("bigdecimal", "bigdecimal::BigDecimal"),
];
const DATE: &[(&str, &str)] = &[("chrono", "chrono::NaiveDate"), ("time", "time::Date")];
const TIME: &[(&str, &str)] = &[("chrono", "chrono::NaiveTime"), ("time", "time::Time")];
const TIMESTAMP: &[(&str, &str)] = &[
    ("chrono", "chrono::NaiveDateTime"),
    ("time", "time::PrimitiveDateTime"),
];
const INSTANT: &[(&str, &str)] = &[
    ("chrono", "chrono::DateTime<chrono::Utc>"),
    ("time", "time::OffsetDateTime"),
];

/// A type without its numbers.
fn base(text: &str) -> String {
    let (head, rest) = text.split_once('(').unwrap_or((text, ""));
    let tail = rest.split_once(')').map_or("", |(_, tail)| tail);
    format!("{}{tail}", head.trim_end())
}

fn postgres(text: &str, crates: &Crates) -> Option<String> {
    if let Some(element) = text.strip_suffix("[]") {
        return postgres(element, crates).map(|element| format!("Vec<{element}>"));
    }
    let plain = match base(text).as_str() {
        "boolean" => "bool",
        "smallint" => "i16",
        "integer" => "i32",
        "bigint" => "i64",
        "real" => "f32",
        "double precision" => "f64",
        "text" | "character varying" | "character" | "name" | "citext" => "String",
        "bytea" => "Vec<u8>",
        "uuid" => return crates.first(&[("uuid", "uuid::Uuid")]),
        "json" | "jsonb" => return crates.first(JSON),
        "numeric" => return crates.first(NUMERIC),
        "date" => return crates.first(DATE),
        "time" => return crates.first(TIME),
        "timestamp" => return crates.first(TIMESTAMP),
        "timestamp with time zone" => return crates.first(INSTANT),
        "inet" | "cidr" => return crates.first(&[("ipnetwork", "ipnetwork::IpNetwork")]),
        "macaddr" => return crates.first(&[("mac_address", "mac_address::MacAddress")]),
        _ => return None,
    };
    Some(plain.to_owned())
}

fn mysql(text: &str, crates: &Crates) -> Option<String> {
    let unsigned = text.contains("unsigned");
    let signed = |yes: &str, no: &str| Some(if unsigned { no } else { yes }.to_owned());
    if text.starts_with("tinyint(1)") {
        return Some("bool".to_owned());
    }
    let base = base(text);
    match base.split_whitespace().next().unwrap_or_default() {
        "boolean" | "bool" => Some("bool".to_owned()),
        "tinyint" => signed("i8", "u8"),
        "smallint" => signed("i16", "u16"),
        "mediumint" | "int" | "integer" => signed("i32", "u32"),
        "bigint" => signed("i64", "u64"),
        "float" => Some("f32".to_owned()),
        "double" => Some("f64".to_owned()),
        "year" => Some("u16".to_owned()),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" => {
            Some("String".to_owned())
        }
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            Some("Vec<u8>".to_owned())
        }
        "decimal" | "numeric" => crates.first(NUMERIC),
        "json" => crates.first(JSON),
        "date" => crates.first(DATE),
        "time" => crates.first(TIME),
        "datetime" => crates.first(TIMESTAMP),
        "timestamp" => crates.first(INSTANT),
        _ => None,
    }
}

/// SQLite's affinities (<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>), after the
/// names that sqlx knows better.
fn sqlite(text: &str, crates: &Crates) -> Option<String> {
    let base = base(text);
    match base.as_str() {
        "boolean" | "bool" => return Some("bool".to_owned()),
        "date" => return crates.first(DATE),
        "time" => return crates.first(TIME),
        "datetime" | "timestamp" => return crates.first(INSTANT),
        _ => {}
    }
    let has = |words: &[&str]| words.iter().any(|word| base.contains(word));
    let plain = if has(&["int"]) {
        "i64"
    } else if has(&["char", "clob", "text"]) {
        "String"
    } else if has(&["blob"]) || base.is_empty() {
        "Vec<u8>"
    } else if has(&["real", "floa", "doub"]) {
        "f64"
    } else {
        return None;
    };
    Some(plain.to_owned())
}
