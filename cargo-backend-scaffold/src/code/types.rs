//! Types with their names resolved, aliases followed and parameters filled in.

use std::collections::HashMap;

use syn::{GenericArgument, PathArguments, Type};

use super::program::{ModuleId, Program, TypeId, TypeSyntax};
use super::resolve::Target;

/// Longer chains of aliases are circles.
const MAX_DEPTH: usize = 40;

/// A type that no longer depends on where it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Ty {
    /// A struct or an enum of the program, with its arguments.
    Item(TypeId, Vec<Self>),
    /// A type of a crate that was not read, or of the language: its path, crate first where known.
    External(Vec<String>, Vec<Self>),
    Tuple(Vec<Self>),
    Slice(Box<Self>),
    /// An array, with its length where that is a number.
    Array(Box<Self>, Option<u64>),
    /// A parameter that nobody has filled in.
    Parameter(String),
    /// `impl Trait`, by the name of the trait and what it carries.
    Opaque(String),
    /// Anything else: functions, pointers, macros.
    Other,
}

/// Where a type is written: names, parameters, and what `Self` is.
#[derive(Clone, Default)]
pub(crate) struct Scope {
    pub(crate) module: ModuleId,
    pub(crate) parameters: HashMap<String, Ty>,
    pub(crate) own: Option<Box<Ty>>,
}

impl Scope {
    /// A scope without parameters.
    pub(crate) fn of(module: ModuleId) -> Self {
        Self {
            module,
            ..Self::default()
        }
    }
}

impl Ty {
    /// The last name of the path of a foreign type.
    pub(crate) fn external(&self) -> Option<(&str, &[Self])> {
        match self {
            Self::External(path, arguments) => {
                Some((path.last().map_or("", String::as_str), arguments))
            }
            Self::Item(..)
            | Self::Tuple(_)
            | Self::Slice(_)
            | Self::Array(..)
            | Self::Parameter(_)
            | Self::Opaque(_)
            | Self::Other => None,
        }
    }
}

/// The path of a type, behind references and brackets.
pub(super) fn path_of(syntax: &Type) -> Option<&syn::Path> {
    match syntax {
        Type::Path(path) if path.qself.is_none() => Some(&path.path),
        Type::Reference(inner) => path_of(&inner.elem),
        Type::Paren(inner) => path_of(&inner.elem),
        Type::Group(inner) => path_of(&inner.elem),
        _ => None,
    }
}

impl Program<'_> {
    /// A type as it is written in a scope.
    pub(crate) fn ty(&self, syntax: &Type, scope: &Scope) -> Ty {
        self.ty_at(syntax, scope, 0)
    }

    fn ty_at(&self, syntax: &Type, scope: &Scope, depth: usize) -> Ty {
        if depth > MAX_DEPTH {
            return Ty::Other;
        }
        let inner = |syntax: &Type| self.ty_at(syntax, scope, depth + 1);
        match syntax {
            Type::Path(path) => self.ty_of_path(path, scope, depth),
            Type::Reference(reference) => inner(&reference.elem),
            Type::Paren(group) => inner(&group.elem),
            Type::Group(group) => inner(&group.elem),
            Type::Slice(slice) => Ty::Slice(Box::new(inner(&slice.elem))),
            Type::Tuple(tuple) => Ty::Tuple(tuple.elems.iter().map(inner).collect()),
            Type::Array(array) => {
                let length = match &array.len {
                    syn::Expr::Lit(syn::ExprLit {
                        lit: syn::Lit::Int(number),
                        ..
                    }) => number.base10_parse().ok(),
                    _ => None,
                };
                Ty::Array(Box::new(inner(&array.elem)), length)
            }
            Type::ImplTrait(opaque) => self.opaque(&opaque.bounds, scope, depth),
            Type::TraitObject(object) => self.opaque(&object.bounds, scope, depth),
            _ => Ty::Other,
        }
    }

    /// `impl Future<Output = T>` is `T` once it is awaited; any other is known by its name alone.
    fn opaque(
        &self,
        bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, syn::Token![+]>,
        scope: &Scope,
        depth: usize,
    ) -> Ty {
        let first = bounds.iter().find_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => bound.path.segments.last(),
            _ => None,
        });
        let Some(segment) = first else {
            return Ty::Other;
        };
        if segment.ident == "Future"
            && let PathArguments::AngleBracketed(arguments) = &segment.arguments
        {
            for argument in &arguments.args {
                if let GenericArgument::AssocType(output) = argument {
                    return self.ty_at(&output.ty, scope, depth + 1);
                }
            }
        }
        Ty::Opaque(segment.ident.to_string())
    }

    fn ty_of_path(&self, path: &syn::TypePath, scope: &Scope, depth: usize) -> Ty {
        if let Some(own) = &path.qself {
            let of = self.ty_at(&own.ty, scope, depth + 1);
            let name = path.path.segments.last().map(|s| s.ident.to_string());
            return self.associated(&of, &name.unwrap_or_default(), depth);
        }
        let segments = &path.path.segments;
        let Some(last) = segments.last() else {
            return Ty::Other;
        };
        let first = segments[0].ident.to_string();
        let bound = match first.as_str() {
            "Self" => scope.own.as_deref(),
            name => scope.parameters.get(name),
        };
        if let Some(bound) = bound {
            return match segments.len() {
                1 => bound.clone(),
                _ => self.associated(bound, &last.ident.to_string(), depth),
            };
        }
        let arguments = self.arguments(&last.arguments, scope, depth);
        match self.resolve_type(scope.module, &path.path) {
            Some(Target::Type(id)) => self.item(id, arguments, depth),
            Some(Target::External(path)) => Ty::External(path, arguments),
            Some(Target::Associated(id, name)) => {
                self.associated(&Ty::Item(id, Vec::new()), &name, depth)
            }
            Some(_) => Ty::Other,
            None => {
                let names = segments.iter().map(|s| s.ident.to_string());
                Ty::External(names.collect(), arguments)
            }
        }
    }

    /// The arguments of a path's last name that are types.
    pub(crate) fn arguments(
        &self,
        arguments: &PathArguments,
        scope: &Scope,
        depth: usize,
    ) -> Vec<Ty> {
        let PathArguments::AngleBracketed(arguments) = arguments else {
            return Vec::new();
        };
        arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(syntax) => Some(self.ty_at(syntax, scope, depth + 1)),
                _ => None,
            })
            .collect()
    }

    /// An item with its arguments; an alias becomes what it stands for.
    fn item(&self, id: TypeId, arguments: Vec<Ty>, depth: usize) -> Ty {
        let TypeSyntax::Alias(alias) = self.types[id].syntax else {
            return Ty::Item(id, arguments);
        };
        let scope = self.scope_of(id, &arguments);
        self.ty_at(&alias.ty, &scope, depth + 1)
    }

    /// The scope inside of a type, its parameters filled in.
    pub(crate) fn scope_of(&self, id: TypeId, arguments: &[Ty]) -> Scope {
        let item = &self.types[id];
        let mut scope = Scope::of(item.module);
        let mut given = arguments.iter();
        for parameter in item.syntax.generics().type_params() {
            let name = parameter.ident.to_string();
            let filled = given.next().cloned().or_else(|| {
                let usual = parameter.default.as_ref()?;
                Some(self.ty(&usual.1, &scope))
            });
            let filled = filled.unwrap_or_else(|| Ty::Parameter(name.clone()));
            scope.parameters.insert(name, filled);
        }
        scope.own = Some(Box::new(Ty::Item(id, arguments.to_vec())));
        scope
    }

    /// `<Type as Trait>::Name`.
    fn associated(&self, of: &Ty, name: &str, depth: usize) -> Ty {
        let Ty::Item(id, arguments) = of else {
            return Ty::Other;
        };
        for implementation in self.implementations_of(*id) {
            for item in &implementation.syntax.items {
                if let syn::ImplItem::Type(found) = item
                    && found.ident == name
                {
                    let mut scope = self.scope_of(*id, arguments);
                    scope.module = implementation.module;
                    return self.ty_at(&found.ty, &scope, depth + 1);
                }
            }
        }
        Ty::Other
    }
}
