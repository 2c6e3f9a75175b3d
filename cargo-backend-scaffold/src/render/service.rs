//! The context of `src/service/<group>.rs`: operations answered from tables.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::api::table::{Column, Crud, Origin, Table, Verb};
use crate::api::types::{Struct, TypeId, TypeShape};
use crate::api::{Answer, Api, Group, Operation};
use crate::render::given::{offered, sent, whole};
use crate::render::routes::constant;
use crate::render::rust_type::Rust;
use crate::render::traits::{request_name, response_name, trait_name};
use crate::render::{data, fixed, imports, note_code, stub, ways};

pub(super) fn context(api: &Api, group: &Group) -> Value {
    let rust = Rust::new(&api.types);
    let mut operations = Vec::new();
    let mut converts: IndexMap<String, Value> = IndexMap::new();
    let mut constraints: IndexMap<String, Value> = IndexMap::new();
    for operation in &group.operations {
        let crud = match &operation.answer {
            Answer::Crud(crud) => crud,
            Answer::Fixed(value) => {
                operations.push(fixed::operation(api, operation, value));
                continue;
            }
            Answer::NotImplemented(_) => {
                operations.push(stub::stub(operation));
                continue;
            }
        };
        let Some(table) = api.table(&crud.table) else {
            continue;
        };
        let writer = Writer {
            api,
            rust: &rust,
            table,
            operation,
        };
        operations.push(writer.operation(crud));
        if let Some(convert) = crud.row.and_then(|row| writer.convert(row)) {
            converts.insert(writer.convert_name(crud.row), convert);
        }
        if matches!(
            crud.verb,
            Verb::Create { .. } | Verb::Replace { .. } | Verb::Update { .. }
        ) {
            constraints.insert(writer.constraints_name(), writer.constraints());
        }
    }
    let converts: Vec<Value> = converts.into_values().collect();
    let constraints: Vec<Value> = constraints.into_values().collect();
    let mut uses = uses(api, group, &operations, &converts, &constraints);
    uses.push(format!(
        "crate::api::traits::{}",
        trait_name(&group.ident.pascal)
    ));
    uses.push("crate::service::Service".to_owned());
    json!({
        "label": group.label.replace('`', "'").replace(['\n', '\r'], " "),
        "trait_name": trait_name(&group.ident.pascal),
        "operations": operations,
        "converts": converts,
        "constraints": constraints,
        "uses": uses,
    })
}

fn uses(
    api: &Api,
    group: &Group,
    operations: &[Value],
    converts: &[Value],
    constraints: &[Value],
) -> Vec<String> {
    let mut code = String::new();
    for part in operations.iter().chain(converts) {
        for key in ["request", "response", "success", "type", "row"] {
            note_code(&mut code, &[&part[key]]);
        }
        for line in part["lines"].as_array().into_iter().flatten() {
            note_code(&mut code, &[line]);
        }
    }
    if !operations.is_empty() {
        code += " ApiError ";
    }
    let deletes = operations
        .iter()
        .any(|part| part["kind"] == "delete" || part["kind"] == "take");
    if deletes || !constraints.is_empty() {
        code += " StatusCode Constraints ";
    }
    let mut owned: Vec<(String, String)> = Vec::new();
    for operation in &group.operations {
        owned.push(("crate::api::traits".into(), request_name(operation)));
        owned.push(("crate::api::traits".into(), response_name(operation)));
    }
    let tables: BTreeSet<&str> = operations
        .iter()
        .flat_map(|operation| [&operation["table"], &operation["asked"]["table"]])
        .filter_map(Value::as_str)
        .collect();
    for table in &api.tables {
        if tables.contains(table.ident.snake.as_str()) {
            let module = format!("crate::data::{}", table.ident.snake);
            owned.push((module, data::own(api, table, "Row")));
        }
    }
    let mut names: Vec<(&str, &str)> = vec![
        ("axum::http", "StatusCode"),
        ("chrono", "Utc"),
        ("uuid", "Uuid"),
        ("crate::api::error", "ApiError"),
        ("crate::data", "Constraints"),
    ];
    let types = api.types.iter().map(|def| def.name.as_str());
    names.extend(types.map(|name| ("crate::api::types", name)));
    names.extend(
        owned
            .iter()
            .map(|(module, name)| (module.as_str(), name.as_str())),
    );
    let mut uses = imports(&code, &names);
    uses.extend(tables.iter().map(|table| format!("crate::data::{table}")));
    uses
}

/// Writes the operations of one table.
pub(super) struct Writer<'a> {
    pub(super) api: &'a Api,
    pub(super) rust: &'a Rust<'a>,
    pub(super) table: &'a Table,
    pub(super) operation: &'a Operation,
}

impl Writer<'_> {
    fn operation(&self, crud: &Crud) -> Value {
        let (kind, values, lines) = match &crud.verb {
            Verb::List(listing) => ("list", "", self.filter(listing)),
            Verb::Create { body, .. } => ("create", "Values", self.values(*body, crud)),
            Verb::Get => ("get", "", Vec::new()),
            Verb::Replace { body } => ("replace", "Values", self.values(*body, crud)),
            Verb::Update { body } => ("update", "Changes", self.changes(*body)),
            Verb::Delete if crud.row.is_some() => ("take", "", Vec::new()),
            Verb::Delete => ("delete", "", Vec::new()),
        };
        let count = match &crud.verb {
            Verb::List(listing) => listing.counts(),
            Verb::Create { .. }
            | Verb::Get
            | Verb::Replace { .. }
            | Verb::Update { .. }
            | Verb::Delete => false,
        };
        let success = self.success(crud);
        let used = kind != "list"
            || lines
                .iter()
                .chain([&success])
                .any(|line| line.contains("request."));
        json!({
            "kind": kind,
            "conflict": constant(self.operation.conflict()),
            "method": self.operation.ident.snake,
            "argument": if used { "request" } else { "_request" },
            "request": request_name(self.operation),
            "response": response_name(self.operation),
            "table": self.table.ident.snake,
            "filter": data::own(self.api, self.table, "Filter"),
            "values": data::own(self.api, self.table, values),
            "lines": lines,
            "count": count,
            "cursor": self.cursor(crud),
            "convert": self.convert_name(crud.row),
            "constraints": self.constraints_name(),
            "noun": self.table.noun().replace('_', " "),
            "key": self.key(crud),
            "suffix": ways::suffix(self.api, self.table, crud.below.as_ref().and_then(|path| self.table.above(path))),
            "asked": self.asked(crud),
            "given": self.given(),
            "disagrees": self.disagrees(crud),
            // What the answer says of the row: nothing, where it is empty.
            "shown": (success.contains("(row)") || success.contains("row.")),
            "success": success,
        })
    }

    /// The expression of the cursor, where the list has one.
    fn cursor(&self, crud: &Crud) -> Option<String> {
        let Verb::List(listing) = &crud.verb else {
            return None;
        };
        let name = listing.cursor.as_ref()?;
        let mut parameters = self.operation.parameters.iter();
        let parameter = parameters.find(|parameter| parameter.name == *name)?;
        Some(format!("request.{}.as_deref()", parameter.ident.snake))
    }

    fn constraints_name(&self) -> String {
        self.operation.ident.plain().to_uppercase()
    }

    fn constraints(&self) -> Value {
        let pairs = |wanted: fn(&Column) -> bool| -> Vec<[&str; 2]> {
            let columns = self.table.columns.iter().filter(|column| wanted(column));
            columns
                .map(|column| [db_name(column), column.property.as_str()])
                .collect()
        };
        let conflict = constant(self.operation.conflict());
        json!({
            "name": self.constraints_name(),
            "unique": pairs(|column| column.unique),
            "references": pairs(|column| column.references.is_some() && column.origin != Origin::Above),
            "taken": conflict,
            "dangling": conflict,
        })
    }

    pub(super) fn convert_name(&self, row: Option<TypeId>) -> String {
        let name = row
            .and_then(|row| self.api.types.get(row))
            .map_or("row", |def| &def.name);
        let snake = crate::api::ident::Ident::new(name, "row");
        let elsewhere = self.api.operations().any(|operation| {
            matches!(&operation.answer, Answer::Crud(crud) if crud.row == row && crud.table != self.table.name)
        });
        if row.is_some() && elsewhere {
            // Rows of several tables are shown as this type.
            format!("{}_of_{}", snake.plain(), self.table.singular.plain())
        } else {
            format!("{}_of", snake.plain())
        }
    }

    pub(super) fn structure(&self, id: TypeId) -> Option<&Struct> {
        match &self.api.types.get(id)?.shape {
            TypeShape::Struct(shape) => Some(shape),
            TypeShape::Enum(_) | TypeShape::Union(_) => None,
        }
    }

    /// From a row to what the document shows of it.
    fn convert(&self, row: TypeId) -> Option<Value> {
        let mut lines = Vec::new();
        for field in &self.structure(row)?.fields {
            let column = self.table.column(&field.name)?;
            let value = format!("row.{}", column.ident.snake);
            let boxed = |inner: String| {
                if field.ty.boxed {
                    format!("{inner}.map(Box::new)")
                } else {
                    inner
                }
            };
            let one = |inner: String| {
                if field.ty.boxed {
                    format!("Box::new({inner})")
                } else {
                    inner
                }
            };
            let value = match (field.required, field.ty.nullable, column.nullable) {
                (true, false, _) => one(value),
                (true, true, true) | (false, false, true) => boxed(value),
                (true, true, false) | (false, false, false) => format!("Some({})", one(value)),
                (false, true, true) => format!("Some({})", boxed(value)),
                (false, true, false) => format!("Some(Some({}))", one(value)),
            };
            lines.push(assign(&field.ident.snake, &value));
        }
        let shown = self.structure(row)?;
        if let crate::api::types::Others::Read(other) = &shown.others {
            lines.push(format!("{}: Default::default()", other.0.snake));
        }
        Some(json!({
            "name": self.convert_name(Some(row)),
            "row": data::own(self.api, self.table, "Row"),
            "type": self.rust.name(row),
            "lines": lines,
        }))
    }

    /// From a body to the values of a whole row.
    fn values(&self, body: TypeId, crud: &Crud) -> Vec<String> {
        let Some(body) = self.structure(body) else {
            return Vec::new();
        };
        self.table
            .written()
            .map(|column| {
                let fallback = self.rust.fallback(column);
                let by_path = self.by_path(column, crud);
                let value = match body.field(&column.property) {
                    _ if by_path.is_some() => by_path.unwrap_or_default(),
                    Some(field) if column.origin == Origin::Offered => offered(field),
                    None if column.origin == Origin::Offered => "None".to_owned(),
                    Some(field) => whole(field, column, &fallback),
                    None if column.nullable => "None".to_owned(),
                    None => fallback,
                };
                assign(&column.ident.snake, &value)
            })
            .collect()
    }

    /// From a body to what changes.
    fn changes(&self, body: TypeId) -> Vec<String> {
        let Some(body) = self.structure(body) else {
            return Vec::new();
        };
        data::changed(self.api, self.table)
            .into_iter()
            .map(|column| {
                let value = body.field(&column.property).map(|field| {
                    let value = sent(field);
                    match (field.required, field.ty.nullable, column.nullable) {
                        (true, false, false) | (true, true, true) => format!("Some({value})"),
                        (true, false, true) => format!("Some(Some({value}))"),
                        (false, false, true) => format!("{value}.map(Some)"),
                        (true | false, ..) => value,
                    }
                });
                assign(&column.ident.snake, value.as_deref().unwrap_or("None"))
            })
            .collect()
    }
}

/// The name of a column as the database says it in its refusals.
fn db_name(column: &Column) -> &str {
    let existing = column
        .existing
        .as_ref()
        .map(|existing| existing.sql.trim_matches('"'));
    existing.unwrap_or_else(|| column.ident.plain())
}

/// `name: value`, short where both are the same word.
pub(super) fn assign(name: &str, value: &str) -> String {
    if name == value {
        name.to_owned()
    } else {
        format!("{name}: {value}")
    }
}
