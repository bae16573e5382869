//! Which versions are live.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A deployment of a Worker: one version, or several that share the traffic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// A UUID.
    pub id: String,
    /// The account.
    pub account: String,
    /// The Worker.
    pub script: String,
    /// Numbered from 1 per Worker.
    pub number: u32,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// What made it, such as `wrangler`.
    pub source: String,
    /// Who made it: the name of a token.
    pub author: String,
    /// `workers/message`, `workers/triggered_by`, …
    pub annotations: BTreeMap<String, String>,
    /// The versions. The percentages add up to 100.
    pub versions: Vec<Portion>,
}

/// A version's part of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Portion {
    /// The version's id.
    pub version_id: String,
    /// Its part, in percent.
    pub percentage: f64,
}
