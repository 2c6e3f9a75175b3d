//! A shop on one of the engines, what happens in it, and what `analyze` says.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cargo_backend_shared::introspect::Connection;
use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;

use super::super::{ROWS, SHOP};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Postgres,
    /// The newest version, which has some other columns in its catalogue.
    Postgres18,
    MariaDb,
    Sqlite,
}

impl Engine {
    /// As `explain --json` names it.
    pub(crate) fn dialect(self) -> &'static str {
        match self {
            Self::Postgres | Self::Postgres18 => "postgres",
            Self::MariaDb => "mysql",
            Self::Sqlite => "sqlite",
        }
    }
}

/// The shop in MariaDB's words.
const MARIADB_ROWS: &str = "
    INSERT INTO customers (id, name) SELECT seq, CONCAT('customer ', seq) FROM seq_1_to_500;
    INSERT INTO orders (id, customer_id, total_cents)
    SELECT seq, 1 + seq % 500, seq FROM seq_1_to_20000;";

/// Counters are written at the end of a session, and a second later at most.
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) struct Scene {
    pub(crate) name: String,
    pub(crate) database: TestDatabase,
    project: Project,
    engine: Engine,
    thresholds: Vec<String>,
    held: Vec<Connection>,
    threads: Vec<JoinHandle<()>>,
    last_words: Vec<String>,
}

impl Scene {
    pub(super) fn new(engine: Engine, name: &str) -> Self {
        let mut project = Project::empty();
        let database = match engine {
            Engine::Postgres => TestDatabase::postgres(name),
            Engine::Postgres18 => TestDatabase::postgres18(name),
            Engine::MariaDb => TestDatabase::mariadb(name),
            Engine::Sqlite => TestDatabase::sqlite(project.path()),
        };
        project.variable("DATABASE_URL", database.url());
        let scene = Self {
            name: name.to_owned(),
            database,
            project,
            engine,
            // The servers of these tests are minutes old.
            thresholds: vec!["statistics-age-hours=0".to_owned()],
            held: Vec::new(),
            threads: Vec::new(),
            last_words: Vec::new(),
        };
        if scene.is_postgres() {
            scene.execute("CREATE EXTENSION pg_stat_statements");
        }
        scene.execute(SHOP);
        match engine {
            Engine::MariaDb => scene.execute(MARIADB_ROWS),
            Engine::Postgres | Engine::Postgres18 | Engine::Sqlite => {
                scene.execute(ROWS);
                scene.execute("ANALYZE");
            }
        }
        scene
    }

    fn is_postgres(&self) -> bool {
        matches!(self.engine, Engine::Postgres | Engine::Postgres18)
    }

    pub(super) fn execute(&self, sql: &str) {
        self.database.execute(sql);
    }

    /// Runs a statement so many times, in one session.
    pub(super) fn repeat(&self, times: usize, sql: &str) {
        self.execute(&format!("{sql};").repeat(times));
    }

    /// Opens a transaction that stays open.
    pub(super) fn hold(&mut self, sql: &str) {
        let connection = self.database.hold(sql);
        self.held.push(connection);
    }

    /// Ends what is held.
    pub(super) fn release(&mut self) {
        self.held.clear();
    }

    /// Runs statements in a session of its own, while the scene goes on.
    pub(super) fn meanwhile(&mut self, sql: &'static str) {
        let url = self.database.url().to_owned();
        let run = move || TestDatabase::at(url).execute(sql);
        self.threads.push(thread::spawn(run));
        thread::sleep(Duration::from_millis(300));
    }

    pub(super) fn wait(&self, seconds: f64) {
        thread::sleep(Duration::from_secs_f64(seconds));
    }

    /// Runs a statement when the scene is over.
    pub(super) fn finally(&mut self, sql: String) {
        self.last_words.push(sql);
    }

    /// `NAME=NUMBER`.
    pub(super) fn threshold(&mut self, threshold: &str) {
        self.thresholds.push(threshold.to_owned());
    }

    /// Waits until every session of the scene has ended and its counters are there.
    pub(super) fn settle(&self) {
        assert!(self.is_postgres(), "the others count at once");
        self.execute(
            "DO $$ BEGIN
                FOR i IN 1..200 LOOP
                    PERFORM pg_stat_clear_snapshot();
                    EXIT WHEN NOT EXISTS (
                        SELECT FROM pg_stat_activity
                        WHERE datname = current_database() AND pid <> pg_backend_pid()
                          AND backend_type = 'client backend');
                    PERFORM pg_sleep(0.05);
                END LOOP;
             END $$",
        );
    }

    /// What was found by that rule, each with its evidence; and whether it was checked at all.
    pub(super) fn findings(&self, rule: &str) -> (Vec<serde_json::Value>, bool) {
        let mut line = vec!["analyze", "--json"];
        for threshold in &self.thresholds {
            line.extend(["--threshold", threshold]);
        }
        let run = self.project.run(Plugin::Db, &line);
        assert!(matches!(run.code, Some(0 | 1)), "{}", run.stderr);
        let lines = run.stdout.lines();
        let messages: Vec<serde_json::Value> = lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let end = messages.last().expect("the end");
        let unchecked = end["notChecked"].as_array().expect("a list");
        let checked = !unchecked.iter().any(|one| one["rule"] == rule);
        let found =
            |message: &serde_json::Value| message["reason"] == "finding" && message["rule"] == rule;
        (messages.into_iter().filter(found).collect(), checked)
    }

    pub(super) fn expect_finding(&self, rule: &str) -> Vec<serde_json::Value> {
        let begun = Instant::now();
        loop {
            let (found, checked) = self.findings(rule);
            assert!(checked, "{rule} was not checked");
            if !found.is_empty() {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{rule} was not found");
            thread::sleep(Duration::from_millis(200));
        }
    }

    pub(super) fn expect_no_finding(&self, rule: &str) {
        let (found, checked) = self.findings(rule);
        assert!(checked, "{rule} was not checked");
        assert_eq!(found, Vec::<serde_json::Value>::new());
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.held.clear();
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
        for sql in &self.last_words {
            self.database.execute(sql);
        }
    }
}
