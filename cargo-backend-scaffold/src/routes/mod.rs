//! Which routes a program serves: the functions that build routers are followed by what they do,
//! without running them. What cannot be followed is named, and nothing is guessed.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "syn has dozens of kinds of everything, and grows"
)]

mod actix;
pub(crate) mod attribute;
mod axum;
mod call;
mod evaluate;
mod frame;
mod relevant;
mod text;
mod typed;
mod value;

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use crate::code::{FunctionId, ModuleId, Place, Program, Target, Ty};

use evaluate::Evaluator;
use value::{Kind, Value};

/// The methods that a document can name.
const METHODS: &[&str] = &[
    "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE",
];
/// The methods that stand for any: those that ask for something. `HEAD`, `OPTIONS` and `TRACE` only
/// ask about it.
const ANY: &[&str] = &["GET", "PUT", "POST", "DELETE", "PATCH"];

/// Whose notation a path has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Framework {
    Axum,
    Actix,
}

/// A method of a path, and who answers it.
#[derive(Clone)]
pub(crate) struct Registration {
    pub(crate) method: &'static str,
    /// As the framework writes it.
    pub(crate) path: String,
    pub(crate) handler: Handler,
    /// Where the handler is named.
    pub(crate) at: Place,
    pub(crate) framework: Framework,
    /// Whether it stands below a path that is made at run time, and that is left out here.
    pub(crate) below_unknown: bool,
    /// Whether any method is answered, and this one stands for it with others.
    pub(crate) any: bool,
    /// What is said of it where it is registered, first things first.
    pub(crate) words: Vec<Words>,
}

/// Who says something of an operation: aide's `get_with(handler, |op| op.summary("…"))`.
#[derive(Clone)]
pub(crate) enum Words {
    Function(FunctionId),
    /// A closure, and the module that it stands in.
    Closure(Rc<syn::ExprClosure>, ModuleId),
}

/// Who answers.
#[derive(Clone)]
pub(crate) enum Handler {
    /// A function, with its arguments.
    Function(FunctionId, Vec<Ty>),
    /// A closure, and the module that it stands in.
    Closure(Rc<syn::ExprClosure>, ModuleId),
    /// Something that is made at run time.
    Unknown,
}

impl Handler {
    /// What tells it from others.
    fn identity(&self) -> Option<FunctionId> {
        match self {
            Self::Function(id, _) => Some(*id),
            Self::Closure(..) | Self::Unknown => None,
        }
    }
}

/// Something that serves, but what and where only the running program knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unresolved {
    pub(crate) at: Place,
    pub(crate) message: String,
}

/// What the crates of a package serve.
#[derive(Default)]
pub(crate) struct Served {
    pub(crate) registrations: Vec<Registration>,
    pub(crate) unresolved: Vec<Unresolved>,
}

/// What each package serves, by its name.
pub(crate) fn served(program: &Program<'_>) -> BTreeMap<String, Served> {
    let relevance = relevant::of(program);
    let mut evaluator = Evaluator::new(program, &relevance.relevant);
    let mut packages: BTreeMap<String, Served> = BTreeMap::new();
    for &root in &relevance.roots {
        evaluator.root(root);
        let package = package_of(program, root);
        take(&mut evaluator, packages.entry(package).or_default());
    }
    for &id in relevance.building.iter() {
        if evaluator.entered.contains(&id) {
            continue;
        }
        let function = &program.functions[id];
        let at = program.place(function.module, &function.signature.ident);
        let path = program.function_path(id);
        let message = format!("`{path}` adds routes, and where they belong is not known here");
        let package = packages.entry(package_of(program, id)).or_default();
        package.unresolved.push(Unresolved { at, message });
    }
    for (module, item) in &program.invoked {
        let path = &item.mac.path;
        if program.resolve_macro(*module, path) != Some(Target::Macro(true)) {
            continue;
        }
        let name = path.segments.last().map(|s| s.ident.to_string());
        let message = written_by(&name.unwrap_or_default());
        let at = program.place(*module, path);
        let of = &program.sources.crates[program.modules[*module].of];
        let package = packages.entry(of.package.clone()).or_default();
        package.unresolved.push(Unresolved { at, message });
    }
    for served in packages.values_mut() {
        served.settle();
    }
    packages.retain(|_, served| !served.registrations.is_empty() || !served.unresolved.is_empty());
    packages
}

/// What is said of a macro whose text looks as if it wrote routes.
fn written_by(name: &str) -> String {
    format!("the macro `{name}!` writes routes, and is not followed")
}

fn package_of(program: &Program<'_>, function: FunctionId) -> String {
    let module = program.functions[function].module;
    let of = program.modules[module].of;
    program.sources.crates[of].package.clone()
}

fn take(evaluator: &mut Evaluator<'_>, served: &mut Served) {
    for value in std::mem::take(&mut evaluator.served) {
        served.add(&value);
    }
    served.unresolved.append(&mut evaluator.unresolved);
}

impl Served {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Router(router) => {
                let router = router.borrow();
                let prefix = match router.kind {
                    Kind::Scope => router.prefix.clone(),
                    Kind::Axum | Kind::Application | Kind::Configuration => Some(String::new()),
                };
                for entry in &router.entries {
                    let below = actix::below(prefix.as_deref(), entry);
                    self.registrations.push(below);
                }
            }
            Value::Resource(resource) => self.registrations.extend(resource.registrations()),
            Value::Many(values) => values.iter().for_each(|value| self.add(value)),
            Value::Methods(_)
            | Value::Text(_)
            | Value::Function(..)
            | Value::Closure(_)
            | Value::Routes(_)
            | Value::Unknown => {}
        }
    }

    /// Each once. A route that also stands below a path of run time is known by its plain form.
    fn settle(&mut self) {
        self.registrations.sort_by_key(|entry| entry.below_unknown);
        let mut known = HashSet::new();
        self.registrations.retain(|entry| {
            let identity = entry.handler.identity();
            known.insert((entry.method, entry.path.clone(), identity, entry.at.file))
        });
        self.registrations.sort_by_key(|entry| entry.at);
        self.unresolved.sort();
        self.unresolved.dedup();
    }
}
