//! What belongs to a table, view or type and has a statement of its own: indexes, constraints,
//! triggers, policies, comments. The order of the kinds is one in which an empty schema is built.

use std::collections::BTreeMap;

use cargo_backend_shared::schema::{
    Column, Index, ObjectId, ObjectKind, Policy, RowSecurity, Schema, Table, Trigger,
};

use super::{ident, qualified, setting, table_name};

/// What kind of member it is. What comes later may need what came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AtomKind {
    /// What a column of a new child has other than that of its parent.
    Inherited,
    /// A setting of a column that CREATE TABLE has no words for.
    ColumnSetting,
    /// A primary key, unique or exclusion constraint.
    Constraint,
    Check,
    Index,
    /// A partition under its partitioned table.
    Partition,
    /// The index of a partition under that of its partitioned table.
    PartitionIndex,
    ForeignKey,
    SequenceOwner,
    Trigger,
    Policy,
    RowSecurity,
    Statistics,
    TableSetting,
    Comment,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Atom {
    pub(crate) kind: AtomKind,
    /// With what it goes away.
    pub(crate) owner: ObjectId,
    /// Unquoted; unique among its owner's of this kind.
    pub(crate) name: String,
    /// The statements that make it.
    pub(crate) create: Vec<String>,
    /// The statement that takes it away; none where it goes by itself, or only can be replaced.
    pub(crate) drop: Option<String>,
    /// Whether CREATE TABLE makes it.
    pub(crate) inline: bool,
    /// Whether it is a partition's copy of what its partitioned table has, which comes and goes with
    /// that one.
    pub(crate) follows: bool,
    /// What COMMENT ON calls it, where it can have a comment: `INDEX "public"."i"`.
    pub(crate) label: Option<String>,
}

/// Those of a kind and owner, and the names before which they belong.
pub(crate) type AtomId = (AtomKind, ObjectId, String);

impl Atom {
    pub(crate) fn id(&self) -> AtomId {
        (self.kind, self.owner.clone(), self.name.clone())
    }
}

/// All of a schema, in the order in which they are made.
pub(crate) fn atoms(schema: &Schema) -> Vec<Atom> {
    let mut all = Atoms::default();
    // A partition finds the indexes of its parent among its own, and has its identity columns from
    // there (PostgreSQL 17): what is above is attached first.
    let mut tables: Vec<(&String, &Table)> = schema.tables.iter().collect();
    tables.sort_by_key(|(_, table)| depth(schema, table));
    for (key, table) in tables {
        all.owner = ObjectId::new(ObjectKind::Table, key);
        all.columns(schema, table);
        all.constraints(schema, table);
        all.indexes(&table.namespace, &table.indexes);
        all.partition(schema, table);
        all.foreign_keys(table);
        all.triggers(&table_name(table), &table.triggers);
        all.security(table);
        all.statistics(table);
        all.settings(table);
        all.table_comments(table);
    }
    for (key, view) in &schema.views {
        all.owner = ObjectId::new(ObjectKind::View, key);
        let name = qualified(&view.namespace, &view.name);
        all.indexes(&view.namespace, &view.indexes);
        all.triggers(&name, &view.triggers);
        all.view_comments(view);
    }
    for (key, sequence) in &schema.sequences {
        all.owner = ObjectId::new(ObjectKind::Sequence, key);
        let name = qualified(&sequence.namespace, &sequence.name);
        let owner = sequence.owned_by.as_ref();
        let owner = owner.and_then(|(table, column)| schema.tables.get(table).zip(Some(column)));
        if let Some((table, column)) = owner {
            let (table, column) = (table_name(table), ident(column));
            let own = format!("ALTER SEQUENCE {name} OWNED BY {table}.{column}");
            let free = format!("ALTER SEQUENCE {name} OWNED BY NONE");
            all.add(AtomKind::SequenceOwner, "", vec![own], Some(free));
        }
        all.comment(&format!("SEQUENCE {name}"), sequence.comment.as_ref());
    }
    all.other_comments(schema);
    let mut all = all.made;
    all.sort_by_key(|atom| atom.kind);
    all
}

/// How many tables are above a partition.
fn depth(schema: &Schema, table: &Table) -> usize {
    let parent = table.partition_of.as_ref();
    let parent = parent.and_then(|part| schema.tables.get(&part.parent));
    parent.map_or(0, |parent| 1 + depth(schema, parent))
}

pub(super) struct Atoms {
    pub(super) owner: ObjectId,
    made: Vec<Atom>,
}

impl Default for Atoms {
    fn default() -> Self {
        Self {
            owner: ObjectId::new(ObjectKind::Table, ""),
            made: Vec::new(),
        }
    }
}

impl Atoms {
    pub(super) fn add(
        &mut self,
        kind: AtomKind,
        name: &str,
        create: Vec<String>,
        drop: Option<String>,
    ) {
        self.made.push(Atom {
            kind,
            owner: self.owner.clone(),
            name: name.to_owned(),
            create,
            drop,
            inline: false,
            follows: false,
            label: None,
        });
    }

    /// Settings of columns that CREATE TABLE has no words for, and what a child has other than its
    /// parents.
    fn columns(&mut self, schema: &Schema, table: &Table) {
        let alter = format!("ALTER TABLE ONLY {} ALTER COLUMN", table_name(table));
        for column in &table.columns {
            let name = ident(&column.name);
            for (option, value) in &column.options {
                let (set, reset) = match option.as_str() {
                    "storage" => (format!("SET STORAGE {value}"), "SET STORAGE DEFAULT".into()),
                    "compression" => (
                        format!("SET COMPRESSION {value}"),
                        "SET COMPRESSION DEFAULT".to_owned(),
                    ),
                    "statistics" => (
                        format!("SET STATISTICS {value}"),
                        "SET STATISTICS -1".to_owned(),
                    ),
                    _ => (
                        format!("SET ({option} = {value})"),
                        format!("RESET ({option})"),
                    ),
                };
                self.add(
                    AtomKind::ColumnSetting,
                    &format!("{}.{option}", column.name),
                    vec![format!("{alter} {name} {set}")],
                    Some(format!("{alter} {name} {reset}")),
                );
            }
            self.inherited(schema, table, column, &format!("{alter} {name}"));
        }
    }

    fn inherited(&mut self, schema: &Schema, table: &Table, column: &Column, alter: &str) {
        let Some(parent) = inherited_from(schema, table, column) else {
            return;
        };
        let mut create = Vec::new();
        if column.default != parent.default {
            let change = column
                .default
                .as_ref()
                .map_or_else(|| "DROP DEFAULT".to_owned(), |d| format!("SET DEFAULT {d}"));
            create.push(format!("{alter} {change}"));
        }
        if parent.nullable && !column.nullable {
            create.push(format!("{alter} SET NOT NULL"));
        }
        if !create.is_empty() {
            self.add(AtomKind::Inherited, &column.name, create, None);
        }
    }

    fn constraints(&mut self, schema: &Schema, table: &Table) {
        // Of a partitioned table alone: its partitions have theirs by name.
        let only = if table.partition_by.is_some() {
            "ONLY "
        } else {
            ""
        };
        let alter = format!("ALTER TABLE {only}{}", table_name(table));
        let inline = super::inline_constraints(table);
        for (name, constraint) in &table.constraints {
            self.add(
                AtomKind::Constraint,
                name,
                vec![format!(
                    "{alter} ADD CONSTRAINT {} {}",
                    ident(name),
                    constraint.definition
                )],
                Some(format!(
                    "ALTER TABLE {} DROP CONSTRAINT {}",
                    table_name(table),
                    ident(name)
                )),
            );
            self.inline(inline.iter().any(|(other, _)| *other == name));
            self.label(on_table("CONSTRAINT", name, &table_name(table)));
        }
        let alter = format!("ALTER TABLE {}", table_name(table));
        for (name, check) in table.checks.iter().filter(|(_, check)| !check.inherited) {
            self.add(
                AtomKind::Check,
                name,
                vec![format!(
                    "{alter} ADD CONSTRAINT {} {}",
                    ident(name),
                    check.definition
                )],
                Some(format!("{alter} DROP CONSTRAINT {}", ident(name))),
            );
            self.inline(check.validated);
            let above = table.partition_of.as_ref();
            let above = above.and_then(|part| schema.tables.get(&part.parent));
            let follows = above.is_some_and(|above| above.checks.contains_key(name));
            if let Some(last) = self.made.last_mut() {
                last.follows = follows;
            }
            self.label(on_table("CONSTRAINT", name, &table_name(table)));
        }
    }

    fn inline(&mut self, inline: bool) {
        if let Some(last) = self.made.last_mut() {
            last.inline = inline;
        }
    }

    fn label(&mut self, label: String) {
        if let Some(last) = self.made.last_mut() {
            last.label = Some(label);
        }
    }

    fn indexes(&mut self, namespace: &str, indexes: &BTreeMap<String, Index>) {
        for index in indexes.values().filter(|index| !index.constraint) {
            self.add(
                AtomKind::Index,
                &index.name,
                vec![index.definition.clone()],
                Some(format!("DROP INDEX {}", qualified(namespace, &index.name))),
            );
            self.label(format!("INDEX {}", qualified(namespace, &index.name)));
        }
    }

    fn partition(&mut self, schema: &Schema, table: &Table) {
        let Some(part) = &table.partition_of else {
            return;
        };
        let Some(parent) = schema.tables.get(&part.parent) else {
            return;
        };
        let (above, name) = (table_name(parent), table_name(table));
        self.add(
            AtomKind::Partition,
            "",
            vec![format!(
                "ALTER TABLE ONLY {above} ATTACH PARTITION {name} {}",
                part.bound
            )],
            Some(format!("ALTER TABLE {above} DETACH PARTITION {name}")),
        );
        for index in table.indexes.values() {
            let of = index.partition_of.as_ref();
            let of = of.and_then(|key| {
                let above = parent.indexes.values();
                above.into_iter().find(|above| {
                    *key == cargo_backend_shared::schema::key(&parent.namespace, &above.name)
                })
            });
            if let Some(of) = of {
                // Nothing happens where the server has done it when the partition was attached.
                let attach = format!(
                    "ALTER INDEX {} ATTACH PARTITION {}",
                    qualified(&parent.namespace, &of.name),
                    qualified(&table.namespace, &index.name)
                );
                self.add(AtomKind::PartitionIndex, &index.name, vec![attach], None);
            }
        }
    }

    fn foreign_keys(&mut self, table: &Table) {
        let alter = format!("ALTER TABLE {}", table_name(table));
        for key in &table.foreign_keys {
            let name = key.name.as_deref().unwrap_or_default();
            self.add(
                AtomKind::ForeignKey,
                name,
                vec![format!(
                    "{alter} ADD CONSTRAINT {} {}",
                    ident(name),
                    key.definition
                )],
                Some(format!("{alter} DROP CONSTRAINT {}", ident(name))),
            );
            self.label(on_table("CONSTRAINT", name, &table_name(table)));
        }
    }

    fn triggers(&mut self, on: &str, triggers: &BTreeMap<String, Trigger>) {
        for (name, trigger) in triggers {
            let mut create = vec![trigger.definition.clone()];
            if trigger.state != "ENABLE" {
                let (state, name) = (&trigger.state, ident(name));
                create.push(format!("ALTER TABLE {on} {state} TRIGGER {name}"));
            }
            let drop = format!("DROP TRIGGER {} ON {on}", ident(name));
            self.add(AtomKind::Trigger, name, create, Some(drop));
            self.label(on_table("TRIGGER", name, on));
        }
    }

    fn security(&mut self, table: &Table) {
        let name = table_name(table);
        for (policy, made) in &table.policies {
            self.add(
                AtomKind::Policy,
                policy,
                vec![create_policy(&name, policy, made)],
                Some(format!("DROP POLICY {} ON {name}", ident(policy))),
            );
            self.label(on_table("POLICY", policy, &name));
        }
        let enable = format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY");
        let disable = format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY");
        let force = format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY");
        let relax = format!("ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY");
        if table.row_security != RowSecurity::Off {
            self.add(AtomKind::RowSecurity, "on", vec![enable], Some(disable));
        }
        if table.row_security == RowSecurity::Forced {
            self.add(AtomKind::RowSecurity, "forced", vec![force], Some(relax));
        }
    }

    fn statistics(&mut self, table: &Table) {
        for (name, definition) in &table.statistics {
            // The model keeps them by their bare name; the server's text says where they are.
            let namespace = super::words::created(definition).map_or_else(
                || ident(&table.namespace),
                |(namespace, _)| ident(&namespace),
            );
            self.add(
                AtomKind::Statistics,
                name,
                vec![super::words::statistics(definition)],
                Some(format!("DROP STATISTICS {namespace}.{}", ident(name))),
            );
        }
    }

    fn settings(&mut self, table: &Table) {
        let name = table_name(table);
        let alter = format!("ALTER TABLE {name}");
        if let Some(index) = setting(table, "cluster on ") {
            self.add(
                AtomKind::TableSetting,
                "cluster",
                vec![format!("{alter} CLUSTER ON {}", ident(index))],
                Some(format!("{alter} SET WITHOUT CLUSTER")),
            );
        }
        if let Some(how) = setting(table, "replica identity ") {
            let how = how.strip_prefix("using index ").map_or_else(
                || how.to_uppercase(),
                |index| format!("USING INDEX {}", ident(index)),
            );
            self.add(
                AtomKind::TableSetting,
                "replica identity",
                vec![format!("{alter} REPLICA IDENTITY {how}")],
                Some(format!("{alter} REPLICA IDENTITY DEFAULT")),
            );
        }
    }
}

pub(super) fn on_table(kind: &str, name: &str, table: &str) -> String {
    format!("{kind} {} ON {table}", ident(name))
}

/// The column of a parent that this one comes from alone.
fn inherited_from<'a>(schema: &'a Schema, table: &Table, column: &Column) -> Option<&'a Column> {
    let parents = table
        .inherits
        .iter()
        .filter_map(|parent| schema.tables.get(parent));
    parents
        .flat_map(|parent| &parent.columns)
        .find(|other| column.inherited && other.name == column.name)
}

fn create_policy(table: &str, name: &str, policy: &Policy) -> String {
    let kind = if policy.permissive {
        "PERMISSIVE"
    } else {
        "RESTRICTIVE"
    };
    let roles: Vec<String> = policy
        .roles
        .iter()
        .map(|role| match role.as_str() {
            "public" => "PUBLIC".to_owned(),
            role => ident(role),
        })
        .collect();
    let mut text = format!(
        "CREATE POLICY {} ON {table} AS {kind} FOR {} TO {}",
        ident(name),
        policy.command,
        roles.join(", ")
    );
    if let Some(condition) = &policy.using {
        text = format!("{text} USING ({condition})");
    }
    if let Some(condition) = &policy.check {
        text = format!("{text} WITH CHECK ({condition})");
    }
    text
}
