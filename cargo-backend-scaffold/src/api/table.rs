//! The tables behind resources, and how operations use them.

use serde::Serialize;
use serde_json::Value;

use crate::api::ident::{Ident, singular};
use crate::api::types::{NamedColumn, TypeId, TypeRef};

/// A table.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Table {
    /// As in the path: plural.
    pub(crate) name: String,
    pub(crate) ident: Ident,
    /// `Order`, from `orders`.
    pub(crate) singular: Ident,
    /// The path of the collection.
    pub(crate) path: String,
    /// As SQL writes it, where the table is there already: nothing makes it then.
    pub(crate) existing: Option<String>,
    /// How many columns make the key.
    pub(crate) keys: usize,
    /// The first ones are the key.
    pub(crate) columns: Vec<Column>,
    /// What operations demand of the module.
    pub(crate) filters: Vec<Filter>,
    pub(crate) counted: bool,
    /// Whether lists go on behind a row.
    pub(crate) paged: bool,
    /// Only a list shows the rows.
    pub(crate) listed: bool,
    /// The rows that its own belong to.
    pub(crate) above: Vec<Above>,
}

/// Rows that belong to those of another table: `/books/{bookId}/notes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Above {
    /// The path of the collection below a row.
    pub(crate) path: String,
    /// The table of the rows above.
    pub(crate) table: String,
    /// The property of the column that names the row above.
    pub(crate) column: String,
    /// Where the rows above are named by what they belong to themselves: their collection.
    pub(crate) parent: Option<String>,
    pub(crate) on_delete: OnDelete,
}

/// What happens to rows when the row above is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum OnDelete {
    /// They keep it from being deleted.
    Restrict,
    /// They go with it.
    Cascade,
    /// They stay, and belong to nothing.
    SetNull,
}

/// A column.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Column {
    /// The property.
    pub(crate) property: String,
    pub(crate) ident: Ident,
    pub(crate) existing: Option<NamedColumn>,
    pub(crate) kind: ColumnKind,
    pub(crate) nullable: bool,
    pub(crate) unique: bool,
    /// The table it refers to.
    pub(crate) references: Option<String>,
    pub(crate) origin: Origin,
    /// What stands in it when the caller says nothing.
    pub(crate) default: Option<Value>,
}

/// Who decides about the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Origin {
    /// The database, when a row is added.
    Generated,
    /// The database, when a row is added or changed.
    Touched,
    /// The service: a new UUID.
    NewUuid,
    /// The caller.
    Caller,
    /// The caller who wants to, else the database: a number that may be absent and names the row.
    Offered,
    /// The path: the row above.
    Above,
}

/// How a value is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ColumnKind {
    Int {
        short: bool,
    },
    Number,
    Bool,
    Text,
    Enum(TypeId),
    Timestamp,
    Day,
    Uuid,
    /// Lists and objects.
    Json(Box<TypeRef>),
}

/// A column that can be filtered by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Filter {
    pub(crate) column: String,
    /// Several values are given, and a row has any of them.
    pub(crate) many: bool,
}

impl Above {
    /// The tables of the rows above, the furthest one first.
    pub(crate) fn line<'a>(&self, tables: &'a [Table]) -> Vec<&'a Table> {
        let Some(table) = tables.iter().find(|table| table.name == self.table) else {
            return Vec::new();
        };
        let further = self.parent.as_ref().and_then(|path| table.above(path));
        let mut line = further.map_or_else(Vec::new, |above| above.line(tables));
        line.push(table);
        line
    }
}

impl Column {
    /// Whether the caller may decide about it.
    pub(crate) fn is_written(&self) -> bool {
        matches!(self.origin, Origin::Caller | Origin::Offered)
    }
}

impl Table {
    pub(crate) fn key(&self) -> Option<&Column> {
        self.columns.first()
    }

    /// Whether a key can stand in a cursor.
    pub(crate) fn has_cursor(&self) -> bool {
        let plain = |key: &Column| {
            matches!(
                key.kind,
                ColumnKind::Int { .. } | ColumnKind::Text | ColumnKind::Uuid
            )
        };
        self.keys > 0 && self.key_columns().iter().all(plain)
    }

    /// The columns of the key.
    pub(crate) fn key_columns(&self) -> &[Column] {
        self.columns.get(..self.keys).unwrap_or(&self.columns)
    }

    /// What a row is called, as in the path: `task` of the table `project_tasks`.
    pub(crate) fn noun(&self) -> String {
        let last = self.path.rsplit('/').next().unwrap_or_default();
        singular(Ident::new(last, "rows").plain())
    }

    /// Whether rows are found only together with the row above.
    pub(crate) fn is_below(&self) -> bool {
        self.above.iter().any(|above| above.path == self.path)
    }

    /// Whether callers choose the keys, each for the row above alone: two books may both have a note `a`.
    pub(crate) fn has_key_within(&self) -> bool {
        let chosen = |key: &Column| key.origin == Origin::Caller;
        self.is_below() && self.key().is_some_and(chosen)
    }

    /// The rows above, by the collection below them.
    pub(crate) fn above(&self, path: &str) -> Option<&Above> {
        self.above.iter().find(|above| above.path == path)
    }

    pub(crate) fn column(&self, property: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| column.property == property)
    }

    /// The columns that a caller decides about when a row is added.
    pub(crate) fn written(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.is_written())
    }
}

/// How an operation is answered from a table.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Crud {
    pub(crate) table: String,
    /// The collection below a row, where the path names that row.
    pub(crate) below: Option<String>,
    pub(crate) status: u16,
    /// What stands around the row in the response.
    pub(crate) envelope: Option<Wrapper>,
    pub(crate) verb: Verb,
    /// The type of the row in the response.
    pub(crate) row: Option<TypeId>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Verb {
    List(Listing),
    Create { body: TypeId },
    Get,
    Replace { body: TypeId },
    Update { body: TypeId },
    Delete,
}

/// The parameters of a list and the shape of its response.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listing {
    /// By parameter.
    pub(crate) filters: Vec<(String, Filter)>,
    pub(crate) limit: Option<String>,
    pub(crate) offset: Option<String>,
    /// Where the page before ended.
    pub(crate) cursor: Option<String>,
    /// Counts from 1, in steps of `limit`.
    pub(crate) page: Option<String>,
    /// A header of the response says how many rows there are in all.
    pub(crate) total_header: bool,
    /// The response is an object: its type and what its properties are.
    pub(crate) wrapper: Option<Wrapper>,
}

/// An object around rows: its type and what its properties are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wrapper {
    pub(crate) ty: TypeId,
    pub(crate) members: Vec<(String, Member)>,
}

/// A property of an object around rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Member {
    /// The rows, or the one row.
    Items,
    /// How many rows there are in all.
    Total,
    Limit,
    Offset,
    Page,
    /// How many pages there are.
    Pages,
    /// The cursor of the next page.
    Next,
    /// Whether there is a next page.
    More,
    Absent,
    /// `pagination`, `meta`: properties of an object below.
    Object(Wrapper),
}

impl Wrapper {
    /// Whether a property is that, be it in an object below.
    pub(crate) fn says(&self, wanted: &Member) -> bool {
        let mut members = self.members.iter();
        members.any(|(_, member)| {
            if let Member::Object(below) = member {
                below.says(wanted)
            } else {
                member == wanted
            }
        })
    }
}

impl Listing {
    /// Whether the response says something that takes the number of all rows.
    pub(crate) fn counts(&self) -> bool {
        let says = |member| {
            let wrapper = self.wrapper.as_ref();
            wrapper.is_some_and(|wrapper| wrapper.says(&member))
        };
        let goes_on = says(Member::More) && self.cursor.is_none();
        self.total_header || says(Member::Total) || says(Member::Pages) || goes_on
    }
}
