//! Without a place to try indexes there is no proof. What the planner does today is known all the same:
//! where it reads a whole table for rows that one index would lead to, that index is named, and that
//! nothing proves it.

use std::collections::BTreeMap;

use cargo_backend_shared::schema::{Schema, Table};
use sqlx::mysql::MySqlConnection;

use super::session::{LEAST_ROWS, Session};
use super::values::{self, Pick};
use crate::advise::candidate::{Candidate, stands};
use crate::advise::explain_rows;
use crate::advise::need::Need;
use crate::advise::{Chosen, Found, Gain, Grounds, Planned};
use crate::sql::{Key, KeyPart};
use crate::workload::Query;

/// More key columns than this have not been seen to pay.
const KEYS: usize = 4;

/// Suggests from today's plans alone.
pub(in super::super) async fn search(
    live: &mut MySqlConnection,
    schema: &Schema,
    queries: &[Query],
    why: &str,
) -> anyhow::Result<Found> {
    let mut found: BTreeMap<Candidate, Vec<Gain>> = BTreeMap::new();
    let mut unplanned = Vec::new();
    for (query, Query { text, .. }) in queries.iter().enumerate() {
        let text = values::filled(&mut *live, schema, text, Pick::Any).await?;
        let (rows, reading) = match Session::new(&mut *live, schema).planned(&text).await? {
            Ok(planned) => planned,
            Err(fault) => {
                unplanned.push((query, fault));
                continue;
            }
        };
        for name in explain_rows::scanned(&rows, LEAST_ROWS) {
            let Some(name) = reading.names.get(&name.to_lowercase()) else {
                continue;
            };
            let index = (schema.tables.get(name))
                .zip(reading.needs.get(name))
                .and_then(|(table, need)| index(name, table, need));
            if let Some(index) = index {
                found.entry(index).or_default().push(Gain {
                    query,
                    before: Planned {
                        cost: None,
                        plan: explain_rows::words(&rows),
                    },
                    after: Planned::default(),
                    factor: None,
                });
            }
        }
    }
    let chosen = longest(found).into_iter().map(|(candidate, gains)| Chosen {
        candidate,
        tried_as: String::new(),
        bytes: None,
        writes: None,
        gains,
    });
    Ok(Found::Searched {
        chosen: chosen.collect(),
        unplanned,
        grounds: Grounds::Unproved(why.to_owned()),
    })
}

/// Equality first, then the order or one range.
fn index(name: &str, table: &Table, need: &Need) -> Option<Candidate> {
    let mut keys: Vec<Key> = need.equal.iter().map(ascending).collect();
    if keys.is_empty() {
        keys.extend(need.joined.iter().next().map(ascending));
    }
    if need.sort.is_empty() {
        keys.extend(need.range.iter().next().map(ascending));
    } else {
        let sort = need.sort.iter();
        keys.extend(sort.map(|(part, descending)| Key::new(part.clone(), *descending)));
    }
    let mut unique: Vec<Key> = Vec::new();
    for key in keys {
        if !unique.iter().any(|known| known.part == key.part) {
            unique.push(key);
        }
    }
    unique.truncate(KEYS);
    let candidate = Candidate {
        table: name.to_owned(),
        keys: unique,
        include: Vec::new(),
        predicate: None,
    };
    let fits = |key: &Key| match &key.part {
        KeyPart::Column(name) => table.columns.iter().any(|column| {
            // No index has all of a long text.
            let long = ["text", "blob", "json", "geometry"];
            column.name == *name && !long.iter().any(|long| column.r#type.contains(long))
        }),
        KeyPart::Expression(_) => false,
    };
    let good = !candidate.keys.is_empty() && candidate.keys.iter().all(fits);
    (good && !stands(table, &candidate)).then_some(candidate)
}

fn ascending(part: &KeyPart) -> Key {
    Key::new(part.clone(), false)
}

/// An index that begins like a longer one gives its statements to that.
fn longest(found: BTreeMap<Candidate, Vec<Gain>>) -> BTreeMap<Candidate, Vec<Gain>> {
    let mut kept: BTreeMap<Candidate, Vec<Gain>> = BTreeMap::new();
    // Backwards, so that the longer one comes first.
    for (candidate, gains) in found.into_iter().rev() {
        let longer = kept.iter_mut().find(|(other, _)| {
            other.table == candidate.table && other.keys.starts_with(&candidate.keys)
        });
        match longer {
            Some((_, known)) => known.extend(gains),
            None => drop(kept.insert(candidate, gains)),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::sample::{table, with_index};

    fn column(name: &str) -> KeyPart {
        KeyPart::Column(name.to_owned())
    }

    fn keys(candidate: &Candidate) -> Vec<&KeyPart> {
        candidate.keys.iter().map(|key| &key.part).collect()
    }

    #[test]
    fn equality_leads_and_the_order_follows() {
        let need = Need {
            equal: [column("b")].into(),
            range: [column("c")].into(),
            sort: vec![(column("b"), false), (column("d"), true)],
            ..Need::default()
        };
        let bare = table("t", &["a", "b", "c", "d"]);
        let found = index("t", &bare, &need).expect("an index");
        assert_eq!(keys(&found), [&column("b"), &column("d")]);
        let mut long = bare.clone();
        long.columns[1].r#type = "longtext".to_owned();
        assert_eq!(index("t", &long, &need), None);
        let equal = Need {
            equal: [column("b")].into(),
            ..Need::default()
        };
        let there = with_index(bare, "i", &["b", "a"]);
        assert_eq!(index("t", &there, &equal), None);
    }

    #[test]
    fn the_longer_index_serves_the_statements_of_the_shorter() {
        let candidate = |columns: &[&str]| Candidate {
            table: "t".to_owned(),
            keys: columns.iter().map(|name| Key::column(name)).collect(),
            include: Vec::new(),
            predicate: None,
        };
        let gain = |query| Gain {
            query,
            before: Planned::default(),
            after: Planned::default(),
            factor: None,
        };
        let found = BTreeMap::from([
            (candidate(&["a"]), vec![gain(1)]),
            (candidate(&["a", "b"]), vec![gain(2)]),
            (candidate(&["b"]), vec![gain(3)]),
        ]);
        let shown: Vec<(usize, usize)> = longest(found)
            .iter()
            .map(|(candidate, gains)| (candidate.keys.len(), gains.len()))
            .collect();
        assert_eq!(shown, [(2, 2), (1, 1)]);
    }
}
