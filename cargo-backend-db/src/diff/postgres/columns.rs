//! The statements that change a table that stays: its columns and settings.

use std::collections::{BTreeMap, BTreeSet};

use cargo_backend_shared::schema::{Column, Generated, Schema, SequenceOptions, Table};

use super::super::{Form, Step};
use super::fate::{Columns, Fate, expression};
use super::{exchange, online};
use crate::ddl::literal;
use crate::ddl::postgres::words::mentioned;
use crate::ddl::postgres::{column as column_definition, counting, ident, setting, table_name};

/// The two sides of one table that stays.
pub(super) struct Change<'a> {
    pub(super) schemas: (&'a Schema, &'a Schema),
    pub(super) tables: (&'a Table, &'a Table),
    pub(super) columns: &'a Columns,
    /// Types and routines that are made anew.
    pub(super) remade: &'a BTreeSet<(String, String)>,
    pub(super) form: Form,
}

impl Change<'_> {
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Column, &Column, Fate)> {
        let (from, to) = self.tables;
        from.columns.iter().filter_map(move |old| {
            let new = to.columns.iter().find(|new| new.name == old.name)?;
            Some((old, new, *self.columns.fates.get(&old.name)?))
        })
    }

    fn alter(&self, column: &str, what: &str) -> Step {
        let table = table_name(self.tables.1);
        Step::new(format!(
            "ALTER TABLE ONLY {table} ALTER COLUMN {} {what}",
            ident(column)
        ))
    }

    /// Whether a default has to go before the objects it needs, or its column's type.
    fn loses_default(&self, old: &Column, new: &Column, fate: Fate) -> bool {
        let Some(default) = &old.default else {
            return false;
        };
        fate == Fate::Retyped
            || !mentioned(default).is_disjoint(self.remade)
            || matches!(fate, Fate::Altered | Fate::Exchanged) && new.default.is_none()
    }

    /// What goes before anything is made.
    pub(super) fn before(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (old, new, fate) in self.pairs() {
            if matches!(fate, Fate::Readded | Fate::Exchanged) {
                continue;
            }
            if self.loses_default(old, new, fate) {
                steps.push(self.alter(&old.name, "DROP DEFAULT"));
            }
            if identity(old).is_some() && identity(new).is_none() && self.leads(old) {
                let step = self.alter(&old.name, "DROP IDENTITY");
                steps.push(Step::new(step.sql.replacen("TABLE ONLY", "TABLE", 1)));
            }
        }
        steps
    }

    /// Whether the column is this table's own to change: no table that is above it, before and
    /// after, has it too.
    fn leads(&self, column: &Column) -> bool {
        let (from, to) = self.tables;
        let partition = |table: &Table| table.partition_of.as_ref().map(|part| part.parent.clone());
        let partition = partition(from).filter(|above| Some(above) == partition(to).as_ref());
        let parents = from
            .inherits
            .iter()
            .filter(|above| to.inherits.contains(above));
        let mut above = parents.chain(partition.iter());
        let is_in = |schema: &Schema, table: &String| {
            let columns = schema
                .tables
                .get(table)
                .into_iter()
                .flat_map(|table| &table.columns);
            columns.into_iter().any(|other| other.name == column.name)
        };
        !above.any(|above| is_in(self.schemas.0, above) || is_in(self.schemas.1, above))
    }

    /// The change of the table itself.
    pub(super) fn steps(&self) -> Vec<Step> {
        let (from, to) = self.tables;
        let name = table_name(to);
        let (left, joined) = self.parents();
        let mut steps = left;
        let gone = self.columns.gone();
        // What is computed goes before what it is computed from.
        let of = |computed: bool| {
            let columns = from.columns.iter();
            columns.filter(move |old| expression(old).is_some() == computed)
        };
        for old in of(true)
            .chain(of(false))
            .filter(|old| gone.contains(&old.name))
        {
            let column = &old.name;
            let exchanged = self.columns.fates.get(column) == Some(&Fate::Exchanged);
            if !self.leads(old) || exchanged {
                continue;
            }
            let sql = format!("ALTER TABLE {name} DROP COLUMN {}", ident(column));
            steps.push(if expression(old).is_some() {
                Step::new(sql)
            } else {
                let words = format!("the values of {}.{column}", to.key());
                Step::losing(sql, words)
            });
        }
        steps.extend(exchange::steps(self));
        steps.extend(self.added(false));
        for (old, new, fate) in self.pairs() {
            if matches!(fate, Fate::Altered | Fate::Retyped | Fate::Exchanged) {
                steps.extend(self.column(old, new, fate));
            }
        }
        // What is computed finds its sources as they will be.
        steps.extend(self.added(true));
        steps.extend(settings(from, to));
        steps.extend(joined);
        steps
    }

    /// Columns that are new, or come back: the plain ones, or those that are computed.
    fn added(&self, computed: bool) -> Vec<Step> {
        let to = self.tables.1;
        let name = table_name(to);
        let mut steps = Vec::new();
        for new in &to.columns {
            let fate = self.columns.fates.get(&new.name);
            let is_new = fate.is_none() || fate == Some(&Fate::Readded);
            if !is_new || expression(new).is_some() != computed {
                continue;
            }
            if self.leads(new) {
                let definition = column_definition(new, to.partition_of.is_some());
                steps.push(Step::new(format!(
                    "ALTER TABLE {name} ADD COLUMN {definition}"
                )));
            } else if !new.inherited && new.default.is_some() {
                // The parent's column brought its own default along.
                steps.extend(self.default(new, None));
            }
        }
        steps
    }

    fn column(&self, old: &Column, new: &Column, fate: Fate) -> Vec<Step> {
        let to = self.tables.1;
        let table = table_name(to);
        let mut steps = Vec::new();
        let whole = |what: &str| {
            Step::new(format!(
                "ALTER TABLE {table} ALTER COLUMN {} {what}",
                ident(&new.name)
            ))
        };
        let leads = self.leads(old);
        if leads && fate == Fate::Retyped {
            steps.push(whole(&retype(old, new, self.remade)));
        }
        if leads && expression(old).is_some() && expression(new).is_none() {
            steps.push(whole("DROP EXPRESSION"));
        }
        let exchanged = fate == Fate::Exchanged;
        if old.nullable != new.nullable && !self.follows_null(old, new) && !exchanged {
            match (new.nullable, self.form, fate) {
                (true, _, _) => steps.push(whole("DROP NOT NULL")),
                (false, Form::Online, Fate::Altered) if to.partition_by.is_none() => {
                    steps.extend(online::not_null(&table, &new.name));
                }
                (false, _, _) => steps.push(whole("SET NOT NULL")),
            }
        }
        // The other column came without one.
        let dropped = self.loses_default(old, new, fate) || exchanged;
        if (old.default != new.default || dropped) && expression(new).is_none() {
            let before = if dropped { None } else { old.default.as_ref() };
            steps.extend(self.default(new, before));
        }
        let brought = exchanged && identity(old).is_some();
        if leads && !brought {
            steps.extend(self.identity(old, new));
        }
        steps
    }

    /// Whether NOT NULL comes, or goes, with that of a parent.
    fn follows_null(&self, old: &Column, new: &Column) -> bool {
        let parent = |schema: &Schema, table: &Table| {
            let partition = table.partition_of.as_ref().map(|part| &part.parent);
            let parents = partition.into_iter().chain(&table.inherits);
            let tables = parents.filter_map(|parent| schema.tables.get(parent));
            let mut columns = tables.flat_map(|table| &table.columns);
            let column = columns.find(|column| column.name == new.name);
            column.map(|column| column.nullable)
        };
        let before = parent(self.schemas.0, self.tables.0);
        let after = parent(self.schemas.1, self.tables.1);
        before == Some(old.nullable) && after == Some(new.nullable)
    }

    fn default(&self, new: &Column, before: Option<&String>) -> Option<Step> {
        match &new.default {
            Some(_) if expression(new).is_some() => None,
            Some(default) => Some(self.alter(&new.name, &format!("SET DEFAULT {default}"))),
            None => before.map(|_| self.alter(&new.name, "DROP DEFAULT")),
        }
    }

    fn identity(&self, old: &Column, new: &Column) -> Option<Step> {
        let table = table_name(self.tables.1);
        let name = ident(&new.name);
        let alter = format!("ALTER TABLE {table} ALTER COLUMN {name}");
        let when = |always: bool| if always { "ALWAYS" } else { "BY DEFAULT" };
        match (identity(old), identity(new)) {
            (None, Some(_)) => {
                identity_clause(new).map(|clause| Step::new(format!("{alter} ADD {clause}")))
            }
            (Some(before), Some((always, sequence))) if before != (always, sequence) => {
                let cycle = if sequence.cycle { "CYCLE" } else { "NO CYCLE" };
                Some(Step::new(format!(
                    "{alter} SET GENERATED {} SET START WITH {} SET INCREMENT BY {} SET MINVALUE {} SET MAXVALUE {} SET CACHE {} SET {cycle}",
                    when(always),
                    sequence.start,
                    sequence.increment,
                    sequence.minimum,
                    sequence.maximum,
                    sequence.cache
                )))
            }
            _ => None,
        }
    }

    /// Leaving parents, which comes first, and joining others, which needs the columns.
    fn parents(&self) -> (Vec<Step>, Vec<Step>) {
        let (from, to) = self.tables;
        let name = table_name(to);
        let named = |schema: &Schema, parent: &String| schema.tables.get(parent).map(table_name);
        let left = from.inherits.iter().filter(|p| !to.inherits.contains(p));
        let left = left
            .filter_map(|parent| named(self.schemas.0, parent))
            .map(|parent| Step::new(format!("ALTER TABLE {name} NO INHERIT {parent}")));
        let joined = to.inherits.iter().filter(|p| !from.inherits.contains(p));
        let joined = joined
            .filter_map(|parent| named(self.schemas.1, parent))
            .map(|parent| Step::new(format!("ALTER TABLE {name} INHERIT {parent}")));
        (left.collect(), joined.collect())
    }
}

/// `GENERATED … AS IDENTITY (…)`, for a column that counts.
pub(super) fn identity_clause(column: &Column) -> Option<String> {
    let (always, sequence) = identity(column)?;
    let when = if always { "ALWAYS" } else { "BY DEFAULT" };
    let counting = counting(sequence);
    Some(format!("GENERATED {when} AS IDENTITY ({counting})"))
}

/// A value of the old type as one of the new: what stands in the statement for it, converted.
pub(super) fn conversion(old: &Column, new: &Column, value: &str) -> String {
    let cast = cast(old, new, &BTreeSet::new());
    format!("{value}{cast}")
}

/// A change of type. The values go through text where the old type is only a name any more.
fn retype(old: &Column, new: &Column, remade: &BTreeSet<(String, String)>) -> String {
    let name = ident(&new.name);
    let collate = new
        .collation
        .as_ref()
        .map_or_else(String::new, |collation| format!(" COLLATE {collation}"));
    let cast = cast(old, new, remade);
    let using = match cast.as_str() {
        // The server sees that nothing has to be rewritten, where that is so.
        "" => String::new(),
        cast => format!(" USING {name}{cast}"),
    };
    format!("TYPE {}{collate}{using}", new.r#type)
}

/// The casts from the one type to the other; none where an assignment does it.
fn cast(old: &Column, new: &Column, remade: &BTreeSet<(String, String)>) -> String {
    let through_text = !mentioned(&new.r#type).is_disjoint(remade)
        || !mentioned(&old.r#type).is_disjoint(remade)
        || !is_cast(&old.r#type, &new.r#type);
    if base(&old.r#type) == base(&new.r#type) && !through_text {
        String::new()
    } else if through_text && old.r#type.ends_with("[]") && new.r#type.ends_with("[]") {
        format!("::text[]::{}", new.r#type)
    } else if through_text {
        format!("::text::{}", new.r#type)
    } else {
        format!("::{}", new.r#type)
    }
}

/// A type without its modifier: `character varying(40)` is `character varying`.
fn base(text: &str) -> String {
    let (before, after) = text.split_once('(').unwrap_or((text, ""));
    let after = after.split_once(')').map_or("", |(_, after)| after);
    format!("{}{after}", before.trim_end())
}

/// Whether the server casts the one to the other. Everything can be cast to text and from it.
fn is_cast(old: &str, new: &str) -> bool {
    const NUMBERS: &[&str] = &[
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "real",
        "double precision",
    ];
    const TIMES: &[&str] = &[
        "date",
        "timestamp without time zone",
        "timestamp with time zone",
    ];
    const TEXTS: &[&str] = &["text", "character varying", "character"];
    let (old, new) = (base(old), base(new));
    let both = |family: &[&str]| {
        family.contains(&old.trim_end_matches("[]")) && family.contains(&new.trim_end_matches("[]"))
    };
    let alike = old.ends_with("[]") == new.ends_with("[]");
    old == new
        || alike && (both(NUMBERS) || both(TIMES) || both(&["json", "jsonb"]))
        || alike && both(&["boolean", "integer"])
        || TEXTS.contains(&new.as_str())
        || TEXTS.contains(&old.as_str())
        || old.ends_with("[]") && new == "text[]"
}

/// Storage parameters, persistence and place.
fn settings(from: &Table, to: &Table) -> Vec<Step> {
    let name = table_name(to);
    let mut steps = Vec::new();
    let has = |table: &Table, option: &str| table.options.iter().any(|other| other == option);
    match (has(from, "unlogged"), has(to, "unlogged")) {
        (false, true) => steps.push(Step::new(format!("ALTER TABLE {name} SET UNLOGGED"))),
        (true, false) => steps.push(Step::new(format!("ALTER TABLE {name} SET LOGGED"))),
        _ => {}
    }
    let parameters = |table: &Table| -> BTreeMap<String, String> {
        let options = table.options.iter();
        let pairs = options.filter_map(|option| option.split_once('='));
        pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    };
    let (old, new) = (parameters(from), parameters(to));
    for option in old.keys().filter(|option| !new.contains_key(*option)) {
        steps.push(Step::new(format!("ALTER TABLE {name} RESET ({option})")));
    }
    for (option, value) in new
        .iter()
        .filter(|(option, value)| old.get(*option) != Some(value))
    {
        let value = literal(value);
        steps.push(Step::new(format!(
            "ALTER TABLE {name} SET ({option}={value})"
        )));
    }
    let (old, new) = (setting(from, "tablespace "), setting(to, "tablespace "));
    if old != new {
        let place = ident(new.unwrap_or("pg_default"));
        steps.push(Step::new(format!(
            "ALTER TABLE {name} SET TABLESPACE {place}"
        )));
    }
    let (old, new) = (setting(from, "using "), setting(to, "using "));
    if old != new {
        let method = ident(new.unwrap_or("heap"));
        steps.push(Step::new(format!(
            "ALTER TABLE {name} SET ACCESS METHOD {method}"
        )));
    }
    steps
}

fn identity(column: &Column) -> Option<(bool, &SequenceOptions)> {
    match &column.generated {
        Some(Generated::Identity { always, sequence }) => Some((*always, sequence)),
        Some(Generated::Stored { .. } | Generated::Virtual { .. } | Generated::AutoIncrement)
        | None => None,
    }
}
