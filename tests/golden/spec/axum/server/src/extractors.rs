use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use kinds::reject::Reject;
use serde::de::DeserializeOwned;
use validator::Validate;

/// A body that is valid.
pub struct Checked<T>(pub T);

impl<S, T> FromRequest<S> for Checked<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate,
{
    type Rejection = Reject;

    async fn from_request(request: Request, state: &S) -> Result<Self, Reject> {
        let Json(value) = Json::<T>::from_request(request, state)
            .await
            .map_err(|fault| Reject::Invalid(fault.to_string()))?;
        value.validate().map_err(|fault| Reject::Invalid(fault.to_string()))?;
        Ok(Self(value))
    }
}

/// Who works here.
pub struct Librarian(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Librarian {
    type Rejection = Reject;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Reject> {
        let value = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer "));
        token.map(|token| Self(token.to_owned())).ok_or(Reject::Missing)
    }
}
