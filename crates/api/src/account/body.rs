//! The bodies of requests: read to the end, within a size and a time.

use super::{Problem, codes};
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use std::time::Duration;

/// What a body may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Bytes.
    pub(crate) largest: usize,
    /// How long it may take from its first byte to its last.
    pub(crate) whole: Duration,
    /// How long nothing at all may come.
    pub(crate) silence: Duration,
}

/// Of JSON: 1 MiB of payload in its longest spelling (`\u0000`), and something around it.
pub(crate) const JSON: Bounds = Bounds {
    largest: 8 * 1024 * 1024,
    whole: Duration::from_mins(1),
    silence: Duration::from_secs(10),
};

/// How long the rest of a body that is too large is read and thrown away, so that its sender hears why: who still sends when
/// the connection is closed may never see the answer.
const DRAIN: Duration = Duration::from_secs(2);

/// The whole body of a request, within [`JSON`], whatever its `Content-Type`.
#[derive(Debug)]
pub(crate) struct Whole(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read(request.into_body(), JSON).await.map(Self)
    }
}

/// Reads a body to its end.
///
/// # Errors
/// 413, 408, or 400 when it broke off.
pub(crate) async fn read(mut body: Body, bounds: Bounds) -> Result<Bytes, Problem> {
    let announced = body.size_hint().lower();
    if announced > bounds.largest as u64 {
        return Err(too_large(body, bounds).await);
    }
    let late = || Problem::of(codes::BODY_TIMEOUT);
    let deadline = tokio::time::Instant::now() + bounds.whole;
    let mut whole = BytesMut::with_capacity(announced as usize);
    loop {
        let next = deadline.min(tokio::time::Instant::now() + bounds.silence);
        let frame = match tokio::time::timeout_at(next, body.frame()).await {
            Err(_) => return Err(late()),
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(Err(error))) => {
                let message = format!("The request body cannot be read: {error}");
                return Err(Problem::saying(codes::INVALID, message));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > bounds.largest {
            return Err(too_large(body, bounds).await);
        }
        whole.extend_from_slice(&data);
    }
}

async fn too_large(mut body: Body, bounds: Bounds) -> Problem {
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = tokio::time::timeout(DRAIN, rest).await;
    let message = format!(
        "{}. Maximum allowed size is {} bytes.",
        codes::BODY_TOO_LARGE.text,
        bounds.largest
    );
    Problem::saying(codes::BODY_TOO_LARGE, message)
}
