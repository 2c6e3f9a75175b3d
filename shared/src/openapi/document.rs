//! One OpenAPI document: lifted to 3.0, checked against that specification's shape, its references
//! followed.

use std::fmt;
use std::path::Path;

use serde_json::Value;

use super::fault::Version;
use super::source::Source;
use super::{fault, files, lift, reference, swagger};
use crate::diagnostic::{Diagnostic, Faults, Location};
use crate::error::Hint as _;

/// The methods an OpenAPI path can have, in the order of the specification.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// A document that was read and can be followed: every `$ref` in it leads somewhere.
#[derive(Debug, Clone)]
pub struct Document {
    source: Source,
    /// What was read, other files included, before it was lifted to 3.0.
    pub original: Value,
    /// The typed view.
    pub openapi: openapiv3::OpenAPI,
    /// What newer or older versions say and 3.0 cannot.
    pub notes: Vec<Diagnostic>,
}

/// A place in a document: the value there and the pointer that leads to it.
#[derive(Clone)]
pub struct Node<'a> {
    document: &'a Document,
    /// The JSON pointer of the node; after a `$ref`, of its target.
    pub pointer: String,
    /// The value there.
    pub value: &'a Value,
}

/// Reads an OpenAPI document in YAML or JSON, and the files it refers to. `name` is what messages call the file.
///
/// # Errors
/// When the file cannot be read, or `Faults` that say where the document is at fault.
pub fn load(path: &Path, name: &str) -> anyhow::Result<Document> {
    load_in_order(path, name, |_| Ok(None))
}

/// As [`load`], with the keys of every object in the order that they have in an earlier document;
/// new ones follow. What is made of a document then does not depend on the order in which it says
/// things. `earlier` is asked with what was read.
///
/// # Errors
/// As [`load`], and those of `earlier`.
pub fn load_in_order(
    path: &Path,
    name: &str,
    earlier: impl FnOnce(&Value) -> anyhow::Result<Option<Value>>,
) -> anyhow::Result<Document> {
    let bytes = fs_err::read(path).hint(
        format!("cannot read the OpenAPI document `{name}`"),
        "give the path of an OpenAPI document in YAML or JSON",
    )?;
    let text = String::from_utf8(bytes).hint(
        format!("`{name}` is not UTF-8 text"),
        "save the document as UTF-8",
    )?;
    let mut source = Source::parse(name, &text)?;
    files::bundle(&mut source, path)?;
    if let Some(like) = earlier(&source.value)? {
        order(&mut source.value, &like);
    }
    Ok(Document::read(source)?)
}

impl Document {
    /// Reads a document from its text.
    ///
    /// # Errors
    /// Every fault that keeps the document from being followed, each with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Faults> {
        Self::read(Source::parse(file, text)?)
    }

    fn read(mut source: Source) -> Result<Self, Faults> {
        let original = source.value.clone();
        let notes = match fault::version(&source)? {
            Version::Swagger20 => swagger::lift(&mut source),
            Version::OpenApi30 => Vec::new(),
            Version::OpenApi31 => lift::lift(&mut source),
        };
        let faults = reference::check(&source);
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        let openapi = serde_json::from_value(source.value.clone())
            .map_err(|error| fault::shape(&source, &error))?;
        let document = Self {
            source,
            original,
            openapi,
            notes,
        };
        let faults = fault::operations(&document);
        if faults.is_empty() {
            Ok(document)
        } else {
            Err(Faults(faults))
        }
    }

    /// The file as the user named it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.source.file
    }

    /// The whole document as a node.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node {
            document: self,
            pointer: String::new(),
            value: &self.source.value,
        }
    }

    /// The place of a pointer in the file.
    #[must_use]
    pub fn location(&self, pointer: &str) -> Location {
        self.source.location(pointer)
    }
}

impl<'a> Node<'a> {
    /// The child of that name or index, references followed.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        let value = match self.value {
            Value::Object(map) => map.get(key)?,
            Value::Array(list) => list.get(key.parse::<usize>().ok()?)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        };
        let pointer = format!("{}/{}", self.pointer, escape(key));
        let child = Node {
            document: self.document,
            pointer,
            value,
        };
        Some(child.followed())
    }

    /// The members of an object in the document's order, references followed.
    #[must_use]
    pub fn members(&self) -> Vec<(&'a str, Self)> {
        let Some(map) = self.value.as_object() else {
            return Vec::new();
        };
        map.keys()
            .filter_map(|key| Some((key.as_str(), self.get(key)?)))
            .collect()
    }

    /// The items of an array, references followed.
    #[must_use]
    pub fn items(&self) -> Vec<Self> {
        let length = self.value.as_array().map_or(0, Vec::len);
        (0..length)
            .filter_map(|index| self.get(&index.to_string()))
            .collect()
    }

    /// The text of a member.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// Whether a member is `true`.
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }

    /// Where the node stands in its file.
    #[must_use]
    pub fn location(&self) -> Location {
        self.document.location(&self.pointer)
    }

    /// An error at this node.
    #[must_use]
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(self.location())
    }

    /// A warning at this node.
    #[must_use]
    pub fn warning(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(message).at(self.location())
    }

    /// The last step of the pointer: the name of a component.
    #[must_use]
    pub fn name(&self) -> String {
        let last = self.pointer.rsplit('/').next().unwrap_or_default();
        last.replace("~1", "/").replace("~0", "~")
    }

    fn followed(self) -> Self {
        let document = self.document;
        match reference::target(&document.source.value, self.value) {
            Some((pointer, value)) => Node {
                document,
                pointer,
                value,
            },
            None => self,
        }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.value)
    }
}

/// Puts the keys of objects in the order of another value's.
fn order(value: &mut Value, like: &Value) {
    match (value, like) {
        (Value::Object(map), Value::Object(like)) => {
            let mut rest = std::mem::take(map);
            for (key, like) in like {
                if let Some(child) = rest.get_mut(key) {
                    let mut child = child.take();
                    order(&mut child, like);
                    map.insert(key.clone(), child);
                }
            }
            for (key, child) in rest {
                map.entry(key).or_insert(child);
            }
        }
        (Value::Array(list), Value::Array(like)) => {
            for (child, like) in list.iter_mut().zip(like) {
                order(child, like);
            }
        }
        _ => {}
    }
}

/// A key as a step of a JSON pointer.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapbox::{assert_data_eq, str};

    const HEAD: &str = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n";

    fn faults(text: &str) -> String {
        let faults = Document::parse("api.yaml", text).expect_err("it is faulty");
        let lines: Vec<String> = faults
            .0
            .iter()
            .map(|fault| {
                let at = fault.location.as_ref().map(Location::to_string);
                format!("{}: {}", at.unwrap_or_default(), fault.message)
            })
            .collect();
        lines.join("\n")
    }

    #[test]
    fn other_versions_are_refused_at_their_version() {
        assert_data_eq!(
            faults("openapi: 4.0.0\ninfo: {title: T, version: '1'}\npaths: {}\n"),
            str![
                "api.yaml:1:10: `openapi: 4.0.0` is not read, only OpenAPI 3.0 and 3.1 and Swagger 2.0"
            ]
        );
        assert_data_eq!(
            faults("info: {title: T, version: '1'}\nswagger: '1.2'\n"),
            str![
                "api.yaml:2:10: `swagger: 1.2` is not read, only OpenAPI 3.0 and 3.1 and Swagger 2.0"
            ]
        );
        assert_data_eq!(
            faults("hello: world\n"),
            str![
                "api.yaml:1:1: this is not an OpenAPI document: it has neither `openapi: 3.x` nor `swagger: 2.0`"
            ]
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_found_where_it_stands() {
        let text = format!(
            "{HEAD}paths: {{}}\ncomponents:\n  schemas:\n    A:\n      type: object\n      properties:\n        name: {{type: string, minLength: three}}\n"
        );
        assert_data_eq!(
            faults(&text),
            str!["api.yaml:9:41: `minLength` cannot be text here"]
        );
        assert_data_eq!(
            faults("openapi: 3.0.3\ninfo: {title: T, version: 1.0}\npaths: {}\n"),
            str!["api.yaml:2:1: invalid type: floating point `1.0`, expected a string"]
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_data_eq!(
            faults("openapi: 3.0.3\ninfo: {title: T}\npaths: {}\n"),
            str!["api.yaml:2:1: missing field `version`"]
        );
    }

    #[test]
    fn references_must_lead_somewhere() {
        let text = format!(
            "{HEAD}paths: {{}}\ncomponents:\n  schemas:\n    A: {{$ref: '#/components/schemas/Nope'}}\n    B: {{$ref: 'other.yaml#/B'}}\n    C: {{$ref: '#/components/schemas/D'}}\n    D: {{$ref: '#/components/schemas/C'}}\n"
        );
        assert_data_eq!(
            faults(&text),
            str![[r#"
api.yaml:6:15: `#/components/schemas/Nope` leads nowhere
api.yaml:7:15: `other.yaml#/B` is in another file, only references within the document are read
api.yaml:8:15: `#/components/schemas/D` leads back to itself
api.yaml:9:15: `#/components/schemas/C` leads back to itself
"#]]
        );
    }

    #[test]
    fn operations_are_checked_for_names_and_path_parameters() {
        let text = format!(
            "{HEAD}paths:\n  /a/{{id}}:\n    get: {{operationId: x, responses: {{'200': {{description: ok}}}}}}\n  /b:\n    get: {{operationId: x, responses: {{'200': {{description: ok}}}}}}\n"
        );
        assert_data_eq!(
            faults(&text),
            str![[r#"
api.yaml:5:5: the path parameter `id` of `GET /a/{id}` is not declared
api.yaml:7:24: the operationId `x` is taken by `GET /a/{id}`
"#]]
        );
    }

    #[test]
    fn keys_stand_in_the_order_of_another_value() {
        let mut value =
            serde_json::json!({"new": 1, "b": {"y": 1, "x": [{"q": 1, "p": 2}]}, "a": 2});
        let like = serde_json::json!({"a": 0, "b": {"x": [{"p": 0, "q": 0}], "y": 0}, "gone": 0});
        order(&mut value, &like);
        assert_eq!(
            value.to_string(),
            r#"{"a":2,"b":{"x":[{"p":2,"q":1}],"y":1},"new":1}"#
        );
    }

    #[test]
    fn a_node_follows_references() {
        let text = format!(
            "{HEAD}paths: {{}}\ncomponents:\n  schemas:\n    A: {{$ref: '#/components/schemas/B'}}\n    B: {{type: string}}\n"
        );
        let document = Document::parse("api.yaml", &text).expect("it is sound");
        let node = document
            .root()
            .get("components")
            .and_then(|node| node.get("schemas"))
            .and_then(|node| node.get("A"))
            .expect("it is there");
        assert_eq!(
            (node.name().as_str(), node.text("type")),
            ("B", Some("string"))
        );
    }
}
