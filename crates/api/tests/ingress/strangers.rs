//! What strangers get, and what they can claim.

use crate::support::{Server, Upstreamed, parts, strangers, told, worker};
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::Value;
use std::sync::Arc;
use stepwell_api::ingress::{Destination, Directory, Host, Internal, Listed, Naming, Production, Upstream};

const BROWSER: &str = "accept: text/html,*/*;q=0.8";

async fn server() -> Server {
    Server::start_with(worker(), strangers(Production::default())).await
}

#[tokio::test]
async fn an_exception_says_nothing_of_the_code() {
    let server = server().await;
    let answer = server.get("/throw", &[]).await;
    let (status, head, body) = parts(&answer);
    assert_eq!((status, body), (500, "error code: 1101\n"));
    assert!(head.contains("content-type: text/plain"), "{head}");
    let page = server.get("/throw?secret=1", &[BROWSER]).await;
    let (status, head, body) = parts(&page);
    assert_eq!(status, 500);
    assert!(head.contains("content-type: text/html"), "{head}");
    for expected in ["Error 1101", "Worker threw exception", "Ray ID"] {
        assert!(body.contains(expected), "{expected} is not in {body}");
    }
    let ray = head
        .lines()
        .find_map(|line| line.strip_prefix("cf-ray: "))
        .unwrap();
    let id = ray.strip_suffix("-xxx").unwrap();
    assert!(body.contains(id), "{ray} is not in {body}");
    let json = server.get("/throw", &["accept: application/json"]).await;
    let debugging = server.get("/throw", &["mf-disable-pretty-error: 1"]).await;
    for answer in [answer.as_str(), &page, &json, &debugging] {
        for never in [
            "TypeError",
            "broke",
            "index.js",
            "stack:",
            "the cause",
            "stepwell",
            "secret",
            "<script",
        ] {
            assert!(!answer.contains(never), "{never} is in {answer}");
        }
    }
}

#[tokio::test]
async fn a_worker_that_does_not_answer_is_a_code() {
    let server = server().await;
    for (upstream, status, text) in [
        (Upstream::NoFetchHandler, 500, "error code: 1101\n"),
        (
            Upstream::Absent {
                why: "a secret".into(),
            },
            503,
            "error code: 503\n",
        ),
    ] {
        server.upstream.send_replace(upstream);
        let answer = server.get("/", &[]).await;
        assert_eq!((parts(&answer).0, parts(&answer).2), (status, text));
        assert_eq!(parts(&answer).1.contains("retry-after: 1"), status == 503);
        let page = server.get("/", &[BROWSER]).await;
        assert!(
            !page.contains("secret") && !page.contains("fetch handler"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn the_worker_is_told_who_asks_whatever_the_client_says() {
    let server = server().await;
    let claims = [
        "cf-connecting-ip: 192.0.2.1",
        "x-forwarded-for: 192.0.2.2",
        "x-real-ip: 192.0.2.3",
        "true-client-ip: 192.0.2.4",
        "cf-ipcountry: DE",
        "cf-ray: 1",
        "x-forwarded-proto: https",
        "cf-visitor: {\"scheme\":\"https\"}",
    ];
    let answer = server.get("/", &claims).await;
    assert_eq!(told(&answer, "cf-connecting-ip"), ["127.0.0.1"]);
    assert_eq!(told(&answer, "x-real-ip"), ["127.0.0.1"]);
    assert_eq!(told(&answer, "true-client-ip"), [""; 0]);
    assert_eq!(told(&answer, "cf-ipcountry"), [""; 0]);
    assert_eq!(told(&answer, "x-forwarded-proto"), ["http"]);
    assert_eq!(told(&answer, "cf-visitor"), ["{\"scheme\":\"http\"}"]);
    assert_eq!(told(&answer, "stepwell-protocol"), [""; 0]);
    let ray = told(&answer, "cf-ray")[0].to_lowercase();
    assert!(parts(&answer).1.contains(&format!("cf-ray: {ray}")), "{answer}");
    let cf: Value = serde_json::from_str(&told(&answer, "cf-blob")[0]).unwrap();
    assert_eq!(cf["country"], "XX");
    assert!(cf["colo"].is_string() && cf.get("city").is_none(), "{cf}");
}

#[tokio::test]
async fn a_trusted_proxy_says_who_asks() {
    let production = Production {
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..Production::default()
    };
    let server = Server::start_with(worker(), strangers(production)).await;
    let noted = [
        "x-forwarded-for: 6.6.6.6, 192.0.2.2",
        "x-forwarded-proto: https",
        "cf-ipcountry: DE",
    ];
    let answer = server.get("/", &noted).await;
    assert_eq!(told(&answer, "cf-connecting-ip"), ["192.0.2.2"]);
    assert_eq!(told(&answer, "stepwell-protocol"), ["https"]);
    assert_eq!(told(&answer, "cf-ipcountry"), ["DE"]);
    let cf: Value = serde_json::from_str(&told(&answer, "cf-blob")[0]).unwrap();
    assert_eq!(cf["country"], "DE");
}

/// Answers everything, if it is let.
struct Everything;

#[async_trait]
impl Internal for Everything {
    fn claims(&self, path: &str) -> bool {
        path.starts_with("/cdn-cgi/explorer")
    }

    async fn answer(&self, _: Request<Incoming>) -> Response<Full<Bytes>> {
        Response::new(Full::from("inside"))
    }
}

#[tokio::test]
async fn internal_paths_are_closed_unless_asked_for() {
    let closed = server().await;
    for path in ["/cdn-cgi/handler/scheduled", "/cdn-cgi/explorer/api", "/cdn-cgi/"] {
        let answer = closed.get(path, &[]).await;
        assert_eq!(
            (parts(&answer).0, parts(&answer).2),
            (404, "error code: 404\n"),
            "{path}"
        );
    }
    let worker = Destination {
        internal: vec![Arc::new(Everything)],
        ..worker()
    };
    let asked_for = Server::start_with(worker, strangers(Production::default())).await;
    let answer = asked_for.get("/cdn-cgi/explorer", &[]).await;
    assert_eq!(parts(&answer).2, "inside");
    let answer = asked_for.get_as("evil.example", "/cdn-cgi/explorer", &[]).await;
    assert_eq!(parts(&answer).0, 403);
    let answer = asked_for.get("/cdn-cgi/other", &[]).await;
    assert_eq!(parts(&answer).0, 404);
}

#[tokio::test]
async fn an_address_that_nobody_has_is_told_with_those_there_are_to_whoever_runs_the_server() {
    let behind = Upstreamed::start("shop");
    let directory = Directory::new(Naming {
        domains: vec![Host::parse("localhost").unwrap()],
        default_account: "default".to_owned(),
        default_worker: None,
    });
    for script in ["shop", "blog"] {
        directory.put(Listed {
            account: "default".to_owned(),
            script: script.to_owned(),
            has_own_host: true,
            custom_hosts: Vec::new(),
            routes: Vec::new(),
            destination: Arc::new(Destination {
                versions: vec![behind.version(1.0)],
                ..Destination::default()
            }),
        });
    }
    let server = Server::of(directory, strangers(Production::default())).await;
    let answer = server.get_as("shop.localhost:80", "/", &[]).await;
    assert_eq!(parts(&answer).0, 200);
    let answer = server.get_as("localhost", "/", &[]).await;
    assert_eq!(parts(&answer).0, 404);
    assert!(
        parts(&answer).2.starts_with("error code: 1042\n") && answer.contains("shop.localhost"),
        "{answer}"
    );
    let page = server.get_as("missing.localhost", "/", &[BROWSER]).await;
    assert!(page.contains("<code>blog.localhost</code>"), "{page}");
    // Nobody else learns who is there: no page of somebody else's, and nobody behind a proxy.
    for (host, header) in [
        ("rebound.example", "x-a: 1"),
        ("localhost", "x-forwarded-for: 192.0.2.1"),
    ] {
        let answer = server.get_as(host, "/", &[header]).await;
        assert_eq!(
            (parts(&answer).0, parts(&answer).2),
            (404, "error code: 1042\n"),
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_handler_that_never_answers_has_the_page_of_one_that_throws() {
    let server = Server::start_with(worker(), strangers(Production::default())).await;
    let answer = server.get("/hang", &[]).await;
    assert_eq!((parts(&answer).0, parts(&answer).2), (500, "error code: 1101\n"));
    let answer = server.get("/own-500", &[]).await;
    assert_eq!(
        (parts(&answer).0, parts(&answer).2),
        (500, "Internal Server Error")
    );
    let local = Server::start(worker()).await;
    let answer = local.get("/hang", &[]).await;
    assert!(
        parts(&answer)
            .2
            .starts_with("The script will never generate a response: "),
        "{answer}"
    );
}

#[tokio::test]
async fn workers_without_an_address_are_not_said_to_be_missing() {
    let behind = Upstreamed::start("shop");
    let directory = Directory::new(Naming {
        domains: vec![Host::parse("localhost").unwrap()],
        default_account: "default".to_owned(),
        default_worker: None,
    });
    let server = Server::of(directory.clone(), strangers(Production::default())).await;
    let answer = server.get_as("shop.localhost", "/", &[]).await;
    assert!(parts(&answer).2.contains("None is deployed yet"), "{answer}");
    for script in ["shop", "blog"] {
        directory.put(Listed {
            account: "default".to_owned(),
            script: script.to_owned(),
            has_own_host: false,
            custom_hosts: Vec::new(),
            routes: Vec::new(),
            destination: Arc::new(Destination {
                name: format!("default/{script}").into(),
                versions: vec![behind.version(1.0)],
                ..Destination::default()
            }),
        });
    }
    for header in ["x-a: 1", BROWSER] {
        let answer = server.get_as("shop.localhost", "/", &[header]).await;
        assert_eq!(parts(&answer).0, 404);
        assert!(!answer.contains("deployed yet"), "{answer}");
        assert!(
            answer.contains("are deployed and have no address") && answer.contains("default/shop"),
            "{answer}"
        );
    }
    let stranger = server
        .get_as("shop.localhost", "/", &["x-forwarded-for: 192.0.2.1"])
        .await;
    assert!(!stranger.contains("default/"), "{stranger}");
}
