//! What a generated handler does: `Input` reads parameters and body one by one, and a method of a
//! trait answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use syn::visit::{self, Visit};
use syn::{Block, Expr, Pat, Stmt, TypeParamBound};

use super::{is_generated, last_two, peeled, text};
use crate::code::{
    Function, FunctionId, ModuleId, Program, Scope, Target, TraitId, Ty, TypeSyntax,
};
use crate::describe::constant::literal;
use crate::describe::scan::status_of;

/// A handler, taken apart.
pub(super) struct Handled<'b> {
    /// The module of `Input`: the other generated modules stand beside it.
    pub(super) home: ModuleId,
    /// What is read, in order.
    pub(super) reads: Vec<Read<'b>>,
    /// The status of requests that are not valid.
    pub(super) invalid: Option<u16>,
    /// The status of bodies that are no JSON, where it is another.
    pub(super) malformed: Option<u16>,
    /// The struct that the method of the trait gets.
    request: Option<&'b syn::Path>,
    /// What stands for parameters that are absent.
    defaults: BTreeMap<String, &'b Expr>,
    method: String,
    bounds: Vec<TraitId>,
}

/// `let name = input.method(arguments);`
pub(super) struct Read<'b> {
    pub(super) name: &'b syn::Ident,
    pub(super) method: String,
    pub(super) arguments: Vec<&'b Expr>,
}

/// The method of a trait that answers.
pub(super) struct Wanted {
    pub(super) owner: TraitId,
    pub(super) method: FunctionId,
    /// The type of its answers.
    pub(super) answer: usize,
    /// Its type of rejections.
    pub(super) error: usize,
}

/// Takes a function apart that begins with `Input::new(request, …)`; any other is no such handler.
pub(super) fn read<'b>(program: &Program<'_>, function: &Function<'b>) -> Option<Handled<'b>> {
    let block: &'b Block = function.block?;
    let mut handled: Option<Handled<'b>> = None;
    let mut rest = Rest::default();
    for statement in &block.stmts {
        rest.visit_stmt(statement);
        let Stmt::Local(local) = statement else {
            continue;
        };
        let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init) else {
            continue;
        };
        let Expr::MethodCall(call) = call_of(&init.expr) else {
            handled = handled.or_else(|| begun(program, function, peeled(&init.expr)));
            continue;
        };
        let Some(handled) = handled.as_mut() else {
            handled = begun(program, function, peeled(&init.expr));
            continue;
        };
        if matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("input")) {
            handled.reads.push(Read {
                name: &name.ident,
                method: call.method.to_string(),
                arguments: call.args.iter().collect(),
            });
        }
    }
    let mut handled = handled?;
    handled.request = rest.request;
    handled.defaults = rest.defaults;
    handled.method = rest.method?;
    Some(handled)
}

/// `input.json(…).await?` and `input.caller().ok()` are calls of `input`.
fn call_of(expression: &Expr) -> &Expr {
    let inner = peeled(expression);
    match inner {
        Expr::MethodCall(call) if call.method == "ok" => peeled(&call.receiver),
        _ => inner,
    }
}

/// `Input::new(request, StatusCode::X).await?`, and `.malformed(StatusCode::Y)` behind it.
fn begun<'b>(
    program: &Program<'_>,
    function: &Function<'b>,
    expression: &Expr,
) -> Option<Handled<'b>> {
    let mut malformed = None;
    let call = match expression {
        Expr::MethodCall(outer) if outer.method == "malformed" => {
            malformed = outer.args.first().and_then(status_of);
            peeled(&outer.receiver)
        }
        other => other,
    };
    let Expr::Call(call) = call else {
        return None;
    };
    let Expr::Path(path) = &*call.func else {
        return None;
    };
    let Some(Target::Associated(input, _)) = program.resolve_value(function.inside, &path.path)
    else {
        return None;
    };
    let home = program.types[input].module;
    let ours = last_two(&path.path) == ("Input".to_owned(), "new".to_owned());
    if !ours || !is_generated(program, home) {
        return None;
    }
    let bounds = function.signature.generics.type_params();
    let bounds = bounds
        .flat_map(|parameter| &parameter.bounds)
        .filter_map(|bound| match bound {
            TypeParamBound::Trait(bound) => program.resolve_type(function.inside, &bound.path),
            _ => None,
        });
    Some(Handled {
        home,
        reads: Vec::new(),
        invalid: call.args.iter().nth(1).and_then(status_of),
        malformed,
        request: None,
        defaults: BTreeMap::new(),
        method: String::new(),
        bounds: bounds
            .filter_map(|target| match target {
                Target::Trait(id) => Some(id),
                _ => None,
            })
            .collect(),
    })
}

/// What follows the reading: the request is built, and the service is asked.
#[derive(Default)]
struct Rest<'b> {
    request: Option<&'b syn::Path>,
    defaults: BTreeMap<String, &'b Expr>,
    method: Option<String>,
}

impl<'b> Visit<'b> for Rest<'b> {
    fn visit_expr_struct(&mut self, made: &'b syn::ExprStruct) {
        self.request = Some(&made.path);
        for field in &made.fields {
            let (syn::Member::Named(name), Expr::MethodCall(call)) = (&field.member, &field.expr)
            else {
                continue;
            };
            // `limit.unwrap_or(50)`, `name.unwrap_or_else(|| "x".to_owned())`, `ids.unwrap_or_default()`
            let value = match call.args.first() {
                Some(Expr::Closure(closure)) => &*closure.body,
                Some(value) => value,
                None => &field.expr,
            };
            self.defaults.insert(name.to_string(), value);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'b syn::ExprMethodCall) {
        if matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("service")) {
            self.method = Some(call.method.to_string());
        }
        visit::visit_expr_method_call(self, call);
    }
}

impl Handled<'_> {
    /// The method of the trait that the handler calls, with the types that it names.
    pub(super) fn wanted(&self, program: &Program<'_>) -> Option<Wanted> {
        let found = self.bounds.iter().find_map(|&owner| {
            let mut methods = program.traits[owner].methods.iter().copied();
            let method = methods.find(|&id| program.functions[id].name == self.method)?;
            Some((owner, method))
        });
        let (owner, method) = found?;
        let function = &program.functions[method];
        let syn::ReturnType::Type(_, output) = &function.signature.output else {
            return None;
        };
        let output = program.ty(output, &Scope::of(function.inside));
        let Some(("Result", [Ty::Item(answer, _), Ty::Item(error, _)])) = output.external() else {
            return None;
        };
        let (answer, error) = (*answer, *error);
        Some(Wanted {
            owner,
            method,
            answer,
            error,
        })
    }

    /// What the doc comment of the request's field says.
    pub(super) fn field<'a>(
        &self,
        program: &Program<'a>,
        scope: &Scope,
        name: &syn::Ident,
    ) -> Option<&'a syn::Field> {
        let Some(Target::Type(id)) = program.resolve_type(scope.module, self.request?) else {
            return None;
        };
        let TypeSyntax::Struct(item) = program.types[id].syntax else {
            return None;
        };
        item.fields
            .iter()
            .find(|field| field.ident.as_ref() == Some(name))
    }

    /// What stands for a parameter that is absent.
    pub(super) fn default(
        &self,
        program: &Program<'_>,
        scope: &Scope,
        name: &str,
    ) -> Option<Value> {
        value(program, scope, self.defaults.get(name)?)
    }
}

/// A default as generated code writes it.
fn value(program: &Program<'_>, scope: &Scope, expression: &Expr) -> Option<Value> {
    match peeled(expression) {
        Expr::MethodCall(call) if call.method == "to_owned" => {
            text(&call.receiver).map(Value::from)
        }
        Expr::MethodCall(call) if call.method == "unwrap_or_default" => Some(json!([])),
        Expr::Call(call) => value(program, scope, call.args.first()?),
        Expr::Path(path) => match program.resolve_value(scope.module, &path.path)? {
            Target::Associated(id, _) => match program.types[id].syntax {
                TypeSyntax::Enum(item) => {
                    super::decode::variant_word(item, &path.path).map(Value::from)
                }
                TypeSyntax::Struct(_) | TypeSyntax::Alias(_) => None,
            },
            _ => None,
        },
        other => literal(other),
    }
}
