//! Several Workers: bindings between them, environments, and targets that are not there.

use crate::shop::Shop;
use serde_json::json;
use stepwell_e2e::Wrangler;
use stepwell_e2e::wait::eventually;

const CALLER: &str = r#"
import { WorkflowEntrypoint } from "cloudflare:workers";
export class Unused extends WorkflowEntrypoint { async run() {} }
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/fetch") return env.SHOP.fetch("http://shop/");
    if (url.pathname === "/rpc") return Response.json(await env.RPC.add(1, 2));
    if (url.pathname === "/create") return Response.json({ id: (await env.ORDER.create({ id: url.searchParams.get("id") })).id });
    return new Response("caller");
  },
};
"#;

const CALLER_CONFIG: &str = r#"{
  "name": "caller", "main": "index.js", "compatibility_date": "2026-04-01",
  "services": [{ "binding": "SHOP", "service": "shop" }, { "binding": "RPC", "service": "shop", "entrypoint": "Calculator" }],
  "workflows": [{ "name": "order", "binding": "ORDER", "class_name": "OrderWorkflow", "script_name": "shop" }]
}"#;

const CALCULATOR: &str = "import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint,";

fn with_calculator(shop: &Shop) {
    shop.project.replace(
        "src/index.ts",
        "import { DurableObject, WorkflowEntrypoint,",
        CALCULATOR,
    );
    shop.project.replace(
        "src/index.ts",
        "export class Counter",
        "export class Calculator extends WorkerEntrypoint<Env> {\n  add(a: number, b: number) {\n    return a + b;\n  }\n}\n\nexport class Counter",
    );
}

#[test]
fn workers_call_each_other_and_say_when_one_is_missing() {
    let shop = Shop::new(Wrangler::newest());
    shop.project.write("caller/index.js", CALLER);
    shop.project.write("caller/wrangler.jsonc", CALLER_CONFIG);
    let deploy_caller = || shop.run(&["deploy", "-c", "caller/wrangler.jsonc"]);
    let early = deploy_caller();
    assert_eq!(early.code, Some(1), "{early:?}");
    assert!(
        early.stderr.contains("Target script 'shop' not found"),
        "{early:?}"
    );

    with_calculator(&shop);
    shop.deploy();
    let said = deploy_caller();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(shop.served.get("caller", "/fetch").ok()["edition"], "first");
    assert_eq!(shop.served.get("caller", "/rpc").ok(), 3);
    assert_eq!(
        shop.served.get("caller", "/create?id=from-caller").ok()["id"],
        "from-caller"
    );
    assert_eq!(
        shop.until("from-caller", "complete")["trigger"]["source"],
        "binding"
    );

    // The callee is replaced; the caller, which was not deployed again, goes on with the new one.
    let before = shop.served.workerd_count();
    for number in 1..=5 {
        let from = if number == 1 {
            "first".to_owned()
        } else {
            format!("edition {}", number - 1)
        };
        let to = format!("edition {number}");
        shop.edit(&from, &to);
        shop.deploy();
        assert_eq!(shop.served.get("caller", "/fetch").ok()["edition"], to.as_str());
        assert_eq!(shop.served.get("caller", "/rpc").ok(), 3);
    }
    eventually("no process of an old version is left", || {
        (shop.served.workerd_count() <= before + 1).then_some(())
    });
}

#[test]
fn an_environment_is_a_worker_of_its_own() {
    let shop = Shop::new(Wrangler::newest());
    shop.project.replace(
        "wrangler.jsonc",
        "\"vars\":",
        r#""env": { "staging": { "version_metadata": { "binding": "VERSION" }, "vars": { "GREETING": "hello staging", "SETTINGS": {} }, "workflows": [{ "name": "order-staging", "binding": "ORDER", "class_name": "OrderWorkflow" }], "durable_objects": { "bindings": [{ "name": "COUNTER", "class_name": "Counter" }] } } }, "vars":"#,
    );
    shop.deploy();
    shop.ok(&["deploy", "--env", "staging"]);
    assert_eq!(shop.about()["greeting"], "hello");
    assert_eq!(
        shop.served.get("shop-staging", "/").ok()["greeting"],
        "hello staging"
    );
    assert_eq!(shop.served.get("shop-staging", "/count").ok(), 1);
    assert_eq!(
        shop.served.get("shop", "/count").ok(),
        1,
        "objects are not shared"
    );
    shop.ok(&["workflows", "trigger", "order-staging", "--id", "s1"]);
    assert_eq!(
        shop.served
            .call("GET", "/workflows/order/instances/s1", None)
            .status,
        404
    );
}

#[test]
fn queues_and_crons_are_kept_and_a_workflow_moves_to_another_worker() {
    let shop = Shop::new(Wrangler::newest());
    shop.project.replace(
        "wrangler.jsonc",
        "\"vars\":",
        r#""triggers": { "crons": ["*/5 * * * *"] }, "queues": { "producers": [{ "binding": "JOBS", "queue": "jobs" }], "consumers": [{ "queue": "jobs", "max_batch_size": 5 }] }, "vars":"#,
    );
    shop.project.replace(
        "src/index.ts",
        "export default {",
        "export default {\n  async scheduled() {},\n  async queue() {},",
    );
    shop.ok(&["queues", "create", "jobs"]);
    shop.deploy();
    shop.deploy();
    let listed = shop.ok(&["queues", "list"]);
    assert!(listed.contains("jobs"), "{listed}");
    let schedules = shop
        .served
        .call("GET", "/workers/scripts/shop/schedules", None)
        .ok();
    assert_eq!(
        schedules["result"]["schedules"][0]["cron"], "*/5 * * * *",
        "{schedules}"
    );

    // The same Workflow, now of another Worker: its instances stay.
    shop.create("kept", &json!({}));
    shop.until("kept", "complete");
    shop.project
        .replace("wrangler.jsonc", "\"name\": \"shop\"", "\"name\": \"shop-two\"");
    shop.deploy();
    let workflow = shop.served.call("GET", "/workflows/order", None).ok();
    assert_eq!(workflow["result"]["script_name"], "shop-two");
    assert_eq!(shop.until("kept", "complete")["output"]["ended"], "first");
    shop.create("moved", &json!({}));
    shop.until("moved", "complete");
}
