//! What stands for a field that is absent, as far as serde's `default` says it in a literal.

use serde_json::{Value, json};
use syn::{Expr, Stmt};

use super::constant::literal;
use super::serde::{Container, Member};
use crate::code::{FunctionId, Program, Scope, Target, Ty, TypeSyntax, attribute};

/// The value; nothing where it is made by more than a literal, or is none.
pub(super) fn value(
    program: &Program<'_>,
    member: &Member,
    ty: &Ty,
    scope: &Scope,
) -> Option<Value> {
    match member.defaulted.as_ref()? {
        None => usual(program, ty),
        Some(path) => {
            let path: syn::Path = syn::parse_str(path).ok()?;
            let function = function(program, &path, scope)?;
            let [Stmt::Expr(last, None)] = program.functions[function].block?.stmts.as_slice()
            else {
                return None;
            };
            let mut inside = Scope::of(program.functions[function].inside);
            inside.own = program.own_type(function).map(Box::new);
            written(program, last, &inside)
        }
    }
}

fn function(program: &Program<'_>, path: &syn::Path, scope: &Scope) -> Option<FunctionId> {
    let of_self = path.segments.len() == 2 && path.segments[0].ident == "Self";
    if let (true, Some(Ty::Item(id, _))) = (of_self, scope.own.as_deref()) {
        return program.method(*id, &path.segments[1].ident.to_string());
    }
    match program.resolve_value(scope.module, path)? {
        Target::Function(id) => Some(id),
        Target::Associated(owner, name) => program.method(owner, &name),
        _ => None,
    }
}

/// `Default::default()` of a type.
fn usual(program: &Program<'_>, ty: &Ty) -> Option<Value> {
    if let Ty::Item(id, _) = ty {
        let TypeSyntax::Enum(item) = program.types[*id].syntax else {
            return None;
        };
        let mut variants = item.variants.iter();
        let variant = variants.find(|v| v.attrs.iter().any(|a| a.path().is_ident("default")))?;
        return word(item, variant);
    }
    Some(match ty.external()?.0 {
        "bool" => json!(false),
        "String" => json!(""),
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128"
        | "usize" => json!(0),
        "f32" | "f64" => json!(0.0),
        "Vec" | "VecDeque" | "HashSet" | "BTreeSet" | "IndexSet" => json!([]),
        "HashMap" | "BTreeMap" | "IndexMap" => json!({}),
        _ => return None,
    })
}

/// A variant without fields as serde writes it.
fn word(item: &syn::ItemEnum, variant: &syn::Variant) -> Option<Value> {
    let container = Container::of(&item.attrs);
    let plain = matches!(variant.fields, syn::Fields::Unit);
    let text = plain && container.tag.is_none() && !container.untagged && !container.numbers;
    let member = Member::of(&variant.attrs);
    (text && !member.skipped).then(|| json!(member.name(&variant.ident, container.variants)))
}

/// `50`, `"a".to_owned()`, `Sort::Newest`, `vec![]`, or a constant of such.
fn written(program: &Program<'_>, expression: &Expr, scope: &Scope) -> Option<Value> {
    match expression {
        Expr::Paren(inner) => written(program, &inner.expr, scope),
        Expr::MethodCall(call) if call.args.is_empty() => {
            attribute::text(&call.receiver).map(Value::from)
        }
        Expr::Call(call) => {
            let Expr::Path(path) = &*call.func else {
                return None;
            };
            let last = path.path.segments.last()?.ident.to_string();
            match last.as_str() {
                "from" | "Some" => written(program, call.args.first()?, scope),
                _ => None,
            }
        }
        Expr::Macro(call) if call.mac.path.is_ident("vec") && call.mac.tokens.is_empty() => {
            Some(json!([]))
        }
        Expr::Path(path) => constant(program, &path.path, scope),
        other => literal(other),
    }
}

fn constant(program: &Program<'_>, path: &syn::Path, scope: &Scope) -> Option<Value> {
    let last = &path.segments.last()?.ident;
    let of_self = path.segments.len() == 2 && path.segments[0].ident == "Self";
    let owner = match (of_self, scope.own.as_deref()) {
        (true, Some(Ty::Item(id, _))) => *id,
        _ => match program.resolve_value(scope.module, path)? {
            Target::Constant(id) => return literal(program.constants[id].value),
            Target::Associated(id, _) => id,
            _ => return None,
        },
    };
    let TypeSyntax::Enum(item) = program.types[owner].syntax else {
        return None;
    };
    let variant = item
        .variants
        .iter()
        .find(|variant| variant.ident == *last)?;
    word(item, variant)
}
