//! Static assets: which files there are, and the session in which those that the server does not know are uploaded.

use crate::commands::dev::asset_site;
use crate::commands::place::{About, explain};
use crate::printer::Printer;
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use stepwell_client::{Api, Form, Method, Part};
use stepwell_project::config::{Assets, Config, RunWorkerFirst};

/// Hexadecimal digits of a file's hash, as wrangler has them.
const HASH_DIGITS: usize = 32;

/// The files of a project.
pub(super) struct Site {
    /// By path.
    files: BTreeMap<String, Asset>,
    config: Value,
}

struct Asset {
    file: PathBuf,
    content_type: Option<String>,
    hash: String,
    bytes: u64,
}

/// What the metadata says of the assets.
pub(super) struct Uploaded {
    pub(super) token: String,
    pub(super) config: Value,
}

impl Site {
    /// How many files, and how many bytes.
    pub(super) fn size(&self) -> (usize, u64) {
        (
            self.files.len(),
            self.files.values().map(|asset| asset.bytes).sum(),
        )
    }
}

/// Reads the directory of assets, if there is one.
pub(super) fn load(config: &Config, printer: &Printer) -> anyhow::Result<Option<Site>> {
    let Some(assets) = &config.assets else {
        return Ok(None);
    };
    let site = asset_site(config, assets, printer)?;
    let mut files = BTreeMap::new();
    for (path, local) in site.local_files() {
        let contents = read(&local.file)?;
        let mut hash = Sha256::new();
        hash.update(&contents);
        // What it is served as is part of it.
        hash.update(local.content_type.as_deref().unwrap_or_default());
        let mut digits = String::new();
        for byte in hash.finalize() {
            let _ = write!(digits, "{byte:02x}");
        }
        digits.truncate(HASH_DIGITS);
        let asset = Asset {
            file: local.file,
            content_type: local.content_type,
            hash: digits,
            bytes: contents.len() as u64,
        };
        files.insert(path, asset);
    }
    let config = settings(assets)?;
    Ok(Some(Site { files, config }))
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn settings(assets: &Assets) -> anyhow::Result<Value> {
    let mut config = json!({});
    let texts = [
        ("html_handling", assets.html_handling.clone()),
        ("not_found_handling", assets.not_found_handling.clone()),
        ("_headers", rules(&assets.directory.join("_headers"))?),
        ("_redirects", rules(&assets.directory.join("_redirects"))?),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            config[key] = json!(text);
        }
    }
    match &assets.run_worker_first {
        RunWorkerFirst::Always(false) => {}
        RunWorkerFirst::Always(true) => config["run_worker_first"] = json!(true),
        RunWorkerFirst::Patterns(patterns) => config["run_worker_first"] = json!(patterns),
    }
    Ok(config)
}

fn rules(file: &Path) -> anyhow::Result<Option<String>> {
    if !file.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Some(text))
}

/// Says which files there are, and uploads those that the server asks for.
pub(super) fn upload(api: &Api, script: &str, site: &Site) -> anyhow::Result<Uploaded> {
    let explained = |error: stepwell_client::Error| explain(&error, api, About::Account);
    let entries = site.files.iter();
    let manifest: serde_json::Map<String, Value> = entries
        .map(|(path, asset)| (path.clone(), json!({ "hash": asset.hash, "size": asset.bytes })))
        .collect();
    let path = ["workers", "scripts", script, "assets-upload-session"];
    let session = api
        .send(&Method::POST, &path, Some(&json!({ "manifest": manifest })))
        .map_err(explained)?;
    let token = |value: &Value| value["jwt"].as_str().map(str::to_owned);
    let mut last = token(&session.result);
    let buckets: Vec<Vec<String>> =
        serde_json::from_value(session.result["buckets"].clone()).unwrap_or_default();
    let own = last.clone().unwrap_or_default();
    for bucket in buckets.iter().filter(|bucket| !bucket.is_empty()) {
        let form = bucket_form(site, bucket)?;
        let query = [("base64", "true".to_owned())];
        let answer = api
            .upload_as(&own, &["workers", "assets", "upload"], &query, &form)
            .map_err(explained)?;
        last = token(&answer.result).or(last);
    }
    let token = last.context("the server took the files and gave no token for them")?;
    Ok(Uploaded {
        token,
        config: site.config.clone(),
    })
}

fn bucket_form(site: &Site, bucket: &[String]) -> anyhow::Result<Form> {
    let mut form = Form::default();
    for hash in bucket {
        let asset = site.files.values().find(|asset| asset.hash == *hash);
        let asset =
            asset.with_context(|| format!("the server asks for a file {hash}, which there is none of"))?;
        form.push(Part {
            name: hash.clone(),
            file_name: Some(hash.clone()),
            // As wrangler says that there is none.
            content_type: Some(
                asset
                    .content_type
                    .clone()
                    .unwrap_or_else(|| "application/null".to_owned()),
            ),
            bytes: STANDARD.encode(read(&asset.file)?).into_bytes(),
        });
    }
    Ok(form)
}
