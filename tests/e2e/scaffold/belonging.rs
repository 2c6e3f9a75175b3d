//! Tables of rows below rows: what they refer to, what becomes of them, and by what they are found.

use cargo_backend_tests::plugin::{Plugin, repository};
use cargo_backend_tests::project::Project;

/// The lines of the migrations of `tests/golden/documents/below.yaml` that hold a word, after changes to it.
fn lines(database: &str, changes: &[(&str, &str)], word: &str) -> Vec<String> {
    let path = repository().join("tests/golden/documents/below.yaml");
    let mut document = fs_err::read_to_string(path).expect("a document of this repository");
    for (from, to) in changes {
        assert!(document.contains(from), "the document has no `{from}`");
        document = document.replace(from, to);
    }
    let project = Project::workspace();
    project.file("below.yaml", &document);
    let line = ["below.yaml", "--name", "below", "--database", database];
    let _generated = project.run(Plugin::Scaffold, &line).good();
    let files = project.files().into_iter();
    let migrations = files.filter(|(path, _)| path.to_string_lossy().ends_with(".up.sql"));
    let texts = migrations.map(|(_, text)| String::from_utf8(text).expect("UTF-8"));
    let lines = texts.flat_map(|text| {
        let lines = text.lines().map(|line| line.trim().to_owned());
        lines.collect::<Vec<_>>()
    });
    lines.filter(|line| line.contains(word)).collect()
}

/// The DELETE of a project without a status for one that is not empty.
const ALWAYS: (&str, &str) = (
    "        '409': {$ref: '#/components/responses/Rejected'}\n  /projects/{projectId}/tasks:",
    "  /projects/{projectId}/tasks:",
);

#[test]
fn rows_keep_the_row_above_where_the_document_has_a_status_for_that() {
    assert_eq!(
        lines("sqlite", &[], "REFERENCES"),
        [
            "project_id BLOB NOT NULL REFERENCES projects (id),",
            "project_id BLOB NOT NULL REFERENCES projects (id),",
            "project_id BLOB NOT NULL REFERENCES projects (id),",
            "task_id INTEGER NOT NULL REFERENCES project_tasks (id) ON DELETE CASCADE",
        ]
    );
}

#[test]
fn rows_go_with_the_row_above_or_stay_without_it() {
    let alone = ("required: [id, projectId, text]", "required: [id, text]");
    assert_eq!(
        lines("postgres", &[ALWAYS, alone], "REFERENCES"),
        [
            "project_id UUID REFERENCES projects (id) ON DELETE SET NULL,",
            "project_id UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,",
            "project_id UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,",
            "task_id BIGINT NOT NULL REFERENCES project_tasks (id) ON DELETE CASCADE",
        ]
    );
}

#[test]
fn what_is_found_below_a_row_has_an_index_or_a_key_of_both() {
    for database in ["sqlite", "postgres", "mariadb"] {
        assert_eq!(
            lines(database, &[], "CREATE INDEX"),
            [
                "CREATE INDEX notes_by_project_id ON notes (project_id);",
                "CREATE INDEX project_tasks_by_project_id ON project_tasks (project_id);",
                "CREATE INDEX project_task_comments_by_task_id ON project_task_comments (task_id);",
            ]
        );
        assert_eq!(
            lines(database, &[], "PRIMARY KEY ("),
            ["PRIMARY KEY (project_id, name)"]
        );
    }
}
