//! PostgreSQL. Definitions are the server's own text, with every name qualified.

use std::collections::BTreeSet;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{
    Column, Constraint, ConstraintKind, Generated, ObjectId, ObjectKind, Schema, Sequence,
    SequenceOptions, Table, TypeForm, UserType, View,
};

use super::{literal, order};
use crate::sql;

pub(crate) mod atoms;
mod comments;
pub(crate) mod types;
pub(crate) mod words;

/// A quoted name.
pub(crate) fn ident(name: &str) -> String {
    sql::quoted(name, Dialect::Postgres)
}

pub(crate) fn qualified(namespace: &str, name: &str) -> String {
    format!("{}.{}", ident(namespace), ident(name))
}

pub(crate) fn table_name(table: &Table) -> String {
    qualified(&table.namespace, &table.name)
}

pub(super) fn statements(schema: &Schema) -> Vec<String> {
    // Bodies of functions may name what comes later.
    let mut statements = vec!["SET check_function_bodies = false".to_owned()];
    for name in schema.namespaces.keys() {
        statements.push(format!("CREATE SCHEMA IF NOT EXISTS {}", ident(name)));
    }
    for (name, extension) in &schema.extensions {
        statements.push(format!(
            "CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {}",
            ident(name),
            ident(&extension.namespace)
        ));
    }
    for id in order::creation(schema) {
        statements.extend(object(schema, &id));
    }
    let later = atoms::atoms(schema).into_iter();
    statements.extend(
        later
            .filter(|atom| !atom.inline)
            .flat_map(|atom| atom.create),
    );
    statements
}

/// The statements that make an object; its indexes, foreign keys and triggers come later.
pub(crate) fn object(schema: &Schema, id: &ObjectId) -> Vec<String> {
    let name = &id.name;
    match id.kind {
        ObjectKind::Type => schema.types.get(name).map(user_type).unwrap_or_default(),
        ObjectKind::Sequence => schema
            .sequences
            .get(name)
            .map(sequence)
            .into_iter()
            .collect(),
        ObjectKind::Table => schema
            .tables
            .get(name)
            .map(|made| table(schema, made))
            .into_iter()
            .collect(),
        ObjectKind::View => schema.views.get(name).map(view).into_iter().collect(),
        ObjectKind::Routine => schema
            .routines
            .get(name)
            .map(|routine| routine.definition.trim_end().to_owned())
            .into_iter()
            .collect(),
    }
}

pub(crate) fn user_type(made: &UserType) -> Vec<String> {
    let name = qualified(&made.namespace, &made.name);
    let collate = |collation: &Option<String>| {
        collation
            .as_ref()
            .map_or_else(String::new, |name| format!(" COLLATE {name}"))
    };
    match &made.form {
        TypeForm::Enum { labels } => {
            let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
            vec![format!(
                "CREATE TYPE {name} AS ENUM ({})",
                labels.join(", ")
            )]
        }
        TypeForm::Composite { attributes } => {
            let parts: Vec<String> = attributes
                .iter()
                .map(|part| {
                    format!(
                        "{} {}{}",
                        ident(&part.name),
                        part.r#type,
                        collate(&part.collation)
                    )
                })
                .collect();
            vec![format!("CREATE TYPE {name} AS ({})", parts.join(", "))]
        }
        TypeForm::Range { definition } => {
            vec![format!("CREATE TYPE {name} AS RANGE ({definition})")]
        }
        TypeForm::Domain {
            base,
            collation,
            nullable,
            default,
            checks,
        } => {
            let mut text = format!("CREATE DOMAIN {name} AS {base}{}", collate(collation));
            if let Some(default) = default {
                text = format!("{text} DEFAULT {default}");
            }
            if !nullable {
                text.push_str(" NOT NULL");
            }
            let mut later = Vec::new();
            for (check, condition) in checks {
                let clause = format!("CONSTRAINT {} {}", ident(check), condition.definition);
                if condition.validated {
                    text = format!("{text} {clause}");
                } else {
                    later.push(format!("ALTER DOMAIN {name} ADD {clause}"));
                }
            }
            later.insert(0, text);
            later
        }
    }
}

pub(crate) fn counting(options: &SequenceOptions) -> String {
    let cycle = if options.cycle { " CYCLE" } else { "" };
    format!(
        "START WITH {} INCREMENT BY {} MINVALUE {} MAXVALUE {} CACHE {}{cycle}",
        options.start, options.increment, options.minimum, options.maximum, options.cache
    )
}

pub(crate) fn sequence(made: &Sequence) -> String {
    format!(
        "CREATE SEQUENCE {} AS {} {}",
        qualified(&made.namespace, &made.name),
        made.options.r#type,
        counting(&made.options)
    )
}

/// A partition is made as a table of its own and attached later, so that its columns may stand in
/// another order, and its indexes keep their names.
pub(crate) fn table(schema: &Schema, made: &Table) -> String {
    let mut lines: Vec<String> = made
        .columns
        .iter()
        .filter(|column| !column.inherited)
        .map(|each| column(each, made.partition_of.is_some()))
        .collect();
    for (name, constraint) in inline_constraints(made) {
        lines.push(format!(
            "CONSTRAINT {} {}",
            ident(name),
            constraint.definition
        ));
    }
    for (name, check) in &made.checks {
        if check.validated && !check.inherited {
            lines.push(format!("CONSTRAINT {} {}", ident(name), check.definition));
        }
    }
    let unlogged = if made.options.iter().any(|option| option == "unlogged") {
        "UNLOGGED "
    } else {
        ""
    };
    let body = if lines.is_empty() {
        String::new()
    } else {
        format!("\n    {}\n", lines.join(",\n    "))
    };
    let mut text = format!("CREATE {unlogged}TABLE {} ({body})", table_name(made));
    if !made.inherits.is_empty() {
        let parents: Vec<String> = made
            .inherits
            .iter()
            .filter_map(|parent| schema.tables.get(parent))
            .map(table_name)
            .collect();
        text = format!("{text} INHERITS ({})", parents.join(", "));
    }
    if let Some(by) = &made.partition_by {
        text = format!("{text} PARTITION BY {by}");
    }
    if let Some(method) = setting(made, "using ") {
        text = format!("{text} USING {}", ident(method));
    }
    let parameters: Vec<String> = made
        .options
        .iter()
        .filter_map(|option| option.split_once('='))
        .map(|(name, value)| format!("{name}={}", literal(value)))
        .collect();
    if !parameters.is_empty() {
        text = format!("{text} WITH ({})", parameters.join(", "));
    }
    if let Some(tablespace) = setting(made, "tablespace ") {
        text = format!("{text} TABLESPACE {}", ident(tablespace));
    }
    text
}

/// The constraints that CREATE TABLE makes. Of several on the same columns it would silently make one
/// only (`transformIndexConstraints`).
pub(crate) fn inline_constraints(table: &Table) -> Vec<(&String, &Constraint)> {
    let columns = |constraint: &Constraint| {
        let list = constraint.definition.split_once('(');
        let list = list.and_then(|(_, rest)| rest.split_once(')'));
        list.map(|(list, _)| list.to_owned())
    };
    let mut all: Vec<(&String, &Constraint)> = table.constraints.iter().collect();
    all.sort_by_key(|(_, constraint)| constraint.kind != ConstraintKind::PrimaryKey);
    let mut known = BTreeSet::new();
    all.retain(|(_, constraint)| known.insert(columns(constraint)));
    all
}

pub(crate) fn setting<'a>(table: &'a Table, words: &str) -> Option<&'a str> {
    table
        .options
        .iter()
        .find_map(|option| option.strip_prefix(words))
}

pub(crate) fn column(made: &Column, partition: bool) -> String {
    let mut words = vec![ident(&made.name), made.r#type.clone()];
    words.extend(
        made.collation
            .as_ref()
            .map(|name| format!("COLLATE {name}")),
    );
    words.extend(
        made.default
            .as_ref()
            .map(|value| format!("DEFAULT {value}")),
    );
    match &made.generated {
        Some(Generated::Stored { expression }) => {
            words.push(format!("GENERATED ALWAYS AS ({expression}) STORED"));
        }
        Some(Generated::Virtual { expression }) => {
            words.push(format!("GENERATED ALWAYS AS ({expression}) VIRTUAL"));
        }
        // A partition has its parent's, and may not bring one.
        Some(Generated::Identity { always, sequence }) if !partition => {
            let when = if *always { "ALWAYS" } else { "BY DEFAULT" };
            words.push(format!(
                "GENERATED {when} AS IDENTITY ({})",
                counting(sequence)
            ));
        }
        Some(Generated::Identity { .. } | Generated::AutoIncrement) | None => {}
    }
    if !made.nullable {
        words.push("NOT NULL".to_owned());
    }
    words.join(" ")
}

pub(crate) fn view(made: &View) -> String {
    let kind = if made.materialized {
        "MATERIALIZED VIEW"
    } else {
        "VIEW"
    };
    let options = if made.options.is_empty() {
        String::new()
    } else {
        format!(" WITH ({})", made.options.join(", "))
    };
    format!(
        "CREATE {kind} {}{options} AS\n{}",
        qualified(&made.namespace, &made.name),
        made.definition.trim_end_matches(';')
    )
}
