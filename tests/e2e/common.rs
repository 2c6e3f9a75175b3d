//! What holds for all three plugins.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

#[test]
fn cargo_finds_each_plugin_by_its_name() {
    let project = Project::empty();
    for plugin in Plugin::ALL {
        let direct = project.run(plugin, &["--version"]).good();
        let by_cargo = project.run(plugin, &[plugin.name(), "--version"]).good();
        assert_eq!(direct, by_cargo);
        assert_eq!(
            direct,
            format!("cargo {} {}\n", plugin.name(), env!("CARGO_PKG_VERSION"))
        );
    }
}

#[test]
fn each_help_shows_three_worked_examples_or_more() {
    let project = Project::empty();
    for plugin in Plugin::ALL {
        let help = project.run(plugin, &["--help"]).good();
        let (_, examples) = help.split_once("Examples:").expect("there are examples");
        let commands = examples
            .lines()
            .filter(|line| {
                line.trim_start()
                    .starts_with(&format!("cargo {} ", plugin.name()))
            })
            .count();
        assert!(commands >= 3, "{help}");
    }
}

#[test]
fn no_plugin_needs_cargo_to_read_its_settings() {
    let mut project = Project::workspace();
    project.variable("PATH", "/nonexistent");
    project.file("Backend.toml", "[load]\nconcurrency = 9\n");
    for plugin in Plugin::ALL {
        let settings = project.run(plugin, &["config"]).good();
        assert!(
            settings.contains("load.concurrency      = 9  # Backend.toml:2"),
            "{settings}"
        );
    }
}

#[test]
fn a_database_is_read_and_migrated_where_there_is_no_cargo() {
    let mut project = Project::empty();
    let database = TestDatabase::sqlite(project.path());
    project.variable("PATH", "/nonexistent");
    project.variable("DATABASE_URL", database.url());
    // A manifest that only cargo could read must not be in the way.
    project.file("Cargo.toml", "[workspace]\nmembers = []\n");
    project.file(
        "migrations/1_one.sql",
        "CREATE TABLE one (id INTEGER PRIMARY KEY);",
    );
    for line in [
        &["migrate"][..],
        &["status"],
        &["analyze"],
        &["suggest-indexes"],
    ] {
        let _done = project.run(Plugin::Db, line).good();
    }
    assert!(database.schema().tables.contains_key("one"));
}

#[test]
fn init_writes_a_file_that_changes_nothing_and_never_overwrites_one() {
    let project = Project::workspace();
    let before = project.run(Plugin::Db, &["config"]).good();
    assert_eq!(project.run(Plugin::Db, &["init"]).good(), "");
    assert_eq!(project.run(Plugin::Db, &["config"]).good(), before);
    assert_data_eq!(
        project.run(Plugin::Load, &["init"]).refused(),
        str![[r#"
error: `[ROOT]/Backend.toml` is already there
hint: edit it, or see what is in force with the `config` command

"#]]
    );
}

#[test]
fn an_unknown_key_warns_with_its_line_and_the_nearest_name() {
    let project = Project::empty();
    project.file("Backend.toml", "[load]\nconcurency = 9\n");
    let run = project.run(Plugin::Db, &["config"]);
    assert_data_eq!(
        run.stderr.as_str(),
        str![[r#"
warning: unknown key `load.concurency` in Backend.toml is ignored
 --> Backend.toml:2:1
  |
2 | concurency = 9
  | ^^^^^^^^^^
  help: did you mean `load.concurrency`?

"#]]
    );
    assert_eq!(run.code, Some(0));
}

#[test]
fn malformed_toml_is_named_with_line_and_column() {
    let project = Project::empty();
    project.file("Backend.toml", "[load]\nconcurrency = = 9\n");
    let before = project.files();
    for plugin in Plugin::ALL {
        assert_data_eq!(
            project.run(plugin, &["config"]).refused(),
            str![[r#"
error: malformed TOML: [..]
 --> Backend.toml:2:15
  |
2 | concurrency = = 9
  |               ^

"#]]
        );
    }
    assert_eq!(project.files(), before);
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_line_and_column() {
    let project = Project::empty();
    project.file("Backend.toml", "[load]\nconcurrency = \"many\"\n");
    assert_data_eq!(
        project.run(Plugin::Load, &["config"]).refused(),
        str![[r#"
error: `load.concurrency` must be a whole number of at least 1
 --> Backend.toml:2:15
  |
2 | concurrency = "many"
  |               ^^^^^^

"#]]
    );
}

#[test]
fn a_manifest_that_is_not_there_is_named_wherever_the_flag_stands() {
    let project = Project::empty();
    for line in [
        ["--manifest-path", "no/Cargo.toml", "config"],
        ["config", "--manifest-path", "no/Cargo.toml"],
    ] {
        assert_data_eq!(
            project.run(Plugin::Db, &line).refused(),
            str![[r#"
error: manifest path `no/Cargo.toml` does not exist
hint: give the path of a `Cargo.toml` to --manifest-path

"#]]
        );
    }
}

#[test]
fn json_is_one_object_a_line_and_colours_appear_only_when_asked_for() {
    let project = Project::empty();
    let lines = project.run(Plugin::Db, &["config", "--json"]).good();
    for line in lines.lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(value["reason"], "setting");
    }
    let plain = project.run(Plugin::Db, &["config"]).good();
    assert!(!plain.contains('\u{1b}'));
    let coloured = project
        .run(Plugin::Db, &["config", "--color", "always"])
        .good();
    assert!(coloured.contains('\u{1b}'));
}
