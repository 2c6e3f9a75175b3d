//! Changes at random.

use fastrand::Rng;

use super::make::{PLAIN, choose};
use super::world::{Kind, Member, World};

/// One change, if what it needs is there.
pub(super) fn change(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let tables = world.tables.len();
    match random.u8(..34) {
        0 => {
            world.add_table(random);
            Some("add table")
        }
        1 if tables > 1 => {
            world.tables.remove(random.usize(..tables));
            Some("drop table")
        }
        2..=4 => add_column(world, random),
        5..=7 => drop_column(world, random),
        8..=10 => change_column(world, random),
        11 => change_id(world, random),
        12..=14 => world.add_member(random.usize(..tables), random),
        15..=17 => drop_member(world, random),
        18 | 19 => change_member(world, random),
        20 | 21 => change_enum(world, random),
        22 | 23 => change_domain(world, random),
        24 => change_composite(world, random),
        25 | 26 => change_function(world, random),
        27 | 28 => change_view(world, random),
        29 => change_sequence(world, random),
        30 => change_settings(world, random),
        31 => change_partitions(world, random),
        32 => change_namespace(world, random),
        33 => {
            world.extension = !world.extension;
            Some("extension")
        }
        _ => None,
    }
}

fn add_column(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let column = world.column(random);
    let place = random.usize(..world.tables.len());
    world.tables[place].columns.push(column);
    Some("add column")
}

fn drop_column(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let place = random.usize(..world.tables.len());
    let columns = &mut world.tables[place].columns;
    let column = random.usize(..columns.len().max(1));
    if columns.get(column)?.name == "id" {
        return None;
    }
    columns.remove(column);
    Some("drop column")
}

fn change_column(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let wanted = world.column(random);
    let place = random.usize(..world.tables.len());
    let columns = &mut world.tables[place].columns;
    let column = random.usize(..columns.len().max(1));
    let column = columns.get_mut(column)?;
    if column.name == "id" {
        return None;
    }
    match random.u8(..5) {
        0 => {
            column.kind = match &column.kind {
                Kind::Plain("smallint" | "integer") => Kind::Plain("bigint"),
                Kind::Plain("bigint") => Kind::Plain("numeric(10,2)"),
                Kind::Plain("date") => Kind::Plain("timestamp with time zone"),
                Kind::Plain("text") => Kind::Plain("character varying(40)"),
                Kind::Plain("character varying(40)") | Kind::Enum(_) => Kind::Plain("text"),
                Kind::Plain("boolean" | "uuid" | "jsonb") => Kind::Plain("text"),
                Kind::Collated => Kind::Plain("text"),
                Kind::Plain("integer[]") => Kind::Plain("text[]"),
                _ => return None,
            };
            Some("change type")
        }
        1 => {
            column.nullable = !column.nullable;
            Some("nullability")
        }
        2 => {
            column.default = !column.default;
            Some("default")
        }
        3 => {
            column.number += 1;
            column.comment = !column.comment;
            Some("comment of a column")
        }
        _ => {
            column.kind = wanted.kind;
            let plain = matches!(column.kind, Kind::Plain(kind) if PLAIN.contains(&kind));
            plain.then_some("another type")
        }
    }
}

fn change_id(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let sequence = world.name(random, "q");
    let place = random.usize(..world.tables.len());
    let table = &mut world.tables[place];
    let has_parts = table.partitions.is_some();
    let id = table
        .columns
        .iter_mut()
        .find(|column| column.name == "id")?;
    if has_parts {
        return None;
    }
    id.kind = match &id.kind {
        Kind::Serial(_) => Kind::Identity(random.bool()),
        Kind::Identity(always) if random.bool() => Kind::Identity(!always),
        Kind::Identity(_) => Kind::Serial(sequence),
        _ => Kind::Plain("bigint"),
    };
    Some("identity")
}

fn drop_member(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let place = random.usize(..world.tables.len());
    let members = &mut world.tables[place].members;
    if members.is_empty() {
        return None;
    }
    members.remove(random.usize(..members.len()));
    Some("drop member")
}

fn change_member(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let place = random.usize(..world.tables.len());
    let table = &mut world.tables[place];
    let members = table.members.len();
    let member = table.members.get_mut(random.usize(..members.max(1)))?;
    match member {
        Member::Index { form, columns, .. } => {
            if random.bool() {
                columns.reverse();
            }
            *form = ["plain", "partial", "descending"][random.usize(..3)];
        }
        Member::Unique { deferrable, .. } => *deferrable = !*deferrable,
        Member::Check { number, valid, .. } => {
            if random.bool() {
                *valid = !*valid;
            } else {
                *number += 1;
            }
        }
        Member::ForeignKey { action, valid, .. } => {
            if random.bool() {
                *valid = !*valid;
            } else {
                *action = if *action == "CASCADE" {
                    "NO ACTION"
                } else {
                    "CASCADE"
                };
            }
        }
        Member::Exclude { .. } => return None,
        Member::Trigger { form, disabled, .. } => {
            if random.bool() {
                *disabled = !*disabled;
            } else {
                *form = "after";
            }
        }
        Member::Policy { command, .. } => *command = "DELETE",
        Member::Statistics { columns, .. } => columns.reverse(),
    }
    Some("change member")
}

fn change_enum(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    world.counter += 1;
    let label = format!("new {}", world.counter);
    let enums = world.enums.len();
    let (_, labels) = world.enums.get_mut(random.usize(..enums.max(1)))?;
    match random.u8(..4) {
        0 if labels.len() > 1 => {
            labels.remove(random.usize(..labels.len()));
            Some("drop a value of an enum")
        }
        1 => {
            labels.reverse();
            (labels.len() > 1).then_some("order of an enum")
        }
        _ => {
            labels.insert(random.usize(..=labels.len()), label);
            Some("add a value to an enum")
        }
    }
}

fn change_domain(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let domains = world.domains.len();
    let domain = world.domains.get_mut(random.usize(..domains.max(1)))?;
    match random.u8(..4) {
        0 => domain.check = Some(domain.check.unwrap_or(0) + 1),
        1 => domain.default = Some(domain.default.unwrap_or(10) + 1),
        2 => domain.not_null = !domain.not_null,
        _ => domain.check = None,
    }
    Some("domain")
}

fn change_composite(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    world.counter += 1;
    let name = format!("z{}", world.counter);
    let (_, parts) = world.composites.first_mut()?;
    if random.bool() && parts.len() > 1 {
        parts.remove(random.usize(..parts.len()));
    } else {
        parts.push((name, "bigint"));
    }
    Some("composite")
}

fn change_function(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let functions = world.functions.len();
    if functions == 0 || random.u8(..5) == 0 {
        world.add_function(random);
        return Some("add function");
    }
    let place = random.usize(..functions);
    if random.u8(..4) == 0 {
        world.functions.remove(place);
        return Some("drop function");
    }
    let function = &mut world.functions[place];
    if random.bool() {
        function.number += 1;
        return Some("body of a function");
    }
    function.returns = if function.returns == "integer" {
        "bigint"
    } else {
        "integer"
    };
    Some("what a function returns")
}

fn change_view(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let views = world.views.len();
    if views == 0 || random.u8(..4) == 0 {
        world.add_view(random);
        return Some("add view");
    }
    let place = random.usize(..views);
    match random.u8(..5) {
        0 => {
            world.views.remove(place);
            return Some("drop view");
        }
        1 => world.views[place].materialized = !world.views[place].materialized,
        2 => world.views[place].comment = !world.views[place].comment,
        3 => world.views[place].grouped = !world.views[place].grouped,
        _ => world.views[place].number += 1,
    }
    let below = &mut world.views[place];
    below.indexed &= below.materialized;
    Some("change view")
}

fn change_sequence(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    if random.bool() {
        world.add_sequence(random);
        return Some("add sequence");
    }
    let sequences = world.sequences.len();
    if sequences > 0 && random.bool() {
        world.sequences.remove(random.usize(..sequences));
        return Some("drop sequence");
    }
    world.sequences.first_mut()?.1 += 1;
    Some("change sequence")
}

fn change_settings(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let place = random.usize(..world.tables.len());
    let parents: Vec<String> = world
        .tables
        .iter()
        .filter_map(|t| t.inherits.clone())
        .collect();
    let table = &mut world.tables[place];
    match random.u8(..4) {
        0 => table.comment = table.comment.is_none().then_some(3),
        1 => table.fillfactor = table.fillfactor.is_none().then_some(80),
        2 if table.inherits.is_none() => table.row_security = (table.row_security + 1) % 3,
        3 if table.partitions.is_none()
            && table.inherits.is_none()
            && !parents.contains(&table.name)
            && !table
                .members
                .iter()
                .any(|m| matches!(m, Member::ForeignKey { .. })) =>
        {
            table.unlogged = !table.unlogged;
        }
        _ => return None,
    }
    Some("settings of a table")
}

fn change_partitions(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    let part = world.name(random, "p");
    let partitioned = world
        .tables
        .iter_mut()
        .filter_map(|table| table.partitions.as_mut());
    let (_, parts) = partitioned.last()?;
    if random.bool() && parts.len() > 1 {
        parts.pop();
        return Some("drop partition");
    }
    let end = parts.last().map_or(0, |(_, end)| *end) + 1_000;
    parts.push((part, end));
    Some("add partition")
}

fn change_namespace(world: &mut World, random: &mut Rng) -> Option<&'static str> {
    if world.namespaces.len() < 2 {
        let name = world.name(random, "n");
        world.namespaces.push(name);
        return Some("add schema");
    }
    let used: Vec<String> = world
        .tables
        .iter()
        .filter_map(|t| t.namespace.clone())
        .collect();
    let free = world
        .namespaces
        .iter()
        .position(|name| !used.contains(name))?;
    world.namespaces.remove(free);
    choose(random, &[Some("drop schema")]).copied().flatten()
}
