//! HTTP as the tests need it: short, and never following or hiding anything.

use crate::wait::DEADLINE;
use serde_json::Value;
use ureq::Agent;

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The body of a request that worked.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(self.status < 300, "{self:?}");
        self.json()
    }

    /// `name: message` of the error that the driver of the Worker answers with.
    #[track_caller]
    pub fn error(&self) -> String {
        assert_eq!(self.status, 400, "{self:?}");
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}

/// A client without a pool: a connection must not outlive the server it was made to.
pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_idle_connections(0)
        .timeout_global(Some(DEADLINE))
        .build()
        .new_agent()
}

pub(crate) fn get(agent: &Agent, url: &str) -> Result<Answer, ureq::Error> {
    read(agent.get(url).call()?)
}

pub(crate) fn post(agent: &Agent, url: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
    read(agent.post(url).send(body)?)
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    Ok(Answer {
        status: response.status().as_u16(),
        text: response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()?,
    })
}
