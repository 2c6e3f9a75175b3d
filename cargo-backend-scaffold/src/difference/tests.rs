//! What is a change for callers, and what is none.

use super::*;

const OLD: &str = "openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /pets/{id}:
    get:
      operationId: getPet
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: view, in: query, schema: {type: string, enum: [full, short]}}
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: no}
    put:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses: {'204': {description: ok}}
components:
  schemas:
    Pet:
      type: object
      required: [name]
      properties:
        name: {type: string, maxLength: 120}
        kind: {type: string, enum: [cat, dog]}
        parent: {$ref: '#/components/schemas/Pet'}
";

#[track_caller]
fn check(edits: &[(&str, &str)], expected: &[&str]) {
    let mut text = OLD.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let old = Document::parse("old.yaml", OLD).expect("it is sound");
    let new = Document::parse("new.yaml", &text).expect("it is sound");
    let place = |location: &Option<Location>| {
        let location = location.as_ref().map(ToString::to_string);
        location.unwrap_or_else(|| "-".to_owned())
    };
    let said: Vec<String> = between(&old, &new)
        .iter()
        .map(|change| {
            let weight = match change.weight {
                Weight::Breaking => "breaking",
                Weight::Warning => "warning",
                Weight::Note => "note",
            };
            let (old, new) = (place(&change.old), place(&change.new));
            format!(
                "{weight} {}: {} ({old}, {new})",
                change.rule, change.message
            )
        })
        .collect();
    assert_eq!(said, expected);
}

#[test]
fn a_document_is_no_change_of_itself() {
    check(&[], &[]);
    check(&[("{id}", "{pet}"), ("name: id", "name: pet")], &[]);
}

#[test]
fn another_element_breaks_those_who_send_xml() {
    let body = "content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}\n";
    let (old, new) = (OLD, OLD);
    let xml = body.replace("application/json", "text/xml");
    let (old, new) = (old.replace(body, &xml), new.replace(body, &xml));
    let named = new.replace("maxLength: 120", "maxLength: 120, xml: {name: title}");
    assert_ne!(named, new);
    let parse = |name: &str, text: &str| Document::parse(name, text).expect("it is sound");
    let changes = between(&parse("old.yaml", &old), &parse("new.yaml", &named));
    let said: Vec<&str> = changes
        .iter()
        .map(|change| change.message.as_str())
        .collect();
    let response = "the name of `name` in the response in XML has changed";
    let body = "the name of `name` in the body in XML has changed";
    assert_eq!(said, [response, body]);
    let json = OLD.replace("maxLength: 120", "maxLength: 120, xml: {name: title}");
    assert_eq!(
        between(&parse("old.yaml", OLD), &parse("new.yaml", &json)),
        []
    );
}

#[test]
fn what_a_request_may_say_less_of_breaks_and_what_it_may_say_more_of_does_not() {
    check(
        &[("maxLength: 120", "maxLength: 80")],
        &[
            "breaking request-max-length-decreased: `name` in the body may have 80 characters, not 120 any more (old.yaml:23:9, new.yaml:23:9)",
        ],
    );
    check(
        &[("maxLength: 120", "maxLength: 200")],
        &[
            "warning response-max-length-increased: `name` in the response may have 200 characters instead of 120 (old.yaml:23:9, new.yaml:23:9)",
        ],
    );
    check(
        &[("required: [name]", "required: [name, kind]")],
        &[
            "breaking request-property-became-required: `kind` in the body is required now (old.yaml:24:9, new.yaml:24:9)",
        ],
    );
}

/// The documents differ in one parameter, or one schema of it.
#[track_caller]
fn of_a_parameter(old: &str, new: &str, expected: &[&str]) {
    let whole = |parameter: &str| {
        let text = format!(
            "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n  /a:\n    get:\n      parameters:\n        - {{name: p, {parameter}}}\n      responses: {{'200': {{description: ok}}}}\n"
        );
        Document::parse("a.yaml", &text).expect("it is sound")
    };
    let changes = between(&whole(old), &whole(new));
    let said: Vec<String> = changes
        .iter()
        .map(|change| format!("{}: {}", change.rule, change.message))
        .collect();
    assert_eq!(said, expected, "{old} -> {new}");
}

#[test]
fn what_goes_without_saying_may_be_said() {
    let list = "in: query, schema: {type: array, items: {type: string}}";
    for said in ["style: form", "explode: true", "style: form, explode: true"] {
        of_a_parameter(list, &format!("{said}, {list}"), &[]);
    }
    of_a_parameter(
        list,
        &format!("explode: false, {list}"),
        &["parameter-style-changed: the parameter `p` is written in another way: `explode`"],
    );
    let one = "in: query, schema: {type: string}";
    of_a_parameter(one, &format!("explode: false, {one}"), &[]);
    let header = "in: header, schema: {type: string}";
    of_a_parameter(header, &format!("style: simple, {header}"), &[]);
    let whole = |bound: &str| format!("in: query, schema: {{type: integer, {bound}}}");
    of_a_parameter(&whole("exclusiveMinimum: 0"), &whole("minimum: 1"), &[]);
    of_a_parameter(&whole("maximum: 9"), &whole("exclusiveMaximum: 10"), &[]);
}

#[test]
fn a_bound_that_excludes_its_number_is_tighter() {
    let number = |bound: &str| format!("in: query, schema: {{type: number, {bound}}}");
    of_a_parameter(&number("exclusiveMinimum: 0"), &number("minimum: 0"), &[]);
    of_a_parameter(
        &number("minimum: 0"),
        &number("exclusiveMinimum: 0"),
        &["request-minimum-increased: the parameter `p` may be more than 0, not 0 any more"],
    );
    of_a_parameter(
        &number("exclusiveMaximum: 2"),
        &number("maximum: 1"),
        &[
            "request-maximum-decreased: the parameter `p` may be 1 at most, not less than 2 any more",
        ],
    );
    of_a_parameter(&number("multipleOf: 0.3"), &number("multipleOf: 0.1"), &[]);
    of_a_parameter(
        &number("multipleOf: 0.1"),
        &number("multipleOf: 0.3"),
        &[
            "request-multiple-of-changed: the parameter `p` must be a multiple of 0.3, not a multiple of 0.1 any more",
        ],
    );
}

#[test]
fn headers_have_names_of_any_case() {
    let with = |headers: &str| {
        OLD.replace(
            "'200': {description: ok,",
            &format!("'200': {{description: ok, headers: {{{headers}}},"),
        )
    };
    let parse = |name: &str, text: &str| Document::parse(name, text).expect("it is sound");
    let old = parse(
        "old.yaml",
        &with("X-Rate: {required: true, schema: {type: integer, maximum: 5}}"),
    );
    let said = |headers: &str| -> Vec<String> {
        let changes = between(&old, &parse("new.yaml", &with(headers)));
        changes.into_iter().map(|change| change.message).collect()
    };
    assert_eq!(
        said("x-rate: {required: true, schema: {type: integer, maximum: 5}}"),
        [""; 0]
    );
    assert_eq!(
        said("x-rate: {schema: {type: integer, maximum: 6}}"),
        [
            "the header `X-Rate` of the response 200 may be absent now",
            "the header `X-Rate` of the response 200 may be 6 at most instead of 5",
        ]
    );
    assert_eq!(
        said("Other: {schema: {type: integer}}"),
        ["the header `X-Rate` of the response 200 is gone"]
    );
}

#[test]
fn values_of_enums_come_and_go() {
    check(
        &[("enum: [cat, dog]", "enum: [cat, cow]")],
        &[
            "breaking request-enum-value-removed: `kind` in the body may not be `dog` any more (old.yaml:24:9, new.yaml:24:9)",
            "warning response-enum-value-added: `kind` in the response may be `cow` now (old.yaml:24:9, new.yaml:24:9)",
        ],
    );
    check(
        &[("enum: [full, short]", "enum: [full]")],
        &[
            "breaking request-enum-value-removed: the parameter `view` may not be `short` any more (old.yaml:9:35, new.yaml:9:35)",
        ],
    );
}

#[test]
fn operations_parameters_and_responses_come_and_go() {
    check(
        &[("    put:\n", "    patch:\n")],
        &[
            "breaking operation-removed: `PUT /pets/{id}` is gone (old.yaml:13:5, -)",
            "note operation-added: `PATCH /pets/{id}` is new (-, new.yaml:13:5)",
        ],
    );
    check(
        &[
            ("        '404': {description: no}\n", ""),
            ("getPet", "readPet"),
        ],
        &[
            "warning operation-id-changed: the operationId `getPet` is `readPet` now (old.yaml:5:5, new.yaml:5:5)",
            "warning response-removed: the response 404 is gone (old.yaml:12:9, new.yaml:5:5)",
        ],
    );
    check(
        &[(
            "name: view, in: query,",
            "name: view, in: query, required: true,",
        )],
        &[
            "breaking parameter-became-required: the parameter `view` is required now (old.yaml:9:11, new.yaml:9:11)",
        ],
    );
}

#[test]
fn a_property_that_is_renamed_is_gone_for_those_who_read_it() {
    check(
        &[("kind:", "sort:")],
        &[
            "breaking response-property-removed: `kind` in the response is gone (old.yaml:24:9, new.yaml:19:5)",
            "warning request-property-removed: `kind` in the body is not read any more (old.yaml:24:9, new.yaml:19:5)",
        ],
    );
}
