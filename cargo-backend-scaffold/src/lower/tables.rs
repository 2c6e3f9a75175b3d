//! Which resources are shaped like tables, and what their columns are.

use std::collections::HashSet;

use crate::api::ident::{Ident, Names, singular};
use crate::api::table::{Column, ColumnKind, Origin, Table};
use crate::api::types::{Field, Shape, Struct, TypeDef, TypeId, TypeRef, TypeShape};
use crate::api::{Answer, Content, Group, Operation, Parameter};
use crate::lower::path::shape;
use crate::lower::{below, crud, fixed, keyless, lists, nest, references};

/// Finds the tables and decides how every operation is answered.
pub(crate) fn infer(groups: &mut [Group], types: &[TypeDef]) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut taken = HashSet::new();
    let mut modules = Names::with(&["mod"]);
    let mut rows = Vec::new();
    let operations: Vec<&Operation> = groups.iter().flat_map(|group| &group.operations).collect();
    for item in operations
        .iter()
        .filter(|operation| operation.method == "GET")
    {
        let Some(collection) = collection_of(&item.path) else {
            continue;
        };
        let name = Ident::new(collection.rsplit('/').next().unwrap_or_default(), "rows");
        if !taken.insert(name.plain().to_owned()) {
            continue;
        }
        let create = creation(&operations, collection);
        let found = row(item, &name, types);
        let Some((shown, key)) = found else {
            continue;
        };
        if let Some(mut table) = table(collection, &name, shown, &key, create, types) {
            table.ident = modules.take_ident(&table.name, "rows");
            tables.push(table);
            rows.push(shown);
        }
    }
    let listed = keyless::tables(&operations, &mut taken, types)
        .into_iter()
        .chain(lists::tables(&operations, &mut taken, &mut rows, types));
    for mut table in listed.collect::<Vec<_>>() {
        table.ident = modules.take_ident(&table.name, "rows");
        tables.push(table);
    }
    let reasons = below::find(&mut tables, &operations, &mut modules, types);
    references::refer(&mut tables, &operations);
    let tables = references::in_order(tables);
    answer(groups, tables, &reasons, types)
}

/// The operation that adds a row to a collection.
pub(super) fn creation<'a>(operations: &[&'a Operation], path: &str) -> Option<&'a Operation> {
    let mut operations = operations.iter().copied();
    operations.find(|operation| operation.method == "POST" && operation.path == path)
}

/// The objects in a list.
pub(super) fn items<'a>(shape: &Shape, types: &'a [TypeDef]) -> Option<&'a Struct> {
    structure(shape.item()?, types).map(|(_, shown)| shown)
}

/// The collection of an item's path: `/orders` of `/orders/{orderId}`.
pub(crate) fn collection_of(path: &str) -> Option<&str> {
    let (mut collection, mut last) = path.rsplit_once('/')?;
    if !last.starts_with('{') {
        return None;
    }
    while last.starts_with('{') {
        let plain = !collection.is_empty() && !collection.contains('{');
        if plain {
            return Some(collection);
        }
        (collection, last) = collection.rsplit_once('/')?;
    }
    None
}

/// The row that an item shows, be it in an object around it, and its key.
pub(super) fn row<'a>(
    item: &Operation,
    name: &Ident,
    types: &'a [TypeDef],
) -> Option<(&'a Struct, Vec<&'a Field>)> {
    let (_, answer) = success(item, types)?;
    let one = Ident::new(&singular(name.plain()), "row");
    let inner = answer.fields.iter().filter(|field| !field.ty.boxed);
    let inner = inner.filter_map(|field| structure(&field.ty, types));
    let mut candidates = std::iter::once(answer).chain(inner.map(|(_, inner)| inner));
    candidates.find_map(|shown| Some((shown, key(item, shown, &one, types)?)))
}

/// A table of what is shown, and what a caller who adds a row says besides.
pub(super) fn table(
    collection: &str,
    name: &Ident,
    shown: &Struct,
    key: &[&Field],
    create: Option<&Operation>,
    types: &[TypeDef],
) -> Option<Table> {
    let body = create
        .and_then(|create| body(create, types))
        .map(|(_, body)| body);
    let mut idents = Names::with(RESERVED);
    let mut columns = Vec::new();
    let caller = |name: &str| body.is_none_or(|body| body.field(name).is_some());
    for field in key {
        let by_caller = caller(&field.name) && body.is_some();
        let mut column = column(field, types, &mut idents, by_caller, true)?;
        let required = body.and_then(|body| body.field(&field.name));
        let absent = required.is_some_and(|field| !field.required);
        let number = matches!(column.kind, ColumnKind::Int { .. });
        if absent && number && key.len() == 1 && column.existing.is_none() {
            column.origin = Origin::Offered;
        }
        columns.push(column);
    }
    let is_key = |field: &&Field| key.iter().any(|key| key.name == field.name);
    let others = shown.fields.iter().filter(|field| !is_key(field));
    for field in others {
        columns.push(column(
            field,
            types,
            &mut idents,
            caller(&field.name),
            false,
        )?);
    }
    for field in body.into_iter().flat_map(|body| &body.fields) {
        // Write-only: it is stored and never shown.
        if shown.field(&field.name).is_none() {
            columns.push(column(field, types, &mut idents, true, false)?);
        }
    }
    Some(Table {
        name: name.plain().to_owned(),
        ident: name.clone(),
        singular: Ident::new(&singular(name.plain()), "row"),
        path: collection.to_owned(),
        existing: shown.table.as_ref().map(|named| named.sql.clone()),
        keys: key.len(),
        columns,
        filters: Vec::new(),
        counted: false,
        paged: false,
        listed: false,
        above: Vec::new(),
    })
}

/// Names that the code around the columns has.
pub(super) const RESERVED: &[&str] = &[
    "limit", "offset", "pool", "filter", "query", "values", "changes",
];

/// The properties that name a row: those that the document says, or what is called like the
/// parameter.
fn key<'a>(
    item: &Operation,
    shown: &'a Struct,
    one: &Ident,
    types: &[TypeDef],
) -> Option<Vec<&'a Field>> {
    let mut parameters: Vec<&Parameter> = item.path_parameters();
    if nest::collection(&item.path).is_some() {
        // Those before the last one name the rows above.
        parameters.drain(..parameters.len().saturating_sub(1));
    }
    let key: Vec<&Field> = match (&shown.table, parameters.as_slice()) {
        (Some(named), _) => named
            .key
            .iter()
            .filter_map(|name| shown.field(name))
            .collect(),
        (None, [parameter]) => {
            let candidates = [
                parameter.name.clone(),
                "id".to_owned(),
                format!("{}Id", one.plain()),
            ];
            vec![candidates.iter().find_map(|name| shown.field(name))?]
        }
        (None, _) => return None,
    };
    let fits = |(field, parameter): (&&Field, &&Parameter)| {
        !field.ty.nullable && field.ty.shape.kind(types) == parameter.ty.shape.kind(types)
    };
    let same = !key.is_empty() && key.len() == parameters.len();
    (same && key.iter().zip(&parameters).all(fits)).then_some(key)
}

pub(super) fn column(
    field: &Field,
    types: &[TypeDef],
    idents: &mut Names,
    caller: bool,
    key: bool,
) -> Option<Column> {
    let kind = field.ty.shape.kind(types)?;
    let caller = caller && (key || !field.read_only);
    let ident = idents.take_ident(&field.name, "column");
    let nullable = !key && (!field.required || field.ty.nullable);
    let changed = [
        "updated_at",
        "modified_at",
        "last_modified",
        "changed_at",
        "updated",
    ];
    let origin = match kind {
        _ if caller && !(key && field.read_only) => Origin::Caller,
        ColumnKind::Uuid | ColumnKind::Text if key => Origin::NewUuid,
        ColumnKind::Timestamp if changed.contains(&ident.plain()) => Origin::Touched,
        ColumnKind::Json(_) if !nullable && field.column.is_none() => return None,
        ColumnKind::Int { .. }
        | ColumnKind::Number
        | ColumnKind::Bool
        | ColumnKind::Text
        | ColumnKind::Enum(_)
        | ColumnKind::Timestamp
        | ColumnKind::Day
        | ColumnKind::Uuid
        | ColumnKind::Json(_) => Origin::Generated,
    };
    if key
        && matches!(
            kind,
            ColumnKind::Json(_) | ColumnKind::Number | ColumnKind::Bool
        )
    {
        return None;
    }
    Some(Column {
        property: field.name.clone(),
        existing: field.column.clone(),
        kind,
        nullable,
        unique: field.unique,
        references: field
            .column
            .as_ref()
            .and_then(|named| named.references.clone()),
        origin,
        default: field.ty.default.clone(),
        ident,
    })
}

fn answer(
    groups: &mut [Group],
    mut tables: Vec<Table>,
    reasons: &below::Reasons,
    types: &[TypeDef],
) -> Vec<Table> {
    let mut used = HashSet::new();
    for operation in groups.iter_mut().flat_map(|group| &mut group.operations) {
        if let Some(value) = fixed::answer(operation, types) {
            operation.answer = Answer::Fixed(value);
            continue;
        }
        operation.answer = match crud::shape(operation, &tables, types) {
            Ok(crud) => {
                used.insert(crud.table.clone());
                crud::note(&mut tables, &crud);
                Answer::Crud(Box::new(crud))
            }
            Err(reason) => {
                let below = nest::collection(&operation.path);
                let known = below.and_then(|path| reasons.get(&shape(path)));
                Answer::NotImplemented(known.cloned().unwrap_or(reason))
            }
        };
    }
    // A table that others refer to stays, even where no operation uses it. Tables come after those that
    // they refer to.
    for table in tables.iter().rev() {
        if used.contains(&table.name) {
            let above = table.above.iter().map(|above| above.table.clone());
            let columns = table.columns.iter();
            used.extend(
                columns
                    .filter_map(|column| column.references.clone())
                    .chain(above),
            );
        }
    }
    tables.retain(|table| used.contains(&table.name));
    tables
}

/// The struct of the one successful response.
pub(crate) fn success<'a>(
    operation: &Operation,
    types: &'a [TypeDef],
) -> Option<(TypeId, &'a Struct)> {
    let response = operation.responses.first()?;
    match &response.content {
        Some(Content::Json(ty)) => structure(ty, types),
        Some(Content::Form(_) | Content::Multipart(_) | Content::Bytes(_)) | None => None,
    }
}

/// The struct of the body.
pub(crate) fn body<'a>(
    operation: &Operation,
    types: &'a [TypeDef],
) -> Option<(TypeId, &'a Struct)> {
    match &operation.body.as_ref()?.content {
        Content::Json(ty) => structure(ty, types),
        Content::Form(_) | Content::Multipart(_) | Content::Bytes(_) => None,
    }
}

pub(crate) fn structure<'a>(ty: &TypeRef, types: &'a [TypeDef]) -> Option<(TypeId, &'a Struct)> {
    let Shape::Named(id) = ty.shape else {
        return None;
    };
    match &types.get(id)?.shape {
        TypeShape::Struct(structure) if !ty.nullable => Some((id, structure)),
        TypeShape::Struct(_) | TypeShape::Enum(_) | TypeShape::Union(_) => None,
    }
}

impl Shape {
    /// How a value of this shape is stored; `None` where no column can hold it.
    pub(crate) fn kind(&self, types: &[TypeDef]) -> Option<ColumnKind> {
        let json = || ColumnKind::Json(Box::new(TypeRef::of(self.clone())));
        Some(match self {
            Self::Text(_) => ColumnKind::Text,
            Self::Int(rule) => ColumnKind::Int { short: rule.short },
            Self::Number(_) => ColumnKind::Number,
            Self::Bool => ColumnKind::Bool,
            Self::Timestamp => ColumnKind::Timestamp,
            Self::Day => ColumnKind::Day,
            Self::Uuid => ColumnKind::Uuid,
            Self::Named(id) => match types.get(*id)?.shape {
                TypeShape::Enum(_) => ColumnKind::Enum(*id),
                TypeShape::Struct(_) | TypeShape::Union(_) => json(),
            },
            Self::File => return None,
            Self::Any | Self::List(_) | Self::Map(_) => json(),
        })
    }
}
