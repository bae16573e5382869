//! The body of a client's request, within limits.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// How long the rest of a body that nobody wants is read, so that the client comes to read the refusal.
const LINGER: Duration = Duration::from_secs(5);

/// How much a body may be, and how slow.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimits {
    pub(super) bytes_max: u64,
    /// How long nothing may come.
    pub(super) idle: Duration,
}

/// Why a body broke off.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyFault {
    #[error("it is longer than it may be")]
    TooLong,
    #[error("nothing came for too long")]
    TooSlow,
    #[error("{0}")]
    Broken(#[from] hyper::Error),
}

impl BodyFault {
    /// What is behind an error of the connection that the body was sent over.
    pub(super) fn behind(error: &hyper::Error) -> Option<&Self> {
        error.source()?.downcast_ref()
    }
}

/// A client's body; with limits, it breaks off where they are passed.
pub(super) struct ClientBody {
    /// Nothing, once it broke off.
    body: Option<Incoming>,
    limits: Option<BodyLimits>,
    received: u64,
    /// Runs while nothing comes.
    patience: Option<Pin<Box<Sleep>>>,
}

impl ClientBody {
    /// `body`, within `limits`; `waits` says that the client sends it only when it is told to.
    ///
    /// # Errors
    /// It says itself that it is too long.
    pub(super) fn new(body: Incoming, limits: Option<BodyLimits>, waits: bool) -> Result<Self, BodyFault> {
        let most = limits.map_or(u64::MAX, |limits| limits.bytes_max);
        if body.size_hint().lower() > most {
            if !waits {
                tokio::spawn(linger(body));
            }
            return Err(BodyFault::TooLong);
        }
        Ok(Self {
            body: Some(body),
            limits,
            received: 0,
            patience: None,
        })
    }

    /// Counts what came.
    fn received(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, BodyFault> {
        self.received += frame.data_ref().map_or(0, Bytes::len) as u64;
        match self.limits {
            Some(limits) if self.received > limits.bytes_max => {
                if let Some(body) = self.body.take() {
                    tokio::spawn(linger(body));
                }
                Err(BodyFault::TooLong)
            }
            _ => Ok(frame),
        }
    }

    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(limits) = self.limits else {
            return Poll::Pending;
        };
        let patience = self
            .patience
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + limits.idle)));
        patience.as_mut().poll(context)
    }
}

/// Reads what is left of `body`, for a while.
async fn linger(mut body: Incoming) {
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = tokio::time::timeout(LINGER, rest).await;
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        match Pin::new(body).poll_frame(context) {
            Poll::Ready(frame) => {
                this.patience = None;
                Poll::Ready(frame.map(|frame| this.received(frame?)))
            }
            Poll::Pending => {
                ready!(this.poll_patience(context));
                this.body = None;
                Poll::Ready(Some(Err(BodyFault::TooSlow)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}
