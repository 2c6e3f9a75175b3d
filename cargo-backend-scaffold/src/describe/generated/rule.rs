//! The rules of generated code, such as `Text::new().min(1)`, as schemas.

use serde_json::{Value, json};
use syn::Expr;

use super::{arguments, last_two, peeled, texts};
use crate::code::{Program, Scope, Ty};
use crate::describe::UNRESOLVED;
use crate::describe::constant::{literal, pattern, whole};
use crate::describe::schema::{Schemas, nullable};

/// The schema of what a rule lets through; a rule that is not known is named.
pub(super) fn schema(schemas: &mut Schemas<'_, '_>, rule: &Expr, scope: &Scope) -> Value {
    read(schemas, rule, scope).unwrap_or_else(|| {
        let at = schemas.program.place(scope.module, rule);
        let message = "this rule of generated code is of another version and not known here";
        schemas.unknown(at, message);
        json!({UNRESOLVED: message})
    })
}

fn read(schemas: &mut Schemas<'_, '_>, rule: &Expr, scope: &Scope) -> Option<Value> {
    match peeled(rule) {
        Expr::Path(path) => plain(&path.path.segments.last()?.ident.to_string()),
        Expr::Call(call) => made(schemas, call, scope),
        Expr::MethodCall(call) => {
            let mut schema = read(schemas, &call.receiver, scope)?;
            let name = call.method.to_string();
            let program = schemas.program;
            narrow(program, &mut schema, &name, call.args.first(), scope)?;
            Some(schema)
        }
        _ => None,
    }
}

/// Rules without settings.
fn plain(name: &str) -> Option<Value> {
    Some(match name {
        "Bool" => json!({"type": "boolean"}),
        "Timestamp" => json!({"type": "string", "format": "date-time"}),
        "Day" => json!({"type": "string", "format": "date"}),
        "Id" => json!({"type": "string", "format": "uuid"}),
        "File" => json!({"type": "string", "format": "binary"}),
        "Anything" => json!({}),
        "NoObject" => json!({"type": ["array", "boolean", "null", "number", "string"]}),
        _ => return None,
    })
}

/// `Int::<i64>::new()`, `List::new(rule)`, `Nullable(rule)`, `of::<Type>()`.
fn made(schemas: &mut Schemas<'_, '_>, call: &syn::ExprCall, scope: &Scope) -> Option<Value> {
    let Expr::Path(path) = &*call.func else {
        return None;
    };
    let (of, name) = last_two(&path.path);
    let inner = call.args.first();
    match (of.as_str(), name.as_str(), inner) {
        ("Text", "new", None) => Some(json!({"type": "string"})),
        ("Number", "new", None) => Some(json!({"type": "number"})),
        ("Int", "new", None) => {
            let owner = path.path.segments.iter().rev().nth(1)?;
            let kind = arguments(schemas.program, owner, scope).into_iter().next();
            let short = matches!(kind.as_ref().and_then(Ty::external), Some(("i32", _)));
            let format = if short { "int32" } else { "int64" };
            Some(json!({"type": "integer", "format": format}))
        }
        ("List", "new", Some(item)) => {
            let item = schema(schemas, item, scope);
            Some(json!({"type": "array", "items": item}))
        }
        (_, "Dictionary", Some(item)) => {
            let item = schema(schemas, item, scope);
            Some(json!({"type": "object", "additionalProperties": item}))
        }
        (_, "Nullable", Some(inner)) => Some(nullable(schema(schemas, inner, scope))),
        (_, "Boxed", Some(inner)) => Some(schema(schemas, inner, scope)),
        (_, "of", None) => {
            let last = path.path.segments.last()?;
            let ty = arguments(schemas.program, last, scope).into_iter().next()?;
            let at = schemas.program.place(scope.module, path);
            Some(schemas.of(&ty, at))
        }
        _ => None,
    }
}

/// Adds what a setting of a rule demands.
fn narrow(
    program: &Program<'_>,
    schema: &mut Value,
    name: &str,
    argument: Option<&Expr>,
    scope: &Scope,
) -> Option<()> {
    let kind = schema["type"].as_str().unwrap_or_default().to_owned();
    let (keyword, value) = match (kind.as_str(), name) {
        ("string", "min") => ("minLength", number(argument?)?),
        ("string", "max") => ("maxLength", number(argument?)?),
        ("string", "email") => ("format", json!("email")),
        ("string", "pattern") => ("pattern", json!(pattern(program, scope.module, argument?)?)),
        ("string", "one_of") => ("enum", json!(texts(argument?)?)),
        ("array", "min") => ("minItems", number(argument?)?),
        ("array", "max") => ("maxItems", number(argument?)?),
        ("array", "unique") => ("uniqueItems", json!(true)),
        // How a parameter writes its list is no part of the list.
        ("array", "commas") => return Some(()),
        ("integer" | "number", "min") => ("minimum", number(argument?)?),
        ("integer" | "number", "max") => ("maximum", number(argument?)?),
        ("number", "above") => ("exclusiveMinimum", number(argument?)?),
        ("number", "below") => ("exclusiveMaximum", number(argument?)?),
        ("integer", "multiple_of") => ("multipleOf", number(argument?)?),
        ("integer", "one_of") => {
            let Expr::Array(list) = peeled(argument?) else {
                return None;
            };
            let values: Option<Vec<Value>> = list.elems.iter().map(number).collect();
            ("enum", json!(values?))
        }
        _ => return None,
    };
    schema[keyword] = value;
    Some(())
}

/// A number; one without a fraction is written without a point.
fn number(expression: &Expr) -> Option<Value> {
    literal(peeled(expression))
        .filter(Value::is_number)
        .map(whole)
}
