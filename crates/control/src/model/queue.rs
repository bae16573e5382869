//! Queues: records, until something makes them act.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// 32 hex digits.
    pub id: String,
    /// The account.
    pub account: String,
    /// Its name, unique in the account.
    pub name: String,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// When it was last changed, Unix milliseconds.
    pub modified_ms: i64,
    /// `delivery_delay`, `delivery_paused`, `message_retention_period`.
    pub settings: Json,
    /// Who consumes it.
    pub consumers: Vec<Consumer>,
}

/// A consumer of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// 32 hex digits.
    pub id: String,
    /// `worker` or `http_pull`.
    pub kind: String,
    /// The Worker, if it is one.
    pub script: Option<String>,
    /// The queue that takes what fails.
    pub dead_letter_queue: Option<String>,
    /// `batch_size`, `max_retries`, …
    pub settings: Json,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
}
