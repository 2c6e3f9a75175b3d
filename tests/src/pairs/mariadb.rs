//! A schema as MariaDB's SQL: what it has no words for is left out.

use super::world::{Column, Function, Kind, Member, Table, View, World};

fn ident(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| ident(name)).collect();
    names.join(", ")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// The statements, each ended by a semicolon.
#[must_use]
pub fn print(world: &World) -> String {
    let mut out = Vec::new();
    for table in &world.tables {
        out.push(create(world, table));
    }
    for table in &world.tables {
        for member in &table.members {
            out.extend(self::member(world, table, member));
        }
    }
    out.extend(world.functions.iter().filter_map(routine));
    for made in &world.views {
        out.extend(view(world, made));
    }
    let statements = out.iter().map(|statement| format!("{statement};\n"));
    statements.collect()
}

fn routine(function: &Function) -> Option<String> {
    let name = ident(&function.name);
    let number = function.number;
    let kind = if function.returns == "integer" {
        "int"
    } else {
        "bigint"
    };
    Some(match function.kind {
        "plpgsql" | "sql" => format!(
            "CREATE FUNCTION {name}(a {kind}) RETURNS {kind} DETERMINISTIC NO SQL RETURN a + {number}"
        ),
        "procedure" => format!("CREATE PROCEDURE {name}(IN a {kind}) SELECT a + {number}"),
        _ => return None,
    })
}

fn kind(world: &World, column: &Column) -> Option<String> {
    Some(match &column.kind {
        Kind::Plain("integer") => "int".to_owned(),
        Kind::Plain(kind @ ("bigint" | "smallint")) => (*kind).to_owned(),
        Kind::Plain("text" | "integer[]" | "text[]") | Kind::Composite(_) | Kind::Range(_) => {
            "varchar(60)".to_owned()
        }
        Kind::Plain("character varying(40)") | Kind::Domain(_) => "varchar(40)".to_owned(),
        Kind::Plain("numeric(10,2)") => "decimal(10,2)".to_owned(),
        Kind::Plain("boolean") => "tinyint(1)".to_owned(),
        Kind::Plain("timestamp with time zone") => "datetime(3)".to_owned(),
        Kind::Plain("double precision") => "double".to_owned(),
        Kind::Plain("uuid") => "char(36)".to_owned(),
        Kind::Plain("jsonb") => "longtext".to_owned(),
        Kind::Plain(kind) => (*kind).to_owned(),
        Kind::Enum(name) | Kind::EnumArray(name) => {
            let (_, labels) = world.enums.iter().find(|(other, _)| other == name)?;
            let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
            let kind = if matches!(column.kind, Kind::Enum(_)) {
                "enum"
            } else {
                "set"
            };
            format!("{kind}({})", labels.join(","))
        }
        Kind::Serial(_) | Kind::Identity(_) => "bigint".to_owned(),
        Kind::Computed(_) => return None,
        Kind::Collated => "varchar(50) CHARACTER SET ascii COLLATE ascii_bin".to_owned(),
    })
}

fn is_number(column: &Column) -> bool {
    matches!(
        column.kind,
        Kind::Plain("integer" | "bigint" | "smallint" | "numeric(10,2)" | "boolean")
    )
}

fn column(world: &World, table: &Table, column: &Column) -> Option<String> {
    let name = ident(&column.name);
    let number = column.number;
    if let Kind::Computed(of) = &column.kind {
        let source = table.columns.iter().find(|other| other.name == *of)?;
        let how = if number.is_multiple_of(2) {
            "STORED"
        } else {
            "VIRTUAL"
        };
        let of = ident(of);
        return is_number(source)
            .then(|| format!("{name} decimal(20,2) GENERATED ALWAYS AS ({of} * {number}) {how}"));
    }
    let kind = kind(world, column)?;
    let mut text = format!("{name} {kind}");
    if matches!(column.kind, Kind::Serial(_) | Kind::Identity(_)) {
        return Some(format!("{text} NOT NULL AUTO_INCREMENT"));
    }
    text.push_str(if column.nullable {
        " NULL"
    } else {
        " NOT NULL"
    });
    if column.default {
        if is_number(column) {
            text = format!("{text} DEFAULT {}", number % 2);
        } else if kind.starts_with("varchar") {
            text = format!("{text} DEFAULT 'it''s {number}'");
        } else if kind.starts_with("datetime") {
            text.push_str(" DEFAULT current_timestamp(3)");
            if number.is_multiple_of(2) {
                text.push_str(" ON UPDATE current_timestamp(3)");
            }
        } else if kind == "char(36)" {
            text.push_str(" DEFAULT uuid()");
        }
    }
    if column.comment {
        text = format!("{text} COMMENT 'it''s \\\\ {number}'");
    }
    if column.statistics && is_number(column) {
        text = format!("{text} CHECK ({name} <> {})", number + 50);
    }
    Some(text)
}

fn is_there(world: &World, table: &Table, name: &str) -> bool {
    let own = table.columns.iter().find(|column| column.name == name);
    own.is_some_and(|own| column(world, table, own).is_some())
}

fn create(world: &World, table: &Table) -> String {
    let columns = table.columns.iter();
    let mut lines: Vec<String> = columns.filter_map(|c| column(world, table, c)).collect();
    if lines.is_empty() {
        // All that a child has comes from its parent, elsewhere.
        lines.push("`only` int".to_owned());
    }
    if !table.primary_key.is_empty() {
        lines.push(format!("PRIMARY KEY ({})", list(&table.primary_key)));
    }
    let format = if table.unlogged {
        " ROW_FORMAT=COMPRESSED"
    } else {
        ""
    };
    let comment = table
        .comment
        .map_or_else(String::new, |number| format!(" COMMENT='it''s {number}'"));
    let mut parts = String::new();
    if let Some((key, ends)) = &table.partitions {
        let ends: Vec<String> = ends
            .iter()
            .map(|(name, end)| format!("PARTITION {} VALUES LESS THAN ({end})", ident(name)))
            .collect();
        parts = format!(" PARTITION BY RANGE ({}) ({})", ident(key), ends.join(", "));
    }
    format!(
        "CREATE TABLE {} (\n  {}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci{format}{comment}{parts}",
        ident(&table.name),
        lines.join(",\n  ")
    )
}

/// The key that one column may have: long texts only in part.
fn key(world: &World, table: &Table, name: &String) -> Option<String> {
    let column = table.columns.iter().find(|column| column.name == *name)?;
    let long = kind(world, column).is_some_and(|kind| kind == "longtext");
    Some(if long {
        format!("{}(20)", ident(name))
    } else {
        ident(name)
    })
}

fn keys(world: &World, table: &Table, names: &[String]) -> Option<String> {
    let keys: Option<Vec<String>> = names
        .iter()
        .map(|name| key(world, table, name).filter(|_| is_there(world, table, name)))
        .collect();
    Some(keys?.join(", "))
}

fn member(world: &World, table: &Table, member: &Member) -> Option<String> {
    let on = ident(&table.name);
    let plain = table.partitions.is_none();
    match member {
        Member::Index {
            name,
            columns,
            form,
        } => {
            let unique = if *form == "unique" && plain {
                "UNIQUE "
            } else {
                ""
            };
            let keys = keys(world, table, columns)?;
            Some(format!(
                "CREATE {unique}INDEX {} ON {on} ({keys})",
                ident(name)
            ))
        }
        Member::Unique { name, columns, .. } if plain => {
            let keys = keys(world, table, columns)?;
            Some(format!(
                "ALTER TABLE {on} ADD UNIQUE KEY {} ({keys})",
                ident(name)
            ))
        }
        Member::Check {
            name,
            column,
            number,
            ..
        } if is_there(world, table, column) => {
            let auto = table.columns.first().is_some_and(|first| {
                first.name == *column && matches!(first.kind, Kind::Serial(_) | Kind::Identity(_))
            });
            let taken = table.columns.iter().any(|other| other.name == *name);
            (!auto && !taken).then(|| {
                format!(
                    "ALTER TABLE {on} ADD CONSTRAINT {} CHECK ({} is null or {number} > 0)",
                    ident(name),
                    ident(column)
                )
            })
        }
        Member::ForeignKey { .. } if plain => foreign_key(world, table, member),
        Member::Trigger {
            name, column, form, ..
        } if is_there(world, table, column) => {
            let when = match *form {
                "before" => "BEFORE INSERT",
                "of" => "AFTER UPDATE",
                _ => "AFTER DELETE",
            };
            Some(format!(
                "CREATE TRIGGER {} {when} ON {on} FOR EACH ROW SET @a = 1",
                ident(name)
            ))
        }
        _ => None,
    }
}

fn foreign_key(world: &World, table: &Table, member: &Member) -> Option<String> {
    let Member::ForeignKey {
        name,
        column,
        table: other,
        action,
        ..
    } = member
    else {
        return None;
    };
    let other = world.tables.iter().find(|each| each.name == *other)?;
    let id = other.columns.first().filter(|id| id.name == "id")?;
    let own = table.columns.iter().find(|own| own.name == *column)?;
    let fits = kind(world, own)? == kind(world, id)?
        && other.partitions.is_none()
        && own.name != "id"
        && (own.nullable || *action != "SET NULL")
        && !table
            .columns
            .iter()
            .any(|c| matches!(&c.kind, Kind::Computed(of) if of == column));
    fits.then(|| {
        format!(
            "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} (id) ON DELETE {action}",
            ident(&table.name),
            ident(name),
            ident(column),
            ident(&other.name)
        )
    })
}

fn view(world: &World, made: &View) -> Option<String> {
    let name = ident(&made.name);
    let number = made.number;
    if let Some(below) = world.views.iter().find(|below| below.name == made.of) {
        view(world, below)?;
        return Some(format!(
            "CREATE VIEW {name} AS SELECT n, {number} AS m FROM {}",
            ident(&below.name)
        ))
        .filter(|_| world.tables.iter().any(|table| table.name == below.of));
    }
    let table = world.tables.iter().find(|table| table.name == made.of)?;
    let columns = table.columns.iter().map(|column| &column.name);
    let columns: Vec<&String> = columns
        .filter(|name| made.columns.contains(name) && is_there(world, table, name))
        .collect();
    let columns = if columns.is_empty() {
        "1 AS one".to_owned()
    } else {
        list(columns)
    };
    Some(format!(
        "CREATE VIEW {name} AS SELECT {columns}, {number} AS n FROM {}",
        ident(&table.name)
    ))
}
