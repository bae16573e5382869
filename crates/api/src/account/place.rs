//! What the segments of a path say. They are split first and decoded then, once.

use super::{Problem, codes};
use axum::extract::{FromRequestParts, Path};
use hyper::http::request::Parts;
use serde::de::DeserializeOwned;

/// The names in a path.
#[derive(Debug)]
pub(crate) struct Place<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Place<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let names = Path::from_request_parts(parts, state).await;
        names
            .map(|Path(names)| Self(names))
            .map_err(|_| Problem::of(codes::NO_ROUTE))
    }
}
