//! What a server keeps, and what it says: the record of changes, the safety of its log and of its files.

use super::{Said, stepwell};
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Stdio};
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{ADMIN_TOKEN, Client, Installation, Project, Served};

const CONFIG: &str = r#"{
  "name": "shop", "main": "index.js", "compatibility_date": "2026-04-01",
  "workflows": [{ "name": "orders", "binding": "ORDERS", "class_name": "Orders" }],
  "durable_objects": { "bindings": [{ "name": "COUNTER", "class_name": "Counter" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Counter"] }]
}"#;

const CODE: &str = r#"
import { DurableObject, WorkflowEntrypoint } from "cloudflare:workers";
export class Orders extends WorkflowEntrypoint {
  async run(event, step) {
    if (event.payload?.log) console.log(event.payload.log);
    if (event.payload?.flood) for (let i = 0; i < 400; i++) console.log("flood " + i + " " + "x".repeat(8000));
    if (event.payload?.end) return "ended";
    await step.waitForEvent("paid", { type: "paid", timeout: "1 hour" });
  }
}
export class Counter extends DurableObject {
  async next() {
    const next = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", next);
    return next;
  }
}
export default {
  async fetch(request, env) { return Response.json(await env.COUNTER.getByName("only").next()); },
};
"#;

fn run(served: &Served, arguments: &[&str]) -> Said {
    let environment = served.client_environment();
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    stepwell(arguments, &environment)
}

fn deployed() -> Served {
    let served = Installation::new(env!("CARGO_BIN_EXE_stepwell")).start();
    let project = Project::of_files(
        env!("CARGO_BIN_EXE_stepwell"),
        &[("wrangler.jsonc", CONFIG), ("index.js", CODE)],
    );
    let directory = project.path("");
    run(&served, &["deploy", directory.to_str().expect("it is text")]).ok();
    served
}

fn create(served: &Served, id: &str, params: &Value) {
    let body = json!({ "instance_id": id, "params": params });
    served
        .call("POST", "/workflows/orders/instances", Some(&body))
        .ok();
}

fn counts(served: &Served) -> Value {
    served.call("GET", "/workflows/orders", None).ok()["result"]["instances"].clone()
}

/// The line of the record for a request.
#[track_caller]
fn audited(served: &Served, method: &str, path: &str) -> Value {
    served.log().wait_for(&format!("{method} {path}"), |line| {
        line["target"] == "stepwell::audit"
            && line["method"] == method
            && line["path"] == format!("/client/v4/accounts/default{path}")
    })
}

#[test]
fn the_log_says_who_changed_what_and_who_was_refused() {
    let served = deployed();
    let deploy = audited(&served, "PUT", "/workers/scripts/shop");
    assert_eq!(
        (&deploy["status"], &deploy["name"]),
        (&json!(200), &json!("bootstrap"))
    );
    assert_eq!(
        (&deploy["account"], &deploy["address"]),
        (&json!("default"), &json!("127.0.0.1"))
    );
    assert_eq!(deploy["token"].as_str().map(str::len), Some(32));
    let about = deploy["about"].as_str().unwrap_or_default();
    let version = about
        .strip_prefix("version ")
        .expect("it names the version")
        .to_owned();

    let shop = "/workers/scripts/shop";
    let secret = json!({ "name": "KEY", "text": "hush-hush", "type": "secret_text" });
    served.call("PUT", &format!("{shop}/secrets"), Some(&secret)).ok();
    assert_eq!(
        audited(&served, "PUT", &format!("{shop}/secrets"))["about"],
        "secret KEY"
    );
    served.call("DELETE", &format!("{shop}/secrets/KEY"), None).ok();
    audited(&served, "DELETE", &format!("{shop}/secrets/KEY"));
    let back =
        json!({ "strategy": "percentage", "versions": [{ "version_id": version, "percentage": 100 }] });
    served
        .call("POST", &format!("{shop}/deployments"), Some(&back))
        .ok();
    let rollback = audited(&served, "POST", &format!("{shop}/deployments"));
    assert_eq!(rollback["about"], format!("{version} at 100%"));
    let token = run(
        &served,
        &["token", "create", "new\nline", "--scope", "read", "--json"],
    )
    .json();
    let made = served.log().wait_for("the new token", |line| {
        line["path"] == "/client/v4/accounts/default/tokens"
    });
    assert!(
        made["about"]
            .as_str()
            .is_some_and(|about| about.contains("new\nline")),
        "{made}"
    );
    served
        .call("PUT", "/workflows/orders/instances/terminate", None)
        .ok();
    audited(&served, "PUT", "/workflows/orders/instances/terminate");

    // Refused: with a name, and without.
    let reading = Client::of(served.api_url()).with_token(token["value"].as_str().expect("it is text"));
    reading
        .request("DELETE", "/accounts/default/workers/scripts/shop", None)
        .expect("it answers");
    let refused = audited(&served, "DELETE", shop);
    assert_eq!(
        (&refused["level"], &refused["status"], &refused["code"]),
        (&json!("warn"), &json!(403), &json!(10000))
    );
    assert_eq!(refused["token"], token["id"]);
    for _ in 0..100 {
        let stranger = Client::of(served.api_url()).with_token("guessed");
        assert_eq!(
            stranger
                .request("GET", "/accounts/default/tokens", None)
                .expect("it answers")
                .status,
            401
        );
    }
    served.call("DELETE", "/workflows/orders", None).ok();
    audited(&served, "DELETE", "/workflows/orders");
    let entries = served.log().entries();
    let strangers = entries
        .iter()
        .filter(|line| line["target"] == "stepwell::audit" && line["status"] == 401);
    assert!((1..=60).contains(&strangers.count()));
    assert!(!served.log().text().contains("hush-hush"));
    let read = entries
        .iter()
        .any(|line| line["target"] == "stepwell::audit" && line["method"] == "GET" && line["status"] == 200);
    assert!(!read, "what changes nothing is no line");
}

#[test]
fn a_worker_can_neither_fill_nor_fake_the_log() {
    let served = deployed();
    create(&served, "flood", &json!({ "flood": true, "end": true }));
    served.log().wait_for("the report", |line| {
        line["target"] == "stepwell::console"
            && line["message"]
                .as_str()
                .is_some_and(|text| text.contains("are not logged for a while"))
    });
    create(&served, "after", &json!({ "end": true }));
    eventually("both are complete", || {
        (counts(&served)["complete"] == 2).then_some(())
    });
    let entries = served.log().entries();
    let lines = entries.iter().filter(|line| {
        line["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("flood "))
    });
    assert!(lines.count() < 250, "1 MiB holds no more");
    let metrics = Client::of(served.api_url().replace("/client/v4", ""));
    let metrics = metrics.request("GET", "/metrics", None).expect("it answers").text;
    let dropped = metrics
        .lines()
        .find_map(|line| line.strip_prefix("stepwell_console_lines_dropped_total "));
    assert!(
        dropped.is_some_and(|dropped| dropped.parse::<u64>().is_ok_and(|dropped| dropped > 100)),
        "{metrics}"
    );
}

#[test]
fn text_of_others_does_not_look_like_a_line_of_the_servers() {
    let installation = Installation::new(env!("CARGO_BIN_EXE_stepwell"));
    let mut server = Command::new(env!("CARGO_BIN_EXE_stepwell"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--api-listen",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(installation.data())
        .env("STEPWELL_BOOTSTRAP_TOKEN", ADMIN_TOKEN)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(fs::File::create(installation.path("log")).expect("a file can be made"))
        .spawn()
        .expect("the binary runs");
    let stdout = std::io::BufReader::new(server.stdout.take().expect("it is piped"));
    let url = std::io::BufRead::lines(stdout)
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("API on ").map(str::to_owned))
        .expect("it says where it is");
    let environment = [
        ("CLOUDFLARE_API_BASE_URL", url.as_str()),
        ("CLOUDFLARE_API_TOKEN", ADMIN_TOKEN),
    ];
    let project = Project::of_files(
        env!("CARGO_BIN_EXE_stepwell"),
        &[("wrangler.jsonc", CONFIG), ("index.js", CODE)],
    );
    let directory = project.path("");
    stepwell(&["deploy", directory.to_str().expect("it is text")], &environment).ok();
    let forged = "\nerror forged by a Worker\r\u{1b}[1Aerror forged too";
    let params = json!({ "log": format!("first{forged}"), "end": true }).to_string();
    stepwell(
        &["workflows", "trigger", "orders", &params, "--id", "forger"],
        &environment,
    )
    .ok();
    stepwell(&["token", "create", &format!("name{forged}")], &environment).ok();
    let log = || fs::read_to_string(installation.path("log")).expect("it is text");
    eventually("both are logged", || {
        (log().matches("forged by a Worker").count() == 2).then_some(())
    });
    for line in log().lines().filter(|line| line.contains("forged")) {
        assert!(line.starts_with("    error forged"), "{line:?}");
        assert!(line.contains(r"\u{d}\u{1b}[1Aerror forged too"), "{line:?}");
    }
    let pid = rustix::process::Pid::from_child(&server);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    assert_eq!(server.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_file_that_was_lost_is_noticed() {
    let mut served = deployed();
    create(&served, "o1", &json!({}));
    served.terminate();
    let data = served.installation.data();
    let aside = served.installation.path("aside");
    fs::create_dir(&aside).expect("a directory can be made");
    let move_all = |file: &str, from: &std::path::Path, to: &std::path::Path| {
        for file in [file.to_owned(), format!("{file}-wal"), format!("{file}-shm")] {
            drop(fs::remove_file(to.join(&file)));
            if from.join(&file).exists() {
                fs::rename(from.join(&file), to.join(&file)).expect("it can be moved");
            }
        }
    };
    for (file, empty) in [
        ("stepwell.db", false),
        ("stepwell.db", true),
        ("catalogue.sqlite", false),
        ("catalogue.sqlite", true),
    ] {
        move_all(file, &data, &aside);
        if empty {
            fs::write(data.join(file), "").expect("it can be written");
        }
        // The second start meets what the first one left.
        for _ in 0..2 {
            let refused = served.installation.refused();
            assert_eq!(refused.code, Some(1), "{refused:?}");
            for words in [
                "stepwell.db",
                "catalogue.sqlite",
                "do not belong together",
                "--accept-data-loss",
            ] {
                assert!(refused.stderr.contains(words), "{file}: {}", refused.stderr);
            }
        }
        move_all(file, &aside, &data);
    }
    // Alone, with its log left behind, it must not take that with it.
    for file in ["stepwell.db", "catalogue.sqlite"] {
        fs::rename(data.join(file), aside.join(file)).expect("it is there");
        assert!(
            served
                .installation
                .refused()
                .stderr
                .contains("do not belong together")
        );
        fs::rename(aside.join(file), data.join(file)).expect("it can be put back");
    }
    served.restart();
    assert_eq!(served.get("shop", "/").text, "1");
    served.terminate();

    // Damaged, it is named.
    for file in ["stepwell.db", "catalogue.sqlite"] {
        move_all(file, &data, &aside);
        fs::write(data.join(file), "x".repeat(9000)).expect("it can be written");
        let refused = served.installation.refused();
        let path = data.join(file);
        assert!(
            refused.stderr.contains(path.to_str().expect("it is text")),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("restore a backup"), "{}", refused.stderr);
        move_all(file, &aside, &data);
    }

    // Knowingly: what there is goes on.
    move_all("catalogue.sqlite", &data, &aside);
    let Served { installation, .. } = served;
    let served = installation.arguments(&["--accept-data-loss"]).start();
    assert_eq!(served.call("GET", "/workflows", None).ok()["result"], json!([]));
}

#[test]
fn a_backup_of_a_running_server_is_one_to_start_from() {
    let served = deployed();
    create(&served, "o1", &json!({}));
    eventually("it waits", || (counts(&served)["waiting"] == 1).then_some(()));
    assert_eq!(served.get("shop", "/").text, "1");
    assert_eq!(served.get("shop", "/").text, "2");
    let (data, copy) = (served.installation.data(), served.installation.path("copy"));
    let (data, copy) = (
        data.to_str().expect("it is text"),
        copy.to_str().expect("it is text"),
    );
    let said = stepwell(&["backup", "--data", data, copy], &[]).ok();
    assert!(said.contains("stepwell.db"), "{said}");
    let again = stepwell(&["backup", "--data", data, copy], &[]).failed();
    assert!(again.contains("is not empty"), "{again}");
    let nothing = stepwell(&["backup", "--data", copy, data], &[]).failed();
    assert!(nothing.contains("is not empty"), "{nothing}");
    assert_eq!(served.get("shop", "/").text, "3");

    let restored = Installation::new(env!("CARGO_BIN_EXE_stepwell"));
    fs::rename(copy, restored.data()).expect("it can be put there");
    fs::copy(
        served.installation.data().join("secrets.key"),
        restored.data().join("secrets.key"),
    )
    .expect("it is kept");
    let restored = restored.start();
    assert_eq!(restored.get("shop", "/").text, "3", "objects are as they were");
    eventually("it waits again", || {
        (counts(&restored)["waiting"] == 1).then_some(())
    });
    run(
        &restored,
        &[
            "workflows",
            "instances",
            "send-event",
            "orders",
            "o1",
            "--type",
            "paid",
        ],
    )
    .ok();
    eventually("it is complete", || {
        (counts(&restored)["complete"] == 1).then_some(())
    });
}

#[test]
fn a_job_that_terminates_instances_survives_kill_9() {
    let mut served = deployed();
    let all = 3000;
    for batch in 0..all / 100 {
        let batch: Vec<Value> = (0..100)
            .map(|nth| json!({ "instance_id": format!("i{batch}-{nth}") }))
            .collect();
        served
            .call("POST", "/workflows/orders/instances/batch", Some(&json!(batch)))
            .ok();
    }
    let begun = served
        .call("PUT", "/workflows/orders/instances/terminate", None)
        .ok();
    assert_eq!(begun["result"]["status"], "ok");
    served.kill_9();
    served.restart();
    eventually("all are terminated", || {
        (counts(&served)["terminated"] == all).then_some(())
    });
    eventually("the job is done", || {
        let job = served
            .call("GET", "/workflows/orders/instances/terminate", None)
            .ok();
        (job["result"]["status"] == "not_running").then_some(())
    });
    create(&served, "later", &json!({}));
    served.kill_9();
    served.restart();
    assert_eq!(counts(&served)["terminated"], all);
}
