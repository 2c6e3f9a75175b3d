//! The answer of `analyze` in its other forms.

use std::process::Command;

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

use super::sqlite_shop;

#[test]
fn markdown_is_a_page_for_a_pull_request() {
    let (project, database) = sqlite_shop();
    database.execute("CREATE TABLE \"a_*b* <i>\" (at TEXT)");
    assert_data_eq!(
        project
            .run(Plugin::Db, &["analyze", "--format", "markdown"])
            .good(),
        str![[r#"
# `sqlite://[ROOT]/test.db`

SQLite [..]: 3 tables, 20,500 rows, [..] KiB

**2 warnings** from 6 rules

## Findings

- **warning** foreign-key-without-index: `orders(customer_id)` refers to `customers`, and no index leads with it
  - `orders` has 20,000 rows
  - looking rows up by customer/_id today: SCAN orders
  - help: cargo backend-db suggest-indexes --output migrations
- **warning** table-without-primary-key: `a_*b* <i>` has no primary key
  - `a_*b* <i>` has 0 rows
  - its hidden rowid may change on VACUUM
  - help: add one: cargo backend-db migrate new add/_primary/_key/_to/_a/_/_b/_/_/_i

## Suggested migrations

1. add the indexes that foreign keys miss

   ```sh
   cargo backend-db suggest-indexes --output migrations
   ```

"#]]
    );
}

#[test]
fn verbose_tells_every_table() {
    let (project, _) = sqlite_shop();
    let answer = project.run(Plugin::Db, &["analyze", "--verbose"]).good();
    let tables: Vec<&str> = answer.lines().skip(2).take(3).collect();
    assert_data_eq!(
        tables.join("\n"),
        str![[r#"
table        rows       size  indexes
orders     20,000  260.0 KiB  0 bytes
customers     500   16.0 KiB  0 bytes
"#]]
    );
}

/// What GitHub's code scanning wants of a file
/// (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).
fn is_good_sarif(text: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(document["version"], "2.1.0");
    assert_eq!(
        document["$schema"],
        "https://json.schemastore.org/sarif-2.1.0.json"
    );
    let run = &document["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "cargo-backend-db");
    let rules = driver["rules"].as_array().expect("rules");
    for rule in rules {
        for part in ["shortDescription", "fullDescription", "help"] {
            assert_ne!(rule[part]["text"].as_str().expect("a text"), "");
        }
    }
    let mut found = Vec::new();
    for result in run["results"].as_array().expect("results") {
        let rule = result["ruleId"].as_str().expect("a rule");
        assert!(rules.iter().any(|known| known["id"] == rule), "{rule}");
        let level = result["level"].as_str().expect("a level");
        assert!(["error", "warning", "note"].contains(&level), "{level}");
        assert_ne!(result["message"]["text"].as_str().expect("a text"), "");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "Backend.toml");
        assert_eq!(place["region"]["startLine"], 1);
        let print = &result["partialFingerprints"]["primaryLocationLineHash"];
        assert_eq!(print.as_str().expect("a fingerprint").len(), 32);
        found.push(format!("{level} {rule}"));
    }
    found
}

#[test]
fn sarif_is_what_code_scanning_reads() {
    let (project, database) = sqlite_shop();
    database.execute("CREATE TABLE events (at TEXT)");
    let answer = project
        .run(Plugin::Db, &["analyze", "--format", "sarif"])
        .good();
    assert_eq!(
        is_good_sarif(&answer),
        [
            "warning foreign-key-without-index",
            "warning table-without-primary-key"
        ]
    );
}

#[test]
fn reports_go_to_files_of_every_form_beside_the_answer() {
    let (project, _) = sqlite_shop();
    let run = project.run(
        Plugin::Db,
        &[
            "analyze", "--report", "a.json", "--report", "a.md", "--report", "a.sarif", "--report",
            "a.html",
        ],
    );
    assert!(
        run.stdout.contains("1 warning from 6 rules"),
        "{}",
        run.stdout
    );
    let document: Value = serde_json::from_str(&project.read("a.json")).expect("JSON");
    assert_eq!(document["schema"], "cargo-backend-db/analysis/1");
    assert_eq!(document["rows"], 20_500);
    assert_eq!(
        (document["rules"].clone(), document["rulesChecked"].clone()),
        (6.into(), 6.into())
    );
    assert_eq!(document["findings"][0]["table"], "orders");
    assert_eq!(
        document["suggestedMigrations"][0]["command"],
        "cargo backend-db suggest-indexes --output migrations"
    );
    assert!(project.read("a.md").starts_with("# `sqlite://"));
    assert_eq!(is_good_sarif(&project.read("a.sarif")).len(), 1);
    assert!(project.read("a.html").starts_with("<!doctype html>"));
}

#[test]
fn another_ending_is_refused_before_anything_is_read() {
    let project = Project::empty();
    let line = [
        "analyze",
        "--database-url",
        "postgres://127.0.0.1:1/x",
        "--report",
        "a.txt",
    ];
    assert_data_eq!(
        project.run(Plugin::Db, &line).refused(),
        str![[r#"
error: `a.txt` does not end with `.html`, `.json`, `.md` or `.sarif`
hint: the ending chooses the form of the report

"#]]
    );
}

#[test]
fn thresholds_that_are_none_are_refused_by_name() {
    let project = Project::empty();
    for (threshold, said) in [
        ("slow", "`slow` sets no threshold"),
        ("slow-cals=5", "there is no threshold `slow-cals`"),
        ("slow-calls=many", "`many` is no threshold for `slow-calls`"),
        ("slow-calls=-1", "`-1` is no threshold for `slow-calls`"),
    ] {
        let line = ["analyze", "--threshold", threshold];
        let refused = project.run(Plugin::Db, &line).refused();
        assert!(refused.contains(said), "{refused}");
    }
}

/// The page as Chromium has it after reading it.
fn in_chromium(project: &Project, page: &str) -> String {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let url = format!("file://{}", project.path().join(page).display());
    let outputs = names.iter().filter_map(|name| {
        Command::new(name)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
            .arg(format!("--user-data-dir={}", project.path().display()))
            .arg(&url)
            .output()
            .ok()
    });
    let output = { outputs }.next();
    let output = output.expect("Chromium is installed: apt-get install chromium");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_page_has_charts_and_shows_names_as_text() {
    let mut project = Project::empty();
    let database = TestDatabase::postgres("analyze_page");
    database.execute(
        "CREATE EXTENSION pg_stat_statements;
         CREATE TABLE \"<script>document.title='taken'</script>\" (id bigint);
         CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, text text);
         INSERT INTO orders SELECT i, i % 10, repeat(md5(i::text), 20) FROM generate_series(1, 5000) i;
         CREATE INDEX one ON orders (customer_id); CREATE INDEX two ON orders (customer_id, id);",
    );
    project.variable("DATABASE_URL", database.url());
    let _written = project
        .run(Plugin::Db, &["analyze", "--report", "a.html"])
        .good();
    let page = in_chromium(&project, "a.html");
    assert!(
        page.contains("analyze_page – database analysis</title>"),
        "{page}"
    );
    assert!(!page.contains("<script"), "a name became a tag");
    for chart in [
        "Findings by severity",
        "Sizes of tables",
        "Where the time goes",
        "Cache",
    ] {
        assert!(page.contains(&format!("aria-label=\"{chart}\"")), "{chart}");
    }
    for part in ["part heap", "part index", "part statement", "part hit"] {
        assert!(page.contains(&format!("class=\"{part}\"")), "{part}");
    }
    assert!(page.contains("DROP INDEX CONCURRENTLY IF EXISTS"));
    // Nothing is fetched from elsewhere.
    for outside in ["http://", "https://", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}
