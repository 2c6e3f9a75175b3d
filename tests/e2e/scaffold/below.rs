//! Rows below rows: made, found, changed and deleted there and nowhere else, on every database.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::{Plugin, repository, target_profile};
use cargo_backend_tests::project::Project;
use cargo_backend_tests::service::{Answer, Service};
use serde_json::{Value, json};

use super::built;

/// Nobody has this key.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn document() -> String {
    let path = repository().join("tests/golden/documents/below.yaml");
    fs_err::read_to_string(path).expect("a document of this repository")
}

/// A service from the document, compiled without a warning.
fn compiled(name: &str, database: &str, document: &str) -> Project {
    let project = Project::workspace();
    project.file("below.yaml", document);
    let line = ["below.yaml", "--name", name, "--database", database];
    let _generated = project.run(Plugin::Scaffold, &line).good();
    let again = project.run(Plugin::Scaffold, &line).good();
    assert!(again.contains("0 files created, 0 updated"), "{again}");
    built::build(&project, name);
    project
}

/// The service, running on a database that its migrations have filled.
fn started(project: &Project, name: &str, url: &str) -> Service {
    let migrations = project.path().join(name).join("migrations");
    let migrations = migrations.to_str().expect("UTF-8");
    let settings = [("MIGRATE_ON_START", "true"), ("MIGRATIONS_DIR", migrations)];
    let program = target_profile().join(name);
    Service::start_with(&program, project.path(), url, &settings).expect("it serves")
}

/// Asks a service, and has rejections in the shape of the document.
struct Caller<'a>(&'a Service);

impl Caller<'_> {
    fn whole(&self, method: &str, path: &str, body: &Value, status: u16) -> Answer {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self.0.send(method, path, &text).expect("an answer");
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        if status >= 400 {
            let rejection = answer.json();
            let said = rejection["code"].is_string() && rejection["message"].is_string();
            assert!(said, "{method} {path}: {rejection}");
        }
        answer
    }

    fn send(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        self.whole(method, path, body, status).json()
    }

    fn get(&self, path: &str, status: u16) -> Value {
        self.send("GET", path, &Value::Null, status)
    }

    fn delete(&self, path: &str, status: u16) -> Value {
        self.send("DELETE", path, &Value::Null, status)
    }

    /// Adds a row, which is found where the answer says.
    fn add(&self, path: &str, body: &Value) -> (String, Value) {
        let answer = self.whole("POST", path, body, 201);
        let (row, head) = (answer.json(), &answer.head);
        let place = head
            .lines()
            .find_map(|line| line.strip_prefix("location: "));
        let place = place.expect("a place").trim().to_owned();
        let id = row["id"].to_string();
        assert_eq!(place, format!("{path}/{}", id.trim_matches('"')));
        assert_eq!(self.get(&place, 200), row);
        (place, row)
    }

    fn project(&self, name: &str) -> (String, String) {
        let project = self.send("POST", "/projects", &json!({"name": name}), 201);
        let id = project["id"].as_str().expect("an id").to_owned();
        (format!("/projects/{id}"), id)
    }
}

/// The second level: tasks of a project.
fn tasks(caller: &Caller<'_>, (ours, id): &(String, String), theirs: &str) {
    let path = format!("{ours}/tasks");
    let (task, row) = caller.add(&path, &json!({"title": "first"}));
    assert_eq!(row["projectId"], json!(id));
    assert_eq!((&row["points"], &row["state"]), (&json!(1), &Value::Null));
    assert!(row["createdAt"].is_string(), "{row}");
    let (_, done) = caller.add(&path, &json!({"title": "second", "state": "done"}));
    let nowhere = format!("/projects/{NOBODY}/tasks");
    caller.send("POST", &nowhere, &json!({"title": "x"}), 404);
    caller.get(&nowhere, 404);
    let said = caller.send("POST", &path, &json!({"title": ""}), 400);
    assert_eq!(said["faults"][0]["field"], "title");

    let page = caller.get(&format!("{path}?limit=1"), 200);
    assert_eq!(page["items"], json!([row]));
    let next = page["nextCursor"].as_str().expect("another page");
    let next = next.replace('[', "%5B").replace(']', "%5D");
    let page = caller.get(&format!("{path}?limit=1&cursor={next}"), 200);
    assert_eq!(page, json!({"items": [done]}));
    let page = caller.get(&format!("{path}?state=done"), 200);
    assert_eq!(page["items"], json!([done]));
    assert_eq!(
        caller.get(&format!("{theirs}/tasks"), 200),
        json!({"items": []})
    );

    // A task of one project is none of another.
    let number = row["id"].to_string();
    let elsewhere = format!("{theirs}/tasks/{number}");
    caller.get(&elsewhere, 404);
    caller.send("PUT", &elsewhere, &json!({"title": "x"}), 404);
    caller.send("PATCH", &elsewhere, &json!({"title": "x"}), 404);
    caller.delete(&elsewhere, 404);
    assert_eq!(caller.get(&task, 200), row);

    let changed = caller.send("PATCH", &task, &json!({"state": "open"}), 200);
    assert_eq!(
        (&changed["title"], &changed["state"]),
        (&json!("first"), &json!("open"))
    );
    let replaced = caller.send("PUT", &task, &json!({"title": "new", "points": 3}), 200);
    assert_eq!(
        (&replaced["points"], &replaced["state"]),
        (&json!(3), &Value::Null)
    );
    assert_eq!(replaced["projectId"], json!(id));
    assert_eq!(caller.get(&task, 200), replaced);
}

/// The third level: comments on a task, which go with it.
fn comments(caller: &Caller<'_>, ours: &str, theirs: &str) {
    let (task, row) = caller.add(&format!("{ours}/tasks"), &json!({"title": "talk"}));
    let (other, _) = caller.add(&format!("{ours}/tasks"), &json!({"title": "silence"}));
    let path = format!("{task}/comments");
    let (comment, said) = caller.add(&path, &json!({"text": "one"}));
    assert_eq!(said, json!({"id": said["id"], "text": "one"}));
    let (second, _) = caller.add(&path, &json!({"text": "two"}));
    let listed = caller.whole("GET", &path, &Value::Null, 200);
    assert_eq!(listed.json().as_array().map(Vec::len), Some(2));
    assert!(listed.head.contains("x-total-count: 2"), "{}", listed.head);
    assert_eq!(caller.get(&format!("{other}/comments"), 200), json!([]));

    // The task is there, but not in that project; the comment is there, but not on that task.
    let elsewhere = format!("{theirs}/tasks/{}/comments", row["id"]);
    caller.get(&elsewhere, 404);
    caller.send("POST", &elsewhere, &json!({"text": "x"}), 404);
    let id = said["id"].as_str().expect("an id");
    for wrong in [
        format!("{elsewhere}/{id}"),
        format!("{other}/comments/{id}"),
    ] {
        caller.get(&wrong, 404);
        caller.send("PATCH", &wrong, &json!({"text": "x"}), 404);
        caller.delete(&wrong, 404);
    }
    let edited = caller.send("PATCH", &comment, &json!({"text": "1"}), 200);
    assert_eq!(caller.delete(&comment, 200), edited);
    caller.delete(&comment, 404);
    caller.delete(&task, 204);
    caller.get(&second, 404);
    caller.get(&path, 404);
}

/// Names that callers choose are those of one project.
fn labels(caller: &Caller<'_>, ours: &str, theirs: &str) {
    let bug = json!({"name": "bug", "colour": "red"});
    caller.send("POST", &format!("{ours}/labels"), &bug, 201);
    caller.send("POST", &format!("{ours}/labels"), &bug, 409);
    let other = json!({"name": "bug", "colour": null});
    caller.send("POST", &format!("{theirs}/labels"), &other, 201);
    caller.send("POST", &format!("/projects/{NOBODY}/labels"), &bug, 404);
    assert_eq!(caller.get(&format!("{ours}/labels/bug"), 200), bug);
    caller.delete(&format!("{ours}/labels/bug"), 204);
    caller.get(&format!("{ours}/labels/bug"), 404);
    assert_eq!(caller.get(&format!("{theirs}/labels"), 200), json!([other]));
    // This list has no word for a project that is not there.
    assert_eq!(
        caller.get(&format!("/projects/{NOBODY}/labels"), 200),
        json!([])
    );
    caller.delete(&format!("{theirs}/labels/bug"), 204);
}

/// Notes stand in a list of their own too: it is the same rows.
fn notes(
    caller: &Caller<'_>,
    (ours, id): &(String, String),
    (theirs, other): &(String, String),
    bodies_say_it: bool,
) {
    let path = format!("{ours}/notes");
    let (note, row) = caller.add(&path, &json!({"text": "below"}));
    assert_eq!(
        (&row["projectId"], &row["pinned"]),
        (&json!(id), &json!(false))
    );
    caller.send(
        "POST",
        &format!("/projects/{NOBODY}/notes"),
        &json!({"text": "x"}),
        404,
    );
    let body = json!({"projectId": other, "text": "above", "pinned": true});
    let above = caller.send("POST", "/notes", &body, 201);
    let body = json!({"projectId": NOBODY, "text": "x"});
    caller.send("POST", "/notes", &body, 409);
    assert_eq!(caller.get("/notes", 200), json!([row, above]));
    assert_eq!(
        caller.get(&format!("/notes?projectId={id}"), 200),
        json!([row])
    );
    assert_eq!(caller.get(&format!("{theirs}/notes"), 200), json!([above]));
    assert_eq!(
        caller.get(&format!("{theirs}/notes?pinned=false"), 200),
        json!([])
    );
    assert_eq!(caller.get(&format!("{path}?offset=1"), 200), json!([]));
    caller.get(&format!("/projects/{NOBODY}/notes"), 404);

    let number = &row["id"];
    assert_eq!(caller.get(&format!("/notes/{number}"), 200), row);
    let elsewhere = format!("{theirs}/notes/{number}");
    caller.get(&elsewhere, 404);
    caller.delete(&elsewhere, 404);
    let body = |id: &str| {
        let mut body = json!({"text": "new", "pinned": true});
        if bodies_say_it {
            body["projectId"] = json!(id);
        }
        body
    };
    caller.send("PUT", &elsewhere, &body(other), 404);
    let replaced = caller.send("PUT", &note, &body(id), 200);
    assert_eq!(replaced["projectId"], json!(id));
    assert_eq!(caller.get(&format!("/notes/{number}"), 200), replaced);
    caller.delete(&note, 204);
    caller.get(&format!("/notes/{number}"), 404);
    caller.delete(&format!("/notes/{}", above["id"]), 204);
}

fn exercise(service: &Service, bodies_say_it: bool) {
    let caller = Caller(service);
    let (ours, theirs) = (caller.project("ours"), caller.project("theirs"));
    tasks(&caller, &ours, &theirs.0);
    comments(&caller, &ours.0, &theirs.0);
    labels(&caller, &ours.0, &theirs.0);
    notes(&caller, &ours, &theirs, bodies_say_it);
    // The document has a status for a project that is not empty; an empty one is answered as it was.
    caller.delete(&ours.0, 409);
    caller.get(&ours.0, 200);
    let gone = caller.delete(&theirs.0, 200);
    assert_eq!(gone, json!({"id": theirs.1, "name": "theirs"}));
    caller.delete(&theirs.0, 404);
}

/// A body that says which row is above must say what the path says.
fn disagreements(service: &Service) {
    let caller = Caller(service);
    let (ours, id) = caller.project("ours");
    let (_, other) = caller.project("theirs");
    let path = format!("{ours}/notes");
    let wrong = json!({"text": "x", "projectId": other});
    let said = caller.send("POST", &path, &wrong, 400);
    assert_eq!(said["faults"][0]["field"], "projectId");
    let (note, row) = caller.add(&path, &json!({"text": "a", "projectId": id}));
    let said = caller.send("PUT", &note, &wrong, 400);
    assert_eq!(said["faults"][0]["field"], "projectId");
    caller.send("PUT", &note, &json!({"text": "x"}), 400);
    assert_eq!(caller.get(&note, 200), row);
}

#[test]
fn rows_below_rows_are_served_from_sqlite() {
    let name = "scaffold-e2e-below-sqlite";
    // Here the bodies say the project too: one may, one must.
    let may = "    ProjectNote:\n      type: object\n      additionalProperties: false\n      required: [text]\n      properties:\n";
    let must = "replaceProjectNote\n      tags: [notes]\n      requestBody:\n        required: true\n        content: {application/json: {schema: {$ref: '#/components/schemas/";
    let text = document();
    let text = text.replace(
        may,
        &format!("{may}        projectId: {{type: string, format: uuid}}\n"),
    );
    let text = text.replace(&format!("{must}ProjectNote"), &format!("{must}Note"));
    assert_ne!(
        text.len(),
        document().len(),
        "the document has another form now"
    );
    let project = compiled(name, "sqlite", &text);
    let file = project.path().join("below.db");
    fs_err::File::create(&file).expect("an empty file is an empty database");
    let service = started(&project, name, &format!("sqlite://{}", file.display()));
    exercise(&service, true);
    disagreements(&service);
    let database = TestDatabase::at(format!("sqlite://{}", file.display()));
    let left = "SELECT CAST(count(*) AS TEXT) FROM project_task_comments";
    assert_eq!(database.texts(left), ["0"], "comments went with their task");
    let indexes = "SELECT tbl_name || '.' || name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1";
    assert_eq!(
        database.texts(indexes),
        [
            "notes.notes_by_project_id",
            "project_task_comments.project_task_comments_by_task_id",
            "project_tasks.project_tasks_by_project_id",
        ]
    );
}

#[test]
fn rows_below_rows_are_served_from_postgres() {
    let name = "scaffold-e2e-below-postgres";
    let project = compiled(name, "postgres", &document());
    let database = TestDatabase::postgres("scaffold_below");
    exercise(&started(&project, name, database.url()), false);
}

#[test]
fn rows_below_rows_are_served_from_mariadb() {
    let name = "scaffold-e2e-below-mariadb";
    let project = compiled(name, "mariadb", &document());
    let database = TestDatabase::mariadb("scaffold_below");
    exercise(&started(&project, name, database.url()), false);
}
