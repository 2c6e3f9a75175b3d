//! The rules, one file each.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a rule is about one kind of statement, and passes over all others"
)]

mod alter_without_algorithm;
mod attach_without_check;
mod check_without_not_valid;
mod concurrently_in_transaction;
mod constrained_domain_column;
mod constraint;
mod create_trigger;
mod detach_without_concurrently;
mod drop_column;
mod drop_database;
mod drop_extension;
mod drop_foreign_key;
mod drop_index_without_concurrently;
mod drop_not_null;
mod drop_schema;
mod drop_table;
mod drop_view;
mod enum_value_in_same_transaction;
mod exclusion_constraint;
mod foreign_key_without_not_valid;
mod index_without_concurrently;
mod inline_constraint;
mod nested_transaction;
mod primary_key_constraint;
mod refresh_without_concurrently;
mod reindex_without_concurrently;
mod rename_column;
mod rename_enum_value;
mod rename_schema;
mod rename_table;
mod required_column;
mod rewriting_maintenance;
mod row_security;
#[cfg(test)]
mod sample;
mod serial_column;
mod set_not_null;
mod several_alter_tables;
mod stored_generated_column;
mod time_zone_dependent_type;
mod truncate;
mod type_of_viewed_column;
mod type_rewrite;
mod unaddable_column;
mod unbounded_change;
mod unindexed_foreign_key;
mod unique_constraint;
mod validate_in_same_transaction;
mod volatile_default;
mod work_under_exclusive_lock;

use cargo_backend_shared::database_url::Dialect;

use super::rule::Lint;

/// All rules, by name.
pub(crate) static LINTS: &[&Lint] = &[
    &alter_without_algorithm::LINT,
    &attach_without_check::LINT,
    &check_without_not_valid::LINT,
    &concurrently_in_transaction::LINT,
    &constrained_domain_column::LINT,
    &create_trigger::LINT,
    &detach_without_concurrently::LINT,
    &drop_column::LINT,
    &drop_database::LINT,
    &drop_extension::LINT,
    &drop_foreign_key::LINT,
    &drop_index_without_concurrently::LINT,
    &drop_not_null::LINT,
    &drop_schema::LINT,
    &drop_table::LINT,
    &drop_view::LINT,
    &enum_value_in_same_transaction::LINT,
    &exclusion_constraint::LINT,
    &foreign_key_without_not_valid::LINT,
    &index_without_concurrently::LINT,
    &inline_constraint::LINT,
    &nested_transaction::LINT,
    &primary_key_constraint::LINT,
    &refresh_without_concurrently::LINT,
    &reindex_without_concurrently::LINT,
    &rename_column::LINT,
    &rename_enum_value::LINT,
    &rename_schema::LINT,
    &rename_table::LINT,
    &required_column::LINT,
    &rewriting_maintenance::LINT,
    &row_security::LINT,
    &serial_column::LINT,
    &set_not_null::LINT,
    &several_alter_tables::LINT,
    &stored_generated_column::LINT,
    &time_zone_dependent_type::LINT,
    &truncate::LINT,
    &type_of_viewed_column::LINT,
    &type_rewrite::LINT,
    &unaddable_column::LINT,
    &unbounded_change::LINT,
    &unindexed_foreign_key::LINT,
    &unique_constraint::LINT,
    &validate_in_same_transaction::LINT,
    &volatile_default::LINT,
    &work_under_exclusive_lock::LINT,
];

const EVERYWHERE: &[Dialect] = &[Dialect::Postgres, Dialect::MySql, Dialect::Sqlite];
const MYSQL: &[Dialect] = &[Dialect::MySql];
const POSTGRES: &[Dialect] = &[Dialect::Postgres];
const SERVERS: &[Dialect] = &[Dialect::Postgres, Dialect::MySql];
const SQLITE: &[Dialect] = &[Dialect::Sqlite];

/// Where a failed migration leaves nothing behind, and the runner opens a transaction.
const TRANSACTIONAL: &[Dialect] = &[Dialect::Postgres, Dialect::Sqlite];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::sample::names_on;
    use super::*;

    #[test]
    fn every_rule_file_is_listed_in_order_numbered_and_documented() {
        let names: Vec<&str> = LINTS.iter().map(|lint| lint.rule.name).collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lint/rules");
        let mut files: Vec<String> = fs_err::read_dir(folder)
            .expect("the folder of this file")
            .filter_map(|entry| {
                let name = entry.expect("an entry").file_name().into_string().ok()?;
                let stem = name.strip_suffix(".rs")?;
                (!["constraint", "mod", "sample"].contains(&stem)).then(|| stem.replace('_', "-"))
            })
            .collect();
        files.sort();
        assert_eq!(names, files);
        let numbers: BTreeSet<&str> = LINTS.iter().map(|lint| lint.number).collect();
        assert_eq!(numbers.len(), LINTS.len(), "a number is given once");
        for lint in LINTS {
            for part in ["## Why", "## Instead"] {
                let name = lint.rule.name;
                assert!(
                    lint.rule.explanation.contains(part),
                    "`{name}` has no `{part}`"
                );
            }
        }
    }

    #[test]
    fn every_failing_example_is_found_and_every_passing_one_is_not() {
        for lint in LINTS {
            let name = lint.rule.name;
            // Those that hold on several engines are told in the words of the first.
            let engine = lint.engines[0];
            let fails = names_on(engine, lint.examples.fails);
            assert!(fails.contains(&name.to_owned()), "`{name}`: {fails:?}");
            let passes = names_on(engine, lint.examples.passes);
            assert!(!passes.contains(&name.to_owned()), "`{name}`: {passes:?}");
        }
    }
}
