//! MySQL and MariaDB. Each statement commits by itself; one ALTER TABLE holds all that happens to a
//! table, since a key and the AUTO_INCREMENT that needs it can only come together.

use std::collections::{BTreeMap, BTreeSet};

use cargo_backend_shared::schema::{Column, ForeignKey, Generated, Schema, Table};

use super::Step;
use crate::ddl::mysql::{self, ident, literal};

pub(super) fn steps(from: &Schema, to: &Schema) -> Vec<Step> {
    let mut steps = Vec::new();
    let keys = Keys::new(from, to);
    steps.extend(programs_down(from, to));
    for (table, key) in keys.of(from) {
        if keys.falls(table, key) {
            let name = key.name.as_deref().unwrap_or_default();
            steps.push(Step::new(format!(
                "ALTER TABLE {} DROP FOREIGN KEY {}",
                ident(&table.name),
                ident(name)
            )));
        }
    }
    for name in from
        .tables
        .keys()
        .filter(|name| !to.tables.contains_key(*name))
    {
        let words = format!("the rows of {name}");
        steps.push(Step::losing(format!("DROP TABLE {}", ident(name)), words));
    }
    for (name, new) in &to.tables {
        match from.tables.get(name) {
            Some(old) => steps.extend(alter(old, new)),
            None => {
                steps.push(Step::new(mysql::create(new)));
                steps.extend(own_indexes(new).map(|(_, text)| Step::new(text)));
            }
        }
    }
    for (table, key) in keys.of(to) {
        if keys.rises(table, key) {
            steps.push(Step::new(mysql::foreign_key(table, key)));
        }
    }
    steps.extend(programs_up(from, to));
    steps
}

/// Foreign keys, and the tables under which they cannot stay.
struct Keys<'a> {
    from: &'a Schema,
    to: &'a Schema,
    /// Tables of which a column or an index changes: the server may need it for a key.
    moved: BTreeSet<&'a String>,
}

impl<'a> Keys<'a> {
    fn new(from: &'a Schema, to: &'a Schema) -> Self {
        let moved = from.tables.iter().filter(|(name, old)| {
            let new = to.tables.get(*name);
            new.is_none_or(|new| !alter(old, new).is_empty())
        });
        Self {
            from,
            to,
            moved: moved.map(|(name, _)| name).collect(),
        }
    }

    fn of(
        &self,
        schema: &'a Schema,
    ) -> impl Iterator<Item = (&'a Table, &'a ForeignKey)> + use<'a> {
        let tables = schema.tables.values();
        tables.flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)))
    }

    fn stands_in(schema: &Schema, table: &Table, key: &ForeignKey) -> bool {
        let other = schema.tables.get(&table.name);
        other.is_some_and(|other| other.foreign_keys.contains(key))
    }

    fn is_moved(&self, table: &Table, key: &ForeignKey) -> bool {
        self.moved.contains(&table.name) || self.moved.contains(&key.references_table)
    }

    fn falls(&self, table: &Table, key: &ForeignKey) -> bool {
        !Self::stands_in(self.to, table, key) || self.is_moved(table, key)
    }

    fn rises(&self, table: &Table, key: &ForeignKey) -> bool {
        !Self::stands_in(self.from, table, key) || self.is_moved(table, key)
    }
}

/// Indexes with a statement of their own.
fn own_indexes(table: &Table) -> impl Iterator<Item = (&String, String)> {
    let indexes = table.indexes.iter();
    indexes
        .filter(|(_, index)| !index.constraint && !index.unique)
        .map(|(name, index)| (name, index.definition.clone()))
}

/// Unique keys, as clauses of a table.
fn unique_keys(table: &Table) -> BTreeMap<&String, String> {
    let indexes = table.indexes.iter();
    indexes
        .filter(|(_, index)| !index.constraint && index.unique)
        .map(|(name, index)| (name, mysql::unique_key(index)))
        .collect()
}

fn is_computed(column: &Column) -> bool {
    match column.generated {
        Some(Generated::Stored { .. } | Generated::Virtual { .. }) => true,
        Some(Generated::Identity { .. } | Generated::AutoIncrement) | None => false,
    }
}

fn alter(old: &Table, new: &Table) -> Vec<Step> {
    let mut steps = Vec::new();
    let name = ident(&new.name);
    let (mut first, mut clauses, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    let find = |table: &Table, name: &str| {
        table
            .columns
            .iter()
            .find(|column| column.name == name)
            .cloned()
    };
    if old.partition_by != new.partition_by
        && old.partition_by.is_some()
        && new.partition_by.is_none()
    {
        steps.push(Step::new(format!("ALTER TABLE {name} REMOVE PARTITIONING")));
    }
    let moved = moved(old, new);
    drops(old, new, &moved, &mut clauses);
    for column in &old.columns {
        let after = find(new, &column.name);
        if after.is_none() || moved.contains(&column.name) {
            // A computed column goes before what it is computed from.
            let clause = format!("DROP COLUMN {}", ident(&column.name));
            if is_computed(column) {
                first.push(clause);
            } else {
                lost.push(format!("{}.{}", old.name, column.name));
                clauses.push(clause);
            }
        }
    }
    let mut last = Vec::new();
    for column in &new.columns {
        let definition = mysql::column(column, new);
        match find(old, &column.name) {
            Some(before)
                if is_computed(&before) == is_computed(column)
                    && mysql::column(&before, old) == definition => {}
            Some(before) if !is_computed(&before) && !is_computed(column) => {
                clauses.push(format!("MODIFY COLUMN {definition}"));
            }
            _ if is_computed(column) => last.push(format!("ADD COLUMN {definition}")),
            _ => clauses.push(format!("ADD COLUMN {definition}")),
        }
    }
    clauses.extend(last);
    adds(old, new, &moved, &mut clauses);
    let mut push = |clauses: Vec<String>, lost: &[String]| {
        if clauses.is_empty() {
            return;
        }
        let sql = format!("ALTER TABLE {name} {}", clauses.join(", "));
        steps.push(if lost.is_empty() {
            Step::new(sql)
        } else {
            Step::losing(sql, format!("the values of {}", lost.join(", ")))
        });
    };
    let (unkeyed, keyed) = clauses
        .into_iter()
        .partition(|clause: &String| clause.starts_with("DROP INDEX"));
    push(unkeyed, &[]);
    push(first, &[]);
    push(keyed, &lost);
    let before: BTreeMap<&String, String> = own_indexes(old).collect();
    for (index, text) in own_indexes(new) {
        if before.get(index) != Some(&text) || is_on(new, index, &moved) {
            steps.push(Step::new(text));
        }
    }
    if let Some(by) = new
        .partition_by
        .as_ref()
        .filter(|_| old.partition_by != new.partition_by)
    {
        steps.push(Step::new(format!("ALTER TABLE {name} PARTITION BY {by}")));
    }
    steps
}

/// Columns whose values are computed, before or after, and that are dropped, for good or to come back.
fn moved(old: &Table, new: &Table) -> BTreeSet<String> {
    let columns = old.columns.iter().filter(|before| {
        let after = new.columns.iter().find(|after| after.name == before.name);
        after.map_or(is_computed(before), |after| {
            let differ = mysql::column(before, old) != mysql::column(after, new);
            is_computed(before) != is_computed(after) || is_computed(after) && differ
        })
    });
    columns.map(|column| column.name.clone()).collect()
}

/// Whether an index has one of these columns: the server takes a column that is dropped out of it.
fn is_on(table: &Table, index: &str, columns: &BTreeSet<String>) -> bool {
    let keys = table.indexes.get(index).into_iter();
    let mut keys = keys.flat_map(|index| &index.keys);
    keys.any(|key| {
        key.column
            .as_ref()
            .is_some_and(|column| columns.contains(column))
    })
}

/// What goes with ALTER TABLE, but for columns.
fn drops(old: &Table, new: &Table, moved: &BTreeSet<String>, clauses: &mut Vec<String>) {
    let after: BTreeMap<&String, String> = own_indexes(new).collect();
    for (index, text) in own_indexes(old) {
        if after.get(index) != Some(&text) || is_on(old, index, moved) {
            clauses.push(format!("DROP INDEX {}", ident(index)));
        }
    }
    let after = unique_keys(new);
    for (index, text) in unique_keys(old) {
        if is_on(old, index, moved) {
            clauses.push(format!("DROP INDEX {}", ident(index)));
        } else if after.get(index) != Some(&text) {
            clauses.push(format!("DROP KEY {}", ident(index)));
        }
    }
    for (check, made) in &old.checks {
        let same = new
            .checks
            .get(check)
            .is_some_and(|new| new.definition == made.definition);
        if !same && !mysql::is_of_column(old, check) {
            clauses.push(format!("DROP CONSTRAINT {}", ident(check)));
        }
    }
    if mysql::primary_key(old) != mysql::primary_key(new) && !old.primary_key.is_empty() {
        clauses.push("DROP PRIMARY KEY".to_owned());
    }
}

/// What comes with ALTER TABLE, but for columns.
fn adds(old: &Table, new: &Table, moved: &BTreeSet<String>, clauses: &mut Vec<String>) {
    let key = mysql::primary_key(new);
    if mysql::primary_key(old) != key {
        clauses.extend(key.map(|key| format!("ADD {key}")));
    }
    let before = unique_keys(old);
    for (index, text) in unique_keys(new) {
        if before.get(index) != Some(&text) || is_on(new, index, moved) {
            clauses.push(format!("ADD {text}"));
        }
    }
    for (check, made) in &new.checks {
        let same = old
            .checks
            .get(check)
            .is_some_and(|old| old.definition == made.definition);
        if !same && !mysql::is_of_column(new, check) {
            let definition = &made.definition;
            clauses.push(format!(
                "ADD CONSTRAINT {} CHECK ({definition})",
                ident(check)
            ));
        }
    }
    if old.options != new.options {
        let name = |option: &String| option.split('=').next().unwrap_or_default().to_owned();
        let gone = old.options.iter().map(name);
        let gone = gone.filter(|gone| !new.options.iter().any(|option| name(option) == *gone));
        let defaults = gone.map(|option| format!("{option}=DEFAULT"));
        let all: Vec<String> = new.options.iter().cloned().chain(defaults).collect();
        clauses.push(all.join(" "));
    }
    if old.comment != new.comment {
        let comment = new.comment.as_deref().unwrap_or_default();
        clauses.push(format!("COMMENT={}", literal(comment)));
    }
}

/// Views, routines and triggers that change are made anew; they hold no rows.
fn programs_down(from: &Schema, to: &Schema) -> Vec<Step> {
    let mut steps = Vec::new();
    for (table, trigger, definition) in triggers(from) {
        let stays = to
            .tables
            .get(table)
            .and_then(|table| table.triggers.get(trigger));
        // A trigger of a table that goes, goes along.
        if to.tables.contains_key(table) && stays.is_none_or(|new| new.definition != *definition) {
            steps.push(Step::new(format!("DROP TRIGGER {}", ident(trigger))));
        }
    }
    for (name, view) in &from.views {
        let stays = to.views.get(name);
        if stays
            .is_none_or(|new| (&new.definition, &new.options) != (&view.definition, &view.options))
        {
            steps.push(Step::new(format!("DROP VIEW {}", ident(name))));
        }
    }
    for (name, routine) in &from.routines {
        let stays = to.routines.get(name);
        if stays.is_none_or(|new| new.definition != routine.definition) {
            let kind = if routine.procedure {
                "PROCEDURE"
            } else {
                "FUNCTION"
            };
            steps.push(Step::new(format!("DROP {kind} {}", ident(&routine.name))));
        }
    }
    steps
}

fn programs_up(from: &Schema, to: &Schema) -> Vec<Step> {
    let mut steps = Vec::new();
    for (name, routine) in &to.routines {
        let stood = from.routines.get(name);
        if stood.is_none_or(|old| old.definition != routine.definition) {
            steps.push(Step::new(routine.definition.clone()));
        }
    }
    let mut made = to.clone();
    made.views.retain(|name, view| {
        let stood = from.views.get(name);
        stood.is_none_or(|old| (&old.definition, &old.options) != (&view.definition, &view.options))
    });
    steps.extend(mysql::views(&made).into_iter().map(Step::new));
    for (table, trigger, definition) in triggers(to) {
        let stood = from
            .tables
            .get(table)
            .and_then(|table| table.triggers.get(trigger));
        if stood.is_none_or(|old| old.definition != *definition) {
            steps.push(Step::new(definition.clone()));
        }
    }
    steps
}

fn triggers(schema: &Schema) -> impl Iterator<Item = (&String, &String, &String)> {
    schema.tables.iter().flat_map(|(table, made)| {
        let triggers = made.triggers.iter();
        triggers.map(move |(name, trigger)| (table, name, &trigger.definition))
    })
}
