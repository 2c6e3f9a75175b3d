//! Documents of other versions and of several files: what is said about them, and what comes of them.

use cargo_backend_tests::plugin::{Plugin, repository};
use cargo_backend_tests::project::Project;

/// A workspace with the files of `tests/golden/documents`.
fn documents() -> Project {
    let project = Project::workspace();
    for name in [
        "newer.yaml",
        "older.yaml",
        "files/api.yaml",
        "files/paths/pets.yaml",
        "files/schemas/Owner.yaml",
    ] {
        let path = repository().join("tests/golden/documents").join(name);
        let text = fs_err::read_to_string(path).expect("a document of this repository");
        project.file(name, &text);
    }
    project
}

/// The text of a file that was generated.
fn generated(project: &Project, path: &str) -> String {
    fs_err::read_to_string(project.path().join(path)).expect("it was generated")
}

#[test]
fn what_3_1_says_and_is_not_served_is_named_with_its_place() {
    let project = documents();
    let run = project.run(Plugin::Scaffold, &["newer.yaml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let said = run.stderr;
    for (message, place) in [
        ("`patternProperties` is not enforced", "newer.yaml:38:7"),
        (
            "webhooks are sent by a service and not served: `drawn`",
            "newer.yaml:19:1",
        ),
        (
            "`GET /shapes/{id}#secret` is not served: a URL cannot tell it from `GET /shapes/{shape}`",
            "newer.yaml:13:5",
        ),
    ] {
        assert!(
            said.contains(message) && said.contains(place),
            "{message}: {said}"
        );
    }
    let types = generated(&project, "newer/src/api/types.rs");
    for part in [
        "pub radius: f64",
        "Number::new().above(0.0)",
        "Some(\"round\")",
        "Asc2",
    ] {
        assert!(types.contains(part), "{part}: {types}");
    }
}

#[test]
fn swagger_2_0_becomes_routes_bodies_and_parts_of_segments() {
    let project = documents();
    let _generated = project.run(Plugin::Scaffold, &["older.yaml"]).good();
    let router = generated(&project, "older/src/api/router.rs");
    let router = router.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "\"ending\", &[\"photo.\", \"\"], 0, \"ending\"",
        "input.multipart(true, &of::<SendPhotoBody>())",
        "use fancy_regex::Regex",
        "of::<Pet>()",
    ] {
        assert!(router.contains(part), "{part}: {router}");
    }
}

#[test]
fn types_of_other_files_have_the_names_of_their_files() {
    let project = documents();
    let run = project.run(Plugin::Scaffold, &["files/api.yaml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let said = run.stderr;
    assert!(said.contains("files/schemas/Owner.yaml:6:3"), "{said}");
    let types = generated(&project, "multi/src/api/types.rs");
    assert!(types.contains("pub struct Owner {"), "{types}");
    assert!(types.contains("pub friend: Option<Box<Self>>"), "{types}");
}
