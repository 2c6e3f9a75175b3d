//! Whether an operation can be answered from a table, and how.

use crate::api::ident::singular;
use crate::api::table::{Column, ColumnKind, Crud, Filter, Listing, Member, Origin, Table, Verb};
use crate::api::types::{Shape, Struct, TypeDef, TypeId, TypeRef};
use crate::api::{Content, Header, Operation, Parameter, Place, Response};
use crate::lower::tables::{body, collection_of, structure, success};

/// How an operation is answered, or why it is not.
pub(crate) fn shape(
    operation: &Operation,
    tables: &[Table],
    types: &[TypeDef],
) -> Result<Crud, String> {
    let find = |path: &str| tables.iter().find(|table| table.path == path);
    let belonging = operation.belonging.as_ref();
    let on_rows = belonging.and_then(|(rows, _)| find(rows));
    let on_item = collection_of(&operation.path).and_then(find);
    let on_collection = on_rows.or_else(|| find(&operation.path));
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
    let shown = row(operation, table, types);
    let row = match (&response.content, verb) {
        (_, Method::List) | (None, _) => None,
        (Some(_), _) => Some(shown.ok_or("its response is not a row of the table")?),
    };
    if row.is_none() && matches!(verb, Method::Get) {
        return Err("it has no response to show the row in".to_owned());
    }
    let (verb, row) = match verb {
        Method::List => {
            let (listing, row) = listing(operation, table, types)?;
            (Verb::List(listing), Some(row))
        }
        Method::Get => (Verb::Get, row),
        Method::Delete if response.content.is_some() => {
            return Err("its response is more than that it is gone".to_owned());
        }
        Method::Delete => (Verb::Delete, None),
        Method::Create => {
            let body = whole(operation, table, types)?;
            (Verb::Create { body }, row)
        }
        Method::Replace => (
            Verb::Replace {
                body: whole(operation, table, types)?,
            },
            row,
        ),
        Method::Update => (
            Verb::Update {
                body: part(operation, table, types)?,
            },
            row,
        ),
    };
    Ok(Crud {
        table: table.name.clone(),
        status: response.status,
        verb,
        row,
    })
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
        table.counted |= listing.total_header;
        for (_, filter) in &listing.filters {
            if !table.filters.contains(filter) {
                table.filters.push(filter.clone());
            }
        }
        table.paged |= listing.cursor.is_some();
        let members = listing.wrapper.iter().flat_map(|(_, members)| members);
        table.counted |= members
            .into_iter()
            .any(|(_, member)| *member == Member::Total);
    }
}

/// The type of the response, if every property of it is a column that can show it.
fn row(operation: &Operation, table: &Table, types: &[TypeDef]) -> Option<TypeId> {
    let (id, shown) = success(operation, types)?;
    fits_row(shown, table, types).then_some(id)
}

fn fits_row(shown: &Struct, table: &Table, types: &[TypeDef]) -> bool {
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
fn whole(operation: &Operation, table: &Table, types: &[TypeDef]) -> Result<TypeId, String> {
    let (id, given) = required_body(operation, types)?;
    fits_body(given, table, types)?;
    let missing = table.written().find(|column| {
        let lacks = !column.nullable && given.field(&column.property).is_none();
        lacks && column.default.is_none() && column.origin != Origin::Offered
    });
    match missing {
        Some(column) => Err(format!("its body does not say `{}`", column.property)),
        None => Ok(id),
    }
}

/// A body that says what changes.
fn part(operation: &Operation, table: &Table, types: &[TypeDef]) -> Result<TypeId, String> {
    let (id, given) = required_body(operation, types)?;
    fits_body(given, table, types)?;
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

fn fits_body(given: &Struct, table: &Table, types: &[TypeDef]) -> Result<(), String> {
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

/// What the parameters of a list mean.
fn asked(operation: &Operation, table: &Table, types: &[TypeDef]) -> Result<Listing, String> {
    let mut listing = Listing::default();
    if let Some((_, column)) = &operation.belonging {
        let mut parameters = operation.parameters.iter();
        let parent = parameters.find(|parameter| parameter.place == Place::Path);
        let parent = parent.ok_or("its path names nothing that rows could belong to")?;
        let filter = Filter {
            column: column.clone(),
            many: false,
        };
        listing.filters.push((parent.name.clone(), filter));
    }
    for parameter in operation
        .parameters
        .iter()
        .filter(|p| p.place == Place::Query)
    {
        let name = parameter.name.clone();
        let whole = matches!(parameter.ty.shape, Shape::Int(_));
        match parameter.ident.plain() {
            "limit" | "page_size" | "per_page" | "size" if whole => listing.limit = Some(name),
            "offset" | "skip" if whole => listing.offset = Some(name),
            "page" if whole => listing.page = Some(name),
            "cursor" | "after" | "page_token"
                if matches!(parameter.ty.shape, Shape::Text(_))
                    && !parameter.always()
                    && !parameter.ty.nullable
                    && table.has_cursor() =>
            {
                listing.cursor = Some(name);
            }
            _ => {
                listing
                    .filters
                    .push((name, filter(parameter, table, types)?));
            }
        }
    }
    if listing.page.is_some() && listing.limit.is_none() {
        return Err("it has a parameter `page` and none that says how long a page is".to_owned());
    }
    Ok(listing)
}

fn listing(
    operation: &Operation,
    table: &Table,
    types: &[TypeDef],
) -> Result<(Listing, TypeId), String> {
    let mut listing = asked(operation, table, types)?;
    let response = operation.responses.first();
    let mut headers = response.iter().flat_map(|response| &response.headers);
    listing.total_header = headers.any(Header::counts);
    let content = response.and_then(|response| response.content.as_ref());
    let Some(Content::Json(ty)) = content else {
        return Err("its response is not JSON".to_owned());
    };
    if let Some(row) = item(ty, table, types) {
        if listing.cursor.is_some() {
            return Err("its response does not say where the next page begins".to_owned());
        }
        return Ok((listing, row));
    }
    let (id, wrapper) = structure(ty, types).ok_or("its response is not a list of rows")?;
    let mut row = None;
    let mut members = Vec::new();
    for field in &wrapper.fields {
        let whole = matches!(field.ty.shape, Shape::Int(_)) && !field.ty.nullable;
        let member = match field.ident.plain() {
            "total" | "total_count" | "count" | "total_items" if whole => Member::Total,
            "limit" | "page_size" | "per_page" | "size" if whole && listing.limit.is_some() => {
                Member::Limit
            }
            "offset" | "skip" if whole && listing.offset.is_some() => Member::Offset,
            "page" if whole && listing.page.is_some() => Member::Page,
            "next_cursor" | "next" | "next_page_token"
                if matches!(field.ty.shape, Shape::Text(_))
                    && listing.cursor.is_some()
                    && (field.ty.nullable || !field.required) =>
            {
                Member::Next
            }
            _ if row.is_none() && field.required && item(&field.ty, table, types).is_some() => {
                row = item(&field.ty, table, types);
                Member::Items
            }
            _ if !field.required => Member::Absent,
            _ => return Err(format!("nobody knows the value of `{}`", field.name)),
        };
        members.push((field.name.clone(), member));
    }
    let row = row.ok_or("its response is not a list of rows")?;
    let goes_on = members.iter().any(|(_, member)| *member == Member::Next);
    if listing.cursor.is_some() && !goes_on {
        return Err("its response does not say where the next page begins".to_owned());
    }
    listing.wrapper = Some((id, members));
    Ok((listing, row))
}

/// What a parameter says about rows: a value of a column, or several of which it has any. A column of
/// lists has any of them too.
fn filter(parameter: &Parameter, table: &Table, types: &[TypeDef]) -> Result<Filter, String> {
    let unknown = || {
        format!(
            "the parameter `{}` is no column to filter by",
            parameter.name
        )
    };
    let item = parameter.ty.shape.item().filter(|item| !item.nullable);
    let asked = parameter.ident.plain();
    let named = |column: &&Column| {
        column.property == parameter.name
            || column.ident.plain() == asked
            || item.is_some() && singular(column.ident.plain()) == singular(asked)
    };
    let column = table.columns.iter().find(named).ok_or_else(unknown)?;
    let kind = item
        .map_or(&parameter.ty.shape, |item| &item.shape)
        .kind(types);
    let fits = if let ColumnKind::Json(ty) = &column.kind {
        // Of lists, only those of texts can be searched alike on every database.
        let texts = matches!(kind, Some(ColumnKind::Text | ColumnKind::Enum(_)));
        let stored = ty.shape.item().and_then(|stored| stored.shape.kind(types));
        item.is_some() && texts && stored == kind
    } else {
        kind.as_ref() == Some(&column.kind)
    };
    let many = item.is_some();
    if !fits || parameter.ty.nullable || many && column.existing.is_some() {
        return Err(unknown());
    }
    Ok(Filter {
        column: column.property.clone(),
        many,
    })
}

/// The type of the rows in a list of them.
fn item(ty: &TypeRef, table: &Table, types: &[TypeDef]) -> Option<TypeId> {
    let Shape::List(list) = &ty.shape else {
        return None;
    };
    let (id, shown) = structure(&list.item, types)?;
    (!ty.nullable && fits_row(shown, table, types)).then_some(id)
}
