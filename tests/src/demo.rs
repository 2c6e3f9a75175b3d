//! The loop, once from end to end: a document becomes a service, load shows that it is slow, the
//! database says why, a migration mends it, load proves the gain.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use cargo_backend_shared::terminal::Terminal;

use crate::database::TestDatabase;
use crate::plugin::{Plugin, repository, target_profile};
use crate::project::Project;
use crate::service::Service;

/// The request whose index is missing.
const SLOW_REQUEST: &str = "/orders?customerId=42";

/// How hard to load.
#[derive(Debug, Clone)]
pub struct Load {
    /// Users at the same time.
    pub concurrency: u32,
    /// How long each of the two runs takes, such as `5s`.
    pub duration: String,
}

/// The figures of one run, read from its report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Finished requests per second.
    pub requests_per_second: f64,
    /// Median latency in milliseconds.
    pub p50_ms: f64,
    /// 95th percentile of the latency in milliseconds.
    pub p95_ms: f64,
    /// 99th percentile of the latency in milliseconds.
    pub p99_ms: f64,
    /// Requests that failed.
    pub failed: u64,
}

/// What the loop came to.
#[derive(Debug)]
pub struct Outcome {
    /// Without the index.
    pub before: Figures,
    /// With it.
    pub after: Figures,
    /// The files that the loop wrote, relative to the project.
    pub written: Vec<PathBuf>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "GET {SLOW_REQUEST}")?;
        writeln!(
            f,
            "{:<8} {:>12} {:>12} {:>12} {:>12} {:>8}",
            "", "requests/s", "p50", "p95", "p99", "failed"
        )?;
        for (name, figures) in [("before", &self.before), ("after", &self.after)] {
            writeln!(
                f,
                "{name:<8} {:>12.0} {:>9.2} ms {:>9.2} ms {:>9.2} ms {:>8}",
                figures.requests_per_second,
                figures.p50_ms,
                figures.p95_ms,
                figures.p99_ms,
                figures.failed
            )?;
        }
        writeln!(
            f,
            "{:<8} {:>11.1}x {:>11.1}x {:>11.1}x {:>11.1}x",
            "gain",
            self.after.requests_per_second / self.before.requests_per_second,
            self.before.p50_ms / self.after.p50_ms,
            self.before.p95_ms / self.after.p95_ms,
            self.before.p99_ms / self.after.p99_ms,
        )
    }
}

/// A project in which the loop runs.
#[derive(Debug)]
pub struct Demo<'a> {
    project: &'a Project,
    terminal: &'a Terminal,
}

impl<'a> Demo<'a> {
    /// Copies the example into a project.
    ///
    /// # Errors
    /// When a file of the example cannot be read.
    pub fn new(project: &'a Project, terminal: &'a Terminal) -> anyhow::Result<Self> {
        let example = repository().join("examples/orders");
        for file in ["openapi.yaml", "Backend.toml", "seed.sql"] {
            project.file(file, &fs_err::read_to_string(example.join(file))?);
        }
        Ok(Self { project, terminal })
    }

    /// The whole loop.
    ///
    /// # Errors
    /// When a step fails; the message has what it said.
    pub fn run(&self, load: &Load) -> anyhow::Result<Outcome> {
        self.scaffold()?;
        let program = self.build()?;
        self.migrate()?;
        self.seed()?;
        let service = self.serve(&program)?;
        let before = self.load(&service, load, "before.json")?;
        self.analyze()?;
        self.suggest()?;
        self.migrate()?;
        let after = self.load(&service, load, "after.json")?;
        Ok(Outcome {
            before,
            after,
            written: self.written()?,
        })
    }

    /// The document becomes a service.
    ///
    /// # Errors
    /// When the plugin fails.
    pub fn scaffold(&self) -> anyhow::Result<()> {
        self.step("Scaffolded", "orders/ from openapi.yaml", || {
            self.plugin(Plugin::Scaffold, &["openapi.yaml", "--framework", "axum"])
        })?;
        Ok(())
    }

    /// Compiles the service; every warning is an error.
    ///
    /// # Errors
    /// When it does not compile.
    pub fn build(&self) -> anyhow::Result<PathBuf> {
        self.step("Built", "the service, no warning allowed", || {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let output = self
                .project
                .command(cargo)
                .args(["build", "--quiet", "--package", "orders"])
                .output()?;
            if !output.status.success() {
                bail!("{}", String::from_utf8_lossy(&output.stderr));
            }
            Ok(())
        })?;
        Ok(target_profile().join(format!("orders{}", std::env::consts::EXE_SUFFIX)))
    }

    /// Applies what is pending.
    ///
    /// # Errors
    /// When the plugin fails.
    pub fn migrate(&self) -> anyhow::Result<()> {
        let run = self.step("Migrated", "orders.db", || {
            self.plugin(Plugin::Db, &["migrate"])
        })?;
        self.quote(&run, "Applied");
        Ok(())
    }

    /// Undoes the last migration.
    ///
    /// # Errors
    /// When the plugin fails.
    pub fn rollback(&self) -> anyhow::Result<()> {
        self.step("Rolled back", "the last migration", || {
            self.plugin(Plugin::Db, &["rollback"])
        })?;
        Ok(())
    }

    /// Fills the tables.
    ///
    /// # Errors
    /// When the seed cannot be read.
    pub fn seed(&self) -> anyhow::Result<()> {
        let seed = fs_err::read_to_string(self.project.path().join("seed.sql"))?;
        self.step("Seeded", "20,000 customers and 200,000 orders", || {
            self.database().execute(&seed);
            Ok(())
        })
    }

    /// Starts the service.
    ///
    /// # Errors
    /// When it does not get ready.
    pub fn serve(&self, program: &Path) -> anyhow::Result<Service> {
        let database = self.database();
        let service = Service::start(program, self.project.path(), database.url())?;
        self.terminal.status("Serving", &service.url());
        Ok(service)
    }

    /// Loads the slow request; the figures are those of the report that was written.
    ///
    /// # Errors
    /// When the plugin fails or its report cannot be understood.
    pub fn load(&self, service: &Service, load: &Load, report: &str) -> anyhow::Result<Figures> {
        let url = format!("{}{SLOW_REQUEST}", service.url());
        let text = format!(
            "{url} for {} with {} users",
            load.duration, load.concurrency
        );
        self.step("Loaded", &text, || {
            let concurrency = load.concurrency.to_string();
            let users = ["--concurrency", &concurrency, "--duration", &load.duration];
            self.plugin(
                Plugin::Load,
                &[&[url.as_str()], &users[..], &["--report", report]].concat(),
            )
        })?;
        figures(&self.project.path().join(report))
    }

    /// Says what is missing; it is an error when the missing index is not found.
    ///
    /// # Errors
    /// When the plugin fails or finds nothing.
    pub fn analyze(&self) -> anyhow::Result<()> {
        let run = self.step("Analysed", "orders.db", || {
            self.plugin(Plugin::Db, &["analyze"])
        })?;
        if !run.contains("`orders(customer_id)` refers to `customers`") {
            bail!("the missing index was not found:\n{run}");
        }
        self.quote(&run, "orders(customer_id)");
        Ok(())
    }

    /// Writes the migration.
    ///
    /// # Errors
    /// When the plugin fails.
    pub fn suggest(&self) -> anyhow::Result<()> {
        let run = self.step(
            "Suggested",
            "the index as a migration with its rollback",
            || {
                self.plugin(
                    Plugin::Db,
                    &["suggest-indexes", "--output", "orders/migrations"],
                )
            },
        )?;
        self.quote(&run, "Created");
        Ok(())
    }

    /// The database of the project.
    #[must_use]
    pub fn database(&self) -> TestDatabase {
        let file = self.project.path().join("orders.db");
        TestDatabase::at(format!("sqlite://{}", file.display()))
    }

    /// Runs a plugin that must succeed; its whole output comes back.
    fn plugin(&self, plugin: Plugin, arguments: &[&str]) -> anyhow::Result<String> {
        let run = self.project.run(plugin, arguments);
        if run.code != Some(0) {
            bail!(
                "cargo {} {}: {}",
                plugin.name(),
                arguments.join(" "),
                run.stderr
            );
        }
        Ok(run.stdout + &run.stderr)
    }

    /// Does a step with a spinner, then says how long it took.
    fn step<T>(
        &self,
        done: &str,
        text: &str,
        work: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let progress = self.terminal.progress(text, None);
        let started = Instant::now();
        let result = work().with_context(|| format!("{done}: {text}"));
        progress.finish();
        let seconds = started.elapsed().as_secs_f64();
        if result.is_ok() {
            self.terminal
                .status(done, &format!("{text} ({seconds:.1} s)"));
        }
        result
    }

    /// Repeats the lines of a step's output that matter.
    fn quote(&self, output: &str, wanted: &str) {
        for line in output.lines().filter(|line| line.contains(wanted)) {
            self.terminal.status("", line.trim());
        }
    }

    /// What is in the project now, but for the service's many files, which stand for themselves.
    fn written(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut written = vec![
            PathBuf::from("before.json"),
            PathBuf::from("after.json"),
            PathBuf::from("orders.db"),
            PathBuf::from("orders"),
        ];
        for entry in fs_err::read_dir(self.project.path().join("orders/migrations"))? {
            let name = entry?.file_name();
            written.push(Path::new("orders/migrations").join(name));
        }
        written.sort();
        Ok(written)
    }
}

fn figures(report: &Path) -> anyhow::Result<Figures> {
    let report: serde_json::Value = serde_json::from_str(&fs_err::read_to_string(report)?)?;
    let summary = &report["summary"];
    let latency_ms = |name: &str| {
        summary["latency"][name]
            .as_f64()
            .map(|us| us / 1000.0)
            .with_context(|| format!("the report has no `{name}`"))
    };
    Ok(Figures {
        requests_per_second: summary["requests_per_second"]
            .as_f64()
            .context("the report has no rate")?,
        p50_ms: latency_ms("p50_us")?,
        p95_ms: latency_ms("p95_us")?,
        p99_ms: latency_ms("p99_us")?,
        failed: summary["failed"]
            .as_u64()
            .context("the report has no failures")?,
    })
}
