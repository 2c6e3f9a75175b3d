use aide::axum::routing::{get_with, post_with, put_with};
use aide::axum::{ApiRouter, IntoApiResponse};
use aide::transform::TransformOperation;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::AppState;

pub fn routes(state: AppState) -> ApiRouter {
    ApiRouter::new()
        .api_route(
            "/",
            post_with(create_todo, create_todo_docs).get_with(list_todos, |op| {
                op.summary("List todos").tag("read").security_requirement("ApiKey")
            }),
        )
        .api_route_with(
            "/{id}",
            get_with(get_todo, |op| {
                let op = op.id("readTodo").tag("read");
                op.response::<200, Json<TodoItem>>()
                    .response_with::<404, (), _>(|res| res.description("todo was not found"))
                    .response_range::<5, Json<Problem>>()
            })
            .delete_with(delete_todo, |op| op.hidden(true).default_response::<Json<Problem>>()),
            |path| path.tag("one todo"),
        )
        .api_route("/{id}/complete", put_with(complete_todo, complete_todo_docs))
        .with_state(state)
}

/// New Todo details.
#[derive(Deserialize, JsonSchema)]
struct NewTodo {
    /// The description for the new Todo.
    description: String,
}

#[derive(Serialize, JsonSchema)]
struct TodoCreated {
    id: Uuid,
}

/// A single Todo item.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct TodoItem {
    id: Uuid,
    description: String,
    /// Whether the item was completed.
    complete: bool,
}

#[derive(Serialize, JsonSchema)]
struct Problem {
    title: String,
}

#[derive(Deserialize, JsonSchema)]
struct Page {
    limit: Option<u8>,
}

async fn create_todo(State(_app): State<AppState>, Json(todo): Json<NewTodo>) -> impl IntoApiResponse {
    let _ = todo.description;
    (StatusCode::CREATED, Json(TodoCreated { id: Uuid::new_v4() }))
}

fn create_todo_docs(op: TransformOperation) -> TransformOperation {
    op.description("Create a new incomplete Todo item.")
        .response::<201, Json<TodoCreated>>()
}

/// All of them.
async fn list_todos(Query(_page): Query<Page>) -> Json<Vec<TodoItem>> {
    Json(Vec::new())
}

async fn get_todo(Path(id): Path<Uuid>) -> impl IntoApiResponse {
    match find(id) {
        Some(todo) => Json(todo).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn delete_todo(Path(_id): Path<Uuid>) -> impl IntoApiResponse {
    StatusCode::NO_CONTENT
}

async fn complete_todo(Path(_id): Path<Uuid>) -> impl IntoApiResponse {
    StatusCode::NO_CONTENT
}

fn complete_todo_docs(op: TransformOperation) -> TransformOperation {
    op.description("Complete a Todo.").response::<204, ()>()
}

fn find(_id: Uuid) -> Option<TodoItem> {
    None
}
