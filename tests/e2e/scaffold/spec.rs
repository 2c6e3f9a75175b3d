//! `spec`: services as their source has them, and back from what this tool generated.

use std::collections::BTreeSet;

use cargo_backend_tests::database::TestDatabase;
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
    let project = Project::empty();
    let manifest = "[package]\nname = \"single\"\nversion = \"0.3.0\"\nedition = \"2024\"\n\
                    [dependencies]\naxum = \"0.8\"\n[workspace]\n";
    project.file("Cargo.toml", manifest);
    project.file("src/main.rs", source);
    project
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

/// The operations of a document, parameters of paths nameless.
fn operations(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let parts = path
            .split('/')
            .map(|part| if part.starts_with('{') { "{}" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        for method in methods.as_object().expect("methods").keys() {
            if method != "parameters" {
                found.insert(format!("{method} {path}"));
            }
        }
    }
    found
}

/// The example as a service, and its document.
fn example() -> Project {
    let project = Project::workspace();
    let path = repository().join("examples/orders/openapi.yaml");
    let text = fs_err::read_to_string(path).expect("the example");
    project.file("api.yaml", &text);
    let line = ["api.yaml", "--name", "orders"];
    let _generated = project.run(Plugin::Scaffold, &line).good();
    project
}

fn spec(project: &Project, package: &str, strict: bool) -> Value {
    let mut line = vec!["spec", "--package", package, "--output", "back.json"];
    line.extend(strict.then_some("--strict"));
    let _written = project.run(Plugin::Scaffold, &line).good();
    serde_json::from_str(&project.read("back.json")).expect("JSON")
}

#[test]
fn a_generated_service_comes_back_without_a_breaking_difference() {
    let project = example();
    let back = spec(&project, "orders", true);
    let said = project
        .run(Plugin::Scaffold, &["diff", "api.yaml", "back.json"])
        .good();
    assert!(
        said.contains("0 breaking changes, 0 warnings, 3 notes"),
        "{said}"
    );
    for added in ["get /health/live", "get /health/ready", "get /openapi.json"] {
        assert!(operations(&back).contains(added), "{added}: {said}");
    }
}

#[test]
fn a_service_of_a_database_comes_back_as_well() {
    let path = repository().join("tests/golden/databases/shop.sqlite.sql");
    let statements = fs_err::read_to_string(path).expect("statements of this repository");
    let project = Project::workspace();
    let database = TestDatabase::sqlite(project.path());
    database.execute(&statements);
    let line = ["--from-db", database.url(), "--name", "shop"];
    let _generated = project.run(Plugin::Scaffold, &line).good();
    let _back = spec(&project, "shop", true);
    let line = ["diff", "shop/src/api/openapi.json", "back.json"];
    let said = project.run(Plugin::Scaffold, &line).good();
    assert!(
        said.contains("0 breaking changes, 0 warnings, 3 notes"),
        "{said}"
    );
}

#[test]
fn the_routes_of_a_generated_service_are_read_from_its_router() {
    let project = example();
    let whole = operations(&spec(&project, "orders", true));
    let router = project.read("orders/src/api/router.rs");
    let bare = router.replace(".route(\"/openapi.json\", get(document))", "");
    assert_ne!(bare, router);
    project.file("orders/src/api/router.rs", &bare);
    let mut read = operations(&spec(&project, "orders", false));
    read.insert("get /openapi.json".to_owned());
    assert_eq!(read, whole, "the document is not asked for routes");
}

#[test]
fn routes_that_came_since_and_routes_that_went_are_told() {
    let project = example();
    let library = project.read("orders/src/lib.rs");
    let more = "let routes = routes.route(\"/extra\", axum::routing::get(|| async { \"more\" }));";
    let with = library.replace(
        "middleware::around(",
        &format!("{more}\n    middleware::around("),
    );
    project.file("orders/src/lib.rs", &with);
    let router = project.read("orders/src/api/router.rs");
    let less = router.replace(".delete(handle_delete_order::<S>)", "");
    assert_ne!(less, router);
    project.file("orders/src/api/router.rs", &less);
    let line = ["spec", "--package", "orders", "--output", "back.json"];
    let run = project.run(Plugin::Scaffold, &line);
    let said = run.stderr;
    assert!(
        said.contains("`DELETE /orders/{orderId}` is in this document, and no route is found"),
        "{said}"
    );
    assert!(said.contains("--> orders/src/api/router.rs:"), "{said}");
    let back: Value = serde_json::from_str(&project.read("back.json")).expect("JSON");
    assert!(
        back["paths"]["/extra"]["get"]["responses"]["200"].is_object(),
        "{back}"
    );
    assert!(back["paths"]["/orders/{orderId}"]["delete"].is_null());
}

/// Says why nothing can be read, and writes nothing.
fn refused(project: &Project, arguments: &[&str]) -> String {
    let before = project.files();
    let line = [&["spec", "--output", "openapi.yaml"], arguments].concat();
    let said = project.run(Plugin::Scaffold, &line).refused();
    assert_eq!(project.files(), before, "nothing was written");
    said
}

#[test]
fn source_that_is_not_rust_is_named_with_line_and_column() {
    let project = workspace("axum");
    let source = project.read("types/src/book.rs");
    let unclosed = source.replace("pub struct Shelf {", "pub struct Shelf (");
    project.file("types/src/book.rs", &unclosed);
    assert_data_eq!(
        refused(&project, &[]),
        str![[r#"
error: this is not Rust: a bracket or a quote has no partner
  --> types/src/book.rs:69:1
   |
69 | }
   | ^
  help: mend it first: `cargo check` says more

"#]]
    );
    let unnamed = source.replace("pub struct Shelf {", "pub struct {");
    project.file("types/src/book.rs", &unnamed);
    assert_data_eq!(
        refused(&project, &[]),
        str![[r#"
error: this is not Rust: expected identifier
  --> types/src/book.rs:66:12
   |
66 | pub struct {
   |            ^
  help: mend it first: `cargo check` says more

"#]]
    );
}

#[test]
fn a_module_without_a_file_is_named() {
    let project = single("mod gone;\n#[cfg(windows)]\nmod elsewhere;\nfn main() {}\n");
    assert_data_eq!(
        refused(&project, &[]),
        str![[r#"
error: the module `gone` has no file
 --> src/main.rs:1:5
  |
1 | mod gone;
  |     ^^^^
  help: mend it first: `cargo check` says more

"#]]
    );
}

#[test]
fn routes_that_a_macro_writes_are_named_and_not_guessed() {
    let project = single(
        "use axum::{Router, routing::get};\n\
         macro_rules! all { ($($path:literal),*) => { Router::new()$(.route($path, get(a)))* } }\n\
         macro_rules! service { ($name:ident) => { fn $name() -> Router { Router::new().route(\"/\", get(a)) } } }\n\
         service!(other);\n\
         fn main() { serve(all!(\"/a\", \"/b\")) }\nasync fn a() {}\n",
    );
    let run = project.run(Plugin::Scaffold, &["spec"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for (name, place) in [("service", "4:1"), ("all", "5:19")] {
        let message = format!("the macro `{name}!` writes routes, and is not followed");
        let place = format!("--> src/main.rs:{place}");
        assert!(run.stderr.contains(&message), "{}", run.stderr);
        assert!(run.stderr.contains(&place), "{}", run.stderr);
    }
    assert!(run.stdout.contains("paths: {}"), "{}", run.stdout);
}

#[test]
fn code_that_calls_itself_and_names_that_bring_themselves_end() {
    let project = single(
        "mod a { pub use super::b::*; pub use crate::a::deep as deep; }\n\
         mod b { pub use super::a::*; type Round = Round; }\n\
         use a::*;\nuse axum::{Router, routing::get, Json};\n\
         const PATH: &str = PATH;\nconst fn path() -> &'static str { path() }\n\
         struct Node<T> { next: Option<Box<Node<Vec<T>>>>, value: T }\n\
         fn router(n: u32) -> Router { if n > 9 { Router::new() } else { router(n + 1).merge(other(n)) } }\n\
         fn other(n: u32) -> Router { router(n).route(PATH, get(deep)).route(path(), get(node)) }\n\
         async fn node() -> Json<Node<u8>> { loop {} }\n\
         fn main() { serve(router(0).route(\"/node\", get(node))) }\n",
    );
    let run = project.run(Plugin::Scaffold, &["spec"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("/node:"), "{}", run.stdout);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

#[test]
fn thousands_of_routes_may_stand_in_one_chain_and_too_many_brackets_may_not() {
    let routes: String = (0..3000)
        .map(|number| format!("        .route(\"/a{number}\", get(a))\n"))
        .collect();
    let source = |routes: &str| {
        format!(
            "use axum::{{Router, routing::get}};\nasync fn a() {{}}\n\
             fn main() {{\n    serve(Router::new()\n{routes}    );\n}}\n"
        )
    };
    let project = single(&source(&routes));
    let said = project.run(Plugin::Scaffold, &["spec", "--output", "openapi.json"]);
    assert!(
        said.stderr.contains("Described 3000 operations"),
        "{}",
        said.stderr
    );
    let brackets = format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000));
    let project = single(&source(&brackets));
    let said = refused(&project, &[]);
    assert!(
        said.contains("error: this is not Rust: it is nested too deeply to be read"),
        "{said}"
    );
    assert!(said.contains("--> src/main.rs:5:"), "{said}");
}

#[test]
fn what_cannot_be_chosen_is_said() {
    assert_data_eq!(
        refused(&single("fn main() {}\n"), &[]),
        str![[r#"
error: no routes of axum or actix-web were found
hint: name the package that serves with --package

"#]]
    );
    assert_data_eq!(
        refused(&workspace("axum"), &["--package", "library"]),
        str![[r#"
error: the workspace has no package `library`
hint: name one of `library-server`, `library-types`

"#]]
    );
    let said = single(UNKNOWN).run(Plugin::Scaffold, &["spec", "--output", "openapi.toml"]);
    assert_data_eq!(
        said.refused(),
        str![[r#"
error: `openapi.toml` has no ending that says its notation
hint: end it in `.yaml` or `.json`

"#]]
    );
    let said = Project::empty().run(Plugin::Scaffold, &["spec"]).refused();
    assert!(
        said.starts_with("error: there is no `Cargo.toml` in `[ROOT]`"),
        "{said}"
    );
}

#[test]
fn several_services_in_a_workspace_are_named() {
    let project = Project::empty();
    project.file(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\"]\n",
    );
    for name in ["one", "two"] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[dependencies]\naxum = \"0.8\"\n"
        );
        project.file(&format!("{name}/Cargo.toml"), &manifest);
        project.file(&format!("{name}/src/main.rs"), UNKNOWN);
    }
    let said = refused(&project, &[]);
    assert_data_eq!(
        said,
        str![[r#"
error: several packages serve: `one`, `two`
hint: name one with --package

"#]]
    );
    let said = project
        .run(Plugin::Scaffold, &["spec", "--package", "two"])
        .good();
    assert!(said.contains("two::a"), "{said}");
}
