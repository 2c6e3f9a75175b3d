//! Pairs of schemas at random: from one to the other and back, with rows in them.
//!
//! `PAIRS` says how many (`tests/long/pairs.sh`), `PAIR` names one seed to look at.

#![expect(
    clippy::print_stdout,
    reason = "how the pairs are spread is a part of the answer"
)]

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::pairs::{self, Pair, World};
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;

fn number(variable: &str) -> Option<u64> {
    let mut variables = std::env::vars();
    let (_, value) = variables.find(|(name, _)| name == variable)?;
    value.parse().ok()
}

/// The seeds to try: so many, or the one that was named.
fn seeds(count: u64) -> Vec<u64> {
    match number("PAIR") {
        Some(seed) => vec![seed],
        None => (0..number("PAIRS").unwrap_or(count)).collect(),
    }
}

/// How a pair went.
#[derive(Debug, Default)]
struct Tally {
    equal: usize,
    /// The rows did not allow the change, and nothing had happened.
    refused_by_rows: usize,
    failed: Vec<String>,
}

/// An engine: how it is spoken to.
struct Engine {
    print: fn(&World) -> String,
    quote: char,
    insert: &'static str,
    empty: &'static str,
    text: &'static str,
    /// Before the name of a table whose children are not meant.
    only: &'static str,
}

impl Engine {
    /// The tables of a schema as this engine writes their names.
    fn tables(&self, world: &World) -> Vec<String> {
        let quoted = |name: &str| {
            let (quote, twice) = (self.quote, format!("{0}{0}", self.quote));
            format!("{quote}{}{quote}", name.replace(quote, &twice))
        };
        let tables = world.tables();
        tables
            .map(|(namespace, name)| match namespace {
                Some(namespace) if self.quote == '"' && self.text == "text" => {
                    format!("{}.{}", quoted(namespace), quoted(name))
                }
                _ => quoted(name),
            })
            .collect()
    }

    /// A row in each table that takes one.
    fn fill(&self, database: &TestDatabase, world: &World) {
        for table in self.tables(world) {
            let with_id = format!("INSERT INTO {table} (id) VALUES (1)");
            let filled = database.try_execute(&with_id);
            let by_default = format!("INSERT INTO {table} {}", self.insert);
            // Not every table takes such rows, and not every one has to.
            drop(filled.or_else(|_refused| database.try_execute(&by_default)));
        }
    }

    /// How many rows are in each table.
    fn counts(&self, database: &TestDatabase, world: &World) -> Vec<(String, Option<String>)> {
        let tables = self.tables(world).into_iter();
        tables
            .map(|table| {
                let count = format!(
                    "SELECT CAST(count(*) AS {}) FROM {}{table}",
                    self.text, self.only
                );
                let rows = database.try_texts(&count).ok();
                (table, rows.and_then(|mut rows| rows.pop()))
            })
            .collect()
    }

    fn empty(&self, database: &TestDatabase, world: &World) {
        // Tables that refer to each other are emptied in the order that the server allows.
        for _ in 0..3 {
            for table in self.tables(world) {
                drop(database.try_execute(&self.empty.replace("{}", &table)));
            }
        }
    }
}

fn walk(seeds: &[u64], engine: &Engine, database: impl Fn(u64) -> TestDatabase) {
    let mut tally = Tally::default();
    for seed in seeds {
        let pair = pairs::pair(*seed);
        match try_pair(&database(*seed), engine, &pair) {
            Ok(true) => tally.equal += 1,
            Ok(false) => tally.refused_by_rows += 1,
            Err(why) => {
                let changes = pair.changes.join(", ");
                let told = format!("== seed {seed} ({changes}): {why}");
                tally.failed.push(told);
            }
        }
    }
    let distribution = pairs::distribution(seeds.iter().copied());
    for (what, count) in distribution {
        println!("{count:>6} {what}");
    }
    println!(
        "{} pairs: {} there and back, {} of them refused by rows at first, {} failed",
        seeds.len(),
        tally.equal + tally.refused_by_rows,
        tally.refused_by_rows,
        tally.failed.len()
    );
    assert!(tally.failed.is_empty(), "{}", tally.failed.join("\n"));
}

#[test]
fn a_change_between_two_postgres_schemas_leads_there_and_back() {
    let engine = Engine {
        print: pairs::postgres,
        quote: '"',
        insert: "DEFAULT VALUES",
        empty: "TRUNCATE {} CASCADE",
        text: "text",
        only: "ONLY ",
    };
    walk(&seeds(12), &engine, |seed| {
        if seed > 0 && number("PAIR").is_none() {
            TestDatabase::postgres_drop(&format!("pair_{}", seed - 1));
        }
        TestDatabase::postgres(&format!("pair_{seed}"))
    });
}

#[test]
fn a_change_between_two_mariadb_schemas_leads_there_and_back() {
    let engine = Engine {
        print: pairs::mariadb,
        quote: '`',
        insert: "() VALUES ()",
        empty: "DELETE FROM {}",
        text: "CHAR",
        only: "",
    };
    walk(&seeds(8), &engine, |seed| {
        TestDatabase::mariadb(&format!("pair_{}", seed % 2))
    });
}

#[test]
fn a_change_between_two_sqlite_schemas_leads_there_and_back() {
    let engine = Engine {
        print: pairs::sqlite,
        quote: '"',
        insert: "DEFAULT VALUES",
        empty: "DELETE FROM {}",
        text: "TEXT",
        only: "",
    };
    let folder = tempfile::tempdir().expect("a folder");
    walk(&seeds(20), &engine, |seed| {
        let own = folder.path().join(seed.to_string());
        fs_err::create_dir(&own).expect("a folder");
        TestDatabase::sqlite(&own)
    });
}

/// Whether the change went through with rows in the tables; without them it has to.
fn try_pair(database: &TestDatabase, engine: &Engine, pair: &Pair) -> Result<bool, String> {
    let (from, to) = ((engine.print)(&pair.from), (engine.print)(&pair.to));
    if number("PAIR").is_some() {
        println!("-- from\n{from}\n-- to\n{to}");
    }
    let made = database.try_execute(&from);
    made.map_err(|why| format!("the generator: {why}"))?;
    engine.fill(database, &pair.from);
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    project.file("from.sql", &from);
    project.file("to.sql", &to);
    let compare = |target: &str, more: &[&str]| {
        let mut all = vec!["compare", target, "--same-server"];
        all.extend(more);
        project.run(Plugin::Db, &all)
    };
    let mut flags = vec!["--output", "migrations"];
    for hazard in ["data-loss", "rewrite", "scan", "lock"] {
        flags.extend(["--allow", hazard]);
    }
    let written = compare("to.sql", &flags);
    if written.code != Some(0) {
        return Err(format!("compare: {}{}", written.stdout, written.stderr));
    }
    let folder = project.path().join("migrations");
    if !folder.exists() {
        return same(&compare("to.sql", &["--check"]), "nothing to do").map(|()| true);
    }
    let counts = engine.counts(database, &pair.from);
    let mut went = true;
    let migrated = project.run(Plugin::Db, &["migrate"]);
    if migrated.code != Some(0) {
        let words = &migrated.stderr;
        let by_rows = [
            "violate",
            "contains null values",
            "invalid input",
            "out of range",
            "too long",
            "does not allow null values",
            "malformed",
            "truncated",
            "constraint failed",
            "could not create unique",
        ];
        if !by_rows.iter().any(|word| words.contains(word)) {
            return Err(format!("migrate: {words}"));
        }
        went = false;
        engine.empty(database, &pair.from);
        let again = project.run(Plugin::Db, &["migrate"]);
        if again.code != Some(0) {
            return Err(format!("migrate without rows: {}", again.stderr));
        }
    }
    same(&compare("to.sql", &["--check"]), "after migrate")?;
    if went {
        let after = engine.counts(database, &pair.from);
        for ((table, before), (_, after)) in counts.iter().zip(after) {
            // A table that went has no count.
            if after.is_some() && *before != after {
                return Err(format!(
                    "rows of {table}: {before:?} before, {after:?} after"
                ));
            }
        }
    }
    engine.empty(database, &pair.to);
    let files = fs_err::read_dir(&folder).map_err(|why| why.to_string())?;
    let steps = (files.count() / 2).to_string();
    let back = project.run(Plugin::Db, &["rollback", "--steps", &steps]);
    if back.code != Some(0) {
        return Err(format!("rollback: {}", back.stderr));
    }
    same(&compare("from.sql", &["--check"]), "after rollback")?;
    Ok(went)
}

fn same(run: &cargo_backend_tests::project::Run, when: &str) -> Result<(), String> {
    if run.code == Some(0) {
        return Ok(());
    }
    Err(format!("{when}: {}{}", run.stdout, run.stderr))
}
