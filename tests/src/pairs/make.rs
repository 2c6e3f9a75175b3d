//! A schema at random.

use fastrand::Rng;

use super::world::{Column, Domain, Function, Kind, Member, Table, View, World};

/// Names as people and machines invent them.
const NAMES: &[&str] = &[
    "orders",
    "customers",
    "order",
    "we ird",
    "Größe",
    "semi;colon",
    "quo\"te",
    "select",
    "CamelCase",
    "it's",
    "a_name_that_is_sixty_three_bytes_long_which_is_the_most_there_is",
    "events",
    "日本",
];
pub(super) const PLAIN: &[&str] = &[
    "integer",
    "bigint",
    "smallint",
    "text",
    "character varying(40)",
    "numeric(10,2)",
    "boolean",
    "timestamp with time zone",
    "date",
    "jsonb",
    "uuid",
    "integer[]",
    "text[]",
    "double precision",
];

pub(super) fn choose<'a, T>(random: &mut Rng, all: &'a [T]) -> Option<&'a T> {
    (!all.is_empty()).then(|| &all[random.usize(..all.len())])
}

impl World {
    pub(super) fn name(&mut self, random: &mut Rng, prefix: &str) -> String {
        self.counter += 1;
        let base = NAMES[random.usize(..NAMES.len())];
        if random.u8(..4) == 0 {
            let mut name = format!("{prefix}{}{base}", self.counter);
            while name.len() > 63 {
                name.pop();
            }
            name
        } else {
            format!("{prefix}{}", self.counter)
        }
    }

    pub(super) fn make(random: &mut Rng) -> Self {
        let mut world = Self {
            extension: random.bool(),
            ..Self::default()
        };
        if random.bool() {
            world.namespaces.push("audit".to_owned());
        }
        for _ in 0..random.usize(0..3) {
            world.add_enum(random);
        }
        for _ in 0..random.usize(0..3) {
            world.add_domain(random);
        }
        if random.bool() {
            world.add_composite(random);
        }
        if random.u8(..3) == 0 {
            let name = world.name(random, "r");
            world.ranges.push((name, "double precision"));
        }
        for _ in 0..random.usize(0..3) {
            world.add_sequence(random);
        }
        for _ in 0..random.usize(0..4) {
            world.add_function(random);
        }
        for _ in 0..random.usize(1..5) {
            world.add_table(random);
        }
        for _ in 0..random.usize(0..4) {
            world.add_view(random);
        }
        world
    }

    pub(super) fn add_enum(&mut self, random: &mut Rng) {
        let name = self.name(random, "e");
        let labels = (0..random.usize(1..5))
            .map(|n| format!("it's {n}"))
            .collect();
        self.enums.push((name, labels));
    }

    pub(super) fn add_domain(&mut self, random: &mut Rng) {
        let name = self.name(random, "d");
        let base = if random.bool() { "integer" } else { "text" };
        self.domains.push(Domain {
            name,
            base,
            check: random.bool().then(|| random.u32(1..9)),
            not_null: random.u8(..4) == 0,
            default: random.bool().then(|| random.u32(10..19)),
        });
    }

    pub(super) fn add_composite(&mut self, random: &mut Rng) {
        let name = self.name(random, "k");
        let parts = vec![("x".to_owned(), "integer"), ("y y".to_owned(), "text")];
        self.composites.push((name, parts));
    }

    pub(super) fn add_sequence(&mut self, random: &mut Rng) {
        let name = self.name(random, "s");
        self.sequences.push((name, random.i64(1..5)));
    }

    pub(super) fn add_function(&mut self, random: &mut Rng) {
        let name = self.name(random, "f");
        let kinds = [
            "plpgsql",
            "sql",
            "atomic",
            "procedure",
            "trigger",
            "trigger",
        ];
        self.functions.push(Function {
            name,
            kind: kinds[random.usize(..kinds.len())],
            returns: if random.bool() { "integer" } else { "bigint" },
            number: random.u32(1..9),
        });
    }

    pub(super) fn column(&mut self, random: &mut Rng) -> Column {
        let name = self.name(random, "c");
        let plain = Kind::Plain(PLAIN[random.usize(..PLAIN.len())]);
        let named = |name: Option<&String>, make: fn(String) -> Kind| {
            name.map_or_else(|| plain.clone(), |name| make(name.clone()))
        };
        let enums: Vec<String> = self.enums.iter().map(|(name, _)| name.clone()).collect();
        let domains: Vec<String> = self.domains.iter().map(|d| d.name.clone()).collect();
        let composites: Vec<String> = self.composites.iter().map(|(n, _)| n.clone()).collect();
        let ranges: Vec<String> = self.ranges.iter().map(|(name, _)| name.clone()).collect();
        let kind = match random.u8(..14) {
            0 => named(choose(random, &enums), Kind::Enum),
            1 => named(choose(random, &enums), Kind::EnumArray),
            2 => named(choose(random, &domains), Kind::Domain),
            3 => named(choose(random, &composites), Kind::Composite),
            4 => named(choose(random, &ranges), Kind::Range),
            5 => Kind::Collated,
            _ => plain,
        };
        Column {
            name,
            kind,
            nullable: random.u8(..3) > 0,
            default: random.u8(..3) == 0,
            number: random.u32(1..9),
            comment: random.u8(..6) == 0,
            statistics: random.u8(..8) == 0,
        }
    }

    pub(super) fn add_table(&mut self, random: &mut Rng) {
        let name = self.name(random, "t");
        let namespace = choose(random, &self.namespaces).cloned();
        let namespace = namespace.filter(|_| random.u8(..3) == 0);
        let id = Column {
            name: "id".to_owned(),
            kind: match random.u8(..4) {
                0 => Kind::Identity(random.bool()),
                1 => Kind::Serial(self.name(random, "q")),
                2 => Kind::Plain("bigint"),
                _ => Kind::Plain("integer"),
            },
            nullable: false,
            default: false,
            number: 1,
            comment: false,
            statistics: false,
        };
        let mut table = Table {
            namespace,
            name,
            columns: vec![id],
            primary_key: vec!["id".to_owned()],
            members: Vec::new(),
            unlogged: random.u8(..10) == 0,
            fillfactor: (random.u8(..6) == 0).then_some(70),
            comment: (random.u8(..3) == 0).then(|| random.u32(1..9)),
            row_security: random.u8(..8).saturating_sub(5),
            partitions: None,
            inherits: None,
        };
        for _ in 0..random.usize(1..6) {
            table.columns.push(self.column(random));
        }
        if random.u8(..4) == 0 {
            let name = self.name(random, "g");
            let of = table.columns[1].name.clone();
            table.columns.push(Column {
                name,
                kind: Kind::Computed(of),
                nullable: true,
                default: false,
                number: 2,
                comment: false,
                statistics: false,
            });
        }
        let plain_id = matches!(table.columns[0].kind, Kind::Plain(_));
        if plain_id && !table.unlogged && random.u8(..4) == 0 {
            let ends = [100, 1000];
            let parts = ends.map(|end| (self.name(random, "p"), end));
            table.partitions = Some(("id".to_owned(), parts.to_vec()));
        } else if plain_id && random.u8(..6) == 0 {
            let mut parents = self.tables.iter().filter(|table| {
                table.partitions.is_none() && table.inherits.is_none() && !table.unlogged
            });
            table.inherits = parents.next_back().map(|parent| parent.name.clone());
            if table.inherits.is_some() {
                // What it has by itself: the parent brings `id` along.
                table.columns.remove(0);
                table.primary_key.clear();
                table.unlogged = false;
                table.row_security = 0;
                table
                    .columns
                    .retain(|column| !matches!(column.kind, Kind::Computed(_)));
            }
        }
        self.tables.push(table);
        let place = self.tables.len() - 1;
        for _ in 0..random.usize(0..6) {
            self.add_member(place, random);
        }
    }

    pub(super) fn add_member(&mut self, place: usize, random: &mut Rng) -> Option<&'static str> {
        let name = self.name(random, "m");
        let table = self.tables[place].clone();
        let some: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
        let column = choose(random, &some)?.clone();
        let mut columns = vec![column.clone()];
        if let Some(second) = choose(random, &some).filter(|second| **second != column) {
            columns.push(second.clone());
        }
        let forms = [
            "plain",
            "unique",
            "partial",
            "expression",
            "include",
            "descending",
            "hash",
        ];
        let form = forms[random.usize(..forms.len())];
        let actions = ["NO ACTION", "CASCADE", "SET NULL", "RESTRICT"];
        let action = actions[random.usize(..actions.len())];
        let triggers: Vec<String> = self
            .functions
            .iter()
            .filter(|function| function.kind == "trigger")
            .map(|function| function.name.clone())
            .collect();
        let others: Vec<String> = self
            .tables
            .iter()
            .filter(|other| !other.primary_key.is_empty() && other.partitions.is_none())
            .map(|other| other.name.clone())
            .collect();
        let member = match random.u8(..12) {
            0..=3 => Member::Index {
                name,
                columns,
                form,
            },
            4 => Member::Unique {
                name,
                columns,
                deferrable: random.bool(),
            },
            5 => Member::Check {
                name,
                column,
                number: random.u32(1..9),
                valid: random.u8(..4) > 0,
            },
            6 | 7 => Member::ForeignKey {
                name,
                column,
                table: choose(random, &others)?.clone(),
                action,
                valid: random.u8(..4) > 0,
            },
            8 => Member::Exclude { name, column },
            9 => Member::Trigger {
                name,
                function: choose(random, &triggers)?.clone(),
                form: ["before", "after", "of", "when"][random.usize(..4)],
                column,
                disabled: random.u8(..5) == 0,
            },
            10 => Member::Policy {
                name,
                column,
                command: ["ALL", "SELECT", "UPDATE"][random.usize(..3)],
            },
            _ => Member::Statistics { name, columns },
        };
        let kind = member.kind();
        self.tables[place].members.push(member);
        Some(kind)
    }

    pub(super) fn add_view(&mut self, random: &mut Rng) {
        let name = self.name(random, "v");
        let Some(table) = choose(random, &self.tables).cloned() else {
            return;
        };
        let columns = table.columns.iter().filter(|_| random.bool());
        let columns: Vec<String> = columns.map(|column| column.name.clone()).collect();
        let materialized = random.u8(..3) == 0;
        let on_view = choose(random, &self.views)
            .filter(|_| random.u8(..3) == 0)
            .cloned();
        let view = match on_view {
            Some(below) => View {
                name,
                materialized,
                columns: below.columns.clone(),
                of: below.name,
                number: random.u32(1..9),
                indexed: false,
                grouped: false,
                comment: random.u8(..4) == 0,
            },
            None => View {
                name,
                materialized,
                of: table.name,
                columns,
                number: random.u32(1..9),
                indexed: materialized && random.bool(),
                grouped: random.u8(..5) == 0,
                comment: random.u8(..4) == 0,
            },
        };
        self.views.push(view);
    }
}
