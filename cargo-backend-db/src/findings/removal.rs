//! The migration that takes an index away, and brings it back.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Index, IndexKey, Table};

use super::check::SuggestedMigration;
use crate::sql::quoted;

/// None where the way back is not known.
pub(super) fn of_index(
    table: &Table,
    index: &Index,
    dialect: Dialect,
) -> Option<SuggestedMigration> {
    let name = quoted(&index.name, dialect);
    let place = match table.namespace.as_str() {
        "" => String::new(),
        namespace => format!("{}.", quoted(namespace, dialect)),
    };
    let (up, down) = match dialect {
        // Neither goes CONCURRENTLY, and ONLY would leave the partitions out.
        Dialect::Postgres if table.partition_by.is_some() => (
            format!("DROP INDEX {place}{name};"),
            format!("{};", index.definition.replacen(" ON ONLY ", " ON ", 1)),
        ),
        Dialect::Postgres => {
            let (head, rest) = index.definition.split_once(" INDEX ")?;
            (
                format!("-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS {place}{name};"),
                format!("-- no-transaction\n{head} INDEX CONCURRENTLY IF NOT EXISTS {rest};"),
            )
        }
        Dialect::Sqlite => {
            let definition = index.definition.trim_end_matches(';');
            let down = Some(definition).filter(|definition| !definition.is_empty())?;
            (format!("DROP INDEX {name};"), format!("{down};"))
        }
        Dialect::MySql => {
            let on = quoted(&table.name, dialect);
            let is_known = |key: &IndexKey| key.column.is_some() || key.text.starts_with('`');
            if !index.keys.iter().all(is_known) {
                return None;
            }
            let down = match index.definition.trim_end_matches(';') {
                "" if index.method == "btree" => {
                    let keys: Option<Vec<String>> = index.keys.iter().map(mysql_key).collect();
                    format!("CREATE INDEX {name} ON {on} ({})", keys?.join(", "))
                }
                "" => return None,
                definition => definition.to_owned(),
            };
            (format!("DROP INDEX {name} ON {on};"), format!("{down};"))
        }
    };
    Some(SuggestedMigration {
        what: format!("drop the index `{}` on `{}`", index.name, table.key()),
        command: format!("cargo backend-db migrate new drop_{}", plain(&index.name)),
        up: Some(up),
        down: Some(down),
    })
}

/// A key as `CREATE INDEX` wants it: a name in backticks.
fn mysql_key(key: &IndexKey) -> Option<String> {
    if key.text.starts_with('`') {
        return Some(key.text.clone());
    }
    let column = key.column.as_deref()?;
    let order = key.text.strip_prefix(column)?;
    Some(format!("{}{order}", quoted(column, Dialect::MySql)))
}

/// A name that may stand in the name of a file.
pub(super) fn plain(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric();
    let name = name.replace(|c| !fits(c), "_").to_lowercase();
    name.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{table, with_index};
    use super::*;

    #[test]
    fn an_index_goes_and_comes_back_without_blocking_writers() {
        let mut orders = with_index(table("orders", &["id", "a"]), "By \"A\"", &["a"]);
        let index = orders.indexes.get_mut("By \"A\"").expect("just added");
        index.definition = "CREATE INDEX \"By \"\"A\"\"\" ON public.orders USING btree (a)".into();
        let index = index.clone();
        let found = of_index(&orders, &index, Dialect::Postgres).expect("a migration");
        assert_eq!(found.command, "cargo backend-db migrate new drop_by__a");
        assert_eq!(
            found.up.as_deref(),
            Some(
                "-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS \"public\".\"By \"\"A\"\"\";"
            )
        );
        assert_eq!(
            found.down.as_deref(),
            Some(
                "-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS \"By \"\"A\"\"\" ON public.orders USING btree (a);"
            )
        );
    }

    #[test]
    fn a_partitioned_index_comes_back_with_its_parts() {
        let mut orders = with_index(table("orders", &["id", "a"]), "i", &["a"]);
        orders.partition_by = Some("RANGE (id)".to_owned());
        let index = orders.indexes.get_mut("i").expect("just added");
        index.definition = "CREATE INDEX i ON ONLY public.orders USING btree (a)".to_owned();
        let index = index.clone();
        let found = of_index(&orders, &index, Dialect::Postgres).expect("a migration");
        assert_eq!(found.up.as_deref(), Some("DROP INDEX \"public\".\"i\";"));
        assert_eq!(
            found.down.as_deref(),
            Some("CREATE INDEX i ON public.orders USING btree (a);")
        );
    }

    #[test]
    fn mysql_may_have_no_definition() {
        let mut orders = with_index(table("orders", &["id", "a"]), "i", &["a", "id"]);
        orders.namespace.clear();
        let index = orders.indexes.get_mut("i").expect("just added");
        index.definition.clear();
        index.keys[1].text = "id DESC".to_owned();
        let prefix = IndexKey {
            column: None,
            text: "`note`(10)".to_owned(),
        };
        index.keys.push(prefix);
        let index = index.clone();
        let found = of_index(&orders, &index, Dialect::MySql).expect("a migration");
        assert_eq!(found.up.as_deref(), Some("DROP INDEX `i` ON `orders`;"));
        assert_eq!(
            found.down.as_deref(),
            Some("CREATE INDEX `i` ON `orders` (`a`, `id` DESC, `note`(10));")
        );
    }
}
