//! Rows that refer to a row.

use cargo_backend_shared::schema::ForeignKey;
use serde_json::{Map, Value, json};

use super::Source;
use crate::api::ident::Ident;

/// What refers to a row is a list below it: `/customers/{id}/orders`.
pub(super) fn lists(sources: &[(Source<'_>, Ident)], paths: &mut Map<String, Value>) {
    for (source, ident) in sources {
        for key in source
            .foreign_keys
            .iter()
            .filter(|key| key.columns.len() == 1)
        {
            let target = sources.iter().find(|(target, _)| refers(key, target));
            let Some((target, parent)) =
                target.filter(|(target, _)| target.key == key.references_columns)
            else {
                continue;
            };
            let Some(mut list) = paths
                .get(&format!("/{}", ident.plain()))
                .and_then(|item| item.get("get"))
                .cloned()
            else {
                continue;
            };
            let property = Ident::new(&key.columns[0], "column");
            let item = paths.iter().find_map(|(path, item)| {
                let below = path.strip_prefix(&format!("/{}/", parent.plain()))?;
                (!below.contains('/')).then(|| (path.clone(), item["parameters"].clone()))
            });
            let Some((path, parameters)) = item.filter(|_| !target.key.is_empty()) else {
                continue;
            };
            let mut path = format!("{path}/{}", ident.plain());
            if paths.contains_key(&path) {
                path = format!("{path}_by_{}", property.plain());
            }
            let by = Ident::new(&format!("{}_by_{}", ident.plain(), key.columns[0]), "rows");
            list["operationId"] = json!(format!("list{}", by.pascal));
            list["responses"]["404"] = json!({"$ref": "#/components/responses/Rejected"});
            list["x-list"] = json!({"rows": format!("/{}", ident.plain()), "by": property.plain()});
            if let Some(filters) = list["parameters"].as_array_mut() {
                let names: Vec<Value> = parameters
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|one| one["name"].clone())
                    .collect();
                filters.retain(|filter| {
                    filter["name"] != property.plain() && !names.contains(&filter["name"])
                });
            }
            paths.insert(path, json!({"parameters": parameters, "get": list}));
        }
    }
}

/// Whether a key refers to that table.
pub(super) fn refers(key: &ForeignKey, target: &Source<'_>) -> bool {
    let full = format!("{}.{}", target.namespace, target.name);
    target.name == key.references_table || full == key.references_table
}
