//! Texts that can be read off the source: literals, constants, `concat!` and `format!` of such.

use std::collections::HashMap;

use syn::punctuated::Punctuated;
use syn::{Expr, Lit, Stmt, Token};

use super::evaluate::Evaluator;
use super::frame::Frame;
use super::value::Value;
use crate::code::{ConstantId, Target, Ty};

/// Deeper chains of constants are circles.
const MAX_DEPTH: usize = 16;
/// Methods that leave a text as it is.
const SAME: &[&str] = &[
    "as_ref",
    "as_str",
    "borrow",
    "clone",
    "deref",
    "into",
    "into_owned",
    "to_owned",
    "to_string",
];

impl Evaluator<'_> {
    /// The text that an expression always is.
    pub(super) fn text(&mut self, expression: &Expr, frame: &mut Frame) -> Option<String> {
        match expression {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                Lit::Int(number) => Some(number.base10_digits().to_owned()),
                Lit::Char(letter) => Some(letter.value().to_string()),
                _ => None,
            },
            Expr::Reference(inner) => self.text(&inner.expr, frame),
            Expr::Paren(inner) => self.text(&inner.expr, frame),
            Expr::Group(inner) => self.text(&inner.expr, frame),
            Expr::Binary(sum) if matches!(sum.op, syn::BinOp::Add(_)) => {
                let left = self.text(&sum.left, frame)?;
                Some(left + &self.text(&sum.right, frame)?)
            }
            Expr::Path(path) => self.text_of_name(&path.path, frame),
            Expr::Macro(call) => {
                let name = call.mac.path.segments.last()?.ident.to_string();
                self.text_of_macro(&name, &call.mac, frame)
            }
            Expr::MethodCall(call) if SAME.contains(&call.method.to_string().as_str()) => {
                self.text(&call.receiver, frame)
            }
            Expr::Call(call) => self.text_of_call(call, frame),
            Expr::Block(block) => match block.block.stmts.as_slice() {
                [Stmt::Expr(last, None)] => self.text(last, frame),
                _ => None,
            },
            _ => None,
        }
    }

    fn text_of_name(&mut self, path: &syn::Path, frame: &mut Frame) -> Option<String> {
        if let Some(name) = path.get_ident()
            && let Some(value) = frame.read(&name.to_string())
        {
            return value.text().map(str::to_owned);
        }
        let constant = match self.program.resolve_value(frame.module, path) {
            Some(Target::Constant(id)) => id,
            Some(Target::Associated(owner, name)) => self.constant_of(owner, &name)?,
            _ => {
                let own = path.segments.len() == 2 && path.segments[0].ident == "Self";
                let Some(Ty::Item(id, _)) = frame.own.as_deref().filter(|_| own) else {
                    return None;
                };
                self.constant_of(*id, &path.segments[1].ident.to_string())?
            }
        };
        self.text_of_constant(constant)
    }

    fn constant_of(&self, owner: usize, name: &str) -> Option<ConstantId> {
        self.program
            .implementations_of(owner)
            .flat_map(|implementation| &implementation.constants)
            .find(|(called, _)| called == name)
            .map(|(_, id)| *id)
    }

    pub(super) fn text_of_constant(&mut self, id: ConstantId) -> Option<String> {
        if self.active.len() > MAX_DEPTH {
            return None;
        }
        let constant = &self.program.constants[id];
        let mut frame = Frame::new(constant.module);
        if let Some(crate::code::Owner::Implementation(number)) = constant.owner {
            let of = self.program.implementations[number].of;
            frame.own = of.map(|id| Box::new(Ty::Item(id, Vec::new())));
        }
        self.active.push(usize::MAX);
        let text = self.text(constant.value, &mut frame);
        self.active.pop();
        text
    }

    /// `String::from(text)`, and functions that are nothing but a text.
    fn text_of_call(&mut self, call: &syn::ExprCall, frame: &mut Frame) -> Option<String> {
        let Expr::Path(path) = &*call.func else {
            return None;
        };
        let made = path.path.segments.iter().map(|s| s.ident.to_string());
        let made: Vec<String> = made.collect();
        if made == ["String", "from"] {
            return self.text(call.args.first()?, frame);
        }
        let id = match self.program.resolve_value(frame.module, &path.path) {
            Some(Target::Function(id)) => id,
            Some(Target::Associated(owner, name)) => self.program.method(owner, &name)?,
            _ => self.own_method(&path.path, frame)?,
        };
        let function = &self.program.functions[id];
        let [Stmt::Expr(last, None)] = function.block?.stmts.as_slice() else {
            return None;
        };
        if self.active.len() > MAX_DEPTH || !call.args.is_empty() {
            return None;
        }
        let mut inner = Frame::new(function.inside);
        inner.own = self.program.own_type(id).map(Box::new);
        self.active.push(usize::MAX);
        let text = self.text(last, &mut inner);
        self.active.pop();
        text
    }

    /// What a method makes of a text.
    pub(super) fn text_method(
        &mut self,
        receiver: &Value,
        call: &syn::ExprMethodCall,
        frame: &mut Frame,
    ) -> Option<String> {
        let text = receiver.text()?.to_owned();
        let name = call.method.to_string();
        let argument = call.args.first().and_then(|e| self.text(e, frame));
        match (name.as_str(), argument) {
            ("trim", _) => Some(text.trim().to_owned()),
            ("trim_end_matches", Some(end)) => Some(text.trim_end_matches(&end).to_owned()),
            ("trim_start_matches", Some(start)) => Some(text.trim_start_matches(&start).to_owned()),
            (name, _) if SAME.contains(&name) => Some(text),
            _ => None,
        }
    }

    /// The text that a macro of the language makes.
    pub(super) fn text_of_macro(
        &mut self,
        name: &str,
        call: &syn::Macro,
        frame: &mut Frame,
    ) -> Option<String> {
        if !matches!(
            name,
            "concat" | "format" | "concatcp" | "formatcp" | "const_format"
        ) {
            return None;
        }
        let parts = call
            .parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
            .ok()?;
        if name == "concat" || name == "concatcp" {
            let parts = parts.iter().map(|part| self.text(part, frame));
            return parts.collect();
        }
        let mut parts = parts.iter();
        let pattern = self.text(parts.next()?, frame)?;
        let mut named = HashMap::new();
        let mut in_order = Vec::new();
        for part in parts {
            match part {
                Expr::Assign(pair) => {
                    if let Expr::Path(path) = &*pair.left {
                        let key = path.path.get_ident()?.to_string();
                        named.insert(key, self.text(&pair.right, frame)?);
                    }
                }
                part => in_order.push(self.text(part, frame)?),
            }
        }
        filled(&pattern, |name| {
            if let Ok(number) = name.parse::<usize>() {
                return in_order.get(number).cloned();
            }
            named.get(name).cloned().or_else(|| {
                let name: syn::Path = syn::parse_str(name).ok()?;
                self.text_of_name(&name, frame)
            })
        })
    }
}

/// A pattern of `format!` with its gaps filled; nothing if a gap asks for more than the text.
fn filled(pattern: &str, mut fill: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut text = String::new();
    let mut letters = pattern.chars().peekable();
    let mut next = 0;
    while let Some(letter) = letters.next() {
        let doubled = letters.peek() == Some(&letter);
        match letter {
            '{' | '}' if doubled => {
                letters.next();
                text.push(letter);
            }
            '{' => {
                let name: String = letters.by_ref().take_while(|&c| c != '}').collect();
                if name.is_empty() {
                    text.push_str(&fill(&next.to_string())?);
                    next += 1;
                } else {
                    text.push_str(&fill(&name)?);
                }
            }
            '}' => return None,
            letter => text.push(letter),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn gaps_are_filled_in_order_by_number_and_by_name() {
        let fill = |name: &str| match name {
            "0" => Some("zero".to_owned()),
            "base" => Some("/api".to_owned()),
            _ => None,
        };
        assert_eq!(
            filled("{base}/{}/{{id}}", fill).as_deref(),
            Some("/api/zero/{id}")
        );
        assert_eq!(
            filled("{base:?}", fill),
            None,
            "it asks for more than the text"
        );
        assert_eq!(filled("{other}", fill), None, "nobody knows it");
    }
}
