//! Who may call a generated operation: the table `SECURED`.

use serde_json::{Map, Value, json};
use syn::Expr;

use super::{constant, field, last_two, peeled, text, texts};
use crate::code::ModuleId;
use crate::describe::schema::Schemas;
use crate::routes::Registration;

/// The ways to be let in, where anybody is asked who calls; none of them where no document can say.
pub(super) fn ways(
    schemas: &mut Schemas<'_, '_>,
    registration: &Registration,
    home: ModuleId,
) -> Option<Value> {
    let program = schemas.program;
    let (module, table) = constant(program, home, "super::security::SECURED")?;
    let Expr::Array(rows) = peeled(table) else {
        return None;
    };
    let row = rows.elems.iter().find_map(|row| {
        let Expr::Struct(row) = row else { return None };
        let is =
            |name: &str, wanted: &str| field(row, name).and_then(text).as_deref() == Some(wanted);
        (is("method", registration.method) && is("route", &registration.path)).then_some(row)
    })?;
    let Expr::Array(alternatives) = peeled(field(row, "alternatives")?) else {
        return None;
    };
    let mut ways = Vec::new();
    for alternative in &alternatives.elems {
        let Expr::Array(needs) = peeled(alternative) else {
            continue;
        };
        let needs: Option<Map<String, Value>> = needs
            .elems
            .iter()
            .map(|need| self::need(schemas, need, module))
            .collect();
        ways.extend(needs.map(Value::Object));
    }
    Some(Value::Array(ways))
}

/// `Need { scheme: &SCHEME_LOGIN, scopes: &[] }`; nothing for a scheme that a document cannot name.
fn need(schemas: &mut Schemas<'_, '_>, need: &Expr, module: ModuleId) -> Option<(String, Value)> {
    let Expr::Struct(need) = need else {
        return None;
    };
    let Expr::Path(path) = peeled(field(need, "scheme")?) else {
        return None;
    };
    let called = path.path.segments.last()?.ident.to_string();
    let (_, scheme) = constant(schemas.program, module, &called)?;
    let Expr::Struct(scheme) = scheme else {
        return None;
    };
    let name = text(field(scheme, "name")?)?;
    let Some(kind) = field(scheme, "kind").and_then(kind) else {
        let at = schemas.program.place(module, scheme);
        let message =
            format!("how callers show who they are by `{name}` is not known from the source");
        schemas.unknown(at, message);
        return None;
    };
    schemas.schemes.insert(name.clone(), kind);
    let scopes = texts(field(need, "scopes")?).unwrap_or_default();
    Some((name, json!(scopes)))
}

/// `Kind::Bearer`, `Kind::Header("X-Key")`.
fn kind(expression: &Expr) -> Option<Value> {
    match peeled(expression) {
        Expr::Path(path) => match last_two(&path.path).1.as_str() {
            "Bearer" => Some(json!({"type": "http", "scheme": "bearer"})),
            "Basic" => Some(json!({"type": "http", "scheme": "basic"})),
            _ => None,
        },
        Expr::Call(call) => {
            let Expr::Path(path) = &*call.func else {
                return None;
            };
            let place = last_two(&path.path).1.to_ascii_lowercase();
            let name = call.args.first().and_then(text)?;
            Some(json!({"type": "apiKey", "in": place, "name": name}))
        }
        _ => None,
    }
}
