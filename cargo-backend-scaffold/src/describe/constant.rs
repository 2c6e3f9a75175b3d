//! Values that stand in the source: literals, constants that are one, patterns.

use proc_macro2::TokenTree;
use serde_json::{Value, json};
use syn::visit::{self, Visit};
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use crate::code::{ModuleId, Program, Target, attribute};

/// A literal as a value.
pub(super) fn literal(expression: &Expr) -> Option<Value> {
    match expression {
        Expr::Group(inner) => literal(&inner.expr),
        Expr::Paren(inner) => literal(&inner.expr),
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Str(text) => Some(json!(text.value())),
            Lit::Int(number) => number.base10_parse::<i64>().ok().map(|n| json!(n)),
            Lit::Float(number) => number.base10_parse::<f64>().ok().map(|n| json!(n)),
            Lit::Bool(flag) => Some(json!(flag.value)),
            _ => None,
        },
        Expr::Unary(ExprUnary {
            expr,
            op: UnOp::Neg(_),
            ..
        }) => match literal(expr)? {
            Value::Number(number) => number
                .as_i64()
                .map(|n| json!(-n))
                .or_else(|| number.as_f64().map(|n| json!(-n))),
            _ => None,
        },
        _ => None,
    }
}

/// A number without a fraction as one without a point.
pub(super) fn whole(value: Value) -> Value {
    let text = value.to_string();
    let whole = text
        .strip_suffix(".0")
        .and_then(|text| text.parse::<i64>().ok());
    whole.map_or(value, |whole| json!(whole))
}

/// A number: a literal, a constant of the program that is one, or a bound of a type.
pub(super) fn number(program: &Program<'_>, module: ModuleId, expression: &Expr) -> Option<Value> {
    let Expr::Path(path) = expression else {
        return literal(expression).filter(Value::is_number).map(whole);
    };
    if let Some(Target::Constant(id)) = program.resolve_value(module, &path.path) {
        let value = literal(program.constants[id].value);
        return value.filter(Value::is_number).map(whole);
    }
    let mut names = path.path.segments.iter().rev().map(|s| s.ident.to_string());
    let (bound, of) = (names.next()?, names.next()?);
    let bounds: (i64, i64) = match of.as_str() {
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "i64" => (i64::MIN, i64::MAX),
        _ => return None,
    };
    match bound.as_str() {
        "MIN" => Some(json!(bounds.0)),
        "MAX" => Some(json!(bounds.1)),
        _ => None,
    }
}

/// A text: a literal, or a constant of the program that is one.
pub(super) fn text(program: &Program<'_>, module: ModuleId, expression: &Expr) -> Option<String> {
    if let Expr::Path(path) = expression
        && let Some(Target::Constant(id)) = program.resolve_value(module, &path.path)
    {
        return attribute::text(program.constants[id].value);
    }
    attribute::text(expression)
}

/// The regular expression of a static such as `static SLUG: LazyLock<Regex>`, or of one in
/// `lazy_static!`.
pub(super) fn pattern(
    program: &Program<'_>,
    module: ModuleId,
    expression: &Expr,
) -> Option<String> {
    let path = match expression {
        Expr::Unary(inner) => return pattern(program, module, &inner.expr),
        Expr::Reference(inner) => return pattern(program, module, &inner.expr),
        Expr::Path(path) => &path.path,
        // Older versions name the static in quotes.
        other => {
            let named: syn::Path = syn::parse_str(&attribute::text(other)?).ok()?;
            return of_static(program, module, &named);
        }
    };
    of_static(program, module, path)
}

fn of_static(program: &Program<'_>, module: ModuleId, path: &syn::Path) -> Option<String> {
    if let Some(Target::Constant(id)) = program.resolve_value(module, path) {
        let mut compiled = Compiled(None);
        compiled.visit_expr(program.constants[id].value);
        return compiled.0;
    }
    let name = &path.segments.last()?.ident;
    let invoked = program.invoked.iter();
    let lazy = invoked.filter(|(_, item)| {
        item.mac
            .path
            .segments
            .last()
            .is_some_and(|s| s.ident == "lazy_static")
    });
    lazy.map(|(_, item)| item.mac.tokens.clone())
        .find_map(|tokens| of_lazy_static(tokens, name))
}

/// `static ref NAME: Regex = Regex::new("…").unwrap();` among others.
fn of_lazy_static(tokens: proc_macro2::TokenStream, name: &syn::Ident) -> Option<String> {
    let is = |token: &TokenTree, name: &str| matches!(token, TokenTree::Ident(i) if i == name);
    let mut tokens = tokens.into_iter();
    tokens.find(|token| is(token, &name.to_string()))?;
    tokens.find(|token| is(token, "new"))?;
    match tokens.next()? {
        TokenTree::Group(given) => {
            let text: syn::LitStr = syn::parse2(given.stream()).ok()?;
            Some(text.value())
        }
        _ => None,
    }
}

/// What `Regex::new` is given.
struct Compiled(Option<String>);

impl<'ast> Visit<'ast> for Compiled {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let mut names = path.path.segments.iter().rev();
            let new = names.next().is_some_and(|segment| segment.ident == "new");
            if new && names.next().is_some_and(|segment| segment.ident == "Regex") {
                self.0 = call.args.first().and_then(attribute::text);
            }
        }
        visit::visit_expr_call(self, call);
    }
}
