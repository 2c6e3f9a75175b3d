//! A database for one test.

use std::path::Path;

use cargo_backend_shared::database_url::DatabaseUrl;
use cargo_backend_shared::introspect::{self, Access, Connection};
use cargo_backend_shared::schema::Schema;
use sqlx::{AssertSqlSafe, Executor as _};

/// A database that belongs to one test.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    runtime: tokio::runtime::Runtime,
}

impl TestDatabase {
    /// A new, empty database on the server that `tests/run.sh` started: the version of the
    /// distribution.
    ///
    /// # Panics
    /// When there is no server: a test that needs one never skips in silence.
    #[must_use]
    pub fn postgres(name: &str) -> Self {
        Self::on_postgres(&server("TEST_POSTGRES_URL"), name)
    }

    /// The same on PostgreSQL 18.
    ///
    /// # Panics
    /// When there is no server: a test that needs one never skips in silence.
    #[must_use]
    pub fn postgres18(name: &str) -> Self {
        Self::on_postgres(&server("TEST_POSTGRES18_URL"), name)
    }

    /// Drops a database that [`Self::postgres`] made: where there are hundreds.
    ///
    /// # Panics
    /// When it cannot be dropped.
    pub fn postgres_drop(name: &str) {
        let server = Self::at(server("TEST_POSTGRES_URL"));
        server.execute(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"));
    }

    /// The same on another server.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new_at(server: &str, name: &str) -> Self {
        Self::on_postgres(server, name)
    }

    fn on_postgres(server: &str, name: &str) -> Self {
        let database = Self::at(server.to_owned());
        database.execute(&format!("DROP DATABASE IF EXISTS \"{name}\""));
        database.execute(&format!("CREATE DATABASE \"{name}\""));
        let (host, _) = server.rsplit_once('/').expect("a URL with a database");
        Self::at(format!("{host}/{name}"))
    }

    /// A new, empty database on the MariaDB server that `tests/run.sh` started.
    ///
    /// # Panics
    /// When there is no server: a test that needs one never skips in silence.
    #[must_use]
    pub fn mariadb(name: &str) -> Self {
        let server = server("TEST_MYSQL_URL");
        let database = Self::at(server.clone());
        database.execute(&format!("DROP DATABASE IF EXISTS `{name}`"));
        database.execute(&format!("CREATE DATABASE `{name}`"));
        let (host, _) = server.rsplit_once('/').expect("a URL with a database");
        Self::at(format!("{host}/{name}"))
    }

    /// A new SQLite file in a folder.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn sqlite(folder: &Path) -> Self {
        let file = folder.join("test.db");
        fs_err::File::create(&file).expect("an empty file is an empty database");
        Self::at(format!("sqlite://{}", file.display()))
    }

    /// A database that is there already.
    ///
    /// # Panics
    /// When no runtime can be started.
    #[must_use]
    pub fn at(url: String) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        Self { url, runtime }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements.
    ///
    /// # Panics
    /// When one of them fails.
    pub fn execute(&self, sql: &str) {
        self.try_execute(sql)
            .unwrap_or_else(|fault| panic!("`{sql}`: {fault}"));
    }

    /// Runs statements.
    ///
    /// # Errors
    /// When one of them fails, in the server's words.
    pub fn try_execute(&self, sql: &str) -> Result<(), String> {
        self.runtime.block_on(async {
            let mut connection = self.open().await;
            let ran = run(&mut connection, sql).await;
            ran.map_err(|fault| fault.to_string())
        })
    }

    /// Runs a statement that must fail, for what it leaves behind.
    ///
    /// # Panics
    /// When it does not fail.
    pub fn fail(&self, sql: &str) {
        self.runtime.block_on(async {
            let mut connection = self.open().await;
            run(&mut connection, sql)
                .await
                .expect_err("it was written to fail");
        });
    }

    /// What the server says to a statement that a reading session must not run.
    ///
    /// # Panics
    /// When it runs it.
    #[must_use]
    pub fn fails_when_reading(&self, sql: &str) -> String {
        self.runtime.block_on(async {
            let mut connection = self.connect(Access::ReadOnly).await;
            run(&mut connection, sql)
                .await
                .expect_err("the session is read-only")
                .to_string()
        })
    }

    /// Runs a statement in a transaction that stays open, with its locks, until this is dropped.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn hold(&self, sql: &str) -> Connection {
        self.runtime.block_on(async {
            let mut connection = self.open().await;
            for statement in ["BEGIN", sql] {
                run(&mut connection, statement)
                    .await
                    .unwrap_or_else(|fault| panic!("`{statement}`: {fault}"));
            }
            connection
        })
    }

    /// The first column of the rows of a query, which must be text.
    ///
    /// # Panics
    /// When the query fails.
    #[must_use]
    pub fn texts(&self, sql: &str) -> Vec<String> {
        self.try_texts(sql)
            .unwrap_or_else(|fault| panic!("`{sql}`: {fault}"))
    }

    /// The first column of the rows of a query, which must be text.
    ///
    /// # Errors
    /// When the query fails, in the server's words.
    pub fn try_texts(&self, sql: &str) -> Result<Vec<String>, String> {
        self.runtime.block_on(async {
            let query = AssertSqlSafe(sql.to_owned());
            let rows = match self.open().await {
                Connection::Postgres(mut postgres) => {
                    sqlx::query_scalar(query).fetch_all(&mut postgres).await
                }
                Connection::MySql(mut mysql) => {
                    sqlx::query_scalar(query).fetch_all(&mut mysql).await
                }
                Connection::Sqlite(mut sqlite) => {
                    sqlx::query_scalar(query).fetch_all(&mut sqlite).await
                }
            };
            rows.map_err(|fault| fault.to_string())
        })
    }

    /// The scratch databases that stay on this PostgreSQL server: other tests may have theirs at this
    /// moment, and drop them.
    ///
    /// # Panics
    /// When the server cannot be asked.
    #[must_use]
    pub fn scratch_left(&self) -> Vec<String> {
        let scratch = "SELECT datname::text FROM pg_database WHERE datname LIKE '%scratch%'";
        let mut left = self.texts(scratch);
        for _ in 0..150 {
            if left.is_empty() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
            let still = self.texts(scratch);
            left.retain(|name| still.contains(name));
        }
        left
    }

    /// How long a statement of PostgreSQL takes, as its client sees it: run several times in one
    /// session, in ms.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn times_ms(&self, sql: &str, times: usize) -> Vec<f64> {
        self.runtime.block_on(async {
            let Connection::Postgres(mut postgres) = self.open().await else {
                panic!("only PostgreSQL is timed");
            };
            let mut all = Vec::with_capacity(times);
            for _ in 0..times {
                let started = std::time::Instant::now();
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
                    .fetch_all(&mut postgres)
                    .await
                    .unwrap_or_else(|fault| panic!("`{sql}`: {fault}"));
                all.push(started.elapsed().as_secs_f64() * 1_000.0);
            }
            all
        })
    }

    /// The whole schema as it is now.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn schema(&self) -> Schema {
        self.runtime.block_on(async {
            let mut connection = self.open().await;
            introspect::schema(&mut connection)
                .await
                .expect("the catalogue can be read")
        })
    }

    async fn open(&self) -> Connection {
        self.connect(Access::ReadWrite).await
    }

    async fn connect(&self, access: Access) -> Connection {
        let url = DatabaseUrl::parse(&self.url).expect("a good URL");
        introspect::connect(&url, access, "cargo-backend-tests")
            .await
            .unwrap_or_else(|fault| panic!("{fault:#}"))
    }
}

async fn run(connection: &mut Connection, sql: &str) -> sqlx::Result<()> {
    let statements = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    match connection {
        Connection::Postgres(postgres) => postgres.execute(statements).await.map(|_| ()),
        Connection::MySql(mysql) => mysql.execute(statements).await.map(|_| ()),
        Connection::Sqlite(sqlite) => sqlite.execute(statements).await.map(|_| ()),
    }
}

/// The URL of a server that `tests/run.sh` started.
///
/// # Panics
/// When it did not.
#[must_use]
pub fn server(variable: &str) -> String {
    std::env::vars()
        .find_map(|(name, value)| (name == variable).then_some(value))
        .unwrap_or_else(|| panic!("{variable} is not set: run the tests with tests/run.sh"))
}
