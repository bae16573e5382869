//! Versions that are uploaded, deployed in parts, and rolled back to.

use crate::shop::Shop;
use std::collections::BTreeMap;
use stepwell_e2e::Wrangler;

fn version_in(text: &str) -> String {
    let line = text.lines().find_map(|line| line.split_once("Version ID: "));
    line.unwrap_or_else(|| panic!("no version in {text}"))
        .1
        .trim()
        .to_owned()
}

/// How often each edition answers.
fn editions(shop: &Shop, requests: usize) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for _ in 0..requests {
        let edition = shop.about()["edition"].as_str().unwrap().to_owned();
        *found.entry(edition).or_default() += 1;
    }
    found
}

fn versions_are_deployed_in_parts(wrangler: Wrangler) {
    let shop = Shop::new(wrangler);
    let first = shop.deploy();
    shop.edit("first", "second");
    let second = version_in(&shop.ok(&["versions", "upload", "--message", "not yet", "--tag", "t2"]));
    assert_eq!(shop.about()["edition"], "first", "an upload is not live");
    let listed = shop.ok(&["versions", "list"]);
    assert!(
        listed.contains(&first) && listed.contains(&second) && listed.contains("not yet"),
        "{listed}"
    );
    let viewed = shop.ok(&["versions", "view", &second]);
    assert!(
        viewed.contains("t2") && viewed.contains("ORDER") && viewed.contains("GREETING"),
        "{viewed}"
    );

    shop.ok(&[
        "versions",
        "deploy",
        &format!("{first}@50%"),
        &format!("{second}@50%"),
        "--yes",
    ]);
    let found = editions(&shop, 60);
    assert!(found["first"] > 5 && found["second"] > 5, "{found:?}");
    let status = shop.ok(&["deployments", "status"]);
    assert!(status.contains("50%"), "{status}");

    shop.ok(&["versions", "deploy", &format!("{second}@100%"), "--yes"]);
    assert_eq!(editions(&shop, 10), BTreeMap::from([("second".to_owned(), 10)]));
    shop.ok(&["rollback", &first, "--message", "it was better", "--yes"]);
    assert_eq!(editions(&shop, 10), BTreeMap::from([("first".to_owned(), 10)]));
    let deployments = shop.ok(&["deployments", "list"]);
    assert!(deployments.contains("it was better"), "{deployments}");
}

#[test]
fn the_newest_wrangler_deploys_versions_in_parts() {
    versions_are_deployed_in_parts(Wrangler::newest());
}

#[test]
fn an_old_wrangler_deploys_versions_in_parts() {
    versions_are_deployed_in_parts(Wrangler::oldest());
}
