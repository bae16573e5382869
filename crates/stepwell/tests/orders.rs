//! `examples/orders`: the first example, with retries, an approval and a refund.

use serde_json::json;
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{Server, example};

fn order(server: &Server) -> String {
    let order = json!({ "item": "tea", "quantity": 2, "price": 450, "email": "ada@example.com" });
    let answer = server.post("/orders", &order).ok();
    answer["id"].as_str().expect("an order has an id").to_owned()
}

fn until(server: &Server, id: &str, status: &str) -> serde_json::Value {
    eventually(&format!("the order is {status}"), || {
        let order = server.try_get(&format!("/orders/{id}"))?.json();
        (order["status"] == status).then_some(order)
    })
}

/// Waits until the log says that the order waits for its approval.
fn waits_for_approval(server: &Server, id: &str) {
    server.log().wait_for("the wait for the approval", |entry| {
        entry["instance"] == id && entry["event_type"] == "approval"
    });
}

#[test]
fn an_order_is_charged_approved_and_shipped_across_a_kill() {
    let mut server = example!("orders").start();
    let id = order(&server);
    waits_for_approval(&server, &id);
    server.kill_9();
    server.restart();
    server
        .post(&format!("/orders/{id}/approve"), &json!({ "by": "grace" }))
        .ok();
    let shipped = until(&server, &id, "complete");
    assert_eq!(shipped["output"]["total"], 900);
    assert_eq!(shipped["output"]["tracking"], format!("PARCEL-{}", &id[..8]));
    // Declined twice before the kill, and never asked again after it.
    let charges = server
        .log()
        .entries()
        .into_iter()
        .filter(|entry| entry["step"] == "charge-1");
    assert_eq!(charges.count(), 0, "the charge was recorded before the kill");
}

#[test]
fn an_order_that_is_rejected_is_refunded_and_ends_errored() {
    let server = example!("orders").start();
    let id = order(&server);
    waits_for_approval(&server, &id);
    server
        .post(&format!("/orders/{id}/reject"), &json!({ "by": "grace" }))
        .ok();
    let rejected = until(&server, &id, "errored");
    assert_eq!(rejected["error"]["name"], "NonRetryableError");
    assert_eq!(rejected["error"]["message"], "order was not approved by grace");
    server.log().wait_for("the refund", |entry| {
        entry["step"] == "refund-1"
            && entry["message"]
                .as_str()
                .is_some_and(|text| text.starts_with("refunded"))
    });
}
