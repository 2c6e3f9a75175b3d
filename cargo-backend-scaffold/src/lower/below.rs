//! Rows that belong to a row: `/books/{bookId}/notes`, and what is below these.
//!
//! A path alone does not say that: `/orders/{id}/refunds` may be a list, an action, or rows that stand
//! elsewhere too. What is not certain stays unanswered, with the reason.

use std::collections::BTreeMap;

use crate::api::ident::{Ident, Names};
use crate::api::table::{Above, Column, OnDelete, Origin, Table, Verb};
use crate::api::types::{Field, Struct, TypeDef, TypeShape};
use crate::api::{Operation, Place};
use crate::lower::nest::{Nest, last, nests};
use crate::lower::path::shape;
use crate::lower::tables::{self, body, creation};
use crate::lower::{crud, lists, references};

/// Why nothing is answered from rows below a row, by the shape of their collection's path.
pub(super) type Reasons = BTreeMap<String, String>;

/// Adds the tables of rows that are only found below others, and tells those of rows that are found by
/// themselves too what they belong to.
pub(super) fn find(
    tables: &mut Vec<Table>,
    operations: &[&Operation],
    modules: &mut Names,
    types: &[TypeDef],
) -> Reasons {
    let mut reasons = Reasons::new();
    let nests = nests(operations, types);
    for nest in &nests {
        let known = Known {
            nest,
            nests: &nests,
            operations,
            types,
        };
        let found = known.table(tables);
        match found {
            Ok(mut table) => {
                let known = tables.iter().position(|other| other.name == table.name);
                if let Some(known) = known {
                    tables[known] = table;
                } else {
                    table.ident = modules.take_ident(&table.name, "rows");
                    tables.push(table);
                }
            }
            Err(reason) => {
                reasons.insert(shape(nest.path), reason);
            }
        }
    }
    reasons
}

/// What is known about a collection below a row.
struct Known<'a> {
    nest: &'a Nest<'a>,
    nests: &'a [Nest<'a>],
    operations: &'a [&'a Operation],
    types: &'a [TypeDef],
}

impl Known<'_> {
    /// The table behind it: a new one, or that of rows that are found by themselves too.
    fn table(&self, tables: &[Table]) -> Result<Table, String> {
        let (parent, above) = self.parent(tables)?;
        let name = Ident::new(last(self.nest.path), "rows");
        let alone = |table: &&Table| table.name == name.plain() && !table.is_below();
        let create = self.posts(self.nest.path);
        let table = match tables.iter().find(alone) {
            Some(table) if table.name == parent.name => {
                return Err("its rows may be those above it".to_owned());
            }
            Some(table) => self.shared(table, parent, above, create)?,
            None => {
                let create = create.ok_or("nothing adds rows there")?;
                self.own(tables, parent, above, create)?
            }
        };
        let Some(create) = create else {
            return Ok(table);
        };
        let mut all = tables.to_vec();
        all.retain(|other| other.name != table.name);
        all.push(table.clone());
        self.adds(create, &all)?;
        Ok(table)
    }

    /// The table of the rows above, and what is known of the relation as yet.
    fn parent<'t>(&self, tables: &'t [Table]) -> Result<(&'t Table, Above), String> {
        let item = self.nest.path.rsplit_once('/').map(|(item, _)| item);
        let path = item.and_then(|item| item.rsplit_once('/'));
        let wanted = shape(path.map_or("", |(path, _)| path));
        let found = tables.iter().find_map(|table| {
            let mut above = table.above.iter();
            let above = above.find(|above| shape(&above.path) == wanted);
            let alone = shape(&table.path) == wanted;
            (above.is_some() || alone).then(|| (table, above.map(|above| above.path.clone())))
        });
        let (table, parent) = found.ok_or("what stands above it is no row of a table")?;
        if table.existing.is_some() || table.keys != 1 || table.has_key_within() {
            return Err("the row above has no key of its own".to_owned());
        }
        let deletes = || {
            let collections = || {
                table
                    .above
                    .iter()
                    .map(|above| &above.path)
                    .chain([&table.path])
            };
            self.operations.iter().filter(move |operation| {
                let item = operation.path.rsplit_once('/').map(|(path, _)| shape(path));
                operation.method == "DELETE" && collections().any(|path| Some(shape(path)) == item)
            })
        };
        let above = Above {
            path: self.nest.path.to_owned(),
            table: table.name.clone(),
            column: String::new(),
            parent,
            on_delete: if deletes().count() == 0 || deletes().any(|each| each.describes(409)) {
                OnDelete::Restrict
            } else {
                OnDelete::Cascade
            },
        };
        Ok((table, above))
    }

    /// A table of rows that are found nowhere else.
    fn own(
        &self,
        tables: &[Table],
        parent: &Table,
        mut above: Above,
        create: &Operation,
    ) -> Result<Table, String> {
        let (shown, key) = &self.nest.shown;
        let elsewhere = self.nests.iter().any(|nest| {
            shape(nest.path) != shape(self.nest.path) && std::ptr::eq(nest.shown.0, *shown)
        });
        let alone = tables.iter().any(|table| {
            let rows = self.rows(&table.path);
            rows.is_some_and(|(rows, _)| std::ptr::eq(rows, *shown))
        });
        if elsewhere || alone {
            return Err("its rows are shown elsewhere too, and need not be its own".to_owned());
        }
        let one = parent.singular.plain();
        let word = Ident::new(last(self.nest.path), "rows");
        let prefix = format!("{one}_");
        let name = if word.plain().starts_with(&prefix) {
            word
        } else {
            Ident::new(&format!("{prefix}{}", word.plain()), "rows")
        };
        if tables.iter().any(|table| table.name == name.plain()) {
            return Err(format!("there is another table `{}`", name.plain()));
        }
        let table = tables::table(self.nest.path, &name, shown, key, Some(create), self.types);
        let mut table = table.ok_or("its rows have properties that cannot be columns")?;
        table.listed = self.nest.listed;
        above.column = match self.link(&table, parent)? {
            Some(column) => column,
            None => hidden(&mut table, parent),
        };
        belong(&mut table, &above.column, parent, true);
        table.above.push(above);
        Ok(table)
    }

    /// The table of rows that are found by themselves too, which must say what they belong to.
    fn shared(
        &self,
        table: &Table,
        parent: &Table,
        mut above: Above,
        create: Option<&Operation>,
    ) -> Result<Table, String> {
        let rows = self.rows(&table.path).filter(|_| table.existing.is_none());
        let (shown, key) = rows.ok_or("its rows are not those of the list")?;
        if !std::ptr::eq(shown, self.nest.shown.0) {
            return Err("its rows are other ones than those of the list".to_owned());
        }
        let mut table = table.clone();
        let plain = self.posts(&table.path);
        if let (None, Some(create), true) = (plain, create, table.above.is_empty()) {
            let name = Ident::new(&table.name, "rows");
            let again = tables::table(&table.path, &name, shown, &key, Some(create), self.types);
            let again = again.ok_or("its rows have properties that cannot be columns")?;
            table.columns = again.columns;
        }
        let unsaid = || {
            let one = parent.noun().replace('_', " ");
            format!("its rows do not say which {one} they belong to")
        };
        above.column = self.link(&table, parent)?.ok_or_else(unsaid)?;
        let by_caller = table.column(&above.column).is_some_and(Column::is_written);
        if !by_caller && (plain.is_some() || !table.above.is_empty() || create.is_none()) {
            return Err(unsaid());
        }
        let free = self.operations.iter().any(|operation| {
            let on_table = operation.path == table.path
                || tables::collection_of(&operation.path) == Some(&table.path);
            let given = body(operation, self.types);
            on_table && given.is_some_and(|(_, given)| given.field(&above.column).is_some())
        });
        let refers = !free || references::expects_conflicts(&table, self.operations);
        if refers {
            belong(&mut table, &above.column, parent, !by_caller);
        }
        let may_be_alone = column(&mut table, &above.column).is_some_and(|column| column.nullable);
        if may_be_alone && above.on_delete == OnDelete::Cascade {
            above.on_delete = OnDelete::SetNull;
        }
        table.above.push(above);
        Ok(table)
    }

    /// The operation that adds a row at a path.
    fn posts(&self, path: &str) -> Option<&Operation> {
        let mut operations = self.operations.iter().copied();
        let same = |operation: &&Operation| {
            operation.method == "POST" && shape(&operation.path) == shape(path)
        };
        creation(self.operations, path).or_else(|| operations.find(same))
    }

    /// What shows the rows of a table that are found by themselves.
    fn rows(&self, path: &str) -> Option<(&Struct, Vec<&Field>)> {
        let name = Ident::new(last(path), "rows");
        let mut gets = self.operations.iter().filter(|each| each.method == "GET");
        let item = gets.clone().find_map(|item| {
            let collection = tables::collection_of(&item.path)?;
            (collection == path).then(|| tables::row(item, &name, self.types))?
        });
        item.or_else(|| {
            let list = gets.find(|list| list.path == path)?;
            let shown = lists::rows(list, self.types)?;
            Some((shown, vec![lists::key(shown, &name, self.types)?]))
        })
    }

    /// The property that names the row above.
    fn link(&self, table: &Table, parent: &Table) -> Result<Option<String>, String> {
        let (one, key) = (parent.singular.plain(), parent.key());
        let Some(key) = key else { return Ok(None) };
        let mut names = vec![
            format!("{one}_{}", key.ident.plain()),
            format!("{one}_id"),
            one.to_owned(),
        ];
        // `note_id` of a `book_note`.
        let short = parent.noun();
        names.extend([
            format!("{short}_{}", key.ident.plain()),
            format!("{short}_id"),
        ]);
        if key.ident.plain().starts_with(&format!("{short}_")) {
            names.push(key.ident.plain().to_owned());
        }
        let item = self.nest.path.rsplit_once('/').map_or("", |(item, _)| item);
        let parameter = Ident::new(last(item), "row");
        let others = || table.columns.iter().skip(table.keys);
        let found = names.iter().find_map(|name| {
            let mut others = others();
            others.find(|column| column.ident.plain() == name)
        });
        match found {
            Some(column) if column.kind == key.kind => Ok(Some(column.property.clone())),
            Some(column) => Err(format!(
                "`{}` of its rows is not the key of the row above",
                column.property
            )),
            None if parameter.plain() != "id"
                && others().any(|column| column.ident.plain() == parameter.plain()) =>
            {
                Err(format!(
                    "nobody knows whether `{}` of its rows names the row above",
                    parameter.plain()
                ))
            }
            None => Ok(None),
        }
    }

    /// Whether an operation adds a row and does nothing else: it answers what was sent, and what a row
    /// has besides is the service's to say.
    fn adds(&self, create: &Operation, tables: &[Table]) -> Result<(), String> {
        let crud = crud::shape(create, tables, self.types)?;
        let (Verb::Create { body }, Some(table)) = (
            &crud.verb,
            tables.iter().find(|table| table.name == crud.table),
        ) else {
            return Err("it adds no row".to_owned());
        };
        let structure = |id: usize| match self.types.get(id).map(|def| &def.shape) {
            Some(TypeShape::Struct(shape)) => Some(shape),
            Some(TypeShape::Enum(_) | TypeShape::Union(_)) | None => None,
        };
        let given = structure(*body).ok_or("its body is not an object with properties")?;
        let answer = crud.row.and_then(structure);
        if !(crud.status == 201 || crud.status == 200 && answer.is_some()) {
            return Err("what it answers does not say that a row was added".to_owned());
        }
        let (shown, key) = &self.nest.shown;
        let lost = given.fields.iter().find(|field| {
            let unseen = |row: &Struct| row.field(&field.name).is_none();
            unseen(shown) || answer.is_some_and(unseen)
        });
        if let Some(field) = lost {
            return Err(format!("`{}` that is sent does not come back", field.name));
        }
        let link = crud.below.as_ref().and_then(|path| table.above(path));
        let unknown = shown.fields.iter().find(|field| {
            let told = given.field(&field.name).is_some()
                || link.is_some_and(|link| link.column == field.name)
                || key.iter().any(|key| key.name == field.name);
            let silent = field.read_only || !field.required || field.ty.nullable;
            let moment = field.ty.shape == crate::api::types::Shape::Timestamp;
            !told && !silent && !moment && field.ty.default.is_none()
        });
        match unknown {
            Some(field) => Err(format!("nobody knows `{}` of a new row", field.name)),
            None => Ok(()),
        }
    }
}

fn column<'t>(table: &'t mut Table, property: &str) -> Option<&'t mut Column> {
    let mut columns = table.columns.iter_mut();
    columns.find(|column| column.property == property)
}

/// A column that no answer shows, for the key of the row above.
fn hidden(table: &mut Table, parent: &Table) -> String {
    let mut names = Names::with(tables::RESERVED);
    for column in &table.columns {
        names.take(column.ident.plain());
    }
    let name = names.take(&format!("{}_id", parent.noun()));
    table.columns.extend(parent.key().map(|key| Column {
        property: name.clone(),
        ident: Ident::new(&name, "row"),
        existing: None,
        kind: key.kind.clone(),
        nullable: false,
        unique: false,
        references: None,
        origin: Origin::Above,
        default: None,
    }));
    name
}

/// A column holds the key of the row above, and where no body says it, the path does.
fn belong(table: &mut Table, property: &str, parent: &Table, always: bool) {
    let Some(column) = column(table, property) else {
        return;
    };
    if always {
        column.nullable = false;
    }
    column.references = Some(parent.name.clone());
    column.default = None;
    if !column.is_written() {
        column.origin = Origin::Above;
    }
}

/// The parameters that name the rows above and, where the path is that of an item, the row.
pub(super) fn names_rows(
    operation: &Operation,
    tables: &[Table],
    (table, above): (&Table, &Above),
    types: &[TypeDef],
) -> bool {
    let parameters = operation.path_parameters();
    let line = above.line(tables);
    let own = table
        .key()
        .filter(|_| shape(&above.path) != shape(&operation.path));
    let keys: Vec<&Column> = line
        .iter()
        .filter_map(|table| table.key())
        .chain(own)
        .collect();
    keys.len() == parameters.len()
        && keys.iter().zip(&parameters).all(|(key, parameter)| {
            let kind = parameter.ty.shape.kind(types);
            parameter.place == Place::Path
                && parameter.part.is_none()
                && kind.as_ref() == Some(&key.kind)
        })
}
