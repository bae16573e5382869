//! The first deploy, later ones, and what they leave alone.

use crate::shop::Shop;
use serde_json::json;
use stepwell_e2e::Wrangler;

fn deploys_again_and_again(wrangler: Wrangler) {
    let mut shop = Shop::new(wrangler);
    let first = shop.deploy();
    let about = shop.about();
    assert_eq!(about["edition"], "first");
    assert_eq!(about["greeting"], "hello");
    assert_eq!(about["settings"], json!({ "nested": true, "n": 3 }));
    assert_eq!(about["version"], first.as_str());

    shop.ok(&["workflows", "trigger", "order", r#"{"n":1}"#, "--id", "one"]);
    let one = shop.until("one", "complete");
    assert_eq!(one["output"]["ended"], "first");
    assert_eq!(one["output"]["payload"], json!({ "n": 1 }));
    assert_eq!(one["trigger"]["source"], "api");

    // One that waits stays on its version, over a deploy and a restart.
    shop.create("pinned", &json!({ "gate": true }));
    shop.until("pinned", "waiting");
    shop.edit("first", "second");
    let second = shop.deploy();
    assert_ne!(first, second);
    assert_eq!(shop.about()["edition"], "second");
    shop.served.kill_9();
    shop.served.restart();
    assert_eq!(shop.about()["edition"], "second");
    shop.ok(&[
        "workflows",
        "instances",
        "send-event",
        "order",
        "pinned",
        "--type",
        "open",
    ]);
    let pinned = shop.until("pinned", "complete");
    assert_eq!(pinned["output"]["begun"]["edition"], "first");
    assert_eq!(pinned["output"]["ended"], "first");
    assert_eq!(
        pinned["output"]["counted"], 2,
        "the object counts on over versions"
    );

    shop.create("fresh", &json!({}));
    let fresh = shop.until("fresh", "complete");
    assert_eq!(fresh["output"]["ended"], "second");
    assert_ne!(fresh["versionId"], pinned["versionId"]);
}

#[test]
fn the_newest_wrangler_deploys_again_and_again() {
    deploys_again_and_again(Wrangler::newest());
}

#[test]
fn an_old_wrangler_deploys_again_and_again() {
    deploys_again_and_again(Wrangler::oldest());
}
