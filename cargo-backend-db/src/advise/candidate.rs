//! Indexes that could serve a need. Which of them do, the planner says.

use std::collections::{BTreeMap, BTreeSet};

use cargo_backend_shared::schema::Table;

use super::need::{Constant, Need};
use crate::sql::{Key, KeyPart};

/// What the server knows about the values of a column (`pg_stats`).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ColumnFacts {
    /// How many values there are, as an absolute number.
    pub(crate) distinct: f64,
    /// The share of rows without a value.
    pub(crate) null_share: f64,
    /// The most common values with their share of the rows.
    pub(crate) common: BTreeMap<String, f64>,
    /// The average width in bytes.
    pub(crate) width: u32,
}

/// An index that is not there, by what makes it, without a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// The table, as in `Schema::tables`.
    pub(crate) table: String,
    pub(crate) keys: Vec<Key>,
    pub(crate) include: Vec<String>,
    pub(crate) predicate: Option<String>,
}

impl Candidate {
    /// One index that begins like both and carries what both carry, if one's keys begin with the
    /// other's and they hold the same rows. Nothing where it would be one of the two.
    pub(crate) fn merged(&self, other: &Self) -> Option<Self> {
        let same = self.table == other.table && self.predicate == other.predicate;
        if !same || self == other || !self.keys.starts_with(&other.keys) {
            return None;
        }
        let is_key = |column: &&String| {
            let part = KeyPart::Column((*column).clone());
            self.keys.iter().any(|key| key.part == part)
        };
        let carried: BTreeSet<&String> = self.include.iter().chain(&other.include).collect();
        let include = carried
            .into_iter()
            .filter(|column| !is_key(column))
            .cloned()
            .collect();
        Some(Self {
            include,
            ..self.clone()
        })
    }
}

/// Whether it is a list of columns and no more: what MySQL and MariaDB have.
pub(crate) fn is_plain(candidate: &Candidate) -> bool {
    let column = |key: &Key| matches!(key.part, KeyPart::Column(_));
    candidate.include.is_empty()
        && candidate.predicate.is_none()
        && candidate.keys.iter().all(column)
}

/// A partial index pays where it leaves most rows out.
const PARTIAL_SHARE: f64 = 0.2;

/// A column with more values than this has none that is special: one customer of thousands gets no index
/// of its own.
const PARTIAL_VALUES: f64 = 100.0;

/// Carried columns make every row of the index wider, and every update of them writes it.
const INCLUDED_COLUMNS: usize = 3;
const INCLUDED_BYTES: u32 = 64;

/// More key columns than this have not been seen to pay.
const KEYS: usize = 4;

/// All that could serve, each once.
pub(crate) fn candidates(
    name: &str,
    table: &Table,
    need: &Need,
    facts: &BTreeMap<String, ColumnFacts>,
) -> BTreeSet<Candidate> {
    let mut all = BTreeSet::new();
    let partials = need.constants.iter().filter(|c| leaves_out(c, facts));
    let partials: Vec<Option<&Constant>> =
        std::iter::once(None).chain(partials.map(Some)).collect();
    for partial in partials {
        for keys in key_lists(need, partial, facts) {
            let candidate = Candidate {
                table: name.to_owned(),
                keys,
                include: Vec::new(),
                predicate: partial.map(|constant| constant.text.clone()),
            };
            if candidate.keys.is_empty() || stands(table, &candidate) {
                continue;
            }
            if let Some(include) = included(need, &candidate, facts) {
                all.insert(Candidate {
                    include,
                    ..candidate.clone()
                });
            }
            all.insert(candidate);
        }
    }
    all
}

fn leaves_out(constant: &Constant, facts: &BTreeMap<String, ColumnFacts>) -> bool {
    let Some(facts) = facts.get(&constant.column) else {
        return false;
    };
    let share = match &constant.value {
        Some(_) if facts.distinct > PARTIAL_VALUES => None,
        Some(value) => facts.common.get(value).copied(),
        None if constant.text.ends_with("IS NULL") => Some(facts.null_share),
        None if constant.text.ends_with("IS NOT NULL") => Some(1.0 - facts.null_share),
        None if constant.text.starts_with("NOT ") => facts.common.get("f").copied(),
        None => facts.common.get("t").copied(),
    };
    share.is_some_and(|share| share > 0.0 && share <= PARTIAL_SHARE)
}

/// Equality first, the most selective column in front; then the order, or one range.
fn key_lists(
    need: &Need,
    partial: Option<&Constant>,
    facts: &BTreeMap<String, ColumnFacts>,
) -> BTreeSet<Vec<Key>> {
    let said = partial.map(|constant| KeyPart::Column(constant.column.clone()));
    let distinct = |part: &KeyPart| match part {
        KeyPart::Column(name) => facts.get(name).map_or(0.0, |facts| facts.distinct),
        KeyPart::Expression(_) => f64::MAX,
    };
    let mut equal: Vec<KeyPart> = need
        .equal
        .iter()
        .filter(|part| Some(*part) != said.as_ref())
        .cloned()
        .collect();
    equal.sort_by(|a, b| distinct(b).total_cmp(&distinct(a)).then_with(|| a.cmp(b)));
    let range: Vec<&KeyPart> = need
        .range
        .iter()
        .filter(|part| !equal.contains(part))
        .collect();
    let sort: Vec<Key> = need
        .sort
        .iter()
        .filter(|(part, _)| !equal.contains(part))
        .map(|(part, descending)| Key::new(part.clone(), *descending))
        .collect();
    let mut prefixes: Vec<Vec<KeyPart>> = vec![equal.clone()];
    prefixes.extend(equal.iter().map(|part| vec![part.clone()]));
    for joined in &need.joined {
        prefixes.push(vec![joined.clone()]);
        let mut both = equal.clone();
        both.push(joined.clone());
        prefixes.push(both);
        let mut first = vec![joined.clone()];
        first.extend(equal.iter().cloned());
        prefixes.push(first);
    }
    let mut lists = BTreeSet::new();
    for prefix in prefixes {
        let prefix: Vec<Key> = prefix
            .into_iter()
            .map(|part| Key::new(part, false))
            .collect();
        lists.insert(prefix.clone());
        lists.insert([prefix.clone(), sort.clone()].concat());
        for part in &range {
            let key = Key::new((*part).clone(), false);
            lists.insert([prefix.clone(), vec![key]].concat());
        }
    }
    if let (Some(said), true) = (&said, lists.iter().all(Vec::is_empty)) {
        lists.insert(vec![Key::new(said.clone(), false)]);
    }
    let unique = |keys: &Vec<Key>| {
        let parts: BTreeSet<&KeyPart> = keys.iter().map(|key| &key.part).collect();
        parts.len() == keys.len() && keys.len() <= KEYS
    };
    lists.retain(unique);
    lists
}

/// The other columns of the statement, if they are few and narrow: then the table is not read at all.
fn included(
    need: &Need,
    candidate: &Candidate,
    facts: &BTreeMap<String, ColumnFacts>,
) -> Option<Vec<String>> {
    let is_key = |column: &&String| {
        let part = KeyPart::Column((*column).clone());
        candidate.keys.iter().any(|key| key.part == part)
    };
    let others: Vec<String> = need
        .columns
        .iter()
        .filter(|column| !is_key(column))
        .cloned()
        .collect();
    let bytes: u32 = others
        .iter()
        .map(|column| {
            facts
                .get(column)
                .map_or(INCLUDED_BYTES, |facts| facts.width)
        })
        .sum();
    (!others.is_empty() && others.len() <= INCLUDED_COLUMNS && bytes <= INCLUDED_BYTES)
        .then_some(others)
}

/// Whether an index that is there begins with the same keys and carries the same columns.
pub(crate) fn stands(table: &Table, candidate: &Candidate) -> bool {
    table.indexes.values().any(|index| {
        let same = index.keys.len() >= candidate.keys.len()
            && index.keys.iter().zip(&candidate.keys).all(|(key, wanted)| {
                let part = match &key.column {
                    Some(column) => KeyPart::Column(column.clone()),
                    None => KeyPart::Expression(key.text.clone()),
                };
                part == wanted.part && key.text.ends_with(" DESC") == wanted.descending
            });
        index.valid && index.method == "btree" && index.predicate.is_none() && same
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::sample::{table, with_index};

    fn column(name: &str) -> KeyPart {
        KeyPart::Column(name.to_owned())
    }

    fn facts(all: &[(&str, f64)]) -> BTreeMap<String, ColumnFacts> {
        all.iter()
            .map(|(name, distinct)| {
                let facts = ColumnFacts {
                    distinct: *distinct,
                    width: 8,
                    ..ColumnFacts::default()
                };
                ((*name).to_owned(), facts)
            })
            .collect()
    }

    fn shown(all: &BTreeSet<Candidate>) -> Vec<String> {
        all.iter()
            .map(|candidate| {
                let keys: Vec<String> = candidate
                    .keys
                    .iter()
                    .map(|key| {
                        let text = match &key.part {
                            KeyPart::Column(text) | KeyPart::Expression(text) => text.clone(),
                        };
                        if key.descending {
                            format!("{text} DESC")
                        } else {
                            text
                        }
                    })
                    .collect();
                let include = if candidate.include.is_empty() {
                    String::new()
                } else {
                    format!(" include {}", candidate.include.join(", "))
                };
                let partial = candidate
                    .predicate
                    .as_ref()
                    .map_or_else(String::new, |text| format!(" where {text}"));
                format!("{}{include}{partial}", keys.join(", "))
            })
            .collect()
    }

    #[test]
    fn equality_leads_and_the_order_or_one_range_follows() {
        let need = Need {
            equal: BTreeSet::from([column("status"), column("customer_id")]),
            range: BTreeSet::from([column("total")]),
            sort: vec![(column("at"), true)],
            ..Need::default()
        };
        let table = table("orders", &["id", "customer_id", "status", "at", "total"]);
        let found = candidates(
            "orders",
            &table,
            &need,
            &facts(&[("customer_id", 500.0), ("status", 3.0)]),
        );
        assert_eq!(
            shown(&found),
            [
                "customer_id",
                "customer_id, at DESC",
                "customer_id, status",
                "customer_id, status, at DESC",
                "customer_id, status, total",
                "customer_id, total",
                "status",
                "status, at DESC",
                "status, total",
            ]
        );
    }

    #[test]
    fn a_rare_constant_makes_a_partial_index() {
        let constant = Constant {
            column: "status".to_owned(),
            value: Some("failed".to_owned()),
            text: "status = 'failed'".to_owned(),
        };
        let need = Need {
            equal: BTreeSet::from([column("status")]),
            sort: vec![(column("at"), false)],
            constants: BTreeSet::from([constant]),
            ..Need::default()
        };
        let table = table("orders", &["id", "status", "at"]);
        let mut known = facts(&[("status", 3.0)]);
        let rare = |share| BTreeMap::from([("failed".to_owned(), share)]);
        known.get_mut("status").expect("a column").common = rare(0.02);
        let found = shown(&candidates("orders", &table, &need, &known));
        assert!(
            found.contains(&"at where status = 'failed'".to_owned()),
            "{found:?}"
        );
        known.get_mut("status").expect("a column").distinct = 5_000.0;
        let found = shown(&candidates("orders", &table, &need, &known));
        assert!(
            !found.iter().any(|text| text.contains("where")),
            "one of thousands: {found:?}"
        );
        known.get_mut("status").expect("a column").distinct = 3.0;
        known.get_mut("status").expect("a column").common = rare(0.6);
        let found = shown(&candidates("orders", &table, &need, &known));
        assert!(
            !found.iter().any(|text| text.contains("where")),
            "{found:?}"
        );
    }

    #[test]
    fn what_stands_is_not_proposed_and_narrow_columns_are_carried() {
        let need = Need {
            equal: BTreeSet::from([column("customer_id")]),
            columns: BTreeSet::from(["customer_id".to_owned(), "total".to_owned()]),
            ..Need::default()
        };
        let bare = table("orders", &["id", "customer_id", "total"]);
        let known = facts(&[("customer_id", 5.0), ("total", 9.0)]);
        assert_eq!(
            shown(&candidates("orders", &bare, &need, &known)),
            ["customer_id", "customer_id include total"]
        );
        let indexed = with_index(bare, "i", &["customer_id", "at"]);
        assert_eq!(
            shown(&candidates("orders", &indexed, &need, &known)),
            Vec::<String>::new()
        );
    }
}
