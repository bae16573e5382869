//! Against a `stepwell serve`: deploying, operating, tokens, tail.

use super::{Said, stepwell};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{Installation, Project, Served};

pub(crate) struct Server {
    pub(crate) served: Served,
    environment: Vec<(&'static str, String)>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let served = Installation::new(env!("CARGO_BIN_EXE_stepwell")).start();
        let environment = served.client_environment().to_vec();
        Self { served, environment }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let environment: Vec<(&str, &str)> = self
            .environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        stepwell(arguments, &environment)
    }

    /// With another token.
    fn run_as(&self, token: &str, arguments: &[&str]) -> Said {
        let mut environment: Vec<(&str, &str)> = self
            .environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        environment.push(("CLOUDFLARE_API_TOKEN", token));
        stepwell(arguments, &environment)
    }
}

const CONFIG: &str = r#"{
  "name": "shop", "main": "index.js", "compatibility_date": "2026-04-01", "vars": { "GREETING": "hi" },
  "workflows": [{ "name": "orders", "binding": "ORDERS", "class_name": "Orders", "limits": { "steps": 50 } }],
  "assets": { "directory": "public" }
}"#;

const CODE: &str = r#"
import { WorkflowEntrypoint } from "cloudflare:workers";
export class Orders extends WorkflowEntrypoint {
  async run(event, step) {
    const total = await step.do("total", async () => { console.log("adding up", event.payload.n); return event.payload.n * 2; });
    if (event.payload.wait) await step.waitForEvent("paid", { type: "paid", timeout: "1 hour" });
    return total;
  }
}
export default { fetch(request, env) { return new Response(env.GREETING + " VERSION"); } };
"#;

fn project() -> Project {
    let code = CODE.replace("VERSION", "one");
    Project::of_files(
        env!("CARGO_BIN_EXE_stepwell"),
        &[
            ("wrangler.jsonc", CONFIG),
            ("index.js", &code),
            ("public/page.html", "<p>a page</p>"),
        ],
    )
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are text")
}

#[test]
fn a_project_is_deployed_again_and_operated() {
    let server = Server::start();
    let project = project();
    let directory = project.path("");
    let directory = text(&directory);

    let dry = server.run(&["deploy", directory, "--dry-run"]).ok();
    assert!(
        dry.contains("workflow: orders") && dry.contains("1 static assets"),
        "{dry}"
    );
    assert_eq!(
        server.run(&["workflows", "list", "--json"]).json(),
        serde_json::json!([])
    );

    let said = server.run(&["deploy", directory]).ok();
    assert!(
        said.contains("Uploaded shop (") && said.contains("  workflow: orders\n"),
        "{said}"
    );
    let version = said
        .split("Current Version ID: ")
        .nth(1)
        .unwrap_or_default()
        .trim()
        .to_owned();
    assert_eq!(version.len(), 36, "{said}");
    assert_eq!(server.served.get("shop", "/").text, "hi one");
    assert_eq!(server.served.get("shop", "/page").text, "<p>a page</p>");

    server
        .run(&[
            "workflows",
            "trigger",
            "orders",
            r#"{"n":21,"wait":true}"#,
            "--id",
            "o1",
        ])
        .ok();
    eventually("it waits", || {
        let described = server
            .run(&["workflows", "instances", "describe", "orders", "o1", "--json"])
            .json();
        (described["status"] == "waiting").then_some(())
    });
    let why = server.run(&["why", "orders", "o1"]).ok();
    assert!(
        why.contains("paid") && why.contains("stepwell workflows instances send-event orders o1"),
        "{why}"
    );

    // Again: another version, with a variable of the command line.
    project.write("index.js", &CODE.replace("VERSION", "two"));
    let again = server
        .run(&[
            "deploy",
            directory,
            "--var",
            "GREETING:bye",
            "--message",
            "second",
            "--json",
        ])
        .json();
    assert_ne!(again["version_id"], version.as_str());
    eventually("the new version is live", || {
        (server.served.get("shop", "/").text == "bye two").then_some(())
    });
    server
        .run(&[
            "workflows",
            "instances",
            "send-event",
            "orders",
            "latest",
            "--type",
            "paid",
        ])
        .ok();
    eventually("it has ended", || {
        let described = server
            .run(&["workflows", "instances", "describe", "orders", "o1"])
            .ok();
        (described.contains("✅ Completed") && described.contains("Output:               42")).then_some(())
    });
    let list = server.run(&["workflows", "instances", "list", "orders"]).ok();
    assert!(list.contains("Version") && list.contains("o1"), "{list}");
    // An instance stays on its version until it is moved.
    server
        .run(&[
            "workflows",
            "trigger",
            "orders",
            r#"{"n":1,"wait":true}"#,
            "--id",
            "o2",
        ])
        .ok();
    eventually("it waits", || {
        let described = server
            .run(&["workflows", "instances", "describe", "orders", "o2", "--json"])
            .json();
        (described["status"] == "waiting").then_some(())
    });
    project.write("index.js", &CODE.replace("VERSION", "three"));
    server.run(&["deploy", directory]).ok();
    let moved = server
        .run(&["workflows", "instances", "migrate", "orders", "--json"])
        .json();
    assert_eq!(moved["moved"], serde_json::json!(["o2"]), "{moved}");
    let described = server
        .run(&["workflows", "instances", "describe", "orders", "o2", "--json"])
        .json();
    assert_eq!(described["versionId"], moved["version_id"]);
    server.run(&["workflows", "follow-latest", "orders"]).ok();
    server
        .run(&["workflows", "instances", "terminate", "orders", "o2"])
        .ok();
    let described = server.run(&["workflows", "describe", "orders"]).ok();
    assert!(
        described.contains("Latest Version:") && described.contains("complete: 1"),
        "{described}"
    );
}

#[test]
fn a_deploy_that_is_checked_switches_nothing_if_an_instance_would_not_go_on() {
    let server = Server::start();
    let project = project();
    let directory = project.path("");
    let directory = text(&directory);
    server.run(&["deploy", directory, "--check"]).ok();
    let params = r#"{"n":21,"wait":true}"#;
    server
        .run(&["workflows", "trigger", "orders", params, "--id", "o1"])
        .ok();
    eventually("it waits", || {
        let described = server
            .run(&["workflows", "instances", "describe", "orders", "o1", "--json"])
            .json();
        (described["status"] == "waiting").then_some(())
    });

    project.write(
        "index.js",
        &CODE.replace("VERSION", "two").replace("\"total\"", "\"sum\""),
    );
    let refused = server.run(&["deploy", directory, "--check"]);
    assert_eq!(refused.code, Some(1), "{}{}", refused.stdout, refused.stderr);
    assert!(
        refused.stdout.contains("0 of 1 live instances")
            && refused.stderr.contains("o1")
            && refused.stderr.contains("total"),
        "{}{}",
        refused.stdout,
        refused.stderr
    );
    assert_eq!(
        server.served.get("shop", "/").text,
        "hi one",
        "nothing was switched"
    );

    project.write("index.js", &CODE.replace("VERSION", "three"));
    let said = server.run(&["deploy", directory, "--check"]).ok();
    assert!(said.contains("1 of 1 live instances go on"), "{said}");
    assert_eq!(server.served.get("shop", "/").text, "hi three");
    // It stays on its version until it is moved.
    let moved = server
        .run(&["workflows", "instances", "migrate", "orders", "o1"])
        .ok();
    assert!(moved.contains("1 instance"), "{moved}");
    server
        .run(&[
            "workflows",
            "instances",
            "send-event",
            "orders",
            "o1",
            "--type",
            "paid",
        ])
        .ok();
    eventually("it is complete", || {
        let described = server
            .run(&["workflows", "instances", "describe", "orders", "o1", "--json"])
            .json();
        (described["status"] == "complete" && described["output"] == 42).then_some(())
    });
}

#[test]
fn tokens_may_what_their_scope_says() {
    let mut server = Server::start();
    let token = server
        .run(&["token", "create", "looking", "--scope", "read"])
        .ok();
    let token = token.trim();
    server.run_as(token, &["workflows", "list", "--json"]).ok();
    let refused = server.run_as(token, &["token", "list"]).failed();
    assert!(
        refused.contains("hint: the token is of another account or may not do this"),
        "{refused}"
    );
    let list = server.run(&["token", "list", "--json"]).json();
    let made = list
        .as_array()
        .into_iter()
        .flatten()
        .find(|token| token["name"] == "looking");
    let id = made
        .and_then(|token| token["id"].as_str())
        .unwrap_or_default()
        .to_owned();
    assert!(server.run(&["token", "list"]).ok().contains("looking"));
    server.run(&["token", "revoke", &id]).ok();
    let gone = server.run_as(token, &["workflows", "list"]).failed();
    assert!(
        gone.contains("hint: CLOUDFLARE_API_TOKEN must be a token of this server"),
        "{gone}"
    );
    // Of a server that is not running, by its data.
    let data = server.served.installation.data();
    let data = text(&data);
    let busy = stepwell(&["token", "list", "--data", data], &[]);
    assert_eq!(busy.code, Some(1), "{}", busy.stdout);
    server.served.terminate();
    let made = stepwell(
        &["token", "create", "again", "--scope", "admin", "--data", data],
        &[],
    )
    .ok();
    server.served.restart();
    server.environment = server.served.client_environment().to_vec();
    server.run_as(made.trim(), &["token", "list"]).ok();
}

#[test]
fn a_tail_shows_what_runs_log() {
    let server = Server::start();
    let project = project();
    let directory = project.path("");
    server.run(&["deploy", text(&directory)]).ok();
    let mut tail = Command::new(env!("CARGO_BIN_EXE_stepwell"))
        .args(["tail", "shop", "--format", "pretty"])
        .envs(server.environment.iter().map(|(name, value)| (*name, value)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let (lines, seen) = mpsc::channel();
    let streams: [Box<dyn std::io::Read + Send>; 2] = [
        Box::new(tail.stdout.take().expect("it is piped")),
        Box::new(tail.stderr.take().expect("it is piped")),
    ];
    for stream in streams {
        let lines = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
    }
    let until = |text: &str| {
        loop {
            let line = seen
                .recv_timeout(Duration::from_mins(1))
                .unwrap_or_else(|_| panic!("no {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    };
    until("Connected to shop");
    server
        .run(&["workflows", "trigger", "orders", r#"{"n":3}"#, "--id", "logged"])
        .ok();
    assert!(until("orders/logged").contains("total-1"));
    until("(log) adding up 3");
    let pid = rustix::process::Pid::from_child(&tail);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    assert_eq!(tail.wait().expect("it ends").code(), Some(0));
}

#[test]
fn deploying_needs_a_token_and_supported_bindings() {
    let project = project();
    let directory = project.path("");
    let directory = text(&directory);
    let none = stepwell(&["deploy", directory], &[]).failed();
    assert!(none.contains("CLOUDFLARE_API_TOKEN is not set"), "{none}");
    let config = CONFIG.replace(
        "\"vars\"",
        "\"kv_namespaces\": [{ \"binding\": \"CACHE\", \"id\": \"x\" }], \"vars\"",
    );
    project.write("wrangler.jsonc", &config);
    let unsupported = stepwell(&["deploy", directory, "--dry-run"], &[]).failed();
    assert!(unsupported.contains("CACHE (kv_namespaces)"), "{unsupported}");
    assert!(unsupported.contains("hint: --allow-unsupported"), "{unsupported}");
    stepwell(&["deploy", directory, "--dry-run", "--allow-unsupported"], &[]).ok();
    let absent = stepwell(&["deploy", directory, "--env", "nowhere", "--dry-run"], &[]);
    assert_eq!(absent.code, Some(1), "{}", absent.stderr);
}

#[test]
fn an_environment_is_deployed_by_its_name() {
    let server = Server::start();
    let project = project();
    let directory = project.path("");
    let config = CONFIG.replace(
        "\"vars\"",
        r#""env": { "staging": { "vars": { "GREETING": "hi staging" }, "workflows": [{ "name": "orders-staging", "binding": "ORDERS", "class_name": "Orders" }] } }, "vars""#,
    );
    project.write("wrangler.jsonc", &config);
    server.run(&["deploy", text(&directory)]).ok();
    let said = server.run(&["deploy", text(&directory), "--env", "staging"]).ok();
    assert!(said.contains("shop-staging"), "{said}");
    assert_eq!(server.served.get("shop", "/").text, "hi one");
    assert_eq!(server.served.get("shop-staging", "/").text, "hi staging one");
    server
        .run(&[
            "workflows",
            "trigger",
            "orders-staging",
            r#"{"n":4}"#,
            "--id",
            "only",
        ])
        .ok();
    let of_the_other = server.run(&["workflows", "instances", "describe", "orders", "only"]);
    assert_eq!(of_the_other.code, Some(1), "{}", of_the_other.stdout);
}
