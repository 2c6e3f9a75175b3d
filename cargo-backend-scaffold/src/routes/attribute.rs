//! Routes whose paths stand in attributes: actix-web's `#[get("/")]`, utoipa's `#[utoipa::path]`.

use syn::Expr;

use super::evaluate::Evaluator;
use super::frame::Frame;
use super::value::{Value, method};
use super::{Framework, Handler, Registration, Unresolved};
use crate::code::attribute::{self, Word, words_of};
use crate::code::{FunctionId, Place, Target, Ty};

impl Evaluator<'_> {
    /// The routes that actix-web's attributes give to a function.
    pub(super) fn attribute_routes(
        &mut self,
        id: FunctionId,
        types: &[Ty],
        at: Place,
    ) -> Vec<Registration> {
        let function = &self.program.functions[id];
        let scope = self.attribute_scope(function.module);
        let mut routes = Vec::new();
        for attribute in function.attributes {
            let Some(last) = attribute.path().segments.last() else {
                continue;
            };
            let name = last.ident.to_string();
            let syn::Meta::List(list) = &attribute.meta else {
                continue;
            };
            let words = words_of(list.tokens.clone());
            let Some(path) = words.first().and_then(Word::text) else {
                continue;
            };
            let methods: Vec<&'static str> = match (name.as_str(), method(&name)) {
                ("route", _) => {
                    let named = words.iter().filter(|word| word.name == "method");
                    let named: Vec<String> = named.filter_map(Word::text).collect();
                    for other in named.iter().filter(|name| method(name).is_none()) {
                        let message = format!("`{other}` is no method that a document can name");
                        self.unresolved.push(Unresolved { at, message });
                    }
                    named.iter().filter_map(|name| method(name)).collect()
                }
                (_, Some(method)) => vec![method],
                _ => continue,
            };
            for method in methods {
                let route = Registration {
                    method,
                    path: path.clone(),
                    handler: Handler::Function(id, types.to_vec()),
                    at,
                    framework: Framework::Actix,
                    below_unknown: false,
                    any: false,
                    words: Vec::new(),
                };
                routes.push(super::actix::below(Some(&scope), &route));
            }
        }
        routes
    }

    /// The path of `#[scope("/path")]` on the module.
    fn attribute_scope(&self, module: usize) -> String {
        let attributes = self.program.modules[module].attributes.iter();
        let scopes = attributes.filter(|attribute| {
            let last = attribute.path().segments.last();
            last.is_some_and(|segment| segment.ident == "scope")
        });
        scopes
            .filter_map(|attribute| match &attribute.meta {
                syn::Meta::List(list) => words_of(list.tokens.clone()).first()?.text(),
                syn::Meta::Path(_) | syn::Meta::NameValue(_) => None,
            })
            .collect()
    }

    /// utoipa-axum's `routes!(a, b)`.
    pub(super) fn annotated(&mut self, call: &syn::Macro, frame: &mut Frame) -> Value {
        let mut found = Vec::new();
        for tokens in attribute::split(call.tokens.clone()) {
            let Ok(Expr::Path(path)) = syn::parse2::<Expr>(tokens) else {
                continue;
            };
            let target = self.program.resolve_value(frame.module, &path.path);
            let Some(Target::Function(id)) = target else {
                let message = "the function of this route is not in a crate that was read";
                self.unknown(frame, &path, message);
                continue;
            };
            let at = self.program.place(frame.module, &path);
            let types = self.given_types(&path.path, frame);
            let routes = self.annotated_routes(id, &types, at);
            if routes.is_empty() {
                let path_of = self.program.function_path(id);
                let message = format!("`{path_of}` has no attribute that says its path");
                self.unknown(frame, &path, message);
            }
            found.extend(routes);
        }
        Value::Routes(found)
    }

    /// What `#[utoipa::path(get, path = "/")]` says.
    fn annotated_routes(&mut self, id: FunctionId, types: &[Ty], at: Place) -> Vec<Registration> {
        let function = &self.program.functions[id];
        let Some(words) = described(function.attributes) else {
            return Vec::new();
        };
        let mut methods: Vec<&'static str> =
            words.iter().filter_map(|word| method(&word.name)).collect();
        for listed in words.iter().filter(|word| word.name == "method") {
            methods.extend(listed.inner.iter().filter_map(|word| method(&word.name)));
        }
        let named = words.iter().find(|word| word.name == "path");
        let mut frame = Frame::new(function.inside);
        let path = match named.and_then(|word| word.value.as_ref()) {
            Some(expression) => self.text(expression, &mut frame),
            None => Some("/".to_owned()),
        };
        let Some(path) = path else {
            return Vec::new();
        };
        methods
            .into_iter()
            .map(|method| Registration {
                method,
                path: path.clone(),
                handler: Handler::Function(id, types.to_vec()),
                at,
                framework: Framework::Axum,
                below_unknown: false,
                any: false,
                words: Vec::new(),
            })
            .collect()
    }
}

/// The words of `#[utoipa::path(…)]`.
pub(crate) fn described(attributes: &[syn::Attribute]) -> Option<Vec<Word>> {
    let metas = attribute::metas(attributes);
    let found = metas.into_iter().find(|meta| {
        let names: Vec<String> = meta
            .path()
            .segments
            .iter()
            .map(|s| s.ident.to_string())
            .collect();
        names == ["utoipa", "path"]
    })?;
    match found {
        syn::Meta::List(list) => Some(words_of(list.tokens)),
        syn::Meta::Path(_) | syn::Meta::NameValue(_) => None,
    }
}
