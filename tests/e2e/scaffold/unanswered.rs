//! What may be rows below a row and need not be: it stays unanswered, and the reason is said.

use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use serde_json::Value;

/// Why operations of a document are not answered, by their labels.
fn unanswered(document: &str) -> Vec<(String, String)> {
    let project = Project::workspace();
    project.file("api.yaml", document);
    let printed = project.run(Plugin::Scaffold, &["api.yaml", "--dump-api"]);
    let api: Value = serde_json::from_str(&printed.good()).expect("JSON");
    let groups = api["groups"].as_array().expect("groups").iter();
    let operations = groups.flat_map(|group| group["operations"].as_array().expect("operations"));
    operations
        .filter_map(|operation| {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let reason = text(&operation["answer"]["notImplemented"])?;
            let (method, path) = (text(&operation["method"])?, text(&operation["path"])?);
            Some((format!("{method} {path}"), reason))
        })
        .collect()
}

/// Books, which have a table, and what a case adds.
fn with_books(paths: &str, schemas: &str) -> String {
    format!(
        r"
openapi: 3.0.3
info: {{title: T, version: '1'}}
paths:
  /books:
    post: &post
      requestBody: {{required: true, content: &book {{application/json: {{schema: {{$ref: '#/components/schemas/Book'}}}}}}}}
      responses: {{'201': {{description: x, content: *book}}}}
  /books/{{bookId}}:
    parameters: &book_id [{{name: bookId, in: path, required: true, schema: {{type: integer}}}}]
    get: {{responses: {{'200': {{description: x, content: *book}}}}}}
{paths}
components:
  schemas:
    Book:
      type: object
      required: [id, title]
      properties: {{id: {{type: integer, readOnly: true}}, title: {{type: string}}}}
{schemas}
"
    )
}

/// A list of notes below books, and how one is added.
fn notes_below(sent: &str, status: u16, answer: &str) -> String {
    let schema = |name: &str| format!("{{$ref: '#/components/schemas/{name}'}}");
    let content = |schema: &str| format!("content: {{application/json: {{schema: {schema}}}}}");
    let list = content(&format!("{{type: array, items: {}}}", schema("Note")));
    let (sent, answer) = (content(&schema(sent)), content(&schema(answer)));
    format!(
        r"
  /books/{{bookId}}/notes:
    parameters: *book_id
    get: {{responses: {{'200': {{description: x, {list}}}}}}}
    post:
      requestBody: {{required: true, {sent}}}
      responses: {{'{status}': {{description: x, {answer}}}}}
"
    )
}

const NOTE: &str = "
    Note:
      type: object
      required: [id, text]
      properties: {id: {type: integer, readOnly: true}, text: {type: string}}
    Command:
      type: object
      required: [text]
      properties: {text: {type: string}, notify: {type: boolean}}
    Priced:
      type: object
      required: [id, text, price]
      properties: {id: {type: integer, readOnly: true}, text: {type: string}, price: {type: integer}}
";

#[test]
fn what_need_not_be_a_row_below_a_row_stays_unanswered() {
    let post = |reason: &str| {
        let label = |method: &str| format!("{method} /books/{{bookId}}/notes");
        let both = ["GET", "POST"].map(|method| (label(method), reason.to_owned()));
        both.to_vec()
    };
    let plain = with_books(&notes_below("Note", 201, "Note"), NOTE);
    assert_eq!(unanswered(&plain), []);

    // Accepted is not added; what is sent and does not come back is a command; and so on.
    for (sent, status, answer, reason) in [
        (
            "Note",
            202,
            "Note",
            "what it answers does not say that a row was added",
        ),
        (
            "Command",
            201,
            "Note",
            "`notify` that is sent does not come back",
        ),
        (
            "Note",
            201,
            "Book",
            "its response is not a row of the table",
        ),
    ] {
        let document = with_books(&notes_below(sent, status, answer), NOTE);
        assert_eq!(unanswered(&document), post(reason));
    }
    let priced = NOTE
        .replace("    Note:", "    Other:")
        .replace("    Priced:", "    Note:");
    let priced = format!(
        "{priced}    NewNote: {{type: object, required: [text], properties: {{text: {{type: string}}}}}}\n"
    );
    let document = with_books(&notes_below("NewNote", 201, "Note"), &priced);
    assert_eq!(
        unanswered(&document),
        post("nobody knows `price` of a new row")
    );

    // The same rows are shown below something else, or by themselves without a word about books.
    let twice = notes_below("Note", 201, "Note");
    let twice = format!("{twice}{}", twice.replace("/notes", "/remarks"));
    let said = unanswered(&with_books(&twice, NOTE));
    assert_eq!(said.len(), 4);
    for (_, reason) in said {
        assert_eq!(
            reason,
            "its rows are shown elsewhere too, and need not be its own"
        );
    }
    let list = "{type: array, items: {$ref: '#/components/schemas/Note'}}";
    let alone = format!(
        "  /notes:\n    get: {{responses: {{'200': {{description: x, content: {{application/json: {{schema: {list}}}}}}}}}}}\n{}",
        notes_below("Note", 201, "Note").replace("    post:", "    put:")
    );
    let said = unanswered(&with_books(&alone, NOTE));
    assert_eq!(
        said[0],
        (
            "GET /books/{bookId}/notes".to_owned(),
            "its rows do not say which book they belong to".to_owned()
        )
    );
}

#[test]
fn actions_and_single_things_below_a_row_stay_unanswered() {
    let book = "{description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}";
    let paths = format!(
        "
  /books/{{bookId}}/cover:
    parameters: *book_id
    get: {{responses: {{'200': {book}}}}}
    put:
      requestBody: {{required: true, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Book'}}}}}}}}
      responses: {{'200': {book}}}
  /books/{{bookId}}/publish:
    parameters: *book_id
    post: {{responses: {{'200': {book}}}}}
  /shelves/{{shelf}}/books:
    parameters: [{{name: shelf, in: path, required: true, schema: {{type: string}}}}]
    post:
      requestBody: {{required: true, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Book'}}}}}}}}
      responses: {{'201': {book}}}
"
    );
    let said = unanswered(&with_books(&paths, ""));
    let labels: Vec<&str> = said.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "GET /books/{bookId}/cover",
            "PUT /books/{bookId}/cover",
            "POST /books/{bookId}/publish",
            "POST /shelves/{shelf}/books",
        ]
    );
}

#[test]
fn a_deleted_row_is_answered_only_where_it_cannot_be_one_that_changed() {
    let delete = |more: &str| {
        format!(
            "  /loans/{{id}}:
    parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]
    get: &loan {{responses: {{'200': {{description: x, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Loan'}}}}}}}}}}}}
    delete:
      {more}
      responses: {{'200': {{description: x, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Loan'}}}}}}}}}}
"
        )
    };
    let loan = |property: &str| {
        format!(
            "    Loan: {{type: object, required: [id], properties: {{id: {{type: integer}}, {property}: {{type: string}}}}}}\n"
        )
    };
    assert_eq!(unanswered(&with_books(&delete(""), &loan("reader"))), []);
    let reason = "the row that it answers may be one that only changed";
    let said = vec![("DELETE /loans/{id}".to_owned(), reason.to_owned())];
    assert_eq!(unanswered(&with_books(&delete(""), &loan("status"))), said);
    let asks = "parameters: [{name: notify, in: query, schema: {type: boolean}}]";
    assert_eq!(
        unanswered(&with_books(&delete(asks), &loan("reader"))),
        said
    );
}

/// A list of books elsewhere.
fn list_of_books(path: &str, parameter: &str) -> String {
    format!(
        r"
  {path}:
    get:
      parameters: [{{name: {parameter}, in: query, schema: {{type: string}}}}]
      responses: {{'200': {{description: x, content: {{application/json: {{schema: {{type: array, items: {{$ref: '#/components/schemas/Book'}}}}}}}}}}}}
"
    )
}

#[test]
fn rows_are_looked_for_where_they_are_and_a_word_that_chooses_by_itself_is_not_guessed() {
    for (path, parameter) in [
        ("/books/findByTitle", "title"),
        ("/books/search", "title"),
        ("/books/by-title", "title"),
    ] {
        let document = with_books(&list_of_books(path, parameter), "");
        assert_eq!(unanswered(&document), [], "{path}");
    }
    for (path, parameter) in [
        ("/books/popular", "title"),
        ("/books/findByAuthor", "title"),
        ("/popular-books", "title"),
    ] {
        let document = with_books(&list_of_books(path, parameter), "");
        let reason = "it is no list, create, get, put, patch or delete of a resource";
        assert_eq!(
            unanswered(&document),
            [(format!("GET {path}"), reason.to_owned())]
        );
    }
    let document = with_books(&list_of_books("/books/search", "q"), "");
    let reason = "the parameter `q` is no column to filter by";
    assert_eq!(
        unanswered(&document),
        [("GET /books/search".to_owned(), reason.to_owned())]
    );
}
