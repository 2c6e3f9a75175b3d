//! Parameters and bodies as generated handlers read them.

use serde_json::{Map, Value, json};
use syn::Expr;

use super::handler::{Handled, Read};
use super::xml::{self, XML};
use super::{flag, last_two, peeled, rule, said, text, texts};
use crate::code::Scope;
use crate::code::attribute::documentation;
use crate::describe::answer::JSON;
use crate::describe::schema::Schemas;

/// The parameters in the order in which they are read. Those of the path give it their names.
pub(super) fn parameters(
    schemas: &mut Schemas<'_, '_>,
    handled: &Handled<'_>,
    scope: &Scope,
    path: &mut String,
) -> Vec<Value> {
    let mut found = Vec::new();
    for read in &handled.reads {
        let method = read.method.as_str();
        if method == "caller" || BODIES.contains(&method) {
            continue;
        }
        let Some(mut parameter) = parameter(schemas, read, scope, path) else {
            let at = schemas.program.place(scope.module, read.name);
            let message =
                format!("what `input.{method}` reads is of another version and not known here");
            schemas.unknown(at, message);
            continue;
        };
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let field = handled.field(schemas.program, scope, read.name);
        let words = field
            .map(|field| documentation(&field.attrs))
            .unwrap_or_default();
        if !words.is_empty() && words != format!("`{name}`") {
            parameter.insert("description".to_owned(), json!(said(&words)));
        }
        let local = read.name.to_string();
        let default = handled.default(schemas.program, scope, &local);
        if let (Some(default), Some(schema)) = (default, parameter.get_mut("schema")) {
            schema["default"] = default;
        }
        found.push(Value::Object(parameter));
    }
    *path = path.replace(NAMED, "");
    found
}

/// The methods of `Input` that read bodies.
const BODIES: &[&str] = &[
    "json",
    "json_or_xml",
    "xml",
    "form",
    "multipart",
    "body",
    "stream",
];

/// Stands in a path before the names that are those of the document already.
const NAMED: char = '\u{1}';

/// Gives the first segment of that name the name that the document has for it.
fn named(path: &mut String, segment: &str, name: &str) {
    *path = path.replacen(&format!("{{{segment}}}"), &format!("{{{NAMED}{name}}}"), 1);
}

fn parameter(
    schemas: &mut Schemas<'_, '_>,
    read: &Read<'_>,
    scope: &Scope,
    path: &mut String,
) -> Option<Map<String, Value>> {
    let mut parameter = match (read.method.as_str(), read.arguments.as_slice()) {
        ("path", [segment, name, _]) => {
            let (segment, name) = (text(segment)?, text(name)?);
            named(path, &segment, &name);
            begun("path", &name, true)
        }
        ("part", [segment, pieces, index, name, _]) => {
            let name = text(name)?;
            part(path, &text(segment)?, &texts(pieces)?, index, &name);
            begun("path", &name, true)
        }
        (place @ ("query" | "header"), [name, required, _]) => {
            begun(place, &text(name)?, flag(required))
        }
        ("styled", [from, name, style, required, _]) => {
            let name = text(name)?;
            let place = from_where(from, &name, path)?;
            let mut parameter = begun(place, &name, flag(required));
            styled(&mut parameter, place, style);
            parameter
        }
        _ => return None,
    };
    let demand = read.arguments.last()?;
    let schema = rule::schema(schemas, demand, scope);
    if parameter.remove("json").is_some() {
        let content = json!({"application/json": {"schema": schema}});
        parameter.insert("content".to_owned(), content);
        return Some(parameter);
    }
    let in_query = parameter.get("in") == Some(&json!("query"));
    if in_query && with_commas(demand) {
        parameter.insert("explode".to_owned(), json!(false));
    }
    parameter.insert("schema".to_owned(), schema);
    Some(parameter)
}

fn begun(place: &str, name: &str, required: bool) -> Map<String, Value> {
    let mut parameter = Map::new();
    parameter.insert("name".to_owned(), json!(name));
    parameter.insert("in".to_owned(), json!(place));
    if required {
        parameter.insert("required".to_owned(), json!(true));
    }
    parameter
}

/// `List::new(rule).commas()`.
fn with_commas(demand: &Expr) -> bool {
    match peeled(demand) {
        Expr::MethodCall(call) => call.method == "commas" || with_commas(&call.receiver),
        Expr::Call(call) => call.args.first().is_some_and(with_commas),
        _ => false,
    }
}

/// Several parameters in one segment of the route: each takes its place between the pieces.
fn part(path: &mut String, segment: &str, pieces: &[String], index: &Expr, name: &str) {
    let index = crate::describe::constant::literal(peeled(index));
    let index = index.and_then(|index| index.as_u64()).unwrap_or_default();
    let numbered = |number: u64| format!("{segment}{NAMED}{number}");
    if !path.contains(&format!("{{{}}}", numbered(index))) {
        let mut spread = String::new();
        for (number, piece) in (0_u64..).zip(pieces) {
            if number > 0 {
                spread = format!("{spread}{{{}}}", numbered(number - 1));
            }
            spread.push_str(piece);
        }
        *path = path.replacen(&format!("{{{segment}}}"), &spread, 1);
    }
    named(path, &numbered(index), name);
}

/// `From::Query`, `From::Path("segment")`.
fn from_where(from: &Expr, name: &str, path: &mut String) -> Option<&'static str> {
    let (called, segment) = match peeled(from) {
        Expr::Path(called) => (&called.path, None),
        Expr::Call(call) => match &*call.func {
            Expr::Path(called) => (&called.path, call.args.first().and_then(text)),
            _ => return None,
        },
        _ => return None,
    };
    let place = match last_two(called).1.as_str() {
        "Path" => "path",
        "Query" => "query",
        "Header" => "header",
        "Cookie" => "cookie",
        _ => return None,
    };
    if let Some(segment) = segment {
        named(path, &segment, name);
    }
    Some(place)
}

/// The members `style` and `explode` where they are not the usual ones of the place.
fn styled(parameter: &mut Map<String, Value>, place: &str, style: &Expr) {
    let (called, first) = match peeled(style) {
        Expr::Path(called) => (&called.path, None),
        Expr::Call(call) => match &*call.func {
            Expr::Path(called) => (&called.path, call.args.first()),
            _ => return,
        },
        _ => return,
    };
    let link = first.and_then(|first| match peeled(first) {
        Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Char(link),
            ..
        }) => Some(link.value()),
        _ => None,
    });
    let exploded = first.is_some_and(flag);
    let form = matches!(place, "query" | "cookie");
    // Only the style `form` is exploded where nothing is said.
    let (style, explode) = match (last_two(called).1.as_str(), link) {
        ("Delimited", Some(' ')) => (Some("spaceDelimited"), Some(false)),
        ("Delimited", Some('|')) => (Some("pipeDelimited"), Some(false)),
        ("Delimited", _) => (None, form.then_some(false)),
        ("Pairs", _) => (None, Some(true)),
        ("Label", _) => (Some("label"), exploded.then_some(true)),
        ("Matrix", _) => (Some("matrix"), exploded.then_some(true)),
        ("Deep", _) => (Some("deepObject"), Some(true)),
        ("Json", _) => {
            parameter.insert("json".to_owned(), json!(true));
            return;
        }
        _ => (None, None),
    };
    parameter.extend(style.map(|style| ("style".to_owned(), json!(style))));
    parameter.extend(explode.map(|explode| ("explode".to_owned(), json!(explode))));
}

/// The body, where one is read.
pub(super) fn body(
    schemas: &mut Schemas<'_, '_>,
    handled: &Handled<'_>,
    scope: &Scope,
) -> Option<Value> {
    let (read, required) = handled.reads.iter().find_map(|read| {
        let known = BODIES.contains(&read.method.as_str());
        let first = read.arguments.first().filter(|_| known)?;
        Some((read, flag(first)))
    })?;
    let second = read.arguments.get(1)?;
    let mut content = Map::new();
    let media = match read.method.as_str() {
        "json" | "json_or_xml" => JSON,
        "xml" => XML,
        "form" => "application/x-www-form-urlencoded",
        "multipart" => "multipart/form-data",
        _ => {
            let named = texts(second).unwrap_or_default();
            let any = vec!["*/*".to_owned()];
            for media in if named.is_empty() { any } else { named } {
                content.insert(media, json!({"schema": {}}));
            }
            ""
        }
    };
    if content.is_empty() {
        let schema = rule::schema(schemas, second, scope);
        if let Some(root) = read.arguments.get(2) {
            let schema = xml::elements(schemas, handled.home, root, &schema);
            content.insert(XML.to_owned(), json!({"schema": schema}));
        }
        if media != XML {
            content.insert(media.to_owned(), json!({"schema": schema}));
        }
    }
    let mut body = json!({"content": content});
    if required {
        body["required"] = json!(true);
    }
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_get_the_names_of_the_document_one_by_one() {
        let mut path = "/transfers/{id}/reversals/{id}".to_owned();
        named(&mut path, "id", "transfer");
        named(&mut path, "id", "id");
        let path = path.replace(NAMED, "");
        assert_eq!(path, "/transfers/{transfer}/reversals/{id}");
    }

    #[test]
    fn parameters_of_one_segment_stand_between_its_pieces() {
        let mut path = "/compare/{base}".to_owned();
        let pieces = ["", "...", ".json"].map(str::to_owned);
        part(&mut path, "base", &pieces, &syn::parse_quote!(1), "head");
        part(&mut path, "base", &pieces, &syn::parse_quote!(0), "base");
        let path = path.replace(NAMED, "");
        assert_eq!(path, "/compare/{base}...{head}.json");
    }
}
