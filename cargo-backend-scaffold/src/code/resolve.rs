//! What a path stands for: modules, `use`, renames, globs, other crates.

use std::collections::HashSet;

use super::index::plain;
use super::program::{ConstantId, FunctionId, Item, ModuleId, Program, Space, TraitId, TypeId};

/// The names that a search has come by; coming by again is a circle of `use`.
type Seen = HashSet<(ModuleId, Space, String)>;

/// What a path leads to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Module(ModuleId),
    Function(FunctionId),
    Type(TypeId),
    Trait(TraitId),
    Constant(ConstantId),
    /// Whether it writes routes.
    Macro(bool),
    /// A name that belongs to a type.
    Associated(TypeId, String),
    /// A name that a trait demands or gives.
    Demanded(TraitId, String),
    /// A path into a crate that was not read, crate first.
    External(Vec<String>),
}

impl Target {
    fn of(item: Item) -> Self {
        match item {
            Item::Module(id) => Self::Module(id),
            Item::Function(id) => Self::Function(id),
            Item::Type(id) => Self::Type(id),
            Item::Trait(id) => Self::Trait(id),
            Item::Constant(id) => Self::Constant(id),
            Item::Macro(routes) => Self::Macro(routes),
        }
    }
}

/// The names of a path, without their arguments.
fn names(path: &syn::Path) -> Vec<String> {
    let mut names: Vec<String> = path.segments.iter().map(|s| plain(&s.ident)).collect();
    if path.leading_colon.is_some() {
        names.insert(0, String::new());
    }
    names
}

impl Program<'_> {
    /// A path in the place of a value.
    pub(crate) fn resolve_value(&self, module: ModuleId, path: &syn::Path) -> Option<Target> {
        self.resolve(module, &names(path), Space::Values, &mut Seen::new())
    }

    /// A path in the place of a type or a trait.
    pub(crate) fn resolve_type(&self, module: ModuleId, path: &syn::Path) -> Option<Target> {
        self.resolve(module, &names(path), Space::Types, &mut Seen::new())
    }

    /// The path of a macro.
    pub(crate) fn resolve_macro(&self, module: ModuleId, path: &syn::Path) -> Option<Target> {
        self.resolve(module, &names(path), Space::Macros, &mut Seen::new())
    }

    fn resolve(
        &self,
        module: ModuleId,
        path: &[String],
        space: Space,
        seen: &mut Seen,
    ) -> Option<Target> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" | "$crate" => Target::Module(self.roots[self.modules[module].of]),
            "self" => Target::Module(self.nearest(module)),
            "super" => Target::Module(self.above(module)?),
            "" => {
                let (name, after) = rest.split_first()?;
                rest = after;
                self.foreign(module, name)
                    .unwrap_or_else(|| Target::External(vec![name.clone()]))
            }
            name => {
                let inner = if rest.is_empty() { space } else { Space::Types };
                self.lookup(module, name, inner, seen)?
            }
        };
        while let Some((name, after)) = rest.split_first() {
            rest = after;
            let inner = if rest.is_empty() { space } else { Space::Types };
            at = match at {
                Target::Module(id) if name == "super" => Target::Module(self.above(id)?),
                Target::Module(id) => self.lookup_in(id, name, inner, seen)?,
                Target::Type(id) => Target::Associated(id, name.clone()),
                Target::Trait(id) => Target::Demanded(id, name.clone()),
                Target::External(mut path) => {
                    path.push(name.clone());
                    Target::External(path)
                }
                Target::Function(_)
                | Target::Constant(_)
                | Target::Macro(_)
                | Target::Associated(..)
                | Target::Demanded(..) => return None,
            };
        }
        Some(at)
    }

    /// The module that a body stands in.
    fn nearest(&self, mut module: ModuleId) -> ModuleId {
        while self.modules[module].body
            && let Some(parent) = self.modules[module].parent
        {
            module = parent;
        }
        module
    }

    fn above(&self, module: ModuleId) -> Option<ModuleId> {
        let parent = self.modules[self.nearest(module)].parent?;
        Some(self.nearest(parent))
    }

    /// A name as code in the module may write it: its own, those around a body, and other crates.
    fn lookup(
        &self,
        module: ModuleId,
        name: &str,
        space: Space,
        seen: &mut Seen,
    ) -> Option<Target> {
        let mut at = Some(module);
        let mut guess = None;
        while let Some(id) = at {
            match self.lookup_in(id, name, space, seen) {
                Some(Target::External(path)) if self.is_from_glob(id, name) => {
                    guess = guess.or(Some(Target::External(path)));
                }
                Some(found) => return Some(found),
                None => {}
            }
            at = self.modules[id].parent.filter(|_| self.modules[id].body);
        }
        if let Some(found) = self.foreign(module, name) {
            return Some(found);
        }
        guess
    }

    /// Whether a name is nowhere but, perhaps, in a glob of a foreign crate.
    fn is_from_glob(&self, module: ModuleId, name: &str) -> bool {
        let module = &self.modules[module];
        !module.uses.iter().any(|(called, _)| called == name)
    }

    /// A name of a module: an item, one that `use` brings, or one of a glob.
    fn lookup_in(&self, id: ModuleId, name: &str, space: Space, seen: &mut Seen) -> Option<Target> {
        let module = &self.modules[id];
        if let Some(item) = module.items.get(&(space, name.to_owned())) {
            return Some(Target::of(*item));
        }
        if !seen.insert((id, space, name.to_owned())) {
            return None;
        }
        let mut guess = None;
        for (_, path) in module.uses.iter().filter(|(called, _)| called == name) {
            // A name that stands for itself would be looked up for ever.
            let own = path.len() == 1 && path[0] == name;
            let found = if own {
                self.foreign(id, name)
            } else {
                self.resolve(id, path, space, seen)
            };
            match found {
                Some(Target::External(path)) => guess = guess.or(Some(Target::External(path))),
                Some(found) => return Some(found),
                None => {}
            }
        }
        if guess.is_some() {
            return guess;
        }
        for path in &module.globs {
            match self.resolve(id, path, Space::Types, seen) {
                Some(Target::Module(other)) if other != id => {
                    match self.lookup_in(other, name, space, seen) {
                        Some(Target::External(path)) => {
                            guess = guess.or(Some(Target::External(path)));
                        }
                        Some(found) => return Some(found),
                        None => {}
                    }
                }
                Some(Target::External(mut path)) => {
                    path.push(name.to_owned());
                    guess = guess.or(Some(Target::External(path)));
                }
                _ => {}
            }
        }
        guess
    }

    /// Another crate by the name that this one gives it.
    fn foreign(&self, module: ModuleId, name: &str) -> Option<Target> {
        let own = &self.sources.crates[self.modules[module].of];
        let known = own.dependencies.iter().find(|(called, _)| called == name);
        if let Some((_, real)) = known {
            let crates = self.sources.crates.iter();
            let found = crates
                .enumerate()
                .find(|(_, source)| source.library && source.name == *real);
            return Some(match found {
                Some((number, _)) => Target::Module(self.roots[number]),
                None => Target::External(vec![real.clone()]),
            });
        }
        let standard = matches!(name, "std" | "core" | "alloc");
        standard.then(|| Target::External(vec![name.to_owned()]))
    }
}
