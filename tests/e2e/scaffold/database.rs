//! Services from databases that are there already: every table and view, whatever it is called.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::{Plugin, repository, target_profile};
use cargo_backend_tests::project::Project;
use cargo_backend_tests::service::Service;
use serde_json::{Value, json};

use super::{built, expect};

fn statements(name: &str) -> String {
    let path = repository().join("tests/golden/databases").join(name);
    fs_err::read_to_string(path).expect("statements of this repository")
}

/// A service on the tables of a database, compiled without a warning.
fn served(name: &str, url: &str) -> (Project, Service) {
    let project = Project::workspace();
    let line = ["--from-db", url, "--name", name];
    let _generated = project.run(Plugin::Scaffold, &line).good();
    let again = project.run(Plugin::Scaffold, &line).good();
    assert!(again.contains("0 files created, 0 updated"), "{again}");
    built::build(&project, name);
    let program = target_profile().join(name);
    let service = Service::start(&program, project.path(), url).expect("it serves");
    (project, service)
}

fn lines(service: &Service, customer: &Value) {
    let send = |method: &str, path: &str, body: Value, status: u16| {
        expect(service, method, path, &body, status)
    };
    let line = json!({"order": customer, "line_no": 7, "sku": "x"});
    let line = send("POST", "/order_lines", line, 201);
    assert_eq!((&line["qty"], &line["twice"]), (&json!(1), &json!(2)));
    let path = format!("/order_lines/{customer}/7");
    assert_eq!(send("GET", &path, Value::Null, 200), line);
    let more = send("PATCH", &path, json!({"qty": 4, "select": "s"}), 200);
    assert_eq!((&more["twice"], &more["select"]), (&json!(8), &json!("s")));
    send("PATCH", &path, json!({"twice": 4}), 422);
    let listed = send(
        "GET",
        &format!("/order_lines?order={customer}&line_no=7"),
        Value::Null,
        200,
    );
    assert_eq!(listed, json!({"data": [more]}));
    let again = json!({"order": customer, "line_no": 7, "sku": "x"});
    send("POST", "/order_lines", again, 409);
    let nobody = json!({"order": 999, "line_no": 1, "sku": "x"});
    send("POST", "/order_lines", nobody, 409);
    send(
        "GET",
        &format!("/order_lines/{customer}/8"),
        Value::Null,
        404,
    );
    send("DELETE", &path, Value::Null, 204);
    send("DELETE", &path, Value::Null, 404);
}

/// Every row comes once, page by page.
fn pages(service: &Service) {
    let page = |query: &str| {
        let path = format!("/order_lines?limit=1{query}");
        expect(service, "GET", &path, &Value::Null, 200)
    };
    let mut found = Vec::new();
    let mut query = String::new();
    loop {
        let page = page(&query);
        found.extend(page["data"].as_array().expect("rows").clone());
        let Some(next) = page["nextCursor"].as_str() else {
            break;
        };
        query = format!("&cursor={}", next.replace('[', "%5B").replace(']', "%5D"));
        assert!(found.len() < 10, "it goes on for ever");
    }
    let keys: Vec<(&Value, &Value)> = found
        .iter()
        .map(|row| (&row["order"], &row["line_no"]))
        .collect();
    assert_eq!(keys, [(&json!(1), &json!(1)), (&json!(1), &json!(2))]);
    assert_eq!(page("&cursor=nothing"), json!({"data": []}));
    let of_one = page("&order=1&line_no=2&cursor=%5B1,1%5D");
    assert_eq!(of_one["data"][0]["line_no"], 2);
    let below = |path: &str| expect(service, "GET", path, &Value::Null, 200);
    assert_eq!(below("/customers/1/order_lines")["data"], json!(found));
    assert_eq!(
        below("/customers/1/order_lines?line_no=2")["data"],
        json!([found[1]])
    );
    assert_eq!(below("/customers/2/order_lines"), json!({"data": []}));
}

#[test]
fn the_tables_of_sqlite_are_served_as_they_are() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("shop.db");
    fs_err::File::create(&file).expect("an empty file is an empty database");
    let url = format!("sqlite://{}", file.display());
    TestDatabase::at(url.clone()).execute(&statements("shop.sqlite.sql"));
    let (_project, service) = served("scaffold-e2e-from-sqlite", &url);
    let send = |method: &str, path: &str, body: Value, status: u16| {
        expect(&service, method, path, &body, status)
    };
    let customer = json!({"name": "Cid", "score": 11.5, "photo": "00FF", "extra": {"a": [1]}});
    let customer = send("POST", "/customers", customer, 201);
    assert_eq!(customer["photo"], "00FF");
    assert_eq!(customer["extra"], json!({"a": [1]}));
    assert_eq!(customer["vip"], false);
    // A column of this type takes a number as a number.
    let path = format!("/customers/{}", customer["id"]);
    assert_eq!(
        send("PATCH", &path, json!({"extra": -0.5}), 200)["extra"],
        -0.5
    );
    assert_eq!(send("PATCH", &path, json!({}), 200)["extra"], -0.5);
    assert!(customer["created_at"].is_string(), "{customer}");
    send("POST", "/customers", json!({"name": "D"}), 409);
    send(
        "POST",
        "/customers",
        json!({"name": "Dan", "created_at": "2026-01-01T00:00:00Z"}),
        422,
    );
    let scored = send("GET", "/scored", Value::Null, 200);
    let names: Vec<&str> = scored
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    assert_eq!(names, ["Ann", "Cid"]);
    send("POST", "/scored", json!({"name": "x"}), 405);
    send("POST", "/log", json!({"at": "now"}), 201);
    let log = send("GET", "/log?at=now", Value::Null, 200);
    assert_eq!(log, json!([{"at": "now", "what": null}]));
    lines(&service, &customer["id"]);
    pages(&service);
}

#[test]
fn the_tables_of_postgres_are_served_as_they_are() {
    let database = TestDatabase::postgres("scaffold_from_db");
    database.execute(&statements("shop.postgres.sql"));
    let (_project, service) = served("scaffold-e2e-from-postgres", database.url());
    let send = |method: &str, path: &str, body: Value, status: u16| {
        expect(&service, method, path, &body, status)
    };
    let given = json!({
        "name": "Cid", "email": "c@example.com", "mood": "so-so", "level": -7,
        "credit": "12.50", "tags": ["a, b", "{c}"], "sizes": [1, 2], "extra": {"a": null},
        "raw": [1], "photo": "AP8=", "code": "ab", "seen": "2026-01-31T12:00:00Z",
        "opens": "08:30:00", "home": "10.0.0.1/32", "ratio": 0.5,
    });
    let customer = send("POST", "/customers", given.clone(), 201);
    for (name, value) in given.as_object().expect("an object") {
        let shown = match name.as_str() {
            // Blanks fill a text of fixed length; none of them is shown.
            "code" => json!("ab"),
            _ => value.clone(),
        };
        assert_eq!(customer[name], shown, "{name}: {customer}");
    }
    assert_eq!(customer["shout"], "CID");
    let path = format!("/customers/{}", customer["id"]);
    let cleared = json!({"tags": [], "sizes": null, "extra": null, "mood": "SAD"});
    let cleared = send("PATCH", &path, cleared, 200);
    assert_eq!(
        (&cleared["tags"], &cleared["sizes"]),
        (&json!([]), &Value::Null)
    );
    let least = send("POST", "/customers", json!({"name": "Dan"}), 201);
    assert_eq!(
        (&least["mood"], &least["level"], &least["tags"]),
        (&json!("glad"), &json!(1), &json!([]))
    );
    send(
        "POST",
        "/customers",
        json!({"name": "Eve", "mood": "mad"}),
        422,
    );
    send(
        "POST",
        "/customers",
        json!({"name": "Eve", "level": 40_000}),
        422,
    );
    send(
        "POST",
        "/customers",
        json!({"name": "Eve", "credit": "99999999999.5"}),
        409,
    );
    send(
        "POST",
        "/customers",
        json!({"name": "Eve", "home": "nowhere"}),
        409,
    );
    send("POST", "/customers", json!({"name": "E"}), 409);
    let glad = send("GET", "/glad?mood=glad", Value::Null, 200);
    assert_eq!(
        glad,
        json!([{"id": least["id"], "name": "Dan", "mood": "glad"}])
    );
    let line = json!({"order": customer["id"], "line_no": 1});
    let line = send("POST", "/order_lines", line, 201);
    assert_eq!((&line["quantity"], &line["twice"]), (&json!(1), &json!(2)));
    let path = format!("/order_lines/{}/1", customer["id"]);
    let more = send("PATCH", &path, json!({"quantity": 3}), 200);
    assert_eq!(more["twice"], 6);
    send("PATCH", &path, json!({"quantity": 0}), 409);
    send(
        "DELETE",
        &format!("/customers/{}", customer["id"]),
        Value::Null,
        409,
    );
    send("DELETE", &path, Value::Null, 204);
}

#[test]
fn the_tables_of_mariadb_are_served_as_they_are() {
    let database = TestDatabase::mariadb("scaffold_from_mariadb");
    database.execute(&statements("shop.mariadb.sql"));
    let (_project, service) = served("scaffold-e2e-from-mariadb", database.url());
    let send = |method: &str, path: &str, body: Value, status: u16| {
        expect(&service, method, path, &body, status)
    };
    let given = json!({
        "name": "Cid", "email": "c@example.com", "mood": "It's SAD", "vip": true, "level": -7,
        "points": 4_294_967_295_u32, "credit": "12.50", "flags": 5, "extra": {"a": [null]},
        "photo": "00FF", "code": "ab", "seen": "2026-01-31T12:00:00Z", "born": "2000-02-29",
        "opens": "08:30:00", "since": 1999, "ratio": 0.5, "place": "POINT(1 2)", "tags": "a,b",
        "note": "\\' \" ü 🦀",
    });
    let customer = send("POST", "/customers", given.clone(), 201);
    for (name, value) in given.as_object().expect("an object") {
        assert_eq!(customer[name], *value, "{name}: {customer}");
    }
    assert_eq!(customer["shout"], "CID");
    let path = format!("/customers/{}", customer["id"]);
    assert_eq!(send("GET", &path, Value::Null, 200), customer);
    let cleared = json!({"extra": null, "tags": null, "mood": "so-so", "place": null});
    let cleared = send("PATCH", &path, cleared, 200);
    assert_eq!(
        (&cleared["extra"], &cleared["mood"]),
        (&Value::Null, &json!("so-so"))
    );
    assert_eq!(
        send("PATCH", &path, json!({}), 200),
        cleared,
        "nothing changes"
    );
    send("PATCH", "/customers/999", json!({"level": 1}), 404);
    let refused = |body: Value, status: u16| send("POST", "/customers", body, status);
    refused(json!({"name": "Eve", "mood": "mad"}), 422);
    refused(json!({"name": "Eve", "level": 40_000}), 422);
    refused(json!({"name": "Eve", "credit": "99999999999.5"}), 409);
    refused(json!({"name": "Eve", "place": "nowhere"}), 422);
    refused(json!({"name": "E"}), 409);
    refused(json!({"name": "Eve", "email": "c@example.com"}), 409);
    let id = "6fa459ea-ee8a-3ca4-894e-db77e160355e";
    let parcel = json!({"id": id, "weight": 1.5});
    assert_eq!(send("POST", "/parcels", parcel.clone(), 201), parcel);
    assert_eq!(
        send("GET", &format!("/parcels/{id}"), Value::Null, 200),
        parcel
    );
    let glad = send("GET", "/glad?mood=glad", Value::Null, 200);
    assert_eq!(glad.as_array().map(Vec::len), Some(2), "{glad}");
    send("POST", "/log", json!({"at": "now"}), 201);
    assert_eq!(
        send("GET", "/log?at=now", Value::Null, 200),
        json!([{"at": "now", "what": null}])
    );
    lines(&service, &customer["id"]);
    pages(&service);
}

#[test]
fn what_is_no_database_is_named_and_nothing_is_written() {
    let project = Project::workspace();
    project.file("notes.txt", "hello");
    let before = project.files();
    let said = |arguments: &[&str]| project.run(Plugin::Scaffold, arguments).refused();
    let text = said(&["--from-db", "notes.txt"]);
    assert!(text.contains("`notes.txt` is no schema"), "{text}");
    let text = said(&["--from-db", "postgres://u:secret@127.0.0.1:1/x"]);
    assert!(!text.contains("secret"), "{text}");
    let text = said(&["--from-db", "oracle://x"]);
    assert!(text.contains("oracle"), "{text}");
    assert_eq!(project.files(), before);
}

#[test]
fn a_schema_that_was_written_down_is_enough() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("shop.db");
    fs_err::File::create(&file).expect("an empty file is an empty database");
    let url = format!("sqlite://{}", file.display());
    TestDatabase::at(url.clone()).execute(&statements("shop.sqlite.sql"));
    let project = Project::workspace();
    let schema = ["schema", "--database-url", &url, "--format", "json"];
    let schema = project.run(Plugin::Db, &schema).good();
    project.file("shop.json", &schema);
    let line = ["--from-db", "shop.json", "--dry-run"];
    let from_file = project.run(Plugin::Scaffold, &line).good();
    let line = ["--from-db", &url, "--dry-run"];
    let from_database = project.run(Plugin::Scaffold, &line).good();
    assert_eq!(from_file, from_database);
    let other = ["--from-db", &url, "--database", "postgres"];
    let said = project.run(Plugin::Scaffold, &other).refused();
    assert!(said.contains("the tables are those of sqlite"), "{said}");
}
