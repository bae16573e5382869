//! Secrets: each change is a version of its own, and no deploy loses one.

use crate::shop::Shop;
use serde_json::json;
use std::io::Write as _;
use std::process::Stdio;
use stepwell_e2e::{Said, Wrangler};

fn put(shop: &Shop, name: &str, value: &str) -> Said {
    let mut command = shop.command(&["secret", "put", name]);
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
