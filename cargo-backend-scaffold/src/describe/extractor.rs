//! Extractors of the program's own: what they read is found in how they are made.

use std::collections::BTreeSet;

use serde_json::json;
use syn::visit::{self, Visit};

use super::input::Reader;
use crate::code::attribute::words;
use crate::code::{Place, Ty, TypeSyntax};

impl Reader<'_, '_, '_> {
    /// An extractor of the program: what it derives, else what its `FromRequest` calls.
    pub(super) fn own(
        &mut self,
        id: usize,
        arguments: &[Ty],
        at: Place,
        required: bool,
        depth: usize,
    ) {
        let program = self.schemas.program;
        let attributes = program.types[id].syntax.attributes();
        let ty = Ty::Item(id, arguments.to_vec());
        if !words(attributes, "typed_path").is_empty() {
            return self.path(&ty, at);
        }
        if let Some(name) = via(attributes) {
            let inner = arguments.first().cloned().unwrap_or(ty);
            let through = Ty::External(vec![name], vec![inner]);
            return self.extractor(&through, at, required, depth + 1);
        }
        let made = [
            "FromRequest",
            "FromRequestParts",
            "OptionalFromRequestParts",
        ];
        let made = made.iter().find_map(|name| program.implements(id, name));
        let Some(made) = made else {
            return self.derived(id, arguments, at, required, depth);
        };
        let mut scope = program.scope_of(id, arguments);
        scope.module = made.module;
        let mut reads = Reads::default();
        for &method in &made.methods {
            if let Some(block) = program.functions[method].block {
                reads.visit_block(block);
            }
        }
        // An associated type such as `Future` names no extractor, the trait's arguments may.
        for name in ["Json", "Form", "Query", "Path", "Multipart", "TypedHeader"] {
            if !reads.types.contains(name) {
                continue;
            }
            let given = reads.given.iter().find(|(known, _)| known == name);
            let inner = given.map(|(_, syntax)| program.ty(syntax, &scope));
            let inner = inner.filter(|ty| !matches!(ty, Ty::Other));
            if let Some(inner) = inner.or_else(|| arguments.first().cloned()) {
                let through = Ty::External(vec![name.to_owned()], vec![inner]);
                self.extractor(&through, at, required, depth + 1);
                return;
            }
        }
        if reads.types.contains("Bearer") || reads.texts.iter().any(|t| t.starts_with("Bearer")) {
            return self.need("bearer", required);
        }
        if reads.types.contains("AUTHORIZATION") {
            return self.need("authorization", required);
        }
        let headers: Vec<String> = reads.headers();
        for name in &headers {
            self.parameter("header", name, json!({"type": "string"}), false);
        }
        if headers.is_empty() && reads.reads_headers {
            // One note for the extractor, not one for each handler.
            let at = program.place(made.module, &made.syntax.self_ty);
            self.not_known(&ty, at);
        }
    }

    /// A struct without an implementation of its own: a tuple of extractors, or not known.
    fn derived(&mut self, id: usize, arguments: &[Ty], at: Place, required: bool, depth: usize) {
        let program = self.schemas.program;
        let TypeSyntax::Struct(item) = program.types[id].syntax else {
            return self.not_known(&Ty::Item(id, Vec::new()), at);
        };
        let derives = words(&item.attrs, "derive");
        let derives = derives.iter().any(|word| {
            let name = word.name.rsplit("::").next().unwrap_or_default();
            matches!(name, "FromRequest" | "FromRequestParts")
        });
        if !derives {
            return self.not_known(&Ty::Item(id, Vec::new()), at);
        }
        let scope = program.scope_of(id, arguments);
        for field in &item.fields {
            let mut ty = program.ty(&field.ty, &scope);
            if let Some(name) = via(&field.attrs) {
                ty = Ty::External(vec![name], vec![ty]);
            }
            self.extractor(&ty, at, required, depth + 1);
        }
    }
}

/// The extractor of `#[from_request(via(axum::Json))]`.
fn via(attributes: &[syn::Attribute]) -> Option<String> {
    let words = words(attributes, "from_request");
    let via = words.iter().find(|word| word.name == "via")?;
    let name = via.inner.first()?.name.rsplit("::").next()?;
    Some(name.to_owned())
}

/// What an extractor's own code names.
#[derive(Default)]
struct Reads {
    types: BTreeSet<String>,
    texts: Vec<String>,
    given: Vec<(String, syn::Type)>,
    reads_headers: bool,
}

impl Reads {
    /// The names of headers that are read by their texts.
    fn headers(&self) -> Vec<String> {
        let mut headers: Vec<String> = self
            .texts
            .iter()
            .filter(|text| self.reads_headers && is_header(text))
            .cloned()
            .collect();
        headers.sort();
        headers.dedup();
        headers
    }
}

/// Whether a text is the name of a header of the program's own.
fn is_header(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.starts_with("x-") && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

impl<'ast> Visit<'ast> for Reads {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        for segment in &path.segments {
            let name = segment.ident.to_string();
            if let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments
                && let Some(syn::GenericArgument::Type(first)) = arguments.args.first()
            {
                self.given.push((name.clone(), first.clone()));
            }
            self.types.insert(name);
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.reads_headers |= call.method == "headers";
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_field(&mut self, field: &'ast syn::ExprField) {
        if let syn::Member::Named(name) = &field.member {
            self.reads_headers |= name == "headers";
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.texts.push(text.value());
    }
}
