//! Back from what this tool generated: with the document that the service carries, and from its
//! code alone.

use std::collections::BTreeSet;

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::{Plugin, repository};
use cargo_backend_tests::project::Project;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

use super::properties;

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

/// The service of a document, with a router that does not serve the document.
fn without_its_document(file: &str, name: &str) -> Project {
    let project = Project::workspace();
    let text = fs_err::read_to_string(repository().join(file)).expect("a document");
    project.file("api.yaml", &text);
    let line = ["api.yaml", "--name", name];
    let _generated = project.run(Plugin::Scaffold, &line).good();
    let place = format!("{name}/src/api/router.rs");
    let router = project.read(&place);
    let bare = router.replace(".route(\"/openapi.json\", get(document))", "");
    assert_ne!(bare, router);
    project.file(&place, &bare);
    project
}

/// What breaks or warns between the document and what comes back from the code, a line for each kind.
fn lost(project: &Project) -> String {
    let line = ["diff", "api.yaml", "back.json", "--json", "--no-fail"];
    let said = project.run(Plugin::Scaffold, &line).good();
    let changes = said.lines().map(|line| {
        let change: Value = serde_json::from_str(line).expect("a line of JSON");
        change
    });
    let told: BTreeSet<String> = changes
        .filter(|change| change["reason"] == "change" && change["weight"] != "note")
        .map(|change| {
            let text = |key: &str| change[key].as_str().unwrap_or_default().to_owned();
            format!("{}: {}\n", text("rule"), text("message"))
        })
        .collect();
    told.into_iter().collect()
}

#[test]
fn the_code_of_a_generated_service_says_all_but_names() {
    let project = without_its_document("examples/orders/openapi.yaml", "orders");
    let back = spec(&project, "orders", true);
    assert_data_eq!(
        lost(&project),
        str![[r#"
operation-id-changed: the operationId `createCustomer` is `create_customer` now
operation-id-changed: the operationId `createOrder` is `create_order` now
operation-id-changed: the operationId `deleteCustomer` is `delete_customer` now
operation-id-changed: the operationId `deleteOrder` is `delete_order` now
operation-id-changed: the operationId `getCustomer` is `get_customer` now
operation-id-changed: the operationId `getOrder` is `get_order` now
operation-id-changed: the operationId `listCustomers` is `list_customers` now
operation-id-changed: the operationId `listOrders` is `list_orders` now
operation-id-changed: the operationId `refundOrder` is `refund_order` now
operation-id-changed: the operationId `replaceCustomer` is `replace_customer` now
operation-id-changed: the operationId `updateOrder` is `update_order` now
response-removed: the response 404 is gone

"#]]
    );
    let list = &back["paths"]["/customers"]["get"];
    assert_eq!(list["tags"], serde_json::json!(["customers"]));
}

#[test]
fn parameters_and_types_come_back_with_their_rules() {
    let project = without_its_document("examples/orders/openapi.yaml", "orders");
    let back = spec(&project, "orders", true);
    let list = &back["paths"]["/customers"]["get"]["parameters"];
    let list: Vec<String> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(Value::to_string)
        .collect();
    assert_data_eq!(
        list.join("\n"),
        str![[r#"
{"name":"email","in":"query","schema":{"type":"string","format":"email"}}
{"name":"limit","in":"query","schema":{"type":"integer","format":"int64","minimum":1,"maximum":500,"default":50},"description":"How many to return at most"}
{"name":"offset","in":"query","schema":{"type":"integer","format":"int64","minimum":0,"default":0},"description":"How many to pass over"}
"#]]
    );
    assert_data_eq!(
        properties(&back, "Order"),
        str![[r##"
id {"type":"integer","format":"int64"}
customerId {"type":"integer","format":"int64","description":"Who placed it"}
status {"$ref":"#/components/schemas/OrderStatus","description":"How far an order has come"}
totalCents {"type":"integer","format":"int64","minimum":0}
note {"type":["string","null"],"maxLength":500}
createdAt {"type":"string","format":"date-time"}
required ["id","customerId","status","totalCents","createdAt"]

"##]]
    );
}

#[test]
fn styles_and_forms_come_back_from_code() {
    let project = without_its_document("tests/golden/documents/forms.yaml", "forms");
    let _back = spec(&project, "forms", true);
    assert_data_eq!(
        lost(&project),
        str![[r#"
operation-id-changed: the operationId `findThing` is `find_thing` now
operation-id-changed: the operationId `keepFilm` is `keep_film` now
operation-id-changed: the operationId `sendPhoto` is `send_photo` now
operation-id-changed: the operationId `showFilm` is `show_film` now
parameter-style-changed: the parameter `filter` is written in another way: `explode`
parameter-style-changed: the parameter `ids` is written in another way: `explode`
parameter-style-changed: the parameter `tabs` is written in another way: `explode`
request-text-changed: the format of `[]` of the parameter `ids` has changed
request-text-changed: the format of `[]` of the parameter `range` has changed
request-text-changed: the format of `[]` of the parameter `sizes` has changed
request-text-changed: the format of `amount` in the body has changed
request-text-changed: the format of `at.x` in the body has changed
request-text-changed: the format of `items[].price` in the body has changed
request-text-changed: the format of `notes.*` in the body has changed
request-text-changed: the format of `size` in the body has changed
request-text-changed: the format of `x` of the parameter `corner` has changed
request-text-changed: the format of the parameter `session` has changed
response-removed: the response 413 is gone
response-text-changed: the format of what stands in the response has changed
response-type-changed: the header `Content-Length` of the response 200 is string and not integer any more
response-type-changed: what stands in the response is anything and not string any more

"#]]
    );
}

#[test]
fn alternatives_come_back_from_code() {
    let project = without_its_document("tests/golden/documents/newer.yaml", "newer");
    let back = spec(&project, "newer", true);
    assert_data_eq!(
        lost(&project),
        str![[r#"
operation-removed: `GET /shapes/{id}#secret` is gone
response-added: the response 204 is new
response-type-changed: `order` in the response is string and not anything any more

"#]]
    );
    assert_data_eq!(
        serde_json::to_string_pretty(&back["components"]["schemas"]["Shape"]).expect("JSON"),
        str![[r##"
{
  "oneOf": [
    {
      "$ref": "#/components/schemas/Circle"
    },
    {
      "$ref": "#/components/schemas/Square"
    }
  ],
  "discriminator": {
    "propertyName": "kind",
    "mapping": {
      "round": "#/components/schemas/Circle",
      "Square": "#/components/schemas/Square"
    }
  }
}
"##]]
    );
}

#[test]
fn rejections_in_shapes_of_their_own_come_back_from_code() {
    let project = without_its_document("tests/golden/documents/library.yaml", "library");
    let back = spec(&project, "library", true);
    let found = &back["paths"]["/books/{id}"]["get"]["responses"];
    assert_data_eq!(
        serde_json::to_string_pretty(&found["404"]).expect("JSON"),
        str![[r##"
{
  "description": "Not Found",
  "content": {
    "application/json": {
      "schema": {
        "$ref": "#/components/schemas/Rejection1"
      }
    }
  }
}
"##]]
    );
    let gone = &back["components"]["schemas"]["Rejection1"];
    assert_eq!(gone["required"], serde_json::json!(["message"]), "{back}");
}

#[test]
fn who_may_call_comes_back_from_code_and_a_scheme_without_a_name_is_told() {
    let project = without_its_document("tests/golden/documents/secured.yaml", "secured");
    let line = ["spec", "--package", "secured", "--output", "back.json"];
    let run = project.run(Plugin::Scaffold, &line);
    assert_data_eq!(
        run.stderr,
        str![[r#"
warning: how callers show who they are by `certificate` is not known from the source
  --> secured/src/api/security.rs:93:37
   |
93 | static SCHEME_CERTIFICATE: Scheme = Scheme {
   |                                     ^^^^^^
warning: how callers show who they are by `nowhere` is not known from the source
  --> secured/src/api/security.rs:98:33
   |
98 | static SCHEME_NOWHERE: Scheme = Scheme {
   |                                 ^^^^^^
   Described 13 operations of `secured`, in `back.json`; 2 places are not known from the source

"#]]
    );
    assert_data_eq!(
        lost(&project),
        str![[r#"
operation-id-changed: the operationId `byBoth` is `by_both` now
operation-id-changed: the operationId `byCertificate` is `by_certificate` now
operation-id-changed: the operationId `byCookie` is `by_cookie` now
operation-id-changed: the operationId `byHeader` is `by_header` now
operation-id-changed: the operationId `byName` is `by_name` now
operation-id-changed: the operationId `byNothing` is `by_nothing` now
operation-id-changed: the operationId `byQuery` is `by_query` now
operation-id-changed: the operationId `listReports` is `list_reports` now
operation-id-changed: the operationId `writeReport` is `write_report` now

"#]]
    );
}

#[test]
fn elements_and_attributes_come_back_from_code() {
    let project = without_its_document("tests/golden/documents/xml.yaml", "parcels");
    let back = spec(&project, "parcels", true);
    assert_data_eq!(
        lost(&project),
        str![[r#"
operation-id-changed: the operationId `createParcel` is `create_parcel` now
operation-id-changed: the operationId `deleteParcel` is `delete_parcel` now
operation-id-changed: the operationId `getParcel` is `get_parcel` now
operation-id-changed: the operationId `listParcels` is `list_parcels` now
operation-id-changed: the operationId `printLabel` is `print_label` now
operation-id-changed: the operationId `replaceParcel` is `replace_parcel` now
operation-id-changed: the operationId `sendHint` is `send_hint` now
request-media-type-removed: `text/xml` is gone as a type of what stands in the body
request-text-changed: the format of `extra.*` in the body has changed
request-text-changed: the format of `insured` in the body has changed
request-text-changed: the format of `pieces` in the body has changed
request-text-changed: the format of `stops[].minutes` in the body has changed
request-text-changed: the format of the parameter `limit` has changed
response-alternative-added: `target` in the response may now be `LabelTargetVariant1`
response-alternative-added: `target` in the response may now be `LabelTargetVariant2`
response-text-changed: the format of `extra.*` in the response has changed
response-text-changed: the format of `insured` in the response has changed
response-text-changed: the format of `items[].insured` in the response has changed
response-text-changed: the format of `items[].pieces` in the response has changed
response-text-changed: the format of `items[].stops[].minutes` in the response has changed
response-text-changed: the format of `pieces` in the response has changed
response-text-changed: the format of `stops[].minutes` in the response has changed
response-text-changed: the format of `total` in the response has changed

"#]]
    );
    let parcel = &back["components"]["schemas"]["ParcelInput"];
    assert_eq!(
        parcel["xml"],
        serde_json::json!({"name": "parcel", "namespace": "urn:parcels"})
    );
}
