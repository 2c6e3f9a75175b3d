//! The source files of the packages of a workspace, read and parsed.

mod declared;
mod parse;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::openapi::Source;
use cargo_metadata::{CrateType, MetadataCommand, Package, Target, TargetKind};
use syn::visit::Visit as _;

use crate::code::{CarriedDocument, CrateSource, PackageSource, Place, SourceFile, Sources};
use declared::{Declared, Included, Pasted, Places};
pub(crate) use parse::parse;

/// Reads `package`, or every package, with those of the same disk that it depends on.
pub(crate) fn read(
    package: Option<&str>,
    project: &Project,
    cx: &Context,
) -> anyhow::Result<Sources> {
    let packages = packages(package, project, cx)?;
    let mut reader = Reader {
        root: &project.workspace.root,
        sources: Sources::default(),
        faults: Vec::new(),
        open: Vec::new(),
    };
    for package in &packages {
        reader.sources.packages.push(PackageSource {
            name: package.name.to_string(),
            version: package.version.to_string(),
            description: package.description.clone().unwrap_or_default(),
        });
        for target in package.targets.iter().filter(|target| is_code(target)) {
            reader.target(package, target, &packages)?;
        }
    }
    if reader.faults.is_empty() {
        Ok(reader.sources)
    } else {
        Err(Faults(reader.faults).into())
    }
}

/// The packages in question, and those beside them that they use.
fn packages(
    package: Option<&str>,
    project: &Project,
    cx: &Context,
) -> anyhow::Result<Vec<Package>> {
    let manifest = project.workspace.root.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(failure(
            format!(
                "there is no `Cargo.toml` in `{}`",
                project.workspace.root.display()
            ),
            "run this inside of a cargo workspace, or name one with --manifest-path",
        ));
    }
    let mut known = metadata(&manifest, cx)?;
    let wanted: Vec<String> = match package {
        None => known
            .iter()
            .map(|package| package.name.to_string())
            .collect(),
        Some(name) if known.iter().any(|package| package.name == name) => vec![name.to_owned()],
        Some(name) => {
            let names: Vec<String> = known.iter().map(|p| format!("`{}`", p.name)).collect();
            return Err(failure(
                format!("the workspace has no package `{name}`"),
                format!("name one of {}", names.join(", ")),
            ));
        }
    };
    let mut taken: Vec<Package> = Vec::new();
    let mut open = wanted;
    let mut seen = HashSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(found) = known.iter().find(|package| package.name == name).cloned() else {
            continue;
        };
        for dependency in &found.dependencies {
            if let Some(folder) = &dependency.path {
                let manifest = folder.join("Cargo.toml").into_std_path_buf();
                let there = known
                    .iter()
                    .any(|package| package.manifest_path.as_std_path() == manifest);
                // A folder that is not there is cargo's to complain about.
                if !there && manifest.is_file() {
                    known.extend(metadata(&manifest, cx)?);
                }
            }
            open.push(dependency.name.clone());
        }
        taken.push(found);
    }
    taken.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(taken)
}

fn metadata(manifest: &Path, cx: &Context) -> anyhow::Result<Vec<Package>> {
    let answer = MetadataCommand::new()
        .cargo_path(cx.environment.get("CARGO").unwrap_or("cargo"))
        .manifest_path(manifest)
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .hint(
            format!("cargo cannot read `{}`", manifest.display()),
            "mend the manifest, or name another with --manifest-path",
        )?;
    Ok(answer.packages)
}

/// Libraries and binaries; tests, benches, examples and build scripts serve nothing.
fn is_code(target: &Target) -> bool {
    let library = target.crate_types.iter().any(|kind| {
        matches!(
            kind,
            CrateType::Lib | CrateType::RLib | CrateType::DyLib | CrateType::CDyLib
        )
    });
    target.kind.contains(&TargetKind::Bin) || library && !target.kind.contains(&TargetKind::Example)
}

struct Reader<'a> {
    root: &'a Path,
    sources: Sources,
    faults: Vec<Diagnostic>,
    /// The files that are being read, outermost first.
    open: Vec<PathBuf>,
}

impl Reader<'_> {
    fn target(
        &mut self,
        package: &Package,
        target: &Target,
        packages: &[Package],
    ) -> anyhow::Result<()> {
        let library = !target.kind.contains(&TargetKind::Bin);
        let name = target.name.replace('-', "_");
        let mut dependencies: Vec<(String, String)> = package
            .dependencies
            .iter()
            .map(|dependency| {
                let called = dependency.rename.as_ref().unwrap_or(&dependency.name);
                let real = library_of(&dependency.name, packages);
                (called.replace('-', "_"), real)
            })
            .collect();
        if !library {
            // A binary calls the library beside it by its name.
            let own = library_of(&package.name, packages);
            dependencies.push((own.clone(), own));
        }
        let Some(root) = self.file(target.src_path.as_std_path(), true)? else {
            return Ok(());
        };
        self.sources.crates.push(CrateSource {
            name,
            package: package.name.to_string(),
            root,
            library,
            dependencies,
        });
        Ok(())
    }

    /// Reads a file and those of its modules. `owner` is whether its modules lie beside it.
    fn file(&mut self, path: &Path, owner: bool) -> anyhow::Result<Option<usize>> {
        let text = fs_err::read_to_string(path)?;
        let shown = path.strip_prefix(self.root).unwrap_or(path);
        let name = shown.display().to_string();
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let syntax = match parse(&name, text) {
            Ok(syntax) => syntax,
            Err(fault) => {
                self.faults.extend(fault.0);
                return Ok(None);
            }
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let stem = path.file_stem().unwrap_or_default();
        let below = if owner {
            folder.to_path_buf()
        } else {
            folder.join(stem)
        };
        self.documents(&syntax, text, folder);
        let mut declared = Vec::new();
        let places = Places {
            beside: folder,
            below: &below,
        };
        places.declared(&syntax.items, &mut Vec::new(), &mut declared);
        let mut pasted = Vec::new();
        declared::pasted(&syntax.items, &mut pasted);
        let number = self.sources.files.len();
        self.sources.files.push(SourceFile {
            name,
            text: text.into(),
            syntax,
            modules: HashMap::new(),
        });
        self.open.push(path.to_path_buf());
        for module in declared {
            self.module(number, module)?;
        }
        for pasted in pasted {
            self.include(number, folder, pasted)?;
        }
        self.open.pop();
        Ok(Some(number))
    }

    /// A file that another one puts in the place of items.
    fn include(&mut self, within: usize, folder: &Path, pasted: Pasted) -> anyhow::Result<()> {
        let path = folder.join(&pasted.name);
        let place = (pasted.line, pasted.column);
        if !path.is_file() {
            let message = format!("the file `{}` is not there", pasted.name);
            self.fault(within, place, message);
        } else if self.is_open(&path) {
            let message = format!("the file `{}` includes itself", pasted.name);
            self.fault(within, place, message);
        } else if let Some(number) = self.file(&path, true)? {
            let included = &mut self.sources.included;
            included.insert((within, pasted.name), number);
        }
        Ok(())
    }

    /// Whether a file is being read, so that it would be read for ever.
    fn is_open(&self, path: &Path) -> bool {
        let same = |open: &PathBuf| {
            let (one, two) = (fs_err::canonicalize(open), fs_err::canonicalize(path));
            matches!((one, two), (Ok(one), Ok(two)) if one == two)
        };
        self.open.iter().any(same)
    }

    fn fault(&mut self, within: usize, (line, column): (usize, usize), message: String) {
        let file = &self.sources.files[within];
        let place = Location {
            file: file.name.clone(),
            line,
            column: column + 1,
            source: Some(file.text.clone()),
        };
        let fault = Diagnostic::error(message).at(place);
        self.faults
            .push(fault.help("mend it first: `cargo check` says more"));
    }

    /// Documents that the file includes; what is none is left to those who read it.
    fn documents(&mut self, syntax: &syn::File, text: &str, folder: &Path) {
        if !text.contains("include_str!") {
            return;
        }
        let mut included = Included::default();
        included.visit_file(syntax);
        for (name, line, column) in included.found {
            let path = folder.join(&name);
            let known = ["json", "yaml", "yml"]
                .iter()
                .any(|ending| name.ends_with(ending));
            let Some(text) = known.then(|| fs_err::read_to_string(&path).ok()).flatten() else {
                continue;
            };
            let Ok(source) = Source::parse(&name, &text) else {
                continue;
            };
            if source.value.get("openapi").is_some() {
                let file = self.sources.files.len();
                self.sources.documents.push(CarriedDocument {
                    at: Place { file, line, column },
                    value: source.value,
                });
            }
        }
    }

    fn module(&mut self, within: usize, module: Declared) -> anyhow::Result<()> {
        let Some(found) = module.candidates.iter().find(|path| path.is_file()) else {
            // What is there only on another system may have no file here.
            if !module.conditional {
                let name = module.path.last().map_or("", String::as_str);
                let message = format!("the module `{name}` has no file");
                self.fault(within, (module.line, module.column), message);
            }
            return Ok(());
        };
        if self.is_open(found) {
            let name = module.path.last().map_or("", String::as_str);
            let message = format!("the module `{name}` is a file that it stands in");
            self.fault(within, (module.line, module.column), message);
            return Ok(());
        }
        let owner =
            found.file_name().is_some_and(|name| name == "mod.rs") || module.candidates.len() == 1;
        if let Some(number) = self.file(found, owner)? {
            let modules = &mut self.sources.files[within].modules;
            modules.insert(module.path, number);
        }
        Ok(())
    }
}

/// What the library of a package calls itself.
fn library_of(package: &str, packages: &[Package]) -> String {
    let found = packages.iter().find(|known| known.name == package);
    let library = found.and_then(|package| {
        let mut targets = package.targets.iter();
        targets.find(|target| is_code(target) && !target.kind.contains(&TargetKind::Bin))
    });
    library.map_or_else(
        || package.replace('-', "_"),
        |target| target.name.replace('-', "_"),
    )
}
