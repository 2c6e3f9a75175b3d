//! Every module and item of the crates that were read, by number.

use std::collections::HashMap;

use syn::{Attribute, Block, ItemImpl, Signature};

use super::{Place, Sources};

/// The number of a module.
pub(crate) type ModuleId = usize;
/// The number of a function or method.
pub(crate) type FunctionId = usize;
/// The number of a struct, an enum or an alias.
pub(crate) type TypeId = usize;
/// The number of a trait.
pub(crate) type TraitId = usize;
/// The number of a constant or a static.
pub(crate) type ConstantId = usize;

/// All items, and the modules that hold them.
pub(crate) struct Program<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) modules: Vec<Module<'a>>,
    pub(crate) functions: Vec<Function<'a>>,
    pub(crate) types: Vec<TypeItem<'a>>,
    pub(crate) constants: Vec<Constant<'a>>,
    pub(crate) traits: Vec<TraitItem<'a>>,
    pub(crate) implementations: Vec<Implementation<'a>>,
    /// Macros that are invoked in the place of items.
    pub(crate) invoked: Vec<(ModuleId, &'a syn::ItemMacro)>,
    /// The root module of each crate.
    pub(crate) roots: Vec<ModuleId>,
}

/// A module, or the body of a function that holds items of its own.
pub(crate) struct Module<'a> {
    /// The number of its crate.
    pub(crate) of: usize,
    pub(crate) name: String,
    pub(crate) parent: Option<ModuleId>,
    /// Whether names that are not found here are those of the parent, as in a body.
    pub(crate) body: bool,
    pub(crate) file: usize,
    pub(crate) items: HashMap<(Space, String), Item>,
    /// Names that `use` brings, and the paths that they stand for.
    pub(crate) uses: Vec<(String, Vec<String>)>,
    /// Paths of which every name is brought.
    pub(crate) globs: Vec<Vec<String>>,
    pub(crate) attributes: &'a [Attribute],
}

/// Types and values may have the same name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Space {
    /// Modules, types and traits.
    Types,
    /// Functions and constants.
    Values,
    /// Macros by example.
    Macros,
}

/// What a name of a module is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    Module(ModuleId),
    Function(FunctionId),
    Type(TypeId),
    Trait(TraitId),
    Constant(ConstantId),
    /// A macro by example that writes what looks like routes, or does not.
    Macro(bool),
}

/// A function, a method, or one that a trait demands.
pub(crate) struct Function<'a> {
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) module: ModuleId,
    /// Where the names in its body are looked up.
    pub(crate) inside: ModuleId,
    pub(crate) attributes: &'a [Attribute],
    pub(crate) signature: &'a Signature,
    pub(crate) block: Option<&'a Block>,
    pub(crate) owner: Option<Owner>,
}

/// What a method belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An `impl` block, by its number.
    Implementation(usize),
    Trait(TraitId),
}

/// A struct, an enum or an alias.
pub(crate) struct TypeItem<'a> {
    pub(crate) name: String,
    pub(crate) module: ModuleId,
    pub(crate) syntax: TypeSyntax<'a>,
}

/// What a type looks like.
#[derive(Clone, Copy)]
pub(crate) enum TypeSyntax<'a> {
    Struct(&'a syn::ItemStruct),
    Enum(&'a syn::ItemEnum),
    Alias(&'a syn::ItemType),
}

impl<'a> TypeSyntax<'a> {
    /// Its parameters.
    pub(crate) fn generics(self) -> &'a syn::Generics {
        match self {
            Self::Struct(item) => &item.generics,
            Self::Enum(item) => &item.generics,
            Self::Alias(item) => &item.generics,
        }
    }

    /// Its attributes.
    pub(crate) fn attributes(self) -> &'a [Attribute] {
        match self {
            Self::Struct(item) => &item.attrs,
            Self::Enum(item) => &item.attrs,
            Self::Alias(item) => &item.attrs,
        }
    }

    /// Its name where it stands.
    pub(crate) fn ident(self) -> &'a syn::Ident {
        match self {
            Self::Struct(item) => &item.ident,
            Self::Enum(item) => &item.ident,
            Self::Alias(item) => &item.ident,
        }
    }
}

/// A trait.
pub(crate) struct TraitItem<'a> {
    pub(crate) name: String,
    pub(crate) methods: Vec<FunctionId>,
    pub(crate) attributes: &'a [Attribute],
}

/// A constant or a static, free or associated.
pub(crate) struct Constant<'a> {
    pub(crate) module: ModuleId,
    pub(crate) value: &'a syn::Expr,
    pub(crate) owner: Option<Owner>,
}

/// An `impl` block.
pub(crate) struct Implementation<'a> {
    pub(crate) module: ModuleId,
    pub(crate) syntax: &'a ItemImpl,
    pub(crate) methods: Vec<FunctionId>,
    pub(crate) constants: Vec<(String, ConstantId)>,
    /// The type that it is for, where that is one of the program.
    pub(crate) of: Option<TypeId>,
    /// The trait, by its last name.
    pub(crate) trait_name: Option<String>,
    /// The trait, where that is one of the program.
    pub(crate) of_trait: Option<TraitId>,
}

impl<'a> Program<'a> {
    /// The place of anything that was parsed in a module's file.
    pub(crate) fn place(&self, module: ModuleId, node: &impl syn::spanned::Spanned) -> Place {
        let start = node.span().start();
        Place {
            file: self.modules[module].file,
            line: start.line,
            column: start.column,
        }
    }

    /// The path of a module, crate first.
    pub(crate) fn module_path(&self, module: ModuleId) -> Vec<String> {
        let mut path = Vec::new();
        let mut at = Some(module);
        while let Some(id) = at {
            let module = &self.modules[id];
            if !module.body {
                path.push(module.name.clone());
            }
            at = module.parent;
        }
        path.reverse();
        path
    }

    /// The path of a function's definition, crate first.
    pub(crate) fn function_path(&self, function: FunctionId) -> String {
        let function = &self.functions[function];
        let mut path = self.module_path(function.module);
        let owner = match function.owner {
            Some(Owner::Implementation(id)) => {
                let of = self.implementations[id].of;
                of.map(|id| self.types[id].name.clone())
            }
            Some(Owner::Trait(id)) => Some(self.traits[id].name.clone()),
            None => None,
        };
        path.extend(owner);
        path.push(function.name.clone());
        path.join("::")
    }

    /// The implementations for a type, in the order of the sources.
    pub(crate) fn implementations_of(
        &self,
        id: TypeId,
    ) -> impl Iterator<Item = &Implementation<'a>> {
        let all = self.implementations.iter();
        all.filter(move |implementation| implementation.of == Some(id))
    }

    /// A method of a type, or one that a trait gives it.
    pub(crate) fn method(&self, id: TypeId, name: &str) -> Option<FunctionId> {
        let named = |&id: &FunctionId| self.functions[id].name == name;
        let own = self
            .implementations_of(id)
            .find_map(|implementation| implementation.methods.iter().copied().find(named));
        own.or_else(|| {
            let traits = self.implementations_of(id).filter_map(|i| i.of_trait);
            traits
                .flat_map(|of| self.traits[of].methods.iter().copied())
                .find(|id| named(id) && self.functions[*id].block.is_some())
        })
    }

    /// The implementation of a trait for a type.
    pub(crate) fn implements(&self, id: TypeId, name: &str) -> Option<&Implementation<'a>> {
        self.implementations_of(id)
            .find(|implementation| implementation.trait_name.as_deref() == Some(name))
    }
}
