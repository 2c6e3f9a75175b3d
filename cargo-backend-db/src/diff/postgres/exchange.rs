//! A type that cannot be changed without writing the table anew: a column of the new type is added
//! beside, a trigger keeps it up to date, batches fill it for the rows that are there, its indexes are
//! built, and in one moment the two columns change places (expand, backfill, contract).

use std::collections::BTreeSet;

use cargo_backend_shared::schema::{Column, ConstraintKind, Generated, Schema, Table};

use super::super::{Stage, Step};
use super::columns::{Change, conversion, identity_clause};
use super::fate::{Columns, Fate, expression};
use super::online::{NAME_BYTES, shortened};
use crate::ddl::literal;
use crate::ddl::postgres::types;
use crate::ddl::postgres::words::{mentioned, renamed, words};
use crate::ddl::postgres::{ident, qualified, table_name};

/// What the column, its trigger and its indexes are called until they change places.
const NEW: &str = "__new";
/// The check that stands in for NOT NULL.
const FILLED: &str = "__new_not_null";
/// Rows that one transaction of the backfill converts. With 1,000, a million rows took 1.7 times
/// as long as in one UPDATE, and no row was locked for longer than some milliseconds.
const BATCH: u32 = 1_000;

/// Columns that are converted beside rather than in place.
pub(super) fn mark(columns: &mut Columns, from: &Schema, old: &Table, new: &Table) {
    if !is_alone(from, old) || !is_alone(from, new) || old.primary_key.is_empty() {
        return;
    }
    // Neither what is computed from it nor an exclusion constraint can be built beside.
    let fixed_in = |table: &'_ Table| -> Vec<String> {
        let computed = table.columns.iter().filter_map(expression);
        let excluded = table.constraints.values();
        let excluded = excluded.filter(|made| made.kind == ConstraintKind::Exclusion);
        let excluded = excluded.map(|made| made.definition.as_str());
        computed.chain(excluded).map(str::to_owned).collect()
    };
    let texts = fixed_in(old).into_iter().chain(fixed_in(new));
    let fixed: BTreeSet<String> = texts.flat_map(|text| words(&text)).collect();
    for before in &old.columns {
        let after = new.columns.iter().find(|after| after.name == before.name);
        let (Some(after), Some(fate)) = (after, columns.fates.get_mut(&before.name)) else {
            continue;
        };
        let is_free = |name: &String| old.columns.iter().all(|other| other.name != *name);
        if *fate == Fate::Retyped
            && types::change(&before.r#type, &after.r#type) == types::Change::Rewrite
            && !fixed.contains(&before.name)
            && is_known(from, after)
            && is_free(&aside(&before.name))
        {
            *fate = Fate::Exchanged;
        }
    }
}

/// Whether it neither is a part of another table nor has any.
fn is_alone(from: &Schema, table: &Table) -> bool {
    let key = table.key();
    let mut others = from.tables.values();
    table.partition_of.is_none()
        && table.partition_by.is_none()
        && table.inherits.is_empty()
        && !others.any(|other| other.inherits.contains(&key))
}

/// Whether its type is there before anything is made.
fn is_known(from: &Schema, column: &Column) -> bool {
    let names = mentioned(&column.r#type);
    names.into_iter().all(|(namespace, name)| {
        let mut types = from.types.values();
        namespace == "pg_catalog"
            || types.any(|made| made.namespace == namespace && made.name == name)
    })
}

fn aside(column: &str) -> String {
    shortened(column, NEW)
}

/// What belongs to one column that is exchanged.
struct Exchange<'a> {
    table: &'a Table,
    old: &'a Column,
    new: &'a Column,
    /// The column of the new type, unquoted.
    aside: String,
}

impl<'a> Exchange<'a> {
    fn new(change: &Change<'a>, old: &'a Column, new: &'a Column) -> Self {
        Self {
            table: change.tables.0,
            old,
            new,
            aside: aside(&old.name),
        }
    }

    fn alter(&self) -> String {
        format!("ALTER TABLE {}", table_name(self.table))
    }

    fn trigger(&self) -> String {
        // The last of all that fire before a row is written, in the order of their names.
        ident(&shortened(&format!("zzz_{}", self.old.name), NEW))
    }

    fn function(&self) -> String {
        let name = format!("{}_{}", self.table.name, self.old.name);
        qualified(&self.table.namespace, &shortened(&name, NEW))
    }

    fn check(&self) -> String {
        ident(&shortened(&self.old.name, FILLED))
    }

    /// The column, and a trigger that fills it whenever a row is written.
    fn expand(&self) -> Vec<Step> {
        let (alter, table) = (self.alter(), table_name(self.table));
        let (aside, function, trigger) = (ident(&self.aside), self.function(), self.trigger());
        let collate = self.new.collation.as_ref();
        let collate = collate.map_or_else(String::new, |name| format!(" COLLATE {name}"));
        let value = conversion(
            self.old,
            self.new,
            &format!("NEW.{}", ident(&self.old.name)),
        );
        let mut steps = vec![
            step(
                format!("{alter} ADD COLUMN {aside} {}{collate}", self.new.r#type),
                format!("{alter} DROP COLUMN IF EXISTS {aside}"),
            ),
            step(
                format!(
                    "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $exchange$\n\
                     BEGIN\n    NEW.{aside} := {value};\n    RETURN NEW;\nEND\n$exchange$"
                ),
                format!("DROP FUNCTION IF EXISTS {function}()"),
            ),
            step(
                format!(
                    "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table}\n    \
                     FOR EACH ROW EXECUTE FUNCTION {function}()"
                ),
                format!("DROP TRIGGER IF EXISTS {trigger} ON {table}"),
            ),
        ];
        if !self.new.nullable {
            let check = self.check();
            steps.push(step(
                format!("{alter} ADD CONSTRAINT {check} CHECK ({aside} IS NOT NULL) NOT VALID"),
                format!("{alter} DROP CONSTRAINT IF EXISTS {check}"),
            ));
        }
        let steps = steps.into_iter();
        steps.map(|step| step.at(Stage::Expand)).collect()
    }

    /// What the backfill sets.
    fn assignment(&self) -> String {
        let old = ident(&self.old.name);
        let value = conversion(self.old, self.new, &old);
        format!("{} = {value}", ident(&self.aside))
    }

    /// Which rows it has not set yet.
    fn is_open(&self) -> String {
        let (old, aside) = (ident(&self.old.name), ident(&self.aside));
        format!("{aside} IS NULL AND {old} IS NOT NULL")
    }

    /// What has to be known of the values before they are used.
    fn prove(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        if !self.new.nullable {
            let validate = format!("{} VALIDATE CONSTRAINT {}", self.alter(), self.check());
            steps.push(step(validate, String::new()));
        }
        let (table, aside) = (table_name(self.table), ident(&self.aside));
        steps.push(step(format!("ANALYZE {table} ({aside})"), String::new()));
        let steps = steps.into_iter();
        steps.map(|step| step.at(Stage::Prove)).collect()
    }

    /// The columns change places.
    fn contract(&self) -> Vec<Step> {
        let (alter, table) = (self.alter(), table_name(self.table));
        let (old, aside) = (ident(&self.old.name), ident(&self.aside));
        let mut steps = Vec::new();
        if !self.new.nullable {
            steps.push(format!("{alter} ALTER COLUMN {aside} SET NOT NULL"));
            steps.push(format!("{alter} DROP CONSTRAINT {}", self.check()));
        }
        steps.push(format!("DROP TRIGGER {} ON {table}", self.trigger()));
        steps.push(format!("DROP FUNCTION {}()", self.function()));
        let is_identity =
            |column: &Column| matches!(column.generated, Some(Generated::Identity { .. }));
        let counts = is_identity(self.old) && is_identity(self.new);
        if counts {
            steps.extend(self.identity());
        }
        steps.push(format!("{alter} DROP COLUMN {old}"));
        steps.push(format!("{alter} RENAME COLUMN {aside} TO {old}"));
        if counts {
            steps.extend(self.sequence());
        }
        steps.into_iter().map(Step::new).collect()
    }

    /// Its sequence has the name that the server would give it, where that is not shortened.
    fn sequence(&self) -> Option<String> {
        let name = |column: &str| {
            let name = format!("{}_{column}_seq", self.table.name);
            (name.len() <= NAME_BYTES).then_some(name)
        };
        let (aside, own) = (name(&self.aside)?, name(&self.old.name)?);
        let aside = qualified(&self.table.namespace, &aside);
        Some(format!("ALTER SEQUENCE {aside} RENAME TO {}", ident(&own)))
    }

    /// The new column counts on where the old one stands.
    fn identity(&self) -> Vec<String> {
        let Some(clause) = identity_clause(self.new) else {
            return Vec::new();
        };
        let table = table_name(self.table);
        let serial = |column: &str| {
            let (table, column) = (literal(&table), literal(column));
            format!("pg_get_serial_sequence({table}, {column})")
        };
        vec![
            format!(
                "{} ALTER COLUMN {} ADD {clause}",
                self.alter(),
                ident(&self.aside)
            ),
            format!(
                "DO $exchange$\nDECLARE\n    last bigint;\n    is_called boolean;\nBEGIN\n    \
                 EXECUTE 'SELECT last_value, is_called FROM ' || {}\n        \
                 INTO last, is_called;\n    PERFORM setval({}, last, is_called);\nEND\n$exchange$",
                serial(&self.old.name),
                serial(&self.aside)
            ),
        ]
    }
}

fn step(sql: String, undo: String) -> Step {
    Step {
        undo: Some(undo),
        ..Step::new(sql)
    }
}

/// Batches along the primary key, each a transaction of its own. Run again after an error, they pass
/// over what is done.
fn backfill(table: &Table, exchanges: &[Exchange<'_>]) -> Step {
    let keys: Vec<String> = table.primary_key.iter().map(|key| ident(key)).collect();
    let key_columns = table.primary_key.iter().filter_map(|key| {
        let mut columns = table.columns.iter();
        columns.find(|column| column.name == *key)
    });
    let variables = key_columns.enumerate().map(|(place, column)| {
        let r#type = &column.r#type;
        format!("    first_{place} {type};\n    last_{place} {type};\n")
    });
    let variables: String = variables.collect();
    let of = |word: &str| {
        let names = (0..keys.len()).map(|place| format!("{word}_{place}"));
        names.collect::<Vec<_>>().join(", ")
    };
    let (first, last) = (of("first"), of("last"));
    let (list, backwards) = (keys.join(", "), format!("{} DESC", keys.join(" DESC, ")));
    let set: Vec<String> = exchanges.iter().map(Exchange::assignment).collect();
    let open: Vec<String> = exchanges.iter().map(Exchange::is_open).collect();
    let (table, set, open) = (table_name(table), set.join(", "), open.join(" OR "));
    let sql = format!(
        "DO $backfill$\nDECLARE\n{variables}BEGIN\n    \
         SELECT {list} INTO {first} FROM {table} ORDER BY {list} LIMIT 1;\n    \
         WHILE FOUND LOOP\n        \
         SELECT {list} INTO {last} FROM (\n            \
         SELECT {list} FROM {table} WHERE ({list}) >= ({first}) ORDER BY {list} LIMIT {BATCH}\n        \
         ) AS batch ORDER BY {backwards} LIMIT 1;\n        \
         UPDATE {table} SET {set}\n            \
         WHERE ({list}) >= ({first}) AND ({list}) <= ({last}) AND ({open});\n        \
         COMMIT;\n        \
         SELECT {list} INTO {first} FROM {table} WHERE ({list}) > ({last}) ORDER BY {list} LIMIT 1;\n    \
         END LOOP;\nEND\n$backfill$"
    );
    step(sql, String::new()).at(Stage::Backfill)
}

/// Everything about the exchanged columns of one table but their indexes.
pub(super) fn steps(change: &Change<'_>) -> Vec<Step> {
    let exchanged = change
        .pairs()
        .filter(|(_, _, fate)| *fate == Fate::Exchanged);
    let exchanges: Vec<Exchange<'_>> = exchanged
        .map(|(old, new, _)| Exchange::new(change, old, new))
        .collect();
    if exchanges.is_empty() {
        return Vec::new();
    }
    let mut steps: Vec<Step> = exchanges.iter().flat_map(Exchange::expand).collect();
    steps.push(backfill(change.tables.0, &exchanges));
    steps.extend(exchanges.iter().flat_map(Exchange::prove));
    steps.extend(exchanges.iter().flat_map(Exchange::contract));
    steps
}

/// The index of a member, built on the new column before it has its place: the statement, and the
/// name of the index until then, unquoted. None where no such column is in it.
pub(super) fn clone(columns: &Columns, table: &Table, name: &str) -> Option<(Step, String)> {
    let definition = &table.indexes.get(name)?.definition;
    let (head, body) = definition.split_once(" ON ")?;
    let (on, body) = body.split_once(" USING ")?;
    let exchanged: Vec<&String> = columns.exchanged().collect();
    let own = words(body);
    if !exchanged.iter().any(|column| own.contains(*column)) {
        return None;
    }
    let mut body = body.to_owned();
    for column in exchanged {
        body = renamed(&body, column, &ident(&aside(column)));
    }
    let unique = if head.starts_with("CREATE UNIQUE") {
        "UNIQUE "
    } else {
        ""
    };
    let clone = shortened(name, NEW);
    let quoted = ident(&clone);
    let sql = format!("CREATE {unique}INDEX CONCURRENTLY {quoted} ON {on} USING {body}");
    let undo = format!(
        "DROP INDEX CONCURRENTLY IF EXISTS {}",
        qualified(&table.namespace, &clone)
    );
    Some((step(sql, undo).at(Stage::Clone), clone))
}
