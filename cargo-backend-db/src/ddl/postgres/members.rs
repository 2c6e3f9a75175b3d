//! What is added once all tables and views are there: indexes, partitions, foreign keys, triggers,
//! policies, comments.

use std::collections::BTreeMap;

use cargo_backend_shared::schema::{
    Index, Policy, RowSecurity, Schema, Table, Trigger, TypeForm, View,
};

use super::super::literal;
use super::{ident, qualified, setting, table_name};

pub(super) fn statements(schema: &Schema) -> Vec<String> {
    let tables = schema.tables.values();
    let mut all = Vec::new();
    all.extend(tables.clone().flat_map(|table| columns(schema, table)));
    all.extend(tables.clone().flat_map(|table| indexes(&table.indexes)));
    all.extend(
        schema
            .views
            .values()
            .flat_map(|view| indexes(&view.indexes)),
    );
    // A partition finds the indexes of its parent among its own, and has its identity columns from
    // there (PostgreSQL 17): what is above is attached first.
    let mut parts: Vec<&Table> = tables.clone().collect();
    parts.sort_by_key(|table| depth(schema, table));
    all.extend(parts.iter().filter_map(|table| attach(schema, table)));
    all.extend(tables.clone().flat_map(constraints));
    for sequence in schema.sequences.values() {
        let owner = sequence.owned_by.as_ref();
        let owner = owner.and_then(|(table, column)| schema.tables.get(table).zip(Some(column)));
        if let Some((table, column)) = owner {
            all.push(format!(
                "ALTER SEQUENCE {} OWNED BY {}.{}",
                qualified(&sequence.namespace, &sequence.name),
                table_name(table),
                ident(column)
            ));
        }
    }
    for table in tables {
        let name = table_name(table);
        all.extend(triggers(&name, &table.triggers));
        all.extend(security(table));
        all.extend(table.statistics.values().cloned());
        all.extend(settings(table));
    }
    for view in schema.views.values() {
        let name = qualified(&view.namespace, &view.name);
        all.extend(triggers(&name, &view.triggers));
    }
    all.extend(comments(schema));
    all
}

fn indexes(indexes: &BTreeMap<String, Index>) -> impl Iterator<Item = String> {
    indexes
        .values()
        .filter(|index| !index.constraint)
        .map(|index| index.definition.clone())
}

/// How many tables are above a partition.
fn depth(schema: &Schema, table: &Table) -> usize {
    let parent = table.partition_of.as_ref();
    let parent = parent.and_then(|part| schema.tables.get(&part.parent));
    parent.map_or(0, |parent| 1 + depth(schema, parent))
}

fn attach(schema: &Schema, table: &Table) -> Option<String> {
    let part = table.partition_of.as_ref()?;
    let parent = schema.tables.get(&part.parent)?;
    Some(format!(
        "ALTER TABLE ONLY {} ATTACH PARTITION {} {}",
        table_name(parent),
        table_name(table),
        part.bound
    ))
}

/// Settings of columns that CREATE TABLE has no words for, and what a child has other than its
/// parents.
fn columns(schema: &Schema, table: &Table) -> Vec<String> {
    let mut all = Vec::new();
    let alter = format!("ALTER TABLE ONLY {} ALTER COLUMN", table_name(table));
    for column in &table.columns {
        let name = ident(&column.name);
        for (option, value) in &column.options {
            let change = match option.as_str() {
                "storage" | "compression" => format!("SET {} {value}", option.to_uppercase()),
                "statistics" => format!("SET STATISTICS {value}"),
                _ => format!("SET ({option} = {value})"),
            };
            all.push(format!("{alter} {name} {change}"));
        }
        let parents = table
            .inherits
            .iter()
            .filter_map(|parent| schema.tables.get(parent));
        let inherited = parents
            .flat_map(|parent| &parent.columns)
            .find(|other| column.inherited && other.name == column.name);
        if let Some(parent) = inherited {
            if column.default != parent.default {
                let change = column
                    .default
                    .as_ref()
                    .map_or_else(|| "DROP DEFAULT".to_owned(), |d| format!("SET DEFAULT {d}"));
                all.push(format!("{alter} {name} {change}"));
            }
            if parent.nullable && !column.nullable {
                all.push(format!("{alter} {name} SET NOT NULL"));
            }
        }
    }
    all
}

/// Checks that were never validated, and foreign keys.
fn constraints(table: &Table) -> Vec<String> {
    let name = table_name(table);
    let add = |constraint: &str, definition: &str| {
        format!(
            "ALTER TABLE {name} ADD CONSTRAINT {} {definition}",
            ident(constraint)
        )
    };
    let checks = table.checks.iter();
    checks
        .filter(|(_, check)| !check.validated && !check.inherited)
        .map(|(constraint, check)| add(constraint, &check.definition))
        .chain(
            table
                .foreign_keys
                .iter()
                .map(|key| add(key.name.as_deref().unwrap_or_default(), &key.definition)),
        )
        .collect()
}

fn triggers(on: &str, triggers: &BTreeMap<String, Trigger>) -> Vec<String> {
    let mut all = Vec::new();
    for (name, trigger) in triggers {
        all.push(trigger.definition.clone());
        if trigger.state != "ENABLE" {
            let (state, name) = (&trigger.state, ident(name));
            all.push(format!("ALTER TABLE {on} {state} TRIGGER {name}"));
        }
    }
    all
}

fn security(table: &Table) -> Vec<String> {
    let name = table_name(table);
    let mut all: Vec<String> = table
        .policies
        .iter()
        .map(|(policy, made)| create_policy(&name, policy, made))
        .collect();
    if table.row_security != RowSecurity::Off {
        all.push(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"));
    }
    if table.row_security == RowSecurity::Forced {
        all.push(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"));
    }
    all
}

fn create_policy(table: &str, name: &str, policy: &Policy) -> String {
    let kind = if policy.permissive {
        "PERMISSIVE"
    } else {
        "RESTRICTIVE"
    };
    let roles: Vec<String> = policy
        .roles
        .iter()
        .map(|role| match role.as_str() {
            "public" => "PUBLIC".to_owned(),
            role => ident(role),
        })
        .collect();
    let mut text = format!(
        "CREATE POLICY {} ON {table} AS {kind} FOR {} TO {}",
        ident(name),
        policy.command,
        roles.join(", ")
    );
    if let Some(condition) = &policy.using {
        text = format!("{text} USING ({condition})");
    }
    if let Some(condition) = &policy.check {
        text = format!("{text} WITH CHECK ({condition})");
    }
    text
}

fn settings(table: &Table) -> Vec<String> {
    let name = table_name(table);
    let mut all = Vec::new();
    if let Some(index) = setting(table, "cluster on ") {
        all.push(format!("ALTER TABLE {name} CLUSTER ON {}", ident(index)));
    }
    if let Some(how) = setting(table, "replica identity ") {
        let how = how.strip_prefix("using index ").map_or_else(
            || how.to_uppercase(),
            |index| format!("USING INDEX {}", ident(index)),
        );
        all.push(format!("ALTER TABLE {name} REPLICA IDENTITY {how}"));
    }
    all
}

/// `COMMENT ON` for everything that has one.
fn comments(schema: &Schema) -> Vec<String> {
    let mut all = Comments(Vec::new());
    for (name, namespace) in &schema.namespaces {
        all.add(
            &format!("SCHEMA {}", ident(name)),
            namespace.comment.as_ref(),
        );
    }
    for made in schema.types.values() {
        let kind = match made.form {
            TypeForm::Domain { .. } => "DOMAIN",
            TypeForm::Enum { .. } | TypeForm::Composite { .. } | TypeForm::Range { .. } => "TYPE",
        };
        let name = qualified(&made.namespace, &made.name);
        all.add(&format!("{kind} {name}"), made.comment.as_ref());
    }
    for sequence in schema.sequences.values() {
        let name = qualified(&sequence.namespace, &sequence.name);
        all.add(&format!("SEQUENCE {name}"), sequence.comment.as_ref());
    }
    for table in schema.tables.values() {
        all.table(table);
    }
    for view in schema.views.values() {
        all.view(view);
    }
    for routine in schema.routines.values() {
        let kind = if routine.procedure {
            "PROCEDURE"
        } else {
            "FUNCTION"
        };
        let name = qualified(&routine.namespace, &routine.name);
        let on = format!("{kind} {name}({})", routine.arguments);
        all.add(&on, routine.comment.as_ref());
    }
    all.0
}

struct Comments(Vec<String>);

impl Comments {
    fn add(&mut self, on: &str, comment: Option<&String>) {
        self.0
            .extend(comment.map(|comment| format!("COMMENT ON {on} IS {}", literal(comment))));
    }

    fn table(&mut self, table: &Table) {
        let name = table_name(table);
        self.add(&format!("TABLE {name}"), table.comment.as_ref());
        for column in &table.columns {
            let on = format!("COLUMN {name}.{}", ident(&column.name));
            self.add(&on, column.comment.as_ref());
        }
        let constraints = table.constraints.iter().map(|(n, c)| (n, &c.comment));
        let checks = table.checks.iter().map(|(n, c)| (n, &c.comment));
        let keys = table.foreign_keys.iter();
        let keys = keys.filter_map(|key| Some((key.name.as_ref()?, &key.comment)));
        for (constraint, comment) in constraints.chain(checks).chain(keys) {
            let on = format!("CONSTRAINT {} ON {name}", ident(constraint));
            self.add(&on, comment.as_ref());
        }
        self.indexes(&table.namespace, &table.indexes);
        for (trigger, made) in &table.triggers {
            let on = format!("TRIGGER {} ON {name}", ident(trigger));
            self.add(&on, made.comment.as_ref());
        }
        for (policy, made) in &table.policies {
            let on = format!("POLICY {} ON {name}", ident(policy));
            self.add(&on, made.comment.as_ref());
        }
    }

    fn view(&mut self, view: &View) {
        let name = qualified(&view.namespace, &view.name);
        let kind = if view.materialized {
            "MATERIALIZED VIEW"
        } else {
            "VIEW"
        };
        self.add(&format!("{kind} {name}"), view.comment.as_ref());
        for column in &view.columns {
            let on = format!("COLUMN {name}.{}", ident(&column.name));
            self.add(&on, column.comment.as_ref());
        }
        self.indexes(&view.namespace, &view.indexes);
    }

    fn indexes(&mut self, namespace: &str, indexes: &BTreeMap<String, Index>) {
        for index in indexes.values() {
            let on = format!("INDEX {}", qualified(namespace, &index.name));
            self.add(&on, index.comment.as_ref());
        }
    }
}
