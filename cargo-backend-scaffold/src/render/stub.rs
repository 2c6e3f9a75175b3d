//! Operations that nobody has written yet.

use serde_json::{Value, json};

use crate::api::Operation;
use crate::render::Method;
use crate::render::rust_type::quoted;
use crate::render::traits::{request_name, response_name};

/// An operation that nobody has written yet.
pub(super) fn stub(operation: &Operation) -> Value {
    json!({
        "kind": "stub",
        "method": operation.ident.snake,
        "argument": "_request",
        "request": request_name(operation),
        "response": response_name(operation),
        "id": quoted(&operation.id),
    })
}

/// What is added to a file that somebody has written in already: it needs no import.
pub(super) fn method(operation: &Operation) -> Method {
    let (request, response) = (request_name(operation), response_name(operation));
    let text = format!(
        "    async fn {}(\n        &self,\n        _request: crate::api::traits::{request},\n    ) -> Result<crate::api::traits::{response}, crate::api::error::ApiError> {{\n        Err(crate::api::error::ApiError::not_implemented({}))\n    }}\n",
        operation.ident.snake,
        quoted(&operation.id)
    );
    Method {
        name: operation.ident.snake.clone(),
        text,
    }
}
