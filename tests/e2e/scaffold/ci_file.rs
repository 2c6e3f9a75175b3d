//! The CI file of a service: where it lies, whose it is, and that what it asks can be asked.

use std::process::Command;

use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::{Project, Run};

use super::SMALL;

const FILE: &str = ".github/workflows/small.yml";

/// A service in a folder of its own, of a document whose path takes quotes.
fn generated() -> Project {
    let project = Project::workspace();
    project.file("our api/api.yaml", SMALL);
    let line = [
        "our api/api.yaml",
        "--name",
        "small",
        "--output",
        "services/small",
    ];
    let _made = project.run(Plugin::Scaffold, &line).good();
    project
}

/// The lines that the steps run, each below `run:` or behind it.
fn commands(project: &Project, file: &str) -> Vec<String> {
    let text = project.read(file);
    let lines = text.lines().map(str::trim);
    let found = lines.filter_map(|line| {
        let line = line.strip_prefix("run: ").unwrap_or(line);
        line.starts_with("cargo ").then(|| line.to_owned())
    });
    found.collect()
}

/// Runs a line as CI does: by a shell at the root, where `cargo backend-scaffold` is this one.
fn in_ci(project: &Project, line: &str) -> Run {
    let programs = tempfile::tempdir().expect("a temporary folder");
    let program = programs.path().join("cargo-backend-scaffold");
    std::os::unix::fs::symlink(Plugin::Scaffold.path(), program).expect("a link");
    let path = std::env::var_os("PATH").expect("programs are somewhere");
    let folders = std::iter::once(programs.path().to_path_buf());
    let path = std::env::join_paths(folders.chain(std::env::split_paths(&path)));
    let output = project
        .command("sh")
        .args(["-c", line])
        .env("PATH", path.expect("no colons"))
        .output()
        .expect("there is a shell");
    project.told(&output)
}

#[test]
fn the_drift_gate_of_the_file_tells_a_service_from_an_edited_one() {
    let project = generated();
    let lines = commands(&project, FILE);
    let drift = "cargo backend-scaffold 'our api/api.yaml' --name small --output services/small --database sqlite --check";
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        lines,
        [
            "cargo fmt --check --package small".to_owned(),
            "cargo clippy --package small --all-targets -- -D warnings".to_owned(),
            "cargo test --package small".to_owned(),
            format!("cargo install --locked cargo-backend-scaffold --version {version}"),
            drift.to_owned(),
        ]
    );
    let _formatted = in_ci(&project, &lines[0]).good();
    let _same = in_ci(&project, drift).good();
    let edited = project.read("services/small/src/api/types.rs") + "// mine\n";
    project.file("services/small/src/api/types.rs", &edited);
    let drifted = in_ci(&project, drift);
    assert_eq!(drifted.code, Some(1), "{}", drifted.stderr);
    assert_eq!(drifted.stdout, "update services/small/src/api/types.rs\n");
}

#[test]
fn the_file_is_written_once_and_is_the_users_then() {
    let project = generated();
    let mine = project.read(FILE) + "# mine\n";
    project.file(FILE, &mine);
    let line = [
        "our api/api.yaml",
        "--name",
        "small",
        "--output",
        "services/small",
    ];
    let run = |more: &[&str]| project.run(Plugin::Scaffold, &[&line, more].concat());
    let said = run(&["--force"]).good();
    assert!(said.contains("0 files created, 0 updated"), "{said}");
    let _same = run(&["--check"]).good();
    assert_eq!(project.read(FILE), mine);

    fs_err::remove_file(project.path().join(FILE)).expect("it is there");
    let missing = run(&["--check"]);
    assert_eq!(missing.stdout, format!("create {FILE}\n"));
    assert_eq!(missing.code, Some(1), "{}", missing.stderr);
    let shown = run(&["--dry-run"]).good();
    assert!(shown.contains(&format!("+++ b/{FILE}")), "{shown}");
    project.file(
        "Backend.toml",
        "[rules]\nprotected-paths = [\".github/**\"]\n",
    );
    let said = run(&[]).refused();
    assert!(
        said.contains(&format!("`{FILE}` is protected and would change")),
        "{said}"
    );
    assert!(!project.path().join(FILE).exists());
}

#[test]
fn a_template_that_is_emptied_makes_no_file() {
    let project = Project::workspace();
    project.file("api.yaml", SMALL);
    let template = ".github/workflows/__package__.yml.tera";
    let listed = project.run(Plugin::Scaffold, &["template", "list"]).good();
    assert!(
        listed.contains(&format!("once       {template}\n")),
        "{listed}"
    );
    let ejected = project.run(Plugin::Scaffold, &["template", "eject", template]);
    let own = ejected.good();
    project.file(own.trim_end(), "{# Our CI is elsewhere. #}\n");
    let _made = project.run(Plugin::Scaffold, &["api.yaml"]).good();
    assert!(!project.path().join(".github").exists());
    let _same = project
        .run(Plugin::Scaffold, &["api.yaml", "--check"])
        .good();
}

#[test]
fn below_the_root_of_a_repository_no_file_is_written_and_a_note_says_so() {
    let repository = Project::empty();
    let made = Command::new("git")
        .args(["init", "--quiet"])
        .arg(repository.path())
        .status();
    assert!(made.expect("git runs").success());
    repository.file("backend/Cargo.toml", "[workspace]\nresolver = \"3\"\n");
    repository.file("backend/api.yaml", SMALL);
    let run = || {
        let output = repository
            .command(Plugin::Scaffold.path())
            .current_dir(repository.path().join("backend"))
            .arg("api.yaml")
            .output();
        repository.told(&output.expect("the plugin was built beside this test"))
    };
    let first = run();
    let note = "note: no CI file is written: the repository is `[ROOT]`, and this workspace only a folder of it";
    assert!(first.stderr.contains(note), "{}", first.stderr);
    let _made = first.good();
    let written = |file: &str| repository.path().join(file).exists();
    assert!(written("backend/small/src/main.rs"));
    assert!(!written(FILE) && !written("backend/.github"));
    // Once is enough.
    assert!(!run().stderr.contains("CI file"));
}

#[test]
fn a_document_elsewhere_has_no_drift_gate() {
    let elsewhere = Project::empty();
    elsewhere.file("api.yaml", SMALL);
    let project = Project::workspace();
    let document = elsewhere.path().join("api.yaml");
    let document = document.to_str().expect("a plain path");
    let run = project.run(Plugin::Scaffold, &[document, "--database", "postgres"]);
    let note = "note: the CI file does not compare the service with";
    assert!(run.stderr.contains(note), "{}", run.stderr);
    let _made = run.good();
    let text = project.read(FILE);
    assert!(!text.contains("backend-scaffold "), "{text}");
    assert!(text.contains("image: postgres:17"), "{text}");
}
