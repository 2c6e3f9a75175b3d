//! One source of settings as a flat list of keys, each with its origin.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use toml_edit::{Document, Item, TableLike};

use super::key::{self, KEYS, Kind};
use super::{DEFAULT_TOML, Environment, parse_duration};
use crate::database_url::DatabaseUrl;
use crate::diagnostic::{Diagnostic, Faults, Location};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// `[workspace.metadata.backend]` of the workspace's `Cargo.toml`.
    Metadata,
    /// `Backend.toml`.
    File(Location),
    /// An environment variable.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Metadata => f.write_str("Cargo.toml [workspace.metadata.backend]"),
            Self::File(location) => write!(f, "{}:{}", location.file, location.line),
            Self::Environment(name) => write!(f, "environment {name}"),
        }
    }
}

/// An effective value with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The value; its type was checked against the key.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

/// Settings by path, such as `load.concurrency`.
pub(super) type Layer = BTreeMap<String, Setting>;

/// The embedded defaults.
pub(super) fn defaults() -> Layer {
    let source: Arc<str> = DEFAULT_TOML.into();
    let document =
        Document::parse(source.as_ref()).expect("default.toml is tested to be well-formed");
    let mut reader = Reader::new("default.toml", &source);
    reader.table("", document.as_table());
    reader
        .found
        .into_iter()
        .map(|(path, setting)| {
            let value = setting.value;
            (
                path,
                Setting {
                    value,
                    origin: Origin::Default,
                },
            )
        })
        .collect()
}

/// `Backend.toml`.
pub(super) fn of_file(
    path: &Path,
    name: &str,
    warnings: &mut Vec<Diagnostic>,
) -> anyhow::Result<Layer> {
    let source: Arc<str> = fs_err::read_to_string(path)?.into();
    let document = Document::parse(source.as_ref()).map_err(|fault| {
        let offset = fault.span().map_or(0, |span| span.start);
        let message = fault.message().lines().next().unwrap_or("malformed TOML");
        Faults::from(
            Diagnostic::error(format!("malformed TOML: {message}"))
                .at(Location::of_offset(name, &source, offset)),
        )
    })?;
    let mut reader = Reader::new(name, &source);
    reader.table("", document.as_table());
    warnings.append(&mut reader.warnings);
    if reader.faults.is_empty() {
        Ok(reader.found)
    } else {
        Err(Faults(reader.faults).into())
    }
}

/// `[workspace.metadata.backend]`: JSON from cargo, so there are no positions.
pub(super) fn of_metadata(
    metadata: &Value,
    warnings: &mut Vec<Diagnostic>,
) -> anyhow::Result<Layer> {
    let mut found = Layer::new();
    let mut open = vec![(String::new(), metadata)];
    while let Some((path, value)) = open.pop() {
        let is_table = path.is_empty() || key::is_table(&path);
        match (value, key::find(&path)) {
            (_, Some(known)) => {
                check(known.kind, value).map_err(|expected| {
                    Faults::from(Diagnostic::error(format!(
                        "`{path}` in `[workspace.metadata.backend]` must be {expected}"
                    )))
                })?;
                let value = value.clone();
                found.insert(
                    path,
                    Setting {
                        value,
                        origin: Origin::Metadata,
                    },
                );
            }
            (Value::Object(entries), None) if is_table => {
                open.extend(
                    entries
                        .iter()
                        .map(|(name, value)| (join(&path, name), value)),
                );
            }
            (Value::Null, None) if path.is_empty() => {}
            _ => warnings.push(unknown(&path, "[workspace.metadata.backend]")),
        }
    }
    Ok(found)
}

/// `BACKEND_…` and `DATABASE_URL`.
pub(super) fn of_environment(environment: &Environment) -> anyhow::Result<Layer> {
    let mut found = Layer::new();
    for known in KEYS {
        let Some(text) = environment.get(known.env) else {
            continue;
        };
        let value = match known.kind {
            Kind::Text | Kind::Duration | Kind::Secret => Value::from(text),
            Kind::Count => text.parse::<u64>().map_or(Value::Null, Value::from),
            Kind::Flag => text.parse::<bool>().map_or(Value::Null, Value::from),
            Kind::TextList => text.split(':').map(str::to_owned).collect(),
        };
        // The environment is where a password may be.
        if known.kind != Kind::Secret {
            check(known.kind, &value).map_err(|expected| {
                Faults::from(Diagnostic::error(format!(
                    "the environment variable `{}` must be {expected}",
                    known.env
                )))
            })?;
        }
        let origin = Origin::Environment(known.env.to_owned());
        found.insert(known.path.to_owned(), Setting { value, origin });
    }
    Ok(found)
}

/// Walks a TOML document and sorts its keys into settings, faults and warnings.
struct Reader<'a> {
    file: &'a str,
    source: &'a Arc<str>,
    found: Layer,
    faults: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn new(file: &'a str, source: &'a Arc<str>) -> Self {
        Self {
            file,
            source,
            found: Layer::new(),
            faults: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn table(&mut self, path: &str, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            let below = join(path, name);
            let span = table.key(name).and_then(toml_edit::Key::span);
            let place = self.place(span);
            match (key::find(&below), item.as_table_like()) {
                (Some(known), _) => self.value(&below, known.kind, item),
                (None, Some(inner)) if key::is_table(&below) => self.table(&below, inner),
                (None, None) if key::is_table(&below) => self.faults.push(
                    Diagnostic::error(format!("`{below}` must be a table"))
                        .at(place)
                        .help(format!("write [{below}] on a line of its own")),
                ),
                (None, _) => self.warnings.push(unknown(&below, self.file).at(place)),
            }
        }
    }

    fn value(&mut self, path: &str, kind: Kind, item: &Item) {
        let place = self.place(item.span());
        let value = json(item);
        match check(kind, &value) {
            Ok(()) => {
                let origin = Origin::File(place);
                self.found
                    .insert(path.to_owned(), Setting { value, origin });
            }
            Err(expected) => self
                .faults
                .push(Diagnostic::error(format!("`{path}` must be {expected}")).at(place)),
        }
    }

    fn place(&self, span: Option<std::ops::Range<usize>>) -> Location {
        Location::of_offset(self.file, self.source, span.map_or(0, |span| span.start))
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn unknown(path: &str, place: &str) -> Diagnostic {
    let found = Diagnostic::warning(format!("unknown key `{path}` in {place} is ignored"));
    match key::nearest(path) {
        Some(known) => found.help(format!("did you mean `{known}`?")),
        None => found,
    }
}

/// Checks a value against its key; the error is what was expected.
fn check(kind: Kind, value: &Value) -> Result<(), String> {
    let good = match kind {
        Kind::Text => value.is_string(),
        Kind::Count => value.as_u64().is_some_and(|count| count > 0),
        Kind::Flag => value.is_boolean(),
        Kind::Duration => value
            .as_str()
            .is_some_and(|text| parse_duration(text).is_ok()),
        Kind::TextList => value
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_string)),
        Kind::Secret => match value {
            Value::String(url) => {
                if DatabaseUrl::parse(url).is_ok_and(|url| url.has_password()) {
                    return Err(
                        "a URL without a password: put the URL into an environment variable and \
                         write { env = \"NAME\" }"
                            .to_owned(),
                    );
                }
                true
            }
            Value::Object(table) => {
                table.len() == 1 && table.get("env").is_some_and(Value::is_string)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
        },
    };
    if good {
        Ok(())
    } else {
        Err(kind.expected().to_owned())
    }
}

fn json(item: &Item) -> Value {
    use toml_edit::Value as Toml;
    fn of(value: &Toml) -> Value {
        match value {
            Toml::String(text) => Value::from(text.value().as_str()),
            Toml::Integer(number) => Value::from(*number.value()),
            Toml::Float(number) => Value::from(*number.value()),
            Toml::Boolean(flag) => Value::from(*flag.value()),
            Toml::Datetime(when) => Value::from(when.value().to_string()),
            Toml::Array(list) => list.iter().map(of).collect(),
            Toml::InlineTable(table) => Value::Object(
                table
                    .iter()
                    .map(|(name, value)| (name.to_owned(), of(value)))
                    .collect(),
            ),
        }
    }
    match item {
        Item::Value(value) => of(value),
        Item::Table(table) => Value::Object(
            table
                .iter()
                .map(|(name, item)| (name.to_owned(), json(item)))
                .collect(),
        ),
        Item::None | Item::ArrayOfTables(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_default_and_every_default_a_key() {
        let paths: Vec<String> = defaults().into_keys().collect();
        let mut keys: Vec<&str> = KEYS.iter().map(|key| key.path).collect();
        keys.sort_unstable();
        assert_eq!(paths, keys);
    }
}
