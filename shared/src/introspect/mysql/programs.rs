//! Views, triggers, routines and partitions: the server has one statement an object that shows
//! them, so their text is put together from what `information_schema` knows of all at once.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::mysql::MySqlRow;

use super::{literal, quoted, said, table_of};
use crate::schema::{Routine, Schema, Trigger, View};

pub(super) fn view(row: &MySqlRow) -> sqlx::Result<View> {
    let database: &str = row.try_get("database")?;
    let definition: &str = row.try_get("definition")?;
    let mut options = Vec::new();
    let check: &str = row.try_get("check_option")?;
    if check != "NONE" {
        options.push(format!("check_option={}", check.to_lowercase()));
    }
    if row.try_get::<&str, _>("security")? == "INVOKER" {
        options.push("security=invoker".to_owned());
    }
    Ok(View {
        namespace: String::new(),
        name: row.try_get("name")?,
        materialized: false,
        definition: definition.replace(&format!("{}.", quoted(database)), ""),
        options,
        columns: Vec::new(),
        indexes: BTreeMap::new(),
        triggers: BTreeMap::new(),
        comment: None,
    })
}

pub(super) fn triggers(schema: &mut Schema, rows: &[MySqlRow]) -> sqlx::Result<()> {
    for row in rows {
        let table: &str = row.try_get("table")?;
        let name: String = row.try_get("name")?;
        let definition = format!(
            "CREATE TRIGGER {} {} {} ON {} FOR EACH ROW {}",
            quoted(&name),
            row.try_get::<&str, _>("timing")?,
            row.try_get::<&str, _>("event")?,
            quoted(table),
            row.try_get::<&str, _>("statement")?
        );
        if let Some(table) = table_of(schema, row)? {
            let trigger = Trigger {
                definition,
                state: "ENABLE".to_owned(),
                comment: None,
            };
            table.triggers.insert(name, trigger);
        }
    }
    Ok(())
}

pub(super) fn routines(schema: &mut Schema, rows: &[MySqlRow]) -> sqlx::Result<()> {
    let mut at = 0;
    while let Some(first) = rows.get(at) {
        let name: String = first.try_get("name")?;
        let kind: String = first.try_get("type")?;
        let mut parameters = Vec::new();
        let mut types = Vec::new();
        while let Some(row) = rows.get(at) {
            if row.try_get::<&str, _>("name")? != name || row.try_get::<&str, _>("type")? != kind {
                break;
            }
            at += 1;
            let Some(parameter) = row.try_get::<Option<&str>, _>("parameter")? else {
                continue;
            };
            let parameter_type: &str = row.try_get("parameter_type")?;
            let mode: Option<&str> = row.try_get("mode")?;
            let mode = mode.filter(|_| kind == "PROCEDURE").unwrap_or_default();
            let words = [mode, &quoted(parameter), parameter_type].join(" ");
            parameters.push(words.trim_start().to_owned());
            types.push(parameter_type.to_owned());
        }
        if first.try_get::<Option<&str>, _>("body")?.is_none() {
            // Only its owner and those who may change it are shown the body.
            let what = format!(
                "{} {name}: its body is not shown to this user",
                kind.to_lowercase()
            );
            schema.unsupported.push(what);
            continue;
        }
        let routine = Routine {
            namespace: String::new(),
            arguments: types.join(", "),
            procedure: kind == "PROCEDURE",
            definition: definition(first, &name, &kind, &parameters)?,
            comment: said(first, "comment")?,
            name,
        };
        let key = format!("{}({})", routine.name, routine.arguments);
        schema.routines.insert(key, routine);
    }
    Ok(())
}

fn definition(
    row: &MySqlRow,
    name: &str,
    kind: &str,
    parameters: &[String],
) -> sqlx::Result<String> {
    let mut text = format!("CREATE {kind} {}({})", quoted(name), parameters.join(", "));
    if let Some(returns) = said(row, "returns")? {
        text = format!("{text} RETURNS {returns}");
    }
    if row.try_get::<&str, _>("is_deterministic")? == "YES" {
        text.push_str(" DETERMINISTIC");
    }
    let access: &str = row.try_get("data_access")?;
    let security: &str = row.try_get("security")?;
    text = format!("{text} {access} SQL SECURITY {security}");
    if let Some(comment) = said(row, "comment")? {
        text = format!("{text} COMMENT {}", literal(&comment));
    }
    let body: &str = row.try_get("body")?;
    Ok(format!("{text} {body}"))
}

pub(super) fn partitions(schema: &mut Schema, rows: &[MySqlRow]) -> sqlx::Result<()> {
    let mut parts: BTreeMap<&str, (String, Vec<String>)> = BTreeMap::new();
    let mut unsupported = Vec::new();
    for row in rows {
        let table: &str = row.try_get("table")?;
        let method: &str = row.try_get("method")?;
        let name = quoted(row.try_get("name")?);
        let bound: Option<&str> = row.try_get("bound")?;
        let part = match (method.starts_with("RANGE"), bound) {
            (true, Some("MAXVALUE")) => format!("PARTITION {name} VALUES LESS THAN MAXVALUE"),
            (true, Some(bound)) => format!("PARTITION {name} VALUES LESS THAN ({bound})"),
            (false, Some(bound)) => format!("PARTITION {name} VALUES IN ({bound})"),
            (_, None) => format!("PARTITION {name}"),
        };
        let expression: Option<&str> = row.try_get("expression")?;
        let head = format!("{method} ({})", expression.unwrap_or_default());
        let (_, list) = parts.entry(table).or_insert((head, Vec::new()));
        list.push(part);
        if row.try_get::<Option<&str>, _>("subpartition")?.is_some() {
            unsupported.push(format!("subpartitions of {table}"));
        }
    }
    for (name, (head, list)) in parts {
        if let Some(table) = schema.tables.get_mut(name) {
            table.partition_by = Some(format!("{head} ({})", list.join(", ")));
        }
    }
    unsupported.dedup();
    schema.unsupported.extend(unsupported);
    Ok(())
}
