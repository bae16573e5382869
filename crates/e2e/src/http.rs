//! HTTP as the tests need it: short, and never following or hiding anything.

use crate::wait::DEADLINE;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use ureq::Agent;

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub text: String,
}

impl Answer {
    /// The first value of a header; its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

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

/// Asks a Worker, wherever it is after restarts. Clones ask the same one.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    url: Arc<Mutex<String>>,
    token: Option<String>,
}

impl Client {
    /// Asks the server at `url`. Without a pool: a connection must not outlive the server it was made to.
    pub fn of(url: String) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections(0)
            .max_redirects(0)
            .timeout_global(Some(DEADLINE))
            .build()
            .new_agent();
        Self {
            agent,
            url: Arc::new(Mutex::new(url)),
            token: None,
        }
    }

    /// With this token in every [`Client::request`].
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub(crate) fn moved_to(&self, url: String) {
        *self.url.lock().unwrap_or_else(PoisonError::into_inner) = url;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        let url = self.url.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{url}{path}")
    }

    /// Any request.
    pub fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, ureq::Error> {
        let mut request = ureq::http::Request::builder().method(method).uri(self.url(path));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        match body {
            Some(body) => read(self.agent.run(request.body(body.to_string())?)?),
            None => read(self.agent.run(request.body(())?)?),
        }
    }

    /// A request with any body.
    pub fn send(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Result<Answer, ureq::Error> {
        let mut request = ureq::http::Request::builder().method(method).uri(self.url(path));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        read(self.agent.run(request.header("content-type", kind).body(body)?)?)
    }

    /// A GET request to the Worker, which need not be there.
    pub fn try_get(&self, path: &str) -> Option<Answer> {
        self.get(path).ok()
    }

    /// A POST request to the Worker, which need not be there.
    pub fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        self.post(path, body).ok()
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer, ureq::Error> {
        self.get_with(path, &[])
    }

    /// A GET request with headers.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.call()?)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Answer, ureq::Error> {
        read(self.agent.post(self.url(path)).send(body.to_string())?)
    }
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter();
    Ok(Answer {
        status: response.status().as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        text: response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()?,
    })
}
