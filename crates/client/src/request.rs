//! Asking, and trying again where that is safe and helps.

use crate::error::{ApiError, Error};
use crate::multipart::Form;
use crate::place::{Place, Server};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::http::{Method, Request, Response, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// As the SDKs encode: everything but what a path never needs encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// Times a request is made that may be made again.
const ATTEMPTS: u32 = 3;
/// The longest that a server's wish to wait is followed.
const WAIT_MAX: Duration = Duration::from_mins(1);
/// An upload of 100 MB takes its time.
const TIMEOUT: Duration = Duration::from_mins(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// No answer of the API is larger.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

pub(crate) fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

/// Asks an API.
#[derive(Debug, Clone)]
pub struct Api {
    agent: Agent,
    place: Place,
    base: String,
}

/// A successful answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The result as it came.
    pub result: Value,
    /// About a list: how much there is, and how to go on.
    pub info: Info,
    request: String,
}

/// `result_info` of a list.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Info {
    /// To ask for the next page; none on the last.
    pub cursor: Option<String>,
    /// How many there are in all, if it is known.
    pub total_count: Option<u64>,
}

#[derive(Deserialize)]
struct Envelope {
    success: bool,
    #[serde(default)]
    errors: Vec<ApiError>,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    result_info: Option<Info>,
}

/// What goes with a request.
enum Body<'a> {
    None,
    Json(&'a Value),
    Form(&'a Form),
}

impl Answer {
    /// The result as a type; an error names the request whose answer is not understood.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_value(self.result.clone()).map_err(|error| Error::Malformed {
            url: self.request.clone(),
            status: 200,
            start: error.to_string(),
        })
    }
}

impl Api {
    /// A client for what is at a place.
    ///
    /// # Errors
    /// [`Error::File`] if the certificates to trust cannot be read.
    pub fn new(place: Place) -> Result<Self, Error> {
        let roots = match &place {
            Place::Server(Server {
                ca_file: Some(file), ..
            })
            | Place::Installation(Server {
                ca_file: Some(file), ..
            }) => certificates(file)?,
            _ => RootCerts::PlatformVerifier,
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .tls_config(tls)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .user_agent(concat!("stepwell/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let base = place.base();
        Ok(Self { agent, place, base })
    }

    /// What it asks.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether that is a `dev` on this machine.
    pub fn is_local(&self) -> bool {
        matches!(self.place, Place::Local { .. })
    }

    /// The routes of the zone that a host is: which Worker has which pattern.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub fn zone_routes(&self, host: &str) -> Result<Answer, Error> {
        // Zones belong to no account.
        let above = Self {
            base: self.place.root(),
            ..self.clone()
        };
        let zones = above.get(&["zones"], &[("name", host.to_owned())])?;
        let id = zones.result[0]["id"].as_str().unwrap_or_default();
        above.get(&["zones", id, "workers", "routes"], &[])
    }

    /// Reads something; tried again while the server is not well.
    pub fn get(&self, path: &[&str], query: &[(&str, String)]) -> Result<Answer, Error> {
        self.patient(&Method::GET, path, query, &Body::None)
    }

    /// Changes something. Not tried again: it may have been done.
    pub fn send(&self, method: &Method, path: &[&str], body: Option<&Value>) -> Result<Answer, Error> {
        self.once(method, path, &[], &body.map_or(Body::None, Body::Json))
    }

    /// As [`Api::send`], without a body and with a query.
    pub fn change_with(
        &self,
        method: &Method,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Answer, Error> {
        self.once(method, path, query, &Body::None)
    }

    /// Uploads something that is stored whole or not at all, so it is tried again.
    pub fn upload(
        &self,
        method: &Method,
        path: &[&str],
        query: &[(&str, String)],
        form: &Form,
    ) -> Result<Answer, Error> {
        self.patient(method, path, query, &Body::Form(form))
    }

    /// As [`Api::upload`], with another token than the account's.
    pub fn upload_as(
        &self,
        token: &str,
        path: &[&str],
        query: &[(&str, String)],
        form: &Form,
    ) -> Result<Answer, Error> {
        let place = match &self.place {
            Place::Server(server) => Place::Server(Server {
                token: token.to_owned(),
                ..server.clone()
            }),
            other => other.clone(),
        };
        let with_token = Self {
            place,
            ..self.clone()
        };
        with_token.patient(&Method::POST, path, query, &Body::Form(form))
    }

    fn patient(
        &self,
        method: &Method,
        path: &[&str],
        query: &[(&str, String)],
        body: &Body<'_>,
    ) -> Result<Answer, Error> {
        let mut attempt = 1;
        loop {
            match self.asked(method, path, query, body) {
                Err((error, wait)) if error.may_be_retried() && attempt < ATTEMPTS => {
                    // As wrangler: at once, then after a second, unless the server says otherwise.
                    let own = Duration::from_secs(u64::from(attempt - 1));
                    // Nobody at home answers no sooner for asking again.
                    if matches!(error, Error::Unreachable { .. }) && attempt > 1 {
                        return Err(error);
                    }
                    std::thread::sleep(wait.unwrap_or(own).min(WAIT_MAX));
                    attempt += 1;
                }
                result => return result.map_err(|(error, _)| error),
            }
        }
    }

    fn once(
        &self,
        method: &Method,
        path: &[&str],
        query: &[(&str, String)],
        body: &Body<'_>,
    ) -> Result<Answer, Error> {
        self.asked(method, path, query, body).map_err(|(error, _)| error)
    }

    /// One request, and how long the server wants to be left alone if it fails.
    fn asked(
        &self,
        method: &Method,
        path: &[&str],
        query: &[(&str, String)],
        body: &Body<'_>,
    ) -> Result<Answer, (Error, Option<Duration>)> {
        let mut url = self.base.clone();
        for segment in path {
            url.push('/');
            url.push_str(&encoded(segment));
        }
        for (at, (name, value)) in query.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            let _ = write!(url, "{name}={}", encoded(value));
        }
        let unreachable = |error: &dyn std::fmt::Display| {
            let error = Error::Unreachable {
                url: url.clone(),
                why: error.to_string(),
            };
            (error, None)
        };
        let mut request = Request::builder().method(method.clone()).uri(&url);
        if let Place::Server(server) | Place::Installation(server) = &self.place {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", server.token));
        }
        let response = match body {
            Body::None => request
                .body(())
                .map_err(|error| unreachable(&error))
                .and_then(|request| self.agent.run(request).map_err(|error| unreachable(&error))),
            Body::Json(value) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(value.to_string())
                .map_err(|error| unreachable(&error))
                .and_then(|request| self.agent.run(request).map_err(|error| unreachable(&error))),
            Body::Form(form) => request
                .header(header::CONTENT_TYPE, form.content_type())
                .body(form.bytes())
                .map_err(|error| unreachable(&error))
                .and_then(|request| self.agent.run(request).map_err(|error| unreachable(&error))),
        }?;
        understand(response, &url, &format!("{method} {url}"))
    }
}

fn understand(
    mut response: Response<ureq::Body>,
    url: &str,
    request: &str,
) -> Result<Answer, (Error, Option<Duration>)> {
    let status = response.status().as_u16();
    let wait = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    let text = response
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES_MAX)
        .read_to_string()
        .map_err(|error| {
            let error = Error::Unreachable {
                url: url.to_owned(),
                why: error.to_string(),
            };
            (error, wait)
        })?;
    let Ok(envelope) = serde_json::from_str::<Envelope>(&text) else {
        let error = Error::Malformed {
            url: url.to_owned(),
            status,
            start: text.chars().take(100).collect(),
        };
        return Err((error, wait));
    };
    if envelope.success && status < 400 {
        Ok(Answer {
            result: envelope.result,
            info: envelope.result_info.unwrap_or_default(),
            request: request.to_owned(),
        })
    } else {
        let error = Error::Refused {
            request: request.to_owned(),
            status,
            errors: envelope.errors,
        };
        Err((error, wait))
    }
}

fn certificates(file: &std::path::Path) -> Result<RootCerts, Error> {
    let wrong = |why: String| Error::File {
        path: file.display().to_string(),
        why,
    };
    let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let mut found: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| wrong(error.to_string()))? {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err(wrong(
            "there is no certificate in it; it should be one in PEM format".to_owned(),
        ));
    }
    Ok(RootCerts::Specific(Arc::new(found)))
}
