//! Every `wrangler workflows` command with every option, against an account: what is printed is compared with what was
//! looked at and recorded in `recorded/` (`STEPWELL_UPDATE=1` records it anew).

use crate::shop::Shop;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{Wrangler, normal};

/// What was printed, command by command.
struct Story {
    shop: Shop,
    text: String,
}

impl Story {
    fn begin(wrangler: Wrangler) -> Self {
        let shop = Shop::new(wrangler);
        Self {
            shop,
            text: String::new(),
        }
    }

    fn run(&mut self, arguments: &[&str]) {
        let said = self.shop.run(arguments);
        let _ = write!(
            self.text,
            "$ wrangler {}\n{}\n\n",
            arguments.join(" "),
            normal::text(&said)
        );
    }

    /// Compares the story with the recorded one.
    #[track_caller]
    fn end(self, name: &str) {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/deploy/recorded");
        let file = PathBuf::from(directory).join(format!("{name}-{}.txt", self.shop.wrangler.version));
        if std::env::var_os("STEPWELL_UPDATE").is_some() {
            std::fs::create_dir_all(directory).unwrap();
            std::fs::write(&file, &self.text).unwrap();
            return;
        }
        let recorded = std::fs::read_to_string(&file).unwrap_or_default();
        let found = self.text;
        let differs = recorded
            .lines()
            .zip(found.lines())
            .find(|(one, other)| one != other);
        assert!(
            recorded == found,
            "not as recorded in {}: {differs:?}\n{found}",
            file.display()
        );
    }
}

fn all_commands(wrangler: Wrangler) {
    let newest = wrangler.version != "4.86.0";
    let mut story = Story::begin(wrangler);
    story.run(&["workflows", "list"]);
    story.run(&["workflows", "describe", "order"]);
    story.run(&["whoami"]);
    story.run(&["deploy"]);
    story.run(&["workflows", "list"]);
    story.run(&["workflows", "list", "--page", "2", "--per-page", "1"]);
    story.run(&["workflows", "describe", "order"]);
    story.run(&["workflows", "instances", "list", "order"]);
    story.run(&["workflows", "instances", "describe", "order"]);
    story.run(&[
        "workflows",
        "trigger",
        "order",
        r#"{"gate":true}"#,
        "--id",
        "gated",
    ]);
    story.run(&["workflows", "trigger", "order", "--id", "gated"]);
    story.run(&["workflows", "trigger", "order", "--id", "not an id!"]);
    story.run(&["workflows", "trigger", "order", "not json"]);
    story.run(&["workflows", "trigger", "missing"]);
    story.shop.until("gated", "waiting");
    story.run(&["workflows", "instances", "describe", "order", "gated"]);
    story.run(&[
        "workflows",
        "instances",
        "describe",
        "order",
        "latest",
        "--no-step-output",
    ]);
    story.run(&["workflows", "instances", "pause", "order", "gated"]);
    story.run(&["workflows", "instances", "list", "order", "--status", "paused"]);
    story.run(&["workflows", "instances", "resume", "order", "gated"]);
    story.shop.until("gated", "waiting");
    story.run(&[
        "workflows",
        "instances",
        "send-event",
        "order",
        "gated",
        "--type",
        "open",
        "--payload",
        r#"{"by":"ada"}"#,
    ]);
    story.shop.until("gated", "complete");
    story.run(&[
        "workflows",
        "instances",
        "describe",
        "order",
        "gated",
        "--truncate-output-limit",
        "10",
    ]);
    story.run(&[
        "workflows",
        "instances",
        "send-event",
        "order",
        "gated",
        "--type",
        "open",
    ]);
    story.run(&["workflows", "instances", "terminate", "order", "gated"]);
    story.run(&["workflows", "instances", "restart", "order", "gated"]);
    story.shop.until("gated", "waiting");
    if newest {
        let from = [
            "--from-step-name",
            "begin",
            "--from-step-type",
            "do",
            "--from-step-count",
            "1",
        ];
        story.run(
            &[
                &["workflows", "instances", "restart", "order", "gated"][..],
                &from[..],
            ]
            .concat(),
        );
        story.run(&[
            "workflows",
            "instances",
            "restart",
            "order",
            "gated",
            "--from-step-name",
            "nothing",
        ]);
        story.shop.until("gated", "waiting");
    }
    story.run(&["workflows", "instances", "terminate", "order", "gated"]);
    story.run(&["workflows", "instances", "describe", "order", "gated"]);
    story.run(&["workflows", "instances", "describe", "order", "missing"]);
    for number in 0..3 {
        story.shop.create(&format!("n{number}"), &json!({}));
        story.shop.until(&format!("n{number}"), "complete");
    }
    story.run(&["workflows", "instances", "list", "order", "--reverse"]);
    story.run(&[
        "workflows",
        "instances",
        "list",
        "order",
        "--page",
        "2",
        "--per-page",
        "2",
    ]);
    story.run(&[
        "workflows",
        "instances",
        "list",
        "order",
        "--page",
        "9",
        "--per-page",
        "2",
    ]);
    story.run(&[
        "workflows",
        "instances",
        "list",
        "order",
        "--status",
        "complete",
        "--date-start",
        "2020-01-01",
    ]);
    story.run(&[
        "workflows",
        "instances",
        "list",
        "order",
        "--date-end",
        "2020-01-01",
    ]);
    if newest {
        story.run(&["workflows", "instances", "delete", "order", "n0", "missing"]);
        story.run(&["workflows", "instances", "delete", "order", "n1", "n2"]);
    }
    story.run(&["workflows", "instances", "terminate-all", "order"]);
    story.run(&["triggers", "deploy"]);
    story.run(&["workflows", "delete", "order"]);
    eventually("the Workflow is gone", || {
        let answer = story.shop.served.call("GET", "/workflows/order", None);
        (answer.status == 404).then_some(())
    });
    story.run(&["workflows", "list"]);
    story.run(&["delete", "--force"]);
    assert_eq!(story.shop.served.get("shop", "/").status, 404);
    story.end("commands");
}

#[test]
fn the_newest_wrangler_has_its_commands() {
    all_commands(Wrangler::newest());
}

#[test]
fn an_old_wrangler_has_its_commands() {
    all_commands(Wrangler::oldest());
}
