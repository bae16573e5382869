//! Several accounts on one server: who makes them, and that nothing of one is to be had with the tokens of another.

use super::{Said, stepwell};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{Answer, Client, Installation, Project, Served};

struct Server {
    served: Served,
    /// Admin tokens by account; `default` is the operator's.
    tokens: BTreeMap<&'static str, String>,
}

impl Server {
    fn start() -> Self {
        let served = Installation::new(env!("CARGO_BIN_EXE_stepwell")).start();
        let tokens = BTreeMap::from([("default", stepwell_e2e::ADMIN_TOKEN.to_owned())]);
        Self { served, tokens }
    }

    /// With the accounts `acme` and `beta`, and a token of each.
    fn with_two() -> Self {
        let mut server = Self::start();
        for account in ["acme", "beta"] {
            server.run("default", &["account", "create", account]).ok();
            let create = [
                "token",
                "create",
                "boss",
                "--scope",
                "admin",
                "--account",
                account,
            ];
            let token = server.run("default", &create).ok();
            server.tokens.insert(account, token.trim().to_owned());
        }
        server
    }

    /// Runs the binary as an admin of this account, in it.
    fn run(&self, account: &str, arguments: &[&str]) -> Said {
        let url = self.served.api_url();
        let environment = [
            ("CLOUDFLARE_API_BASE_URL", url.as_str()),
            ("CLOUDFLARE_API_TOKEN", self.tokens[account].as_str()),
            ("CLOUDFLARE_ACCOUNT_ID", account),
        ];
        stepwell(arguments, &environment)
    }

    /// Asks the API with the admin token of an account. Paths begin after `/client/v4`.
    #[track_caller]
    fn ask(&self, account: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let client = Client::of(self.served.api_url()).with_token(&self.tokens[account]);
        let asked = client.request(method, path, body);
        asked.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    #[track_caller]
    fn result(&self, account: &str, method: &str, path: &str) -> Value {
        self.ask(account, method, path, None).ok()["result"].clone()
    }

    /// Asks the Worker port for a host.
    #[track_caller]
    fn visit(&self, host: &str, path: &str) -> Answer {
        let asked = self.served.workers().get_with(path, &[("host", host)]);
        asked.unwrap_or_else(|error| panic!("{host}{path}: {error}"))
    }
}

/// The status and the code of a refusal.
#[track_caller]
fn refusal(answer: &Answer) -> (u16, u64) {
    let code = answer.json()["errors"][0]["code"].as_u64();
    (answer.status, code.unwrap_or_else(|| panic!("{answer:?}")))
}

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
    await step.waitForEvent("paid", { type: "paid", timeout: "1 hour" });
    return "WHOSE";
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
  async fetch(request, env) {
    const url = new URL(request.url);
    console.log("asked WHOSE " + url.search);
    if (url.pathname === "/count") return Response.json(await env.COUNTER.getByName("only").next());
    if (url.pathname === "/status") return Response.json(await (await env.ORDERS.get("o1")).status());
    return new Response("WHOSE");
  },
};
"#;

fn project(whose: &str) -> Project {
    let code = CODE.replace("WHOSE", whose);
    Project::of_files(
        env!("CARGO_BIN_EXE_stepwell"),
        &[("wrangler.jsonc", CONFIG), ("index.js", &code)],
    )
}

#[track_caller]
fn deploy(server: &Server, account: &str, project: &Project) -> Said {
    let directory = project.path("");
    server.run(account, &["deploy", directory.to_str().expect("it is text")])
}

#[test]
fn the_operator_makes_lists_and_deletes_accounts() {
    let mut server = Server::with_two();
    let listed = server.run("default", &["account", "list", "--json"]).json();
    let ids: Vec<&str> = listed
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["id"].as_str())
        .collect();
    assert_eq!(ids, ["acme", "beta", "default"]);
    assert!(server.run("default", &["account", "list"]).ok().contains("acme"));
    for wrong in ["Acme", "a.b", "acme"] {
        let refused = server.run("default", &["account", "create", wrong]).failed();
        assert!(refused.contains(wrong), "{refused}");
    }
    let nowhere = server
        .run("default", &["token", "create", "x", "--account", "nowhere"])
        .failed();
    assert!(nowhere.contains("there is no account \"nowhere\""), "{nowhere}");
    // Nobody else does, and the operator's other tokens do not.
    for arguments in [
        &["account", "list"][..],
        &["account", "create", "mine"],
        &["account", "delete", "beta"],
    ] {
        let refused = server.run("acme", arguments).failed();
        assert!(
            refused.contains("an admin token of the account \"default\""),
            "{refused}"
        );
    }
    let deploys = server
        .run("default", &["token", "create", "ci", "--scope", "deploy"])
        .ok();
    server.tokens.insert("ci", deploys.trim().to_owned());
    assert_eq!(
        refusal(&server.ask("ci", "GET", "/installation/accounts", None)),
        (403, 10000)
    );
    assert_eq!(
        refusal(&server.ask("ci", "GET", "/accounts/acme/tokens", None)),
        (403, 10000)
    );

    // What it may see: its own account.
    for (account, path) in [
        ("acme", "/accounts"),
        ("beta", "/accounts"),
        ("default", "/accounts"),
    ] {
        let seen = server.result(account, "GET", path);
        assert_eq!(seen.as_array().map(Vec::len), Some(1), "{seen}");
        assert_eq!(seen[0]["id"], account);
        let seen = server.result(account, "GET", "/memberships");
        assert_eq!(
            (seen.as_array().map(Vec::len), &seen[0]["account"]["id"]),
            (Some(1), &json!(account))
        );
        assert_eq!(
            server.result(account, "GET", "/user/tokens/verify")["status"],
            "active"
        );
        assert_eq!(
            server.result(account, "GET", &format!("/accounts/{account}"))["id"],
            account
        );
    }
    assert_eq!(
        refusal(&server.ask("acme", "GET", "/accounts/beta", None)),
        (403, 10000)
    );

    // Deleted, an account has no tokens any more.
    deploy(&server, "acme", &project("acme")).ok();
    assert_eq!(server.visit("shop.acme.localhost", "/count").text, "1");
    server
        .run("acme", &["workflows", "trigger", "orders", "--id", "o1"])
        .ok();
    let full = server.run("default", &["account", "delete", "acme"]).failed();
    assert!(full.contains("1 Workers, 1 Workflows"), "{full}");
    server.run("default", &["account", "delete", "beta"]).ok();
    server
        .run("default", &["account", "delete", "acme", "--force"])
        .ok();
    for account in ["acme", "beta"] {
        assert_eq!(
            refusal(&server.ask(account, "GET", "/user/tokens/verify", None)),
            (401, 10000)
        );
    }
    assert_eq!(server.visit("shop.acme.localhost", "/").status, 404);
    let own = server.run("default", &["account", "delete", "default"]).failed();
    assert!(own.contains("cannot be deleted"), "{own}");

    // One of the same name has nothing of it.
    server.run("default", &["account", "create", "acme"]).ok();
    let token = server
        .run(
            "default",
            &["token", "create", "boss", "--scope", "admin", "--account", "acme"],
        )
        .ok();
    server.tokens.insert("acme", token.trim().to_owned());
    assert_eq!(
        server.run("acme", &["workflows", "list", "--json"]).json(),
        json!([])
    );
    deploy(&server, "acme", &project("acme")).ok();
    assert_eq!(server.visit("shop.acme.localhost", "/count").text, "1");
    assert_eq!(
        refusal(&server.ask(
            "acme",
            "GET",
            "/accounts/acme/workflows/orders/instances/o1",
            None
        ))
        .0,
        404
    );
}

#[test]
fn accounts_of_a_server_that_is_not_running() {
    let mut server = Server::start();
    let data = server.served.installation.data();
    let data = data.to_str().expect("it is text");
    let busy = stepwell(&["account", "create", "acme", "--data", data], &[]).failed();
    assert!(
        busy.contains("is in use by") && busy.contains("hint: a server that runs is asked without --data"),
        "{busy}"
    );
    server.served.terminate();
    stepwell(
        &["account", "create", "acme", "--name", "Acme Ltd", "--data", data],
        &[],
    )
    .ok();
    let listed = stepwell(&["account", "list", "--data", data, "--json"], &[]).json();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["name"]),
        (&json!("acme"), &json!("Acme Ltd"))
    );
    let nowhere = stepwell(&["token", "list", "--account", "nowhere", "--data", data], &[]).failed();
    assert!(nowhere.contains("there is no account \"nowhere\""), "{nowhere}");
    let token = stepwell(
        &[
            "token",
            "create",
            "boss",
            "--scope",
            "admin",
            "--account",
            "acme",
            "--data",
            data,
        ],
        &[],
    );
    server.tokens.insert("acme", token.ok().trim().to_owned());
    server.served.restart();
    assert_eq!(server.result("acme", "GET", "/accounts")[0]["name"], "Acme Ltd");
    server.served.terminate();
    stepwell(&["account", "delete", "acme", "--data", data], &[]).ok();
    server.served.restart();
    assert_eq!(
        refusal(&server.ask("acme", "GET", "/accounts", None)),
        (401, 10000)
    );
}

/// Every endpoint of the description that is below an account.
fn endpoints(server: &Server) -> Vec<(String, String)> {
    let description = Client::of(server.served.api_url().replace("/client/v4", ""));
    let description = description
        .request("GET", "/openapi.json", None)
        .expect("it answers")
        .ok();
    let mut endpoints = Vec::new();
    for (path, item) in description["paths"].as_object().into_iter().flatten() {
        let Some(path) = path
            .strip_prefix("/client/v4")
            .filter(|path| path.contains("{account_id}"))
        else {
            continue;
        };
        for (method, operation) in item.as_object().into_iter().flatten() {
            if operation["security"][0]["token"].is_array() {
                endpoints.push((method.to_uppercase(), path.to_owned()));
            }
        }
    }
    assert!(endpoints.len() > 60, "{}", endpoints.len());
    endpoints
}

#[test]
fn accounts_have_nothing_of_each_other() {
    let server = Server::with_two();
    for account in ["acme", "beta"] {
        deploy(&server, account, &project(account)).ok();
        server
            .run(account, &["workflows", "trigger", "orders", "--id", "o1"])
            .ok();
        let body = json!({ "queue_name": "jobs" });
        server
            .ask(
                account,
                "POST",
                &format!("/accounts/{account}/queues"),
                Some(&body),
            )
            .ok();
    }
    // Every endpoint of one with the token of another, with the names of things that are there. The operator's is no
    // exception, but for tokens.
    let of_beta = |path: &str| {
        path.replace("{account_id}", "beta")
            .replace("{script_name}", "shop")
            .replace("{workflow_name}", "orders")
            .replace("{instance_id}", "o1")
    };
    for (method, path) in endpoints(&server) {
        let what = of_beta(&path);
        let body = matches!(method.as_str(), "POST" | "PUT" | "PATCH").then(|| json!({}));
        let foreign = server.ask("acme", &method, &what, body.as_ref());
        assert_eq!(refusal(&foreign), (403, 10000), "{method} {what}");
        if !path.contains("/tokens") {
            let operator = server.ask("default", &method, &what, body.as_ref());
            assert_eq!(refusal(&operator), (403, 10000), "{method} {what}");
        }
    }

    // Hosts and objects.
    for account in ["acme", "beta"] {
        assert_eq!(
            server.visit(&format!("shop.{account}.localhost"), "/").text,
            account
        );
    }
    assert_eq!(server.visit("shop.localhost", "/").status, 404);
    assert_eq!(server.visit("shop.acme.localhost", "/count").text, "1");
    assert_eq!(server.visit("shop.acme.localhost", "/count").text, "2");
    assert_eq!(server.visit("shop.beta.localhost", "/count").text, "1");

    // Instances of one id.
    server
        .run(
            "acme",
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
    eventually("acme's has ended", || {
        (server.visit("shop.acme.localhost", "/status").json()["output"] == "acme").then_some(())
    });
    let theirs = server.visit("shop.beta.localhost", "/status").json();
    assert_ne!(theirs["status"], "complete", "{theirs}");

    // Records by ids, below one's own account.
    let queue = &server.result("acme", "GET", "/accounts/acme/queues")[0]["queue_id"];
    let queue = queue.as_str().expect("a queue has an id");
    assert_eq!(
        server
            .ask("acme", "GET", &format!("/accounts/acme/queues/{queue}"), None)
            .status,
        200
    );
    assert_eq!(
        server
            .ask("beta", "GET", &format!("/accounts/beta/queues/{queue}"), None)
            .status,
        404
    );
    let version =
        &server.result("acme", "GET", "/accounts/acme/workers/scripts/shop/versions")["items"][0]["id"];
    let version = version.as_str().expect("a version has an id");
    let path = |account: &str| format!("/accounts/{account}/workers/scripts/shop/versions/{version}");
    assert_eq!(server.ask("acme", "GET", &path("acme"), None).status, 200);
    assert_eq!(server.ask("beta", "GET", &path("beta"), None).status, 404);
    let deployed =
        json!({ "strategy": "percentage", "versions": [{ "version_id": version, "percentage": 100 }] });
    let theirs = "/accounts/beta/workers/scripts/shop/deployments";
    assert_eq!(
        refusal(&server.ask("beta", "POST", theirs, Some(&deployed))),
        (404, 10049)
    );
    let token = &server.result("acme", "GET", "/accounts/acme/tokens")[0]["id"];
    let token = token.as_str().expect("a token has an id");
    assert_eq!(
        server
            .ask("beta", "DELETE", &format!("/accounts/beta/tokens/{token}"), None)
            .status,
        404
    );
    server.result("acme", "GET", "/user/tokens/verify");

    // Hosts and routes that another one has.
    let shop = |account: &str| format!("/accounts/{account}/workers/scripts/shop/routes");
    let route = |pattern: &str| json!([{ "pattern": pattern }]);
    server
        .ask("acme", "PUT", &shop("acme"), Some(&route("acme.example/*")))
        .ok();
    for taken in [
        "acme.example/*",
        "acme.example/admin/*",
        "*.example/*",
        "*/*",
        "*.localhost/*",
        // Other ways to write the same host.
        "acme.example./*",
        "acme%2eexample/*",
        "acme\u{3002}example/*",
        "\u{ff41}cme.example/*",
        "ac\u{ad}me.example/*",
    ] {
        let refused = server.ask("beta", "PUT", &shop("beta"), Some(&route(taken)));
        assert_eq!(refusal(&refused), (409, 10020), "{taken}");
    }
    let domain = json!({ "override_scope": true, "override_existing_origin": true, "origins": [{ "hostname": "acme.example." }] });
    let refused = server.ask(
        "beta",
        "PUT",
        "/accounts/beta/workers/scripts/shop/domains/records",
        Some(&domain),
    );
    assert_eq!(refusal(&refused), (409, 10020), "a custom domain");
    // It is theirs however they write it.
    server
        .ask("beta", "PUT", &shop("beta"), Some(&route("Beta.example./*")))
        .ok();
    let refused = server.ask("acme", "PUT", &shop("acme"), Some(&route("beta.example/*")));
    assert_eq!(refusal(&refused), (409, 10020), "{refused:?}");
    assert_eq!(server.visit("acme.example", "/").text, "acme");
    assert_eq!(server.visit("beta.example", "/").text, "beta");
}

#[test]
fn bindings_and_known_hashes_do_not_reach_across_accounts() {
    let server = Server::with_two();
    deploy(&server, "acme", &project("acme")).ok();
    for binding in [
        r#""services": [{ "binding": "SHOP", "service": "shop" }]"#,
        r#""workflows": [{ "name": "orders", "binding": "ORDERS", "class_name": "Orders", "script_name": "shop" }]"#,
        r#""durable_objects": { "bindings": [{ "name": "COUNTER", "class_name": "Counter", "script_name": "shop" }] }"#,
    ] {
        let config = format!(
            r#"{{ "name": "thief", "main": "index.js", "compatibility_date": "2026-04-01", {binding} }}"#
        );
        let code = "export default { fetch() { return new Response(\"thief\"); } };";
        let thief = Project::of_files(
            env!("CARGO_BIN_EXE_stepwell"),
            &[("wrangler.jsonc", &config), ("index.js", code)],
        );
        let refused = deploy(&server, "beta", &thief);
        assert_eq!(refused.code, Some(1), "{binding}: {}", refused.stdout);
        assert!(refused.stderr.contains("shop"), "{binding}: {}", refused.stderr);
    }

    // "You have this file already": only if this account sent it.
    let manifest = json!({ "manifest": { "/secret.txt": { "hash": "aa11", "size": 3 } } });
    let begin = |account: &str| {
        let path = format!("/accounts/{account}/workers/scripts/site/assets-upload-session");
        server.ask(account, "POST", &path, Some(&manifest)).ok()["result"].clone()
    };
    let send = |account: &str, token: &Value| {
        let client = Client::of(server.served.api_url()).with_token(token.as_str().expect("it is text"));
        let body = "--b\r\nContent-Disposition: form-data; name=\"aa11\"; filename=\"aa11\"\r\nContent-Type: text/plain\r\n\r\nYWJj\r\n--b--\r\n";
        let path = format!("/accounts/{account}/workers/assets/upload?base64=true");
        let kind = "multipart/form-data; boundary=b";
        client.send("POST", &path, kind, body.into()).expect("it answers")
    };
    let session = begin("acme");
    assert_eq!(session["buckets"], json!([["aa11"]]));
    send("acme", &session["jwt"]).ok();
    assert_eq!(begin("acme")["buckets"], json!([]));
    let theirs = begin("beta");
    assert_eq!(theirs["buckets"], json!([["aa11"]]));
    // A token of one account's upload is none in another's.
    assert_eq!(refusal(&send("beta", &session["jwt"])), (401, 10305));
    assert_eq!(refusal(&send("acme", &theirs["jwt"])), (401, 10305));
}

#[test]
fn tails_show_their_own_and_end_with_their_token() {
    let server = Server::with_two();
    for account in ["acme", "beta"] {
        deploy(&server, account, &project(account)).ok();
    }
    let watching = server
        .run(
            "beta",
            &["token", "create", "watching", "--scope", "read", "--json"],
        )
        .json();
    let mut tail = Command::new(env!("CARGO_BIN_EXE_stepwell"))
        .args(["tail", "shop", "--account", "beta"])
        .env("CLOUDFLARE_API_BASE_URL", server.served.api_url())
        .env(
            "CLOUDFLARE_API_TOKEN",
            watching["value"].as_str().expect("it is text"),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let (lines, seen) = std::sync::mpsc::channel();
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
    drop(lines);
    let mut all = String::new();
    let until = |text: &str, all: &mut String| loop {
        let line = seen.recv_timeout(std::time::Duration::from_mins(1));
        let line = line.unwrap_or_else(|_| panic!("no {text:?} in {all}"));
        all.push_str(&line);
        if line.contains(text) {
            break;
        }
    };
    until("Connected to shop", &mut all);
    server.visit("shop.acme.localhost", "/?mark=acme");
    server.visit("shop.beta.localhost", "/?mark=beta");
    until("asked beta", &mut all);
    assert!(!all.contains("acme"), "{all}");
    // The end of the token is that of what was opened with it.
    server
        .run(
            "beta",
            &["token", "revoke", watching["id"].as_str().expect("it is text")],
        )
        .ok();
    while let Ok(line) = seen.recv_timeout(std::time::Duration::from_mins(1)) {
        all.push_str(&line);
    }
    assert_eq!(tail.wait().expect("it ends").code(), Some(0), "{all}");
}
