//! A server's log for people names the Worker in each line about one.

use super::event::Line;
use super::human;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tracing::Level;

fn shown(target: &str, message: &str, fields: &[(&'static str, Value)]) -> String {
    let line = Line {
        level: Level::INFO,
        target: target.to_owned(),
        message: message.to_owned(),
        fields: fields.iter().cloned().collect::<BTreeMap<_, _>>(),
    };
    anstream::adapter::strip_str(&human::line(&line)).to_string()
}

#[test]
fn every_line_of_a_server_names_the_worker() {
    let run = [
        ("workflow", json!("orders")),
        ("instance", json!("o1")),
        ("step", json!("charge-1")),
    ];
    let request = [
        ("method", json!("GET")),
        ("path", json!("/a")),
        ("status", json!(200)),
        ("ray", json!("abc")),
    ];
    let alarm = [("place", json!("Counter alarm()")), ("error", json!("Error: x"))];
    let process = [("process", json!("front of default/shop v3"))];
    for (target, message, fields, expected) in [
        ("stepwell::instance", "started", &run[..2], "orders/o1 started"),
        (
            "stepwell::console",
            "hello",
            &run[..],
            "orders/o1 charge-1: | hello",
        ),
        ("stepwell::console", "hello", &process[..], "| hello"),
        (
            "stepwell::uncaught",
            "",
            &alarm[..],
            "Counter alarm() threw Error: x",
        ),
        ("stepwell::uncaught", "", &request[..], "GET /a threw  ray abc"),
        ("stepwell::request", "", &request[..], "GET /a 200 in 0 ms"),
    ] {
        for (key, name) in [("default/shop", "shop"), ("acme/shop", "acme/shop")] {
            let fields = [fields, &[("worker", json!(key))]].concat();
            assert_eq!(shown(target, message, &fields), format!("{name} {expected}"));
        }
    }
}

#[test]
fn dev_names_it_where_nothing_else_does() {
    let fields = [
        ("workflow", json!("orders")),
        ("instance", json!("o1")),
        ("worker", json!("shop")),
    ];
    assert_eq!(
        shown("stepwell::instance", "started", &fields),
        "orders/o1 started"
    );
    assert_eq!(shown("stepwell::console", "hello", &fields[2..]), "shop | hello");
}
