//! YAML or JSON text to a value, with the place of every node. JSON is read as the YAML it is, so
//! both have the same positions and the same faults.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use saphyr::{LoadableYamlNode as _, MarkedYaml, Scalar, ScanError, YamlData};
use serde_json::{Map, Number, Value};

use super::files::FILES;
use super::flow::{Moved, straightened};
use crate::diagnostic::{Diagnostic, Faults, Location};

const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Of larger texts a fault shows its place, not its line: each snippet is made from the whole text,
/// and a document in one line has no line to show.
const MAX_SNIPPET_BYTES: usize = 256 * 1024;
/// Deeper documents are attacks or accidents, and every pass over the value is recursive.
const MAX_DEPTH: usize = 128;

/// A parsed text and the places of its nodes by JSON pointer.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file as the user named it.
    pub file: String,
    /// The whole text.
    pub text: Arc<str>,
    /// What the text says.
    pub value: Value,
    places: HashMap<String, (usize, usize)>,
    /// Where parts came from that were moved since: the pointer now → the pointer in the file.
    moved: HashMap<String, String>,
    /// Other files that became parts, by the pointers at which they stand.
    others: HashMap<String, Self>,
}

impl Source {
    /// Parses YAML or JSON.
    ///
    /// # Errors
    /// When the text is too large or too deep, is malformed, or repeats a key.
    pub fn parse(file: &str, text: &str) -> Result<Self, Faults> {
        let text: Arc<str> = text.strip_prefix('\u{feff}').unwrap_or(text).into();
        let start = Location::of_offset(file, &text, 0);
        if text.len() > MAX_BYTES {
            let megabytes = text.len() / (1024 * 1024);
            return Err(Diagnostic::error(format!(
                "the document has {megabytes} MB, more than the 32 MB that are read"
            ))
            .at(start)
            .into());
        }
        if let Some(line) = text.lines().position(too_deep) {
            let place = (line + 1, 1);
            return Err(nested_too_deep().at(location(file, &text, place)).into());
        }
        // Only JSON escapes in halves; in YAML they are at fault.
        let joined = text.starts_with('{').then(|| with_whole_escapes(&text));
        let read = joined.as_deref().unwrap_or(&text);
        let (first, unmoved) = (MarkedYaml::load_from_str(read), Moved::default());
        let fault = first.as_ref().err();
        let straight = fault.and_then(|fault| straightened(read, fault));
        let (documents, moved) = match &straight {
            Some((straight, moved)) => (MarkedYaml::load_from_str(straight), moved),
            None => (first, &unmoved),
        };
        let documents = documents.map_err(|fault| {
            let place = moved.place(fault.marker());
            malformed(&fault).at(location(file, &text, place))
        })?;
        let mut documents = documents.into_iter();
        let (Some(root), None) = (documents.next(), documents.next()) else {
            let message = "the file must hold one document, neither none nor several";
            return Err(Diagnostic::error(message).at(start).into());
        };
        let mut reader = Reader {
            places: HashMap::new(),
            moved,
        };
        let value = reader
            .value(&root, &mut String::new(), 0)
            .map_err(|fault| fault.0.at(location(file, &text, fault.1)))?;
        Ok(Self {
            file: file.to_owned(),
            value,
            places: reader.places,
            moved: HashMap::new(),
            others: HashMap::new(),
            text,
        })
    }

    /// Notes that another file stands at `base`.
    pub(super) fn adopt(&mut self, base: &str, other: Self) {
        self.others.insert(base.to_owned(), other);
    }

    /// Notes that a part of the document now stands at `to`, which stood at `from` in the file.
    pub(super) fn moves(&mut self, to: &str, from: &str) {
        if to != from {
            self.moved.insert(to.to_owned(), from.to_owned());
        }
    }

    /// The pointer in the file of what now stands at `pointer`.
    pub(super) fn origin(&self, pointer: &str) -> String {
        let mut length = pointer.len();
        loop {
            let (head, tail) = pointer.split_at(length);
            if let Some(from) = self.moved.get(head) {
                return format!("{from}{tail}");
            }
            match head.rfind('/') {
                Some(cut) => length = cut,
                None => return pointer.to_owned(),
            }
        }
    }

    /// The place of a node; for a pointer that does not exist, of its nearest ancestor.
    #[must_use]
    pub fn location(&self, pointer: &str) -> Location {
        let pointer = self.origin(pointer);
        if let Some(tail) = pointer.strip_prefix(FILES).and_then(|tail| tail.get(1..)) {
            let number = tail.split('/').next().unwrap_or_default();
            if let Some(other) = self.others.get(&format!("{FILES}/{number}")) {
                return other.location(&tail[number.len()..]);
            }
        }
        let mut pointer = pointer.as_str();
        loop {
            if let Some(&place) = self.places.get(pointer) {
                return location(&self.file, &self.text, place);
            }
            match pointer.rfind('/') {
                Some(cut) => pointer = &pointer[..cut],
                None => return location(&self.file, &self.text, (1, 1)),
            }
        }
    }
}

fn location(file: &str, text: &Arc<str>, (line, column): (usize, usize)) -> Location {
    Location {
        file: file.to_owned(),
        line,
        column,
        source: (text.len() <= MAX_SNIPPET_BYTES).then(|| Arc::clone(text)),
    }
}

/// saphyr reads nested blocks by recursion, so depth is bounded before it starts: flow nesting it
/// bounds itself, block nesting needs either indentation or a row of `- - -`.
fn too_deep(line: &str) -> bool {
    let body = line.trim_start_matches(' ');
    let dashes = body
        .split(' ')
        .take_while(|word| matches!(*word, "-" | "?" | ":"))
        .count();
    line.len() - body.len() > MAX_DEPTH * 16 || dashes > MAX_DEPTH
}

/// JSON text with YAML's escapes: `\ud83d\ude00` is `\U0001f600` there, and half of such a pair
/// nothing at all.
fn with_whole_escapes(text: &str) -> Cow<'_, str> {
    let half = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        (0xd800..0xe000).contains(&code).then_some(code)
    };
    let mut whole = String::new();
    let mut rest = text;
    let mut copied = text;
    while let Some(start) = rest.find('\\') {
        let tail = &rest[start..];
        let Some(first) = half(tail) else {
            // The escaped character is no beginning of another escape.
            let escaped = tail[1..].chars().next().map_or(0, char::len_utf8);
            rest = &tail[1 + escaped..];
            continue;
        };
        let second = half(&tail[6..]).filter(|second| first < 0xdc00 && *second >= 0xdc00);
        let code = second.map_or(0xfffd, |second| {
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        });
        whole.push_str(&copied[..copied.len() - tail.len()]);
        write!(whole, "\\U{code:08x}").expect("a String takes any text");
        rest = &tail[if second.is_some() { 12 } else { 6 }..];
        copied = rest;
    }
    if whole.is_empty() {
        return Cow::Borrowed(text);
    }
    whole.push_str(copied);
    Cow::Owned(whole)
}

fn nested_too_deep() -> Diagnostic {
    Diagnostic::error(format!(
        "the document is nested deeper than {MAX_DEPTH} levels"
    ))
    .help("move inner schemas to `components/schemas` and refer to them")
}

fn malformed(fault: &ScanError) -> Diagnostic {
    let said = fault.info();
    let diagnostic = Diagnostic::error(format!("the document is malformed: {said}"));
    if said.contains("duplicate") {
        diagnostic.help("remove or rename one of the two keys")
    } else if said.contains("tab") {
        diagnostic.help("indent with spaces: YAML forbids tabs there")
    } else {
        diagnostic.help("check the indentation, quotes and brackets here and on the line above")
    }
}

struct Reader<'a> {
    places: HashMap<String, (usize, usize)>,
    moved: &'a Moved,
}

type Fault = Box<(Diagnostic, (usize, usize))>;

impl Reader<'_> {
    fn value(
        &mut self,
        node: &MarkedYaml<'_>,
        pointer: &mut String,
        depth: usize,
    ) -> Result<Value, Fault> {
        let at = self.moved.place(&node.span.start);
        if depth > MAX_DEPTH {
            return Err(Box::new((nested_too_deep(), at)));
        }
        self.places.entry(pointer.clone()).or_insert(at);
        match &node.data {
            YamlData::Value(scalar) => Ok(scalar_value(scalar)),
            YamlData::Representation(text, ..) => Ok(Value::String(text.to_string())),
            YamlData::Tagged(_, inner) => self.value(inner, pointer, depth + 1),
            YamlData::Sequence(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let length = pointer.len();
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                    list.push(self.value(item, pointer, depth + 1)?);
                    pointer.truncate(length);
                }
                Ok(Value::Array(list))
            }
            YamlData::Mapping(entries) => {
                let mut object = Map::new();
                for (key, value) in entries {
                    let key_at = self.moved.place(&key.span.start);
                    let name = key_name(&key.data).ok_or_else(|| {
                        let fault = Diagnostic::error("a key must be a plain word or text");
                        Box::new((fault, key_at))
                    })?;
                    let length = pointer.len();
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                    // A reader looks for the name of a block, and for a scalar at the scalar.
                    if matches!(value.data, YamlData::Sequence(_) | YamlData::Mapping(_)) {
                        self.places.insert(pointer.clone(), key_at);
                    }
                    let read = self.value(value, pointer, depth + 1)?;
                    pointer.truncate(length);
                    if object.insert(name.clone(), read).is_some() {
                        let fault = Diagnostic::error(format!("the key `{name}` is there twice"))
                            .help("remove or rename one of the two keys");
                        return Err(Box::new((fault, key_at)));
                    }
                }
                Ok(Value::Object(object))
            }
            YamlData::Alias(_) | YamlData::BadValue => Err(Box::new((
                Diagnostic::error("this value cannot be read"),
                at,
            ))),
        }
    }
}

fn scalar_value(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::from(*value),
        Scalar::FloatingPoint(value) => Number::from_f64(value.into_inner())
            .map_or_else(|| Value::String(value.to_string()), Value::Number),
        Scalar::String(text) => Value::String(text.to_string()),
    }
}

fn key_name<'a, Node>(data: &YamlData<'a, Node>) -> Option<String>
where
    Node: std::hash::Hash + Eq + From<YamlData<'a, Node>> + saphyr::AnnotatedNode,
{
    let YamlData::Value(scalar) = data else {
        return None;
    };
    Some(match scalar {
        Scalar::Null => "null".to_owned(),
        Scalar::Boolean(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::FloatingPoint(value) => value.to_string(),
        Scalar::String(text) => text.to_string(),
    })
}

#[cfg(test)]
mod tests;
