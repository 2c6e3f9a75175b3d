//! What a table must keep, step by step, for the generated tests.

use serde_json::{Value, json};

use crate::api::table::{
    Above, Column, Crud, Listing, Member, OnDelete, Origin, Table, Verb, Wrapper,
};
use crate::api::types::{Struct, TypeId, TypeShape};
use crate::api::{Answer, Api, Operation, Place};
use crate::render::bodies::{Keys, binding, body, kept, refers};
use crate::render::cases::is_reachable;
use crate::render::data::users;
use crate::render::rust_type::quoted;
use crate::render::sample::Samples;

/// Create, get, list, replace, update and delete of one table, with the rows it refers to, and what
/// the rows that are there forbid.
pub(super) fn round_trip(samples: &Samples<'_>, table: &Table) -> Option<Value> {
    let api = samples.api;
    // No migration makes this table, and nobody knows what else it demands of a row.
    if table.existing.is_some() {
        return None;
    }
    if !users(api, table).all(|(operation, _)| is_reachable(api, operation)) {
        return None;
    }
    let mut steps = Vec::new();
    let mut made = Vec::new();
    step(samples, table, &mut steps, &mut made)?;
    let created = creation(api, table)?;
    let create = created.body;
    let mut ways = users(api, table).filter(|(_, crud)| is_of_row(&crud.verb));
    let alone = !table.is_below() && ways.any(|(_, crud)| crud.below.is_none());
    let below = if alone { None } else { created.above };
    let trip = Trip {
        api,
        table,
        below: below.map(|above| above.path.as_str()),
    };
    let changed = |wanted: fn(&Verb) -> Option<TypeId>| {
        let found = trip.users().find_map(|(_, crud)| wanted(&crud.verb));
        found.and_then(|id| structure(api, id))
    };
    let body = |shape: Option<&Struct>| match shape {
        Some(shape) => body(samples, table, shape, Keys::Made).map(Some),
        None => Some(None),
    };
    let (replace, update) = (changed(replaced), changed(updated));
    let list = listing(api, table, &created);
    let gone = trip
        .users()
        .find(|(_, crud)| matches!(crud.verb, Verb::Delete));
    let gone = gone.filter(|(_, crud)| crud.row.is_some());
    let mut arguments = arguments(api, below);
    arguments.push(format!("text(&{})", binding(table)));
    Some(json!({
        "name": table.ident.plain(),
        "steps": steps,
        "binding": binding(table),
        "key": table.key()?.property,
        "path": address(api, table, created.above),
        "item_path": format!("{}/{{}}", places(table, below)),
        "item_arguments": arguments.join(", "),
        "taken": is_taken(table, create).then(|| created.operation.conflict()),
        "dangling": dangling(samples, table, &created),
        "dangling_status": created.operation.conflict(),
        "referred": referred(api, table, &created),
        "get": trip.status(|verb| matches!(verb, Verb::Get)),
        "found": trip.users().find(|(_, crud)| matches!(crud.verb, Verb::Get)).map(|(get, _)| row(get)),
        "kept": kept(samples, create),
        "list": list.map(|(status, ..)| status),
        "list_path": list.map(|(.., above)| address(api, table, above)),
        "list_member": list.map(|(_, list, _)| place(list.wrapper.as_ref())),
        "replace": trip.status(|verb| matches!(verb, Verb::Replace { .. })),
        "replace_body": body(replace)?,
        "update": trip.status(|verb| matches!(verb, Verb::Update { .. })),
        "update_body": body(update)?,
        "delete": trip.status(|verb| matches!(verb, Verb::Delete)),
        "gives_back": gone.is_some(),
        "gone": gone.map(|(delete, _)| row(delete)),
    }))
}

/// The operations that find a row in one way.
struct Trip<'a> {
    api: &'a Api,
    table: &'a Table,
    below: Option<&'a str>,
}

impl<'a> Trip<'a> {
    fn users(&self) -> impl Iterator<Item = (&'a Operation, &'a Crud)> {
        let below = self.below;
        users(self.api, self.table).filter(move |(_, crud)| crud.below.as_deref() == below)
    }

    /// The status of the first success of the operation that does this.
    fn status(&self, wanted: fn(&Verb) -> bool) -> Option<u16> {
        let (operation, _) = self.users().find(|(_, crud)| wanted(&crud.verb))?;
        operation.responses.first().map(|response| response.status)
    }
}

/// Whether it is done with one row that is there.
fn is_of_row(verb: &Verb) -> bool {
    match verb {
        Verb::Get | Verb::Replace { .. } | Verb::Update { .. } | Verb::Delete => true,
        Verb::List(_) | Verb::Create { .. } => false,
    }
}

/// The path of a collection, with places for the keys of the rows above.
fn places(table: &Table, above: Option<&Above>) -> String {
    let Some(above) = above else {
        return table.path.clone();
    };
    let segments = above.path.split('/');
    let segments = segments.map(|segment| {
        if segment.starts_with('{') {
            "{}"
        } else {
            segment
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The keys of the rows above, as they stand in a path.
fn arguments(api: &Api, above: Option<&Above>) -> Vec<String> {
    let line = above.map_or_else(Vec::new, |above| above.line(&api.tables));
    let keys = line
        .into_iter()
        .map(|table| format!("text(&{})", binding(table)));
    keys.collect()
}

/// The path of a collection as an expression.
fn address(api: &Api, table: &Table, above: Option<&Above>) -> String {
    let (path, arguments) = (places(table, above), arguments(api, above));
    if arguments.is_empty() {
        format!("\"{path}\"")
    } else {
        format!("&format!(\"{path}\", {})", arguments.join(", "))
    }
}

fn replaced(verb: &Verb) -> Option<TypeId> {
    match verb {
        Verb::Replace { body } => Some(*body),
        Verb::List(_) | Verb::Create { .. } | Verb::Get | Verb::Update { .. } | Verb::Delete => {
            None
        }
    }
}

fn updated(verb: &Verb) -> Option<TypeId> {
    match verb {
        Verb::Update { body } => Some(*body),
        Verb::List(_) | Verb::Create { .. } | Verb::Get | Verb::Replace { .. } | Verb::Delete => {
            None
        }
    }
}

/// A list that shows every row, or every row below one, when nothing is asked; and the status of its
/// success.
fn listing<'a>(
    api: &'a Api,
    table: &'a Table,
    created: &Creation<'a>,
) -> Option<(u16, &'a Listing, Option<&'a Above>)> {
    let lists = || {
        users(api, table).filter_map(|(operation, crud)| match &crud.verb {
            Verb::List(listing) => Some((operation, listing, crud.below.as_deref())),
            Verb::Create { .. }
            | Verb::Get
            | Verb::Replace { .. }
            | Verb::Update { .. }
            | Verb::Delete => None,
        })
    };
    let made = created.above.map(|above| above.path.as_str());
    let (operation, listing, below) = lists().find(|(operation, _, below)| {
        let shows = below.is_none() || *below == made;
        let mut parameters = operation.parameters.iter();
        let asks =
            parameters.any(|each| each.required && (below.is_none() || each.place != Place::Path));
        shows && !asks
    })?;
    let hides = |operation: &Operation| {
        operation.parameters.iter().any(|each| {
            let filters = |(name, _): &(String, _)| *name == each.name;
            each.ty.default.is_some() && listing.filters.iter().any(filters)
        })
    };
    if lists().any(|(operation, ..)| hides(operation)) {
        return None;
    }
    let status = operation.responses.first()?.status;
    Some((status, listing, below.and_then(|path| table.above(path))))
}

/// Whether the same row cannot be there twice.
fn is_taken(table: &Table, create: &Struct) -> bool {
    let given = |column: &&Column| {
        let field = create.field(&column.property);
        field.is_some_and(|field| field.required)
    };
    let key = table.key_columns().first().filter(|_| table.keys == 1);
    let own_key = key.filter(|key| key.origin == Origin::Caller);
    let mut columns = table.columns.iter().filter(given);
    columns
        .any(|column| column.unique || own_key.is_some_and(|key| key.property == column.property))
}

/// A body that refers to a row which is not there.
fn dangling(samples: &Samples<'_>, table: &Table, created: &Creation<'_>) -> Option<String> {
    let link = created.above.map(|above| above.column.as_str());
    let refers = table.columns.iter().any(|column| {
        let field = created.body.field(&column.property);
        let said = field.is_some_and(|field| field.required);
        column.references.is_some() && said && Some(column.property.as_str()) != link
    });
    if !refers {
        return None;
    }
    body(samples, table, created.body, Keys::Unknown(link))
}

/// The rows that this one refers to and that cannot be deleted while it is there.
fn referred(api: &Api, table: &Table, created: &Creation<'_>) -> Vec<Value> {
    let targets = table.columns.iter().filter_map(|column| {
        let field = created.body.field(&column.property);
        let target = column.references.as_ref()?;
        let is_link = |above: &&Above| above.column == column.property;
        let above = created.above.filter(is_link);
        let goes = table
            .above
            .iter()
            .any(|above| is_link(&above) && above.on_delete != OnDelete::Restrict);
        let said = field.is_some_and(|field| field.required) || above.is_some();
        api.table(target).filter(|_| said && !goes)
    });
    targets
        .filter_map(|target| {
            let (operation, _) = users(api, target).find(|(operation, crud)| {
                let alone = operation
                    .parameters
                    .iter()
                    .filter(|each| each.required)
                    .count()
                    == 1;
                matches!(crud.verb, Verb::Delete) && alone
            })?;
            Some(json!({
                "binding": binding(target),
                "item_path": format!("{}/{{}}", target.path),
                "table": target.name,
                "status": operation.conflict(),
            }))
        })
        .collect()
}

/// Where the rows stand in an object around them, or the one row, as an index.
fn place(wrapper: Option<&Wrapper>) -> String {
    let Some(wrapper) = wrapper else {
        return String::new();
    };
    let mut members = wrapper.members.iter();
    let found = members.find_map(|(name, member)| match member {
        Member::Items => Some(format!("[{}]", quoted(name))),
        Member::Object(below) if below.says(&Member::Items) => {
            Some(format!("[{}]{}", quoted(name), place(Some(below))))
        }
        Member::Object(_)
        | Member::Total
        | Member::Limit
        | Member::Offset
        | Member::Page
        | Member::Pages
        | Member::Next
        | Member::More
        | Member::Absent => None,
    });
    found.unwrap_or_default()
}

/// Where the row stands in the answer of the operation.
fn row(operation: &Operation) -> String {
    match &operation.answer {
        Answer::Crud(crud) => place(crud.envelope.as_ref()),
        Answer::Fixed(_) | Answer::NotImplemented(_) => String::new(),
    }
}

/// Creates a row after those it refers to.
fn step(
    samples: &Samples<'_>,
    table: &Table,
    steps: &mut Vec<Value>,
    made: &mut Vec<String>,
) -> Option<()> {
    let api = samples.api;
    if made.contains(&table.name) {
        return Some(());
    }
    if table.existing.is_some() {
        return None;
    }
    made.push(table.name.clone());
    let Creation {
        operation,
        body: shape,
        above,
    } = creation(api, table)?;
    for parent in above.map_or_else(Vec::new, |above| above.line(&api.tables)) {
        step(samples, parent, steps, made)?;
    }
    for column in &table.columns {
        let Some(name) = refers(table, &column.property) else {
            continue;
        };
        let given = shape
            .field(&column.property)
            .is_some_and(|field| field.required);
        if given && *name == table.name {
            return None;
        }
        if let Some(target) = api.table(name).filter(|_| given) {
            step(samples, target, steps, made)?;
        }
    }
    let response = operation.responses.first()?;
    // Without the row in the response, nobody knows its key.
    response.content.as_ref()?;
    steps.push(json!({
        "binding": binding(table),
        "row": row(operation),
        "body": body(samples, table, shape, Keys::Made)?,
        "path": address(api, table, above),
        "table": table.name,
        "status": response.status,
        "key": table.key()?.property,
    }));
    Some(())
}

/// The operation that adds a row, and to which row it belongs then.
struct Creation<'a> {
    operation: &'a Operation,
    body: &'a Struct,
    above: Option<&'a Above>,
}

fn creation<'a>(api: &'a Api, table: &'a Table) -> Option<Creation<'a>> {
    let creations = || {
        users(api, table).filter_map(|(operation, crud)| {
            let Verb::Create { body } = &crud.verb else {
                return None;
            };
            let above = crud.below.as_ref().and_then(|path| table.above(path));
            let mut asked = operation.parameters.iter().filter(|each| each.required);
            let plain = asked.all(|each| above.is_some() && each.place == Place::Path);
            plain.then_some(Creation {
                operation,
                body: structure(api, *body)?,
                above,
            })
        })
    };
    let alone = creations().find(|creation| creation.above.is_none());
    alone.or_else(|| creations().next())
}

fn structure(api: &Api, id: TypeId) -> Option<&Struct> {
    match &api.types.get(id)?.shape {
        TypeShape::Struct(shape) => Some(shape),
        TypeShape::Enum(_) | TypeShape::Union(_) => None,
    }
}
