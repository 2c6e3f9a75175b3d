//! What aide's transforms say of an operation: `get_with(handler, |op| op.summary("…"))`, in a
//! closure or in a function of its own.

use serde_json::{Map, Value, json};
use syn::visit::{self, Visit};
use syn::{Expr, ExprMethodCall, GenericArgument};

use super::answer::{self, Body};
use super::constant::literal;
use super::schema::Schemas;
use super::{input, status};
use crate::code::{ModuleId, Place, Program, Scope, Target, attribute};
use crate::routes::{Registration, Words};

/// The calls of a transform in the order in which they are made; those in closures of its own are
/// about parts of the operation.
#[derive(Default)]
struct Calls<'b>(Vec<&'b ExprMethodCall>);

impl<'b> Visit<'b> for Calls<'b> {
    fn visit_expr_method_call(&mut self, call: &'b ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        self.0.push(call);
    }

    fn visit_expr_closure(&mut self, _: &'b syn::ExprClosure) {}

    fn visit_item(&mut self, _: &'b syn::Item) {}
}

/// The calls of a transform, and the module that its names are those of.
fn calls<'b>(program: &Program<'b>, words: &'b Words) -> (Vec<&'b ExprMethodCall>, ModuleId) {
    let mut calls = Calls::default();
    let module = match words {
        Words::Function(id) => {
            let function = &program.functions[*id];
            if let Some(block) = function.block {
                calls.visit_block(block);
            }
            function.inside
        }
        Words::Closure(closure, module) => {
            calls.visit_expr(&closure.body);
            *module
        }
    };
    (calls.0, module)
}

/// Whether a transform says what is answered.
pub(super) fn says_responses(program: &Program<'_>, registration: &Registration) -> bool {
    registration.words.iter().any(|words| {
        let (calls, _) = calls(program, words);
        let mut names = calls.iter().map(|call| call.method.to_string());
        names.any(|name| name.starts_with("response") || name.starts_with("default_response"))
    })
}

/// Adds what is said of an operation; it goes before what is read off types and comments.
pub(super) fn apply(
    schemas: &mut Schemas<'_, '_>,
    registration: &Registration,
    operation: &mut Value,
) {
    let mut unknown = Vec::new();
    for words in &registration.words {
        let (calls, module) = calls(schemas.program, words);
        for call in calls {
            let mut said = Said {
                schemas,
                module,
                operation,
                unknown: &mut unknown,
            };
            said.call(call);
        }
    }
    input::mark(operation, &unknown);
}

struct Said<'s, 'p, 'a> {
    schemas: &'s mut Schemas<'p, 'a>,
    module: ModuleId,
    operation: &'s mut Value,
    unknown: &'s mut Vec<String>,
}

impl Said<'_, '_, '_> {
    fn at(&self, node: &impl syn::spanned::Spanned) -> Place {
        self.schemas.program.place(self.module, node)
    }

    /// A literal, or the constant of one.
    fn text(&self, expression: &Expr) -> Option<String> {
        match expression {
            Expr::Reference(inner) => self.text(&inner.expr),
            Expr::MethodCall(call) if call.args.is_empty() => self.text(&call.receiver),
            Expr::Path(path) => {
                let program = self.schemas.program;
                match program.resolve_value(self.module, &path.path)? {
                    Target::Constant(id) => attribute::text(program.constants[id].value),
                    _ => None,
                }
            }
            other => attribute::text(other),
        }
    }

    fn not_followed(&mut self, call: &ExprMethodCall) {
        let message = format!(
            "what `{}` says of this operation is not followed",
            call.method
        );
        let at = self.at(&call.method);
        self.schemas.unknown(at, message.as_str());
        self.unknown.push(message);
    }

    fn call(&mut self, call: &ExprMethodCall) {
        let name = call.method.to_string();
        let first = call.args.first();
        let text = first.and_then(|first| self.text(first));
        match (name.as_str(), text) {
            ("id", Some(text)) => self.operation["operationId"] = json!(text),
            ("summary" | "description", Some(text)) => self.operation[name] = json!(text),
            ("tag", Some(text)) => {
                let tags = self.operation["tags"].take();
                let mut tags = tags.as_array().cloned().unwrap_or_default();
                if !tags.contains(&json!(text)) {
                    tags.push(json!(text));
                }
                self.operation["tags"] = Value::Array(tags);
            }
            ("hidden", None) if first.and_then(literal) == Some(json!(true)) => {
                self.operation["x-internal"] = json!(true);
            }
            ("hidden", None) if first.and_then(literal) == Some(json!(false)) => {}
            ("security_requirement" | "security_requirement_scopes", Some(scheme)) => {
                let scopes = call.args.iter().nth(1).map(|list| self.texts(list));
                let need = json!({scheme: scopes.unwrap_or_default()});
                let ways = self.operation["security"].take();
                let mut ways = ways.as_array().cloned().unwrap_or_default();
                ways.push(need);
                self.operation["security"] = Value::Array(ways);
            }
            ("parameter" | "parameter_untyped", Some(name)) => self.parameter(&name, call),
            (kind, None) if kind.starts_with("response") || kind.starts_with("default_") => {
                self.response(kind, call);
            }
            (
                "id"
                | "summary"
                | "description"
                | "tag"
                | "hidden"
                | "input"
                | "callback"
                | "with"
                | "inner_mut"
                | "parameter"
                | "parameter_untyped"
                | "security_requirement"
                | "security_requirement_multi"
                | "security_requirement_scopes"
                | "security_requirement_multi_scopes",
                _,
            ) => self.not_followed(call),
            // What makes an argument is none of aide's.
            _ => {}
        }
    }

    fn texts(&self, list: &Expr) -> Vec<String> {
        match list {
            Expr::Array(list) => list.elems.iter().filter_map(|e| self.text(e)).collect(),
            Expr::Reference(inner) => self.texts(&inner.expr),
            Expr::Macro(list) => {
                let parse = syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated;
                let list = list.mac.parse_body_with(parse).unwrap_or_default();
                list.iter().filter_map(|e| self.text(e)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The description that the closure behind a part gives it.
    fn description(&self, call: &ExprMethodCall) -> Option<String> {
        let Some(Expr::Closure(closure)) = call.args.last() else {
            return None;
        };
        let mut calls = Calls::default();
        calls.visit_expr(&closure.body);
        let said = calls
            .0
            .into_iter()
            .find(|call| call.method == "description")?;
        self.text(said.args.first()?)
    }

    fn parameter(&mut self, name: &str, call: &ExprMethodCall) {
        let words = self.description(call);
        let parameters = self.operation["parameters"].as_array_mut();
        let mut parameters = parameters.into_iter().flatten();
        let known = parameters.find(|parameter| parameter["name"] == *name);
        match (known, words) {
            (Some(parameter), Some(words)) => parameter["description"] = json!(words),
            (Some(_), None) => {}
            (None, _) => self.not_followed(call),
        }
    }

    /// `response::<200, Json<T>>()`, `response_range::<4, T>()`, `default_response::<T>()`.
    fn response(&mut self, kind: &str, call: &ExprMethodCall) {
        let given = call.turbofish.as_ref().map(|given| given.args.iter());
        let mut number = None;
        let mut body = None;
        for argument in given.into_iter().flatten() {
            match argument {
                GenericArgument::Const(value) => number = literal(value).and_then(|n| n.as_u64()),
                GenericArgument::Type(ty) if body.is_none() => body = Some(ty),
                _ => {}
            }
        }
        let key = match (kind, number) {
            (kind, None) if kind.starts_with("default_") => "default".to_owned(),
            (kind, Some(number)) if kind.starts_with("response_range") => format!("{number}XX"),
            (_, Some(number)) => number.to_string(),
            (_, None) => return self.not_followed(call),
        };
        let number = key.parse().unwrap_or_default();
        let words = self.description(call);
        let usual = match key.as_str() {
            "default" => "Any other answer",
            "4XX" => "A fault of the request",
            "5XX" => "A fault of the service",
            _ => status::reason(number),
        };
        let mut response = json!({"description": words.as_deref().unwrap_or(usual)});
        if let Some(content) = body.and_then(|body| self.content(body)) {
            response["content"] = content;
        }
        let responses = &mut self.operation["responses"];
        // What is only there because nothing was known gives way.
        if responses["default"]["description"] == *super::operation::NOT_KNOWN {
            *responses = json!({});
        }
        responses[key] = response;
    }

    fn content(&mut self, body: &syn::Type) -> Option<Value> {
        let program = self.schemas.program;
        let scope = Scope::of(self.module);
        let ty = program.ty(body, &scope);
        let nothing = Body {
            block: None,
            expression: None,
            scope,
            inputs: Vec::new(),
        };
        let at = self.at(body);
        let found = answer::answers(program, &ty, &nothing).found;
        let mut content = Map::new();
        for answer in found {
            if let Some(media) = answer.media {
                let schema = answer.body.map_or(json!({}), |ty| self.schemas.of(&ty, at));
                content.insert(media, json!({"schema": schema}));
            }
        }
        (!content.is_empty()).then_some(Value::Object(content))
    }
}
