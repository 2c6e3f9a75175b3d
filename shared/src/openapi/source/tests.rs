//! What is read from YAML and JSON, and where a fault stands.

use super::*;

fn fault(text: &str) -> String {
    Source::parse("api.yaml", text)
        .expect_err("it is faulty")
        .to_string()
}

#[test]
fn every_node_has_its_place() {
    let source =
        Source::parse("api.yaml", "a:\n  - b: 1\n    c/d: two\n").expect("it is well formed");
    assert_eq!(source.location("/a").to_string(), "api.yaml:1:1");
    assert_eq!(source.location("/a/0/b").to_string(), "api.yaml:2:8");
    assert_eq!(source.location("/a/0/c~1d").to_string(), "api.yaml:3:10");
    assert_eq!(source.location("/a/0/none").to_string(), "api.yaml:2:5");
    assert_eq!(
        source.value,
        serde_json::json!({"a": [{"b": 1, "c/d": "two"}]})
    );
}

#[test]
fn json_has_places_too() {
    let source = Source::parse("api.json", "{\n  \"a\": {\"b\": true}\n}").expect("it is JSON");
    assert_eq!(source.location("/a/b").to_string(), "api.json:2:14");
}

#[test]
fn json_escapes_of_two_halves_are_one_character() {
    let text = r#"{"a": "\ud83d\ude00 \\ud83d \ud83d \u00e9"}"#;
    let source = Source::parse("api.json", text).expect("it is JSON");
    let expected = serde_json::json!({"a": "\u{1f600} \\ud83d \u{fffd} é"});
    assert_eq!(source.value, expected);
}

#[test]
fn a_key_that_is_there_twice_is_named_by_its_line() {
    assert_eq!(
        fault("a: 1\nb: 2\na: 3\n"),
        "api.yaml:3:1: the document is malformed: duplicated key in mapping"
    );
    assert_eq!(
        fault("200: a\n\"200\": b\n"),
        "api.yaml:2:1: the key `200` is there twice"
    );
}

#[test]
fn norway_stays_a_word() {
    let source = Source::parse("api.yaml", "enum: [NO, yes, on]").expect("it is well formed");
    assert_eq!(
        source.value,
        serde_json::json!({"enum": ["NO", "yes", "on"]})
    );
}

#[test]
fn malformed_text_is_refused_with_its_place() {
    for text in [
        "a:\n\t- b\n",
        "a: [1, 2\nb: 3\n",
        "a: \"open\n",
        "a: 1\n  b: 2\n",
        "",
    ] {
        assert!(fault(text).starts_with("api.yaml:"), "{}", fault(text));
    }
}

#[test]
fn depth_is_bounded_before_the_stack_is() {
    let rows = "- ".repeat(100_000);
    let brackets = "[".repeat(100_000);
    let braces = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let indented: String = (0..3000)
        .map(|n| format!("{}a:\n", " ".repeat(n)))
        .collect();
    for text in [rows, brackets, braces, indented] {
        assert!(fault(&text).starts_with("api.yaml:"));
    }
}

#[test]
fn many_laughs_are_not_expanded() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..9 {
        let before = format!("*a{}, ", n - 1).repeat(10);
        text.push_str(&["a", &n.to_string(), ": &a", &n.to_string()].concat());
        text.push_str(&[" [", &before, "]\n"].concat());
    }
    assert!(fault(&text).contains("budget"));
}
