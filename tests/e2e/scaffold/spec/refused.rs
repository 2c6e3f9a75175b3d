//! What cannot be read, and what is not guessed.

use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::{UNKNOWN, document, single, workspace};

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

#[test]
fn files_that_hold_themselves_are_named_and_not_read_for_ever() {
    let project = single("mod one;\nfn main() {}\n");
    project.file("src/one.rs", "#[path = \"two.rs\"]\nmod two;\n");
    project.file("src/two.rs", "#[path = \"one.rs\"]\nmod one;\n");
    assert_data_eq!(
        refused(&project, &[]),
        str![[r#"
error: the module `one` is a file that it stands in
 --> src/two.rs:2:5
  |
2 | mod one;
  |     ^^^
  help: mend it first: `cargo check` says more

"#]]
    );
    let project = single("include!(\"main.rs\");\nfn main() {}\n");
    let said = refused(&project, &[]);
    assert!(
        said.starts_with("error: the file `main.rs` includes itself\n --> src/main.rs:1:1"),
        "{said}"
    );
}

#[test]
fn what_is_included_is_read_and_must_be_there() {
    let project = single(
        "include!(\"routes.in\");\nmod built { include!(concat!(env!(\"OUT_DIR\"), \"/built.rs\")); }\n\
         fn main() { serve(routes().merge(built::routes())) }\n",
    );
    let said = refused(&project, &[]);
    assert!(
        said.starts_with("error: the file `routes.in` is not there\n --> src/main.rs:1:1"),
        "{said}"
    );
    let routes = "use axum::{Router, routing::get};\nfn routes() -> Router { Router::new().route(\"/a\", get(a)) }\nasync fn a() {}\n";
    project.file("src/routes.in", routes);
    let (document, said) = document(&project);
    let source = &document["paths"]["/a"]["get"]["x-backend-source"];
    assert_eq!(
        (&source["file"], &source["line"]),
        (&"src/routes.in".into(), &2.into())
    );
    // What only a build writes is not there, and is missed where it is used.
    assert!(
        said.contains(
            "what is merged here is not a router that can be followed\n --> src/main.rs:3:34"
        ),
        "{said}"
    );
}

#[test]
fn conditions_hold_but_for_those_of_tests() {
    let project = single(
        "use axum::{Json, Router, routing::get};\n\
         #[cfg(feature = \"admin\")]\nmod admin { pub fn routes() -> axum::Router { axum::Router::new().route(\"/admin\", axum::routing::get(super::a)) } }\n\
         #[cfg(not(feature = \"admin\"))]\nmod admin { pub fn routes() -> axum::Router { axum::Router::new() } }\n\
         #[derive(serde::Deserialize)]\n#[cfg_attr(feature = \"web\", serde(rename_all = \"camelCase\"))]\n\
         struct Body { #[cfg_attr(test, serde(rename = \"tested\"))] my_name: String }\n\
         fn main() {\n    let app = Router::new().route(\"/a\", get(a).post(b));\n    \
         #[cfg(feature = \"metrics\")]\n    let app = app.route(\"/metrics\", get(a));\n    \
         #[cfg(test)]\n    let app = app.route(\"/only-in-tests\", get(a));\n    \
         if cfg!(debug_assertions) { serve(app.merge(admin::routes()).route(\"/debug\", get(a))) } else { serve(app) }\n}\n\
         async fn a() {}\nasync fn b(Json(body): Json<Body>) {}\n",
    );
    let (document, said) = document(&project);
    let paths: Vec<&String> = document["paths"]
        .as_object()
        .expect("paths")
        .keys()
        .collect();
    assert_eq!(paths, ["/a", "/admin", "/debug", "/metrics"], "{said}");
    let body = &document["components"]["schemas"]["Body"]["properties"];
    assert!(body["myName"].is_object(), "{body}");
}
