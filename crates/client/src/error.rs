//! What can go wrong, whose fault it is, and what helps.

use serde::Deserialize;

/// Why there is no answer, or not the one that was hoped for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers there.
    #[error("no answer from {url}: {why}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// What the network says.
        why: String,
    },
    /// The answer is a refusal.
    #[error("{}", refusal(.errors, *.status))]
    Refused {
        /// The method and path that were asked.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The API's reasons.
        errors: Vec<ApiError>,
    },
    /// The answer is none of this API.
    #[error("{url} answers with status {status}, but not as the API does: {start}")]
    Malformed {
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The first characters of the answer.
        start: String,
    },
    /// A file that is needed cannot be used.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
}

/// One of the API's reasons.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ApiError {
    /// What programs go by.
    #[serde(default)]
    pub code: u32,
    /// What people read.
    #[serde(default)]
    pub message: String,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The caller's: it has to ask otherwise.
    Caller,
    /// The server's, or that of the way to it.
    Server,
}

impl Error {
    /// Who has to change something.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Refused { status, .. } if *status < 500 => Fault::Caller,
            Self::File { .. } => Fault::Caller,
            _ => Fault::Server,
        }
    }

    /// Whether the same request may succeed later.
    pub fn may_be_retried(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => *status >= 500 || *status == 429 || *status == 408,
            Self::Malformed { status, .. } => *status >= 500,
            Self::File { .. } => false,
        }
    }

    /// Whether one of the reasons has this code.
    pub fn has_code(&self, code: u32) -> bool {
        match self {
            Self::Refused { errors, .. } => errors.iter().any(|error| error.code == code),
            _ => false,
        }
    }

    /// The code of the first reason, if it has one.
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::Refused { errors, .. } => errors.first().map(|error| error.code).filter(|code| *code > 0),
            _ => None,
        }
    }

    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

fn refusal(errors: &[ApiError], status: u16) -> String {
    let text = |error: &ApiError| match error.code {
        0 => error.message.clone(),
        code => format!("{} [code: {code}]", error.message),
    };
    match errors {
        [] => format!("the server refuses with status {status} and no reason"),
        errors => errors.iter().map(text).collect::<Vec<_>>().join("\n"),
    }
}
