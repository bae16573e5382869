//! Static assets: upload sessions, and what a version has.
//!
//! A client first says which files there will be, by hash; it is told which of them are not known yet, uploads those in
//! batches, and gets a token that goes into the metadata of the upload. The tokens are signed, so that they cannot be made
//! up; what they stand for is in the catalogue.

use crate::Control;
use crate::error::{Error, Refusal};
use crate::model::{AssetFile, AssetSession, Assets, KnownAsset, ScriptVersion};
use crate::state::{key2, known_asset, of};
use crate::transaction::Transaction;
use crate::upload::Metadata;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long an upload of assets may take.
const SESSION_MS: i64 = 60 * 60 * 1000;
/// Most files of a Worker.
const MOST_FILES: usize = 100_000;
/// Largest file.
const LARGEST_FILE: u64 = 25 << 20;
/// A bucket is sent as one request: about this many bytes, and at most so many files.
const BUCKET_BYTES: u64 = 8 << 20;
const BUCKET_FILES: usize = 200;

/// What an upload of assets begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetUpload {
    /// The token for the uploads; or, if nothing is missing, for the metadata.
    pub token: String,
    /// The hashes of files that are missing, in batches.
    pub buckets: Vec<Vec<String>>,
}

/// A file that is uploaded.
#[derive(Debug, Clone)]
pub struct UploadedAsset {
    /// Its hash, as in the manifest.
    pub hash: String,
    /// The `Content-Type` to answer with; `None` for none.
    pub content_type: Option<String>,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    session: String,
    account: String,
    complete: bool,
    /// Seconds; wrangler looks at it.
    exp: i64,
}

impl Control {
    /// Begins an upload of assets: `files` has the hash and the size of each, by path.
    ///
    /// # Errors
    /// Refused if there are too many files, or one is too large.
    pub async fn begin_assets(
        &self,
        account: &str,
        script: &str,
        files: BTreeMap<String, (String, u64)>,
    ) -> Result<AssetUpload, Error> {
        check_files(&files)?;
        let writing = self.writing().await;
        let now_ms = self.now_ms();
        let mut transaction = Transaction::default();
        let (missing, expired) = {
            let state = self.state();
            let unknown = files
                .values()
                .filter(|(hash, _)| !state.assets.contains_key(&known_asset(account, script, hash)));
            let missing: BTreeSet<String> = unknown.map(|(hash, _)| hash.clone()).collect();
            let sessions = of(&state.asset_sessions, account);
            let expired: Vec<_> = sessions
                .filter(|session| session.expires_ms < now_ms)
                .cloned()
                .collect();
            (missing, expired)
        };
        for session in &expired {
            transaction.delete(&**session);
        }
        let session = transaction.put(AssetSession {
            id: self.uuid(),
            account: account.to_owned(),
            script: script.to_owned(),
            files,
            missing,
            expires_ms: now_ms + SESSION_MS,
        });
        self.commit(transaction, writing).await?;
        Ok(AssetUpload {
            token: self.asset_token(&session, session.missing.is_empty()),
            buckets: buckets(&session),
        })
    }

    /// Takes files of an upload. Returns the token for the metadata when the last one is there.
    ///
    /// # Errors
    /// Refused if the token does not count, or a file is not of the upload.
    pub async fn upload_assets(
        &self,
        account: &str,
        token: &str,
        files: Vec<UploadedAsset>,
    ) -> Result<Option<String>, Error> {
        let session = self.asset_session(account, token, false)?;
        let mut known = Vec::with_capacity(files.len());
        for file in files {
            let size = session
                .files
                .values()
                .find(|(hash, _)| *hash == file.hash)
                .map(|(_, size)| *size);
            let size = size.ok_or_else(|| {
                Refusal::bad_assets(format!("the file {} is not in the manifest", file.hash))
            })?;
            if size != file.bytes.len() as u64 {
                let what = format!(
                    "the file {} has {} bytes, the manifest says {size}",
                    file.hash,
                    file.bytes.len()
                );
                return Err(Refusal::bad_assets(what).into());
            }
            known.push(KnownAsset {
                account: account.to_owned(),
                script: session.script.clone(),
                digest: self.inner.catalogue.put_blob(file.bytes).await?,
                hash: file.hash,
                bytes: size,
                content_type: file.content_type,
                uploaded_ms: self.now_ms(),
            });
        }
        let writing = self.writing().await;
        let mut transaction = Transaction::default();
        for known in known {
            transaction.put(known);
        }
        self.commit(transaction, writing).await?;
        let state = self.state();
        let complete = session.missing.iter().all(|hash| {
            state
                .assets
                .contains_key(&known_asset(account, &session.script, hash))
        });
        Ok(complete.then(|| self.asset_token(&session, true)))
    }

    /// The files of a version's assets, by path.
    ///
    /// # Errors
    /// The catalogue fails, or has lost them.
    pub async fn asset_files(&self, assets: &Assets) -> Result<BTreeMap<String, AssetFile>, Error> {
        let lost = |why: String| stepwell_catalogue::StoreError::Corrupt {
            at: format!("the list of assets {} ({why})", assets.manifest),
        };
        let manifest = self.inner.catalogue.blob(assets.manifest).await?;
        let manifest = manifest.ok_or_else(|| lost("it is not there".to_owned()))?;
        Ok(serde_json::from_slice(&manifest).map_err(|error| lost(error.to_string()))?)
    }

    /// The assets of the version that an upload makes.
    pub(crate) async fn assets_of(
        &self,
        account: &str,
        script: &str,
        metadata: &Metadata,
        previous: Option<&ScriptVersion>,
    ) -> Result<Option<Assets>, Error> {
        let kept = previous.and_then(|previous| previous.assets.clone());
        let Some(given) = &metadata.assets else {
            return Ok(kept.filter(|_| metadata.keep_assets));
        };
        let Some(token) = &given.jwt else {
            return Ok(kept.map(|kept| Assets {
                config: given.config.clone(),
                ..kept
            }));
        };
        let session = self.asset_session(account, token, true)?;
        if session.script != script {
            return Err(Refusal::bad_assets_token().into());
        }
        let files = self.files_of(&session)?;
        let manifest = serde_json::to_vec(&files).map_err(Refusal::bad_assets)?;
        Ok(Some(Assets {
            manifest: self.inner.catalogue.put_blob(Bytes::from(manifest)).await?,
            files: files.len(),
            config: given.config.clone(),
        }))
    }

    fn files_of(&self, session: &AssetSession) -> Result<BTreeMap<String, AssetFile>, Refusal> {
        let state = self.state();
        let files = session.files.iter().map(|(path, (hash, _))| {
            let known = state
                .assets
                .get(&known_asset(&session.account, &session.script, hash));
            let known =
                known.ok_or_else(|| Refusal::bad_assets(format!("the file \"{path}\" was not uploaded")))?;
            let file = AssetFile {
                hash: hash.clone(),
                digest: known.digest,
                bytes: known.bytes,
                content_type: known.content_type.clone(),
            };
            Ok((path.clone(), file))
        });
        files.collect()
    }

    fn asset_token(&self, session: &AssetSession, complete: bool) -> String {
        let claims = Claims {
            session: session.id.clone(),
            account: session.account.clone(),
            complete,
            exp: session.expires_ms / 1000,
        };
        let claims = serde_json::to_vec(&claims).expect("claims are texts and numbers");
        let head = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
        let text = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.inner.vault.sign(text.as_bytes()));
        format!("{text}.{signature}")
    }

    /// The session of a token that counts.
    fn asset_session(
        &self,
        account: &str,
        token: &str,
        complete: bool,
    ) -> Result<Arc<AssetSession>, Refusal> {
        self.claims(token)
            .filter(|claims| claims.account == account && claims.complete >= complete)
            .and_then(|claims| {
                self.state()
                    .asset_sessions
                    .get(&key2(account, &claims.session))
                    .cloned()
            })
            .filter(|session| session.expires_ms >= self.now_ms())
            .ok_or_else(Refusal::bad_assets_token)
    }

    fn claims(&self, token: &str) -> Option<Claims> {
        let (text, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !self.inner.vault.is_signed(text.as_bytes(), &signature) {
            return None;
        }
        let (_, claims) = text.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

fn check_files(files: &BTreeMap<String, (String, u64)>) -> Result<(), Refusal> {
    if files.len() > MOST_FILES {
        let what = format!(
            "there are {} files; a Worker has at most {MOST_FILES} static assets",
            files.len()
        );
        return Err(Refusal::bad_assets(what));
    }
    for (path, (hash, size)) in files {
        if !path.starts_with('/')
            || !(1..=64).contains(&hash.len())
            || !hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            let what = format!(
                "\"manifest\": \"{path}\" must be a path that begins with \"/\", with a hash of hex digits"
            );
            return Err(Refusal::bad_assets(what));
        }
        if *size > LARGEST_FILE {
            let what = format!("the file \"{path}\" has {size} bytes; at most {LARGEST_FILE} are allowed");
            return Err(Refusal::bad_assets(what));
        }
    }
    Ok(())
}

/// What is missing, in batches of a size that fits a request.
fn buckets(session: &AssetSession) -> Vec<Vec<String>> {
    let mut left = session.missing.clone();
    let mut buckets: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for (hash, size) in session.files.values() {
        if !left.remove(hash) {
            continue;
        }
        match buckets.last_mut() {
            Some(bucket) if bucket.len() < BUCKET_FILES && bytes + size <= BUCKET_BYTES => {
                bucket.push(hash.clone());
                bytes += size;
            }
            _ => {
                buckets.push(vec![hash.clone()]);
                bytes = *size;
            }
        }
    }
    buckets
}
