//! The pages for requests that no Worker answered.

use super::html::{Escaped, Layout};
use super::{Asker, Wants, json, text};
use crate::body::Answer;
use hyper::StatusCode;
use hyper::header::{HeaderValue, RETRY_AFTER};
use serde_json::json;
use std::sync::Arc;

/// Why a request has no answer of the Worker's.
#[derive(Debug)]
pub(in crate::ingress) enum Problem {
    /// No Worker has this address.
    NoWorker,
    /// No upstream within the bound.
    Absent(Arc<str>),
    /// The Worker does not take requests.
    NoFetchHandler,
    /// The connection broke before there was an answer.
    Broken,
    /// The client's body cannot be read to its end.
    BadBody,
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::Absent(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoWorker | Self::NoFetchHandler => StatusCode::NOT_FOUND,
            Self::Broken => StatusCode::BAD_GATEWAY,
            Self::BadBody => StatusCode::BAD_REQUEST,
        }
    }

    fn heading(&self) -> &'static str {
        match self {
            Self::NoWorker => "There is no Worker at this address",
            Self::Absent(_) => "The Worker is not available",
            Self::NoFetchHandler => "This Worker has no fetch handler",
            Self::Broken => "The Worker's process ended before it answered this request",
            Self::BadBody => "The body of this request is broken",
        }
    }

    /// What is known beside the heading, and how the two are joined in a sentence.
    fn detail(&self) -> (&'static str, String) {
        match self {
            Self::NoWorker => (". ", "Deploy one, or ask under another name.".to_owned()),
            Self::Absent(why) => (
                ": ",
                format!("{why}\nThe request was held for a while and not passed on; try again."),
            ),
            Self::NoFetchHandler => (
                ": ",
                "its default export is missing or has no fetch().".to_owned(),
            ),
            Self::Broken => (". ", "What the request did is not known.".to_owned()),
            Self::BadBody => (": ", "it ends too early, or its chunks make no sense.".to_owned()),
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
            Self::NoWorker | Self::BadBody => &[],
            Self::Broken => &[
                "An endless loop or an exhausted heap ends the process; the terminal says which. It is started again at once.",
                "A larger heap: <code>stepwell dev --heap-mb 1024</code>.",
            ],
        }
    }

    /// The answer to `asker`.
    pub(in crate::ingress) fn answer(&self, asker: &Asker) -> Answer {
        let status = self.status();
        let (joint, detail) = self.detail();
        let mut answer = match asker.wants {
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
            Wants::Json => json(
                status,
                &json!({ "name": "Error", "message": format!("{}{joint}{detail}", self.heading()) }),
            ),
            Wants::Text => text(status, format!("{}{joint}{detail}\n", self.heading())),
        };
        if matches!(self, Self::Absent(_)) {
            answer
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        answer
    }
}

/// `text` with a capital letter.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next()
        .map(|first| first.to_uppercase().chain(rest).collect())
        .unwrap_or_default()
}
