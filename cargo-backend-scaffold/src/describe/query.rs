//! Parameters of the query.

use serde_json::{Value, json};

use super::input::Reader;
use super::members::{self, Property};
use crate::code::{Place, Ty};

/// How an extractor writes what is more than one value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    /// serde_urlencoded, which has no lists: that of axum and actix-web.
    Plain,
    /// serde_html_form, where a list is a name several times: that of axum-extra.
    Repeated,
    /// serde_qs, where members stand in brackets.
    Brackets,
    /// That of somebody else.
    Other,
}

impl Notation {
    fn of(extractor: &Ty) -> Self {
        let Ty::External(path, _) = extractor else {
            return Self::Other;
        };
        let first = path.first().map_or("", String::as_str);
        match (first, path.last().map_or("", String::as_str)) {
            (_, "QsQuery") | ("serde_qs", _) => Self::Brackets,
            ("axum_extra", _) => Self::Repeated,
            ("axum" | "actix_web", _) if path.len() > 1 => Self::Plain,
            _ => Self::Other,
        }
    }
}

impl Reader<'_, '_, '_> {
    /// `Query<T>`: the fields of a struct, or whatever is there.
    pub(super) fn query(&mut self, extractor: &Ty, inner: &Ty, at: Place, required: bool) {
        let notation = Notation::of(extractor);
        let Some(found) = members::parameters(self.schemas, inner) else {
            return self.open_query(inner, at);
        };
        for (name, property) in found.named {
            self.in_query(&name, property, notation, required);
        }
        if let Some((name, others)) = found.others {
            self.all_others(&name, &others);
        }
    }

    /// Maps and lists of pairs take whatever is there.
    fn open_query(&mut self, inner: &Ty, at: Place) {
        let value = match inner.external() {
            Some(("HashMap" | "BTreeMap" | "IndexMap", [_, value])) => value.clone(),
            Some(("Vec", [Ty::Tuple(pair)])) if pair.len() == 2 => pair[1].clone(),
            Some(("Value", _)) => return self.all_others("query", &json!({})),
            _ => return self.not_known(inner, at),
        };
        let value = self.schemas.of(&value, at);
        self.all_others("query", &value);
    }

    /// Parameters of any name, as OpenAPI has them: an object whose members are parameters. Its own
    /// name is never written.
    fn all_others(&mut self, name: &str, value: &Value) {
        let schema = json!({"type": "object", "additionalProperties": value});
        self.parameter("query", name, schema, false);
        if let Some(parameter) = self.input.parameters.last_mut() {
            parameter["style"] = json!("form");
            parameter["explode"] = json!(true);
        }
    }

    fn in_query(&mut self, name: &str, property: Property, notation: Notation, required: bool) {
        let (list, object) = (
            self.is(&property.schema, "array"),
            self.is(&property.schema, "object"),
        );
        let no_text = ["integer", "number", "boolean"];
        let no_text = no_text.iter().any(|kind| self.is(&property.schema, kind));
        let no_text = no_text && !property.converted;
        let at = property.at;
        self.parameter(
            "query",
            name,
            property.schema,
            property.required && required,
        );
        match (notation, list, object) {
            (Notation::Plain, true, _) if !property.converted => {
                let message = format!(
                    "`Query` reads no list, and so not `{name}`: that of axum-extra or `QsQuery` does"
                );
                self.schemas.unknown(at, message);
            }
            (Notation::Brackets, _, true) => {
                if let Some(parameter) = self.input.parameters.last_mut() {
                    parameter["style"] = json!("deepObject");
                    parameter["explode"] = json!(true);
                }
            }
            // serde keeps what is flattened as it came, and it came as text.
            (Notation::Plain | Notation::Repeated, false, false)
                if property.flattened && no_text =>
            {
                let message = format!(
                    "`{name}` is flattened, so that `Query` reads it as a text, which it is not"
                );
                self.schemas.unknown(at, message);
            }
            (Notation::Plain | Notation::Repeated, _, true) => {
                let message = format!(
                    "`Query` reads no object, and so not `{name}`: `QsQuery` does, or `flatten`"
                );
                self.schemas.unknown(at, message);
            }
            _ => {}
        }
    }

    /// Whether a schema, or the component that it names, is of a type.
    fn is(&self, schema: &Value, kind: &str) -> bool {
        let named = schema["$ref"]
            .as_str()
            .and_then(|path| path.rsplit('/').next());
        let schema = named.map_or(schema, |name| {
            self.schemas.components.get(name).unwrap_or(&Value::Null)
        });
        schema["type"] == *kind
    }
}
