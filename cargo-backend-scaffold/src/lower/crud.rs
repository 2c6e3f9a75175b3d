//! Whether an operation can be answered from a table, and how.

use crate::api::table::{Above, Column, ColumnKind, Crud, Member, Origin, Table, Verb, Wrapper};
use crate::api::types::{Shape, Struct, TypeDef, TypeId};
use crate::api::{Operation, Parameter, Place, Response};
use crate::lower::tables::{body, collection_of, structure, success};
use crate::lower::{below, listing, nest, path};

/// How an operation is answered, or why it is not.
pub(crate) fn shape(
    operation: &Operation,
    tables: &[Table],
    types: &[TypeDef],
) -> Result<Crud, String> {
    let (on_collection, on_item, above) = found(operation, tables);
    let (verb, table) = match (operation.method.as_str(), on_collection, on_item) {
        ("GET", Some(table), _) => (Method::List, table),
        ("POST", Some(table), _) => (Method::Create, table),
        ("GET", _, Some(table)) => (Method::Get, table),
        ("PUT", _, Some(table)) => (Method::Replace, table),
        ("PATCH", _, Some(table)) => (Method::Update, table),
        ("DELETE", _, Some(table)) => (Method::Delete, table),
        _ => {
            return Err(
                "it is no list, create, get, put, patch or delete of a resource".to_owned(),
            );
        }
    };
    let response = operation
        .responses
        .first()
        .ok_or_else(|| "it has no successful response".to_owned())?;
    if let Some(reason) = unanswerable(operation, response, verb) {
        return Err(reason);
    }
    let named = match above {
        Some(above) => below::names_rows(operation, tables, (table, above), types),
        None => matches!(verb, Method::List | Method::Create) || names_row(operation, table, types),
    };
    if !named {
        return Err("its path does not name a row by its key".to_owned());
    }
    let shown = row(operation, table, types);
    let (row, envelope) = match (&response.content, verb) {
        (_, Method::List) | (None, _) => (None, None),
        (Some(_), _) => {
            let (row, envelope) = shown.ok_or("its response is not a row of the table")?;
            (Some(row), envelope)
        }
    };
    if row.is_none() && matches!(verb, Method::Get) {
        return Err("it has no response to show the row in".to_owned());
    }
    let (verb, row) = match verb {
        Method::List => {
            let by = above.map(|above| above.column.as_str());
            let (listing, row) = listing::listing(operation, table, by, types)?;
            (Verb::List(listing), Some(row))
        }
        Method::Get => (Verb::Get, row),
        Method::Delete if row.is_some() && !is_gone(operation, table) => {
            return Err("the row that it answers may be one that only changed".to_owned());
        }
        Method::Delete => (Verb::Delete, row),
        Method::Create => {
            let body = whole(operation, (table, above), types)?;
            (Verb::Create { body }, row)
        }
        Method::Replace => (
            Verb::Replace {
                body: whole(operation, (table, above), types)?,
            },
            row,
        ),
        Method::Update => (
            Verb::Update {
                body: part(operation, (table, above), types)?,
            },
            row,
        ),
    };
    Ok(Crud {
        table: table.name.clone(),
        below: above.map(|above| above.path.clone()),
        status: response.status,
        envelope,
        verb,
        row,
    })
}

/// The table that an operation is about as a whole, that of which it is about one row, and the rows above
/// where its path names one.
fn found<'t>(
    operation: &Operation,
    tables: &'t [Table],
) -> (Option<&'t Table>, Option<&'t Table>, Option<&'t Above>) {
    let find = |path: &str| tables.iter().find(|table| table.path == path);
    let belonging = operation.belonging.as_ref();
    if let Some(table) = belonging.and_then(|(rows, _)| find(rows)) {
        return (Some(table), None, None);
    }
    if let Some(collection) = nest::collection(&operation.path) {
        let below = tables.iter().find_map(|table| {
            let mut above = table.above.iter();
            let above = above.find(|above| path::shape(&above.path) == path::shape(collection));
            above.map(|above| (table, above))
        });
        if let Some((table, above)) = below {
            return if collection == operation.path {
                (Some(table), None, Some(above))
            } else {
                (None, Some(table), Some(above))
            };
        }
    }
    let on_item = collection_of(&operation.path).and_then(find);
    let on_collection = find(&operation.path).or_else(|| listing::searched(operation, tables));
    (on_collection, on_item, None)
}

/// Whether the parameters of the path are the key. Where no item says so, they must be called like it.
fn names_row(operation: &Operation, table: &Table, types: &[TypeDef]) -> bool {
    let parameters = operation.parameters.iter();
    let parameters: Vec<&Parameter> = parameters
        .filter(|parameter| parameter.place == Place::Path)
        .collect();
    let one = table.singular.plain();
    let own = format!("{one}_id");
    let keys = table.key_columns();
    keys.len() == parameters.len()
        && keys.iter().zip(parameters).all(|(key, parameter)| {
            let name = parameter.ident.plain();
            let called = ["id", one, own.as_str(), key.ident.plain()].contains(&name);
            let kind = parameter.ty.shape.kind(types);
            kind.as_ref() == Some(&key.kind) && (called || !table.listed)
        })
}

/// Whether a row that a DELETE answers is one that is gone: a subscription that is cancelled has another
/// status from then on, and asks for reasons.
fn is_gone(operation: &Operation, table: &Table) -> bool {
    let states = [
        "status",
        "state",
        "deleted",
        "is_deleted",
        "deleted_at",
        "archived",
        "archived_at",
        "canceled_at",
        "cancelled_at",
        "closed_at",
        "ended_at",
        "active",
        "is_active",
        "enabled",
    ];
    let mut columns = table.columns.iter();
    let plain = operation
        .parameters
        .iter()
        .all(|each| each.place != Place::Query);
    plain
        && operation.body.is_none()
        && !columns.any(|column| states.contains(&column.ident.plain()))
}

/// A header or parameter that nobody knows what to do with.
fn unanswerable(operation: &Operation, response: &Response, verb: Method) -> Option<String> {
    let unknown_header = response.headers.iter().find(|header| {
        let counts = matches!(verb, Method::List) && header.counts();
        header.required && header.name != "location" && !counts
    });
    if let Some(header) = unknown_header {
        return Some(format!(
            "nobody knows the value of the header `{}`",
            header.name
        ));
    }
    let extra = operation.parameters.iter().find(|parameter| {
        parameter.place == Place::Query && !matches!(verb, Method::List) && parameter.required
    });
    if let Some(parameter) = extra {
        return Some(format!(
            "the parameter `{}` has no meaning here",
            parameter.name
        ));
    }
    None
}

#[derive(Clone, Copy)]
enum Method {
    List,
    Create,
    Get,
    Replace,
    Update,
    Delete,
}

/// Tells the table what an operation needs of it.
pub(crate) fn note(tables: &mut [Table], crud: &Crud) {
    let Some(table) = tables.iter_mut().find(|table| table.name == crud.table) else {
        return;
    };
    if let Verb::List(listing) = &crud.verb {
        table.counted |= listing.counts();
        for (_, filter) in &listing.filters {
            if !table.filters.contains(filter) {
                table.filters.push(filter.clone());
            }
        }
        table.paged |= listing.cursor.is_some();
    }
}

/// The type of the row in the response, if every property of it is a column that can show it, and
/// what stands around it.
fn row(
    operation: &Operation,
    table: &Table,
    types: &[TypeDef],
) -> Option<(TypeId, Option<Wrapper>)> {
    let (id, shown) = success(operation, types)?;
    if fits_row(shown, table, types) {
        return Some((id, None));
    }
    let mut row = None;
    let mut members = Vec::new();
    for field in &shown.fields {
        let inner = structure(&field.ty, types).filter(|_| row.is_none() && !field.ty.boxed);
        let fitting = inner.filter(|(_, inner)| fits_row(inner, table, types));
        let member = match fitting {
            Some((id, _)) => {
                row = Some(id);
                Member::Items
            }
            None => listing::silent(field, types)?,
        };
        members.push((field.name.clone(), member));
    }
    Some((row?, Some(Wrapper { ty: id, members })))
}

pub(super) fn fits_row(shown: &Struct, table: &Table, types: &[TypeDef]) -> bool {
    shown.fields.iter().all(|field| {
        table.column(&field.name).is_some_and(|column| {
            let fits = field
                .ty
                .shape
                .kind(types)
                .is_some_and(|kind| same(&kind, &column.kind));
            let absent = field.required && !field.ty.nullable && column.nullable;
            fits && !absent
        })
    })
}

/// Lists and objects are one kind only if they are one type.
fn same(one: &ColumnKind, other: &ColumnKind) -> bool {
    match (one, other) {
        (ColumnKind::Json(one), ColumnKind::Json(other)) => match (&one.shape, &other.shape) {
            (Shape::List(one), Shape::List(other)) => one.item.shape == other.item.shape,
            (one, other) => one == other,
        },
        (one, other) => one == other,
    }
}

/// A body that says all that a caller decides about a row.
fn whole(
    operation: &Operation,
    (table, above): (&Table, Option<&Above>),
    types: &[TypeDef],
) -> Result<TypeId, String> {
    let (id, given) = required_body(operation, types)?;
    fits_body(given, (table, above), types)?;
    let by_path = |column: &Column| above.is_some_and(|above| above.column == column.property);
    let missing = table.written().find(|column| {
        let lacks = !column.nullable && given.field(&column.property).is_none();
        let said = by_path(column) || column.default.is_some();
        lacks && !said && column.origin != Origin::Offered
    });
    match missing {
        Some(column) => Err(format!("its body does not say `{}`", column.property)),
        None => Ok(id),
    }
}

/// A body that says what changes.
fn part(
    operation: &Operation,
    (table, above): (&Table, Option<&Above>),
    types: &[TypeDef],
) -> Result<TypeId, String> {
    let (id, given) = required_body(operation, types)?;
    fits_body(given, (table, above), types)?;
    let cleared = given.fields.iter().find(|field| {
        let column = table.column(&field.name);
        field.ty.nullable && column.is_some_and(|column| !column.nullable)
    });
    match cleared {
        Some(field) => Err(format!(
            "`{}` may be null here and not in the row",
            field.name
        )),
        None => Ok(id),
    }
}

fn required_body<'a>(
    operation: &Operation,
    types: &'a [TypeDef],
) -> Result<(TypeId, &'a Struct), String> {
    if operation.body.as_ref().is_some_and(|body| !body.required) {
        return Err("its body may be absent".to_owned());
    }
    body(operation, types).ok_or_else(|| "its body is not an object with properties".to_owned())
}

fn fits_body(
    given: &Struct,
    (table, above): (&Table, Option<&Above>),
    types: &[TypeDef],
) -> Result<(), String> {
    let link = above.and_then(|above| given.field(&above.column));
    if link.is_some_and(|link| link.ty.nullable || link.ty.default.is_some()) {
        return Err("its body may say that the row belongs elsewhere".to_owned());
    }
    for field in &given.fields {
        let column = table
            .column(&field.name)
            .ok_or_else(|| format!("`{}` of its body is not in the row", field.name))?;
        let fits = field
            .ty
            .shape
            .kind(types)
            .is_some_and(|kind| same(&kind, &column.kind));
        if !fits {
            let name = &field.name;
            return Err(format!(
                "`{name}` has another type in its body than in the row"
            ));
        }
        if !column.is_written() {
            return Err(format!(
                "`{}` of its body is not the caller's to say",
                field.name
            ));
        }
    }
    Ok(())
}
