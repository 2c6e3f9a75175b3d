//! The context of `src/data/<table>.rs`.

use serde_json::{Value, json};

use crate::api::table::{Column, ColumnKind, Crud, Origin, Table, Verb};
use crate::api::types::{TypeDef, TypeShape};
use crate::api::{Answer, Api, Operation};
use crate::render::filters;
use crate::render::keys::{after, order, pushes};
use crate::render::rust_type::{NESTED_LISTS, Rust};
use crate::render::sql::{column_name, now, placed, read_as, table_name};
use crate::render::ways::{lent, ways};
use crate::render::{Database, imports};

/// The operations that are answered from a table.
pub(super) fn users<'a>(
    api: &'a Api,
    table: &'a Table,
) -> impl Iterator<Item = (&'a Operation, &'a Crud)> {
    api.operations()
        .filter_map(|operation| match &operation.answer {
            Answer::Crud(crud) if crud.table == table.name => Some((operation, crud.as_ref())),
            Answer::Crud(_) | Answer::Fixed(_) | Answer::NotImplemented(_) => None,
        })
}

/// The columns that some body may change.
pub(super) fn changed<'a>(api: &'a Api, table: &'a Table) -> Vec<&'a Column> {
    let bodies: Vec<usize> = users(api, table)
        .filter_map(|(_, crud)| match &crud.verb {
            Verb::Update { body } => Some(*body),
            Verb::List(_)
            | Verb::Create { .. }
            | Verb::Get
            | Verb::Replace { .. }
            | Verb::Delete => None,
        })
        .collect();
    let says = |def: &TypeDef, column: &Column| match &def.shape {
        TypeShape::Struct(shape) => shape.field(&column.property).is_some(),
        TypeShape::Enum(_) | TypeShape::Union(_) => false,
    };
    table
        .columns
        .iter()
        .filter(|column| {
            bodies
                .iter()
                .filter_map(|id| api.types.get(*id))
                .any(|def| says(def, column))
        })
        .collect()
}

pub(super) fn context(api: &Api, table: &Table, database: Database) -> Value {
    let mut rust = Rust::new(&api.types);
    let has = |wanted: fn(&Verb) -> bool| users(api, table).any(|(_, crud)| wanted(&crud.verb));
    let names: Vec<String> = table.columns.iter().map(read_as).collect();
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| shown(column, &mut rust))
        .collect();
    let filters: Vec<Value> = table
        .filters
        .iter()
        .filter_map(|wanted| Some((table.column(&wanted.column)?, wanted)))
        .map(|(column, wanted)| filters::context(column, wanted, &rust, database))
        .collect();
    let mut context = json!({
        "name": table.name,
        "sql": escaped(&table_name(table)),
        "row": own(api, table, "Row"),
        "filter": own(api, table, "Filter"),
        "values": own(api, table, "Values"),
        "changes": own(api, table, "Changes"),
        "columns": columns,
        "column_list": escaped(&names.join(", ")),
        "filters": filters,
        "given": given(table, &rust),
        "order": escaped(&order(table)),
        "list": has(|verb| matches!(verb, Verb::List(_))),
        "count": table.counted,
        "paged": table.paged,
        "after": after(table, &rust),
        "insert": has(|verb| matches!(verb, Verb::Create { .. })),
        "replace": has(|verb| matches!(verb, Verb::Replace { .. })),
        "update": has(|verb| matches!(verb, Verb::Update { .. })),
    });
    if let (Value::Object(all), Value::Object(writes)) =
        (&mut context, writes(api, table, database, &rust))
    {
        all.extend(writes);
    }
    let uses = uses(api, &context);
    json!({ "table": context, "uses": uses })
}

/// A name of the table's module that no type of the document has.
pub(super) fn own(api: &Api, table: &Table, what: &str) -> String {
    let row = &table.singular.pascal;
    let name = format!("{row}{what}");
    let taken = api.types.iter().any(|def| def.name == name);
    if taken {
        format!("{row}Table{what}")
    } else {
        name
    }
}

/// SQL as it stands in a Rust string.
pub(super) fn escaped(text: &str) -> String {
    text.replace('"', "\\\"")
}

/// The statements that write, and what they bind.
fn writes(api: &Api, table: &Table, database: Database, rust: &Rust<'_>) -> Value {
    let key_sql = table.key().map(column_name).unwrap_or_default();
    let touched: Vec<String> = table
        .columns
        .iter()
        .filter(|column| column.origin == Origin::Touched)
        .map(|column| format!("{} = {}", column_name(column), now(database)))
        .collect();
    // An update without changes must still be a statement, to find the row.
    let update_start = if touched.is_empty() {
        format!("{key_sql} = {key_sql}")
    } else {
        touched.join(", ")
    };
    let replaced: Vec<&Column> = table
        .written()
        .filter(|column| {
            !table
                .key_columns()
                .iter()
                .any(|key| key.property == column.property)
        })
        .collect();
    let assignments = |keys: usize| -> String {
        let values = replaced.iter().enumerate().map(|(index, column)| {
            let place = placed(column, keys + index + 1, database);
            format!("{} = {place}", column_name(column))
        });
        let all: Vec<String> = std::iter::once(update_start.clone())
            .chain(values)
            .collect();
        all.join(", ")
    };
    let ways: Vec<Value> = ways(api, table)
        .iter()
        .filter_map(|way| way.context(api, table, database, assignments))
        .collect();
    let value = |column: &Column| {
        json!({
            "name": column.ident.plain(),
            "ident": column.ident.snake,
            "type": written_type(column, rust),
            "sql": escaped(&column_name(column)),
            "bind": bind("value", column),
            "parts": pushes(column),
        })
    };
    let replace_binds: Vec<String> = replaced
        .iter()
        .map(|column| bind(&format!("values.{}", column.ident.snake), column))
        .collect();
    let (insert_sql, insert_binds) = insert(table, database);
    json!({
        "written": table.written().map(value).collect::<Vec<_>>(),
        "changed": changed(api, table).into_iter().map(value).collect::<Vec<_>>(),
        "insert_sql": escaped(&insert_sql),
        "insert_binds": insert_binds,
        "ways": ways,
        "replace_binds": replace_binds,
        "update_start": escaped(&update_start),
        // Keys that the database counts may not even be set to themselves.
        "bare_update": table.existing.is_some() && touched.is_empty(),
    })
}

/// What is said of a row beside the values of its caller: the row above it.
fn given(table: &Table, rust: &Rust<'_>) -> String {
    let columns = table.columns.iter();
    let given = columns.filter(|column| column.origin == Origin::Above);
    given
        .map(|column| format!("{}: {}, ", column.ident.snake, lent(column, rust)))
        .collect()
}

fn uses(api: &Api, table: &Value) -> Vec<String> {
    let mut code = String::new();
    for list in ["columns", "filters", "written", "changed"] {
        for column in table[list].as_array().into_iter().flatten() {
            for key in ["type", "read", "bind"] {
                code = format!("{code} {} ", column[key].as_str().unwrap_or_default());
            }
        }
    }
    for list in ["insert_binds", "replace_binds"] {
        for bind in table[list].as_array().into_iter().flatten() {
            code = format!("{code} {} ", bind.as_str().unwrap_or_default());
        }
    }
    let ways = table["ways"].as_array().into_iter().flatten();
    for way in ways.clone() {
        code = format!("{code} {} ", way["arguments"].as_str().unwrap_or_default());
    }
    code += table["given"].as_str().unwrap_or_default();
    code = format!(
        "{code} {} ",
        table["after"]["type"].as_str().unwrap_or_default()
    );
    let flag = |key: &str| table[key] == json!(true);
    if flag("list") || flag("update") {
        code += " QueryBuilder Database ";
    }
    if ["list", "insert"].into_iter().any(flag) || ways.count() > 0 {
        code += " Pool ";
    }
    let mut names: Vec<(&str, &str)> = vec![
        ("std::collections", "BTreeMap"),
        ("chrono", "DateTime"),
        ("chrono", "NaiveDate"),
        ("chrono", "Utc"),
        ("uuid", "Uuid"),
        ("serde_json", "Value"),
        ("sqlx", "QueryBuilder"),
        ("sqlx::types", "Json"),
        ("crate::data", "Database"),
        ("crate::data", "Pool"),
        ("crate::data", "enumerated"),
        ("crate::data", "stored"),
        ("crate::api::rule", "Anything"),
        ("crate::api::rule", "Bool"),
        ("crate::api::rule", "Boxed"),
        ("crate::api::rule", "Day"),
        ("crate::api::rule", "Dictionary"),
        ("crate::api::rule", "Id"),
        ("crate::api::rule", "Int"),
        ("crate::api::rule", "List"),
        ("crate::api::rule", "Nullable"),
        ("crate::api::rule", "Number"),
        ("crate::api::rule", "Text"),
        ("crate::api::rule", "Timestamp"),
        ("crate::api::rule", "of"),
    ];
    names.push(("crate::api::types", NESTED_LISTS));
    names.extend(
        api.types
            .iter()
            .map(|def| ("crate::api::types", def.name.as_str())),
    );
    let mut uses = imports(&code, &names);
    uses.push("sqlx::{FromRow, Row as _}".to_owned());
    uses.push("crate::data::DatabaseRow".to_owned());
    // A table of enums and JSON only has nothing that `try_get` reads directly.
    if !code.contains("try_get") {
        uses.retain(|line| line != "sqlx::{FromRow, Row as _}");
        uses.push("sqlx::FromRow".to_owned());
    }
    uses
}

/// The type of what a caller decides about a column.
fn written_type(column: &Column, rust: &Rust<'_>) -> String {
    let ty = rust.column(&column.kind);
    if column.origin == Origin::Offered {
        format!("Option<{ty}>")
    } else {
        optional(column, &ty)
    }
}

fn optional(column: &Column, ty: &str) -> String {
    if column.nullable {
        format!("Option<{ty}>")
    } else {
        ty.to_owned()
    }
}

fn shown(column: &Column, rust: &mut Rust<'_>) -> Value {
    let ty = rust.column(&column.kind);
    let name = column.ident.plain();
    let required = |read: String| {
        if column.nullable {
            read
        } else {
            format!("{read}.ok_or(sqlx::Error::ColumnNotFound(\"{name}\".to_owned()))?")
        }
    };
    let read = match &column.kind {
        ColumnKind::Enum(_) => required(format!("enumerated(row, \"{name}\", {ty}::parse)?")),
        ColumnKind::Json(shape) => required(format!(
            "stored(row, \"{name}\", &{})?",
            rust.rule(&shape.without_patterns())
        )),
        ColumnKind::Int { .. }
        | ColumnKind::Number
        | ColumnKind::Bool
        | ColumnKind::Text
        | ColumnKind::Timestamp
        | ColumnKind::Day
        | ColumnKind::Uuid => format!("row.try_get(\"{name}\")?"),
    };
    json!({
        "name": name,
        "ident": column.ident.snake,
        "type": optional(column, &ty),
        "read": read,
    })
}

/// What is bound for a value: enums by their text, lists and objects as JSON.
pub(super) fn bind(value: &str, column: &Column) -> String {
    match (&column.kind, column.nullable) {
        (ColumnKind::Enum(_), true) => format!("{value}.map(|value| value.as_str())"),
        (ColumnKind::Enum(_), false) => format!("{value}.as_str()"),
        (ColumnKind::Json(_), true) => format!("{value}.map(Json)"),
        (ColumnKind::Json(_), false) => format!("Json({value})"),
        _ => value.to_owned(),
    }
}

/// The number of a row that nobody has named. A sequence knows nothing of the numbers that callers chose;
/// the other databases count on from the highest by themselves.
fn offered(table: &Table, column: &Column, place: &str) -> String {
    let (name, rows) = (column_name(column), table_name(table));
    let sequence = format!(
        "pg_get_serial_sequence('{}', '{}')",
        rows,
        column.ident.plain()
    );
    format!(
        "coalesce({place}, greatest(nextval({sequence}), (SELECT max({name}) + 1 FROM {rows})))"
    )
}

/// The statement that adds a row, up to `RETURNING`, and what is bound.
fn insert(table: &Table, database: Database) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let mut places = Vec::new();
    let mut binds = Vec::new();
    for column in &table.columns {
        let value = match column.origin {
            Origin::Caller | Origin::Offered => {
                bind(&format!("values.{}", column.ident.snake), column)
            }
            Origin::NewUuid if column.kind == ColumnKind::Uuid => "Uuid::new_v4()".to_owned(),
            Origin::NewUuid => "Uuid::new_v4().to_string()".to_owned(),
            Origin::Above => bind(&column.ident.snake, column),
            Origin::Generated | Origin::Touched => continue,
        };
        let place = placed(column, names.len() + 1, database);
        places.push(match (column.origin, database) {
            (Origin::Offered, Database::Postgres) => offered(table, column, &place),
            _ => place,
        });
        names.push(column_name(column));
        binds.push(value);
    }
    let into = table_name(table);
    if names.is_empty() {
        let nothing = match database {
            Database::Sqlite | Database::Postgres => "DEFAULT VALUES",
            Database::MariaDb => "() VALUES ()",
        };
        return (format!("INSERT INTO {into} {nothing}"), binds);
    }
    let statement = format!(
        "INSERT INTO {into} ({}) VALUES ({})",
        names.join(", "),
        places.join(", ")
    );
    (statement, binds)
}
