//! Templates that users take over, one by one.

use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;

use super::SMALL;

const OWN: &str = ".backend-scaffold/templates/axum/src/main.rs.tera";

fn ejected() -> Project {
    let project = Project::workspace();
    project.file("api.yaml", SMALL);
    let line = ["template", "eject", "src/main.rs.tera"];
    let said = project.run(Plugin::Scaffold, &line).good();
    assert_eq!(said, format!("{OWN}\n"));
    project
}

#[test]
fn a_template_of_ones_own_goes_before_the_embedded_one() {
    let project = ejected();
    let listed = project.run(Plugin::Scaffold, &["template", "list"]).good();
    let line = format!("once       src/main.rs.tera  {OWN}\n");
    assert!(listed.contains(&line), "{listed}");
    let own = project.read(OWN) + "\n// Ours: {{ package }}\n";
    project.file(OWN, &own);
    let _generated = project.run(Plugin::Scaffold, &["api.yaml"]).good();
    let main = project.read("small/src/main.rs");
    assert!(main.ends_with("// Ours: small\n"), "{main}");
    let again = ["template", "eject", "src/main.rs.tera"];
    let said = project.run(Plugin::Scaffold, &again).refused();
    assert!(said.contains("is there already, and is yours"), "{said}");
    assert_eq!(project.read(OWN), own);
}

#[test]
fn a_broken_template_is_named_with_its_line_and_nothing_is_written() {
    let project = ejected();
    project.file(OWN, "//! Fine.\n{% if package %}\n{{ package | }}\n");
    let before = project.files();
    let said = project.run(Plugin::Scaffold, &["api.yaml"]).refused();
    assert!(said.contains(OWN), "{said}");
    assert!(said.contains('3'), "{said}");
    assert_eq!(project.files(), before);
    let unknown = ["template", "eject", "src/none.rs.tera"];
    let said = project.run(Plugin::Scaffold, &unknown).refused();
    assert!(
        said.contains("there is no template `src/none.rs.tera`"),
        "{said}"
    );
}

#[test]
fn a_file_that_stands_for_no_template_is_named() {
    let project = ejected();
    let other = OWN.replace("main", "other");
    project.file(&other, "x");
    let run = project.run(Plugin::Scaffold, &["api.yaml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let said = format!("`{other}` stands for no template, and is not used");
    assert!(run.stderr.contains(&said), "{}", run.stderr);
}
