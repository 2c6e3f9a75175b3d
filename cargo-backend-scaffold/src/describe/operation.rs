//! A route as an operation: what its handler reads, what it answers, and what is said about it.

use serde_json::{Map, Value, json};
use syn::{FnArg, Pat, ReturnType};

use super::answer::{self, Answer, Body};
use super::input::{self, Input};
use super::path::Template;
use super::schema::Schemas;
use super::{SOURCE, aide, status, utoipa};
use crate::code::attribute::documentation;
use crate::code::{FunctionId, ModuleId, Place, Program, Scope, Ty};
use crate::routes::attribute::described;
use crate::routes::{Handler, Registration};

/// What stands for answers of which nothing is known.
pub(super) const NOT_KNOWN: &str = "Not known from the source";

/// Describes a route.
pub(super) fn operation(
    schemas: &mut Schemas<'_, '_>,
    registration: &Registration,
    template: &Template,
) -> Value {
    let mut unknown = Vec::new();
    if registration.below_unknown {
        unknown.push("it stands below a path that is only known when it runs".to_owned());
    }
    let told = aide::says_responses(schemas.program, registration);
    let mut operation = match &registration.handler {
        Handler::Function(id, types) => {
            function(schemas, (*id, types, told), template, &mut unknown)
        }
        Handler::Closure(closure, module) => {
            of_closure(schemas, closure, *module, template, &mut unknown)
        }
        Handler::Unknown => {
            let message = "who answers is only known when it runs";
            schemas.unknown(registration.at, message);
            unknown.push(message.to_owned());
            let input = input::inputs(schemas, &[], template);
            assemble(input, json!({}))
        }
    };
    operation[SOURCE] = source(schemas.program, registration);
    input::mark(&mut operation, &unknown);
    aide::apply(schemas, registration, &mut operation);
    let ways = operation["security"].as_array();
    let needs = ways.into_iter().flatten().filter_map(Value::as_object);
    let names = needs.flat_map(|need| need.keys().cloned());
    schemas
        .demanded
        .extend(names.map(|name| (name, registration.at)));
    ordered(operation)
}

/// The members in the order in which documents have them; any other behind those.
fn ordered(mut operation: Value) -> Value {
    const ORDER: &[&str] = &[
        "tags",
        "summary",
        "description",
        "operationId",
        "deprecated",
        "x-internal",
        "parameters",
        "requestBody",
        "responses",
        "security",
    ];
    let Some(members) = operation.as_object_mut() else {
        return operation;
    };
    let mut ordered = Map::new();
    for key in ORDER {
        ordered.extend(
            members
                .shift_remove(*key)
                .map(|member| ((*key).to_owned(), member)),
        );
    }
    ordered.append(members);
    Value::Object(ordered)
}

/// Who answers a route, and where it is registered.
pub(super) fn source(program: &Program<'_>, registration: &Registration) -> Value {
    let handler = match &registration.handler {
        Handler::Function(id, _) => program.function_path(*id),
        Handler::Closure(..) => "closure".to_owned(),
        Handler::Unknown => "unknown".to_owned(),
    };
    let mut source = Map::new();
    source.insert("handler".to_owned(), json!(handler));
    source.extend(super::place(program, registration.at));
    Value::Object(source)
}

fn function(
    schemas: &mut Schemas<'_, '_>,
    (id, types, told): (FunctionId, &[Ty], bool),
    template: &Template,
    unknown: &mut Vec<String>,
) -> Value {
    let program = schemas.program;
    let function = &program.functions[id];
    let mut scope = Scope::of(function.inside);
    scope.own = program.own_type(id).map(Box::new);
    let parameters = function.signature.generics.type_params();
    scope.parameters = parameters
        .map(|parameter| parameter.ident.to_string())
        .zip(types.iter().cloned())
        .collect();
    let inputs: Vec<(Ty, Place)> = function
        .signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(typed) => {
                let at = program.place(function.module, &typed.ty);
                Some((program.ty(&typed.ty, &scope), at))
            }
            FnArg::Receiver(_) => None,
        })
        .collect();
    let named = function
        .signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(typed) => Some((&*typed.pat, program.ty(&typed.ty, &scope))),
            FnArg::Receiver(_) => None,
        });
    let named = named.collect();
    let input = input::inputs(schemas, &inputs, template);
    let at = program.place(function.module, &function.signature.ident);
    let output = match &function.signature.output {
        ReturnType::Default => Ty::Tuple(Vec::new()),
        ReturnType::Type(_, syntax) => program.ty(syntax, &scope),
    };
    let body = Body {
        block: function.block,
        expression: None,
        scope: scope.clone(),
        inputs: named,
    };
    let annotated = described(function.attributes);
    let says = annotated
        .as_ref()
        .is_some_and(|words| words.iter().any(|word| word.name == "responses"));
    let responses = if says {
        json!({})
    } else {
        responses(schemas, (&output, told), &body, at, unknown)
    };
    let mut operation = assemble(input, responses);
    let text = documentation(function.attributes);
    let (summary, rest) = text.split_once("\n\n").unwrap_or((text.as_str(), ""));
    let mut described = Map::new();
    if !summary.is_empty() {
        described.insert("summary".to_owned(), json!(summary.replace('\n', " ")));
    }
    if !rest.trim().is_empty() {
        described.insert("description".to_owned(), json!(rest.trim()));
    }
    described.insert("operationId".to_owned(), json!(function.name));
    if function
        .attributes
        .iter()
        .any(|a| a.path().is_ident("deprecated"))
    {
        described.insert("deprecated".to_owned(), json!(true));
    }
    if let Some(members) = operation.as_object_mut() {
        described.append(members);
    }
    let mut operation = Value::Object(described);
    if let Some(words) = annotated {
        utoipa::apply(schemas, &words, &scope, at, &mut operation);
    }
    operation
}

fn of_closure(
    schemas: &mut Schemas<'_, '_>,
    closure: &syn::ExprClosure,
    module: ModuleId,
    template: &Template,
    unknown: &mut Vec<String>,
) -> Value {
    let program = schemas.program;
    let scope = Scope::of(module);
    let inputs: Vec<(Ty, Place)> = closure
        .inputs
        .iter()
        .filter_map(|pattern| match pattern {
            Pat::Type(typed) => {
                let at = program.place(module, &typed.ty);
                Some((program.ty(&typed.ty, &scope), at))
            }
            _ => None,
        })
        .collect();
    let input = input::inputs(schemas, &inputs, template);
    let output = match &closure.output {
        ReturnType::Default => Ty::Other,
        ReturnType::Type(_, syntax) => program.ty(syntax, &scope),
    };
    let body = Body {
        block: None,
        expression: Some(&closure.body),
        scope,
        inputs: Vec::new(),
    };
    let at = program.place(module, closure);
    let responses = responses(schemas, (&output, false), &body, at, unknown);
    assemble(input, responses)
}

/// An operation of its parts, in the order in which documents have them.
fn assemble(input: Input, responses: Value) -> Value {
    let mut operation = Map::new();
    if !input.parameters.is_empty() {
        operation.insert("parameters".to_owned(), Value::Array(input.parameters));
    }
    operation.extend(input.body.map(|body| ("requestBody".to_owned(), body)));
    operation.insert("responses".to_owned(), responses);
    if !input.needs.is_empty() {
        let needs = input
            .needs
            .iter()
            .map(|need| ((*need).to_owned(), json!([])));
        let mut ways = vec![Value::Object(needs.collect())];
        if input.anybody {
            ways.push(json!({}));
        }
        operation.insert("security".to_owned(), Value::Array(ways));
    }
    let empty = operation["responses"].as_object().is_none_or(Map::is_empty);
    if empty {
        let usual = json!({"default": {"description": NOT_KNOWN}});
        operation.insert("responses".to_owned(), usual);
    }
    Value::Object(operation)
}

/// `told` is whether somebody says what is answered: what cannot be read then is no loss.
fn responses(
    schemas: &mut Schemas<'_, '_>,
    (output, told): (&Ty, bool),
    body: &Body<'_>,
    at: Place,
    unknown: &mut Vec<String>,
) -> Value {
    let mut found = answer::answers(schemas.program, output, body);
    if told {
        found.unknown.clear();
        found.found.retain(Answer::is_whole);
    }
    for what in found.unknown {
        schemas.unknown(at, format!("{what} is not known from the source"));
        unknown.push(format!("{what} is not known from the source"));
    }
    let mut answers: Vec<Answer> = found.found;
    answers.sort_by_key(|answer| answer.status);
    let mut responses = Map::new();
    for answer in answers {
        let Some(number) = answer.status else {
            continue;
        };
        let response = responses
            .entry(number.to_string())
            .or_insert_with(|| json!({"description": status::reason(number)}));
        let Some(media) = &answer.media else {
            continue;
        };
        let schema = match &answer.body {
            Some(ty) => schemas.of(ty, at),
            None if media.ends_with("json") => {
                let message =
                    format!("what is in the body of `{number}` is not known from the source");
                schemas.unknown(at, message.as_str());
                unknown.push(message);
                json!({})
            }
            None => json!({}),
        };
        add(response, media, schema);
    }
    Value::Object(responses)
}

/// Two bodies of one status and media type are either of them.
fn add(response: &mut Value, media: &str, schema: Value) {
    let content = &mut response["content"][media];
    let before = content["schema"].take();
    content["schema"] = match before {
        Value::Null => schema,
        before if before == schema => schema,
        before if schema == json!({}) => before,
        before if before == json!({}) => schema,
        mut before => match before["anyOf"].as_array_mut() {
            Some(choices) => {
                if !choices.contains(&schema) {
                    choices.push(schema);
                }
                before
            }
            None => json!({"anyOf": [before, schema]}),
        },
    };
}
