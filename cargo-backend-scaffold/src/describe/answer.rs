//! What a handler answers: read from its return type, and where that only says that it is a
//! response, from the responses that its body makes.

use std::collections::BTreeSet;

use syn::{Block, Expr};

use super::infer::{Known, external};
use super::scan::scan;
use crate::code::{Program, Scope, Ty};

/// An answer. Without a status it has one of those that are named beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: Option<u16>,
    pub(super) media: Option<String>,
    /// The type of the body, where it is known.
    pub(super) body: Option<Ty>,
}

impl Answer {
    /// Whether its body is known, if it has one of JSON.
    pub(super) fn is_whole(&self) -> bool {
        let json = self
            .media
            .as_ref()
            .is_some_and(|media| media.ends_with("json"));
        self.body.is_some() || !json
    }
}

/// What is known of the answers.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) found: Vec<Answer>,
    /// What is not known, in words.
    pub(super) unknown: Vec<&'static str>,
}

/// A function as its answers are read: its body, and where that stands.
pub(super) struct Body<'b> {
    pub(super) block: Option<&'b Block>,
    pub(super) expression: Option<&'b Expr>,
    pub(super) scope: Scope,
    /// Its parameters, as they are named.
    pub(super) inputs: Vec<(&'b syn::Pat, Ty)>,
}

pub(super) const JSON: &str = "application/json";
pub(super) const TEXT: &str = "text/plain";
pub(super) const BYTES: &str = "application/octet-stream";

/// The answers of a function that returns `ty`.
pub(super) fn answers(program: &Program<'_>, ty: &Ty, body: &Body<'_>) -> Answers {
    let mut reader = Reader {
        program,
        body,
        answers: Answers::default(),
    };
    reader.returned(ty, 0);
    reader.answers
}

struct Reader<'p, 'a, 'b> {
    program: &'p Program<'a>,
    body: &'b Body<'b>,
    answers: Answers,
}

impl Reader<'_, '_, '_> {
    fn add(&mut self, status: u16, media: Option<&str>, body: Option<Ty>) {
        self.push(Answer {
            status: Some(status),
            media: media.map(str::to_owned),
            body,
        });
    }

    fn push(&mut self, answer: Answer) {
        if !self.answers.found.contains(&answer) {
            self.answers.found.push(answer);
        }
    }

    fn returned(&mut self, ty: &Ty, depth: usize) {
        if depth > 8 {
            return;
        }
        match ty {
            Ty::External(..) => self.external(ty, depth),
            Ty::Tuple(parts) if parts.is_empty() => self.add(200, None, None),
            Ty::Tuple(parts) => self.tuple(parts, depth),
            Ty::Item(id, arguments) => self.item(*id, arguments),
            Ty::Opaque(_) | Ty::Parameter(_) | Ty::Other => self.made_or_last(depth),
            Ty::Slice(_) | Ty::Array(..) => self.add(200, Some(BYTES), None),
        }
    }

    fn external(&mut self, ty: &Ty, depth: usize) {
        let Some((name, arguments)) = ty.external() else {
            return;
        };
        match (name, arguments) {
            ("Result", [success, rest @ ..]) => {
                self.returned(success, depth + 1);
                self.failed(rest.first());
            }
            ("Option", [inner]) => {
                self.returned(inner, depth + 1);
                self.add(404, None, None);
            }
            ("Json" | "JsonResponse", [inner]) => self.add(200, Some(JSON), Some(inner.clone())),
            ("Html", _) => self.add(200, Some("text/html"), Some(external("String"))),
            ("String" | "str", _) => self.add(200, Some(TEXT), Some(external("String"))),
            ("Bytes" | "Vec" | "BytesMut", _) => self.add(200, Some(BYTES), None),
            ("Sse", _) => self.add(200, Some("text/event-stream"), Some(external("String"))),
            ("NoContent", _) => self.add(204, None, None),
            ("NamedFile", _) => self.add(200, Some(BYTES), None),
            ("Cow" | "Box" | "CustomizeResponder", [inner]) => self.returned(inner, depth + 1),
            ("StatusCode", _) => {
                let (_, named) = self.scanned();
                let named: Vec<u16> = named.into_iter().filter(|status| *status < 400).collect();
                if named.is_empty() {
                    self.answers.unknown.push("which status it answers");
                }
                for status in named {
                    self.add(status, None, None);
                }
            }
            ("Redirect", _) => {
                self.made();
                if self.answers.found.is_empty() {
                    self.add(303, None, None);
                }
            }
            _ => self.made(),
        }
    }

    /// `(StatusCode, body)`, or headers before the body.
    fn tuple(&mut self, parts: &[Ty], depth: usize) {
        let before = self.answers.found.len();
        if let Some(last) = parts.last() {
            self.returned(last, depth + 1);
        }
        let status = parts.first().and_then(Ty::external);
        if !matches!(status, Some(("StatusCode", _))) {
            return;
        }
        let bodies: Vec<Answer> = self.answers.found.drain(before..).collect();
        let (made, mut named) = self.scanned();
        // Those that are made with such a body, and those that are named apart from any.
        let media = bodies.first().and_then(|body| body.media.clone());
        let such = made.iter().filter(|answer| answer.media == media);
        named.extend(such.filter_map(|answer| answer.status));
        if named.is_empty() {
            self.answers.unknown.push("which status it answers");
        }
        for status in named {
            for body in &bodies {
                self.push(Answer {
                    status: Some(status),
                    ..body.clone()
                });
            }
        }
    }

    /// A type of the program that is an answer.
    fn item(&mut self, id: usize, arguments: &[Ty]) {
        for name in ["IntoResponse", "Responder"] {
            let Some(implementation) = self.program.implements(id, name) else {
                continue;
            };
            let mut scope = self.program.scope_of(id, arguments);
            scope.module = implementation.module;
            for &method in &implementation.methods {
                let function = &self.program.functions[method];
                let Some(block) = function.block else {
                    continue;
                };
                let (found, named) = scan(self.program, Some(block), None, scope.clone(), &[]);
                self.take(found, &named);
            }
            return;
        }
        self.answers.unknown.push("what it answers");
    }

    /// What makes the other half of a `Result`.
    fn failed(&mut self, error: Option<&Ty>) {
        match error {
            Some(Ty::Item(id, arguments)) => {
                for name in ["IntoResponse", "ResponseError"] {
                    if let Some(implementation) = self.program.implements(*id, name) {
                        let mut scope = self.program.scope_of(*id, arguments);
                        scope.module = implementation.module;
                        let mut found = Vec::new();
                        let mut named = BTreeSet::new();
                        for &method in &implementation.methods {
                            let block = self.program.functions[method].block;
                            let (more, others) =
                                scan(self.program, block, None, scope.clone(), &[]);
                            found.extend(more);
                            named.extend(others);
                        }
                        // An error that carries its status gets it where it is made.
                        let carried = named.is_empty();
                        let (_, here) = self.scanned();
                        let failing = here.into_iter().filter(|status| *status >= 400);
                        let named = if carried { failing.collect() } else { named };
                        let before = self.answers.found.len();
                        self.take(found, &named);
                        if self.answers.found.len() == before {
                            self.answers.unknown.push("how it fails");
                        }
                        return;
                    }
                }
                self.answers.unknown.push("how it fails");
            }
            Some(ty) => {
                let (made, mut named) = self.scanned();
                named.extend(made.iter().filter_map(|answer| answer.status));
                let media = match ty {
                    Ty::Tuple(parts) => parts.last().cloned(),
                    _ => None,
                };
                let body = match media.as_ref().and_then(Ty::external) {
                    Some(("Json", [inner])) => (Some(JSON), Some(inner.clone())),
                    Some(("String" | "str", _)) => (Some(TEXT), Some(external("String"))),
                    _ => (None, None),
                };
                let failing: Vec<u16> = named.into_iter().filter(|s| *s >= 400).collect();
                if failing.is_empty() {
                    self.answers.unknown.push("how it fails");
                }
                for status in failing {
                    self.add(status, body.0, body.1.clone());
                }
            }
            None => {}
        }
    }

    /// The responses that the body makes, else what it ends in.
    fn made_or_last(&mut self, depth: usize) {
        let known = Known {
            program: self.program,
            scope: self.body.scope.clone(),
            variables: std::collections::HashMap::new(),
        };
        let (found, _) = self.scanned();
        match self.body.expression.and_then(|last| known.infer(last)) {
            Some(ty) if found.is_empty() && depth == 0 => self.returned(&ty, 1),
            _ => self.made(),
        }
    }

    /// The responses that the body makes.
    fn made(&mut self) {
        let (found, named) = self.scanned();
        let before = self.answers.found.len();
        self.take(found, &named);
        if self.answers.found.len() == before {
            self.answers.unknown.push("what it answers");
        }
    }

    fn take(&mut self, found: Vec<Answer>, named: &BTreeSet<u16>) {
        let bare = found.is_empty();
        for answer in found {
            if answer.status.is_some() {
                self.push(answer);
                continue;
            }
            for status in named {
                self.push(Answer {
                    status: Some(*status),
                    ..answer.clone()
                });
            }
        }
        if bare {
            for status in named {
                self.add(*status, None, None);
            }
        }
    }

    fn scanned(&self) -> (Vec<Answer>, BTreeSet<u16>) {
        let scope = self.body.scope.clone();
        let body = self.body;
        scan(
            self.program,
            body.block,
            body.expression,
            scope,
            &body.inputs,
        )
    }
}
