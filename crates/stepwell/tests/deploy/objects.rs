//! Durable Objects over deploys: migrations, counters under load, alarms.

use crate::shop::Shop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use stepwell_e2e::Wrangler;

#[test]
fn classes_are_renamed_and_deleted_with_what_they_hold() {
    let mut shop = Shop::new(Wrangler::newest());
    shop.deploy();
    assert_eq!(shop.served.get("shop", "/count").ok(), 1);
    assert_eq!(shop.served.get("shop", "/count").ok(), 2);

    shop.project
        .replace("src/index.ts", "class Counter", "class Tally");
    shop.project.replace(
        "src/index.ts",
        "DurableObjectNamespace<Counter>",
        "DurableObjectNamespace<Tally>",
    );
    shop.project.replace(
        "wrangler.jsonc",
        "\"class_name\": \"Counter\"",
        "\"class_name\": \"Tally\"",
    );
    shop.project.replace(
        "wrangler.jsonc",
        r#"[{ "tag": "v1", "new_sqlite_classes": ["Counter"] }]"#,
        r#"[{ "tag": "v1", "new_sqlite_classes": ["Counter"] }, { "tag": "v2", "renamed_classes": [{ "from": "Counter", "to": "Tally" }] }]"#,
    );
    shop.deploy();
    assert_eq!(
        shop.served.get("shop", "/count").ok(),
        3,
        "a renamed class keeps its objects"
    );
    shop.served.kill_9();
    shop.served.restart();
    assert_eq!(shop.served.get("shop", "/count").ok(), 4);

    // A class that is deleted takes its data with it, also when one of that name comes back.
    shop.project.replace(
        "wrangler.jsonc",
        r#""durable_objects": { "bindings": [{ "name": "COUNTER", "class_name": "Tally" }] },"#,
        "",
    );
    shop.project.replace(
        "wrangler.jsonc",
        r#""to": "Tally" }] }]"#,
        r#""to": "Tally" }] }, { "tag": "v3", "deleted_classes": ["Tally"] }]"#,
    );
    shop.deploy();
    shop.project.replace(
        "wrangler.jsonc",
        r#""workflows""#,
        r#""durable_objects": { "bindings": [{ "name": "COUNTER", "class_name": "Tally" }] }, "workflows""#,
    );
    shop.project.replace(
        "wrangler.jsonc",
        r#""deleted_classes": ["Tally"] }]"#,
        r#""deleted_classes": ["Tally"] }, { "tag": "v4", "new_sqlite_classes": ["Tally"] }]"#,
    );
    shop.deploy();
    assert_eq!(
        shop.served.get("shop", "/count").ok(),
        1,
        "what was deleted is gone"
    );
}

#[test]
fn a_worker_that_gave_its_objects_away_goes_on() {
    let mut shop = Shop::new(Wrangler::newest());
    shop.deploy();
    assert_eq!(shop.served.get("shop", "/count").ok(), 1);
    let depot = |from: &str, to: &str| shop.project.replace("wrangler.jsonc", from, to);
    depot(r#""name": "shop""#, r#""name": "depot""#);
    depot(
        r#"[{ "tag": "v1", "new_sqlite_classes": ["Counter"] }]"#,
        r#"[{ "tag": "t1", "transferred_classes": [{ "from": "Counter", "from_script": "shop", "to": "Counter" }] }]"#,
    );
    shop.deploy();
    assert_eq!(shop.served.get("depot", "/count").ok(), 2);
    // The binding is to the objects, whoever has them.
    assert_eq!(shop.about()["edition"], "first");
    assert_eq!(shop.served.get("shop", "/count").ok(), 3);
    let said = "the binding COUNTER of default/shop leads to the class Counter of the Worker depot now";
    assert!(
        shop.served.log().text().contains(said),
        "{}",
        shop.served.log().text()
    );

    shop.ok(&["delete", "--force"]);
    for _ in 0..2 {
        assert_eq!(shop.about()["edition"], "first");
        let asked = Instant::now();
        assert_eq!(shop.served.get("shop", "/count").status, 500);
        assert!(
            asked.elapsed() < Duration::from_secs(20),
            "nobody waits for what does not come"
        );
        // The log is told when the invocation is over, which may be after its answer.
        shop.served.log().wait_for("why", |line| {
            line.to_string()
                .contains("leads nowhere: the Durable Object class")
        });
        shop.served.kill_9();
        shop.served.restart();
    }
}

/// Numbers that were given out by `/count?name=…`, and how many requests were refused.
fn count_on(shop: &Shop, until: &AtomicBool) -> (Vec<u64>, usize) {
    let client = shop.served.workers();
    let (mut values, mut refused) = (Vec::new(), 0);
    while !until.load(Ordering::Acquire) {
        match client.get_with("/count?name=load", &[("host", "shop.localhost")]) {
            Ok(answer) if answer.status == 200 => values.push(answer.json().as_u64().unwrap()),
            _ => refused += 1,
        }
    }
    (values, refused)
}

#[test]
fn a_counter_loses_and_repeats_nothing_over_deploys_under_load() {
    let shop = Shop::new(Wrangler::newest());
    shop.deploy();
    let over = AtomicBool::new(false);
    let (mut values, refused) = thread::scope(|scope| {
        let counting: Vec<_> = (0..4).map(|_| scope.spawn(|| count_on(&shop, &over))).collect();
        let mut edition = "first".to_owned();
        for number in 1..=3 {
            let next = format!("edition {number}");
            shop.edit(&edition, &next);
            shop.deploy();
            assert_eq!(shop.about()["edition"], next.as_str());
            edition = next;
        }
        over.store(true, Ordering::Release);
        counting.into_iter().map(|thread| thread.join().unwrap()).fold(
            (Vec::new(), 0),
            |(mut all, more), (values, refused)| {
                all.extend(values);
                (all, more + refused)
            },
        )
    });
    let answers = values.len();
    assert!(answers > 20, "{answers} answers, {refused} refusals");
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), answers, "a value came twice");
    // A request that was cut off may have counted; none that was answered is lost.
    let last = shop.served.get("shop", "/count?name=load").ok().as_u64().unwrap();
    let highest = *values.last().unwrap();
    assert!(
        last > highest && last <= highest + refused as u64 + 1,
        "{last} after {highest}, {refused} refused"
    );
    assert!(
        refused < answers / 4,
        "{refused} of {answers} requests were refused"
    );
}

#[test]
fn objects_have_one_process_while_versions_share_the_requests() {
    let shop = Shop::new(Wrangler::newest());
    let first = shop.deploy();
    assert_eq!(shop.served.get("shop", "/count").ok(), 1);
    shop.edit("first", "second");
    let said = shop.ok(&["versions", "upload"]);
    let second = said
        .lines()
        .find_map(|line| line.split_once("Version ID: "))
        .unwrap()
        .1
        .trim();
    let split = [format!("{first}@50%"), format!("{second}@50%")];
    shop.ok(&["versions", "deploy", &split[0], &split[1], "--yes"]);
    let mut editions = std::collections::BTreeSet::new();
    for number in 2..40 {
        // Whichever version is asked: none counts on its own.
        assert_eq!(shop.served.get("shop", "/count").ok(), number);
        editions.insert(shop.about()["edition"].as_str().unwrap().to_owned());
    }
    assert_eq!(editions.len(), 2, "{editions:?}");
}
