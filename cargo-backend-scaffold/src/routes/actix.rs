//! actix-web's applications, scopes and resources.

use syn::Expr;

use super::Registration;
use super::evaluate::Evaluator;
use super::frame::Frame;
use super::value::{Entry, Kind, Methods, Resource, Shared, Value, Which, method};

impl Evaluator<'_> {
    /// `web::name(…)`.
    pub(super) fn web_call(
        &mut self,
        name: &str,
        call: &syn::ExprCall,
        frame: &mut Frame,
    ) -> Value {
        let first = call.args.first();
        match (name, first) {
            ("scope", Some(path)) => {
                let prefix = self.text(path, frame);
                if prefix.is_none() {
                    let message = "the path that this stands below is only known when it runs";
                    self.unknown(frame, path, message);
                }
                Value::router(Kind::Scope, prefix)
            }
            ("resource", Some(path)) => self.resource(path, frame),
            ("route", None) => Value::Methods(Methods::default()),
            ("method", Some(which)) => Value::Methods(Methods {
                waiting: guarded(which),
                ..Methods::default()
            }),
            ("to", Some(handler)) => {
                let handler = self.handler(handler, frame);
                Value::Methods(Methods {
                    entries: vec![Entry::new(Which::Any, handler)],
                    ..Methods::default()
                })
            }
            (name, None) if method(name).is_some() => Value::Methods(Methods {
                waiting: method(name).into_iter().collect(),
                ..Methods::default()
            }),
            _ => {
                let given = self.values(&call.args, frame);
                self.foreign_call(given)
            }
        }
    }

    /// A resource on one path or on several.
    fn resource(&mut self, path: &Expr, frame: &mut Frame) -> Value {
        let mut paths: Vec<String> = Vec::new();
        match self.expression(path, frame) {
            Value::Many(values) => {
                paths.extend(values.iter().filter_map(|v| v.text().map(str::to_owned)));
            }
            _ => paths.extend(self.text(path, frame)),
        }
        if paths.is_empty() {
            self.unknown(
                frame,
                path,
                "the path of this route is only known when it runs",
            );
        }
        Value::Resource(Resource {
            paths,
            ..Resource::default()
        })
    }

    pub(super) fn resource_method(
        &mut self,
        mut resource: Resource,
        name: &str,
        call: &syn::ExprMethodCall,
        frame: &mut Frame,
    ) -> Value {
        match (name, call.args.first()) {
            ("route", Some(route)) => match self.expression(route, frame) {
                Value::Methods(methods) => resource.methods.entries.extend(methods.entries),
                _ => self.unknown(frame, route, "this route is only known when it runs"),
            },
            ("to", Some(handler)) => {
                let handler = self.handler(handler, frame);
                resource
                    .methods
                    .entries
                    .push(Entry::new(Which::Any, handler));
            }
            ("guard", Some(guard)) => resource.guarded.extend(guarded(guard)),
            (name, Some(handler)) if method(name).is_some() => {
                let handler = self.handler(handler, frame);
                let which = Which::those(method(name).into_iter().collect());
                resource.methods.entries.push(Entry::new(which, handler));
            }
            _ => {}
        }
        Value::Resource(resource)
    }

    /// `service` and `configure`.
    pub(super) fn actix_method(
        &mut self,
        router: &Shared,
        name: &str,
        inner: &Expr,
        frame: &mut Frame,
    ) {
        if name == "external_resource" {
            return;
        }
        let value = self.expression(inner, frame);
        if name == "service" {
            self.service(router, value, inner, frame);
            return;
        }
        let configured = Value::router(Kind::Configuration, Some(String::new()));
        let known = matches!(value, Value::Closure(_) | Value::Function(..));
        if known {
            self.call_value(value, vec![configured.clone()], frame, inner);
        } else {
            let message = "what this adds to the routes is only known when it runs";
            self.unknown(frame, inner, message);
        }
        if let Value::Router(configured) = configured {
            let added = std::mem::take(&mut configured.borrow_mut().entries);
            router.borrow_mut().entries.extend(added);
        }
    }

    fn service(&mut self, router: &Shared, value: Value, inner: &Expr, frame: &Frame) {
        match value {
            Value::Router(scope) => {
                let scope = scope.borrow();
                let prefix = scope.prefix.as_deref();
                let added: Vec<Registration> = scope
                    .entries
                    .iter()
                    .map(|entry| below(prefix, entry))
                    .collect();
                router.borrow_mut().entries.extend(added);
            }
            Value::Resource(resource) => {
                let mut router = router.borrow_mut();
                router.entries.extend(resource.registrations());
            }
            Value::Many(values) => {
                for value in values {
                    self.service(router, value, inner, frame);
                }
            }
            Value::Function(id, types) => {
                let at = self.program.place(frame.module, inner);
                match self.attribute_routes(id, &types, at) {
                    routes if routes.is_empty() => {
                        let path = self.program.function_path(id);
                        let message = format!("`{path}` has no attribute that says its path");
                        self.unknown(frame, inner, message);
                    }
                    routes => router.borrow_mut().entries.extend(routes),
                }
            }
            Value::Methods(_)
            | Value::Text(_)
            | Value::Closure(_)
            | Value::Routes(_)
            | Value::Unknown => {
                let message = "what is served here is not a service that can be followed";
                self.unknown(frame, inner, message);
            }
        }
    }
}

/// A route below the path of a scope.
pub(super) fn below(prefix: Option<&str>, entry: &Registration) -> Registration {
    let mut below = entry.clone();
    let Some(prefix) = prefix else {
        below.below_unknown = true;
        return below;
    };
    let path = entry.path.as_str();
    let slash = if path.is_empty() || path.starts_with('/') {
        ""
    } else {
        "/"
    };
    below.path = format!("{}{slash}{path}", prefix.trim_end_matches('/'));
    below
}

/// The methods that a guard lets through: `guard::Post()`, `Method::POST`,
/// `guard::Any(guard::Get()).or(guard::Head())`; none where it looks at something else.
pub(super) fn guarded(expression: &Expr) -> Vec<&'static str> {
    match expression {
        Expr::Path(path) => {
            let last = path.path.segments.last();
            let method = last.and_then(|segment| method(&segment.ident.to_string()));
            method.into_iter().collect()
        }
        Expr::Call(call) => match call.args.first() {
            Some(_) if is_not(&call.func) => Vec::new(),
            Some(inner) => guarded(inner),
            None => guarded(&call.func),
        },
        Expr::MethodCall(call) => {
            let mut both = guarded(&call.receiver);
            both.extend(call.args.iter().flat_map(guarded));
            both
        }
        _ => Vec::new(),
    }
}

/// `guard::Not`.
fn is_not(function: &Expr) -> bool {
    let Expr::Path(path) = function else {
        return false;
    };
    path.path
        .segments
        .last()
        .is_some_and(|segment| segment.ident == "Not")
}
