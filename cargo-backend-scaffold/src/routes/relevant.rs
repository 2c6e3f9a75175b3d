//! Which functions have to do with routes, and with which of them to begin.

use std::collections::{BTreeSet, HashMap};

use syn::visit::{self, Visit};

use crate::code::{Function, FunctionId, ModuleId, Program, Target, TypeSyntax};

/// Types whose names say that a function builds or passes on routes.
const TYPES: &[&str] = &[
    "ApiRouter",
    "App",
    "HttpServer",
    "MethodRouter",
    "OpenApiRouter",
    "Resource",
    "Router",
    "Scope",
    "ServiceConfig",
    "UtoipaMethodRouter",
    "UtoipaApp",
];
/// Methods that add routes.
const ADDING: &[&str] = &[
    "api_route",
    "api_route_with",
    "api_route_with_tsr",
    "api_route_with_tsr_and",
    "configure",
    "nest",
    "nest_api_service",
    "nest_service",
    "route",
    "route_service",
    "route_with_tsr",
    "routes",
    "service",
    "typed_delete",
    "typed_delete_with",
    "typed_get",
    "typed_get_with",
    "typed_head",
    "typed_head_with",
    "typed_options",
    "typed_options_with",
    "typed_patch",
    "typed_patch_with",
    "typed_post",
    "typed_post_with",
    "typed_put",
    "typed_put_with",
    "typed_trace",
    "typed_trace_with",
];

/// What is to be followed.
pub(super) struct Relevance {
    /// Whether a function, or one that it calls, has to do with routes.
    pub(super) relevant: Vec<bool>,
    /// Functions that nobody calls who is relevant.
    pub(super) roots: Vec<FunctionId>,
    /// Functions that add routes themselves.
    pub(super) building: Vec<FunctionId>,
}

/// What a function names.
#[derive(Default)]
struct Named {
    adds: bool,
    paths: Vec<syn::Path>,
    methods: BTreeSet<String>,
    macros: Vec<syn::Path>,
}

impl<'ast> Visit<'ast> for Named {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.push(path.clone());
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        if ADDING.contains(&name.as_str()) && !call.args.is_empty() {
            self.adds = true;
        }
        self.methods.insert(name);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.macros.push(call.path.clone());
        let inner = call.parse_body_with(
            syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated,
        );
        // What stands in a macro is visited for its calls; it lives no longer than this visit.
        if let Ok(inner) = inner {
            let mut named = Self::default();
            for expression in &inner {
                named.visit_expr(expression);
            }
            self.adds |= named.adds;
            self.paths.extend(named.paths);
            self.macros.extend(named.macros);
            self.methods.extend(named.methods);
        }
    }

    // Items in a body have numbers of their own.
    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

/// Looks at every function once.
pub(super) fn of(program: &Program<'_>) -> Relevance {
    let named: Vec<Named> = program.functions.iter().map(named_by).collect();
    let mut by_name: HashMap<&str, Vec<FunctionId>> = HashMap::new();
    for (id, function) in program.functions.iter().enumerate() {
        if function.owner.is_some() {
            by_name.entry(&function.name).or_default().push(id);
        }
    }
    let building: Vec<FunctionId> = (0..named.len())
        .filter(|&id| {
            let function = &program.functions[id];
            let builds = named[id].adds || !returns_handler(function);
            let names = || named[id].paths.iter();
            function.block.is_some()
                && builds
                && names().any(|path| is_of_a_framework(program, function.inside, path))
        })
        .collect();
    let mut relevant = vec![false; named.len()];
    for &id in &building {
        relevant[id] = true;
    }
    for (id, named) in named.iter().enumerate() {
        let inside = program.functions[id].inside;
        let writes =
            |path: &syn::Path| program.resolve_macro(inside, path) == Some(Target::Macro(true));
        relevant[id] |= named.macros.iter().any(writes);
    }
    let called: Vec<BTreeSet<FunctionId>> = (0..named.len())
        .map(|id| called_by(program, id, &named[id], &by_name))
        .collect();
    loop {
        let mut grew = false;
        for id in 0..named.len() {
            if !relevant[id] && called[id].iter().any(|&other| relevant[other]) {
                relevant[id] = true;
                grew = true;
            }
        }
        if !grew {
            break;
        }
    }
    let mut has_caller = vec![false; named.len()];
    for (id, called) in called.iter().enumerate().filter(|(id, _)| relevant[*id]) {
        for &other in called.iter().filter(|&&other| other != id) {
            has_caller[other] = true;
        }
    }
    let roots = (0..named.len())
        .filter(|&id| relevant[id] && !has_caller[id] && program.functions[id].block.is_some());
    Relevance {
        roots: roots.collect(),
        building: building.into_iter().filter(|&id| named[id].adds).collect(),
        relevant,
    }
}

/// Whether a path is that of a router, and not of something that is only called so.
fn is_of_a_framework(program: &Program<'_>, module: ModuleId, path: &syn::Path) -> bool {
    let names = || path.segments.iter().map(|segment| &segment.ident);
    let named = names().any(|name| TYPES.iter().any(|kind| name == kind));
    let made = names().next_back();
    let in_web = path.segments.len() > 1
        && names().any(|name| name == "web")
        && made.is_some_and(|name| name == "scope" || name == "resource");
    if !named && !in_web {
        return false;
    }
    match program.resolve_type(module, path) {
        Some(Target::External(found)) => found.first().is_none_or(|from| from != "std"),
        // An alias may stand for a router.
        Some(Target::Type(id) | Target::Associated(id, _)) => {
            matches!(program.types[id].syntax, TypeSyntax::Alias(_))
        }
        Some(_) => false,
        None => true,
    }
}

/// Handlers name `web::Json` and the like; only those that build a router are meant.
fn returns_handler(function: &Function<'_>) -> bool {
    let routes = [
        "get", "post", "put", "patch", "delete", "head", "route", "handler",
    ];
    function.attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|segment| routes.iter().any(|name| segment.ident == name))
    })
}

fn named_by(function: &Function<'_>) -> Named {
    let mut named = Named::default();
    named.visit_signature(function.signature);
    if let Some(block) = function.block {
        named.visit_block(block);
    }
    named
}

fn called_by(
    program: &Program<'_>,
    id: FunctionId,
    named: &Named,
    by_name: &HashMap<&str, Vec<FunctionId>>,
) -> BTreeSet<FunctionId> {
    let function = &program.functions[id];
    let mut called = BTreeSet::new();
    for path in &named.paths {
        match program.resolve_value(function.inside, path) {
            Some(Target::Function(other)) => {
                called.insert(other);
            }
            Some(Target::Associated(owner, name)) => {
                called.extend(program.method(owner, &name));
            }
            Some(Target::Demanded(owner, name)) => {
                let methods = program.traits[owner].methods.iter().copied();
                called.extend(methods.filter(|&id| program.functions[id].name == name));
            }
            _ => {
                let own = path.segments.len() == 2 && path.segments[0].ident == "Self";
                let name = path.segments.last().map(|s| s.ident.to_string());
                let methods = name.and_then(|name| by_name.get(name.as_str()));
                if let (true, Some(methods)) = (own, methods) {
                    let same = |&&id: &&FunctionId| program.functions[id].owner == function.owner;
                    called.extend(methods.iter().filter(same));
                }
            }
        }
    }
    // A method that calls another of its name would make both look as if they were called.
    for name in named.methods.iter().filter(|&name| *name != function.name) {
        called.extend(by_name.get(name.as_str()).into_iter().flatten());
    }
    called
}
