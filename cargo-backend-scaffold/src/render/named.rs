//! What a path says about a row and those above it, as the functions of tables take it.

use serde_json::{Value, json};

use crate::api::Parameter;
use crate::api::table::{Above, Column, ColumnKind, Crud, Origin, Verb};
use crate::api::types::TypeId;
use crate::render::data;
use crate::render::routes::constant;
use crate::render::service::Writer;
use crate::render::ways::{self, Way};

impl Writer<'_> {
    /// The rows above that the path names.
    pub(super) fn above(&self, crud: &Crud) -> Option<&Above> {
        self.table.above(crud.below.as_ref()?)
    }

    /// The keys as the functions of the table take them.
    pub(super) fn key(&self, crud: &Crud) -> String {
        let above = self.above(crud);
        let ways = ways::ways(self.api, self.table);
        let way = ways.iter().find(|way| way.above == above);
        way.map_or_else(String::new, |way| self.arguments(way))
    }

    fn arguments(&self, way: &Way<'_>) -> String {
        let parameters = self.operation.path_parameters();
        let parts = parameters.iter().zip(way.keys());
        let parts: Vec<String> = parts.map(|(parameter, key)| lent(parameter, key)).collect();
        parts.join(", ")
    }

    /// The rows above, where they are asked for first.
    pub(super) fn asked(&self, crud: &Crud) -> Option<Value> {
        if let Some(owner) = ways::owner(self.api, self.table, self.operation) {
            let parameter = *self.operation.path_parameters().last()?;
            return Some(json!({
                "table": owner.ident.snake,
                "suffix": "",
                "key": lent(parameter, owner.key()?),
                "noun": owner.noun().replace('_', " "),
            }));
        }
        let above = ways::asked(self.table, self.operation, crud)?;
        let table = self.api.table(&above.table)?;
        let further = above.parent.as_ref().and_then(|path| table.above(path));
        let ways = ways::ways(self.api, table);
        let way = ways.iter().find(|way| way.above == further)?;
        Some(json!({
            "table": table.ident.snake,
            "suffix": ways::suffix(self.api, table, further),
            "key": self.arguments(way),
            "noun": table.noun().replace('_', " "),
        }))
    }

    /// The parameter that names the row right above.
    fn nearest(&self, crud: &Crud) -> Option<&Parameter> {
        let above = self.above(crud)?;
        let number = above.line(&self.api.tables).len();
        let parameters = self.operation.path_parameters();
        parameters.get(number.checked_sub(1)?).copied()
    }

    /// What is said of a new row beside the values of its caller.
    pub(super) fn given(&self) -> String {
        let mut columns = self.table.columns.iter();
        let column = columns.find(|column| column.origin == Origin::Above);
        let parameters = self.operation.path_parameters();
        let parameter = parameters.last();
        let given = column.zip(parameter);
        given.map_or_else(String::new, |(column, parameter)| {
            format!("{}, ", lent(parameter, column))
        })
    }

    /// The value of a column that the path says.
    pub(super) fn by_path(&self, column: &Column, crud: &Crud) -> Option<String> {
        let above = self.above(crud)?;
        let parameter = self
            .nearest(crud)
            .filter(|_| above.column == column.property)?;
        let copied = if column.kind == ColumnKind::Text {
            ".clone()"
        } else {
            ""
        };
        let value = format!("request.{}{copied}", parameter.ident.snake);
        Some(if column.nullable {
            format!("Some({value})")
        } else {
            value
        })
    }

    /// Where a new row is found: below the row above, unless only its own path shows it.
    pub(super) fn location(&self, crud: &Crud) -> String {
        let keys = self.table.key_columns().iter();
        let keys = keys.map(|key| format!("row.{}", key.ident.snake));
        let items = |below: Option<&str>| {
            data::users(self.api, self.table)
                .any(|(_, crud)| matches!(crud.verb, Verb::Get) && crud.below.as_deref() == below)
        };
        let above = self
            .above(crud)
            .filter(|above| self.table.is_below() || items(Some(&above.path)) || !items(None));
        let Some(above) = above else {
            let keys: Vec<String> = keys.collect();
            let places = vec!["{}"; keys.len()].join("/");
            let path = &self.table.path;
            return format!("Some(format!(\"{path}/{places}\", {}))", keys.join(", "));
        };
        let parameters = self.operation.path_parameters().into_iter();
        let parents = parameters.map(|parameter| format!("request.{}", parameter.ident.snake));
        let values: Vec<String> = parents.chain(keys).collect();
        let segments = above.path.split('/');
        let segments = segments.map(|segment| {
            if segment.starts_with('{') {
                "{}"
            } else {
                segment
            }
        });
        let path = segments.collect::<Vec<_>>().join("/");
        format!("Some(format!(\"{path}/{{}}\", {}))", values.join(", "))
    }

    /// When a body says another row above than the path.
    pub(super) fn disagrees(&self, crud: &Crud) -> Option<Value> {
        let body: TypeId = match &crud.verb {
            Verb::Create { body } | Verb::Replace { body } | Verb::Update { body } => *body,
            Verb::List(_) | Verb::Get | Verb::Delete => return None,
        };
        let above = self.above(crud)?;
        let field = self.structure(body)?.field(&above.column)?;
        let said = format!("body.{}", field.ident.snake);
        let path = format!("request.{}", self.nearest(crud)?.ident.snake);
        let condition = if field.required {
            format!("{said} != {path}")
        } else {
            format!("{said}.as_ref().is_some_and(|said| *said != {path})")
        };
        Some(json!({
            "condition": condition,
            "field": field.name,
            "status": constant(self.operation.invalid()),
        }))
    }
}

/// A parameter as a function takes the key: text is lent, everything else is copied.
fn lent(parameter: &Parameter, key: &Column) -> String {
    let lent = if key.kind == ColumnKind::Text {
        "&"
    } else {
        ""
    };
    format!("{lent}request.{}", parameter.ident.snake)
}
