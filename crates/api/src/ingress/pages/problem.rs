//! The pages for requests that no Worker answered.

use super::html::{Escaped, Layout};
use super::plain::{Failure, There};
use super::uncaught::THREW;
use super::{Asker, Wants, json, text};
use crate::body::Answer;
use crate::ingress::client_body::BodyFault;
use hyper::StatusCode;
use hyper::header::{HeaderValue, RETRY_AFTER};
use serde_json::json;
use std::sync::Arc;

/// Why a request has no answer of the Worker's.
#[derive(Debug)]
pub(in crate::ingress) enum Problem {
    /// No Worker has this address.
    NoWorker {
        /// What there is, for whoever runs the server and nobody else.
        there: Option<There>,
    },
    /// The address is the server's own, and closed.
    Closed,
    /// No upstream within the bound.
    Absent(Arc<str>),
    /// The Worker does not take requests.
    NoFetchHandler,
    /// The connection broke before there was an answer.
    Broken,
    /// The runtime saw that there will be no answer.
    Ended,
    /// The client's body cannot be read to its end.
    BadBody,
    /// The client's body is longer than it may be.
    BodyTooLong,
    /// The client's body stood still.
    BodyTooSlow,
}

impl From<&BodyFault> for Problem {
    fn from(fault: &BodyFault) -> Self {
        match fault {
            BodyFault::TooLong => Self::BodyTooLong,
            BodyFault::TooSlow => Self::BodyTooSlow,
            BodyFault::Broken(_) => Self::BadBody,
        }
    }
}

impl Problem {
    /// No Worker has this address, and that is all.
    pub(in crate::ingress) const NO_WORKER: Self = Self::NoWorker { there: None };

    /// Why a request got no answer, by the error of the connection to the Worker.
    pub(in crate::ingress) fn of_connection(error: &hyper::Error) -> Self {
        // What hyper calls a user is whoever gives the body: the client.
        if !error.is_user() {
            tracing::debug!("the connection to the Worker broke: {error}");
            return Self::Broken;
        }
        tracing::debug!("the body of a request is broken: {error}");
        BodyFault::behind(error).map_or(Self::BadBody, Self::from)
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Absent(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoWorker { .. } | Self::Closed | Self::NoFetchHandler => StatusCode::NOT_FOUND,
            Self::Broken => StatusCode::BAD_GATEWAY,
            Self::Ended => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BadBody => StatusCode::BAD_REQUEST,
            Self::BodyTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    fn heading(&self) -> &'static str {
        match self {
            Self::NoWorker { .. } => "There is no Worker at this address",
            Self::Closed => "There is nothing at this address",
            Self::Absent(_) => "The Worker is not available",
            Self::NoFetchHandler => "This Worker has no fetch handler",
            Self::Broken => "The Worker's process ended before it answered this request",
            Self::Ended => "The script will never generate a response",
            Self::BadBody => "The body of this request is broken",
            Self::BodyTooLong => "The body of this request is too long",
            Self::BodyTooSlow => "The body of this request came too slowly",
        }
    }

    /// What is known beside the heading, and how the two are joined in a sentence.
    fn detail(&self) -> (&'static str, String) {
        match self {
            Self::NoWorker { .. } | Self::Closed => (". ", "Ask under another one.".to_owned()),
            Self::Absent(why) => (
                ": ",
                format!("{why}\nThe request was held for a while and not passed on; try again."),
            ),
            Self::NoFetchHandler => (
                ": ",
                "its default export is missing or has no fetch().".to_owned(),
            ),
            Self::Broken => (". ", "What the request did is not known.".to_owned()),
            Self::Ended => (
                ": ",
                "the handler waits for a promise that nothing settles any more. The log has what the runtime says of it."
                    .to_owned(),
            ),
            Self::BadBody => (": ", "it ends too early, or its chunks make no sense.".to_owned()),
            Self::BodyTooLong => (". ", "Send less.".to_owned()),
            Self::BodyTooSlow => (". ", "Send it again.".to_owned()),
        }
    }

    fn advice(&self) -> &'static [&'static str] {
        match self {
            Self::Absent(_) => &[
                "Wait: this page tries again by itself.",
                "If it stays, the terminal says why the Worker does not start. Correct the code and save.",
            ],
            Self::NoFetchHandler => &[
                "Add one: <code>export default { async fetch(request, env, ctx) { return new Response(\"Hello\"); } }</code>",
                "A Worker of nothing but Workflows is started through another Worker's binding, or with <code>wrangler workflows trigger NAME --local</code>.",
            ],
            Self::NoWorker { .. } | Self::Closed | Self::BadBody | Self::BodyTooLong | Self::BodyTooSlow => {
                &[]
            }
            Self::Ended => &[
                "A <code>new Promise()</code> that never calls <code>resolve</code> is the usual cause; so is one of another request.",
                "<code>await</code> with a bound: <code>Promise.race([work, scheduler.wait(10_000)])</code>.",
            ],
            Self::Broken => &[
                "An endless loop or an exhausted heap ends the process; the terminal says which. It is started again at once.",
                "A larger heap: <code>stepwell dev --heap-mb 1024</code>.",
            ],
        }
    }

    /// The answer to `asker`.
    pub(in crate::ingress) fn answer(&self, asker: &Asker) -> Answer {
        let mut answer = if asker.ray.is_some() {
            self.failure().answer(asker)
        } else {
            self.detailed(asker)
        };
        if matches!(self, Self::Absent(_)) {
            answer
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        answer
    }

    /// What strangers are told.
    fn failure(&self) -> Failure<'_> {
        let (code, title, what) = match self {
            Self::NoWorker { .. } => (
                1042,
                self.heading(),
                "Nothing is served here: no Worker has this address, or its address has changed or was switched off.",
            ),
            // As Cloudflare has it: it calls fetch(), which is not there.
            Self::NoFetchHandler | Self::Ended => return THREW,
            Self::Absent(_) => (
                503,
                "The site is starting",
                "The request was held for a while and not passed on; try again in a moment.",
            ),
            Self::Broken => (
                502,
                "The site's connection broke",
                "It ended before it had answered. What the request did is not known.",
            ),
            Self::BadBody => (
                400,
                self.heading(),
                "It ends too early, or its chunks make no sense.",
            ),
            Self::BodyTooLong => (413, self.heading(), "This site takes no requests of this size."),
            Self::BodyTooSlow => (408, self.heading(), "Send the request again."),
            Self::Closed => (
                404,
                self.heading(),
                "Addresses below /cdn-cgi/ are not the site's.",
            ),
        };
        Failure {
            status: self.status(),
            code,
            title,
            what,
            there: match self {
                Self::NoWorker { there } => there.as_ref(),
                _ => None,
            },
        }
    }

    /// Why, for whoever runs the server.
    pub(in crate::ingress) fn reason(&self) -> String {
        let (joint, detail) = self.detail();
        format!("{}{joint}{detail}", self.heading())
    }

    fn detailed(&self, asker: &Asker) -> Answer {
        let status = self.status();
        let (_, detail) = self.detail();
        match asker.wants {
            Wants::Html => Layout {
                status,
                kind: "No answer of the Worker's",
                heading: self.heading(),
                refresh_s: matches!(self, Self::Absent(_)).then_some(2),
                main: &format!(
                    "<section><p class=\"detail\">{}</p></section>\n",
                    Escaped(&sentence(&detail))
                ),
                advice: self.advice(),
            }
            .answer(asker),
            Wants::Json => json(status, &json!({ "name": "Error", "message": self.reason() })),
            Wants::Text => text(status, format!("{}\n", self.reason())),
        }
    }
}

/// `text` with a capital letter.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next()
        .map(|first| first.to_uppercase().chain(rest).collect())
        .unwrap_or_default()
}
