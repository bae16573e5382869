//! Uploads of static assets.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use bytes::Bytes;
use common::{ACCOUNT, Plane, refusal};
use serde_json::json;
use std::collections::BTreeMap;
use stepwell_control::{Error, UploadedAsset};

fn files(files: &[(&str, &str, u64)]) -> BTreeMap<String, (String, u64)> {
    let files = files
        .iter()
        .map(|(path, hash, size)| ((*path).to_owned(), ((*hash).to_owned(), *size)));
    files.collect()
}

fn asset(hash: &str, text: &str) -> UploadedAsset {
    UploadedAsset {
        hash: hash.to_owned(),
        content_type: Some("text/html".to_owned()),
        bytes: Bytes::from(text.to_owned()),
    }
}

async fn upload(plane: &Plane, token: &str, asset: UploadedAsset) -> Result<Option<String>, Error> {
    plane.control.upload_assets(ACCOUNT, token, vec![asset]).await
}

#[tokio::test]
async fn what_is_missing_is_asked_for_and_the_last_file_gives_the_token() {
    let plane = Plane::new().await;
    let manifest = files(&[
        ("/index.html", "aa", 3),
        ("/copy.html", "aa", 3),
        ("/b.html", "bb", 1),
    ]);
    let begun = plane
        .control
        .begin_assets(ACCOUNT, "site", manifest.clone())
        .await
        .unwrap();
    assert_eq!(begun.buckets, [["bb", "aa"]]);
    let early = json!({ "assets": { "jwt": begun.token } });
    assert_eq!(refusal(plane.put("site", "", early).await).code, 10305);
    assert_eq!(
        refusal(upload(&plane, &begun.token, asset("cc", "x")).await).code,
        10304
    );
    assert_eq!(
        refusal(upload(&plane, &begun.token, asset("bb", "too long")).await).code,
        10304
    );
    assert_eq!(
        upload(&plane, &begun.token, asset("aa", "abc")).await.unwrap(),
        None
    );
    let token = upload(&plane, &begun.token, asset("bb", "b"))
        .await
        .unwrap()
        .unwrap();
    let metadata = json!({ "assets": { "jwt": token, "config": { "html_handling": "none" } } });
    assert_eq!(
        refusal(plane.put("other", "", metadata.clone()).await).code,
        10305
    );
    let version = plane.put("site", "", metadata).await.unwrap().version;
    let assets = version.assets.clone().unwrap();
    assert_eq!(assets.config, json!({ "html_handling": "none" }));
    let stored = plane.control.asset_files(&assets).await.unwrap();
    assert_eq!(stored.len(), 3);
    let file = &stored["/index.html"];
    assert_eq!(
        plane.catalogue.blob(file.digest).await.unwrap(),
        Some(Bytes::from_static(b"abc"))
    );
    assert_eq!(file.content_type.as_deref(), Some("text/html"));

    // Nothing is missing the second time: the first token is for the metadata at once.
    let again = plane
        .control
        .begin_assets(ACCOUNT, "site", manifest)
        .await
        .unwrap();
    assert_eq!(again.buckets, Vec::<Vec<String>>::new());
    plane
        .put("site", "", json!({ "assets": { "jwt": again.token } }))
        .await
        .unwrap();
    let kept = plane
        .put("site", "", json!({ "keep_assets": true }))
        .await
        .unwrap()
        .version;
    assert_eq!(kept.assets.as_ref().unwrap().files, 3);
    assert_eq!(
        plane.put("site", "", json!({})).await.unwrap().version.assets,
        None
    );
    // A Worker may be its assets alone.
    let metadata = json!({ "main_module": null, "assets": { "config": {} } });
    let mut alone = common::upload("", metadata);
    alone.parts.clear();
    let alone = plane
        .control
        .put_script(ACCOUNT, "bare", alone, common::by())
        .await;
    assert_eq!(alone.unwrap().version.main_module, "");
    plane.control.start().await.unwrap();
    assert!(plane.catalogue.blob(file.digest).await.unwrap().is_some());
}

#[tokio::test]
async fn tokens_cannot_be_made_up() {
    let plane = Plane::new().await;
    let begun = plane
        .control
        .begin_assets(ACCOUNT, "site", files(&[("/a", "aa", 1)]))
        .await
        .unwrap();
    let [head, claims, signature] = begun.token.split('.').collect::<Vec<_>>()[..] else {
        panic!("a JWT")
    };
    for token in [
        "",
        "a.b.c",
        &format!("{head}.{claims}."),
        &format!("{head}.{claims}A.{signature}"),
    ] {
        assert_eq!(
            refusal(upload(&plane, token, asset("aa", "a")).await).code,
            10305,
            "{token}"
        );
    }
    let other = plane.control.upload_assets("other", &begun.token, vec![]).await;
    assert_eq!(refusal(other).code, 10305);
    for bad in [
        files(&[("a", "aa", 1)]),
        files(&[("/a", "", 1)]),
        files(&[("/a", "zz", 1)]),
        files(&[("/a", "aa", 1 << 40)]),
    ] {
        assert_eq!(
            refusal(plane.control.begin_assets(ACCOUNT, "site", bad).await).code,
            10304
        );
    }
}

/// The text that a Worker has under `/a`, after an upload in which the file has this hash.
async fn deployed(plane: &Plane, script: &str, hash: &str, text: &str) -> Bytes {
    let size = text.len() as u64;
    let begun = plane
        .control
        .begin_assets(ACCOUNT, script, files(&[("/a", hash, size)]))
        .await
        .unwrap();
    let token = if begun.buckets.is_empty() {
        begun.token
    } else {
        upload(plane, &begun.token, asset(hash, text))
            .await
            .unwrap()
            .unwrap()
    };
    let metadata = json!({ "assets": { "jwt": token } });
    let version = plane.put(script, "", metadata).await.unwrap().version;
    let stored = plane
        .control
        .asset_files(version.assets.as_ref().unwrap())
        .await
        .unwrap();
    plane.catalogue.blob(stored["/a"].digest).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_hash_that_is_wrong_counts_for_its_worker_alone() {
    let plane = Plane::new().await;
    assert_eq!(deployed(&plane, "thief", "aa", "evil").await, "evil");
    assert_eq!(deployed(&plane, "site", "aa", "good").await, "good");
    assert_eq!(deployed(&plane, "thief", "aa", "evil").await, "evil");
    assert_eq!(deployed(&plane, "site", "aa", "good").await, "good");
    // Nor does it outlive its Worker.
    plane.control.delete_script(ACCOUNT, "thief", true).await.unwrap();
    assert_eq!(deployed(&plane, "thief", "aa", "mine").await, "mine");
    let reopened = plane.reopened().await;
    let begun = reopened
        .begin_assets(ACCOUNT, "site", files(&[("/a", "aa", 4)]))
        .await
        .unwrap();
    assert_eq!(
        begun.buckets,
        Vec::<Vec<String>>::new(),
        "what a Worker has sent it need not send again"
    );
}
