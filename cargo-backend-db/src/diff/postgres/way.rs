//! What has to go, what has to be made anew, and what can stay: decided before a statement is written.

use std::collections::{BTreeMap, BTreeSet};

use cargo_backend_shared::schema::{ObjectId, ObjectKind, Schema};

use super::super::Form;
use super::fate::{Columns, decide};
use super::{exchange, names, objects, pair};
use crate::ddl::postgres::atoms::{Atom, AtomId, atoms};

type Name = (String, String);

/// The decisions.
pub(super) struct Way<'a> {
    pub(super) from: &'a Schema,
    pub(super) to: &'a Schema,
    pub(super) form: Form,
    /// Objects on both sides that are dropped and made again.
    pub(super) remade: BTreeSet<ObjectId>,
    /// The types and routines among them, as they stand in texts.
    pub(super) remade_names: BTreeSet<Name>,
    /// Views and routines that CREATE OR REPLACE changes.
    pub(super) replaced: BTreeSet<ObjectId>,
    /// Objects that go before anything is made.
    pub(super) early: BTreeSet<ObjectId>,
    /// The tables that stay.
    pub(super) columns: BTreeMap<String, Columns>,
    pub(super) old_atoms: Vec<Atom>,
    pub(super) new_atoms: Vec<Atom>,
    pub(super) new_ids: BTreeSet<AtomId>,
    /// Members that are taken down.
    pub(super) fallen: BTreeSet<AtomId>,
    /// Those that go with the index of their partitioned table.
    pub(super) carried: BTreeSet<AtomId>,
    /// Members of objects that stay which are put up.
    pub(super) risen: BTreeSet<AtomId>,
}

impl<'a> Way<'a> {
    pub(super) fn new(from: &'a Schema, to: &'a Schema, form: Form) -> Self {
        let new_atoms = atoms(to);
        let mut way = Self {
            from,
            to,
            form,
            remade: BTreeSet::new(),
            remade_names: BTreeSet::new(),
            replaced: BTreeSet::new(),
            early: BTreeSet::new(),
            columns: BTreeMap::new(),
            old_atoms: atoms(from),
            new_ids: new_atoms.iter().map(Atom::id).collect(),
            new_atoms,
            fallen: BTreeSet::new(),
            carried: BTreeSet::new(),
            risen: BTreeSet::new(),
        };
        way.objects();
        way.replaced = way.changed().difference(&way.remade).cloned().collect();
        way.early = way.early_drops();
        way.fall();
        way.rise();
        way
    }

    fn is_in(schema: &Schema, id: &ObjectId) -> bool {
        match id.kind {
            ObjectKind::Type => schema.types.contains_key(&id.name),
            ObjectKind::Sequence => schema.sequences.contains_key(&id.name),
            ObjectKind::Table => schema.tables.contains_key(&id.name),
            ObjectKind::View => schema.views.contains_key(&id.name),
            ObjectKind::Routine => schema.routines.contains_key(&id.name),
        }
    }

    pub(super) fn is_dropped(&self, id: &ObjectId) -> bool {
        Self::is_in(self.from, id) && !Self::is_in(self.to, id)
    }

    /// Whether it is created, anew or again.
    pub(super) fn is_made(&self, id: &ObjectId) -> bool {
        Self::is_in(self.to, id) && (!Self::is_in(self.from, id) || self.remade.contains(id))
    }

    /// Whether it is dropped, for good or to come back.
    pub(super) fn goes(&self, id: &ObjectId) -> bool {
        self.is_dropped(id) || self.remade.contains(id)
    }

    /// The types and routines that are no more, as they stand in texts.
    pub(super) fn gone_names(&self) -> BTreeSet<Name> {
        let types = self.from.types.keys();
        let types = types.map(|name| ObjectId::new(ObjectKind::Type, name));
        let routines = self.from.routines.keys();
        let routines = routines.map(|name| ObjectId::new(ObjectKind::Routine, name));
        let gone = types.chain(routines).filter(|id| self.goes(id));
        names(self.from, &gone.collect())
    }

    /// Views and routines on both sides that differ.
    fn changed(&self) -> BTreeSet<ObjectId> {
        let views = self.from.views.iter().filter(|(name, old)| {
            self.to.views.get(*name).is_some_and(|new| {
                (&old.definition, &old.options, old.materialized)
                    != (&new.definition, &new.options, new.materialized)
            })
        });
        let routines = self.from.routines.iter().filter(|(name, old)| {
            let new = self.to.routines.get(*name);
            new.is_some_and(|new| new.definition != old.definition)
        });
        let views = views.map(|(name, _)| ObjectId::new(ObjectKind::View, name));
        let routines = routines.map(|(name, _)| ObjectId::new(ObjectKind::Routine, name));
        views.chain(routines).collect()
    }

    /// Whether an object on both sides cannot be changed in place.
    fn has_to_be_remade(&self, id: &ObjectId) -> bool {
        let name = &id.name;
        let (from, to) = (self.from, self.to);
        match id.kind {
            ObjectKind::Type => pair(&from.types, &to.types, name)
                .is_some_and(|(old, new)| !objects::type_alters(from, old, new)),
            ObjectKind::Sequence => false,
            ObjectKind::Table => pair(&from.tables, &to.tables, name)
                .is_some_and(|(old, new)| old.partition_by != new.partition_by),
            ObjectKind::View => pair(&from.views, &to.views, name)
                .is_some_and(|(old, new)| !objects::view_replaces(old, new)),
            ObjectKind::Routine => pair(&from.routines, &to.routines, name)
                .is_some_and(|(old, new)| !objects::routine_replaces(old, new)),
        }
    }

    /// Finds what has to be made anew, with everything that stands on it.
    fn objects(&mut self) {
        let changed = self.changed();
        let tables = self.from.tables.iter().filter(|(name, old)| {
            let new = self.to.tables.get(*name);
            new.is_some_and(|new| *old != new)
        });
        let tables = tables.map(|(name, _)| ObjectId::new(ObjectKind::Table, name));
        let types = self.from.types.iter().filter(|(name, old)| {
            let new = self.to.types.get(*name);
            new.is_some_and(|new| new.form != old.form)
        });
        let types = types.map(|(name, _)| ObjectId::new(ObjectKind::Type, name));
        let candidates: Vec<ObjectId> =
            changed.iter().cloned().chain(tables).chain(types).collect();
        let candidates = candidates.into_iter();
        self.remade = candidates.filter(|id| self.has_to_be_remade(id)).collect();
        loop {
            self.remade_names = names(self.from, &self.remade);
            self.columns = self.tables();
            let next = self.dependents(&changed);
            let before = self.remade.len();
            self.remade.extend(next);
            if self.remade.len() == before {
                return;
            }
        }
    }

    /// What happens to the columns of each table that stays.
    fn tables(&self) -> BTreeMap<String, Columns> {
        let mut all = BTreeMap::new();
        for (name, old) in &self.from.tables {
            let id = ObjectId::new(ObjectKind::Table, name);
            if let (Some(new), false) = (self.to.tables.get(name), self.remade.contains(&id)) {
                let mut columns = decide(old, new, &self.remade_names);
                if self.form == Form::Online {
                    exchange::mark(&mut columns, self.from, old, new);
                }
                all.insert(name.clone(), columns);
            }
        }
        all
    }

    /// Views, routines and types on both sides that stand on what is made anew, or on columns that
    /// move under them.
    fn dependents(&self, changed: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
        let mut found = Vec::new();
        for (object, needs) in &self.from.dependencies {
            if object.kind == ObjectKind::Table || !Self::is_in(self.to, object) {
                continue;
            }
            let moved = needs.iter().any(|on| match self.columns.get(&on.name) {
                _ if self.goes(on) => true,
                Some(columns) if on.kind == ObjectKind::Table => {
                    self.reads(object)
                        && (columns.moves_views()
                            || !columns.dropped.is_empty() && changed.contains(object))
                }
                _ => false,
            });
            if moved {
                found.push(object.clone());
            }
        }
        found
    }

    /// Whether the server keeps which columns it reads: views do, and routines whose body is no
    /// string.
    fn reads(&self, id: &ObjectId) -> bool {
        match id.kind {
            ObjectKind::View => true,
            ObjectKind::Routine => self
                .from
                .routines
                .get(&id.name)
                .is_some_and(|routine| !routine.definition.contains("AS $")),
            ObjectKind::Type | ObjectKind::Sequence | ObjectKind::Table => false,
        }
    }

    fn early_drops(&self) -> BTreeSet<ObjectId> {
        let mut early = BTreeSet::new();
        for name in self.from.views.keys() {
            early.insert(ObjectId::new(ObjectKind::View, name));
        }
        let wanted = self.wanted_names();
        for (name, table) in &self.from.tables {
            let id = ObjectId::new(ObjectKind::Table, name);
            let own = std::iter::once(&table.name).chain(table.indexes.keys());
            let clashes = own
                .into_iter()
                .any(|own| wanted.contains(&(table.namespace.clone(), own.clone())));
            if self.remade.contains(&id) || clashes {
                early.insert(id);
            }
        }
        for (name, sequence) in &self.from.sequences {
            if wanted.contains(&(sequence.namespace.clone(), sequence.name.clone())) {
                early.insert(ObjectId::new(ObjectKind::Sequence, name));
            }
        }
        early.retain(|id| self.goes(id));
        // A routine stays as long as it may: defaults and checks may need it.
        for name in self.from.routines.keys() {
            let id = ObjectId::new(ObjectKind::Routine, name);
            let needs = self.from.dependencies.get(&id);
            let blocks = needs.is_some_and(|needs| needs.iter().any(|on| early.contains(on)));
            if self.remade.contains(&id) || self.is_dropped(&id) && blocks {
                early.insert(id);
            }
        }
        early
    }

    /// The names that new relations take before the old ones are gone.
    fn wanted_names(&self) -> BTreeSet<Name> {
        let mut wanted = BTreeSet::new();
        let mut want = |namespace: &str, name: &str| {
            wanted.insert((namespace.to_owned(), name.to_owned()));
        };
        for (name, table) in &self.to.tables {
            if self.is_made(&ObjectId::new(ObjectKind::Table, name)) {
                want(&table.namespace, &table.name);
                for constraint in table.constraints.keys() {
                    want(&table.namespace, constraint);
                }
            }
        }
        for (name, view) in &self.to.views {
            if self.is_made(&ObjectId::new(ObjectKind::View, name)) {
                want(&view.namespace, &view.name);
            }
        }
        for (name, made) in &self.to.sequences {
            if self.is_made(&ObjectId::new(ObjectKind::Sequence, name)) {
                want(&made.namespace, &made.name);
            }
        }
        for (name, made) in &self.to.types {
            if self.is_made(&ObjectId::new(ObjectKind::Type, name)) {
                want(&made.namespace, &made.name);
            }
        }
        wanted
    }
}
