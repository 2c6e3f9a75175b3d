//! The hand-written sources of a service that is there already: methods that their traits gained
//! are appended, methods that they lost are named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};

use crate::append::{self, Found};
use crate::format::Formatter;
use crate::render::{Implements, Method, Produced};

/// What becomes of hand-written sources.
#[derive(Debug, Default)]
pub(crate) struct Completed {
    /// Sources that gained methods, by their paths in the service's folder.
    pub(crate) files: BTreeMap<PathBuf, String>,
    /// Files that need not be made: what they would hold stands elsewhere.
    pub(crate) elsewhere: BTreeSet<PathBuf>,
    /// The methods that were appended, and to which file.
    pub(crate) appended: Vec<(String, PathBuf)>,
    /// What a person should look at.
    pub(crate) notes: Vec<Diagnostic>,
}

/// Compares the sources below `folder` with what their traits demand. `shown` is how messages call
/// the folder.
pub(crate) fn complete(
    produced: &[Produced],
    folder: &Path,
    shown: &Path,
    formatter: &Formatter<'_>,
) -> anyhow::Result<Completed> {
    let mut completed = Completed::default();
    let mut sources = sources(folder)?;
    for file in produced {
        let Some(wanted) = &file.implements else {
            continue;
        };
        let Some((path, found)) = home(&sources, &file.path, wanted, shown)? else {
            if sources.contains_key(&file.path) {
                let message = format!(
                    "nobody implements `{}`, and `{}` is yours",
                    wanted.trait_name,
                    shown.join(&file.path).display()
                );
                let note = Diagnostic::warning(message)
                    .help(format!("write `impl {} for Service`", wanted.trait_name));
                completed.notes.push(note);
            }
            continue;
        };
        if path != file.path && !sources.contains_key(&file.path) {
            completed.elsewhere.insert(file.path.clone());
        }
        let text = sources.get(&path).cloned().unwrap_or_default();
        for (name, line) in found.left_over(wanted) {
            completed
                .notes
                .push(left_over(name, *line, &shown.join(&path), &text));
        }
        let missing = found.missing(wanted);
        if missing.is_empty() {
            continue;
        }
        let mut texts = Vec::new();
        for method in missing {
            texts.push(formatted(method, formatter)?);
            let name = method.name.clone();
            completed.appended.push((name, path.clone()));
        }
        let text = found.with(&text, &texts);
        sources.insert(path.clone(), text.clone());
        completed.files.insert(path, text);
    }
    Ok(completed)
}

/// Where a trait is implemented: in the file that was made for it, or wherever it was moved.
fn home(
    sources: &BTreeMap<PathBuf, String>,
    own: &Path,
    wanted: &Implements,
    shown: &Path,
) -> anyhow::Result<Option<(PathBuf, Found)>> {
    let first = sources.get_key_value(own);
    let others = sources
        .iter()
        .filter(|(path, text)| path.as_path() != own && text.contains(&wanted.trait_name));
    for (path, text) in first.into_iter().chain(others) {
        let found = append::find(text, &wanted.trait_name).map_err(|fault| {
            let file = shown.join(path).to_string_lossy().into_owned();
            let place = Location {
                file,
                line: fault.line,
                column: fault.column,
                source: Some(Arc::from(text.as_str())),
            };
            let message = format!("this is no Rust: {}", fault.message);
            Faults(vec![Diagnostic::error(message).at(place).help(
                "make it compile first: operations that the document gained are appended to it",
            )])
        })?;
        if let Some(found) = found {
            return Ok(Some((path.clone(), found)));
        }
    }
    Ok(None)
}

fn left_over(name: &str, line: usize, file: &Path, text: &str) -> Diagnostic {
    let column = text
        .lines()
        .nth(line - 1)
        .and_then(|line| line.find(name))
        .map_or(1, |before| before + 1);
    Diagnostic::warning(format!(
        "`{name}` is no operation of the document any more, and its trait has lost it"
    ))
    .at(Location {
        file: file.to_string_lossy().into_owned(),
        line,
        column,
        source: Some(Arc::from(text)),
    })
    .help("remove the method, or keep what is worth it elsewhere: nothing is removed for you")
}

/// A method as rustfmt wants it inside of a block.
fn formatted(method: &Method, formatter: &Formatter<'_>) -> anyhow::Result<String> {
    let block = format!("impl A for B {{\n{}}}\n", method.text);
    let text = formatter.format(Path::new("stub.rs"), &block)?;
    let lines: Vec<&str> = text.lines().collect();
    let inner = lines.get(1..lines.len().saturating_sub(1));
    Ok(inner.unwrap_or_default().join("\n") + "\n")
}

/// The sources that are nobody's but the user's, by their paths in the folder.
fn sources(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let mut sources = BTreeMap::new();
    let mut open = vec![PathBuf::from("src")];
    while let Some(path) = open.pop() {
        let full = folder.join(&path);
        if !full.is_dir() || path == Path::new("src/api") {
            continue;
        }
        for entry in fs_err::read_dir(&full)? {
            let entry = entry?;
            let path = path.join(entry.file_name());
            // A link may lead in circles, and out of the service.
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs_err::read_to_string(folder.join(&path)).with_context(|| {
                    format!("cannot read the hand-written `{}`", path.display())
                })?;
                sources.insert(path, text);
            }
        }
    }
    Ok(sources)
}
