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

#[test]
fn the_newest_compatibility_date_and_a_deploy_after_one_that_was_refused() {
    let shop = Shop::new(Wrangler::newest());
    shop.project.replace("wrangler.jsonc", "2026-04-01", "2099-01-01");
    let refused = shop.run(&["deploy"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    shop.project.replace("wrangler.jsonc", "2099-01-01", "2026-11-17");
    shop.deploy();
    assert_eq!(shop.about()["edition"], "first");
    shop.create("one", &json!({}));
    assert_eq!(shop.until("one", "complete")["output"]["counted"], 1);
}

#[test]
fn instances_of_a_deleted_worker_can_be_seen_ended_and_moved() {
    let mut shop = Shop::new(Wrangler::newest());
    shop.deploy();
    for id in ["a", "b"] {
        shop.create(id, &json!({ "gate": true }));
        shop.until(id, "waiting");
    }
    shop.ok(&["delete", "--force"]);
    let path = "/workflows/order/instances";
    let terminate = json!({ "status": "terminate" });
    shop.served
        .call("PATCH", &format!("{path}/a/status"), Some(&terminate))
        .ok();
    shop.served.kill_9();
    shop.served.restart();
    assert_eq!(shop.instance("a")["status"], "terminated");
    let status = shop.instance("b")["status"].clone();
    assert!(status == "waiting" || status == "queued", "{status}");

    shop.deploy();
    shop.ok(&[
        "workflows",
        "instances",
        "send-event",
        "order",
        "b",
        "--type",
        "open",
    ]);
    let moved = shop.served.call("POST", &format!("{path}/migrate"), None).ok();
    assert_eq!(moved["result"]["moved"], json!(["b"]), "{moved}");
    assert_eq!(shop.until("b", "complete")["output"]["begun"]["edition"], "first");
}
