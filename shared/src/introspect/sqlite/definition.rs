//! What SQLite keeps in the text of `CREATE TABLE` alone: checks, collations, expressions of
//! generated columns, names of foreign keys.

use std::collections::BTreeMap;

use sqlparser::ast::{
    ColumnDef, ColumnOption, CreateTable, Expr, Ident, Statement, TableConstraint,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

use crate::schema::{Check, Column, Generated, Schema, Table};

/// Adds it to every table. A statement that cannot be read is reported.
pub(super) fn complete(schema: &mut Schema) {
    for (name, table) in &mut schema.tables {
        let Some(sql) = table.definition.clone() else {
            continue;
        };
        match Parser::parse_sql(&SQLiteDialect {}, &sql).as_deref() {
            Ok([Statement::CreateTable(create)]) => add(table, create),
            Ok(_) => {}
            Err(fault) => schema.unsupported.push(format!(
                "checks, collations and generated columns of table {name}: {fault}"
            )),
        }
    }
}

fn add(table: &mut Table, create: &CreateTable) {
    for column in &create.columns {
        add_column(table, column);
    }
    for constraint in &create.constraints {
        if let TableConstraint::Check(check) = constraint {
            add_check(table, check.name.as_ref(), None, &check.expr);
        }
        if let TableConstraint::ForeignKey(key) = constraint {
            let columns: Vec<String> = key.columns.iter().map(|c| c.value.clone()).collect();
            name_key(table, key.name.as_ref(), &columns);
        }
    }
}

fn add_column(table: &mut Table, definition: &ColumnDef) {
    let name = &definition.name.value;
    for option in &definition.options {
        if let ColumnOption::Check(check) = &option.option {
            let named = option.name.as_ref().or(check.name.as_ref());
            add_check(table, named, Some(name), &check.expr);
        }
        if let ColumnOption::ForeignKey(_) = &option.option {
            name_key(table, option.name.as_ref(), std::slice::from_ref(name));
        }
        let Some(column) = column_of(table, name) else {
            continue;
        };
        if let ColumnOption::Collation(collation) = &option.option {
            column.collation = Some(collation.to_string());
        }
        if let ColumnOption::Generated {
            generation_expr: Some(found),
            ..
        } = &option.option
            && let Some(Generated::Stored { expression } | Generated::Virtual { expression }) =
                &mut column.generated
        {
            *expression = found.to_string();
        }
    }
}

fn column_of<'a>(table: &'a mut Table, name: &str) -> Option<&'a mut Column> {
    let same = |column: &&mut Column| column.name.eq_ignore_ascii_case(name);
    table.columns.iter_mut().find(same)
}

/// A check without a name gets the one that PostgreSQL would give it.
fn add_check(table: &mut Table, name: Option<&Ident>, column: Option<&str>, condition: &Expr) {
    let stem = match column {
        Some(column) => format!("{}_{column}_check", table.name),
        None => format!("{}_check", table.name),
    };
    let name = name.map_or_else(|| free(&table.checks, stem), |name| name.value.clone());
    table
        .checks
        .insert(name, Check::new(format!("CHECK ({condition})")));
}

fn free(taken: &BTreeMap<String, Check>, stem: String) -> String {
    let numbered = (1_u32..).map(|n| format!("{stem}{n}"));
    std::iter::once(stem.clone())
        .chain(numbered)
        .find(|name| !taken.contains_key(name))
        .unwrap_or(stem)
}

fn name_key(table: &mut Table, name: Option<&Ident>, columns: &[String]) {
    let same = |key: &&mut crate::schema::ForeignKey| {
        key.columns.len() == columns.len()
            && key
                .columns
                .iter()
                .zip(columns)
                .all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    if let Some(key) = table.foreign_keys.iter_mut().find(same) {
        key.name = name.map(|name| name.value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database_url::Dialect;
    use crate::schema::ForeignKey;

    fn read(sql: &str) -> Schema {
        let mut schema = Schema::new(Dialect::Sqlite);
        let mut table = Table::new("", "t");
        table.definition = Some(sql.to_owned());
        table.columns = ["a", "b"].map(|name| Column::new(name, "TEXT")).to_vec();
        table.columns[1].generated = Some(Generated::Stored {
            expression: String::new(),
        });
        table.foreign_keys = vec![ForeignKey::new(
            vec!["a".to_owned()],
            "u",
            vec!["id".to_owned()],
        )];
        schema.tables.insert("t".to_owned(), table);
        complete(&mut schema);
        schema
    }

    #[test]
    fn what_stands_in_the_statement_alone_is_read_from_it() {
        let schema = read(
            "CREATE TABLE t (A TEXT COLLATE NOCASE CHECK (length(a) > 2) CONSTRAINT fk REFERENCES u (id),
             b TEXT GENERATED ALWAYS AS (a || 'x') STORED, CONSTRAINT both CHECK (a <> b), CHECK (a > ''))",
        );
        let table = &schema.tables["t"];
        let checks: Vec<(&str, &str)> = table
            .checks
            .iter()
            .map(|(name, check)| (name.as_str(), check.definition.as_str()))
            .collect();
        assert_eq!(
            checks,
            [
                ("both", "CHECK (a <> b)"),
                ("t_A_check", "CHECK (length(a) > 2)"),
                ("t_check", "CHECK (a > '')")
            ]
        );
        assert_eq!(table.columns[0].collation.as_deref(), Some("NOCASE"));
        let expression = "a || 'x'".to_owned();
        assert_eq!(
            table.columns[1].generated,
            Some(Generated::Stored { expression })
        );
        assert_eq!(table.foreign_keys[0].name.as_deref(), Some("fk"));
        assert_eq!(schema.unsupported, Vec::<String>::new());
    }

    #[test]
    fn a_statement_that_cannot_be_read_is_reported() {
        let unsupported = read("CREATE TABLE t (a b c d e (((").unsupported;
        assert_eq!(unsupported.len(), 1);
        assert!(
            unsupported[0].starts_with("checks, collations and generated columns of table t:"),
            "{unsupported:?}"
        );
    }
}
