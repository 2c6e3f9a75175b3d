//! Calls: of functions that are followed, of those of the frameworks, and of all others.

use std::collections::HashMap;

use syn::{Expr, FnArg, Type};

use super::evaluate::Evaluator;
use super::frame::Frame;
use super::value::{Closure, Kind, Value};
use crate::code::{FunctionId, Scope, Target, Ty};

/// Deeper calls are circles.
const MAX_DEPTH: usize = 48;
/// More calls than any program makes to build its routes.
const MAX_CALLS: usize = 20_000;

impl Evaluator<'_> {
    /// Follows a function, if it has to do with routes.
    pub(super) fn call(&mut self, id: FunctionId, given: Vec<Value>, types: Vec<Ty>) -> Value {
        let function = &self.program.functions[id];
        let again = self.active.contains(&id) || self.active.len() > MAX_DEPTH;
        self.calls += 1;
        let Some(block) = function.block.filter(|_| self.relevant[id]) else {
            return self.foreign_call(given);
        };
        if again || self.calls > MAX_CALLS {
            return Value::Unknown;
        }
        let untold = types.is_empty() && given.iter().all(|v| matches!(v, Value::Unknown));
        if let Some(known) = self.known.get(&id).filter(|_| untold) {
            return known.copy();
        }
        self.entered.insert(id);
        self.active.push(id);
        let mut frame = Frame::new(function.inside);
        frame.own = self.program.own_type(id).map(Box::new);
        let names = function.signature.generics.type_params();
        frame.parameters = names
            .map(|parameter| parameter.ident.to_string())
            .zip(types)
            .collect();
        let mut given = given.into_iter();
        for input in &function.signature.inputs {
            let value = given.next().unwrap_or(Value::Unknown);
            match input {
                FnArg::Receiver(_) => frame.set("self", value, true),
                FnArg::Typed(typed) => self.bind(&typed.pat, value, &mut frame, true),
            }
        }
        let mut value = self.block(block, &mut frame);
        for returned in std::mem::take(&mut frame.returned) {
            value = value.either(returned);
        }
        self.active.pop();
        if untold {
            self.known.insert(id, value.copy());
        }
        value
    }

    /// A fresh configuration for each parameter that wants one.
    pub(super) fn configurations(&self, id: FunctionId) -> Vec<Value> {
        let inputs = self.program.functions[id].signature.inputs.iter();
        inputs
            .map(|input| match input {
                FnArg::Typed(typed) if is_configuration(&typed.ty) => {
                    Value::router(Kind::Configuration, Some(String::new()))
                }
                FnArg::Typed(_) | FnArg::Receiver(_) => Value::Unknown,
            })
            .collect()
    }

    /// Runs a closure.
    pub(super) fn call_closure(&mut self, closure: &Closure, given: Vec<Value>) -> Value {
        self.calls += 1;
        if self.active.len() > MAX_DEPTH || self.calls > MAX_CALLS {
            return Value::Unknown;
        }
        let mut frame = Frame::new(closure.module);
        frame.parameters.clone_from(&closure.parameters);
        frame.own.clone_from(&closure.own);
        let mut seen: Vec<(&String, &Value)> = closure.seen.iter().collect();
        seen.sort_by_key(|(name, _)| *name);
        for (name, value) in seen {
            frame.set(name, value.clone(), true);
        }
        frame.open();
        let mut given = given.into_iter();
        let mut loose = Vec::new();
        for pattern in &closure.syntax.inputs {
            let mut value = given.next().unwrap_or(Value::Unknown);
            if let syn::Pat::Type(typed) = pattern
                && matches!(value, Value::Unknown)
                && is_configuration(&typed.ty)
            {
                value = Value::router(Kind::Configuration, Some(String::new()));
                loose.push(value.clone());
            }
            self.bind(pattern, value, &mut frame, true);
        }
        let mut value = self.expression(&closure.syntax.body, &mut frame);
        for left in frame.close() {
            self.serve(left);
        }
        for returned in std::mem::take(&mut frame.returned) {
            value = value.either(returned);
        }
        self.loose(&loose, closure, &frame);
        match value {
            Value::Router(router) if router.borrow().kind == Kind::Configuration => Value::Unknown,
            other => other,
        }
    }

    /// A configuration that a closure is given by somebody unknown.
    fn loose(&mut self, loose: &[Value], closure: &Closure, frame: &Frame) {
        for value in loose {
            if let Value::Router(router) = value
                && !router.borrow().entries.is_empty()
            {
                let message = "this closure adds routes, and where they belong is not known here";
                self.unknown(frame, &closure.syntax.body, message);
            }
        }
    }

    /// A call of something that is not followed: whatever serves among its arguments goes on.
    pub(super) fn foreign_call(&mut self, given: Vec<Value>) -> Value {
        let mut worths = Vec::new();
        for value in given {
            match value {
                Value::Closure(closure) => {
                    let worth = self.call_closure(&closure, Vec::new());
                    worths.push(worth);
                }
                other => worths.push(other),
            }
        }
        Value::serving(worths)
    }

    pub(super) fn values<'e>(
        &mut self,
        arguments: impl IntoIterator<Item = &'e Expr>,
        frame: &mut Frame,
    ) -> Vec<Value> {
        let arguments = arguments.into_iter();
        arguments.map(|e| self.expression(e, frame)).collect()
    }

    pub(super) fn function_call(&mut self, call: &syn::ExprCall, frame: &mut Frame) -> Value {
        let Expr::Path(path) = &*call.func else {
            let called = self.expression(&call.func, frame);
            let given = self.values(&call.args, frame);
            return self.call_value(called, given, frame, call);
        };
        if let Some(name) = path.path.get_ident()
            && let Some(called) = frame.read(&name.to_string())
        {
            let given = self.values(&call.args, frame);
            return self.call_value(called, given, frame, call);
        }
        if let Some(id) = self.own_method(&path.path, frame) {
            let given = self.values(&call.args, frame);
            let types = self.given_types(&path.path, frame);
            return self.call(id, given, types);
        }
        match self.program.resolve_value(frame.module, &path.path) {
            Some(Target::Function(id)) => {
                let given = self.values(&call.args, frame);
                let types = self.given_types(&path.path, frame);
                self.call(id, given, types)
            }
            Some(Target::Associated(owner, name)) => {
                self.associated_call((owner, &name), call, path, frame)
            }
            Some(Target::External(names)) => self.framework_call(&names, call, frame),
            Some(_) | None => {
                let given = self.values(&call.args, frame);
                self.foreign_call(given)
            }
        }
    }

    /// `Type::name(…)` of a type of the program; an alias may stand for one of a framework.
    fn associated_call(
        &mut self,
        (owner, name): (usize, &str),
        call: &syn::ExprCall,
        path: &syn::ExprPath,
        frame: &mut Frame,
    ) -> Value {
        if let Some(id) = self.program.method(owner, name) {
            let given = self.values(&call.args, frame);
            let types = self.given_types(&path.path, frame);
            return self.call(id, given, types);
        }
        if let Ty::External(mut names, _) = self.program.alias(owner) {
            names.push(name.to_owned());
            return self.framework_call(&names, call, frame);
        }
        let given = self.values(&call.args, frame);
        self.foreign_call(given)
    }

    /// Calls what a variable holds.
    pub(super) fn call_value(
        &mut self,
        called: Value,
        given: Vec<Value>,
        frame: &Frame,
        node: &impl syn::spanned::Spanned,
    ) -> Value {
        match called {
            Value::Closure(closure) => self.call_closure(&closure, given),
            Value::Function(id, types) => self.call(id, given, types),
            Value::Router(_)
            | Value::Methods(_)
            | Value::Resource(_)
            | Value::Text(_)
            | Value::Many(_)
            | Value::Routes(_)
            | Value::Unknown => {
                let configured = given.iter().any(|value| {
                    matches!(value, Value::Router(router)
                        if router.borrow().kind == Kind::Configuration)
                });
                if configured {
                    let message = "what this adds to the routes is only known when it runs";
                    self.unknown(frame, node, message);
                }
                self.foreign_call(given)
            }
        }
    }

    pub(super) fn method_call(&mut self, call: &syn::ExprMethodCall, frame: &mut Frame) -> Value {
        let receiver = self.expression(&call.receiver, frame);
        let name = call.method.to_string();
        if let ("fold", Some(begin), Some(step)) =
            (name.as_str(), call.args.first(), call.args.get(1))
        {
            return self.fold(receiver, begin, step, frame);
        }
        match receiver {
            Value::Router(router) => self.router_method(router, &name, call, frame),
            Value::Methods(methods) => self.methods_method(methods, &name, call, frame),
            Value::Resource(resource) => self.resource_method(resource, &name, call, frame),
            Value::Closure(_) | Value::Function(..) if name == "into" || name == "clone" => {
                receiver
            }
            Value::Text(_) => {
                let text = self.text_method(&receiver, call, frame);
                text.map_or(Value::Unknown, Value::Text)
            }
            Value::Many(_) if PASSING.contains(&name.as_str()) => receiver,
            Value::Routes(_) => receiver,
            Value::Many(_) | Value::Closure(_) | Value::Function(..) | Value::Unknown => {
                let mut given = vec![receiver];
                given.extend(self.values(&call.args, frame));
                self.method_of_program(&name, &call.receiver, given, frame)
            }
        }
    }

    /// A list that is written out is gone through; any other once, without knowing its elements.
    fn fold(&mut self, list: Value, begin: &Expr, step: &Expr, frame: &mut Frame) -> Value {
        let elements = match list {
            Value::Many(elements) => elements,
            _ => vec![Value::Unknown],
        };
        let mut value = self.expression(begin, frame);
        if let Value::Closure(step) = self.expression(step, frame) {
            for element in elements {
                value = self.call_closure(&step, vec![value, element]);
            }
        }
        value
    }

    /// A method of the program: that of `self`, or the only one of that name that has to do with
    /// routes.
    pub(super) fn method_of_program(
        &mut self,
        name: &str,
        receiver: &Expr,
        given: Vec<Value>,
        frame: &Frame,
    ) -> Value {
        let is_self = matches!(receiver, Expr::Path(path) if path.path.is_ident("self"));
        if let (true, Some(Ty::Item(id, _))) = (is_self, frame.own.as_deref())
            && let Some(method) = self.program.method(*id, name)
        {
            return self.call(method, given, Vec::new());
        }
        match self.methods.get(name).map(Vec::as_slice) {
            Some(&[only]) => self.call(only, given, Vec::new()),
            _ => self.foreign_call(given),
        }
    }

    pub(super) fn macro_call(&mut self, call: &syn::Macro, frame: &mut Frame) -> Value {
        let name = call.path.segments.last().map(|s| s.ident.to_string());
        let name = name.unwrap_or_default();
        if let Some(text) = self.text_of_macro(&name, call, frame) {
            return Value::Text(text);
        }
        if name == "routes" {
            return self.annotated(call, frame);
        }
        if let Some(Target::Macro(true)) = self.program.resolve_macro(frame.module, &call.path) {
            self.unknown(frame, call, super::written_by(&name));
            return Value::Unknown;
        }
        type Arguments = syn::punctuated::Punctuated<Expr, syn::Token![,]>;
        let Ok(arguments) = call.parse_body_with(Arguments::parse_terminated) else {
            return Value::Unknown;
        };
        let values = self.values(&arguments, frame);
        if name == "vec" || name == "services" {
            return Value::Many(values);
        }
        self.foreign_call(values)
    }
}

/// Methods of lists and wrappers that hand on what they hold.
const PASSING: &[&str] = &[
    "await",
    "clone",
    "into_iter",
    "iter",
    "unwrap",
    "expect",
    "into",
];

/// Whether a type is actix-web's `&mut ServiceConfig`.
fn is_configuration(syntax: &Type) -> bool {
    match syntax {
        Type::Reference(inner) => is_configuration(&inner.elem),
        Type::Path(path) => {
            let last = path.path.segments.last();
            last.is_some_and(|segment| segment.ident == "ServiceConfig")
        }
        _ => false,
    }
}

impl crate::code::Program<'_> {
    /// The type that a method belongs to.
    pub(crate) fn own_type(&self, id: FunctionId) -> Option<Ty> {
        let owner = self.functions[id].owner?;
        let crate::code::Owner::Implementation(number) = owner else {
            return None;
        };
        let of = self.implementations[number].of?;
        Some(Ty::Item(of, Vec::new()))
    }

    /// What an alias stands for.
    pub(super) fn alias(&self, id: usize) -> Ty {
        let item = &self.types[id];
        let scope = Scope {
            module: item.module,
            parameters: HashMap::new(),
            own: None,
        };
        match item.syntax {
            crate::code::TypeSyntax::Alias(alias) => self.ty(&alias.ty, &scope),
            crate::code::TypeSyntax::Struct(_) | crate::code::TypeSyntax::Enum(_) => Ty::Other,
        }
    }
}
