//! Which members of tables, views and types are taken down, and which are put up.

use std::collections::BTreeSet;

use cargo_backend_shared::schema::{ObjectId, ObjectKind, Table, key};

use super::by_id;
use super::way::Way;
use crate::ddl::postgres::atoms::{Atom, AtomId, AtomKind};
use crate::ddl::postgres::words::{mentioned, words};

impl<'a> Way<'a> {
    fn owner_table(&self, atom: &Atom) -> Option<&'a Table> {
        match atom.owner.kind {
            ObjectKind::Table => self.from.tables.get(&atom.owner.name),
            ObjectKind::Type | ObjectKind::Sequence | ObjectKind::View | ObjectKind::Routine => {
                None
            }
        }
    }

    /// Decides which members go.
    pub(super) fn fall(&mut self) {
        let after = by_id(&self.new_atoms);
        let mut fallen: BTreeSet<AtomId> = self
            .old_atoms
            .iter()
            .filter(|atom| {
                let new = after.get(&atom.id());
                new.is_none_or(|new| new.create != atom.create) || self.is_moved(atom)
            })
            .map(Atom::id)
            .collect();
        fallen.extend(self.detached());
        loop {
            let below = self.above_fallen(&fallen);
            let more: Vec<AtomId> = self
                .old_atoms
                .iter()
                .filter(|atom| !fallen.contains(&atom.id()))
                .filter(|atom| below.contains(&atom.id()) || self.is_dragged(atom, &fallen))
                .map(Atom::id)
                .collect();
            if more.is_empty() {
                break;
            }
            fallen.extend(more);
        }
        let carried = self.old_atoms.iter().filter(|atom| {
            fallen.contains(&atom.id())
                && self
                    .above(atom)
                    .is_some_and(|above| fallen.contains(&above))
                && !fallen.contains(&(AtomKind::Partition, atom.owner.clone(), String::new()))
        });
        self.carried = carried.map(Atom::id).collect();
        self.fallen = fallen;
    }

    /// Indexes and constraints of partitioned tables of which one of a partition falls that stays a
    /// partition.
    fn above_fallen(&self, fallen: &BTreeSet<AtomId>) -> BTreeSet<AtomId> {
        let below = self.old_atoms.iter().filter(|below| {
            let partition = (AtomKind::Partition, below.owner.clone(), String::new());
            fallen.contains(&below.id()) && !self.goes(&below.owner) && !fallen.contains(&partition)
        });
        below.filter_map(|below| self.above(below)).collect()
    }

    /// Indexes of partitioned tables that lose one of a partition: the server cannot take it off.
    fn detached(&self) -> Vec<AtomId> {
        let parts = self.old_atoms.iter().filter(|atom| {
            let partition = (AtomKind::Partition, atom.owner.clone(), String::new());
            atom.kind == AtomKind::PartitionIndex
                && !self.new_ids.contains(&atom.id())
                && self.new_ids.contains(&partition)
        });
        let indexes = parts.flat_map(|part| {
            let own = move |atom: &&Atom| {
                matches!(atom.kind, AtomKind::Index | AtomKind::Constraint)
                    && atom.owner == part.owner
                    && atom.name == part.name
            };
            self.old_atoms.iter().filter(own)
        });
        indexes.filter_map(|index| self.above(index)).collect()
    }

    /// Whether an unchanged member is in the way of its own object's change.
    fn is_moved(&self, atom: &Atom) -> bool {
        let text = atom.create.join("\n");
        if atom.kind == AtomKind::Comment {
            return false;
        }
        if !mentioned(&text).is_disjoint(&self.remade_names) {
            return true;
        }
        if let (AtomKind::SequenceOwner, Some(sequence)) =
            (atom.kind, self.from.sequences.get(&atom.owner.name))
        {
            let owner = sequence.owned_by.as_ref();
            return owner.is_some_and(|(table, column)| {
                let columns = self.columns.get(table);
                columns.is_some_and(|columns| columns.gone().contains(column))
            });
        }
        let Some(columns) = self.columns.get(&atom.owner.name) else {
            return false;
        };
        if atom.owner.kind != ObjectKind::Table {
            return false;
        }
        let words = words(&text);
        let gone = columns.gone().iter().any(|column| words.contains(*column));
        let retyped = columns.retyped().any(|column| words.contains(column));
        match atom.kind {
            AtomKind::Trigger | AtomKind::Policy => gone || retyped,
            AtomKind::ColumnSetting
            | AtomKind::Constraint
            | AtomKind::Check
            | AtomKind::Index
            | AtomKind::Statistics => gone,
            AtomKind::ForeignKey => gone || retyped || self.refers_to_retyped(atom),
            AtomKind::Inherited
            | AtomKind::Partition
            | AtomKind::PartitionIndex
            | AtomKind::SequenceOwner
            | AtomKind::RowSecurity
            | AtomKind::TableSetting
            | AtomKind::Comment => false,
        }
    }

    fn refers_to_retyped(&self, atom: &Atom) -> bool {
        let keys = self.owner_table(atom).into_iter();
        let mut keys = keys.flat_map(|table| &table.foreign_keys);
        let key = keys.find(|key| key.name.as_ref() == Some(&atom.name));
        key.is_some_and(|key| {
            let columns = self.columns.get(&key.references_table);
            columns.is_some_and(|columns| {
                columns
                    .retyped()
                    .chain(columns.gone())
                    .any(|column| key.references_columns.contains(column))
            })
        })
    }

    /// Whether it comes back in the moment in which columns of its table, or of the table it refers
    /// to, change places.
    pub(super) fn is_exchanged(&self, atom: &Atom) -> bool {
        let keys = self.owner_table(atom).into_iter();
        let mut keys = keys.flat_map(|table| &table.foreign_keys);
        let key = keys.find(|key| key.name.as_ref() == Some(&atom.name));
        let target = key.filter(|_| atom.kind == AtomKind::ForeignKey);
        let tables = [
            Some(&atom.owner.name),
            target.map(|key| &key.references_table),
        ];
        let mut columns = tables.into_iter().flatten();
        self.fallen.contains(&atom.id())
            && columns.any(|table| {
                let columns = self.columns.get(table);
                columns.is_some_and(|columns| columns.exchanged().next().is_some())
            })
    }

    /// Whether it goes because another one goes.
    fn is_dragged(&self, atom: &Atom, fallen: &BTreeSet<AtomId>) -> bool {
        match atom.kind {
            AtomKind::ForeignKey => self.loses_its_target(atom, fallen),
            AtomKind::Index | AtomKind::Constraint => {
                let partition = (AtomKind::Partition, atom.owner.clone(), String::new());
                let attached = !fallen.contains(&partition) && !self.goes(&atom.owner);
                let above = self
                    .above(atom)
                    .is_some_and(|above| fallen.contains(&above));
                attached && above
            }
            AtomKind::Partition => self.owner_table(atom).is_some_and(|table| {
                let parent = table.partition_of.as_ref().map(|part| &part.parent);
                parent.is_some_and(|parent| {
                    self.goes(&ObjectId::new(ObjectKind::Table, parent)) && !self.goes(&atom.owner)
                })
            }),
            AtomKind::TableSetting => {
                let words = words(&atom.create.join("\n"));
                let mut members = fallen.iter();
                members.any(|(kind, owner, name)| {
                    matches!(kind, AtomKind::Index | AtomKind::Constraint)
                        && *owner == atom.owner
                        && words.contains(name)
                })
            }
            AtomKind::Inherited
            | AtomKind::ColumnSetting
            | AtomKind::Check
            | AtomKind::PartitionIndex
            | AtomKind::SequenceOwner
            | AtomKind::Trigger
            | AtomKind::Policy
            | AtomKind::RowSecurity
            | AtomKind::Statistics
            | AtomKind::Comment => false,
        }
    }

    /// Whether the table or the unique index that a foreign key needs goes.
    fn loses_its_target(&self, atom: &Atom, fallen: &BTreeSet<AtomId>) -> bool {
        let keys = self.owner_table(atom).into_iter();
        let mut keys = keys.flat_map(|table| &table.foreign_keys);
        let Some(foreign) = keys.find(|key| key.name.as_ref() == Some(&atom.name)) else {
            return false;
        };
        let target = ObjectId::new(ObjectKind::Table, &foreign.references_table);
        if self.goes(&target) {
            return true;
        }
        let indexes = self.from.tables.get(&foreign.references_table);
        let mut indexes = indexes.into_iter().flat_map(|table| table.indexes.values());
        indexes.any(|index| {
            let kind = if index.constraint {
                AtomKind::Constraint
            } else {
                AtomKind::Index
            };
            index.unique
                && index
                    .leading_columns()
                    .iter()
                    .all(|column| foreign.references_columns.iter().any(|key| key == column))
                && fallen.contains(&(kind, target.clone(), index.name.clone()))
        })
    }

    /// The index of the partitioned table that this one is a part of.
    fn above(&self, atom: &Atom) -> Option<AtomId> {
        if !matches!(atom.kind, AtomKind::Index | AtomKind::Constraint) {
            return None;
        }
        let table = self.owner_table(atom)?;
        let of = table.indexes.get(&atom.name)?.partition_of.as_ref()?;
        let parent_name = &table.partition_of.as_ref()?.parent;
        let parent = self.from.tables.get(parent_name)?;
        let mut indexes = parent.indexes.values();
        let index = indexes.find(|index| key(&parent.namespace, &index.name) == *of)?;
        let kind = if index.constraint {
            AtomKind::Constraint
        } else {
            AtomKind::Index
        };
        let owner = ObjectId::new(ObjectKind::Table, parent_name);
        Some((kind, owner, index.name.clone()))
    }

    /// Decides which members of objects that stay are put up.
    pub(super) fn rise(&mut self) {
        let before = by_id(&self.old_atoms);
        let mut risen: BTreeSet<AtomId> = self
            .new_atoms
            .iter()
            .filter(|atom| {
                let old = before.get(&atom.id());
                old.is_none_or(|old| old.create != atom.create) || self.fallen.contains(&atom.id())
            })
            .map(Atom::id)
            .collect();
        let mut with_it: Vec<AtomId> = Vec::new();
        let labels: BTreeSet<&String> = self
            .new_atoms
            .iter()
            .filter(|atom| risen.contains(&atom.id()))
            .filter_map(|atom| atom.label.as_ref())
            .collect();
        let indexes: BTreeSet<&String> = risen
            .iter()
            .filter(|(kind, _, _)| matches!(kind, AtomKind::Index | AtomKind::Constraint))
            .map(|(_, _, name)| name)
            .collect();
        for atom in &self.new_atoms {
            let back = match atom.kind {
                AtomKind::Comment => labels.contains(&atom.name) || self.is_on_readded_column(atom),
                AtomKind::PartitionIndex => {
                    let words = words(&atom.create.join("\n"));
                    words.iter().any(|word| indexes.contains(word))
                }
                AtomKind::ColumnSetting => self.is_on_readded_column(atom),
                AtomKind::Inherited
                | AtomKind::Constraint
                | AtomKind::Check
                | AtomKind::Index
                | AtomKind::Partition
                | AtomKind::ForeignKey
                | AtomKind::SequenceOwner
                | AtomKind::Trigger
                | AtomKind::Policy
                | AtomKind::RowSecurity
                | AtomKind::Statistics
                | AtomKind::TableSetting => false,
            };
            if back {
                with_it.push(atom.id());
            }
        }
        risen.extend(with_it);
        self.risen = risen;
    }

    fn is_on_readded_column(&self, atom: &Atom) -> bool {
        let columns = self.columns.get(&atom.owner.name);
        let columns = columns.filter(|_| atom.owner.kind == ObjectKind::Table);
        columns.is_some_and(|columns| {
            let words = words(&atom.create.join("\n"));
            columns.gone().iter().any(|column| words.contains(*column))
        })
    }
}
