//! A schema as PostgreSQL's SQL. What refers to something that is gone is left out.

mod members;

use super::world::{Column, Function, Kind, Table, View, World};

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| ident(name)).collect();
    names.join(", ")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The statements, each ended by a semicolon.
#[must_use]
pub fn print(world: &World) -> String {
    let mut out = Vec::new();
    for namespace in &world.namespaces {
        out.push(format!("CREATE SCHEMA {}", ident(namespace)));
    }
    if world.extension {
        out.push("CREATE EXTENSION pg_trgm".to_owned());
    }
    types(world, &mut out);
    for function in world.functions.iter().filter(|f| f.kind != "atomic") {
        out.push(routine(function, None));
    }
    for (name, step) in &world.sequences {
        out.push(format!(
            "CREATE SEQUENCE {} INCREMENT BY {step}",
            ident(name)
        ));
    }
    for table in &world.tables {
        create(world, table, &mut out);
    }
    for table in &world.tables {
        for member in &table.members {
            out.extend(members::print(world, table, member));
        }
    }
    for function in world.functions.iter().filter(|f| f.kind == "atomic") {
        out.push(routine(function, world.tables.first()));
    }
    for made in &world.views {
        view(world, made, &mut out);
    }
    out.iter()
        .map(|statement| format!("{statement};\n"))
        .collect()
}

fn types(world: &World, out: &mut Vec<String>) {
    for (name, labels) in &world.enums {
        let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
        out.push(format!(
            "CREATE TYPE {} AS ENUM ({})",
            ident(name),
            labels.join(", ")
        ));
    }
    for domain in &world.domains {
        let mut text = format!("CREATE DOMAIN {} AS {}", ident(&domain.name), domain.base);
        if let Some(number) = domain.default {
            text = format!("{text} DEFAULT {}", literal(&number.to_string()));
        }
        if domain.not_null {
            text.push_str(" NOT NULL");
        }
        if let Some(number) = domain.check {
            let value = if domain.base == "integer" {
                "VALUE"
            } else {
                "length(VALUE)"
            };
            text = format!("{text} CONSTRAINT \"a check\" CHECK ({value} > {number})");
        }
        out.push(text);
    }
    for (name, parts) in &world.composites {
        let parts: Vec<String> = parts
            .iter()
            .map(|(part, kind)| format!("{} {kind}", ident(part)))
            .collect();
        out.push(format!(
            "CREATE TYPE {} AS ({})",
            ident(name),
            parts.join(", ")
        ));
    }
    for (name, subtype) in &world.ranges {
        out.push(format!(
            "CREATE TYPE {} AS RANGE (subtype = {subtype})",
            ident(name)
        ));
    }
}

fn routine(function: &Function, table: Option<&Table>) -> String {
    let Function {
        name,
        kind,
        returns,
        number,
    } = function;
    let name = ident(name);
    match *kind {
        "plpgsql" => format!(
            "CREATE FUNCTION {name}() RETURNS {returns} LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN {number}; END $$"
        ),
        "sql" => format!(
            "CREATE FUNCTION {name}(a integer DEFAULT 1) RETURNS {returns} LANGUAGE sql IMMUTABLE AS $$ SELECT (a + {number})::{returns} $$"
        ),
        "atomic" => {
            let from = table.map_or_else(String::new, |table| format!(" FROM {}", named(table)));
            format!(
                "CREATE FUNCTION {name}() RETURNS {returns} LANGUAGE sql BEGIN ATOMIC SELECT (count(*) + {number})::{returns}{from}; END"
            )
        }
        "procedure" => format!(
            "CREATE PROCEDURE {name}(IN a {returns}) LANGUAGE plpgsql AS $$ BEGIN PERFORM {number}; END $$"
        ),
        _ => format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM {number}; RETURN NEW; END $$"
        ),
    }
}

fn named(table: &Table) -> String {
    beside(table, &table.name)
}

/// A name in the namespace of a table.
fn beside(table: &Table, name: &str) -> String {
    match &table.namespace {
        Some(namespace) => format!("{}.{}", ident(namespace), ident(name)),
        None => ident(name),
    }
}

/// The type of a column, if it is there.
fn kind(world: &World, column: &Column) -> Option<String> {
    let there = |found: bool, name: &String| found.then(|| ident(name));
    match &column.kind {
        Kind::Plain(text) => Some((*text).to_owned()),
        Kind::Enum(name) => there(world.enums.iter().any(|(n, _)| n == name), name),
        Kind::EnumArray(name) => {
            there(world.enums.iter().any(|(n, _)| n == name), name).map(|name| format!("{name}[]"))
        }
        Kind::Domain(name) => there(world.domains.iter().any(|d| d.name == *name), name),
        Kind::Composite(name) => there(world.composites.iter().any(|(n, _)| n == name), name),
        Kind::Range(name) => there(world.ranges.iter().any(|(n, _)| n == name), name),
        Kind::Serial(_) | Kind::Identity(_) => Some("bigint".to_owned()),
        Kind::Computed(_) => None,
        Kind::Collated => Some("text COLLATE \"C\"".to_owned()),
    }
}

fn default(world: &World, column: &Column) -> Option<String> {
    let number = column.number;
    let function = world.functions.iter().find(|f| f.kind == "plpgsql");
    Some(match &column.kind {
        Kind::Plain("integer" | "bigint") if function.is_some() && number.is_multiple_of(2) => {
            format!("{}()", function.map(|f| ident(&f.name))?)
        }
        Kind::Plain("integer" | "bigint" | "smallint" | "numeric(10,2)" | "double precision") => {
            number.to_string()
        }
        Kind::Plain("text" | "character varying(40)") | Kind::Collated => {
            literal(&format!("it's {number}"))
        }
        Kind::Plain("boolean") => (number.is_multiple_of(2)).to_string(),
        Kind::Plain("timestamp with time zone") => "now()".to_owned(),
        Kind::Plain("date") => format!("CURRENT_DATE + {number}"),
        Kind::Plain("jsonb") => format!("'{{\"a\": {number}}}'"),
        Kind::Plain("uuid") => "gen_random_uuid()".to_owned(),
        Kind::Plain("integer[]" | "text[]") => format!("'{{{number}}}'"),
        Kind::Enum(name) => {
            let (_, labels) = world.enums.iter().find(|(n, _)| n == name)?;
            literal(labels.last()?)
        }
        Kind::Plain(_)
        | Kind::EnumArray(_)
        | Kind::Domain(_)
        | Kind::Composite(_)
        | Kind::Range(_)
        | Kind::Serial(_)
        | Kind::Identity(_)
        | Kind::Computed(_) => return None,
    })
}

/// The expression of a computed column and its type.
fn computed(table: &Table, of: &str, number: u32) -> Option<(&'static str, String)> {
    let source = table.columns.iter().find(|column| column.name == of)?;
    let name = ident(of);
    match source.kind {
        Kind::Plain("integer" | "bigint" | "smallint" | "numeric(10,2)") => {
            Some(("numeric", format!("{name} * {number}")))
        }
        Kind::Plain("text" | "character varying(40)") | Kind::Collated => {
            Some(("text", format!("upper({name}) || '{number}'")))
        }
        _ => None,
    }
}

fn column(world: &World, table: &Table, column: &Column) -> Option<String> {
    let name = ident(&column.name);
    if let Kind::Computed(of) = &column.kind {
        let (kind, expression) = computed(table, of, column.number)?;
        return Some(format!(
            "{name} {kind} GENERATED ALWAYS AS ({expression}) STORED"
        ));
    }
    let mut text = format!("{name} {}", kind(world, column)?);
    match &column.kind {
        Kind::Identity(always) => {
            let when = if *always { "ALWAYS" } else { "BY DEFAULT" };
            text = format!(
                "{text} GENERATED {when} AS IDENTITY (START WITH {})",
                column.number
            );
        }
        Kind::Serial(sequence) => {
            let sequence = literal(&beside(table, sequence));
            text = format!("{text} DEFAULT nextval({sequence})");
        }
        _ if column.default => {
            if let Some(value) = default(world, column) {
                text = format!("{text} DEFAULT {value}");
            }
        }
        _ => {}
    }
    if !column.nullable {
        text.push_str(" NOT NULL");
    }
    Some(text)
}

/// Whether a column is printed.
fn is_there(world: &World, table: &Table, name: &str) -> bool {
    let parent = parent(world, table);
    let own = table.columns.iter().find(|column| column.name == name);
    own.is_some_and(|own| column(world, table, own).is_some())
        || parent.is_some_and(|parent| is_there(world, parent, name))
}

fn parent<'a>(world: &'a World, table: &Table) -> Option<&'a Table> {
    let name = table.inherits.as_ref()?;
    world.tables.iter().find(|parent| parent.name == *name)
}

fn create(world: &World, table: &Table, out: &mut Vec<String>) {
    let name = named(table);
    for column in &table.columns {
        if let Kind::Serial(sequence) = &column.kind {
            out.push(format!("CREATE SEQUENCE {}", beside(table, sequence)));
        }
    }
    let mut lines: Vec<String> = table
        .columns
        .iter()
        .filter_map(|column| self::column(world, table, column))
        .collect();
    if !table.primary_key.is_empty() {
        lines.push(format!("PRIMARY KEY ({})", list(&table.primary_key)));
    }
    let unlogged = if table.unlogged { "UNLOGGED " } else { "" };
    let mut text = format!("CREATE {unlogged}TABLE {name} ({})", lines.join(", "));
    if let Some(parent) = parent(world, table) {
        text = format!("{text} INHERITS ({})", named(parent));
    }
    match (&table.partitions, table.fillfactor) {
        (Some((key, _)), _) => text = format!("{text} PARTITION BY RANGE ({})", ident(key)),
        (None, Some(factor)) => text = format!("{text} WITH (fillfactor={factor})"),
        (None, None) => {}
    }
    out.push(text);
    let mut begin = 0;
    for (part, end) in table.partitions.iter().flat_map(|(_, parts)| parts) {
        let part = ident(part);
        out.push(format!(
            "CREATE TABLE {part} PARTITION OF {name} FOR VALUES FROM ({begin}) TO ({end})"
        ));
        begin = *end;
    }
    for column in &table.columns {
        if !is_there(world, table, &column.name) {
            continue;
        }
        let at = format!("{name}.{}", ident(&column.name));
        if let Kind::Serial(sequence) = &column.kind {
            let sequence = beside(table, sequence);
            out.push(format!("ALTER SEQUENCE {sequence} OWNED BY {at}"));
        }
        if column.comment {
            out.push(format!(
                "COMMENT ON COLUMN {at} IS 'it''s {}'",
                column.number
            ));
        }
        if column.statistics {
            let column = ident(&column.name);
            out.push(format!(
                "ALTER TABLE {name} ALTER COLUMN {column} SET STATISTICS 500"
            ));
        }
    }
    if let Some(number) = table.comment {
        out.push(format!("COMMENT ON TABLE {name} IS 'number {number}'"));
    }
    if table.row_security > 0 {
        out.push(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"));
    }
    if table.row_security > 1 {
        out.push(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"));
    }
}

/// The view of this name and all below it are there.
fn stands<'a>(world: &'a World, view: &View) -> Option<(&'a Table, Vec<String>)> {
    if let Some(below) = world.views.iter().find(|below| below.name == view.of) {
        let (table, columns) = stands(world, below)?;
        let columns = if below.grouped { Vec::new() } else { columns };
        return Some((table, columns));
    }
    let table = world.tables.iter().find(|table| table.name == view.of)?;
    let columns = view
        .columns
        .iter()
        .filter(|name| is_there(world, table, name));
    Some((
        table,
        columns.filter(|name| *name != "id").cloned().collect(),
    ))
}

fn view(world: &World, made: &View, out: &mut Vec<String>) {
    let Some((table, columns)) = stands(world, made) else {
        return;
    };
    if !is_there(world, table, "id") {
        return;
    }
    let name = ident(&made.name);
    let below = world.views.iter().find(|below| below.name == made.of);
    let of = below.map_or_else(|| named(table), |below| ident(&below.name));
    let kind = if made.materialized {
        "MATERIALIZED VIEW"
    } else {
        "VIEW"
    };
    let number = made.number;
    if made.grouped {
        out.push(format!(
            "CREATE {kind} {name} AS SELECT id, count(*) AS n FROM {of} WHERE id > {number} GROUP BY id"
        ));
    } else {
        let mut all = vec!["id".to_owned()];
        all.extend(columns.iter().map(|column| ident(column)));
        let own = format!("n{number}");
        all.push(format!("{number} AS {}", ident(&own)));
        out.push(format!(
            "CREATE {kind} {name} AS SELECT {} FROM {of} WHERE id > {number}",
            all.join(", ")
        ));
    }
    if made.indexed {
        let index = ident(&format!(
            "{}_i",
            made.name.chars().take(20).collect::<String>()
        ));
        out.push(format!("CREATE UNIQUE INDEX {index} ON {name} (id)"));
    }
    if made.comment {
        out.push(format!("COMMENT ON {kind} {name} IS 'seen {number}'"));
    }
}
