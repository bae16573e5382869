//! The body of a request.

use super::refusal;
use crate::shape::envelope::Problem;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

/// The largest body: 1 MiB of payload in its longest spelling (`\u0000`), and something around it.
const LARGEST: usize = 8 * 1024 * 1024;

/// Reads a body to its end.
pub(super) async fn read(body: Incoming) -> Result<Bytes, Problem> {
    match Limited::new(body, LARGEST).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(refusal::too_large(LARGEST)),
        Err(error) => Err(refusal::invalid(format!(
            "The request body cannot be read: {error}"
        ))),
    }
}
