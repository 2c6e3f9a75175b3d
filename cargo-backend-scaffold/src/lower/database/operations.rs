//! The operations of a table or view.

use serde_json::{Map, Value, json};

use super::Source;
use super::column::Shown;
use crate::api::ident::Ident;

/// The parameters of a list and its response: pages where the key can be a cursor.
fn listing(reference: &Value, filters: &[&Shown], key: &[&Shown]) -> (Vec<Value>, Value) {
    let mut parameters: Vec<Value> = filters
        .iter()
        .map(|shown| json!({"name": shown.property, "in": "query", "schema": shown.schema}))
        .collect();
    parameters.push(json!({"name": "limit", "in": "query", "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 500, "default": 50}}));
    let mut list = json!({"type": "array", "items": reference});
    if !key.is_empty() && key.iter().all(|shown| shown.fits_cursor()) {
        parameters.push(json!({"name": "cursor", "in": "query", "description": "`nextCursor` of the page before", "schema": {"type": "string", "minLength": 1}}));
        list = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["data"],
            "properties": {
                "data": list,
                "nextCursor": {"type": "string", "description": "Where the next page begins; absent on the last one"},
            },
        });
    } else {
        parameters.push(json!({"name": "offset", "in": "query", "schema": {"type": "integer", "format": "int64", "minimum": 0, "default": 0}}));
    }
    (parameters, list)
}

/// Adds what can be done with the rows: list, create, get, change and delete.
pub(super) fn add(
    source: &Source<'_>,
    ident: &Ident,
    one: &str,
    filters: &[&Shown],
    key: &[&Shown],
    has_changes: bool,
    paths: &mut Map<String, Value>,
) {
    let tag = ident.plain();
    let rejected = json!({"$ref": "#/components/responses/Rejected"});
    let reference = json!({"$ref": format!("#/components/schemas/{one}")});
    let content = |schema: &Value| json!({"application/json": {"schema": schema}});
    let row = |text: &str| json!({"description": text, "content": content(&reference)});
    let body = |schema: Value| json!({"required": true, "content": content(&schema)});
    let (parameters, list) = listing(&reference, filters, key);
    let many = Ident::new(ident.plain(), "rows").pascal;
    let mut collection = json!({
        "get": {
            "operationId": format!("list{many}"),
            "tags": [tag],
            "parameters": parameters,
            "responses": {
                "200": {"description": "Rows in the order of their keys", "content": content(&list)},
                "400": rejected,
            },
        },
    });
    if source.writable {
        let mut created = row("The new row");
        if !key.is_empty() {
            created["headers"] = json!({"Location": {"schema": {"type": "string"}}});
        }
        collection["post"] = json!({
            "operationId": format!("create{one}"),
            "tags": [tag],
            "requestBody": body(reference.clone()),
            "responses": {"201": created, "400": rejected, "409": rejected, "422": rejected},
        });
    }
    paths.insert(format!("/{tag}"), collection);
    if key.is_empty() {
        return;
    }
    let steps: Vec<String> = key
        .iter()
        .map(|shown| format!("{{{}}}", shown.property))
        .collect();
    let parameters: Vec<Value> = key
        .iter()
        .map(|shown| json!({"name": shown.property, "in": "path", "required": true, "schema": shown.schema}))
        .collect();
    let mut item = json!({
        "parameters": parameters,
        "get": {
            "operationId": format!("get{one}"),
            "tags": [tag],
            "responses": {"200": row("The row"), "400": rejected, "404": rejected},
        },
        "delete": {
            "operationId": format!("delete{one}"),
            "tags": [tag],
            "responses": {"204": {"description": "It is gone"}, "400": rejected, "404": rejected, "409": rejected},
        },
    });
    if has_changes {
        let changes = json!({"$ref": format!("#/components/schemas/{one}Changes")});
        item["patch"] = json!({
            "operationId": format!("update{one}"),
            "tags": [tag],
            "requestBody": body(changes),
            "responses": {"200": row("The row as it is now"), "400": rejected, "404": rejected, "409": rejected, "422": rejected},
        });
    }
    paths.insert(format!("/{tag}/{}", steps.join("/")), item);
}
