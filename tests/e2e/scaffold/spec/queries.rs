//! Parameters of the query: what structs, maps and enums become, and what `Query` cannot read.

use serde_json::Value;
use snapbox::{assert_data_eq, str};

use super::{document, package};

/// The parameters of an operation, a line for each.
fn parameters(document: &Value, path: &str) -> String {
    let listed = document["paths"][path]["get"]["parameters"].as_array();
    let lines = listed.into_iter().flatten().map(|parameter| {
        let must = if parameter["required"] == true {
            "must"
        } else {
            "may"
        };
        let style = parameter["style"].as_str().unwrap_or_default();
        let name = parameter["name"].as_str().unwrap_or_default();
        format!("{name} {must} {style} {}\n", parameter["schema"])
    });
    lines.collect()
}

const SEARCH: &str = r#"
use std::collections::HashMap;
use axum::{Router, extract::Query, routing::get};
use serde::Deserialize;

/// How to sort.
#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum Sort { #[default] NewestFirst, #[serde(rename = "old")] OldestFirst, #[serde(skip)] Never }

const FEW: u32 = 20;
fn few() -> u32 { FEW }

#[derive(Deserialize)]
struct Words { after: Option<String>, before: String }

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    sort_by: Option<Sort>,
    #[serde(default)]
    then_by: Sort,
    #[serde(default = "few")]
    limit: u32,
    #[serde(default = "Search::title")]
    title: String,
    #[serde(flatten)]
    words: Option<Words>,
    #[serde(flatten)]
    rest: HashMap<String, String>,
}
impl Search { fn title() -> String { "any".to_owned() } }

fn main() {
    serve(Router::new().route("/search", get(search)).route("/map", get(map)).route("/pairs", get(pairs)));
}
async fn search(Query(search): Query<Search>) {}
async fn map(Query(all): Query<HashMap<String, u32>>) {}
async fn pairs(Query(all): Query<Vec<(String, String)>>) {}
"#;

#[test]
fn structs_enums_and_maps_become_parameters() {
    let (document, said) = document(&package(&["axum", "serde"], SEARCH));
    assert_data_eq!(
        parameters(&document, "/search"),
        str![[r##"
sortBy may  {"$ref":"#/components/schemas/Sort"}
thenBy may  {"$ref":"#/components/schemas/Sort","default":"newest_first"}
limit may  {"type":"integer","format":"int64","minimum":0,"default":20}
title may  {"type":"string","default":"any"}
after may  {"type":"string"}
before may  {"type":"string"}
rest may form {"type":"object","additionalProperties":{"type":"string"}}

"##]]
    );
    assert_data_eq!(
        document["components"]["schemas"]["Sort"].to_string(),
        str![[r#"{"type":"string","enum":["newest_first","old"],"description":"How to sort."}"#]]
    );
    assert_data_eq!(
        parameters(&document, "/map"),
        str![[r#"
query may form {"type":"object","additionalProperties":{"type":"integer","format":"int64","minimum":0}}

"#]]
    );
    assert_data_eq!(
        parameters(&document, "/pairs"),
        str![[r#"
query may form {"type":"object","additionalProperties":{"type":"string"}}

"#]]
    );
    assert!(!said.contains("warning"), "{said}");
}

const LISTS: &str = r#"
use axum::{Router, extract::Query, routing::get};
use serde::Deserialize;

#[derive(Deserialize)]
struct Wanted {
    tags: Option<Vec<String>>,
    #[serde(flatten)]
    paging: Paging,
    near: Option<Point>,
}
#[derive(Deserialize)]
struct Paging { limit: u32 }
#[derive(Deserialize)]
struct Point { x: i32 }
#[derive(Deserialize)]
struct Tags { tags: Vec<String> }

fn main() {
    serve(Router::new().route("/plain", get(plain)).route("/repeated", get(repeated)).route("/brackets", get(brackets)));
}
async fn plain(Query(wanted): Query<Wanted>) {}
async fn repeated(axum_extra::extract::Query(tags): axum_extra::extract::Query<Tags>) {}
async fn brackets(serde_qs::axum::QsQuery(wanted): serde_qs::axum::QsQuery<Wanted>) {}
"#;

#[test]
fn what_a_query_cannot_read_is_named_and_goes_with_another_extractor() {
    let packages = ["axum", "axum-extra", "serde", "serde_qs"];
    let (document, said) = document(&package(&packages, LISTS));
    assert_data_eq!(
        said,
        str![[r#"
warning: `Query` reads no list, and so not `tags`: that of axum-extra or `QsQuery` does
 --> src/main.rs:7:11
  |
7 |     tags: Option<Vec<String>>,
  |           ^^^^^^
warning: `Query` reads no object, and so not `near`: `QsQuery` does, or `flatten`
  --> src/main.rs:10:11
   |
10 |     near: Option<Point>,
   |           ^^^^^^
warning: `limit` is flattened, so that `Query` reads it as a text, which it is not
  --> src/main.rs:13:24
   |
13 | struct Paging { limit: u32 }
   |                        ^^^
   Described 3 operations of `single`, in `openapi.json`; 3 places are not known from the source

"#]]
    );
    assert_data_eq!(
        parameters(&document, "/repeated"),
        str![[r#"
tags must  {"type":"array","items":{"type":"string"}}

"#]]
    );
    assert_data_eq!(
        parameters(&document, "/brackets"),
        str![[r##"
tags may  {"type":"array","items":{"type":"string"}}
limit must  {"type":"integer","format":"int64","minimum":0}
near may deepObject {"$ref":"#/components/schemas/Point"}

"##]]
    );
}
