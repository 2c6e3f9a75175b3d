//! PostgreSQL. Three parts: what stands in the way is taken down, the objects are changed in the
//! order in which each finds what it needs, and what belongs to them is put up again. What an object
//! needs is what the server keeps (`pg_depend`) for whole objects, and the qualified names in its own
//! text for the rest.

mod columns;
mod exchange;
mod fate;
mod members;
mod objects;
mod online;
mod way;

use std::collections::{BTreeMap, BTreeSet};

use cargo_backend_shared::schema::{ObjectId, ObjectKind, Schema};

use super::{Form, Step};
use crate::ddl::order;
use crate::ddl::postgres::atoms::{Atom, AtomId, AtomKind};
use crate::ddl::postgres::{ident, object, qualified, table_name};
use columns::Change;
use way::Way;

/// The name of a type that is on its way out, while columns still have it.
const OLD: &str = "__old";

pub(super) fn steps(from: &Schema, to: &Schema, form: Form) -> Vec<Step> {
    let way = Way::new(from, to, form);
    let mut steps = way.take_down();
    steps.extend(build(&way));
    steps.extend(clear(&way));
    steps.extend(way.put_up());
    steps
}

/// What is made and changed, in the order of the new schema.
fn build(way: &Way<'_>) -> Vec<Step> {
    let (from, to) = (way.from, way.to);
    let mut steps = Vec::new();
    for name in to.namespaces.keys() {
        if !from.namespaces.contains_key(name) {
            steps.push(Step::new(format!("CREATE SCHEMA {}", ident(name))));
        }
    }
    for (key, extension) in &to.extensions {
        let name = ident(key);
        let place = ident(&extension.namespace);
        match from.extensions.get(key) {
            None => steps.push(Step::new(format!(
                "CREATE EXTENSION {name} WITH SCHEMA {place}"
            ))),
            Some(old) => {
                if old.namespace != extension.namespace {
                    steps.push(Step::new(format!(
                        "ALTER EXTENSION {name} SET SCHEMA {place}"
                    )));
                }
                if old.version != extension.version {
                    let version = crate::ddl::literal(&extension.version);
                    steps.push(Step::new(format!(
                        "ALTER EXTENSION {name} UPDATE TO {version}"
                    )));
                }
            }
        }
    }
    for id in order::creation(to) {
        steps.extend(one(way, &id));
    }
    steps
}

fn one(way: &Way<'_>, id: &ObjectId) -> Vec<Step> {
    let (from, to) = (way.from, way.to);
    let create = || object(to, id).into_iter().map(Step::new);
    if way.is_made(id) {
        let mut steps = Vec::new();
        if id.kind == ObjectKind::Type && way.remade.contains(id) {
            steps.extend(from.types.get(&id.name).map(|old| {
                let name = qualified(&old.namespace, &old.name);
                let aside = ident(&format!("{}{OLD}", old.name));
                Step::new(format!("ALTER TYPE {name} RENAME TO {aside}"))
            }));
        }
        steps.extend(create());
        return steps;
    }
    match id.kind {
        ObjectKind::Type => pair(&from.types, &to.types, &id.name)
            .map(|(old, new)| objects::alter_type(old, new))
            .unwrap_or_default(),
        ObjectKind::Sequence => pair(&from.sequences, &to.sequences, &id.name)
            .and_then(|(old, new)| objects::alter_sequence(old, new))
            .into_iter()
            .collect(),
        ObjectKind::Table => way
            .change(&id.name)
            .map(|change| change.steps())
            .unwrap_or_default(),
        ObjectKind::View | ObjectKind::Routine if way.replaced.contains(id) => create()
            .map(|step| {
                let sql = step.sql;
                // A routine is printed with its OR REPLACE.
                Step::new(match sql.strip_prefix("CREATE VIEW") {
                    Some(rest) => format!("CREATE OR REPLACE VIEW{rest}"),
                    None => sql,
                })
            })
            .collect(),
        ObjectKind::View | ObjectKind::Routine => Vec::new(),
    }
}

/// What stands under a name on both sides.
fn pair<'a, T>(
    from: &'a BTreeMap<String, T>,
    to: &'a BTreeMap<String, T>,
    name: &str,
) -> Option<(&'a T, &'a T)> {
    from.get(name).zip(to.get(name))
}

/// What is no more, once nothing needs it.
fn clear(way: &Way<'_>) -> Vec<Step> {
    let (from, to) = (way.from, way.to);
    let mut steps = Vec::new();
    for id in order::creation(from).iter().rev() {
        if way.is_dropped(id) && !way.early.contains(id) {
            steps.extend(drop_object(from, id));
        }
        if id.kind == ObjectKind::Type && way.remade.contains(id) {
            steps.extend(from.types.get(&id.name).map(|old| {
                let name = qualified(&old.namespace, &format!("{}{OLD}", old.name));
                Step::new(format!("DROP TYPE {name}"))
            }));
        }
    }
    for name in from.extensions.keys() {
        if !to.extensions.contains_key(name) {
            steps.push(Step::new(format!("DROP EXTENSION {}", ident(name))));
        }
    }
    for name in from.namespaces.keys() {
        if !to.namespaces.contains_key(name) {
            steps.push(Step::new(format!("DROP SCHEMA {}", ident(name))));
        }
    }
    steps
}

fn drop_object(schema: &Schema, id: &ObjectId) -> Option<Step> {
    Some(match id.kind {
        ObjectKind::Type => {
            let made = schema.types.get(&id.name)?;
            let name = qualified(&made.namespace, &made.name);
            Step::new(format!("DROP TYPE {name}"))
        }
        ObjectKind::Sequence => {
            let made = schema.sequences.get(&id.name)?;
            let name = qualified(&made.namespace, &made.name);
            // One that a column owned went with the column.
            let if_exists = if made.owned_by.is_some() {
                "IF EXISTS "
            } else {
                ""
            };
            Step::losing(
                format!("DROP SEQUENCE {if_exists}{name}"),
                format!("where the sequence {} stands", id.name),
            )
        }
        ObjectKind::Table => {
            let name = table_name(schema.tables.get(&id.name)?);
            Step::losing(
                format!("DROP TABLE {name}"),
                format!("the rows of {}", id.name),
            )
        }
        ObjectKind::View => {
            let made = schema.views.get(&id.name)?;
            let kind = if made.materialized {
                "MATERIALIZED VIEW"
            } else {
                "VIEW"
            };
            let name = qualified(&made.namespace, &made.name);
            Step::new(format!("DROP {kind} {name}"))
        }
        ObjectKind::Routine => {
            let made = schema.routines.get(&id.name)?;
            let kind = if made.procedure {
                "PROCEDURE"
            } else {
                "FUNCTION"
            };
            let name = qualified(&made.namespace, &made.name);
            Step::new(format!("DROP {kind} {name}({})", made.arguments))
        }
    })
}

impl Way<'_> {
    /// Members in the way, the last first; then defaults; then views and routines.
    fn take_down(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = self
            .old_atoms
            .iter()
            .rev()
            .filter(|atom| self.falls(atom))
            .flat_map(|atom| self.down(atom))
            .collect();
        for name in self.columns.keys() {
            steps.extend(self.change(name).iter().flat_map(Change::before));
        }
        for id in order::creation(self.from).iter().rev() {
            if self.early.contains(id) {
                steps.extend(drop_object(self.from, id));
            }
        }
        steps
    }

    fn put_up(&self) -> Vec<Step> {
        let rising = self.new_atoms.iter().filter(|atom| self.rises(atom));
        rising.flat_map(|atom| self.up(atom)).collect()
    }

    fn up(&self, atom: &Atom) -> Vec<Step> {
        match self.form {
            Form::Online if !self.is_made(&atom.owner) => online::up(self, atom),
            Form::Online | Form::Plain => atom.create.iter().map(Step::new).collect(),
        }
    }

    fn down(&self, atom: &Atom) -> Vec<Step> {
        match self.form {
            Form::Online if !self.goes(&atom.owner) => online::down(self, atom),
            Form::Online | Form::Plain => atom.drop.iter().map(Step::new).collect(),
        }
    }

    fn change(&self, table: &str) -> Option<Change<'_>> {
        Some(Change {
            schemas: (self.from, self.to),
            tables: (self.from.tables.get(table)?, self.to.tables.get(table)?),
            columns: self.columns.get(table)?,
            remade: &self.remade_names,
            form: self.form,
        })
    }

    /// Whether a member is taken down by a statement of its own.
    fn falls(&self, atom: &Atom) -> bool {
        let owner_stays = !self.goes(&atom.owner);
        let replaced = matches!(atom.kind, AtomKind::Comment | AtomKind::ColumnSetting)
            && self.new_ids.contains(&atom.id());
        // Two tables that refer to each other can only be dropped without their keys.
        let in_the_way = atom.kind == AtomKind::ForeignKey;
        self.fallen.contains(&atom.id())
            && (owner_stays || in_the_way)
            && !replaced
            && !self.carried.contains(&atom.id())
            && !self.goes_along(atom, &self.fallen)
    }

    /// Whether a partition has it from its partitioned table, to which it belongs before and after.
    fn goes_along(&self, atom: &Atom, moved: &BTreeSet<AtomId>) -> bool {
        let partition = (AtomKind::Partition, atom.owner.clone(), String::new());
        atom.follows && !moved.contains(&partition)
    }

    fn rises(&self, atom: &Atom) -> bool {
        let made = self.is_made(&atom.owner);
        // Of a child that stays, each column is compared by itself.
        let own = atom.kind != AtomKind::Inherited;
        !(atom.inline && made)
            && (made
                || own && self.risen.contains(&atom.id()) && !self.goes_along(atom, &self.risen))
    }
}

/// Members by what identifies them.
fn by_id(atoms: &[Atom]) -> BTreeMap<AtomId, &Atom> {
    atoms.iter().map(|atom| (atom.id(), atom)).collect()
}

/// The names of objects as they stand in the server's texts.
fn names(schema: &Schema, ids: &BTreeSet<ObjectId>) -> BTreeSet<(String, String)> {
    let mut names = BTreeSet::new();
    for id in ids {
        names.extend(match id.kind {
            ObjectKind::Type => schema
                .types
                .get(&id.name)
                .map(|made| (made.namespace.clone(), made.name.clone())),
            ObjectKind::Sequence => schema
                .sequences
                .get(&id.name)
                .map(|made| (made.namespace.clone(), made.name.clone())),
            ObjectKind::Table => schema
                .tables
                .get(&id.name)
                .map(|made| (made.namespace.clone(), made.name.clone())),
            ObjectKind::View => schema
                .views
                .get(&id.name)
                .map(|made| (made.namespace.clone(), made.name.clone())),
            ObjectKind::Routine => schema
                .routines
                .get(&id.name)
                .map(|made| (made.namespace.clone(), made.name.clone())),
        });
    }
    names
}
