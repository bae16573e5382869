//! Secrets: each change is a version of its own, and no deploy loses one.

use crate::shop::Shop;
use serde_json::json;
use std::io::Write as _;
use std::process::Stdio;
use stepwell_e2e::{Said, Wrangler};

fn put(shop: &Shop, name: &str, value: &str) -> Said {
    put_by(shop, &["secret", "put", name], value)
}

fn put_by(shop: &Shop, arguments: &[&str], value: &str) -> Said {
    let mut command = shop.command(arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said {
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
        code: output.status.code(),
    }
}

fn secrets_come_and_go(wrangler: Wrangler) {
    let mut shop = Shop::new(wrangler);
    let first = shop.deploy();
    let said = put(&shop, "API_KEY", "hunter2");
    assert_eq!(said.code, Some(0), "{said:?}");
    let about = shop.about();
    assert_eq!(about["secret"], "hunter2");
    assert_ne!(about["version"], first.as_str(), "a secret makes a version");
    assert!(shop.ok(&["secret", "list"]).contains("API_KEY"));

    shop.edit("first", "second");
    shop.deploy();
    assert_eq!(shop.about()["secret"], "hunter2", "a deploy keeps it");
    shop.served.kill_9();
    shop.served.restart();
    assert_eq!(shop.about()["secret"], "hunter2");

    std::fs::write(
        shop.path("secrets.json"),
        r#"{ "API_KEY": "other", "SECOND": "2" }"#,
    )
    .unwrap();
    shop.ok(&["secret", "bulk", "secrets.json"]);
    assert_eq!(shop.about()["secret"], "other");
    let listed = shop.ok(&["secret", "list"]);
    assert!(listed.contains("SECOND"), "{listed}");
    shop.ok(&["secret", "delete", "API_KEY"]);
    assert_eq!(shop.about()["secret"], json!(null));

    // Not on disk, not in the log, not in any answer.
    for word in ["hunter2", "other\""] {
        assert!(!shop.served.log().text().contains(word), "{word} is in the log");
    }
    for file in std::fs::read_dir(shop.served.installation.data()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        let found = bytes.windows(7).any(|seven| seven == b"hunter2");
        assert!(!found, "a secret lies open in {}", path.display());
    }
}

#[test]
fn the_newest_wrangler_changes_secrets() {
    secrets_come_and_go(Wrangler::newest());
}

#[test]
fn an_old_wrangler_changes_secrets() {
    secrets_come_and_go(Wrangler::oldest());
}

#[test]
fn a_secret_of_an_unknown_worker_makes_a_draft() {
    let shop = Shop::new(Wrangler::newest());
    let said = put(&shop, "API_KEY", "hunter2");
    assert_eq!(said.code, Some(0), "{said:?}");
    shop.deploy();
    assert_eq!(shop.about()["secret"], "hunter2");
}

/// Secrets of versions that are not live yet.
fn secrets_of_versions(wrangler: Wrangler) {
    let shop = Shop::new(wrangler);
    let first = shop.deploy();
    let said = put_by(&shop, &["versions", "secret", "put", "API_KEY"], "hunter2");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(shop.about()["secret"], json!(null), "it is not live");
    std::fs::write(shop.path("secrets.json"), r#"{ "SECOND": "2", "THIRD": "3" }"#).unwrap();
    shop.ok(&["versions", "secret", "bulk", "secrets.json"]);
    let listed = shop.ok(&["versions", "secret", "list", "--latest-version"]);
    for name in ["API_KEY", "SECOND", "THIRD"] {
        assert!(listed.contains(name), "{listed}");
    }
    let said = put_by(&shop, &["versions", "secret", "delete", "SECOND"], "y\n");
    assert_eq!(said.code, Some(0), "{said:?}");
    let listed = shop.ok(&["versions", "secret", "list", "--latest-version"]);
    assert!(!listed.contains("SECOND") && listed.contains("THIRD"), "{listed}");
    let live = shop.ok(&["versions", "secret", "list"]);
    assert!(!live.contains("THIRD"), "{live}");
    assert_eq!(shop.about()["version"], first.as_str());

    let versions = shop
        .served
        .call("GET", "/workers/scripts/shop/versions", None)
        .ok();
    let newest = versions["result"]["items"][0]["id"].as_str().unwrap().to_owned();
    shop.ok(&["versions", "deploy", &format!("{newest}@100%"), "--yes"]);
    assert_eq!(shop.about()["secret"], "hunter2");
}

#[test]
fn the_newest_wrangler_changes_secrets_of_versions() {
    secrets_of_versions(Wrangler::newest());
}

#[test]
fn an_old_wrangler_changes_secrets_of_versions() {
    secrets_of_versions(Wrangler::oldest());
}

#[test]
fn a_deploy_brings_its_secrets_in_a_file() {
    let shop = Shop::new(Wrangler::newest());
    std::fs::write(shop.path("secrets.json"), r#"{ "API_KEY": "from a file" }"#).unwrap();
    shop.ok(&["deploy", "--secrets-file", "secrets.json"]);
    assert_eq!(shop.about()["secret"], "from a file");
    shop.deploy();
    assert_eq!(shop.about()["secret"], "from a file", "it is kept");
}
