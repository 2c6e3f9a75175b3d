//! Rust source as a value: files, crates, and what the names in them stand for. Nothing is compiled;
//! what a macro writes or another crate holds is not known here.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "syn has dozens of kinds of everything, and grows"
)]

pub(crate) mod attribute;
mod index;
mod program;
mod resolve;
mod types;

use std::collections::HashMap;
use std::sync::Arc;

use cargo_backend_shared::diagnostic::Location;

pub(crate) use program::{
    ConstantId, Function, FunctionId, ModuleId, Owner, Program, TraitId, TypeSyntax,
};
pub(crate) use resolve::Target;
pub(crate) use types::{Scope, Ty};

/// Every file that was read, and the crates that they make.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) files: Vec<SourceFile>,
    pub(crate) crates: Vec<CrateSource>,
    pub(crate) packages: Vec<PackageSource>,
    pub(crate) documents: Vec<CarriedDocument>,
    /// The files that `include!` puts in the place of items, by the file that it stands in and as it
    /// names them.
    pub(crate) included: HashMap<(usize, String), usize>,
}

/// An OpenAPI document that code includes as text.
#[derive(Debug)]
pub(crate) struct CarriedDocument {
    /// Where it is included.
    pub(crate) at: Place,
    pub(crate) value: serde_json::Value,
}

/// What a manifest says of its package.
#[derive(Debug, Clone, Default)]
pub(crate) struct PackageSource {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) description: String,
}

/// A file of Rust.
pub(crate) struct SourceFile {
    /// As messages call it.
    pub(crate) name: String,
    pub(crate) text: Arc<str>,
    pub(crate) syntax: syn::File,
    /// The files of the modules that it declares, by the path of the module within this file.
    pub(crate) modules: HashMap<Vec<String>, usize>,
}

/// A library or a binary.
pub(crate) struct CrateSource {
    /// As paths in code call it.
    pub(crate) name: String,
    pub(crate) package: String,
    /// The number of its root file.
    pub(crate) root: usize,
    pub(crate) library: bool,
    /// What its code calls other crates, and what these call themselves.
    pub(crate) dependencies: Vec<(String, String)>,
}

/// A place in a file. Lines count from 1, columns from 0, as the compiler's spans do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Sources {
    /// The place as messages write it, with the text for the snippet.
    pub(crate) fn location(&self, place: Place) -> Location {
        let file = &self.files[place.file];
        Location {
            file: file.name.clone(),
            line: place.line,
            column: place.column + 1,
            source: Some(Arc::clone(&file.text)),
        }
    }
}
