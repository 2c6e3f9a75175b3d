//! Pairs of schemas: one at random, and the same after some changes at random. Everything that the
//! model knows can stand in them. A seed gives the same pair every time.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most kinds of columns and members have no words in most places"
)]

mod change;
mod make;
mod mariadb;
mod postgres;
mod sqlite;
mod world;

use std::collections::BTreeMap;

pub use mariadb::print as mariadb;
pub use postgres::print as postgres;
pub use sqlite::print as sqlite;
pub use world::World;

use change::change;

/// Two schemas, and what made the one into the other.
#[derive(Debug)]
pub struct Pair {
    /// The schema before.
    pub from: World,
    /// The schema after.
    pub to: World,
    /// The changes, by their kinds.
    pub changes: Vec<&'static str>,
}

/// The pair of a seed.
#[must_use]
pub fn pair(seed: u64) -> Pair {
    let mut random = fastrand::Rng::with_seed(seed);
    let from = World::make(&mut random);
    let mut to = from.clone();
    let count = random.usize(1..=6);
    let mut changes = Vec::new();
    while changes.len() < count {
        changes.extend(change(&mut to, &mut random));
    }
    Pair { from, to, changes }
}

/// How often each kind of change and of object stands in so many pairs.
#[must_use]
pub fn distribution(seeds: impl Iterator<Item = u64>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for seed in seeds {
        let pair = pair(seed);
        for change in pair.changes {
            *counts.entry(format!("change: {change}")).or_default() += 1;
        }
        for (object, count) in pair.from.objects() {
            *counts.entry(format!("object: {object}")).or_default() += count;
        }
    }
    counts
}
