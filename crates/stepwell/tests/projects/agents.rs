//! `agents`: a Worker of ours with Cloudflare's Agents SDK; its Workflow talks with the Durable Object that started it.

use crate::{kill_and_start, published, waits_for_event};
use serde_json::{Value, json};
use stepwell_e2e::wait::eventually;

const EDITOR: &str = "/agents/editor/times";

#[test]
fn an_agent_has_an_article_written_across_a_kill() {
    let mut server = published("agents").start();
    let state = server.get(EDITOR).ok();
    assert_eq!(state, json!({ "news": [], "printed": null, "statuses": [] }));

    let mut reader = server.socket(EDITOR);
    let id = server.get(&format!("{EDITOR}/order")).ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    reader.wait_for(|message| message["state"]["news"] == json!(["written"]));
    waits_for_event(&server, &id);

    kill_and_start(&mut server);

    let mut reader = server.socket(EDITOR);
    let kept = reader.wait_for(|message| message["state"].is_object());
    assert_eq!(kept["state"]["news"], json!(["written"]));
    server.get(&format!("{EDITOR}/accept?id={id}")).ok();
    let printed = |state: &Value| state["printed"]["headline"] == "TIMES: all about tea";
    let last = reader.wait_for(|message| printed(&message["state"]));
    assert_eq!(last["state"]["printed"]["by"], "ada");
    eventually("the agent knows that it is complete", || {
        (server.get(EDITOR).ok()["statuses"] == json!(["complete"])).then_some(())
    });
}
