//! Versions of a Workflow: which is live, after a rollback and under a split too, and where instances go on.

use super::served::{Server, text};
use serde_json::{Value, json};
use stepwell_e2e::Project;
use stepwell_e2e::wait::eventually;

const CONFIG: &str = r#"{
  "name": "shop", "main": "index.js", "compatibility_date": "2026-04-01",
  "workflows": [{ "name": "orders", "binding": "ORDERS", "class_name": "Orders" }]
}"#;

/// A Worker whose instances say on which code they ended.
fn project(version: &str) -> Project {
    let code = r#"
import { WorkflowEntrypoint } from "cloudflare:workers";
export class Orders extends WorkflowEntrypoint {
  async run(event, step) { await step.waitForEvent("gate", { type: "gate" }); return "VERSION"; }
}
export default { fetch() { return new Response("VERSION"); } };
"#;
    let code = code.replace("VERSION", version);
    Project::of_files(
        env!("CARGO_BIN_EXE_stepwell"),
        &[("wrangler.json", CONFIG), ("index.js", &code)],
    )
}

struct Shop {
    server: Server,
}

impl Shop {
    fn deploy(&self, version: &str) -> String {
        let project = project(version);
        let deployed = self
            .server
            .run(&["deploy", text(&project.path("")), "--json"])
            .json();
        deployed["version_id"].as_str().expect("it has an id").to_owned()
    }

    /// Makes these versions of the Worker live, as `wrangler rollback` and `wrangler versions deploy` do.
    fn switch(&self, shares: &[(&str, f64)]) {
        let versions: Vec<Value> = shares
            .iter()
            .map(|(id, percentage)| json!({ "version_id": id, "percentage": percentage }))
            .collect();
        let body = json!({ "strategy": "percentage", "versions": versions });
        let answer = self
            .server
            .served
            .call("POST", "/workers/scripts/shop/deployments", Some(&body));
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    fn create(&self, id: &str) {
        self.server
            .run(&["workflows", "trigger", "orders", "--id", id])
            .ok();
        self.until(id, "waiting");
    }

    fn until(&self, id: &str, status: &str) -> Value {
        eventually("a status", || {
            let described = self.instance(id);
            (described["status"] == status).then_some(described)
        })
    }

    fn instance(&self, id: &str) -> Value {
        let describe = ["workflows", "instances", "describe", "orders", id, "--json"];
        self.server.run(&describe).json()
    }

    /// What an instance returns when it is let go on.
    fn ends(&self, id: &str) -> Value {
        let send = [
            "workflows",
            "instances",
            "send-event",
            "orders",
            id,
            "--type",
            "gate",
        ];
        self.server.run(&send).ok();
        self.until(id, "complete")["output"].clone()
    }

    fn described(&self) -> Value {
        self.server
            .run(&["workflows", "describe", "orders", "--json"])
            .json()
    }
}

#[test]
fn after_a_rollback_instances_go_to_the_version_that_is_live() {
    let shop = Shop {
        server: Server::start(),
    };
    let one = shop.deploy("one");
    shop.create("of-one");
    let two = shop.deploy("two");
    shop.create("of-two");
    shop.create("follows");
    shop.switch(&[(&one, 100.0)]);
    let described = shop.described();
    let live = &described["live_versions"];
    assert_eq!(live[0]["script_version_id"], one.as_str(), "{described}");
    assert_eq!(
        (live.as_array().map(Vec::len), &live[0]["percentage"]),
        (Some(1), &json!(100.0))
    );
    assert_eq!(described["latest_version"]["script_version_id"], two.as_str());

    let migrate = ["workflows", "instances", "migrate", "orders", "--json"];
    let moved = shop
        .server
        .run(&[&migrate[..], &["of-one", "of-two"][..]].concat())
        .json();
    assert_eq!(moved["version_id"], live[0]["id"], "{moved}");
    assert_eq!(shop.ends("of-one"), "one");
    assert_eq!(shop.ends("of-two"), "one");

    // Who follows the latest follows what is live.
    let follow = ["workflows", "follow-latest", "orders"];
    let status = [&follow[..], &["--status", "--json"][..]].concat();
    assert_eq!(shop.server.run(&status).json(), json!({ "enabled": false }));
    shop.server.run(&follow).ok();
    assert_eq!(shop.server.run(&status).json(), json!({ "enabled": true }));
    assert_eq!(shop.ends("follows"), "one");
    let text = shop.server.run(&["workflows", "describe", "orders"]).ok();
    assert!(
        text.contains("Follow Latest: ") && text.contains("on: instances go on in the live version"),
        "{text}"
    );
}

#[test]
fn versions_are_listed_with_what_is_live_of_them() {
    let shop = Shop {
        server: Server::start(),
    };
    let one = shop.deploy("one");
    let two = shop.deploy("two");
    shop.switch(&[(&one, 90.0), (&two, 10.0)]);
    let list = ["workflows", "versions", "list", "orders"];
    let versions = shop.server.run(&[&list[..], &["--json"][..]].concat()).json();
    let shown = |at: usize| {
        let version = &versions[at];
        (
            version["number"].clone(),
            version["script_version_id"].clone(),
            version["percentage"].clone(),
        )
    };
    assert_eq!(shown(0), (json!(2), json!(two), json!(10.0)), "{versions}");
    assert_eq!(shown(1), (json!(1), json!(one), json!(90.0)), "{versions}");
    let table = shop.server.run(&list).ok();
    assert!(
        table.contains("Showing 2 versions") && table.contains(&one) && table.contains("90%"),
        "{table}"
    );
    let text = shop.server.run(&["workflows", "describe", "orders"]).ok();
    let live = format!(
        "Live Versions:\n  {} (90% of new instances, Worker version {one})\n  {} (10% of new instances, Worker version {two})\n",
        versions[1]["id"].as_str().unwrap_or_default(),
        versions[0]["id"].as_str().unwrap_or_default(),
    );
    assert!(
        text.contains(&live) && text.contains("off: instances stay"),
        "{text}"
    );

    // The id of the Worker's version, where that of the Workflow's is meant.
    let migrate = ["workflows", "instances", "migrate", "orders", "--version-id"];
    let failed = shop
        .server
        .run(&[&migrate[..], &[two.as_str()][..]].concat())
        .failed();
    assert!(
        failed.contains("[code: 10201]")
            && failed.contains("is a version of the Worker \"shop\"")
            && failed.contains(versions[0]["id"].as_str().unwrap_or_default())
            && failed.contains("hint: see which there are: stepwell workflows versions list orders"),
        "{failed}"
    );
}
