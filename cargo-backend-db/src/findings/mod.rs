//! The rules of `analyze`: pure judgement over a schema and what the server knows about it.

mod constraint_not_validated;
mod duplicate_index;
mod foreign_key_type_mismatch;
mod foreign_key_without_index;
mod invalid_index;
mod key_near_exhaustion;
mod table_without_primary_key;

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::Schema;

use crate::statistics::Statistics;

pub(crate) use foreign_key_without_index::MissingIndex;
pub(crate) use foreign_key_without_index::missing as missing_indexes;

/// What a rule looks at.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) statistics: &'a Statistics,
    /// What the planner does today for each missing index, in the order of [`missing_indexes`].
    pub(crate) plans: &'a [String],
}

/// A rule with its check.
pub(crate) struct Check {
    pub(crate) rule: &'static Rule,
    check: fn(&Facts<'_>) -> Vec<Diagnostic>,
}

/// All rules, by name.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        rule: &constraint_not_validated::RULE,
        check: constraint_not_validated::check,
    },
    Check {
        rule: &duplicate_index::RULE,
        check: duplicate_index::check,
    },
    Check {
        rule: &foreign_key_type_mismatch::RULE,
        check: foreign_key_type_mismatch::check,
    },
    Check {
        rule: &foreign_key_without_index::RULE,
        check: foreign_key_without_index::check,
    },
    Check {
        rule: &invalid_index::RULE,
        check: invalid_index::check,
    },
    Check {
        rule: &key_near_exhaustion::RULE,
        check: key_near_exhaustion::check,
    },
    Check {
        rule: &table_without_primary_key::RULE,
        check: table_without_primary_key::check,
    },
];

/// Every finding, the heaviest first, then by rule and message.
pub(crate) fn all(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = CHECKS
        .iter()
        .flat_map(|check| {
            (check.check)(facts)
                .into_iter()
                .map(|diagnostic| diagnostic.rule(check.rule.name))
        })
        .collect();
    found.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.message.cmp(&b.message))
    });
    found
}

#[cfg(test)]
pub(crate) mod sample {
    //! Schemas for the tests of the rules.

    use cargo_backend_shared::database_url::Dialect;
    use cargo_backend_shared::diagnostic::Diagnostic;
    use cargo_backend_shared::schema::{Column, ForeignKey, Index, IndexKey, Schema, Table};

    use super::Facts;
    use crate::statistics::Statistics;

    /// What a check says of a schema about which nothing else is known.
    pub(crate) fn messages(
        check: fn(&Facts<'_>) -> Vec<Diagnostic>,
        schema: &Schema,
    ) -> Vec<String> {
        let statistics = Statistics::default();
        let facts = Facts {
            schema,
            statistics: &statistics,
            plans: &[],
        };
        check(&facts)
            .into_iter()
            .map(|found| found.message)
            .collect()
    }

    pub(crate) fn table(name: &str, columns: &[&str]) -> Table {
        let mut table = Table::new("public", name);
        table.columns = columns
            .iter()
            .map(|name| Column {
                name: (*name).to_owned(),
                r#type: "bigint".to_owned(),
                nullable: false,
                default: None,
                generated: None,
            })
            .collect();
        table.primary_key = vec![columns[0].to_owned()];
        table
    }

    pub(crate) fn schema(tables: Vec<Table>) -> Schema {
        Schema {
            dialect: Dialect::Postgres,
            tables: tables.into_iter().map(|t| (t.key(), t)).collect(),
            unsupported: Vec::new(),
        }
    }

    pub(crate) fn with_index(mut table: Table, name: &str, columns: &[&str]) -> Table {
        let index = Index {
            name: name.to_owned(),
            keys: columns
                .iter()
                .map(|column| IndexKey {
                    column: Some((*column).to_owned()),
                    text: (*column).to_owned(),
                })
                .collect(),
            include: Vec::new(),
            unique: false,
            predicate: None,
            method: "btree".to_owned(),
            constraint: false,
            valid: true,
            definition: format!("CREATE INDEX {name} …"),
        };
        table.indexes.insert(name.to_owned(), index);
        table
    }

    pub(crate) fn referring(mut table: Table, columns: &[&str], parent: &str) -> Table {
        table.foreign_keys.push(ForeignKey {
            name: None,
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            references_table: parent.to_owned(),
            references_columns: vec!["id".to_owned()],
            on_delete: "NO ACTION".to_owned(),
            on_update: "NO ACTION".to_owned(),
            validated: true,
        });
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_file_is_listed_in_order_and_documented() {
        let names: Vec<&str> = CHECKS.iter().map(|check| check.rule.name).collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/findings");
        let mut files: Vec<String> = fs_err::read_dir(folder)
            .expect("the folder of this file")
            .filter_map(|entry| {
                let name = entry.expect("an entry").file_name().into_string().ok()?;
                let stem = name.strip_suffix(".rs")?;
                (stem != "mod").then(|| stem.replace('_', "-"))
            })
            .collect();
        files.sort();
        assert_eq!(names, files);
        for check in CHECKS {
            for part in ["## Why", "## Proof", "## Fix"] {
                assert!(
                    check.rule.explanation.contains(part),
                    "`{}` has no `{part}`",
                    check.rule.name
                );
            }
        }
    }
}
