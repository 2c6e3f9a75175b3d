//! Collections below rows, as paths show them: `/books/{bookId}/notes`.

use std::collections::BTreeMap;

use crate::api::Operation;
use crate::api::ident::Ident;
use crate::api::types::{Field, Struct, TypeDef};
use crate::lower::path::shape;
use crate::lower::{lists, tables};

/// The collection of an operation's path, be it the path or that of an item.
pub(super) fn collection(path: &str) -> Option<&str> {
    let (before, last) = path.rsplit_once('/')?;
    let collection = if last.starts_with('{') { before } else { path };
    let (item, name) = collection.rsplit_once('/')?;
    let (_, parameter) = item.rsplit_once('/')?;
    let one = parameter.matches(['{', '}']).count() == 2;
    let whole = one && parameter.starts_with('{') && parameter.ends_with('}');
    (whole && !name.is_empty() && !name.contains(['{', '}'])).then_some(collection)
}

/// A collection below a row that shows objects with a key.
pub(super) struct Nest<'a> {
    pub(super) path: &'a str,
    /// What it shows, and what names it.
    pub(super) shown: (&'a Struct, Vec<&'a Field>),
    /// Only a list shows the rows.
    pub(super) listed: bool,
}

/// The collections below rows, those further up first.
pub(super) fn nests<'a>(operations: &[&'a Operation], types: &'a [TypeDef]) -> Vec<Nest<'a>> {
    let mut found: BTreeMap<(usize, String), Nest<'a>> = BTreeMap::new();
    let (items, collections): (Vec<&Operation>, Vec<&Operation>) = operations
        .iter()
        .filter(|operation| operation.method == "GET")
        .partition(|operation| operation.path.ends_with('}'));
    for operation in items.into_iter().chain(collections) {
        let Some(path) = collection(&operation.path) else {
            continue;
        };
        let listed = path == operation.path;
        let name = Ident::new(last(path), "rows");
        let shown = if listed {
            let shown = lists::rows(operation, types);
            shown.and_then(|shown| Some((shown, vec![lists::key(shown, &name, types)?])))
        } else {
            tables::row(operation, &name, types)
        };
        let place = (path.matches('{').count(), shape(path));
        if let Some(shown) = shown {
            let nest = Nest {
                path,
                shown,
                listed,
            };
            found.entry(place).or_insert(nest);
        }
    }
    found.into_values().collect()
}

/// The word of a collection.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_stands_right_below_the_key_of_a_row() {
        for (path, below) in [
            ("/books/{id}/notes", Some("/books/{id}/notes")),
            ("/books/{id}/notes/{note}", Some("/books/{id}/notes")),
            ("/a/{a}/b/{b}/c/{c}", Some("/a/{a}/b/{b}/c")),
            ("/books", None),
            ("/books/{id}", None),
            ("/books/{id}/notes/pinned", None),
            ("/lines/{order}/{number}", None),
            ("/files/{name}.{ending}/parts", None),
        ] {
            assert_eq!(collection(path), below, "{path}");
        }
    }
}
