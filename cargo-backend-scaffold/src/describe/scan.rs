//! The responses that code makes: `(StatusCode::CREATED, Json(x))`, `HttpResponse::Ok().json(x)`.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{Block, Expr};

use super::answer::{Answer, BYTES, JSON, TEXT};
use super::infer::{Known, external};
use super::status;
use crate::code::{Program, Scope, Ty};

/// The responses that code makes, and the statuses that it names elsewhere.
pub(super) fn scan(
    program: &Program<'_>,
    block: Option<&Block>,
    expression: Option<&Expr>,
    scope: Scope,
    inputs: &[(&syn::Pat, Ty)],
) -> (Vec<Answer>, BTreeSet<u16>) {
    let mut scanner = Scanner {
        known: Known {
            program,
            scope,
            variables: std::collections::HashMap::new(),
        },
        found: Vec::new(),
        named: BTreeSet::new(),
        apart: false,
    };
    for (pattern, ty) in inputs {
        scanner.known.bind(pattern, Some(ty));
    }
    if let Some(block) = block {
        scanner.visit_block(block);
    }
    if let Some(expression) = expression {
        scanner.visit_expr(expression);
    }
    (scanner.found, scanner.named)
}

struct Scanner<'p, 'a> {
    known: Known<'p, 'a>,
    found: Vec<Answer>,
    named: BTreeSet<u16>,
    /// Whether tuples are taken apart here.
    apart: bool,
}

/// The status that `StatusCode::X` is.
pub(super) fn status_of(expression: &Expr) -> Option<u16> {
    let Expr::Path(path) = expression else {
        return None;
    };
    let mut names = path.path.segments.iter().rev();
    let (last, before) = (names.next()?, names.next()?);
    (before.ident == "StatusCode").then(|| status::by_name(&last.ident.to_string()))?
}

impl Scanner<'_, '_> {
    fn push(&mut self, status: Option<u16>, media: Option<&str>, body: Option<Ty>) {
        let answer = Answer {
            status,
            media: media.map(str::to_owned),
            body,
        };
        if !self.found.contains(&answer) {
            self.found.push(answer);
        }
    }

    /// `Json(x)`, `Html(x)` or a text as the body of an answer.
    fn body(&self, expression: &Expr) -> Option<(&'static str, Option<Ty>)> {
        match expression {
            Expr::Call(call) => {
                let Expr::Path(path) = &*call.func else {
                    return None;
                };
                let name = path.path.segments.last()?.ident.to_string();
                let inner = || call.args.first().and_then(|e| self.known.infer(e));
                match name.as_str() {
                    "Json" => Some((JSON, inner())),
                    "Html" => Some(("text/html", Some(external("String")))),
                    _ => None,
                }
            }
            other => {
                let ty = self.known.infer(other)?;
                match ty.external()?.0 {
                    "String" | "str" => Some((TEXT, Some(external("String")))),
                    _ => None,
                }
            }
        }
    }

    /// actix-web's `HttpResponse::Ok().json(x)`.
    fn built(&mut self, call: &syn::ExprMethodCall) -> bool {
        let name = call.method.to_string();
        let Some(status) = builder(&call.receiver) else {
            return false;
        };
        let argument = call.args.first();
        match name.as_str() {
            "json" => {
                let body = argument.and_then(|e| self.known.infer(e));
                self.push(status, Some(JSON), body);
            }
            "body" | "streaming" | "message_body" => {
                let text = argument.and_then(|e| self.known.infer(e));
                let text = text.filter(|ty| matches!(ty.external(), Some(("String" | "str", _))));
                let usual = if text.is_some() { TEXT } else { BYTES };
                let media = content_type(&call.receiver).unwrap_or_else(|| usual.to_owned());
                let body = media.starts_with("text/").then(|| external("String"));
                self.push(status, Some(&media), body);
            }
            "finish" | "into" | "await" => self.push(status, None, None),
            _ => return false,
        }
        true
    }
}

/// The media type that a chain of calls sets.
fn content_type(expression: &Expr) -> Option<String> {
    let Expr::MethodCall(call) = expression else {
        return None;
    };
    if call.method == "content_type" || call.method == "insert_header" {
        let argument = call.args.first()?;
        let value = match argument {
            Expr::Tuple(pair) => pair.elems.last()?,
            other => other,
        };
        let text = crate::code::attribute::text(value).or_else(|| html(value))?;
        let media = text.split(';').next().unwrap_or_default().trim();
        if media.contains('/') {
            return Some(media.to_owned());
        }
    }
    content_type(&call.receiver)
}

/// actix-web's `ContentType::html()` and its kin.
fn html(expression: &Expr) -> Option<String> {
    let Expr::Call(call) = expression else {
        return None;
    };
    let Expr::Path(path) = &*call.func else {
        return None;
    };
    let media = match path.path.segments.last()?.ident.to_string().as_str() {
        "html" => "text/html",
        "plaintext" => TEXT,
        "json" => JSON,
        "xml" => "application/xml",
        "octet_stream" => BYTES,
        _ => return None,
    };
    Some(media.to_owned())
}

/// The status of a chain that begins with `HttpResponse::Name()`.
fn builder(expression: &Expr) -> Option<Option<u16>> {
    match expression {
        Expr::MethodCall(call) => builder(&call.receiver),
        Expr::Call(call) => {
            let Expr::Path(path) = &*call.func else {
                return None;
            };
            let mut names = path.path.segments.iter().rev();
            let (last, before) = (names.next()?, names.next()?);
            if before.ident != "HttpResponse" && before.ident != "HttpResponseBuilder" {
                return None;
            }
            let name = last.ident.to_string();
            if name == "build" || name == "new" {
                return Some(call.args.first().and_then(status_of));
            }
            status::by_name(&name).map(Some)
        }
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Scanner<'_, '_> {
    fn visit_local(&mut self, local: &'ast syn::Local) {
        let ty = local
            .init
            .as_ref()
            .and_then(|init| self.known.infer(&init.expr));
        self.known.bind(&local.pat, ty.as_ref());
        // `let (status, text) = …` takes apart what is no response yet.
        let before = self.apart;
        self.apart |= matches!(local.pat, syn::Pat::Tuple(_));
        visit::visit_local(self, local);
        self.apart = before;
    }

    fn visit_expr_match(&mut self, choice: &'ast syn::ExprMatch) {
        let of = self.known.infer(&choice.expr);
        self.visit_expr(&choice.expr);
        for arm in &choice.arms {
            self.known.bind(&arm.pat, of.as_ref());
            self.visit_expr(&arm.body);
        }
    }

    fn visit_expr_tuple(&mut self, tuple: &'ast syn::ExprTuple) {
        if self.apart {
            return visit::visit_expr_tuple(self, tuple);
        }
        let (Some(first), Some(last)) = (tuple.elems.first(), tuple.elems.last()) else {
            return;
        };
        let status = status_of(first);
        match (status, self.body(last)) {
            (Some(_), Some((media, body))) => self.push(status, Some(media), body),
            (None, Some((media, body))) if media == JSON => {
                self.push(None, Some(media), body);
                self.visit_expr(first);
            }
            (Some(_), None) if tuple.elems.len() > 1 => self.push(status, None, None),
            _ => visit::visit_expr_tuple(self, tuple),
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        // A builder that is answered as it is has no body.
        if let Some(Some(status)) = builder(&Expr::Call(call.clone())) {
            return self.push(Some(status), None, None);
        }
        if let Expr::Path(path) = &*call.func {
            let mut names = path.path.segments.iter().rev();
            let last = names
                .next()
                .map(|s| s.ident.to_string())
                .unwrap_or_default();
            let of = names
                .next()
                .map(|s| s.ident.to_string())
                .unwrap_or_default();
            let inner = call.args.first().and_then(|e| self.known.infer(e));
            match (of.as_str(), last.as_str()) {
                (_, "Json") => return self.push(Some(200), Some(JSON), inner),
                (_, "Html") => {
                    return self.push(Some(200), Some("text/html"), Some(external("String")));
                }
                ("Redirect", "to") => return self.push(Some(303), None, None),
                ("Redirect", "temporary") => return self.push(Some(307), None, None),
                ("Redirect", "permanent") => return self.push(Some(308), None, None),
                _ => {}
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if self.built(call) {
            return;
        }
        if call.method == "on_upgrade" {
            return self.push(Some(101), None, None);
        }
        if call.method == "into_response"
            && let Some(status) = status_of(&call.receiver)
        {
            self.push(Some(status), None, None);
            return;
        }
        if call.method == "into_response"
            && let Some((media, body)) = self.body(&call.receiver)
        {
            self.push(Some(200), Some(media), body);
            return;
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        self.named.extend(status_of(&Expr::Path(path.clone())));
    }

    // A comparison such as `status == StatusCode::OK` answers nothing.
    fn visit_expr_binary(&mut self, both: &'ast syn::ExprBinary) {
        if status_of(&both.left).is_none() && status_of(&both.right).is_none() {
            visit::visit_expr_binary(self, both);
        }
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}
