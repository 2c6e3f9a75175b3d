//! Where the values of one schema stand in XML, against those of another: whoever reads or writes
//! an element by its name fails when it has another one.

use std::collections::HashSet;

use cargo_backend_shared::openapi::Node;

use super::schema::Place;
use super::{Found, Weight};
use crate::lower::schema::{only_alternative, properties};

/// Pairs of schemas that were compared.
type Seen = HashSet<(String, String)>;

pub(super) fn compare(old: &Node<'_>, new: &Node<'_>, place: &Place, found: &mut Found) {
    below(old, new, place, found, &mut Seen::new());
}

fn below(old: &Node<'_>, new: &Node<'_>, place: &Place, found: &mut Found, seen: &mut Seen) {
    if !seen.insert((old.pointer.clone(), new.pointer.clone())) {
        return;
    }
    let said = |node: &Node<'_>, key: &str| node.get("xml")?.value.get(key).cloned();
    // A prefix is anybody's choice: the namespace is what counts.
    let mut changed = ["name", "namespace", "attribute", "wrapped"]
        .into_iter()
        .filter(|key| said(old, key) != said(new, key));
    if let Some(key) = changed.next() {
        let message = format!("the {key} of {place} in XML has changed");
        found.add(
            "xml-changed",
            Weight::Breaking,
            message,
            Some(old),
            Some(new),
        );
    }
    if let (Some(old), Some(new)) = (only_alternative(old), only_alternative(new)) {
        below(&old, &new, place, found, seen);
        return;
    }
    if let (Some(one), Some(two)) = (old.get("items"), new.get("items")) {
        below(&one, &two, &place.item(), found, seen);
    }
    let after = properties(new);
    for property in properties(old) {
        let other = after.iter().find(|other| other.name == property.name);
        if let Some(other) = other {
            let place = place.below(&property.name);
            below(&property.node, &other.node, &place, found, seen);
        }
    }
}
