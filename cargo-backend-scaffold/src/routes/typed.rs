//! axum-extra's routes whose paths stand on types: `typed_get(handler)`.

use syn::{Expr, FnArg};

use super::evaluate::Evaluator;
use super::frame::Frame;
use super::value::{Shared, method};
use super::{Framework, Handler, Registration};
use crate::code::{FunctionId, Scope, Ty, TypeSyntax, attribute};

impl Evaluator<'_> {
    /// axum-extra's `typed_get(handler)`: the path stands on the type of the first parameter.
    pub(super) fn typed(
        &mut self,
        router: &Shared,
        name: &str,
        (argument, said): (&Expr, Option<&Expr>),
        frame: &mut Frame,
    ) {
        let words = said.and_then(|said| self.words(said, frame));
        let (handler, at) = self.handler(argument, frame);
        let path = match &handler {
            Handler::Function(id, _) => self.typed_path(*id),
            Handler::Closure(..) | Handler::Unknown => None,
        };
        match (path, method(name)) {
            (Some(path), Some(method)) => router.borrow_mut().entries.push(Registration {
                method,
                path,
                handler,
                at,
                framework: Framework::Axum,
                below_unknown: false,
                any: false,
                words: words.into_iter().collect(),
            }),
            _ => self.unknown(
                frame,
                argument,
                "the type that has the path is not known here",
            ),
        }
    }

    /// The path of `#[typed_path("/x")]` on the type of the first parameter.
    fn typed_path(&mut self, id: FunctionId) -> Option<String> {
        let function = &self.program.functions[id];
        let FnArg::Typed(first) = function.signature.inputs.first()? else {
            return None;
        };
        let scope = Scope::of(function.inside);
        let Ty::Item(item, _) = self.program.ty(&first.ty, &scope) else {
            return None;
        };
        let TypeSyntax::Struct(item) = self.program.types[item].syntax else {
            return None;
        };
        let words = attribute::words(&item.attrs, "typed_path");
        words.first()?.text()
    }
}
