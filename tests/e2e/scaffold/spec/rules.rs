//! Rules of validation: what garde, validator and schemars demand, in the words of a document.

use snapbox::{IntoData as _, assert_data_eq, str};

use super::{document, package, properties};

const GARDE: &str = r#"
use axum::{Json, Router, routing::post};
use serde::Deserialize;

const LONGEST: usize = 64;
static SLUG: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| regex::Regex::new("^[a-z-]+$").unwrap());

#[derive(Deserialize, garde::Validate)]
struct Account {
    #[garde(length(min = 1, max = LONGEST), ascii)]
    name: String,
    #[garde(length(chars, equal = 2))]
    country: String,
    #[garde(range(min = 18, max = u8::MAX))]
    age: u8,
    #[garde(range(equal = 1.5))]
    factor: f64,
    #[garde(email)]
    mail: Option<String>,
    #[garde(url, prefix("https://"))]
    site: String,
    #[garde(ip)]
    address: String,
    #[garde(ipv6)]
    newer: String,
    #[garde(pattern("^a"), contains("b.c"), suffix("d"))]
    code: String,
    #[garde(pattern(SLUG), alphanumeric)]
    slug: String,
    #[garde(length(max = 5), inner(length(min = 1), inner(range(max = 9))))]
    lists: Vec<Vec<u8>>,
    #[garde(length(min = 1))]
    labels: std::collections::HashMap<String, String>,
    #[garde(required, length(min = 3))]
    must: Option<String>,
    #[garde(dive)]
    inside: Inside,
    #[garde(skip)]
    anything: u64,
    #[garde(custom(is_sound), matches(name))]
    again: String,
    #[garde(credit_card)]
    card: String,
}
#[derive(Deserialize, garde::Validate)]
#[garde(transparent)]
struct Inside(#[garde(range(max = 3))] u8);

fn main() { serve(Router::new().route("/", post(create))); }
async fn create(axum_valid::Garde(Json(account)): axum_valid::Garde<Json<Account>>) {}
"#;

#[test]
fn the_rules_of_garde_are_keywords_and_what_no_document_says_is_named() {
    let packages = ["axum", "axum-valid", "garde", "regex", "serde"];
    let (document, said) = document(&package(&packages, GARDE));
    assert_data_eq!(properties(&document, "Account"), str![[r#"
name {"type":"string","minLength":1,"maxLength":64,"pattern":"^[\\x00-\\x7F]*$"}
country {"type":"string","minLength":2,"maxLength":2}
age {"type":"integer","format":"int32","minimum":18,"maximum":255}
factor {"type":"number","format":"double","minimum":1.5,"maximum":1.5}
mail {"type":["string","null"],"format":"email"}
site {"type":"string","format":"uri","pattern":"^https:\\/\\/"}
address {"type":"string","anyOf":[{"format":"ipv4"},{"format":"ipv6"}]}
newer {"type":"string","format":"ipv6"}
code {"type":"string","pattern":"^a","allOf":[{"pattern":"b\\.c"},{"pattern":"d$"}]}
slug {"type":"string","pattern":"^[a-z-]+$","allOf":[{"pattern":"^[\\p{Alphabetic}\\p{N}]*$"}]}
lists {"type":"array","items":{"type":"array","items":{"type":"integer","format":"int32","minimum":0,"maximum":9},"minItems":1},"maxItems":5}
labels {"type":"object","additionalProperties":{"type":"string"},"minProperties":1}
must {"type":"string","minLength":3}
inside {"type":"integer","format":"int32","minimum":0,"maximum":3}
anything {"type":"integer","format":"int64","minimum":0}
again {"type":"string"}
card {"type":"string"}
required ["name","country","age","factor","site","address","newer","code","slug","lists","labels","must","inside","anything","again","card"]

"#]].raw());
    assert_data_eq!(
        said,
        str![[r#"
warning: the rule `custom` demands more than a document can say
  --> src/main.rs:41:12
   |
41 |     again: String,
   |            ^^^^^^
warning: the rule `matches` demands more than a document can say
  --> src/main.rs:41:12
   |
41 |     again: String,
   |            ^^^^^^
warning: the rule `credit_card` demands more than a document can say
  --> src/main.rs:43:11
   |
43 |     card: String,
   |           ^^^^^^
   Described 1 operation of `single`, in `openapi.json`; 3 places are not known from the source

"#]]
    );
}

const VALIDATOR: &str = r#"
use axum::{Json, Router, routing::post};
use serde::Deserialize;
use validator::Validate;

lazy_static::lazy_static! {
    static ref OTHER: u8 = 1;
    static ref USER: regex::Regex = regex::Regex::new(r"^\w+$").unwrap();
}
static CODE: once_cell::sync::Lazy<regex::Regex> = once_cell::sync::Lazy::new(|| regex::Regex::new("^[0-9]{4}$").unwrap());

#[derive(Deserialize, Validate)]
#[validate(schema(function = "agree"))]
struct Signup {
    #[validate(email(message = "no address"))]
    mail: String,
    #[validate(url, does_not_contain(pattern = "?"))]
    site: String,
    #[validate(length(min = 8, max = 72), must_match(other = "again"))]
    password: String,
    #[validate(length(equal = 6))]
    again: Vec<u8>,
    #[validate(range(exclusive_min = 0.0, max = 1e3))]
    price: f64,
    #[validate(range(min = limit()))]
    rank: i32,
    #[validate(regex(path = *CODE))]
    code: String,
    #[validate(regex(path = "USER"))]
    user: String,
    #[validate(regex(path = *elsewhere::PATTERN))]
    foreign: String,
    #[validate(ip(v4))]
    old: String,
    #[validate(contains = "@", non_control_character)]
    handle: String,
    #[validate(required, nested)]
    place: Option<Place>,
    #[validate(custom(function = "is_sound"))]
    odd: String,
}
#[derive(Deserialize, Validate)]
struct Place { #[validate(length(max = 2))] country: String }

fn main() { serve(Router::new().route("/", post(create))); }
async fn create(Json(signup): Json<Signup>) {}
"#;

#[test]
fn the_rules_of_validator_are_keywords_and_what_no_document_says_is_named() {
    let packages = [
        "axum",
        "lazy_static",
        "once_cell",
        "regex",
        "serde",
        "validator",
    ];
    let (document, said) = document(&package(&packages, VALIDATOR));
    assert_data_eq!(properties(&document, "Signup"), str![[r##"
mail {"type":"string","format":"email"}
site {"type":"string","format":"uri","not":{"pattern":"\\?"}}
password {"type":"string","minLength":8,"maxLength":72}
again {"type":"array","items":{"type":"integer","format":"int32","minimum":0},"minItems":6,"maxItems":6}
price {"type":"number","format":"double","exclusiveMinimum":0,"maximum":1000}
rank {"type":"integer","format":"int32"}
code {"type":"string","pattern":"^[0-9]{4}$"}
user {"type":"string","pattern":"^\\w+$"}
foreign {"type":"string"}
old {"type":"string","format":"ipv4"}
handle {"type":"string","pattern":"@","allOf":[{"pattern":"^\\P{Cc}*$"}]}
place {"$ref":"#/components/schemas/Place"}
odd {"type":"string"}
required ["mail","site","password","again","price","rank","code","user","foreign","old","handle","place","odd"]

"##]].raw());
    assert_data_eq!(
        said,
        str![[r#"
warning: the rule `schema` demands more than a document can say
  --> src/main.rs:14:8
   |
14 | struct Signup {
   |        ^^^^^^
warning: the rule `must_match` demands more than a document can say
  --> src/main.rs:20:15
   |
20 |     password: String,
   |               ^^^^^^
warning: what the rule `range` demands is not known from the source
  --> src/main.rs:26:11
   |
26 |     rank: i32,
   |           ^^^
warning: what the rule `regex` demands is not known from the source
  --> src/main.rs:32:14
   |
32 |     foreign: String,
   |              ^^^^^^
warning: the rule `custom` demands more than a document can say
  --> src/main.rs:40:10
   |
40 |     odd: String,
   |          ^^^^^^
   Described 1 operation of `single`, in `openapi.json`; 5 places are not known from the source

"#]]
    );
}

const SCHEMARS: &str = r##"
use axum::{Json, Router, routing::post};
use serde::Deserialize;

#[derive(Deserialize, schemars::JsonSchema)]
struct Made {
    #[schemars(length(min = 1, max = 10), regex(pattern = r"^\d"))]
    id: String,
    #[schemars(range(min = 1), title = "How many")]
    count: u32,
    #[schemars(inner(email))]
    mails: Vec<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
struct Told {
    #[schema(min_length = 2, pattern = "^x", example = "xy", read_only)]
    text: String,
    #[schema(multiple_of = 5, exclusive_maximum = 100)]
    number: i64,
}

fn main() { serve(Router::new().route("/made", post(made)).route("/told", post(told))); }
async fn made(Json(made): Json<Made>) {}
async fn told(Json(told): Json<Told>) {}
"##;

#[test]
fn the_words_of_schemars_and_utoipa_are_keywords() {
    let packages = ["axum", "schemars", "serde", "utoipa"];
    let (document, said) = document(&package(&packages, SCHEMARS));
    assert_data_eq!(
        properties(&document, "Made"),
        str![[r#"
id {"type":"string","minLength":1,"maxLength":10,"pattern":"^\\d"}
count {"type":"integer","format":"int64","minimum":1,"title":"How many"}
mails {"type":"array","items":{"type":"string","format":"email"}}
required ["id","count","mails"]

"#]]
        .raw()
    );
    assert_data_eq!(
        properties(&document, "Told"),
        str![[r#"
text {"type":"string","minLength":2,"pattern":"^x","example":"xy","readOnly":true}
number {"type":"integer","format":"int64","multipleOf":5,"exclusiveMaximum":100}
required ["text","number"]

"#]]
        .raw()
    );
    assert!(!said.contains("warning"), "{said}");
}

const CONVERTED: &str = r#"
use axum::{Json, Router, routing::post};
use serde::Deserialize;
use serde_with::{DisplayFromStr, DurationSeconds, serde_as};

#[serde_as]
#[derive(Deserialize)]
struct Sent {
    #[serde_as(as = "DisplayFromStr")]
    id: u64,
    #[serde_as(as = "Option<Vec<DisplayFromStr>>")]
    others: Option<Vec<u64>>,
    #[serde_as(as = "serde_with::base64::Base64")]
    bytes: Vec<u8>,
    #[serde_as(as = "DurationSeconds<f64>")]
    wait: std::time::Duration,
    #[serde_as(as = "HashMap<_, DisplayFromStr>")]
    counts: std::collections::HashMap<String, u32>,
    #[serde_as(as = "Odd")]
    odd: u8,
    #[serde(with = "time::serde::rfc3339::option")]
    must: Option<time::OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    may: Option<time::OffsetDateTime>,
}

fn main() { serve(Router::new().route("/", post(send))); }
async fn send(Json(sent): Json<Sent>) {}
"#;

#[test]
fn what_serde_with_writes_is_not_the_type_of_the_field() {
    let packages = ["axum", "serde", "serde_with", "time"];
    let (document, said) = document(&package(&packages, CONVERTED));
    assert_data_eq!(
        properties(&document, "Sent"),
        str![[r#"
id {"type":"string"}
others {"type":["array","null"],"items":{"type":"string"}}
bytes {"type":"string","format":"byte"}
wait {"type":"number","format":"double"}
counts {"type":"object","additionalProperties":{"type":"string"}}
odd {"x-backend-unresolved":"a field with a function of its own"}
must {"type":["string","null"],"format":"date-time"}
may {"type":["string","null"],"format":"date-time"}
required ["id","bytes","wait","counts","odd","must"]

"#]]
    );
    assert_data_eq!(
        said,
        str![[r#"
warning: how serde writes this field is only known to its function
  --> src/main.rs:20:10
   |
20 |     odd: u8,
   |          ^^
   Described 1 operation of `single`, in `openapi.json`; 1 place is not known from the source

"#]]
    );
}
