//! The forms of PostgreSQL that keep nobody waiting for longer than a moment: indexes CONCURRENTLY,
//! constraints NOT VALID and validated later, NOT NULL over a check. What a table that is made in the
//! same change needs, needs none of this.

use cargo_backend_shared::schema::{ConstraintKind, ObjectKind, Table};

use super::super::{Stage, Step};
use super::exchange;
use super::way::Way;
use crate::ddl::postgres::atoms::{Atom, AtomKind};
use crate::ddl::postgres::ident;
use crate::ddl::postgres::words::mentioned;

/// What an index is called while its successor is built.
const OLD: &str = "__old";
/// The check that stands in for NOT NULL until it is validated.
const NOT_NULL: &str = "__not_null";

/// Puts up a member of a table that is in use.
pub(super) fn up(way: &Way<'_>, atom: &Atom) -> Vec<Step> {
    let plain = || atom.create.iter().map(Step::new);
    let table = match atom.owner.kind {
        ObjectKind::Table => way.to.tables.get(&atom.owner.name),
        ObjectKind::Type | ObjectKind::Sequence | ObjectKind::View | ObjectKind::Routine => None,
    };
    let Some(table) = table.filter(|table| table.partition_by.is_none()) else {
        // What stands on the indexes of partitions waits for them.
        let waits = matches!(atom.kind, AtomKind::PartitionIndex | AtomKind::Comment);
        return if waits {
            waiting(way, plain())
        } else {
            plain().collect()
        };
    };
    let columns = way.columns.get(&atom.owner.name);
    let exchanged = columns.filter(|columns| columns.exchanged().next().is_some());
    match atom.kind {
        AtomKind::Index | AtomKind::Constraint
            if let Some((build, clone)) =
                exchanged.and_then(|columns| exchange::clone(columns, table, &atom.name)) =>
        {
            let clone = ident(&clone);
            let put = if atom.kind == AtomKind::Constraint {
                using_index(table, atom, &clone)
            } else {
                let (namespace, name) = (ident(&table.namespace), ident(&atom.name));
                let rename = format!("ALTER INDEX {namespace}.{clone} RENAME TO {name}");
                vec![Step::new(rename)]
            };
            std::iter::once(build).chain(put).collect()
        }
        AtomKind::Index => plain()
            .map(|step| step.concurrently().at(Stage::Build))
            .collect(),
        AtomKind::Constraint => constraint(table, atom),
        // It was there before, and new rows are never without it.
        AtomKind::Check | AtomKind::ForeignKey if way.is_exchanged(atom) => {
            not_valid(atom, Stage::Main)
        }
        AtomKind::Check | AtomKind::ForeignKey => not_valid(atom, Stage::Attach),
        AtomKind::PartitionIndex | AtomKind::TableSetting | AtomKind::Comment => {
            waiting(way, plain())
        }
        AtomKind::Inherited
        | AtomKind::ColumnSetting
        | AtomKind::Partition
        | AtomKind::SequenceOwner
        | AtomKind::Trigger
        | AtomKind::Policy
        | AtomKind::RowSecurity
        | AtomKind::Statistics => plain().collect(),
    }
}

/// After the indexes, where there may be one to wait for.
fn waiting(way: &Way<'_>, steps: impl Iterator<Item = Step>) -> Vec<Step> {
    let built = way.risen.iter().any(|(kind, _, _)| {
        matches!(
            kind,
            AtomKind::Index | AtomKind::Constraint | AtomKind::Check | AtomKind::ForeignKey
        )
    });
    let stage = if built { Stage::Attach } else { Stage::Main };
    steps.map(|step| step.at(stage)).collect()
}

/// A unique index that is built beside, and becomes the constraint.
fn constraint(table: &Table, atom: &Atom) -> Vec<Step> {
    let plain = || {
        atom.create
            .iter()
            .map(|sql| Step::new(sql).at(Stage::Attach))
    };
    let Some(index) = table.indexes.get(&atom.name) else {
        return plain().collect();
    };
    let attach = using_index(table, atom, &ident(&atom.name));
    if attach.is_empty() {
        // There is no other way.
        return plain().collect();
    }
    let build = Step::new(&index.definition).concurrently().at(Stage::Build);
    std::iter::once(build)
        .chain(attach.into_iter().map(|step| step.at(Stage::Attach)))
        .collect()
}

/// A primary key or unique constraint out of an index that is there; it takes the constraint's name.
/// None for an exclusion constraint.
fn using_index(table: &Table, atom: &Atom, index: &str) -> Vec<Step> {
    let Some(made) = table.constraints.get(&atom.name) else {
        return Vec::new();
    };
    let word = match made.kind {
        ConstraintKind::PrimaryKey => "PRIMARY KEY",
        ConstraintKind::Unique => "UNIQUE",
        ConstraintKind::Exclusion => return Vec::new(),
    };
    let later = made.definition.find(" DEFERRABLE");
    let later = later.map_or("", |place| &made.definition[place..]);
    let name = ident(&atom.name);
    let attach = atom.create.iter().filter_map(|sql| {
        let (head, _) = sql.split_once(" ADD CONSTRAINT ")?;
        Some(Step::new(format!(
            "{head} ADD CONSTRAINT {name} {word} USING INDEX {index}{later}"
        )))
    });
    attach.collect()
}

/// A constraint for new rows at once, and for the others when they have been looked at.
fn not_valid(atom: &Atom, stage: Stage) -> Vec<Step> {
    let mut steps = Vec::new();
    for sql in &atom.create {
        if sql.ends_with(" NOT VALID") {
            steps.push(Step::new(sql).at(stage));
            continue;
        }
        steps.push(Step::new(format!("{sql} NOT VALID")).at(stage));
        if let Some((head, _)) = sql.split_once(" ADD CONSTRAINT ") {
            let validate = format!("{head} VALIDATE CONSTRAINT {}", ident(&atom.name));
            steps.push(Step::new(validate).at(Stage::Validate));
        }
    }
    steps
}

/// NOT NULL without a look at all rows under a lock: the server takes a valid check for it
/// (PostgreSQL 12).
pub(super) fn not_null(table: &str, column: &str) -> Vec<Step> {
    let check = ident(&shortened(column, NOT_NULL));
    let column = ident(column);
    let alter = format!("ALTER TABLE {table}");
    vec![
        Step::new(format!(
            "{alter} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID"
        ))
        .at(Stage::Attach),
        Step::new(format!("{alter} VALIDATE CONSTRAINT {check}")).at(Stage::Validate),
        Step::new(format!("{alter} ALTER COLUMN {column} SET NOT NULL")).at(Stage::Finish),
        Step::new(format!("{alter} DROP CONSTRAINT {check}")).at(Stage::Finish),
    ]
}

/// The longest name, in bytes (`NAMEDATALEN` - 1).
pub(super) const NAME_BYTES: usize = 63;

/// A name with an ending, within the 63 bytes of PostgreSQL.
pub(super) fn shortened(name: &str, ending: &str) -> String {
    let mut name = name.to_owned();
    while name.len() + ending.len() > NAME_BYTES {
        name.pop();
    }
    format!("{name}{ending}")
}

/// Takes down a member of a table that stays in use.
pub(super) fn down(way: &Way<'_>, atom: &Atom) -> Vec<Step> {
    let plain = || atom.drop.iter().map(Step::new).collect();
    let table = match (atom.kind, atom.owner.kind) {
        (AtomKind::Index, ObjectKind::Table) => way.from.tables.get(&atom.owner.name),
        _ => None,
    };
    let (Some(table), Some(drop)) = (table, &atom.drop) else {
        return plain();
    };
    let columns = way.columns.get(&atom.owner.name);
    let moved = columns.is_some_and(|columns| !columns.gone().is_empty() || columns.moves_views());
    let part = table.indexes.get(&atom.name);
    let part = part.is_some_and(|index| index.partition_of.is_some());
    let text = atom.create.join("\n");
    let needs_what_goes = !mentioned(&text).is_disjoint(&way.gone_names());
    if moved || part || needs_what_goes || table.partition_by.is_some() {
        return plain();
    }
    if !way.new_ids.contains(&atom.id()) {
        return vec![Step::new(drop).concurrently().at(Stage::Drop)];
    }
    // Its successor has the same name, and must be there first.
    let Some(name) = drop.strip_prefix("DROP INDEX ") else {
        return plain();
    };
    let aside = shortened(&atom.name, OLD);
    let namespace = ident(&table.namespace);
    vec![
        Step::new(format!("ALTER INDEX {name} RENAME TO {}", ident(&aside))),
        Step::new(format!(
            "DROP INDEX CONCURRENTLY {namespace}.{}",
            ident(&aside)
        ))
        .at(Stage::Drop),
    ]
}
