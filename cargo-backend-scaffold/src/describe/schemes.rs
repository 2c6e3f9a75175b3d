//! The ways to say who calls that code declares for all operations: aide's
//! `security_scheme("name", …)`, utoipa's `add_security_scheme("name", …)`.

use serde_json::{Map, Value, json};
use syn::visit::{self, Visit};
use syn::{Expr, ExprMethodCall};

use super::generated;
use crate::code::{Program, attribute};

/// Those that can be read, by their names.
pub(super) fn declared(program: &Program<'_>) -> Map<String, Value> {
    let mut found = Declared(Map::new());
    for block in program
        .functions
        .iter()
        .filter_map(|function| function.block)
    {
        found.visit_block(block);
    }
    found.0
}

struct Declared(Map<String, Value>);

impl<'ast> Visit<'ast> for Declared {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let mut arguments = call.args.iter();
        let (name, scheme) = (arguments.next(), arguments.next());
        let scheme = match (call.method.to_string().as_str(), scheme) {
            ("security_scheme", Some(Expr::Struct(made))) => of_aide(made),
            ("add_security_scheme", Some(made)) => of_utoipa(made),
            _ => None,
        };
        if let (Some(name), Some(scheme)) = (name.and_then(attribute::text), scheme) {
            self.0.insert(name, scheme);
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// What utoipa's builders are told, in the order in which it is written.
#[derive(Default)]
struct Told {
    names: Vec<String>,
    texts: Vec<String>,
}

impl<'ast> Visit<'ast> for Told {
    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        self.names.push(segment.ident.to_string());
        visit::visit_path_segment(self, segment);
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.texts.push(text.value());
    }
}

/// `SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer))`,
/// `SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Key")))`.
fn of_utoipa(made: &Expr) -> Option<Value> {
    let mut told = Told::default();
    told.visit_expr(made);
    let has = |name: &str| told.names.iter().any(|known| known == name);
    let first = told.texts.first();
    if has("HttpAuthScheme") {
        let known = ["Bearer", "Basic", "Digest"];
        let scheme = known.into_iter().find(|scheme| has(scheme))?;
        let mut scheme = json!({"type": "http", "scheme": scheme.to_ascii_lowercase()});
        if let Some(format) = first {
            scheme["bearerFormat"] = json!(format);
        }
        return Some(scheme);
    }
    let place = ["Header", "Query", "Cookie"]
        .into_iter()
        .find(|place| has(place))?;
    let name = first.filter(|_| has("ApiKey"))?;
    Some(json!({"type": "apiKey", "in": place.to_ascii_lowercase(), "name": name}))
}

/// `SecurityScheme::ApiKey { … }`, `SecurityScheme::Http { … }`.
fn of_aide(made: &syn::ExprStruct) -> Option<Value> {
    let field = |name: &str| generated::field(made, name);
    let text = |name: &str| match field(name)? {
        Expr::MethodCall(call) => attribute::text(&call.receiver),
        Expr::Call(call) => match call.args.first()? {
            Expr::MethodCall(call) => attribute::text(&call.receiver),
            other => attribute::text(other),
        },
        other => attribute::text(other),
    };
    let kind = made.path.segments.last()?.ident.to_string();
    let mut scheme = match kind.as_str() {
        "ApiKey" => {
            let Expr::Path(place) = field("location")? else {
                return None;
            };
            let place = place.path.segments.last()?.ident.to_string();
            json!({"type": "apiKey", "in": place.to_ascii_lowercase(), "name": text("name")?})
        }
        "Http" => json!({"type": "http", "scheme": text("scheme")?}),
        "OpenIdConnect" => {
            json!({"type": "openIdConnect", "openIdConnectUrl": text("open_id_connect_url")?})
        }
        _ => return None,
    };
    if let Some(format) = text("bearer_format") {
        scheme["bearerFormat"] = json!(format);
    }
    if let Some(words) = text("description") {
        scheme["description"] = json!(words);
    }
    Some(scheme)
}
