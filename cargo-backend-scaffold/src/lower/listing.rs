//! Lists: what their parameters ask for, and what stands around their rows.

use crate::api::ident::{Ident, singular};
use crate::api::table::{Column, ColumnKind, Filter, Listing, Member, Table, Wrapper};
use crate::api::types::{Field, Shape, Struct, TypeDef, TypeId, TypeRef};
use crate::api::{Content, Header, Operation, Parameter, Place};
use crate::lower::crud::fits_row;
use crate::lower::tables::structure;

/// The table whose rows are looked for below it: `/pets/search`, or `/pets/findByStatus` with such a
/// parameter. A word that chooses by itself, as `/pets/popular` does, is none of these.
pub(super) fn searched<'t>(operation: &Operation, tables: &'t [Table]) -> Option<&'t Table> {
    let (collection, word) = operation.path.rsplit_once('/')?;
    let table = tables.iter().find(|table| table.path == collection)?;
    let word = Ident::new(word, "search");
    let asked = |name: &str| {
        let mut parameters = operation.parameters.iter();
        parameters.any(|each| each.place == Place::Query && each.ident.plain() == name)
    };
    let searches = match word.plain().split_once("by_") {
        Some(("" | "find_" | "search_" | "list_" | "get_" | "filter_", names)) => {
            names.split("_and_").all(asked)
        }
        Some(_) => false,
        None => ["search", "find", "filter", "query"].contains(&word.plain()),
    };
    (operation.method == "GET" && searches).then_some(table)
}

/// What the parameters of a list mean.
fn asked(
    operation: &Operation,
    table: &Table,
    by: Option<&str>,
    types: &[TypeDef],
) -> Result<Listing, String> {
    let mut listing = Listing::default();
    let hint = operation.belonging.as_ref();
    let by = by.or_else(|| hint.map(|(_, column)| column.as_str()));
    if let Some(column) = by {
        let parents = operation.path_parameters();
        let parent = parents.last();
        let parent = parent.ok_or("its path names nothing that rows could belong to")?;
        let filter = Filter {
            column: column.to_owned(),
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
                let filter = filter(parameter, table, types)?;
                if listing.filters.iter().any(|(_, other)| *other == filter) {
                    return Err(format!("the parameter `{name}` says what another one does"));
                }
                listing.filters.push((name, filter));
            }
        }
    }
    if listing.page.is_some() && listing.limit.is_none() {
        return Err("it has a parameter `page` and none that says how long a page is".to_owned());
    }
    Ok(listing)
}

/// The parameters of a list, the object around its rows, and the type of these.
pub(super) fn listing(
    operation: &Operation,
    table: &Table,
    by: Option<&str>,
    types: &[TypeDef],
) -> Result<(Listing, TypeId), String> {
    let mut listing = asked(operation, table, by, types)?;
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
    let (id, around) = structure(ty, types).ok_or("its response is not a list of rows")?;
    let mut row = None;
    let wrapper = wrapper(id, around, &mut row, &listing, (table, types))?;
    let row = row.ok_or("its response is not a list of rows")?;
    if listing.cursor.is_some() && !wrapper.says(&Member::Next) {
        return Err("its response does not say where the next page begins".to_owned());
    }
    listing.wrapper = Some(wrapper);
    Ok((listing, row))
}

/// What the properties of an object around rows are.
fn wrapper(
    ty: TypeId,
    around: &Struct,
    row: &mut Option<TypeId>,
    listing: &Listing,
    known: (&Table, &[TypeDef]),
) -> Result<Wrapper, String> {
    let mut members = Vec::new();
    for field in &around.fields {
        let member = meaning(field, row, listing, known)?;
        members.push((field.name.clone(), member));
    }
    Ok(Wrapper { ty, members })
}

fn meaning(
    field: &Field,
    row: &mut Option<TypeId>,
    listing: &Listing,
    (table, types): (&Table, &[TypeDef]),
) -> Result<Member, String> {
    let whole = matches!(field.ty.shape, Shape::Int(_)) && !field.ty.nullable;
    let flag = field.ty.shape == Shape::Bool && !field.ty.nullable;
    let limited = whole && listing.limit.is_some();
    let text = matches!(field.ty.shape, Shape::Text(_));
    let maybe = field.ty.nullable || !field.required;
    let word = field.ident.plain();
    Ok(match word {
        "total" | "total_count" | "count" | "total_items" | "total_records" | "total_results"
            if whole =>
        {
            Member::Total
        }
        "limit" | "page_size" | "per_page" | "size" if limited => Member::Limit,
        "offset" | "skip" if whole && listing.offset.is_some() => Member::Offset,
        "page" | "current_page" | "page_number" if whole && listing.page.is_some() => Member::Page,
        "pages" | "total_pages" | "page_count" if limited => Member::Pages,
        "has_more" | "has_next" | "has_next_page" if flag => Member::More,
        "next_cursor" | "next" | "next_page_token" | "end_cursor" | "cursor"
            if text && maybe && listing.cursor.is_some() =>
        {
            Member::Next
        }
        _ if row.is_none() && item(&field.ty, table, types).is_some() => {
            *row = item(&field.ty, table, types);
            Member::Items
        }
        _ => match structure(&field.ty, types).filter(|_| !field.ty.boxed) {
            Some((id, below)) => {
                let found = wrapper(id, below, row, listing, (table, types));
                match found {
                    Ok(found) if field.required || is_telling(&found) => Member::Object(found),
                    Ok(_) => Member::Absent,
                    Err(reason) if field.required => return Err(reason),
                    Err(_) => Member::Absent,
                }
            }
            None if field.required => {
                return Err(format!("nobody knows the value of `{}`", field.name));
            }
            None => Member::Absent,
        },
    })
}

fn is_telling(wrapper: &Wrapper) -> bool {
    wrapper.members.iter().any(|(_, member)| {
        if let Member::Object(below) = member {
            is_telling(below)
        } else {
            *member != Member::Absent
        }
    })
}

/// A property that says nothing: it is absent, or an object without properties.
pub(super) fn silent(field: &Field, types: &[TypeDef]) -> Option<Member> {
    if !field.required {
        return Some(Member::Absent);
    }
    let (ty, below) = structure(&field.ty, types).filter(|_| !field.ty.boxed)?;
    let members = below.fields.iter().map(|field| {
        let member = silent(field, types)?;
        Some((field.name.clone(), member))
    });
    let members = members.collect::<Option<Vec<_>>>()?;
    Some(Member::Object(Wrapper { ty, members }))
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
