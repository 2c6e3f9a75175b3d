//! Who may use whom. Crates: plugins use `shared` and `templates`, never each other. Modules of a
//! plugin: a line may only call downwards or within its storey.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_backend_tests::plugin::repository;
use syn::visit::{self, Visit};

/// The storeys, from the ground up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Storey {
    /// Values that everything speaks of.
    Noun,
    /// Decisions: values in, values out.
    Core,
    /// What touches the world, and what makes text of it.
    Rim,
    /// Read, decide, write. `cli` stands beside it.
    Command,
    /// `main` and `lib`.
    Door,
}
use Storey::{Command, Core, Door, Noun, Rim};

/// A plugin's modules; the longest prefix that fits decides.
type House = &'static [(&'static str, Storey)];

const DB: House = &[
    ("lib", Door),
    ("main", Door),
    ("cli", Command),
    ("commands", Command),
    ("adopt::folder", Rim),
    ("adopt::old_history", Rim),
    ("apply", Rim),
    ("migration::dir", Rim),
    ("migration::history", Rim),
    ("migration::record", Rim),
    ("probe", Rim),
    ("proof", Rim),
    ("rehearsal", Rim),
    ("report", Rim),
    ("scratch", Rim),
    ("statistics::live", Rim),
    ("statistics::mysql", Rim),
    ("statistics::postgres", Rim),
    ("statistics::sqlite", Rim),
    ("trace", Rim),
    ("trial", Rim),
    ("adopt", Core),
    ("advise", Core),
    ("ddl", Core),
    ("diff", Core),
    ("difference", Core),
    ("findings", Core),
    ("lint", Core),
    ("loss", Core),
    ("migration::directive", Core),
    ("migration::edit", Core),
    ("plan", Core),
    ("split", Core),
    ("rows", Core),
    ("sql", Core),
    ("workload", Core),
    ("migration", Noun),
    ("statistics", Noun),
];

const SCAFFOLD: House = &[
    ("lib", Door),
    ("main", Door),
    ("trial", Door),
    ("cli", Command),
    ("commands", Command),
    ("database", Rim),
    ("format", Rim),
    ("handwritten", Rim),
    ("merge", Rim),
    ("own_templates", Rim),
    ("report", Rim),
    ("sources", Rim),
    ("append", Core),
    ("describe", Core),
    ("difference", Core),
    ("lower", Core),
    ("render", Core),
    ("routes", Core),
    ("api", Noun),
    ("code", Noun),
];

const LOAD: House = &[
    ("lib", Door),
    ("main", Door),
    ("cli", Command),
    ("commands", Command),
    ("driver", Rim),
    ("engine", Rim),
    ("interrupt", Rim),
    ("machine", Rim),
    ("open_files", Rim),
    ("report", Rim),
    ("report_file", Rim),
    ("silence", Rim),
    ("advice", Core),
    ("baseline", Core),
    ("comparison", Core),
    ("duel", Core),
    ("rate_limit", Core),
    ("recorder", Core),
    ("recording", Core),
    ("summary", Core),
    ("tally", Core),
    ("threshold", Core),
    ("profile", Noun),
    ("request", Noun),
    ("sample", Noun),
];

/// What nouns and core may not name: they neither touch the world nor talk.
const WORLDLY: &[&str] = &[
    "anyhow",
    "cargo_backend_shared::cli",
    "cargo_backend_shared::introspect",
    "cargo_backend_shared::terminal",
    "fs_err",
    "sqlx",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "tokio",
];

/// Foreign crates with one room each.
const ROOMS: &[(&str, &str)] = &[
    ("goose", "cargo-backend-load/driver"),
    ("indicatif", "shared/terminal::progress"),
    ("sea_query", "cargo-backend-db/sql"),
    ("squawk_syntax", "cargo-backend-db/lint::read::postgres"),
    ("tera", "templates/lib"),
];

/// Every path that a file names outside its tests, `crate`, `self` and `super` resolved.
struct Paths<'a> {
    module: &'a [String],
    found: BTreeSet<String>,
}

impl Paths<'_> {
    fn add(&mut self, segments: &[String]) {
        let mut base: Vec<String> = match segments.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self") => self.module.to_vec(),
            Some("super") => self.module.to_vec(),
            _ => {
                self.found.insert(segments.join("::"));
                return;
            }
        };
        let ups = segments
            .iter()
            .take_while(|segment| *segment == "super")
            .count();
        base.truncate(base.len().saturating_sub(ups));
        base.extend(segments.iter().skip(ups.max(1)).cloned());
        self.found.insert(format!("crate::{}", base.join("::")));
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) => self.add(&with(&name.ident)),
            syn::UseTree::Rename(name) => self.add(&with(&name.ident)),
            syn::UseTree::Glob(_) => self.add(before),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(tree, before);
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let test_only = module.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|condition| condition == "test")
        });
        if !test_only {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
            self.add(&segments);
        }
        visit::visit_path(self, path);
    }
}

/// The paths that a source names.
fn paths(source: &str, module: &str) -> BTreeSet<String> {
    let file = syn::parse_file(source).expect("our own source is Rust");
    let module: Vec<String> = match module {
        "lib" | "main" => Vec::new(),
        module => module.split("::").map(str::to_owned).collect(),
    };
    let mut paths = Paths {
        module: &module,
        found: BTreeSet::new(),
    };
    paths.visit_file(&file);
    paths.found
}

fn starts_with_path(path: &str, prefix: &str) -> bool {
    path == prefix || path.starts_with(&format!("{prefix}::"))
}

fn storey(house: House, module: &str) -> Option<Storey> {
    house
        .iter()
        .filter(|(prefix, _)| starts_with_path(module, prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|(_, storey)| *storey)
}

/// What a module of a plugin names and may not.
fn breaches(house: House, module: &str, source: &str) -> Vec<String> {
    let Some(mine) = storey(house, module) else {
        return vec![format!(
            "`{module}` has no storey: enter it in tests/e2e/layers.rs"
        )];
    };
    let mut found = Vec::new();
    for path in paths(source, module) {
        if let Some(theirs) = path
            .strip_prefix("crate::")
            .and_then(|inside| storey(house, inside))
            .filter(|theirs| *theirs > mine)
        {
            found.push(format!("`{module}` ({mine:?}) names `{path}` ({theirs:?})"));
        }
        let worldly = WORLDLY.iter().any(|world| starts_with_path(&path, world));
        if mine <= Core && worldly {
            found.push(format!("`{module}` ({mine:?}) names `{path}`"));
        }
    }
    found
}

/// Every source file of a crate with its module path.
fn modules(crate_folder: &str) -> Vec<(String, String)> {
    let root = repository().join(crate_folder).join("src");
    let mut modules = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs_err::read_dir(folder).expect("a source folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let source = fs_err::read_to_string(&path).expect("a source file");
                modules.push((module_of(path.strip_prefix(&root).expect("below")), source));
            }
        }
    }
    modules.sort();
    modules
}

fn module_of(path: &Path) -> String {
    let path = path.with_extension("");
    let parts: Vec<String> = path
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .filter(|part| part != "mod")
        .collect();
    parts.join("::")
}

#[test]
fn modules_call_downwards() {
    let houses = [
        ("cargo-backend-scaffold", SCAFFOLD),
        ("cargo-backend-db", DB),
        ("cargo-backend-load", LOAD),
    ];
    let mut found = Vec::new();
    for (crate_folder, house) in houses {
        for (module, source) in modules(crate_folder) {
            for breach in breaches(house, &module, &source) {
                found.push(format!("{crate_folder}: {breach}"));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn crates_know_only_whom_they_may() {
    let may: &[(&str, &[&str])] = &[
        ("shared", &[]),
        ("templates", &[]),
        ("cargo-backend-scaffold", &["shared", "templates"]),
        ("cargo-backend-db", &["shared", "templates"]),
        ("cargo-backend-load", &["shared", "templates"]),
    ];
    for (folder, allowed) in may {
        let manifest = fs_err::read_to_string(repository().join(folder).join("Cargo.toml"))
            .expect("a manifest");
        let ours: Vec<&str> = manifest
            .lines()
            .filter_map(|line| line.strip_prefix("cargo-backend-"))
            .filter_map(|rest| rest.split(['.', ' ']).next())
            .collect();
        for name in &ours {
            assert!(allowed.contains(name), "{folder} depends on {name}");
        }
    }
}

#[test]
fn foreign_crates_have_one_room_each() {
    let mut found = BTreeSet::new();
    let folders = [
        "shared",
        "templates",
        "cargo-backend-scaffold",
        "cargo-backend-db",
        "cargo-backend-load",
    ];
    for folder in folders {
        for (module, source) in modules(folder) {
            for path in paths(&source, &module) {
                let home = ROOMS.iter().find(|(name, _)| starts_with_path(&path, name));
                let here = format!("{folder}/{module}");
                if let Some((name, room)) = home
                    && !starts_with_path(&here, room)
                {
                    found.insert(format!("{here} names {name}, whose room is {room}"));
                }
            }
        }
    }
    assert_eq!(found, BTreeSet::new());
}

#[test]
fn a_planted_breach_is_seen() {
    let upwards = "use crate::{plan::State, report};";
    assert_eq!(
        breaches(DB, "findings::planted", upwards),
        ["`findings::planted` (Core) names `crate::report` (Rim)"]
    );
    let sideways_and_up = "fn f() { super::history::read(); super::super::commands::run(); }";
    assert_eq!(
        breaches(DB, "migration::dir", sideways_and_up),
        ["`migration::dir` (Rim) names `crate::commands::run` (Command)"]
    );
    let worldly = "use sqlx::Row; fn f() -> anyhow::Result<()> { Ok(()) }";
    assert_eq!(
        breaches(DB, "plan", worldly),
        [
            "`plan` (Core) names `anyhow::Result`",
            "`plan` (Core) names `sqlx::Row`"
        ]
    );
    assert_eq!(
        breaches(DB, "attic", ""),
        ["`attic` has no storey: enter it in tests/e2e/layers.rs"]
    );
    assert_eq!(
        breaches(DB, "plan", "#[cfg(test)] mod tests { use sqlx::Row; }"),
        Vec::<String>::new(),
        "tests may touch the world"
    );
}
