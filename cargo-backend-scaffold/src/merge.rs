//! What is generated meets what is there: who owns a file decides what happens to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use toml_edit::{DocumentMut, Item, Table};

use crate::render::{Owner, Produced};

/// Where the manifest lies in a service's folder.
pub(crate) const MANIFEST: &str = ".backend-scaffold/manifest.json";

/// What the last run wrote, so that edits by hand are noticed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) framework: String,
    pub(crate) database: String,
    pub(crate) document: String,
    /// SHA-256 of every generated file.
    pub(crate) generated: BTreeMap<String, String>,
}

/// What to write, and which generated files hold edits that would be lost.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) files: BTreeMap<PathBuf, String>,
    pub(crate) edited: Vec<PathBuf>,
    /// The texts of those.
    pub(crate) replaced: BTreeMap<PathBuf, String>,
    pub(crate) hashes: BTreeMap<String, String>,
}

/// Decides for every produced file. `on_disk` reads what is there.
pub(crate) fn merge(
    produced: Vec<Produced>,
    last: Option<&Manifest>,
    on_disk: impl Fn(&Produced) -> anyhow::Result<Option<String>>,
) -> anyhow::Result<Merged> {
    let mut merged = Merged::default();
    for file in produced {
        let before = on_disk(&file)?;
        let name = file.path.to_string_lossy().into_owned();
        let text = match (file.owner, before) {
            (Owner::Generated, before) => {
                let written = last.and_then(|last| last.generated.get(&name));
                let edited =
                    before.filter(|text| *text != file.text && Some(&hash(text)) != written);
                if let Some(text) = edited {
                    merged.edited.push(file.path.clone());
                    merged.replaced.insert(file.path.clone(), text);
                }
                merged.hashes.insert(name, hash(&file.text));
                file.text
            }
            (Owner::Once, Some(before)) => before,
            (Owner::Merge, Some(before)) if name == "Cargo.toml" => {
                add_dependencies(&before, &file.text)?
            }
            (Owner::Merge, Some(before)) => add_modules(&before, &file.text),
            (Owner::Once | Owner::Merge, None) => file.text,
        };
        merged.files.insert(file.path, text);
    }
    Ok(merged)
}

/// Leaves out files whose content stands elsewhere, and the lines that would name their modules.
pub(crate) fn leave_out(produced: &mut Vec<Produced>, paths: &BTreeSet<PathBuf>) {
    produced.retain(|file| !paths.contains(&file.path));
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let lines = [format!("pub mod {name};\n"), format!("pub mod r#{name};\n")];
        let beside = path.with_file_name("mod.rs");
        for file in produced.iter_mut().filter(|file| file.path == beside) {
            for line in &lines {
                file.text = file.text.replace(line, "");
            }
        }
    }
}

pub(crate) fn hash(text: &str) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        write!(hex, "{byte:02x}").unwrap_or_default();
        hex
    })
}

/// Adds dependencies and their features that the manifest lacks; nothing is changed or removed.
fn add_dependencies(before: &str, wanted: &str) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = before
        .parse()
        .context("the service's `Cargo.toml` is not TOML")?;
    let wanted: DocumentMut = wanted
        .parse()
        .context("the rendered `Cargo.toml` is not TOML")?;
    for section in ["dependencies", "dev-dependencies"] {
        let Some(dependencies) = wanted.get(section).and_then(Item::as_table_like) else {
            continue;
        };
        let here = manifest.entry(section).or_insert(Item::Table(Table::new()));
        let Some(here) = here.as_table_like_mut() else {
            continue;
        };
        for (name, item) in dependencies.iter() {
            if here.contains_key(name) {
                add_features(here.get_mut(name), item);
            } else {
                here.insert(name, item.clone());
            }
        }
    }
    Ok(manifest.to_string())
}

fn add_features(here: Option<&mut Item>, wanted: &Item) {
    let features = wanted.get("features").and_then(Item::as_array);
    let known = here
        .and_then(|here| here.get_mut("features"))
        .and_then(Item::as_array_mut);
    let (Some(features), Some(known)) = (features, known) else {
        return;
    };
    for feature in features.iter().filter_map(|feature| feature.as_str()) {
        if !known.iter().any(|have| have.as_str() == Some(feature)) {
            known.push(feature);
        }
    }
}

/// Adds `mod` lines that a module lacks among those that it has, where rustfmt wants them: by name.
fn add_modules(before: &str, wanted: &str) -> String {
    let mut lines: Vec<&str> = before.lines().collect();
    let mut added = false;
    for line in wanted.lines().filter(|line| module(line).is_some()) {
        if lines.iter().any(|known| known.trim() == line) {
            continue;
        }
        added = true;
        let Some(last) = lines.iter().rposition(|known| module(known).is_some()) else {
            let docs = lines.iter().position(|line| !line.starts_with("//!"));
            lines.insert(docs.unwrap_or(lines.len()), line);
            continue;
        };
        let others = lines[..=last].iter().rev();
        let first = last + 1 - others.take_while(|known| module(known).is_some()).count();
        let after = |known: &&str| module(known) > module(line);
        let at = lines[first..=last].iter().position(after);
        lines.insert(at.map_or(last + 1, |at| first + at), line);
    }
    if !added {
        return before.to_owned();
    }
    lines.join("\n") + "\n"
}

/// The name of the module that a line declares.
fn module(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let name = line.strip_prefix("mod ")?.strip_suffix(';')?;
    Some(name.strip_prefix("r#").unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapbox::{assert_data_eq, str};

    fn file(owner: Owner, path: &str, text: &str) -> Produced {
        Produced {
            path: path.into(),
            text: text.to_owned(),
            owner,
            implements: None,
        }
    }

    #[test]
    fn what_the_user_owns_stays() {
        let merged = merge(vec![file(Owner::Once, "a.rs", "new")], None, |_| {
            Ok(Some("mine".into()))
        });
        assert_eq!(
            merged.expect("no fault").files[&PathBuf::from("a.rs")],
            "mine"
        );
    }

    #[test]
    fn an_edit_of_a_generated_file_is_noticed() {
        let mut last = Manifest::default();
        last.generated.insert("a.rs".into(), hash("old"));
        let run = |before: &'static str| {
            let produced = vec![file(Owner::Generated, "a.rs", "new")];
            let merged = merge(produced, Some(&last), |_| Ok(Some(before.into())));
            merged.expect("no fault").edited
        };
        assert!(run("old").is_empty(), "as it was written");
        assert!(run("new").is_empty(), "as it will be written");
        assert_eq!(run("edited"), [PathBuf::from("a.rs")]);
    }

    #[test]
    fn a_manifest_only_gains() {
        let before = "[dependencies]\naxum = { version = \"0.8\", features = [\"ws\"] } # mine\n";
        let wanted =
            "[dependencies]\naxum = { version = \"0.8\", features = [\"json\"] }\nregex = \"1\"\n";
        assert_data_eq!(
            add_dependencies(before, wanted).expect("it is TOML"),
            str![[r#"
[dependencies]
axum = { version = "0.8", features = ["ws", "json"] } # mine
regex = "1"

"#]]
        );
    }

    #[test]
    fn a_new_module_joins_the_others() {
        assert_eq!(
            add_modules(
                "//! Doc.\n\npub mod a;\nmod mine;\n\nfn f() {}\n",
                "pub mod a;\npub mod b;\npub mod z;\n"
            ),
            "//! Doc.\n\npub mod a;\npub mod b;\nmod mine;\npub mod z;\n\nfn f() {}\n"
        );
    }
}
