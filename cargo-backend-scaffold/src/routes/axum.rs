//! axum's routers, and those that utoipa-axum and aide put around them.

use syn::Expr;

use super::evaluate::Evaluator;
use super::frame::Frame;
use super::value::{Entry, Kind, Methods, Shared, Value, Which, method};
use super::{Handler, Registration, Words, actix};

/// Crates whose functions are those of the frameworks.
const CRATES: &[&str] = &[
    "axum",
    "axum_extra",
    "aide",
    "utoipa_axum",
    "actix_web",
    "utoipa_actix_web",
    "actix",
];
/// Types that are axum's router, or stand for it.
const ROUTERS: &[&str] = &["ApiRouter", "OpenApiRouter", "Router"];
/// Methods whose argument answers what no route does.
const FALLBACKS: &[&str] = &[
    "fallback",
    "method_not_allowed_fallback",
    "default_service",
    "api_fallback",
];

impl Evaluator<'_> {
    /// A call of a function of a framework, or of any other crate.
    pub(super) fn framework_call(
        &mut self,
        names: &[String],
        call: &syn::ExprCall,
        frame: &mut Frame,
    ) -> Value {
        let name = names.last().map_or("", String::as_str);
        let of = names
            .len()
            .checked_sub(2)
            .map_or("", |at| names[at].as_str());
        if ROUTERS.contains(&of) && matches!(name, "new" | "default" | "with_openapi") {
            return Value::router(Kind::Axum, None);
        }
        if of == "App" && matches!(name, "new" | "default") {
            return Value::router(Kind::Application, Some(String::new()));
        }
        let known = names
            .first()
            .is_some_and(|first| CRATES.contains(&first.as_str()));
        if of == "web" || known && of.contains("actix_web") {
            return self.web_call(name, call, frame);
        }
        if known
            && of != "guard"
            && let Some(value) = self.routing_call(name, call, frame)
        {
            return value;
        }
        let given = self.values(&call.args, frame);
        self.foreign_call(given)
    }

    /// `get(handler)` and its kind.
    fn routing_call(
        &mut self,
        name: &str,
        call: &syn::ExprCall,
        frame: &mut Frame,
    ) -> Option<Value> {
        let mut methods = Methods::default();
        self.add_method(&mut methods, name, &call.args, frame)?;
        Some(Value::Methods(methods))
    }

    /// Adds what `name(arguments)` adds to the methods of a path.
    fn add_method(
        &mut self,
        methods: &mut Methods,
        name: &str,
        arguments: &syn::punctuated::Punctuated<Expr, syn::Token![,]>,
        frame: &mut Frame,
    ) -> Option<()> {
        let plain = name.strip_suffix("_with").unwrap_or(name);
        let said = arguments.iter().nth(1).filter(|_| plain != name);
        let plain = plain.strip_suffix("_service").unwrap_or(plain);
        if plain == "on" {
            let filter = arguments.first()?;
            let methods_found = filtered(filter);
            if methods_found.is_empty() {
                let message = "which methods are answered here is not known from the source";
                self.unknown(frame, filter, message);
                return Some(());
            }
            let handler = self.handler(arguments.iter().nth(1)?, frame);
            let which = Which::These(methods_found);
            methods.entries.push(Entry::new(which, handler));
            return Some(());
        }
        let which = match plain {
            "any" => Which::Any,
            plain if plain == plain.to_ascii_lowercase() => Which::These(vec![method(plain)?]),
            _ => return None,
        };
        let mut entry = Entry::new(which, self.handler(arguments.first()?, frame));
        entry
            .words
            .extend(said.and_then(|said| self.words(said, frame)));
        methods.entries.push(entry);
        Some(())
    }

    /// Who answers, and where that is said.
    pub(super) fn handler(
        &mut self,
        expression: &Expr,
        frame: &mut Frame,
    ) -> (Handler, crate::code::Place) {
        if let Expr::MethodCall(call) = expression
            && matches!(
                call.method.to_string().as_str(),
                "layer" | "with_state" | "clone"
            )
        {
            return self.handler(&call.receiver, frame);
        }
        let at = self.program.place(frame.module, expression);
        let handler = match self.expression(expression, frame) {
            Value::Function(id, types) => Handler::Function(id, types),
            Value::Closure(closure) => {
                Handler::Closure(std::rc::Rc::clone(&closure.syntax), closure.module)
            }
            Value::Router(_)
            | Value::Methods(_)
            | Value::Resource(_)
            | Value::Text(_)
            | Value::Many(_)
            | Value::Routes(_)
            | Value::Unknown => Handler::Unknown,
        };
        (handler, at)
    }

    /// A method of a set of methods: axum's `get(a).post(b)`, actix-web's `web::get().to(a)`.
    pub(super) fn methods_method(
        &mut self,
        mut methods: Methods,
        name: &str,
        call: &syn::ExprMethodCall,
        frame: &mut Frame,
    ) -> Value {
        match name {
            "to" => {
                let which = Which::those(methods.waiting.clone());
                if let Some(argument) = call.args.first() {
                    let handler = self.handler(argument, frame);
                    methods.entries.push(Entry::new(which, handler));
                }
            }
            "method" | "guard" => {
                methods
                    .waiting
                    .extend(call.args.first().map(actix::guarded).unwrap_or_default());
            }
            "merge" => {
                if let Some(Value::Methods(other)) =
                    call.args.first().map(|e| self.expression(e, frame))
                {
                    methods.entries.extend(other.entries);
                }
            }
            name => {
                self.add_method(&mut methods, name, &call.args, frame);
            }
        }
        Value::Methods(methods)
    }

    /// A method of a router. Those that add no routes leave it as it is.
    pub(super) fn router_method(
        &mut self,
        router: Shared,
        name: &str,
        call: &syn::ExprMethodCall,
        frame: &mut Frame,
    ) -> Value {
        let arguments: Vec<&Expr> = call.args.iter().collect();
        match (name, arguments.as_slice()) {
            (
                "route"
                | "route_with_tsr"
                | "route_service"
                | "route_service_with_tsr"
                | "api_route"
                | "api_route_with"
                | "api_route_with_tsr"
                | "api_route_with_tsr_and",
                [path, methods, said @ ..],
            ) => {
                let said = said.first().filter(|_| name.starts_with("api_"));
                self.route(&router, path, methods, said.copied(), frame);
            }
            ("nest" | "nest_api_service" | "nest_service", [path, inner]) => {
                self.nest(&router, path, inner, frame);
            }
            ("merge" | "fallback_service", [inner]) => self.merge(&router, name, inner, frame),
            ("routes", [routes]) => match self.expression(routes, frame) {
                Value::Routes(found) => router.borrow_mut().entries.extend(found),
                _ => self.unknown(frame, *routes, "these routes are only known when it runs"),
            },
            ("service" | "configure" | "external_resource", [inner]) => {
                self.actix_method(&router, name, inner, frame);
            }
            ("split_for_parts", []) => {
                return Value::Many(vec![Value::Router(router), Value::Unknown]);
            }
            ("clone", []) => return Value::Router(router),
            (name, [handler, said @ ..]) if name.starts_with("typed_") => {
                let name = &name["typed_".len()..];
                let name = name.strip_suffix("_with").unwrap_or(name);
                self.typed(&router, name, (handler, said.first().copied()), frame);
            }
            (name, _) if FALLBACKS.contains(&name) => {}
            (name, _) => return self.other_method(router, name, call, frame),
        }
        Value::Router(router)
    }

    /// A method that the program itself gives to routers, or one that adds no routes.
    fn other_method(
        &mut self,
        router: Shared,
        name: &str,
        call: &syn::ExprMethodCall,
        frame: &mut Frame,
    ) -> Value {
        if !self.methods.contains_key(name) {
            return Value::Router(router);
        }
        let mut given = vec![Value::Router(std::rc::Rc::clone(&router))];
        given.extend(self.values(&call.args, frame));
        match self.method_of_program(name, &call.receiver, given, frame) {
            value if value.serves() => value,
            _ => Value::Router(router),
        }
    }

    /// What is said of an operation, or of all on a path.
    pub(super) fn words(&mut self, said: &Expr, frame: &mut Frame) -> Option<Words> {
        match self.expression(said, frame) {
            Value::Function(id, _) => Some(Words::Function(id)),
            Value::Closure(closure) => Some(Words::Closure(
                std::rc::Rc::clone(&closure.syntax),
                closure.module,
            )),
            _ => {
                let message = "what is said of this operation is only known when it runs";
                self.unknown(frame, said, message);
                None
            }
        }
    }

    fn route(
        &mut self,
        router: &Shared,
        path: &Expr,
        methods: &Expr,
        said: Option<&Expr>,
        frame: &mut Frame,
    ) {
        let framework = router.borrow().kind.framework();
        let value = self.expression(methods, frame);
        let Some(text) = self.text(path, frame) else {
            self.unknown(
                frame,
                path,
                "the path of this route is only known when it runs",
            );
            return;
        };
        let Value::Methods(mut methods_found) = value else {
            let message = format!("who answers `{text}` is only known when it runs");
            self.unknown(frame, methods, message);
            return;
        };
        let words = said.and_then(|said| self.words(said, frame));
        for entry in &mut methods_found.entries {
            entry.words.extend(words.clone());
        }
        let added = methods_found.on(&text, framework);
        router.borrow_mut().entries.extend(added);
    }

    fn nest(&mut self, router: &Shared, path: &Expr, inner: &Expr, frame: &mut Frame) {
        let prefix = self.text(path, frame);
        let value = self.expression(inner, frame);
        if prefix.is_none() {
            let message = "the path that this stands below is only known when it runs";
            self.unknown(frame, path, message);
        }
        let Value::Router(other) = value else {
            let message = "what is served here is not a router that can be followed";
            self.unknown(frame, inner, message);
            return;
        };
        let added: Vec<Registration> = other
            .borrow()
            .entries
            .iter()
            .map(|entry| nested(prefix.as_deref(), entry))
            .collect();
        router.borrow_mut().entries.extend(added);
    }

    fn merge(&mut self, router: &Shared, name: &str, inner: &Expr, frame: &mut Frame) {
        match self.expression(inner, frame) {
            Value::Router(other) if !std::rc::Rc::ptr_eq(router, &other) => {
                let added = other.borrow().entries.clone();
                router.borrow_mut().entries.extend(added);
            }
            Value::Router(_) => {}
            // A fallback answers what no route does, and has no path.
            _ if name == "fallback_service" => {}
            _ => {
                let message = "what is merged here is not a router that can be followed";
                self.unknown(frame, inner, message);
            }
        }
    }
}

/// A route below a path; axum joins `/` to nothing.
fn nested(prefix: Option<&str>, entry: &Registration) -> Registration {
    let mut nested = entry.clone();
    match prefix {
        None => nested.below_unknown = true,
        Some(prefix) => {
            let trimmed = prefix.trim_end_matches('/');
            nested.path = match entry.path.as_str() {
                "/" if prefix.ends_with('/') => prefix.to_owned(),
                "/" => trimmed.to_owned(),
                path => format!("{trimmed}{path}"),
            };
        }
    }
    nested
}

/// The methods of a `MethodFilter`.
fn filtered(expression: &Expr) -> Vec<&'static str> {
    match expression {
        Expr::Path(path) => {
            let last = path.path.segments.last().map(|s| s.ident.to_string());
            last.and_then(|name| method(&name)).into_iter().collect()
        }
        Expr::MethodCall(call) => {
            let mut found = filtered(&call.receiver);
            found.extend(call.args.iter().flat_map(filtered));
            found
        }
        Expr::Binary(both) => {
            let mut found = filtered(&both.left);
            found.extend(filtered(&both.right));
            found
        }
        _ => Vec::new(),
    }
}
