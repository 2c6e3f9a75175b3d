//! The types of expressions, as far as they can be read off: literals, constructors, calls of
//! functions whose signatures are there, variables.

use std::collections::HashMap;

use syn::{Expr, Fields, Lit, ReturnType};

use crate::code::{FunctionId, Program, Scope, Target, Ty, TypeSyntax};

/// What is known where an expression stands.
pub(super) struct Known<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) scope: Scope,
    pub(super) variables: HashMap<String, Ty>,
}

impl Known<'_, '_> {
    /// The type of an expression.
    pub(super) fn infer(&self, expression: &Expr) -> Option<Ty> {
        match expression {
            Expr::Reference(inner) => self.infer(&inner.expr),
            Expr::Paren(inner) => self.infer(&inner.expr),
            Expr::Group(inner) => self.infer(&inner.expr),
            Expr::Await(inner) => self.infer(&inner.base),
            Expr::Try(inner) => self.infer(&inner.expr).map(unwrapped),
            Expr::Path(path) => self.variable(path),
            Expr::Struct(made) => self.named(&made.path),
            Expr::Lit(literal) => Some(external(match literal.lit {
                Lit::Str(_) => "String",
                Lit::Bool(_) => "bool",
                Lit::Int(_) => "i64",
                Lit::Float(_) => "f64",
                _ => return None,
            })),
            Expr::Macro(call) => {
                let name = call.mac.path.segments.last()?.ident.to_string();
                match name.as_str() {
                    "json" => Some(external("Value")),
                    "format" => Some(external("String")),
                    _ => None,
                }
            }
            Expr::Call(call) => self.call(call),
            Expr::MethodCall(call) => self.method(call),
            Expr::Field(field) => self.field(field),
            Expr::Async(inner) => self.last(&inner.block),
            Expr::Block(inner) => self.last(&inner.block),
            _ => None,
        }
    }

    /// What a block ends in.
    fn last(&self, block: &syn::Block) -> Option<Ty> {
        match block.stmts.last()? {
            syn::Stmt::Expr(last, None) => self.infer(last),
            _ => None,
        }
    }

    fn variable(&self, path: &syn::ExprPath) -> Option<Ty> {
        let name = path.path.get_ident()?.to_string();
        if name == "self" {
            return self.scope.own.as_deref().cloned();
        }
        self.variables.get(&name).cloned()
    }

    /// The type that a path in the place of a value or a pattern names; a variant names its enum.
    pub(super) fn named(&self, path: &syn::Path) -> Option<Ty> {
        if path.segments.first()?.ident == "Self" {
            return self.scope.own.as_deref().cloned();
        }
        match self.program.resolve_type(self.scope.module, path)? {
            Target::Type(id) => {
                let given = path.segments.last()?;
                let given = self.program.arguments(&given.arguments, &self.scope, 0);
                match self.program.types[id].syntax {
                    TypeSyntax::Alias(_) => {
                        let syntax = syn::Type::Path(syn::TypePath {
                            attrs: Vec::new(),
                            qself: None,
                            path: path.clone(),
                        });
                        Some(self.program.ty(&syntax, &self.scope))
                    }
                    TypeSyntax::Struct(_) | TypeSyntax::Enum(_) => Some(Ty::Item(id, given)),
                }
            }
            Target::Associated(id, _) => Some(Ty::Item(id, Vec::new())),
            _ => None,
        }
    }

    fn call(&self, call: &syn::ExprCall) -> Option<Ty> {
        let Expr::Path(path) = &*call.func else {
            return None;
        };
        let last = path.path.segments.last()?.ident.to_string();
        if matches!(last.as_str(), "Ok" | "Some" | "Json" | "Box" | "Arc") {
            return self.infer(call.args.first()?);
        }
        match self.program.resolve_value(self.scope.module, &path.path) {
            Some(Target::Function(id)) => self.returned(id),
            Some(Target::Associated(owner, name)) => match self.program.method(owner, &name) {
                Some(id) => self.returned(id),
                None => Some(Ty::Item(owner, Vec::new())),
            },
            _ => self.named(&path.path),
        }
    }

    fn method(&self, call: &syn::ExprMethodCall) -> Option<Ty> {
        let name = call.method.to_string();
        match name.as_str() {
            "to_string" | "to_owned" => return Some(external("String")),
            "clone" | "unwrap" | "expect" | "unwrap_or_default" | "map_err" | "ok_or"
            | "ok_or_else" | "with_context" | "context" | "or_raise" => {
                let receiver = self.infer(&call.receiver)?;
                let strips = name.starts_with("unwrap") || name == "expect";
                return Some(if strips {
                    unwrapped(receiver)
                } else {
                    receiver
                });
            }
            _ => {}
        }
        let receiver = self.infer(&call.receiver);
        if let ("into_inner", Some(Ty::External(_, arguments))) = (name.as_str(), &receiver) {
            return arguments.first().cloned();
        }
        if let Some(Ty::Item(id, _)) = receiver
            && let Some(method) = self.program.method(id, &name)
        {
            return self.returned(method);
        }
        // A method that has one type wherever it is demanded or given.
        let all = self.program.functions.iter().enumerate();
        let mut types = all
            .filter(|(_, function)| function.owner.is_some() && function.name == name)
            .filter_map(|(id, _)| self.returned(id));
        let first = types.next()?;
        types.all(|other| other == first).then_some(first)
    }

    fn field(&self, field: &syn::ExprField) -> Option<Ty> {
        let (id, arguments) = match self.infer(&field.base)? {
            Ty::Item(id, arguments) => (id, arguments),
            // `Json(x).0`
            Ty::External(_, arguments) => return arguments.first().cloned(),
            _ => return None,
        };
        let TypeSyntax::Struct(item) = self.program.types[id].syntax else {
            return None;
        };
        let scope = self.program.scope_of(id, &arguments);
        let found = item
            .fields
            .iter()
            .enumerate()
            .find(|(number, known)| match &field.member {
                syn::Member::Named(name) => known.ident.as_ref() == Some(name),
                syn::Member::Unnamed(index) => index.index as usize == *number,
            });
        found.map(|(_, known)| self.program.ty(&known.ty, &scope))
    }

    /// What a function gives back.
    fn returned(&self, id: FunctionId) -> Option<Ty> {
        let function = &self.program.functions[id];
        let ReturnType::Type(_, syntax) = &function.signature.output else {
            return None;
        };
        let mut scope = Scope::of(function.inside);
        scope.own = self.program.own_type(id).map(Box::new);
        Some(self.program.ty(syntax, &scope))
    }

    /// Names the parts of a variant in a pattern.
    pub(super) fn bind(&mut self, pattern: &syn::Pat, of: Option<&Ty>) {
        match pattern {
            syn::Pat::Ident(name) => {
                let key = name.ident.to_string();
                match of {
                    Some(ty) => self.variables.insert(key, ty.clone()),
                    None => self.variables.remove(&key),
                };
            }
            syn::Pat::Type(typed) => {
                let ty = self.program.ty(&typed.ty, &self.scope);
                self.bind(&typed.pat, Some(&ty));
            }
            syn::Pat::Reference(inner) => self.bind(&inner.pat, of),
            syn::Pat::Tuple(tuple) => {
                let parts = match of {
                    Some(Ty::Tuple(parts)) => parts.clone(),
                    _ => Vec::new(),
                };
                for (number, pattern) in tuple.elems.iter().enumerate() {
                    self.bind(pattern, parts.get(number));
                }
            }
            syn::Pat::TupleStruct(made) => {
                let fields = self.fields_of(&made.path, of);
                for (number, pattern) in made.elems.iter().enumerate() {
                    let ty = fields.get(number).map(|(_, ty)| ty.clone());
                    self.bind(pattern, ty.as_ref());
                }
            }
            syn::Pat::Struct(made) => {
                let fields = self.fields_of(&made.path, of);
                for field in &made.fields {
                    let syn::Member::Named(name) = &field.member else {
                        continue;
                    };
                    let ty = fields.iter().find(|(known, _)| name == known);
                    let ty = ty.map(|(_, ty)| ty.clone());
                    self.bind(&field.pat, ty.as_ref());
                }
            }
            _ => {}
        }
    }

    /// The fields of a struct or a variant; of `Some(x)` and the like, what they hold.
    fn fields_of(&self, path: &syn::Path, of: Option<&Ty>) -> Vec<(String, Ty)> {
        let Some(last) = path.segments.last() else {
            return Vec::new();
        };
        if let Some(Ty::External(_, arguments)) = of {
            let inner = if last.ident == "Err" {
                arguments.get(1)
            } else {
                arguments.first()
            };
            return inner
                .map(|ty| (String::new(), ty.clone()))
                .into_iter()
                .collect();
        }
        let Some(Ty::Item(id, arguments)) = of.cloned().or_else(|| self.named(path)) else {
            return Vec::new();
        };
        let scope = self.program.scope_of(id, &arguments);
        let fields: &Fields = match self.program.types[id].syntax {
            TypeSyntax::Struct(item) => &item.fields,
            TypeSyntax::Enum(item) => {
                let variant = item.variants.iter().find(|v| v.ident == last.ident);
                match variant {
                    Some(variant) => &variant.fields,
                    None => return Vec::new(),
                }
            }
            TypeSyntax::Alias(_) => return Vec::new(),
        };
        fields
            .iter()
            .map(|field| {
                let name = field.ident.as_ref().map(ToString::to_string);
                let ty = self.program.ty(&field.ty, &scope);
                (name.unwrap_or_default(), ty)
            })
            .collect()
    }
}

/// A type of the language.
pub(super) fn external(name: &str) -> Ty {
    Ty::External(vec![name.to_owned()], Vec::new())
}

/// What `?` and `unwrap` leave.
fn unwrapped(ty: Ty) -> Ty {
    match ty.external() {
        Some(("Result" | "Option", [inner, ..])) => inner.clone(),
        _ => ty,
    }
}
