//! What has to be made first: Kahn's topological sort over the dependencies that the server keeps.

use std::collections::{BTreeMap, BTreeSet};

use cargo_backend_shared::schema::{ObjectId, ObjectKind, Schema};

/// Types, sequences, tables, views and routines in an order in which each finds what it needs. Among
/// those that are ready, kind and name decide, so that equal schemas have equal texts. What needs
/// itself in a circle comes last.
pub(crate) fn creation(schema: &Schema) -> Vec<ObjectId> {
    let mut waiting: BTreeMap<ObjectId, BTreeSet<ObjectId>> = objects(schema)
        .into_iter()
        .map(|id| (id, BTreeSet::new()))
        .collect();
    for (object, needs) in needs(schema) {
        let known: Vec<ObjectId> = needs
            .into_iter()
            .filter(|on| waiting.contains_key(on))
            .collect();
        if let Some(waits) = waiting.get_mut(&object) {
            waits.extend(known.into_iter().filter(|on| *on != object));
        }
    }
    let mut blocks: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
    for (object, needs) in &waiting {
        for on in needs {
            blocks.entry(on.clone()).or_default().push(object.clone());
        }
    }
    let mut ready: BTreeSet<ObjectId> = waiting
        .iter()
        .filter(|(_, needs)| needs.is_empty())
        .map(|(object, _)| object.clone())
        .collect();
    let mut order = Vec::with_capacity(waiting.len());
    while let Some(next) = ready.pop_first() {
        for blocked in blocks.remove(&next).unwrap_or_default() {
            if let Some(needs) = waiting.get_mut(&blocked) {
                needs.remove(&next);
                if needs.is_empty() {
                    ready.insert(blocked);
                }
            }
        }
        waiting.remove(&next);
        order.push(next);
    }
    order.extend(waiting.into_keys());
    order
}

fn objects(schema: &Schema) -> Vec<ObjectId> {
    let kinds = [
        (ObjectKind::Type, schema.types.keys().collect::<Vec<_>>()),
        (ObjectKind::Sequence, schema.sequences.keys().collect()),
        (ObjectKind::Table, schema.tables.keys().collect()),
        (ObjectKind::View, schema.views.keys().collect()),
        (ObjectKind::Routine, schema.routines.keys().collect()),
    ];
    kinds
        .into_iter()
        .flat_map(|(kind, names)| names.into_iter().map(move |name| ObjectId::new(kind, name)))
        .collect()
}

/// What the server keeps, and that children need their parents.
fn needs(schema: &Schema) -> Vec<(ObjectId, Vec<ObjectId>)> {
    let kept = schema
        .dependencies
        .iter()
        .map(|(object, needs)| (object.clone(), needs.iter().cloned().collect()));
    let parents = schema.tables.iter().map(|(name, table)| {
        let partitioned = table.partition_of.as_ref().map(|part| &part.parent);
        let parents = table.inherits.iter().chain(partitioned);
        (
            ObjectId::new(ObjectKind::Table, name),
            parents
                .map(|parent| ObjectId::new(ObjectKind::Table, parent))
                .collect(),
        )
    });
    kept.chain(parents).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cargo_backend_shared::database_url::Dialect;
    use cargo_backend_shared::schema::Table;

    fn id(kind: ObjectKind, name: &str) -> ObjectId {
        ObjectId::new(kind, name)
    }

    fn ordered(needs: &[(&str, &str)]) -> Vec<String> {
        let mut schema = Schema::new(Dialect::Postgres);
        for name in ["a", "b", "c"] {
            schema.tables.insert(name.to_owned(), Table::new("", name));
        }
        for (object, on) in needs {
            schema
                .dependencies
                .entry(id(ObjectKind::Table, object))
                .or_default()
                .insert(id(ObjectKind::Table, on));
        }
        creation(&schema).into_iter().map(|id| id.name).collect()
    }

    #[test]
    fn what_is_needed_comes_first_and_names_decide_the_rest() {
        assert_eq!(ordered(&[]), ["a", "b", "c"]);
        assert_eq!(ordered(&[("a", "c"), ("b", "a")]), ["c", "a", "b"]);
    }

    #[test]
    fn a_circle_comes_last_and_loses_nothing() {
        assert_eq!(ordered(&[("a", "b"), ("b", "a")]), ["c", "a", "b"]);
    }
}
