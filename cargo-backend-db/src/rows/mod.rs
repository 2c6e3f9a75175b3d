//! Row structs of a workspace that follow the schema. `// backend-db:row(orders)` above a struct says
//! whose rows it holds; its fields are then those columns, and everything else in the file stays as it
//! was written: attributes, comments, derives, and types that are the user's own.

mod field;
mod rust_type;

use std::ops::Range;
use std::sync::Arc;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};
use cargo_backend_shared::schema::{Column, Schema};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use field::{Casing, Own};
pub(crate) use rust_type::Crates;
use rust_type::Wanted;

const MARK: &str = "backend-db:row(";

/// A file after its structs were refreshed.
#[derive(Debug)]
pub(crate) struct Refreshed {
    pub(crate) text: String,
    /// How many structs are marked in it.
    pub(crate) structs: usize,
    /// What could not be said in Rust.
    pub(crate) missed: Vec<Diagnostic>,
}

/// What holds for all structs of a file.
struct File<'a> {
    name: &'a str,
    text: Arc<str>,
    dialect: Dialect,
    crates: &'a Crates,
}

impl File<'_> {
    fn at(&self, offset: usize) -> Location {
        Location::of_offset(self.name, &self.text, offset)
    }
}

/// One replacement of text.
type Edit = (Range<usize>, String);

/// Refreshes the marked structs of a file; none where it has no mark.
///
/// # Errors
/// With the place, where the file is no Rust, a mark names no table, or it stands above no struct with
/// named fields.
pub(crate) fn refresh(
    name: &str,
    text: &str,
    schema: &Schema,
    crates: &Crates,
) -> Result<Option<Refreshed>, Faults> {
    let marks = marks(text);
    if marks.is_empty() {
        return Ok(None);
    }
    let file = File {
        name,
        text: Arc::from(text),
        dialect: schema.dialect,
        crates,
    };
    let parsed = syn::parse_file(text).map_err(|fault| {
        let start = fault.span().byte_range().start;
        Faults::from(Diagnostic::error(format!("no Rust: {fault}")).at(file.at(start)))
    })?;
    let mut structs = Structs::default();
    structs.visit_file(&parsed);
    let (mut edits, mut missed, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (offset, table) in &marks {
        match one(&file, &structs, (*offset, table), schema) {
            Ok((own, left)) => {
                edits.extend(own);
                missed.extend(left);
            }
            Err(fault) => faults.push(*fault),
        }
    }
    if !faults.is_empty() {
        return Err(Faults(faults));
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut refreshed = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        refreshed.replace_range(range, &new);
    }
    Ok(Some(Refreshed {
        text: refreshed,
        structs: marks.len(),
        missed,
    }))
}

/// The marks with the tables that they name.
fn marks(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let comment = line.trim_start().strip_prefix("//");
        let table = comment
            .and_then(|comment| comment.trim_start().strip_prefix(MARK))
            .and_then(|rest| rest.split_once(')'));
        if let Some((table, _)) = table {
            let at = start + line.find("//").unwrap_or_default();
            found.push((at, table.trim().to_owned()));
        }
        start += line.len();
    }
    found
}

/// Every struct of a file, in the order of their names' places.
#[derive(Default)]
struct Structs<'ast>(Vec<&'ast syn::ItemStruct>);

impl<'ast> Visit<'ast> for Structs<'ast> {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.0.push(item);
        visit::visit_item_struct(self, item);
    }
}

fn one(
    file: &File<'_>,
    structs: &Structs<'_>,
    (offset, table): (usize, &str),
    schema: &Schema,
) -> Result<(Vec<Edit>, Vec<Diagnostic>), Box<Diagnostic>> {
    let columns = columns(schema, table).ok_or_else(|| {
        let fault = Diagnostic::error(format!("there is no table or view `{table}`"))
            .at(file.at(offset))
            .help("name it as the schema does, or take the mark away");
        Box::new(fault)
    })?;
    let below = structs.0.iter();
    let below = below.filter(|item| item.struct_token.span.byte_range().start > offset);
    let item = below.min_by_key(|item| item.struct_token.span.byte_range().start);
    let fields = item.and_then(|item| match &item.fields {
        syn::Fields::Named(fields) => Some((*item, fields)),
        syn::Fields::Unnamed(_) | syn::Fields::Unit => None,
    });
    let Some((item, fields)) = fields else {
        let fault = "a mark stands above a struct with named fields, and here is none";
        return Err(Box::new(Diagnostic::error(fault).at(file.at(offset))));
    };
    Ok(changes(file, item, fields, (table, columns)))
}

fn columns<'a>(schema: &'a Schema, name: &str) -> Option<&'a [Column]> {
    let table = schema.tables.get(name).map(|table| &table.columns);
    let view = || schema.views.get(name).map(|view| &view.columns);
    table.or_else(view).map(Vec::as_slice)
}

/// The edits that make the fields those columns.
fn changes(
    file: &File<'_>,
    item: &syn::ItemStruct,
    fields: &syn::FieldsNamed,
    (table, columns): (&str, &[Column]),
) -> (Vec<Edit>, Vec<Diagnostic>) {
    let casing = Casing::of(item);
    let own: Vec<Own<'_>> = fields.named.iter().map(Own::new).collect();
    let (mut edits, mut missed) = (Vec::new(), Vec::new());
    for field in own.iter().filter(|field| !field.is_own) {
        match columns.iter().find(|column| field.holds(column, casing)) {
            None => edits.push((field.whole(file, fields), String::new())),
            Some(column) => {
                let wanted = Wanted::of(column, file.dialect, file.crates);
                edits.extend(wanted.edit(field.r#type(), column.nullable));
            }
        }
    }
    let style = field::Style::of(file, fields);
    // The last field may stand without a comma.
    let mut bare = fields
        .named
        .last()
        .filter(|_| !fields.named.trailing_punct());
    for (place, column) in columns.iter().enumerate() {
        if own.iter().any(|field| field.holds(column, casing)) {
            continue;
        }
        let wanted = Wanted::of(column, file.dialect, file.crates);
        let Some(r#type) = wanted.whole(column.nullable) else {
            let name = &column.name;
            missed.push(
                Diagnostic::warning(format!("`{table}.{name}` has no field: {}", wanted.why()))
                    .at(file.at(item.ident.span().byte_range().start))
                    .help("write it by hand; from then on it stays as it is"),
            );
            continue;
        };
        // Behind the field of the column before it, so that both have one order.
        let before = columns[..place].iter().rev();
        let before =
            before.filter_map(|column| own.iter().find(|field| field.holds(column, casing)));
        let at = before.map(|field| field.end(file, fields)).next();
        let at = at.unwrap_or_else(|| field::inside(fields).start);
        let mut text = style.field(column, &r#type, casing);
        if bare.is_some_and(|last| last.span().byte_range().end == at) {
            bare = None;
            text.insert(0, ',');
        }
        edits.push((at..at, text));
    }
    (edits, missed)
}

#[cfg(test)]
mod tests;
