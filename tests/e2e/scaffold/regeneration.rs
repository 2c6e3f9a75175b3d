//! A document changes, and what people have written stays: every byte, wherever they have put it.

use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;

use super::built::{failed, tested};

const NAME: &str = "scaffold-e2e-regenerated";

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: Regenerated, version: '1'}\npaths:\n";
const THINGS: &str = "  /things/{id}/rating:
    get:
      operationId: rate
      tags: [things]
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: ok, content: {application/json: {schema: {type: integer}}}}}
    put:
      operationId: setRating
      tags: [things]
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'204': {description: ok}}
";
const PLACES: &str = "  /places:
    get: {operationId: listPlaces, tags: [places], responses: {'204': {description: ok}}}
";
const PEOPLE: &str = "  /people:
    get: {operationId: listPeople, tags: [people], responses: {'204': {description: ok}}}
";
const GAINED: &str = "  /things/best:
    get: {operationId: bestThing, tags: [things], responses: {'204': {description: ok}}}
  /places/{id}/photo:
    get:
      operationId: photo
      tags: [places]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: ok, content: {image/png: {}}}}
  /people/count:
    get: {operationId: countPeople, tags: [people], responses: {'204': {description: ok}}}
  /news:
    get: {operationId: news, tags: [news], responses: {'204': {description: ok}}}
";

fn document(parts: &[&str]) -> String {
    format!("{HEAD}{}", parts.concat())
}

fn generated(parts: &[&str]) -> Project {
    let project = Project::workspace();
    project.file("api.yaml", &document(parts));
    let line = ["api.yaml", "--name", NAME];
    let _first = project.run(Plugin::Scaffold, &line).good();
    project
}

fn edit(project: &Project, path: &str, change: impl Fn(&str) -> String) {
    let path = format!("{NAME}/{path}");
    let text = change(&project.read(&path));
    project.file(&path, &text);
}

/// Ten ways in which people write into a service.
fn edit_in_ten_ways(project: &Project) {
    // 1: an answer, with braces in texts and comments.
    edit(project, "src/service/things.rs", |text| {
        let answer = "// } not the end {\n        Ok(RateResponse::Ok(i64::try_from(\"}\".len()).unwrap_or(0) + bonus()))";
        let text = text.replace("Err(ApiError::not_implemented(\"rate\"))", answer);
        // 2: a function of one's own behind the block, and 3: a comment before everything.
        format!("// Ours: {{\n{text}\nfn bonus() -> i64 {{\n    r#\"}}\"#.len() as i64\n}}\n")
    });
    // 4: ends of lines of another system.
    edit(project, "src/service/places.rs", |text| {
        text.replace('\n', "\r\n")
    });
    // 5: an implementation that moved into a folder of its own.
    let people = project.read(&format!("{NAME}/src/service/people.rs"));
    fs_err::remove_file(project.path().join(format!("{NAME}/src/service/people.rs")))
        .expect("it is there");
    project.file(
        &format!("{NAME}/src/humans/answers.rs"),
        &people.replace("impl PeopleApi", "#[rustfmt::skip]\nimpl PeopleApi"),
    );
    project.file(&format!("{NAME}/src/humans/mod.rs"), "pub mod answers;\n");
    edit(project, "src/service/mod.rs", |text| {
        text.replace("pub mod people;\n", "")
    });
    // 6: a module and a line in what is merged.
    edit(project, "src/lib.rs", |text| {
        text.replace("pub mod api;\n", "pub mod api;\npub mod humans;\n")
    });
    // 7: a field.
    edit(project, "src/service/mod.rs", |text| {
        text.replace(
            "    pub pool: Pool,\n",
            "    pub pool: Pool,\n    /// Ours.\n    pub calls: u64,\n",
        )
        .replace("Self { pool }", "Self { pool, calls: 0 }")
    });
    // 8: a dependency and a comment in the manifest.
    edit(project, "Cargo.toml", |text| {
        text.replace(
            "[dependencies]\n",
            "[dependencies]\n# ours\nbytes = \"1\"\n",
        )
    });
    // 9: what runs the service.
    edit(project, "Dockerfile", |text| {
        text.replace("EXPOSE 8080", "EXPOSE 9090")
    });
    edit(project, ".env.example", |text| format!("{text}\nOURS=1\n"));
    edit(project, "src/config.rs", |text| {
        text.replace("\"127.0.0.1:8080\"", "\"127.0.0.1:9090\"")
    });
    // 10: files of one's own, a test among them.
    project.file(
        &format!("{NAME}/tests/ours.rs"),
        "#[test]\nfn ours() {\n    assert_eq!(1 + 1, 2);\n}\n",
    );
    project.file(&format!("{NAME}/notes.txt"), "ours\n");
}

/// Whether a text is another one with something put in at one place.
fn only_gained(before: &str, after: &str) -> bool {
    let same = |(a, b): &(u8, u8)| a == b;
    let start = before.bytes().zip(after.bytes()).take_while(same).count();
    let ends = before.bytes().rev().zip(after.bytes().rev());
    start + ends.take_while(same).count() >= before.len() && after.len() > before.len()
}

#[test]
fn ten_ways_of_writing_into_a_service_survive_a_larger_document() {
    let project = generated(&[THINGS, PLACES, PEOPLE]);
    edit_in_ten_ways(&project);
    let before = project.files();
    project.file("api.yaml", &document(&[THINGS, PLACES, PEOPLE, GAINED]));
    let run = project.run(Plugin::Scaffold, &["api.yaml", "--name", NAME]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let after = project.files();
    let mut gained = Vec::new();
    for (path, old) in &before {
        let name = path.to_string_lossy().replace(&format!("{NAME}/"), "");
        let new = after.iter().find(|(known, _)| known == path);
        let (_, new) = new.unwrap_or_else(|| panic!("{name} is gone"));
        let generated = name.starts_with("src/api/")
            || name.starts_with(".backend-scaffold/")
            || name == "tests/generated.rs"
            || name.starts_with("tests/support/");
        if new == old || generated || name == "api.yaml" {
            continue;
        }
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        assert!(only_gained(&text(old), &text(new)), "{name}: {}", text(new));
        gained.push(name);
    }
    assert_eq!(
        gained,
        [
            "src/humans/answers.rs",
            "src/service/mod.rs",
            "src/service/places.rs",
            "src/service/things.rs",
        ]
    );
    let things = project.read(&format!("{NAME}/src/service/things.rs"));
    let stub = "    async fn best_thing(\n        &self,\n        _request: crate::api::traits::BestThingRequest,\n    )";
    assert!(things.contains(stub), "{things}");
    let places = project.read(&format!("{NAME}/src/service/places.rs"));
    assert!(!places.replace("\r\n", "").contains('\n'), "{places}");
    assert!(
        run.stdout
            .contains("its stub was added to `src/humans/answers.rs`"),
        "{}",
        run.stdout
    );
    assert!(
        !project
            .path()
            .join(NAME)
            .join("src/service/people.rs")
            .exists()
    );

    let again = project.run(Plugin::Scaffold, &["api.yaml", "--name", NAME]);
    assert!(again.good().contains("0 files created, 0 updated"));
    assert_eq!(project.files(), after);
    // What was written answers; what the document gained is asked for.
    let tests = tested(&project, NAME);
    let open = "every_operation_answers_as_the_document_says";
    assert_eq!(failed(&tests), [open], "{}", tests.stderr);
    let asked = |method: &str| tests.stdout.contains(&format!("write `{method}` in"));
    for method in ["best_thing", "photo", "count_people", "news"] {
        assert!(asked(method), "{method}: {}", tests.stdout);
    }
    assert!(!asked("rate"), "{}", tests.stdout);
}

#[test]
fn what_the_document_lost_is_named_where_it_stands() {
    let project = generated(&[THINGS, PLACES]);
    let file = format!("{NAME}/src/service/things.rs");
    let before = project.read(&file);
    let lost = THINGS.split("    put:").next().expect("the first half");
    project.file("api.yaml", &document(&[lost, PLACES]));
    let run = project.run(Plugin::Scaffold, &["api.yaml", "--name", NAME]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let said = "`set_rating` is no operation of the document any more";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let line = before
        .lines()
        .position(|line| line.contains("fn set_rating"))
        .expect("it is there");
    let place = format!("{file}:{}:14", line + 1);
    assert!(run.stderr.contains(&place), "{place}: {}", run.stderr);
    assert_eq!(project.read(&file), before);
}

#[test]
fn a_source_that_is_no_rust_is_named_and_nothing_is_written() {
    let project = generated(&[THINGS]);
    edit(&project, "src/service/things.rs", |text| {
        format!("{text}\nfn 1() {{}}\n")
    });
    project.file("api.yaml", &document(&[THINGS, GAINED]));
    let before = project.files();
    let said = project
        .run(Plugin::Scaffold, &["api.yaml", "--name", NAME])
        .refused();
    assert!(said.contains("this is no Rust"), "{said}");
    assert!(
        said.contains(&format!("{NAME}/src/service/things.rs:")),
        "{said}"
    );
    assert_eq!(project.files(), before);
}

#[test]
fn a_forced_overwrite_keeps_the_edited_file_beside_it() {
    let project = generated(&[THINGS]);
    let file = format!("{NAME}/src/api/types.rs");
    let edited = project.read(&file) + "// mine\n";
    project.file(&file, &edited);
    let forced = ["api.yaml", "--name", NAME, "--force"];
    let _forced = project.run(Plugin::Scaffold, &forced).good();
    assert_eq!(project.read(&format!("{file}.orig")), edited);
    assert_ne!(project.read(&file), edited);
}

#[test]
fn the_order_of_keys_does_not_matter() {
    let project = generated(&[THINGS, PLACES, PEOPLE]);
    let other = document(&[PEOPLE, THINGS, PLACES]).replace(
        "operationId: rate\n      tags: [things]\n",
        "tags: [things]\n      operationId: rate\n",
    );
    project.file("api.yaml", &other);
    let check = ["api.yaml", "--name", NAME, "--check"];
    let run = project.run(Plugin::Scaffold, &check);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
}

#[test]
fn what_is_protected_is_never_written() {
    let project = generated(&[THINGS]);
    project.file(
        "Backend.toml",
        &format!("[rules]\nprotected-paths = [\"{NAME}/src/service/**\"]\n"),
    );
    project.file("api.yaml", &document(&[THINGS, GAINED]));
    let before = project.files();
    let said = project
        .run(Plugin::Scaffold, &["api.yaml", "--name", NAME])
        .refused();
    assert!(said.contains("is protected and would change"), "{said}");
    assert_eq!(project.files(), before);
}

#[test]
fn a_new_operation_is_shown_as_a_unified_diff() {
    let project = generated(&[THINGS]);
    project.file("api.yaml", &document(&[THINGS, GAINED]));
    let before = project.files();
    let line = ["api.yaml", "--name", NAME, "--dry-run"];
    let shown = project.run(Plugin::Scaffold, &line).good();
    let head =
        format!("--- a/{NAME}/src/service/things.rs\n+++ b/{NAME}/src/service/things.rs\n@@ ");
    assert!(shown.contains(&head), "{shown}");
    assert!(shown.contains("+    async fn best_thing("), "{shown}");
    assert_eq!(project.files(), before);
}
