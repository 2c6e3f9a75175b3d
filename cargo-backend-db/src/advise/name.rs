//! Names for new indexes.

use std::collections::BTreeSet;

use cargo_backend_shared::schema::Schema;

use super::Suggestion;
use crate::sql::KeyPart;

/// The longest name that PostgreSQL keeps whole, in bytes (`NAMEDATALEN` - 1).
const NAME_BYTES: usize = 63;

/// Names all suggestions, each after its table and keys, and none as something that is there.
pub(super) fn name_all(all: &mut [Suggestion], schema: &Schema) {
    let mut taken: BTreeSet<String> = schema
        .tables
        .values()
        .flat_map(|table| table.indexes.keys().chain([&table.name]))
        .cloned()
        .collect();
    for suggestion in all {
        let parts = suggestion.index.keys.iter().map(|key| match &key.part {
            KeyPart::Column(name) => name.clone(),
            KeyPart::Expression(text) => in_a_name(text),
        });
        let parts: Vec<String> = parts.collect();
        let name = free_name(&suggestion.index.table, &parts, &taken);
        taken.insert(name.clone());
        suggestion.index.name = name;
    }
}

/// `lower((email)::TEXT)` is `lower_email`.
fn in_a_name(expression: &str) -> String {
    let bare = expression.split("::").next().unwrap_or(expression);
    let words = bare.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// `<table>_<columns>_idx`, as PostgreSQL names indexes; shortened to 63 bytes, numbered where taken.
fn free_name(table: &str, columns: &[String], taken: &BTreeSet<String>) -> String {
    let stem = format!("{table}_{}", columns.join("_"));
    (0_u32..)
        .map(|n| {
            let ending = match n {
                0 => "_idx".to_owned(),
                n => format!("_idx{n}"),
            };
            let room = NAME_BYTES - ending.len();
            let cut = (0..=room.min(stem.len()))
                .rev()
                .find(|at| stem.is_char_boundary(*at))
                .unwrap_or(0);
            format!("{}{ending}", &stem[..cut])
        })
        .find(|name| !taken.contains(name))
        .unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(table: &str, columns: &[&str], taken: &[&str]) -> String {
        let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        let taken = taken.iter().map(|name| (*name).to_owned()).collect();
        free_name(table, &columns, &taken)
    }

    #[test]
    fn indexes_are_named_as_postgres_names_them() {
        assert_eq!(
            name("orders", &["shop_id", "no"], &[]),
            "orders_shop_id_no_idx"
        );
        assert_eq!(
            name("orders", &["no"], &["orders_no_idx", "orders_no_idx1"]),
            "orders_no_idx2"
        );
    }

    #[test]
    fn no_name_is_longer_than_the_server_keeps() {
        let long = name(&"ü".repeat(40), &["id"], &[]);
        assert!(long.len() <= NAME_BYTES && long.ends_with("_idx"), "{long}");
    }
}
