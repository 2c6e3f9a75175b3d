//! `spec`: services as their source has them, and back from what this tool generated.

mod frameworks;
mod generated;
mod queries;
mod refused;
mod rules;

use cargo_backend_tests::plugin::{Plugin, repository};
use cargo_backend_tests::project::Project;
use serde_json::Value;
use snapbox::{Data, assert_data_eq, str};

/// A workspace of `tests/golden/spec`, elsewhere.
fn workspace(name: &str) -> Project {
    let project = Project::empty();
    let root = repository().join("tests/golden/spec").join(name);
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs_err::read_dir(folder).expect("a folder of this repository") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let short = path.strip_prefix(&root).expect("below the folder");
            let text = fs_err::read_to_string(&path).expect("a file of this repository");
            project.file(&short.to_string_lossy(), &text);
        }
    }
    project
}

/// What `spec` writes and says of a workspace, beside what is kept of both.
fn described(name: &str) -> Project {
    let project = workspace(name);
    let run = project.run(Plugin::Scaffold, &["spec", "--output", "openapi.yaml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "", "the file is the answer");
    let kept = repository().join("tests/golden/spec");
    let expected = |file: String| Data::read_from(&kept.join(file), None).raw();
    assert_data_eq!(
        project.read("openapi.yaml"),
        expected(format!("{name}.yaml"))
    );
    assert_data_eq!(run.stderr, expected(format!("{name}.stderr")));
    project
}

#[test]
fn routers_across_files_and_packages_become_a_document() {
    let project = described("axum");
    // The tool reads what it has written: the document is sound.
    let again = ["openapi.yaml", "--dry-run", "--name", "again"];
    let _shown = project.run(Plugin::Scaffold, &again).good();
}

#[test]
fn scopes_resources_and_attributes_become_a_document() {
    let project = described("actix");
    let again = ["openapi.yaml", "--dry-run", "--name", "again"];
    let _shown = project.run(Plugin::Scaffold, &again).good();
}

#[test]
fn a_service_in_one_file_is_answered_on_stdout() {
    let project = single(
        "use axum::{Json, Router, extract::Path, routing::get};\n\
         #[tokio::main]\nasync fn main() {\n    let app: Router = Router::new().route(\"/hello/{name}\", get(hello));\n    \
         axum::serve(listener().await, app).await.unwrap();\n}\n\
         /// Greets.\nasync fn hello(Path(name): Path<String>) -> Json<String> {\n    Json(name)\n}\n",
    );
    assert_data_eq!(
        project.run(Plugin::Scaffold, &["spec"]).good(),
        str![[r#"
openapi: 3.1.0
info:
  title: single
  version: 0.3.0
paths:
  "/hello/{name}":
    get:
      summary: Greets.
      operationId: hello
      parameters:
        - name: name
          in: path
          required: true
          schema:
            type: string
      responses:
        "200":
          description: OK
          content:
            application/json:
              schema:
                type: string
      x-backend-source:
        handler: "single::hello"
        file: src/main.rs
        line: 4
        column: 64

"#]]
    );
}

/// A package of one file that is its own workspace.
fn single(source: &str) -> Project {
    package(&["axum"], source)
}

/// The same with other dependencies; nobody fetches them.
fn package(dependencies: &[&str], source: &str) -> Project {
    let project = Project::empty();
    let dependencies: String = dependencies
        .iter()
        .map(|name| format!("{name} = \"*\"\n"))
        .collect();
    let manifest = format!(
        "[package]\nname = \"single\"\nversion = \"0.3.0\"\nedition = \"2024\"\n\
         [dependencies]\n{dependencies}[workspace]\n"
    );
    project.file("Cargo.toml", &manifest);
    project.file("src/main.rs", source);
    project
}

/// What `spec` says of a project: its document, and its talk.
fn document(project: &Project) -> (Value, String) {
    let run = project.run(Plugin::Scaffold, &["spec", "--output", "openapi.json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document = serde_json::from_str(&project.read("openapi.json")).expect("JSON");
    (document, run.stderr)
}

/// A line for each operation: method, path, who answers; parameters and bodies; statuses.
fn table(document: &Value) -> String {
    let mut table = String::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let parameters = operation["parameters"].as_array();
            let parameters = parameters.into_iter().flatten().map(|parameter| {
                let ty = parameter["schema"]["type"].as_str();
                format!(
                    "{}: {}",
                    parameter["name"].as_str().unwrap_or_default(),
                    ty.unwrap_or("?")
                )
            });
            let bodies = operation["requestBody"]["content"].as_object();
            let bodies = bodies.into_iter().flatten().map(|(media, _)| media.clone());
            let reads: Vec<String> = parameters.chain(bodies).collect();
            let answers: Vec<&String> = operation["responses"]
                .as_object()
                .expect("responses")
                .keys()
                .collect();
            let handler = operation["x-backend-source"]["handler"]
                .as_str()
                .unwrap_or_default();
            let handler = handler.trim_start_matches("single::");
            table +=
                &format!("{method} {path} {handler} {reads:?} -> {answers:?}\n").replace('"', "");
        }
    }
    table
}

const UNKNOWN: &str = "use axum::{Router, routing::get};\n\
                       fn main() {\n    let path = std::env::args().next().unwrap();\n    \
                       serve(Router::<()>::new().route(\"/a\", get(a)).route(&path, get(a)));\n}\n\
                       async fn a() {}\n";

#[test]
fn what_only_the_running_program_knows_is_named_and_strict_refuses_it() {
    let project = single(UNKNOWN);
    let strict = ["spec", "--output", "openapi.json", "--strict"];
    let before = project.files();
    let run = project.run(Plugin::Scaffold, &strict);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert_data_eq!(
        run.stderr,
        str![[r#"
warning: the path of this route is only known when it runs
 --> src/main.rs:4:57
  |
4 |     serve(Router::<()>::new().route("/a", get(a)).route(&path, get(a)));
  |                                                         ^
   Described 1 operation of `single`; 1 place is not known from the source

"#]]
    );
    assert_eq!(project.files(), before, "nothing was written");
    let run = project.run(Plugin::Scaffold, &["spec", "--output", "openapi.json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document: Value = serde_json::from_str(&project.read("openapi.json")).expect("JSON");
    let named = &document["x-backend-unresolved"][0];
    assert_eq!(
        (&named["file"], &named["line"]),
        (&"src/main.rs".into(), &4.into())
    );
}

#[test]
fn programs_read_lines() {
    let run = single(UNKNOWN).run(Plugin::Scaffold, &["spec", "--json"]);
    let lines: Vec<Value> = run
        .good()
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let reasons: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["reason"].as_str())
        .collect();
    assert_eq!(reasons, ["unresolved", "document", "spec-summary"]);
    assert_eq!(lines[0]["location"]["line"], 4);
    assert!(lines[1]["document"]["paths"]["/a"]["get"].is_object());
    assert_eq!(
        (&lines[2]["operations"], &lines[2]["unresolved"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn check_says_whether_the_document_is_what_the_code_says() {
    let project = workspace("actix");
    let write = ["spec", "--output", "docs/openapi.yaml"];
    let check = ["spec", "--output", "docs/openapi.yaml", "--check"];
    assert_eq!(
        project.run(Plugin::Scaffold, &check).code,
        Some(1),
        "there is none yet"
    );
    assert!(!project.path().join("docs").exists(), "nothing was written");
    let _written = project.run(Plugin::Scaffold, &write).good();
    assert_eq!(project.run(Plugin::Scaffold, &check).code, Some(0));
    let source = project
        .read("server/src/main.rs")
        .replace("\"/open\"", "\"/opens\"");
    project.file("server/src/main.rs", &source);
    assert_eq!(
        project.run(Plugin::Scaffold, &check).code,
        Some(1),
        "the code changed"
    );
}

/// The properties of a type, a line for each, and which of them must be there.
fn properties(document: &Value, name: &str) -> String {
    let schema = &document["components"]["schemas"][name];
    let listed = schema["properties"].as_object().expect("properties");
    let lines = listed
        .iter()
        .map(|(name, schema)| format!("{name} {schema}\n"));
    let required = format!("required {}\n", schema["required"]);
    lines.chain([required]).collect()
}
