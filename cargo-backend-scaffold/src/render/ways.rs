//! How a row is named: by its key, and below a row by the keys of those above it.

use serde_json::{Value, json};

use crate::api::ident::Names;
use crate::api::table::{Above, Column, ColumnKind, Crud, Table, Verb};
use crate::api::{Api, Operation};
use crate::render::Database;
use crate::render::data::{bind, escaped, users};
use crate::render::keys::pushes;
use crate::render::rust_type::Rust;
use crate::render::sql::{column_name, placed, table_name};

/// A way to name a row of a table.
pub(super) struct Way<'a> {
    pub(super) above: Option<&'a Above>,
    parts: Vec<Part<'a>>,
}

/// A value that a row is found by, and the text around it.
struct Part<'a> {
    ident: String,
    key: &'a Column,
    before: String,
    after: &'static str,
}

/// The ways to name a row: by its key alone, unless it is only found below others, and below each of these.
pub(super) fn ways<'a>(api: &'a Api, table: &'a Table) -> Vec<Way<'a>> {
    let alone = (!table.is_below()).then_some(None);
    let below = table.above.iter().map(Some);
    let all = alone.into_iter().chain(below);
    all.map(|above| Way::new(api, table, above)).collect()
}

/// What the functions are called by that find rows in this way: nothing, or `_of_book`.
pub(super) fn suffix(api: &Api, table: &Table, above: Option<&Above>) -> String {
    let Some(above) = above.filter(|_| !table.is_below()) else {
        return String::new();
    };
    let one = api.table(&above.table).map(|table| table.singular.plain());
    let same = table.above.iter().filter(|each| each.table == above.table);
    let number = same.take_while(|each| *each != above).count();
    let number = if number == 0 {
        String::new()
    } else {
        (number + 1).to_string()
    };
    format!("_of_{}{number}", one.unwrap_or("row"))
}

/// The rows above that an operation asks for before it does anything: without them nothing can be
/// added, and a list would look empty.
pub(super) fn asked<'a>(table: &'a Table, operation: &Operation, crud: &Crud) -> Option<&'a Above> {
    let above = table.above(crud.below.as_ref()?)?;
    let asks = match crud.verb {
        Verb::Create { .. } => true,
        Verb::List(_) => operation.describes(404) || above.parent.is_some(),
        Verb::Get | Verb::Replace { .. } | Verb::Update { .. } | Verb::Delete => false,
    };
    asks.then_some(above)
}

/// The table of the row that a list of a database's rows belongs to, where it is asked for first.
pub(super) fn owner<'a>(api: &'a Api, table: &Table, operation: &Operation) -> Option<&'a Table> {
    let (_, column) = operation.belonging.as_ref()?;
    let owner = table.column(column)?.references.as_ref()?;
    let owner = api.table(owner).filter(|_| operation.describes(404))?;
    let gets = |crud: &Crud| matches!(crud.verb, Verb::Get);
    let found = users(api, owner).any(|(_, crud)| gets(crud));
    (found && owner.keys == 1).then_some(owner)
}

/// What finds the rows below a row.
fn scope<'a>(api: &'a Api, table: &Table, above: &Above) -> Vec<Part<'a>> {
    let parent = api.table(&above.table);
    let found =
        parent.and_then(|parent| Some((parent, parent.key()?, table.column(&above.column)?)));
    let Some((parent, key, link)) = found else {
        return Vec::new();
    };
    let ident = link.ident.snake.clone();
    let link = column_name(link);
    let further = above.parent.as_ref().and_then(|path| parent.above(path));
    let mut parts = further.map_or_else(Vec::new, |above| scope(api, parent, above));
    let Some(first) = parts.first_mut() else {
        return vec![Part {
            ident,
            key,
            before: format!("{link} = "),
            after: "",
        }];
    };
    let (name, rows) = (column_name(key), table_name(parent));
    first.before = format!("{link} = (SELECT {name} FROM {rows} WHERE {}", first.before);
    parts.push(Part {
        ident,
        key,
        before: format!(" AND {name} = "),
        after: ")",
    });
    parts
}

impl<'a> Way<'a> {
    fn new(api: &'a Api, table: &'a Table, above: Option<&'a Above>) -> Self {
        let mut parts = above.map_or_else(Vec::new, |above| scope(api, table, above));
        for key in table.key_columns() {
            let word = if parts.is_empty() { "" } else { " AND " };
            parts.push(Part {
                ident: key.ident.snake.clone(),
                key,
                before: format!("{word}{} = ", column_name(key)),
                after: "",
            });
        }
        let mut names = Names::default();
        for part in &mut parts {
            part.ident = names.take(&part.ident);
        }
        Self { above, parts }
    }

    /// The keys in the order of the path.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Column> {
        self.parts.iter().map(|part| part.key)
    }

    /// How functions take the keys: text is lent, everything else is copied.
    fn arguments(&self, rust: &Rust<'_>) -> String {
        let parts = self.parts.iter();
        let arguments: Vec<String> = parts
            .map(|part| format!("{}: {}", part.ident, lent(part.key, rust)))
            .collect();
        arguments.join(", ")
    }

    /// What finds the row.
    fn condition(&self, database: Database) -> String {
        let parts = self.parts.iter().enumerate();
        let parts = parts.map(|(index, part)| {
            let place = placed(part.key, index + 1, database);
            format!("{}{place}{}", part.before, part.after)
        });
        parts.collect()
    }

    /// The same where places are pushed one by one.
    fn pushed(&self) -> Vec<Value> {
        let parts = self.parts.iter().enumerate();
        let parts = parts.map(|(index, part)| {
            let word = if index == 0 { " WHERE " } else { "" };
            json!({
                "start": escaped(&format!("{word}{}", part.before)),
                "bind": bind(&part.ident, part.key),
                "parts": pushes(part.key),
                "end": part.after,
            })
        });
        parts.collect()
    }

    /// What the module of the table makes of it; nothing where nobody finds rows so.
    pub(super) fn context(
        &self,
        api: &Api,
        table: &Table,
        database: Database,
        assignments: impl Fn(usize) -> String,
    ) -> Option<Value> {
        let path = self.above.map(|above| above.path.as_str());
        let verbs = || {
            users(api, table)
                .filter(|(_, crud)| crud.below.as_deref() == path)
                .map(|(_, crud)| crud)
        };
        let has = |wanted: fn(&Crud) -> bool| verbs().any(wanted);
        let replace = has(|crud| matches!(crud.verb, Verb::Replace { .. }));
        let update = has(|crud| matches!(crud.verb, Verb::Update { .. }));
        let mut below = api.tables.iter().filter(|below| {
            let mut above = below.above.iter();
            above.any(|above| above.table == table.name)
        });
        let asked = below.any(|below| {
            users(api, below).any(|(operation, crud)| {
                let above = asked(below, operation, crud);
                above.is_some_and(|above| {
                    above.table == table.name && above.parent.as_deref() == path
                })
            })
        });
        // MariaDB gives no rows back from an UPDATE: they are read again.
        let again = database == Database::MariaDb && (replace || update);
        let get = asked || again || has(|crud| matches!(crud.verb, Verb::Get));
        let delete = has(|crud| matches!(crud.verb, Verb::Delete) && crud.row.is_none());
        let take = has(|crud| matches!(crud.verb, Verb::Delete) && crud.row.is_some());
        if ![get, replace, update, delete, take].contains(&true) {
            return None;
        }
        let rust = Rust::new(&api.types);
        let condition = self.condition(database);
        Some(json!({
            "suffix": suffix(api, table, self.above),
            "arguments": self.arguments(&rust),
            "idents": self.parts.iter().map(|part| part.ident.as_str()).collect::<Vec<_>>(),
            "condition": escaped(&condition),
            "parts": self.pushed(),
            "replace_sql": escaped(&format!(
                "UPDATE {} SET {} WHERE {condition}",
                table_name(table),
                assignments(self.parts.len()),
            )),
            "get": get,
            "replace": replace,
            "update": update,
            "delete": delete,
            "take": take,
        }))
    }
}

/// How a function takes a key.
pub(super) fn lent(key: &Column, rust: &Rust<'_>) -> String {
    if key.kind == ColumnKind::Text {
        "&str".to_owned()
    } else {
        rust.column(&key.kind)
    }
}
