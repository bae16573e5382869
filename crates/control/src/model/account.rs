//! Accounts and who may do what in them.

use super::Retention;
use serde::{Deserialize, Serialize};
use stepwell_catalogue::Digest;

/// The account that the first start makes: the operator's, whose admins manage the others.
pub const DEFAULT_ACCOUNT: &str = "default";

/// An account: names of Workers and Workflows are unique in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// 1 to 63 lower-case letters, digits, `-` and `_`.
    pub id: String,
    /// For people.
    pub name: String,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// It is being deleted with all that it has: to everybody else it is not there any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleting: bool,
}

/// What an account has set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSettings {
    /// The account's id.
    pub account: String,
    /// How long instances are kept where their Workflow does not say.
    pub default_retention: Retention,
}

/// What a token may do. Each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look at everything but secrets.
    Read,
    /// Create instances, send them events, change their status.
    Write,
    /// Scripts, secrets, Workflows.
    Deploy,
    /// Tokens.
    Admin,
}

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// 32 hex digits.
    pub id: String,
    /// The account it belongs to.
    pub account: String,
    /// For people.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// The SHA-256 of what is presented.
    pub hash: Digest,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// About when it was last used (to the hour), Unix milliseconds.
    pub used_ms: Option<i64>,
}

/// A limit on steps that several Workflows share (spec 4.12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcurrencyKey {
    /// A UUID.
    pub id: String,
    /// The account.
    pub account: String,
    /// What step configurations call it; unique in the account.
    pub name: String,
    /// The most steps that hold it at once.
    pub limit: u64,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
}
