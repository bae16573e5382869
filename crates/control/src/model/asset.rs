//! Static assets.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use stepwell_catalogue::Digest;

/// The static assets of a script version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assets {
    /// The blob that lists the files: a JSON object of [`AssetFile`]s by path (`/index.html`).
    pub manifest: Digest,
    /// How many there are.
    pub files: usize,
    /// `assets.config` of the upload: `html_handling`, `not_found_handling`, `run_worker_first`, `_headers`, `_redirects`.
    pub config: Json,
}

/// One static asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetFile {
    /// The client's name for its contents: 32 hex digits.
    pub hash: String,
    /// The blob.
    pub digest: Digest,
    /// Its size in bytes.
    pub bytes: u64,
    /// The `Content-Type` to answer with, if any.
    pub content_type: Option<String>,
}

/// An asset that was uploaded once; a second deploy of the same Worker need not send it again. Nobody checks that the hash is
/// of the contents, so what one Worker says of it counts for no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAsset {
    /// The account.
    pub account: String,
    /// The Worker; empty in what an older Stepwell wrote, which nobody uses.
    #[serde(default)]
    pub script: String,
    /// The client's name for its contents.
    pub hash: String,
    /// The blob.
    pub digest: Digest,
    /// Its size in bytes.
    pub bytes: u64,
    /// The `Content-Type` to answer with, if any.
    pub content_type: Option<String>,
    /// When it was uploaded, Unix milliseconds.
    pub uploaded_ms: i64,
}

/// An upload of static assets that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetSession {
    /// A UUID.
    pub id: String,
    /// The account.
    pub account: String,
    /// The Worker that the assets are for.
    pub script: String,
    /// The hash and the size of each file, by path.
    pub files: BTreeMap<String, (String, u64)>,
    /// Hashes that were not known when it began.
    pub missing: BTreeSet<String>,
    /// When it ends, Unix milliseconds.
    pub expires_ms: i64,
}
