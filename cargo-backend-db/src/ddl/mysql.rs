//! MySQL and MariaDB.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Column, ForeignKey, Generated, Index, Schema, Table, View};

use crate::sql::quoted;

pub(crate) fn ident(name: &str) -> String {
    quoted(name, Dialect::MySql)
}

/// A backslash escapes there, unless the server runs with NO_BACKSLASH_ESCAPES.
pub(crate) fn literal(text: &str) -> String {
    super::literal(&text.replace('\\', "\\\\"))
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| ident(name)).collect();
    quoted.join(", ")
}

pub(super) fn statements(schema: &Schema) -> Vec<String> {
    let tables = schema.tables.values();
    let mut statements: Vec<String> = tables.clone().map(create).collect();
    // A key that InnoDB makes for a foreign key by itself is there before it.
    statements.extend(
        tables
            .clone()
            .flat_map(|table| table.indexes.values())
            .filter(|index| !index.constraint && !index.unique)
            .map(|index| index.definition.clone()),
    );
    for table in tables.clone() {
        statements.extend(table.foreign_keys.iter().map(|key| foreign_key(table, key)));
    }
    statements.extend(
        schema
            .routines
            .values()
            .map(|routine| routine.definition.clone()),
    );
    statements.extend(views(schema));
    let triggers = tables.flat_map(|table| table.triggers.values());
    statements.extend(triggers.map(|trigger| trigger.definition.clone()));
    statements
}

pub(crate) fn create(table: &Table) -> String {
    let mut lines: Vec<String> = table.columns.iter().map(|c| column(c, table)).collect();
    lines.extend(primary_key(table));
    let unique = table
        .indexes
        .values()
        .filter(|index| !index.constraint && index.unique);
    lines.extend(unique.map(unique_key));
    for (name, check) in &table.checks {
        // MariaDB names the check of a column like the column, and gives it no name of its own.
        if !is_of_column(table, name) {
            lines.push(format!(
                "CONSTRAINT {} CHECK ({})",
                ident(name),
                check.definition
            ));
        }
    }
    let mut options = table.options.clone();
    options.extend(
        table
            .comment
            .as_ref()
            .map(|comment| format!("COMMENT={}", literal(comment))),
    );
    let partitions = table
        .partition_by
        .as_ref()
        .map_or_else(String::new, |by| format!(" PARTITION BY {by}"));
    format!(
        "CREATE TABLE {} (\n    {}\n) {}{partitions}",
        ident(&table.name),
        lines.join(",\n    "),
        options.join(" ")
    )
}

/// The clause of the primary key, if there is one.
pub(crate) fn primary_key(table: &Table) -> Option<String> {
    if table.primary_key.is_empty() {
        return None;
    }
    let keys = table
        .indexes
        .get("PRIMARY")
        .map_or_else(|| list(&table.primary_key), keys);
    Some(format!("PRIMARY KEY ({keys})"))
}

/// The clause of a unique key.
pub(crate) fn unique_key(index: &Index) -> String {
    format!("UNIQUE KEY {} ({})", ident(&index.name), keys(index))
}

fn keys(index: &Index) -> String {
    let keys: Vec<&str> = index.keys.iter().map(|key| key.text.as_str()).collect();
    keys.join(", ")
}

pub(crate) fn is_of_column(table: &Table, check: &str) -> bool {
    table.columns.iter().any(|column| column.name == check)
}

pub(crate) fn column(column: &Column, table: &Table) -> String {
    let mut words = vec![ident(&column.name), column.r#type.clone()];
    words.extend(
        column
            .collation
            .as_ref()
            .map(|name| format!("COLLATE {name}")),
    );
    match &column.generated {
        Some(Generated::Virtual { expression }) => {
            words.push(format!("GENERATED ALWAYS AS ({expression}) VIRTUAL"));
        }
        Some(Generated::Stored { expression }) => {
            words.push(format!("GENERATED ALWAYS AS ({expression}) STORED"));
        }
        Some(Generated::AutoIncrement | Generated::Identity { .. }) | None => {
            words.push(if column.nullable { "NULL" } else { "NOT NULL" }.to_owned());
            words.extend(
                column
                    .default
                    .as_ref()
                    .map(|value| format!("DEFAULT {value}")),
            );
        }
    }
    if column.generated == Some(Generated::AutoIncrement) {
        words.push("AUTO_INCREMENT".to_owned());
    }
    if let Some(action) = column.options.get("on update") {
        words.push(format!("ON UPDATE {action}"));
    }
    if column.options.contains_key("visibility") {
        words.push("INVISIBLE".to_owned());
    }
    words.extend(
        column
            .comment
            .as_ref()
            .map(|text| format!("COMMENT {}", literal(text))),
    );
    if let Some(check) = table.checks.get(&column.name) {
        words.push(format!("CHECK ({})", check.definition));
    }
    words.join(" ")
}

pub(crate) fn foreign_key(table: &Table, key: &ForeignKey) -> String {
    let name = key
        .name
        .as_ref()
        .map_or_else(String::new, |name| format!("CONSTRAINT {} ", ident(name)));
    format!(
        "ALTER TABLE {} ADD {name}FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {} ON UPDATE {}",
        ident(&table.name),
        list(&key.columns),
        ident(&key.references_table),
        list(&key.references_columns),
        key.on_delete,
        key.on_update
    )
}

/// Views after those that they read from: the server keeps no dependencies, so names in the text
/// decide.
pub(crate) fn views(schema: &Schema) -> Vec<String> {
    let mut open: Vec<&View> = schema.views.values().collect();
    let mut made = Vec::new();
    while !open.is_empty() {
        let (ready, blocked): (Vec<&View>, Vec<&View>) = open.iter().partition(|view| {
            !open.iter().any(|other| {
                other.name != view.name && view.definition.contains(&ident(&other.name))
            })
        });
        // A column may be called like a view: then nothing is sure, and the order of names is left.
        let (ready, blocked) = if ready.is_empty() {
            (blocked, Vec::new())
        } else {
            (ready, blocked)
        };
        made.extend(ready.into_iter().map(create_view));
        open = blocked;
    }
    made
}

fn create_view(view: &View) -> String {
    let security = if view
        .options
        .iter()
        .any(|option| option == "security=invoker")
    {
        "SQL SECURITY INVOKER "
    } else {
        ""
    };
    let check = view
        .options
        .iter()
        .find_map(|option| option.strip_prefix("check_option="))
        .map_or_else(String::new, |how| {
            format!(" WITH {} CHECK OPTION", how.to_uppercase())
        });
    let name = ident(&view.name);
    format!("CREATE {security}VIEW {name} AS {}{check}", view.definition)
}
