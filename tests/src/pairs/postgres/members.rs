//! What belongs to a table.

use super::{ident, is_there, list, named};
use crate::pairs::world::{Kind, Member, Table, World};

fn is_whole_number(table: &Table, column: &str) -> bool {
    let column = table.columns.iter().find(|other| other.name == column);
    column
        .is_some_and(|column| matches!(column.kind, Kind::Plain("integer" | "bigint" | "smallint")))
}

pub(super) fn print(world: &World, table: &Table, member: &Member) -> Vec<String> {
    let on = named(table);
    let there = |names: &[String]| names.iter().all(|name| is_there(world, table, name));
    let partitioned = table.partitions.is_some();
    match member {
        Member::Index {
            name,
            columns,
            form,
        } if there(columns) && is_there(world, table, "id") => {
            vec![index(name, &on, columns, form, partitioned)]
        }
        Member::Unique {
            name,
            columns,
            deferrable,
        } if there(columns) => {
            let mut columns = columns.clone();
            if partitioned && !columns.contains(&"id".to_owned()) {
                columns.push("id".to_owned());
            }
            let later = if *deferrable {
                " DEFERRABLE INITIALLY DEFERRED"
            } else {
                ""
            };
            vec![format!(
                "ALTER TABLE {on} ADD CONSTRAINT {} UNIQUE ({}){later}",
                ident(name),
                list(&columns)
            )]
        }
        Member::Check { .. } => Vec::from_iter(check(world, table, member)),
        Member::ForeignKey { .. } => foreign_key(world, table, member),
        Member::Exclude { name, column } if there(std::slice::from_ref(column)) && !partitioned => {
            let own = table.columns.iter().find(|own| own.name == *column);
            let fits = own.is_some_and(|own| matches!(own.kind, Kind::Range(_)));
            let add = format!(
                "ALTER TABLE {on} ADD CONSTRAINT {} EXCLUDE USING gist ({} WITH &&)",
                ident(name),
                ident(column)
            );
            Vec::from_iter(fits.then_some(add))
        }
        Member::Trigger { .. } => trigger(world, table, member),
        Member::Policy {
            name,
            column,
            command,
        } if there(std::slice::from_ref(column)) => vec![format!(
            "CREATE POLICY {} ON {on} FOR {command} USING ({} IS NOT NULL)",
            ident(name),
            ident(column)
        )],
        Member::Statistics { name, columns } if there(columns) && columns.len() > 1 => {
            vec![format!(
                "CREATE STATISTICS {} (ndistinct) ON {} FROM {on}",
                ident(name),
                list(columns)
            )]
        }
        Member::Index { .. }
        | Member::Unique { .. }
        | Member::Exclude { .. }
        | Member::Policy { .. }
        | Member::Statistics { .. } => Vec::new(),
    }
}

fn check(world: &World, table: &Table, member: &Member) -> Option<String> {
    let Member::Check {
        name,
        column,
        number,
        valid,
    } = member
    else {
        return None;
    };
    let valid = if *valid { "" } else { " NOT VALID" };
    let (name, on) = (ident(name), named(table));
    let condition = if is_whole_number(table, column) {
        format!("{} <> {number}", ident(column))
    } else {
        format!("{} IS NOT NULL OR {number} > 0", ident(column))
    };
    is_there(world, table, column)
        .then(|| format!("ALTER TABLE {on} ADD CONSTRAINT {name} CHECK ({condition}){valid}"))
}

fn index(name: &str, on: &str, columns: &[String], form: &str, partitioned: bool) -> String {
    let name = ident(name);
    let keys = list(columns);
    let first = ident(&columns[0]);
    match form {
        "unique" if !partitioned => format!("CREATE UNIQUE INDEX {name} ON {on} ({keys})"),
        "partial" => format!("CREATE INDEX {name} ON {on} ({keys}) WHERE {first} IS NOT NULL"),
        "expression" => format!("CREATE INDEX {name} ON {on} (({first} IS NULL), {keys})"),
        "include" => format!("CREATE INDEX {name} ON {on} (id) INCLUDE ({first})"),
        "descending" => format!("CREATE INDEX {name} ON {on} ({first} DESC NULLS LAST)"),
        "hash" => format!("CREATE INDEX {name} ON {on} USING hash (id)"),
        _ => format!("CREATE INDEX {name} ON {on} ({keys})"),
    }
}

fn foreign_key(world: &World, table: &Table, member: &Member) -> Vec<String> {
    let Member::ForeignKey {
        name,
        column,
        table: other,
        action,
        valid,
    } = member
    else {
        return Vec::new();
    };
    let other = world.tables.iter().find(|each| each.name == *other);
    let other = other.filter(|other| {
        !other.primary_key.is_empty()
            && other.partitions.is_none()
            && (other.unlogged == table.unlogged)
    });
    let (Some(other), true) = (other, is_whole_number(table, column)) else {
        return Vec::new();
    };
    let valid = if *valid || table.partitions.is_some() {
        ""
    } else {
        " NOT VALID"
    };
    vec![format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {action}{valid}",
        named(table),
        ident(name),
        ident(column),
        named(other),
        list(&other.primary_key)
    )]
}

fn trigger(world: &World, table: &Table, member: &Member) -> Vec<String> {
    let Member::Trigger {
        name,
        function,
        form,
        column,
        disabled,
    } = member
    else {
        return Vec::new();
    };
    let known = world
        .functions
        .iter()
        .any(|f| f.name == *function && f.kind == "trigger");
    if !known || !is_there(world, table, column) {
        return Vec::new();
    }
    let (on, column, trigger) = (named(table), ident(column), ident(name));
    let run = format!("EXECUTE FUNCTION {}()", ident(function));
    let mut made = vec![match *form {
        "before" => format!("CREATE TRIGGER {trigger} BEFORE INSERT ON {on} FOR EACH ROW {run}"),
        "of" => {
            format!("CREATE TRIGGER {trigger} AFTER UPDATE OF {column} ON {on} FOR EACH ROW {run}")
        }
        "when" => format!(
            "CREATE TRIGGER {trigger} AFTER INSERT ON {on} FOR EACH ROW WHEN (NEW.{column} IS NULL) {run}"
        ),
        _ => format!("CREATE TRIGGER {trigger} AFTER DELETE ON {on} FOR EACH STATEMENT {run}"),
    }];
    if *disabled && table.partitions.is_none() {
        made.push(format!("ALTER TABLE {on} DISABLE TRIGGER {trigger}"));
    }
    made
}
