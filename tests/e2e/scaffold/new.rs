//! `new`: from nothing but a name to a service that keeps what it is given.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

use super::{built, expect, served};

#[test]
fn a_name_is_enough_for_a_service_that_keeps_notes() {
    let project = Project::workspace();
    let name = "scaffold-e2e-new";
    let _made = project.run(Plugin::Scaffold, &["new", name]).good();
    let document = format!("{name}/openapi.yaml");
    // What it says is how one goes on.
    assert!(project.read(&document).contains(&format!(
        "cargo backend-scaffold {document} --output {name}"
    )));
    let again = project.run(Plugin::Scaffold, &[&document, "--output", name, "--check"]);
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
    built::build(&project, name);
    let database = TestDatabase::sqlite(project.path());
    let service = served(&project, name, database.url());
    let send = |method: &str, path: &str, body: Value, status: u16| {
        expect(&service, method, path, &body, status)
    };
    let note = json!({"title": "Milk", "done": false, "text": null});
    let note = send("POST", "/notes", note, 201);
    let path = format!("/notes/{}", note["id"]);
    let done = send("PATCH", &path, json!({"done": true}), 200);
    assert_eq!(
        (&done["title"], &done["done"]),
        (&json!("Milk"), &json!(true))
    );
    assert_eq!(
        send("GET", "/notes?done=true", Value::Null, 200),
        json!([done])
    );
    assert_eq!(
        send("GET", "/notes?done=false", Value::Null, 200),
        json!([])
    );
    send("POST", "/notes", json!({"title": "", "done": false}), 422);
    send("DELETE", &path, Value::Null, 204);
    send("GET", &path, Value::Null, 404);
}

#[test]
fn what_is_there_stays() {
    let project = Project::workspace();
    project.file("notes/mine.txt", "mine");
    let before = project.files();
    let refused = |arguments: &[&str]| {
        let said = project
            .run(Plugin::Scaffold, &[&["new"], arguments].concat())
            .refused();
        assert_eq!(project.files(), before, "nothing was written");
        said
    };
    assert_data_eq!(
        refused(&["notes"]),
        str![[r#"
error: `notes` is there already
hint: choose another name, or another folder with --output

"#]]
    );
    let said = refused(&["Not a name"]);
    assert!(
        said.starts_with("error: `Not a name` cannot be the name of the package"),
        "{said}"
    );
    let said = refused(&["elsewhere", "--output", "../elsewhere"]);
    assert!(said.contains("is outside the workspace"), "{said}");
    let shown = project
        .run(Plugin::Scaffold, &["new", "shop", "--dry-run"])
        .good();
    assert!(shown.contains("+++ b/shop/openapi.yaml"), "{shown}");
    assert_eq!(project.files(), before, "a dry run writes nothing");
}
