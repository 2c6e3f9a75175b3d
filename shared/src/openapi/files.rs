//! `$ref`s to other files: each file is read once and becomes a part of the document.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use super::document::escape;
use super::reference::decoded;
use super::source::Source;
use crate::diagnostic::{Diagnostic, Faults};

/// Where other files stand in the document: `/x-files/<number>`.
pub(super) const FILES: &str = "/x-files";

/// More files than any document has.
const MAX_FILES: usize = 10_000;

/// Reads every file that the document refers to, directly or by another file.
///
/// `path` is the document's own; names in messages are relative to where it lies.
pub(super) fn bundle(source: &mut Source, path: &Path) -> Result<(), Faults> {
    let mut reader = Reader {
        numbers: HashMap::from([(normal(path), None)]),
        pending: Vec::new(),
        faults: Vec::new(),
    };
    let own = normal(path);
    let folder = own.parent().unwrap_or(Path::new("")).to_owned();
    let named = PathBuf::from(&source.file);
    let named = named.parent().unwrap_or(Path::new("")).to_owned();
    let mut root = std::mem::take(&mut source.value);
    reader.rewrite(source, &mut root, path, "");
    let mut files = Map::new();
    while let Some((file, shown)) = reader.pending.pop() {
        let number = reader.numbers.get(&file).copied().flatten();
        let text = match fs_err::read_to_string(&file) {
            Ok(text) => text,
            Err(fault) => {
                reader.faults.push(shown.evidence(fault.to_string()));
                continue;
            }
        };
        let name = file
            .strip_prefix(&folder)
            .map_or_else(|_elsewhere| file.clone(), |relative| named.join(relative));
        let parsed = Source::parse(&name.to_string_lossy(), &text);
        let mut parsed = match parsed {
            Ok(parsed) => parsed,
            Err(faults) => {
                reader.faults.extend(faults.0);
                continue;
            }
        };
        let base = format!("{FILES}/{}", number.unwrap_or_default());
        let mut value = std::mem::take(&mut parsed.value);
        reader.rewrite(&parsed, &mut value, &file, &base);
        source.adopt(&base, parsed);
        files.insert(number.unwrap_or_default().to_string(), value);
    }
    if let (Some(root), false) = (root.as_object_mut(), files.is_empty()) {
        root.insert(FILES[1..].to_owned(), Value::Object(files));
    }
    source.value = root;
    if reader.faults.is_empty() {
        Ok(())
    } else {
        Err(Faults(reader.faults))
    }
}

struct Reader {
    /// Every known file; the document itself has no number.
    numbers: HashMap<PathBuf, Option<usize>>,
    /// Files that are still to be read, with what to say if they cannot be.
    pending: Vec<(PathBuf, Diagnostic)>,
    faults: Vec<Diagnostic>,
}

impl Reader {
    /// Turns references into such within one document. `base` is where the file stands in it.
    fn rewrite(&mut self, source: &Source, value: &mut Value, file: &Path, base: &str) {
        self.walk(source, value, file, base, &mut String::new());
    }

    fn walk(
        &mut self,
        source: &Source,
        value: &mut Value,
        file: &Path,
        base: &str,
        pointer: &mut String,
    ) {
        let length = pointer.len();
        match value {
            Value::Object(map) => {
                for (key, child) in map.iter_mut() {
                    if matches!(key.as_str(), "example" | "examples" | "default" | "enum") {
                        continue;
                    }
                    pointer.push('/');
                    pointer.push_str(&escape(key));
                    match child {
                        Value::String(text) if key == "$ref" || is_target(pointer, text) => {
                            self.reference(source, text, file, base, pointer);
                        }
                        Value::Object(_) | Value::Array(_) => {
                            self.walk(source, child, file, base, pointer);
                        }
                        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
                    }
                    pointer.truncate(length);
                }
            }
            Value::Array(list) => {
                for (index, child) in list.iter_mut().enumerate() {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                    self.walk(source, child, file, base, pointer);
                    pointer.truncate(length);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn reference(
        &mut self,
        source: &Source,
        text: &mut String,
        file: &Path,
        base: &str,
        pointer: &str,
    ) {
        let (name, fragment) = text.split_once('#').unwrap_or((text.as_str(), ""));
        if name.is_empty() {
            *text = format!("#{base}{fragment}");
            return;
        }
        let at = source.location(pointer);
        if name.contains("://") {
            let message = format!("`{text}` is on another machine, which is not asked");
            let help = "save it beside the document and refer to the file";
            self.faults
                .push(Diagnostic::error(message).at(at).help(help));
            return;
        }
        let target = normal(&file.parent().unwrap_or(Path::new("")).join(decoded(name)));
        let count = self.numbers.len();
        if count > MAX_FILES {
            return;
        }
        let number = *self.numbers.entry(target.clone()).or_insert_with(|| {
            let message = format!("the file of `{text}` cannot be read");
            let help = "references to files are relative to the file they stand in";
            let shown = Diagnostic::error(message).at(at).help(help);
            self.pending.push((target, shown));
            Some(count)
        });
        let base = number.map_or_else(String::new, |number| format!("{FILES}/{number}"));
        *text = format!("#{base}{fragment}");
    }
}

/// Whether a text is the target of a discriminator's value, and not the name of a schema.
fn is_target(pointer: &str, text: &str) -> bool {
    let mut steps = pointer.rsplit('/').skip(1);
    let in_mapping = steps.next() == Some("mapping") && steps.next() == Some("discriminator");
    in_mapping && (text.contains('#') || text.contains('.') && text.contains('/'))
}

/// The path without `.` and `..`, so that a file has one name.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            Component::ParentDir
            | Component::Normal(_)
            | Component::RootDir
            | Component::Prefix(_) => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use crate::openapi::{Document, Node, load};

    const ROOT: &str = "openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /pets: {$ref: 'paths/pets.yaml'}
components:
  schemas:
    Pet: {type: object, properties: {owner: {$ref: 'schemas/Owner.yaml'}}}
";
    const PATH: &str = "get:
  responses:
    '200': {description: ok, content: {application/json: {schema: {$ref: '../api.yaml#/components/schemas/Pet'}}}}
";
    const OWNER: &str = "type: object
properties:
  pets: {type: array, items: {$ref: '../api.yaml#/components/schemas/Pet'}}
  friend: {$ref: '#'}
";

    fn read(files: &[(&str, &str)]) -> anyhow::Result<Document> {
        let folder = tempfile::tempdir()?;
        for (name, text) in files {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            fs_err::write(path, text)?;
        }
        load(&folder.path().join("api.yaml"), "docs/api.yaml")
    }

    fn at<'a>(document: &'a Document, steps: &[&str]) -> Node<'a> {
        let start = Some(document.root());
        steps
            .iter()
            .fold(start, |node, step| node.and_then(|node| node.get(step)))
            .expect("it is there")
    }

    #[test]
    fn files_may_refer_to_each_other_in_circles() {
        let files = [
            ("api.yaml", ROOT),
            ("paths/pets.yaml", PATH),
            ("schemas/Owner.yaml", OWNER),
        ];
        let document = read(&files).expect("it is sound");
        let schema = [
            "paths",
            "/pets",
            "get",
            "responses",
            "200",
            "content",
            "application/json",
            "schema",
        ];
        let pet = at(&document, &schema);
        assert_eq!(pet.location().to_string(), "docs/api.yaml:7:5");
        let owner = at(&document, &[&schema[..], &["properties", "owner"]].concat());
        let friend = owner.get("properties").and_then(|all| all.get("friend"));
        assert_eq!(friend.expect("it is there").pointer, owner.pointer);
        let pets = owner.get("properties").and_then(|all| all.get("pets"));
        let place = pets.expect("it is there").location().to_string();
        assert_eq!(place, "docs/schemas/Owner.yaml:3:3");
    }

    #[test]
    fn a_file_that_is_missing_or_malformed_is_named() {
        let said = |files: &[(&str, &str)]| read(files).expect_err("it is faulty").to_string();
        let missing = said(&[("api.yaml", ROOT), ("paths/pets.yaml", PATH)]);
        assert!(
            missing.contains("docs/api.yaml:7:52: the file of `schemas/Owner.yaml` cannot be read"),
            "{missing}"
        );
        let broken = said(&[
            ("api.yaml", ROOT),
            ("paths/pets.yaml", "get: ["),
            ("schemas/Owner.yaml", OWNER),
        ]);
        assert!(broken.contains("docs/paths/pets.yaml:"), "{broken}");
        let distant = ROOT.replace("schemas/Owner.yaml", "https://example.com/a.yaml");
        let distant = said(&[("api.yaml", &distant), ("paths/pets.yaml", PATH)]);
        assert!(distant.contains("is on another machine"), "{distant}");
    }
}
