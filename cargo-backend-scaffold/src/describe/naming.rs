//! Names of operations, of which each has its own.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;

use super::{METHODS, Paths, SOURCE};

/// More modules than a path of a function has.
const MAX_ROUNDS: usize = 32;

/// Puts modules before the names of different functions, methods behind those of one function, and
/// numbers behind what is still the same.
pub(super) fn unique(paths: &mut Paths) {
    for round in 1..MAX_ROUNDS {
        let groups = groups(paths);
        if groups.is_empty() {
            return;
        }
        for (name, members) in groups {
            let handlers: HashSet<String> = members.iter().map(|at| handler(paths, at)).collect();
            let methods: HashSet<usize> = members.iter().map(|(_, order)| *order).collect();
            for (number, at) in members.iter().enumerate() {
                let handler = handler(paths, at);
                let module = handler.rsplit("::").nth(round);
                let longer = match module {
                    Some(module) if handlers.len() > 1 => format!("{module}_{name}"),
                    _ if methods.len() > 1 => format!("{name}_{}", METHODS[at.1]),
                    _ if number > 0 => format!("{name}_{}", number + 1),
                    _ => name.clone(),
                };
                paths
                    .entry(at.0.clone())
                    .or_default()
                    .entry(at.1)
                    .and_modify(|operation| {
                        operation["operationId"] = json!(longer);
                    });
            }
        }
    }
}

/// The operations that share a name, by that name.
fn groups(paths: &Paths) -> BTreeMap<String, Vec<(String, usize)>> {
    let mut groups: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
    for (path, methods) in paths {
        for (order, operation) in methods {
            if let Some(name) = operation["operationId"].as_str() {
                let group = groups.entry(name.to_owned()).or_default();
                group.push((path.clone(), *order));
            }
        }
    }
    groups.retain(|_, members| members.len() > 1);
    groups
}

fn handler(paths: &Paths, (path, order): &(String, usize)) -> String {
    let operation = paths.get(path).and_then(|methods| methods.get(order));
    let handler = operation.and_then(|operation| operation[SOURCE]["handler"].as_str());
    handler.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(operations: &[(&str, usize, &str)]) -> Vec<String> {
        let mut paths = Paths::new();
        for (path, order, handler) in operations {
            let name = handler.rsplit("::").next();
            let operation = json!({"operationId": name, SOURCE: {"handler": handler}});
            paths
                .entry((*path).to_owned())
                .or_default()
                .insert(*order, operation);
        }
        unique(&mut paths);
        let operations = paths.values().flat_map(BTreeMap::values);
        operations
            .map(|o| o["operationId"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn functions_of_one_name_are_told_apart_by_their_modules() {
        let found = names(&[("/a", 0, "x::users::list"), ("/b", 0, "x::groups::list")]);
        assert_eq!(found, ["users_list", "groups_list"]);
    }

    #[test]
    fn one_function_on_several_routes_has_methods_and_numbers() {
        let found = names(&[("/a", 0, "x::f"), ("/a", 2, "x::f"), ("/b", 0, "x::f")]);
        assert_eq!(found, ["f_get", "f_post", "f_get_2"]);
    }
}
