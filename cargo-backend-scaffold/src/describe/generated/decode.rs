//! A type of generated code: what its `Decode` demands, and what its fields say of themselves.

use serde_json::{Map, Value, json};
use syn::visit::{self, Visit};
use syn::{Expr, Fields, Pat, Stmt};

use super::{is_generated, last_two, peeled, rule, said, text};
use crate::code::attribute::documentation;
use crate::code::{Scope, TypeSyntax};
use crate::describe::item::describe;
use crate::describe::schema::{Schemas, object};
use crate::describe::serde::Member;

/// The schema of a type that generated code reads; nothing if it is no such type.
pub(in crate::describe) fn schema(
    schemas: &mut Schemas<'_, '_>,
    id: usize,
    types: &[crate::code::Ty],
) -> Option<Value> {
    let program = schemas.program;
    let item = &program.types[id];
    let implementation = program.implements(id, "Decode")?;
    if !is_generated(program, implementation.module) {
        return None;
    }
    let methods = implementation.methods.iter();
    let decode = methods
        .map(|&method| &program.functions[method])
        .find(|function| function.name == "decode")?;
    let mut scope = program.scope_of(id, types);
    scope.module = implementation.module;
    let mut schema = match item.syntax {
        TypeSyntax::Struct(made) => members(schemas, made, decode.block?, &scope),
        TypeSyntax::Enum(made) => {
            let plain = |variant: &syn::Variant| matches!(variant.fields, Fields::Unit);
            if made.variants.iter().all(plain) {
                let words = made.variants.iter().map(word);
                json!({"type": "string", "enum": words.collect::<Option<Vec<_>>>()?})
            } else {
                alternatives(schemas, decode.block?, &scope)
            }
        }
        TypeSyntax::Alias(_) => return None,
    };
    let text = documentation(item.syntax.attributes());
    let name = &item.name;
    let empty = [
        format!("`{name}` of the document."),
        format!("One of the alternatives of `{name}`."),
        format!("One of the values of `{name}`."),
    ];
    if !empty.contains(&text) {
        describe(&mut schema, &said(&text));
    }
    Some(schema)
}

/// The doc comment of a field that says more than its name.
fn words_of(made: &syn::ItemStruct, ident: &syn::Ident, name: &str) -> String {
    let mut fields = made.fields.iter();
    let field = fields.find(|field| field.ident.as_ref() == Some(ident));
    let text = field.map(|field| documentation(&field.attrs));
    let text = text.unwrap_or_default();
    if text == format!("`{name}`") {
        return String::new();
    }
    said(&text)
}

/// `object.required("name", &rule)`, one after the other.
fn members(
    schemas: &mut Schemas<'_, '_>,
    made: &syn::ItemStruct,
    block: &syn::Block,
    scope: &Scope,
) -> Value {
    let mut properties: Vec<(String, Value)> = Vec::new();
    let mut required = Vec::new();
    let mut rest = Map::new();
    for statement in &block.stmts {
        let (ident, expression) = match statement {
            Stmt::Local(local) => match (&local.pat, &local.init) {
                (Pat::Ident(name), Some(init)) => (Some(&name.ident), &*init.expr),
                _ => continue,
            },
            Stmt::Expr(expression, _) => (None, expression),
            _ => continue,
        };
        let Expr::MethodCall(call) = expression else {
            continue;
        };
        let first = call.args.first();
        let second = call.args.iter().nth(1);
        match (call.method.to_string().as_str(), ident, first, second) {
            (kind @ ("required" | "optional"), Some(ident), Some(name), Some(demand)) => {
                let Some(name) = text(name) else { continue };
                let mut property = rule::schema(schemas, demand, scope);
                describe(&mut property, &words_of(made, ident, &name));
                if kind == "required" {
                    required.push(json!(name));
                }
                properties.push((name, property));
            }
            ("others", _, _, Some(demand)) => {
                let others = rule::schema(schemas, demand, scope);
                rest.insert("additionalProperties".to_owned(), others);
            }
            ("deny_others", ..) => {
                rest.insert("additionalProperties".to_owned(), json!(false));
            }
            ("count", _, Some(least), Some(most)) => {
                let bounds = [("minProperties", least), ("maxProperties", most)];
                for (keyword, bound) in bounds {
                    let value = crate::describe::constant::literal(peeled(bound));
                    // The bounds that are none are `0` and `usize::MAX`.
                    if let Some(value) = value.filter(|value| *value != json!(0)) {
                        rest.insert(keyword.to_owned(), value);
                    }
                }
            }
            _ => {}
        }
    }
    let mut schema = json!({"type": "object"});
    if !properties.is_empty() {
        schema["properties"] = object(properties);
    }
    if !required.is_empty() {
        schema["required"] = Value::Array(required);
    }
    if let Some(members) = schema.as_object_mut() {
        members.extend(rest);
    }
    schema
}

/// What `decode` of a union tries.
#[derive(Default)]
struct Tried<'b> {
    rules: Vec<&'b Expr>,
    /// The words of the tag, and the rule for each.
    tagged: Vec<(Vec<String>, &'b Expr)>,
    tag: Option<String>,
    exactly_one: bool,
}

impl<'b> Visit<'b> for Tried<'b> {
    fn visit_expr_method_call(&mut self, call: &'b syn::ExprMethodCall) {
        let name = call.method.to_string();
        match (name.as_str(), peeled(&call.receiver), call.args.first()) {
            ("read", demand, Some(_)) => self.rules.push(demand),
            ("get", Expr::Path(path), Some(tag)) if path.path.is_ident("value") => {
                self.tag = text(tag);
            }
            _ => {}
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_binary(&mut self, both: &'b syn::ExprBinary) {
        self.exactly_one |= matches!(both.op, syn::BinOp::Gt(_));
        visit::visit_expr_binary(self, both);
    }

    fn visit_arm(&mut self, arm: &'b syn::Arm) {
        let before = self.rules.len();
        visit::visit_arm(self, arm);
        let Pat::TupleStruct(some) = &arm.pat else {
            return;
        };
        let words = some.elems.first().map(words_in).unwrap_or_default();
        if let (false, Some(demand)) = (words.is_empty(), self.rules.get(before)) {
            self.tagged.push((words, demand));
        }
    }
}

/// The texts of a pattern such as `"a" | "b"`.
fn words_in(pattern: &Pat) -> Vec<String> {
    match pattern {
        Pat::Lit(literal) => match &literal.lit {
            syn::Lit::Str(text) => vec![text.value()],
            _ => Vec::new(),
        },
        Pat::Or(several) => several.cases.iter().flat_map(words_in).collect(),
        _ => Vec::new(),
    }
}

fn alternatives(schemas: &mut Schemas<'_, '_>, block: &syn::Block, scope: &Scope) -> Value {
    let mut tried = Tried::default();
    tried.visit_block(block);
    let choices: Vec<Value> = tried
        .rules
        .iter()
        .map(|demand| rule::schema(schemas, demand, scope))
        .collect();
    let Some(tag) = tried.tag.filter(|_| !tried.tagged.is_empty()) else {
        let keyword = if tried.exactly_one { "oneOf" } else { "anyOf" };
        return json!({keyword: choices});
    };
    let mut mapping = Map::new();
    for (words, demand) in tried.tagged {
        let target = rule::schema(schemas, demand, scope);
        for word in words {
            if let Some(reference) = target.get("$ref") {
                mapping.insert(word, reference.clone());
            }
        }
    }
    json!({"oneOf": choices, "discriminator": {"propertyName": tag, "mapping": mapping}})
}

/// What a variant is as text.
fn word(variant: &syn::Variant) -> Option<String> {
    Member::of(&variant.attrs).renamed
}

/// The text of the variant that a path leads to.
pub(super) fn variant_word(item: &syn::ItemEnum, path: &syn::Path) -> Option<String> {
    let (_, name) = last_two(path);
    let variant = item.variants.iter().find(|variant| variant.ident == name)?;
    word(variant)
}
