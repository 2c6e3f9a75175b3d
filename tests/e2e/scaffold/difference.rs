//! `diff`: what breaks callers, in every form, and the exit status that a pull request waits for.

use cargo_backend_tests::plugin::{Plugin, repository};
use cargo_backend_tests::project::Project;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

/// The example and an edit of it.
fn documents(edits: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    let path = repository().join("examples/orders/openapi.yaml");
    let mut text = fs_err::read_to_string(path).expect("the example");
    project.file("old.yaml", &text);
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    project.file("new.yaml", &text);
    project
}

const EDITS: &[(&str, &str)] = &[
    (
        "enum: [pending, paid, shipped, cancelled]",
        "enum: [pending, paid, shipped]",
    ),
    ("operationId: refundOrder", "operationId: payBack"),
];

#[test]
fn breaking_changes_are_named_with_both_places_and_exit_status_1() {
    let project = documents(EDITS);
    let run = project.run(Plugin::Scaffold, &["diff", "old.yaml", "new.yaml"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_data_eq!(
        run.stdout,
        str![[r#"
breaking[request-enum-value-removed]: the parameter `status` may not be `cancelled` any more
  old old.yaml:211:5
  new new.yaml:211:5
  in  GET /orders

breaking[request-enum-value-removed]: `status` in the body may not be `cancelled` any more
  old old.yaml:211:5
  new new.yaml:211:5
  in  POST /orders, PATCH /orders/{orderId}

warning[operation-id-changed]: the operationId `refundOrder` is `payBack` now
  old old.yaml:164:5
  new new.yaml:164:5
  in  POST /orders/{orderId}/refund

2 breaking changes, 1 warning, 0 notes

"#]]
    );
    let spared = ["diff", "old.yaml", "new.yaml", "--no-fail"];
    assert_eq!(project.run(Plugin::Scaffold, &spared).code, Some(0));
}

#[test]
fn programs_pull_requests_and_annotations_have_forms_of_their_own() {
    let project = documents(EDITS);
    let in_form = |form: &str| {
        let line = ["diff", "old.yaml", "new.yaml", "--format", form];
        project.run(Plugin::Scaffold, &line).stdout
    };
    let lines: Vec<Value> = in_form("json")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["rule"], "request-enum-value-removed");
    assert_eq!(lines[0]["weight"], "breaking");
    assert_eq!(lines[0]["new"]["line"], 211);
    assert_eq!(lines[3]["breaking"], 2);
    let page = in_form("markdown");
    assert!(
        page.starts_with("## API changes: 2 breaking changes, 1 warning, 0 notes\n"),
        "{page}"
    );
    assert!(
        page.contains("| warning | the operationId `refundOrder` is `payBack` now |"),
        "{page}"
    );
    let annotations = in_form("github");
    let first = "::error file=new.yaml,line=211,col=5,title=request-enum-value-removed::the parameter `status`";
    assert!(annotations.starts_with(first), "{annotations}");
    let unknown = ["diff", "old.yaml", "new.yaml", "--format", "sarif"];
    let _said = project.run(Plugin::Scaffold, &unknown).refused();
}

#[test]
fn what_does_not_break_is_exit_status_0() {
    let longer = [
        ("maxLength: 200", "maxLength: 300"),
        ("title: Orders", "title: Other"),
    ];
    let project = documents(&longer);
    let run = project.run(Plugin::Scaffold, &["diff", "old.yaml", "new.yaml"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("response-max-length-increased"),
        "{}",
        run.stdout
    );
    let missing = project.run(Plugin::Scaffold, &["diff", "none.yaml", "new.yaml"]);
    assert!(
        missing
            .refused()
            .contains("cannot read the OpenAPI document `none.yaml`")
    );
}
