//! How a generated service rejects: the statuses that its code names, in the shapes that `shape.rs`
//! writes.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use syn::Expr;
use syn::visit::{self, Visit};

use super::handler::{Handled, Wanted};
use super::{constant, field, flag, is_generated, last_two, peeled, text, texts, xml};
use crate::code::{ModuleId, Program, Target};
use crate::describe::constant::literal;
use crate::describe::scan::status_of;
use crate::describe::schema::{Schemas, reference};
use crate::describe::status;
use crate::routes::Registration;

/// Adds the rejections that code names, and what every other one looks like.
pub(super) fn add(
    schemas: &mut Schemas<'_, '_>,
    registration: &Registration,
    handled: &Handled<'_>,
    wanted: &Wanted,
    ways: Option<&Value>,
    responses: &mut Map<String, Value>,
) {
    let program = schemas.program;
    let mut statuses = refused(program, wanted);
    for read in &handled.reads {
        match (read.method.as_str(), read.arguments.as_slice()) {
            ("caller", _) => continue,
            // What has another media type than one that is named.
            ("json" | "json_or_xml" | "xml" | "form" | "multipart", _) => statuses.extend([415]),
            ("body" | "stream", [_, named])
                if texts(named).is_some_and(|named| !named.is_empty()) =>
            {
                statuses.extend([415]);
            }
            _ => {}
        }
        statuses.extend(handled.invalid);
        statuses.extend(handled.malformed);
    }
    if let Some(ways) = ways.and_then(Value::as_array) {
        statuses.extend(turned_away(ways));
    }
    let rows = rows(program, registration, handled.home);
    for (from, to, _) in &rows {
        if from == to {
            statuses.insert(*from);
        }
    }
    for number in statuses {
        let named = rows
            .iter()
            .find(|(from, to, _)| (*from..=*to).contains(&number));
        let shape = named.map_or("USUAL", |(_, _, shape)| shape.as_str());
        if let Some(content) = content(schemas, handled.home, shape) {
            let response = json!({"description": status::reason(number), "content": content});
            responses.entry(number.to_string()).or_insert(response);
        }
    }
    for (from, to, shape) in &rows {
        let (key, words) = match (from, to) {
            (400, 499) => ("4XX", "Any other fault of the request"),
            (500, 599) => ("5XX", "Any other fault of the service"),
            (400, 599) => ("default", "Any other rejection"),
            _ => continue,
        };
        if let Some(content) = content(schemas, handled.home, shape) {
            let response = json!({"description": words, "content": content});
            responses.entry(key).or_insert(response);
        }
    }
    if let Some(content) = content(schemas, handled.home, "USUAL") {
        let response = json!({"description": "Any other rejection", "content": content});
        responses.entry("default").or_insert(response);
    }
}

/// The statuses for whom nobody knows, and for who may not do this.
fn turned_away(ways: &[Value]) -> Vec<u16> {
    let needs = || ways.iter().filter_map(Value::as_object);
    if needs().any(Map::is_empty) {
        return Vec::new();
    }
    let mut scopes = needs().flat_map(Map::values).filter_map(Value::as_array);
    match scopes.any(|scopes| !scopes.is_empty()) {
        true => vec![401, 403],
        false => vec![401],
    }
}

/// The statuses that the service's own code refuses with.
fn refused(program: &Program<'_>, wanted: &Wanted) -> BTreeSet<u16> {
    let mut found = BTreeSet::new();
    let owner = Some(wanted.owner);
    let name = &program.functions[wanted.method].name;
    for implementation in program
        .implementations
        .iter()
        .filter(|i| i.of_trait == owner)
    {
        let methods = implementation.methods.iter();
        let methods = methods.map(|&id| &program.functions[id]);
        for method in methods.filter(|method| method.name == *name) {
            let mut named = Named {
                program,
                module: method.inside,
                error: wanted.error,
                found: BTreeSet::new(),
                follows: true,
            };
            if let Some(block) = method.block {
                named.visit_block(block);
            }
            found.extend(named.found);
        }
    }
    found.retain(|status| *status >= 400);
    found
}

/// The statuses that code names: itself, in constants, and in the constructors of the error.
struct Named<'p, 'a> {
    program: &'p Program<'a>,
    module: ModuleId,
    error: usize,
    found: BTreeSet<u16>,
    follows: bool,
}

impl Named<'_, '_> {
    fn inside(&self, module: ModuleId) -> Self {
        Named {
            program: self.program,
            module,
            error: self.error,
            found: BTreeSet::new(),
            follows: false,
        }
    }
}

impl<'ast> Visit<'ast> for Named<'_, '_> {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(status) = status_of(&Expr::Path(path.clone())) {
            self.found.insert(status);
            return;
        }
        if !self.follows {
            return;
        }
        match self.program.resolve_value(self.module, &path.path) {
            // `const CREATE: Constraints` says which status a clash has.
            Some(Target::Constant(id)) => {
                let constant = &self.program.constants[id];
                let mut inner = self.inside(constant.module);
                inner.visit_expr(constant.value);
                self.found.extend(inner.found);
            }
            // `ApiError::not_found` is one status; what is any of several names it elsewhere.
            Some(Target::Associated(id, name)) if id == self.error => {
                let Some(made) = self.program.method(id, &name) else {
                    return;
                };
                let made = &self.program.functions[made];
                let mut inner = self.inside(made.inside);
                if let Some(block) = made.block {
                    inner.visit_block(block);
                }
                if let (1, Some(only)) = (inner.found.len(), inner.found.first()) {
                    self.found.insert(*only);
                }
            }
            _ => {}
        }
    }

    fn visit_expr_binary(&mut self, both: &'ast syn::ExprBinary) {
        // A comparison refuses nothing.
        if !matches!(both.op, syn::BinOp::Eq(_) | syn::BinOp::Ne(_)) {
            visit::visit_expr_binary(self, both);
        }
    }
}

/// First and last status, and the name of the shape, of the operations that have their own.
fn rows(
    program: &Program<'_>,
    registration: &Registration,
    home: ModuleId,
) -> Vec<(u16, u16, String)> {
    let row = || {
        let (_, table) = constant(program, home, "super::shape::OTHERS")?;
        let Expr::Array(rows) = peeled(table) else {
            return None;
        };
        rows.elems.iter().find_map(|row| {
            let Expr::Tuple(row) = row else { return None };
            let mut parts = row.elems.iter();
            let (method, route, shapes) = (parts.next()?, parts.next()?, parts.next()?);
            let same = text(method)? == registration.method && text(route)? == registration.path;
            same.then_some(shapes)
        })
    };
    let Some(Expr::Array(shapes)) = row().map(peeled) else {
        return Vec::new();
    };
    let read = |shape: &Expr| {
        let Expr::Tuple(shape) = shape else {
            return None;
        };
        let mut parts = shape.elems.iter();
        let (from, to, name) = (parts.next()?, parts.next()?, parts.next()?);
        let status = |e: &Expr| literal(e)?.as_u64().and_then(|n| u16::try_from(n).ok());
        let Expr::Path(name) = peeled(name) else {
            return None;
        };
        Some((status(from)?, status(to)?, last_two(&name.path).1))
    };
    shapes.elems.iter().filter_map(read).collect()
}

/// The media type of a shape with its schema, which is a component.
fn content(schemas: &mut Schemas<'_, '_>, home: ModuleId, shape: &str) -> Option<Value> {
    let program = schemas.program;
    let (module, made) = constant(program, home, &format!("super::shape::{shape}"))?;
    let Expr::Struct(made) = made else {
        return None;
    };
    if !is_generated(program, module) {
        return None;
    }
    let media = text(field(made, "media_type")?)?;
    let number = shape.trim_start_matches(|c: char| !c.is_ascii_digit());
    let key = format!("{shape} of {home}");
    let name = match schemas.rejections.get(&key) {
        Some(name) => name.clone(),
        None => {
            let schema = part(field(made, "body")?)?;
            let name = schemas.free(&format!("Rejection{number}"));
            schemas.components.insert(name.clone(), schema);
            schemas.rejections.insert(key, name.clone());
            name
        }
    };
    let schema = reference(&name);
    let mut content = Map::new();
    // `Some(("application/problem+xml", &xml::PROBLEM_ROOT))`
    if let Some(Expr::Call(some)) = field(made, "xml").map(peeled)
        && let Some(Expr::Tuple(parts)) = some.args.first().map(peeled)
        && let (Some(named), Some(root)) = (parts.elems.first(), parts.elems.get(1))
    {
        let schema = xml::elements(schemas, home, root, &schema);
        content.extend(text(named).map(|media| (media, json!({"schema": schema}))));
    }
    content.insert(media, json!({"schema": schema}));
    Some(Value::Object(content))
}

/// The schema of a `Part`.
fn part(expression: &Expr) -> Option<Value> {
    let (path, arguments) = match peeled(expression) {
        Expr::Path(path) => (&path.path, Vec::new()),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => (&path.path, call.args.iter().collect()),
            _ => return None,
        },
        _ => return None,
    };
    let name = last_two(path).1;
    Some(match (name.as_str(), arguments.as_slice()) {
        ("Status", []) => json!({"type": "integer"}),
        ("Moment", []) => json!({"type": "string", "format": "date-time"}),
        (_, []) => json!({"type": "string"}),
        ("Code", [words]) => match texts(words)? {
            words if words.is_empty() => json!({"type": "string"}),
            words => json!({"type": "string", "enum": words}),
        },
        ("Literal", [value]) => {
            let value: Value = serde_json::from_str(&text(value)?).ok()?;
            json!({"const": value})
        }
        ("Each", [item, at_least_one]) => {
            let mut list = json!({"type": "array", "items": part(item)?});
            if flag(at_least_one) {
                list["minItems"] = json!(1);
            }
            list
        }
        ("Object", [members]) => {
            let Expr::Array(members) = peeled(members) else {
                return None;
            };
            let mut properties = Map::new();
            for member in &members.elems {
                let Expr::Tuple(member) = member else {
                    return None;
                };
                let mut parts = member.elems.iter();
                properties.insert(text(parts.next()?)?, part(parts.next()?)?);
            }
            let required: Vec<&String> = properties.keys().collect();
            json!({"type": "object", "required": required, "properties": properties})
        }
        _ => return None,
    })
}
