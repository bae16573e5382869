//! Who may do what: every endpoint, with every kind of token.

use crate::support::Server;
use serde_json::Value as Json;

/// An endpoint of the description.
struct Endpoint {
    method: String,
    path: String,
    /// `None`: anybody. `Some("")`: any token.
    scope: Option<String>,
}

fn endpoints() -> Vec<Endpoint> {
    let description = serde_json::to_value(stepwell_api::account::description()).unwrap();
    let mut endpoints = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if !operation.is_object() {
                continue;
            }
            let scope = operation["security"][0]["token"].as_array();
            endpoints.push(Endpoint {
                method: method.to_uppercase(),
                path: path.clone(),
                scope: scope.map(|scopes| {
                    let scope = scopes.first().and_then(Json::as_str);
                    scope.unwrap_or_default().to_owned()
                }),
            });
        }
    }
    assert!(endpoints.len() > 20);
    endpoints
}

impl Endpoint {
    /// The path for an account, with things that do not exist.
    fn in_account(&self, account: &str) -> String {
        let path = self.path.replace("{account_id}", account);
        let segments = path.split('/').map(|segment| {
            if segment.starts_with('{') {
                "nothing"
            } else {
                segment
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

const SCOPES: [&str; 4] = ["read", "write", "deploy", "admin"];

#[tokio::test]
async fn every_endpoint_asks_for_a_token_that_may_do_it() {
    let server = Server::start().await;
    for endpoint in endpoints() {
        let Some(needed) = &endpoint.scope else { continue };
        let (method, path) = (&endpoint.method, endpoint.in_account("default"));
        let what = format!("{method} {path}");
        let nobody = server.send(method, &path, "", b"").await;
        assert_eq!(nobody.refusal().0, 401, "{what}");
        assert_eq!(nobody.refusal().1, 9106, "{what}");
        let basic = server
            .send(method, &path, "Authorization: Basic eA==\r\n", b"")
            .await;
        assert_eq!((basic.refusal().0, basic.refusal().1), (401, 9106), "{what}");
        let unknown = server.ask_as("nonsense", method, &path, "").await;
        assert_eq!((unknown.refusal().0, unknown.refusal().1), (401, 10000), "{what}");
        if endpoint.path.contains("{account_id}") {
            let foreign = server.ask_as("other.admin", method, &path, "").await;
            assert_eq!((foreign.refusal().0, foreign.refusal().1), (403, 10000), "{what}");
            let nowhere = endpoint.in_account("a%2Fb");
            let nowhere = server.ask_as("default.admin", method, &nowhere, "").await;
            assert_eq!((nowhere.refusal().0, nowhere.refusal().1), (404, 7003), "{what}");
        }
        for (rank, scope) in SCOPES.iter().enumerate() {
            let answer = server
                .ask_as(&format!("default.{scope}"), method, &path, "")
                .await;
            let enough = SCOPES
                .iter()
                .position(|scope| scope == needed)
                .is_none_or(|least| rank >= least);
            assert_eq!(
                enough,
                ![401, 403].contains(&answer.status),
                "{what} with {scope}: {answer:?}"
            );
            if !enough {
                let (status, code, text) = answer.refusal();
                assert_eq!((status, code), (403, 10000), "{what}");
                assert!(text.contains(needed) && text.contains(scope), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn what_needs_no_token() {
    let open: Vec<String> = endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.scope.is_none())
        .map(|endpoint| endpoint.path)
        .collect();
    // The upload of assets has a token of its own.
    let assets = "/client/v4/accounts/{account_id}/workers/assets/upload";
    assert_eq!(open, [assets, "/health/live", "/health/ready", "/metrics"]);
    let server = Server::start().await;
    assert_eq!(server.send("GET", "/health/live", "", b"").await.body, "alive\n");
    assert_eq!(server.send("GET", "/health/ready", "", b"").await.body, "ready\n");
    let metrics = server.send("GET", "/metrics", "", b"").await.body;
    assert!(metrics.contains("\nstepwell_things 1\n"), "{metrics}");
    let description = server.send("GET", "/openapi.json", "", b"").await.json();
    assert_eq!(description["openapi"], "3.1.0");
}

#[tokio::test]
async fn a_key_is_as_good_as_a_bearer() {
    let server = Server::start().await;
    let path = "/client/v4/user/tokens/verify";
    let key = server.token("default.read");
    let head = format!("X-Auth-Key: {key}\r\nX-Auth-Email: a@example.com\r\n");
    let result = server.send("GET", path, &head, b"").await.result();
    assert_eq!(result["status"], "active");
    let known = server.plane.control.tokens("default");
    let id = result["id"].as_str().unwrap();
    assert!(known.iter().any(|token| token.id == id && token.name == "read"));
}

#[tokio::test]
async fn whoami() {
    let server = Server::start().await;
    let ask = async |path: &str| {
        let path = format!("/client/v4{path}");
        server.ask_as("default.write", "GET", &path, "").await.result()
    };
    assert!(ask("/user").await["email"].is_string());
    assert_eq!(ask("/accounts").await[0]["id"], "default");
    assert_eq!(ask("/accounts?page=2").await, serde_json::json!([]));
    assert_eq!(ask("/accounts/default").await["id"], "default");
    let memberships = ask("/memberships?page=1").await;
    assert_eq!(memberships[0]["account"]["id"], "default");
    assert_eq!(memberships[0]["roles"], serde_json::json!(["write"]));
}

#[tokio::test]
async fn tokens_are_made_and_revoked() {
    let server = Server::start().await;
    let made = server
        .post("/tokens", r#"{"name":"ci","scope":"deploy"}"#)
        .await
        .result();
    let value = made["value"].as_str().unwrap();
    assert_eq!(made["scope"], "deploy");
    let ask = async || {
        server
            .ask_as(value, "GET", "/client/v4/user/tokens/verify", "")
            .await
    };
    assert_eq!(ask().await.result()["id"], made["id"]);
    let listed = server.get("/tokens?per_page=100").await.result();
    let listed = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|token| token["id"] == made["id"]);
    assert_eq!(listed.unwrap().get("value"), None);
    let path = format!("/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(
        server.ask("DELETE", &path, "").await.result(),
        serde_json::json!({ "id": made["id"] })
    );
    assert_eq!(ask().await.refusal().1, 10000);
    assert_eq!(server.ask("DELETE", &path, "").await.refusal().0, 404);
    for wrong in [
        "",
        r#"{"name":"ci"}"#,
        r#"{"name":"","scope":"read"}"#,
        r#"{"name":"ci","scope":"all"}"#,
    ] {
        assert_eq!(server.post("/tokens", wrong).await.refusal().0, 400, "{wrong}");
    }
}
