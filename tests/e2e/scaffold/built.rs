//! Services that are generated, written to their end by hand, and compiled without a warning.

use cargo_backend_tests::plugin::{Plugin, repository, target_profile};
use cargo_backend_tests::project::{Project, Run};
use cargo_backend_tests::service::Service;

/// Compiles a package of a workspace; a warning is an error.
pub(super) fn build(project: &Project, name: &str) {
    let clippy = [
        "clippy",
        "--quiet",
        "--offline",
        "--all-targets",
        "--package",
        name,
        "--",
        "-D",
        "warnings",
    ];
    for arguments in [
        &["fmt", "--check", "--package", name][..],
        &clippy,
        &["build", "--quiet", "--offline", "--package", name],
    ] {
        let output = project
            .command("cargo")
            .args(arguments)
            .output()
            .expect("cargo runs");
        assert!(
            output.status.success(),
            "{arguments:?}: {:?}",
            project.told(&output)
        );
    }
}

/// Runs the tests of a service. They all run, whatever fails.
pub(super) fn tested(project: &Project, name: &str) -> Run {
    let line = ["test", "--offline", "--no-fail-fast", "--package", name];
    let output = project
        .command("cargo")
        .args(line)
        .env("RUST_BACKTRACE", "0")
        .output();
    project.told(&output.expect("cargo runs"))
}

/// The tests that failed, in the order of their names.
pub(super) fn failed(run: &Run) -> Vec<&str> {
    let lines = run.stdout.lines();
    let mut names: Vec<&str> = lines
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"))
        .collect();
    names.sort_unstable();
    names
}

/// A service from a document of `tests/golden/documents`. Of each pair, the first is the id of an
/// operation that nobody has written, the second the expression that it answers.
pub(super) fn written(document: &str, name: &str, answers: &[(&str, &str)]) -> Project {
    let project = Project::workspace();
    let path = repository().join("tests/golden/documents").join(document);
    let text = fs_err::read_to_string(path).expect("a document of this repository");
    project.file(document, &text);
    let _generated = project
        .run(Plugin::Scaffold, &[document, "--name", name])
        .good();
    let folder = project.path().join(name).join("src/service");
    for entry in fs_err::read_dir(folder).expect("the services") {
        let path = entry.expect("an entry").path();
        let mut text = fs_err::read_to_string(&path).expect("a source");
        for (id, answer) in answers {
            let stub = format!("Err(ApiError::not_implemented(\"{id}\"))");
            let Some(at) = text.find(&stub) else {
                continue;
            };
            let method = text[..at]
                .rfind("_request")
                .expect("a stub ignores its request");
            text.replace_range(at..at + stub.len(), answer);
            text.replace_range(method..method + 1, "");
        }
        fs_err::write(&path, text).expect("it is ours");
    }
    let output = project
        .command("cargo")
        .args(["fmt", "--package", name])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{:?}", project.told(&output));
    build(&project, name);
    project
}

/// Starts it with settings, on an empty database.
pub(super) fn start(project: &Project, name: &str, settings: &[(&str, &str)]) -> Service {
    let file = project.path().join("service.db");
    fs_err::File::create(&file).expect("an empty file is an empty database");
    let url = format!("sqlite://{}", file.display());
    let program = target_profile().join(name);
    Service::start_with(&program, project.path(), &url, settings).expect("it serves")
}
