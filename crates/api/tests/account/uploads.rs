//! Uploads as clients send them, and as they should not.

use crate::support::{ACCOUNT, Answer, Server};
use serde_json::{Value as Json, json};

const BOUNDARY: &str = "----formdata-undici-054362236150";

/// A part: name, `Content-Type`, contents.
type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

/// An ES module.
pub(crate) const MODULE: Option<&str> = Some("application/javascript+module");

/// A body as wrangler makes it: the metadata has neither a file name nor a type.
pub(crate) fn multipart(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, kind, contents) in parts {
        let head = match kind {
            None => format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n"),
            Some(kind) => format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
            ),
        };
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(contents);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// Sends a body that claims to be multipart.
pub(crate) async fn send(server: &Server, method: &str, path: &str, body: &[u8]) -> Answer {
    let head = format!(
        "Authorization: Bearer {}\r\nUser-Agent: wrangler/4.164.0\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n",
        server.token("default.deploy")
    );
    server
        .send(method, &format!("{ACCOUNT}{path}"), &head, body)
        .await
}

/// Uploads one module.
pub(crate) async fn upload(server: &Server, method: &str, path: &str, code: &str, metadata: &Json) -> Answer {
    let mut all = json!({ "main_module": "index.js", "compatibility_date": "2026-11-01" });
    if let (Some(all), Some(more)) = (all.as_object_mut(), metadata.as_object()) {
        all.extend(more.clone());
    }
    let metadata = all.to_string();
    let parts = [
        ("metadata", None, metadata.as_bytes()),
        ("index.js", MODULE, code.as_bytes()),
    ];
    send(server, method, path, &multipart(&parts)).await
}

const SCRIPT: &str = "/workers/scripts/shop";

#[tokio::test]
async fn modules_of_all_kinds_and_source_maps() {
    let server = Server::start().await;
    let metadata = json!({ "main_module": "shop" }).to_string();
    let parts: [Part<'_>; 5] = [
        ("metadata", None, metadata.as_bytes()),
        ("shop", MODULE, b"workflow Orders"),
        ("./7037-d.bin", Some("application/octet-stream"), b"\0\xff\r\n--x"),
        ("./t.txt", Some("text/plain"), b""),
        ("shop.map", Some("application/source-map"), b"{}"),
    ];
    let answer = send(&server, "PUT", SCRIPT, &multipart(&parts)).await.result();
    assert_eq!(
        (answer["id"].as_str(), answer["startup_time_ms"].as_u64()),
        (Some("shop"), Some(7))
    );
    let version = server.plane.control.latest_version("default", "shop").unwrap();
    assert_eq!(answer["deployment_id"], version.id.as_str());
    let names: Vec<_> = version
        .modules
        .iter()
        .map(|module| (module.name.as_str(), module.bytes))
        .collect();
    assert_eq!(
        names,
        [("shop", 15), ("./7037-d.bin", 7), ("./t.txt", 0), ("shop.map", 2)]
    );
}

#[tokio::test]
async fn bodies_that_are_broken() {
    let server = Server::start().await;
    let good = json!({ "main_module": "index.js" }).to_string();
    let metadata: Part<'_> = ("metadata", None, good.as_bytes());
    let code: Part<'_> = ("index.js", MODULE, b"");
    let whole = multipart(&[metadata, code]);
    let cut = &whole[..whole.len() - 20];
    for (body, words) in [
        (&b""[..], "the body cannot be read"),
        (b"nonsense", "the body cannot be read"),
        (cut, "the body cannot be read"),
        (&multipart(&[code]), "no part \"metadata\""),
        (&multipart(&[("metadata", None, b"{"), code]), "is not JSON"),
        (
            &multipart(&[("metadata", None, b"[]"), code]),
            "must be a JSON object",
        ),
        (
            &multipart(&[metadata, code, code]),
            "two parts named \"index.js\"",
        ),
        (
            &multipart(&[metadata, metadata, code]),
            "two parts named \"metadata\"",
        ),
        (&multipart(&[metadata]), "No such module \"index.js\""),
        (
            &multipart(&[metadata, ("index.js", Some("image/png"), b"")]),
            "Content-Type \"image/png\"",
        ),
        (
            &multipart(&[metadata, ("index.js", MODULE, b"\xff")]),
            "not valid UTF-8",
        ),
        (&multipart(&[metadata, ("", MODULE, b"")]), "needs a name"),
    ] {
        let (status, code, text) = send(&server, "PUT", SCRIPT, body).await.refusal();
        assert!(status == 400 && text.contains(words), "{status} {code} {text}");
    }
    let plain = server.ask("PUT", SCRIPT, "{}").await.refusal();
    assert_eq!((plain.0, plain.1), (400, 10001));
    assert!(server.plane.control.script("default", "shop").is_none());
}

#[tokio::test]
async fn bodies_that_are_huge() {
    let server = Server::start().await;
    let head = format!(
        "Authorization: Bearer {}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: 9999999999\r\n",
        server.token("default.deploy")
    );
    let text =
        format!("PUT {ACCOUNT}{SCRIPT} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n");
    let answer = server.raw(text.as_bytes()).await.refusal();
    assert_eq!((answer.0, answer.1), (413, 10027));
}

#[tokio::test]
async fn code_that_does_not_start() {
    let server = Server::start().await;
    let answer = upload(
        &server,
        "PUT",
        SCRIPT,
        "throw Uncaught Error: no at index.js:9:20",
        &json!({}),
    )
    .await
    .refusal();
    assert_eq!((answer.0, answer.1), (400, 10021));
    assert!(answer.2.contains("at index.js:9:20"));
}

#[tokio::test]
async fn assets_in_batches() {
    let server = Server::start().await;
    let session = |manifest: Json| {
        let body = json!({ "manifest": manifest }).to_string();
        async {
            server
                .ask("POST", "/workers/scripts/site/assets-upload-session", &{ body })
                .await
        }
    };
    let begun = session(json!({ "/index.html": { "hash": "aa", "size": 3 } }))
        .await
        .result();
    assert_eq!(begun["buckets"], json!([["aa"]]));
    let path = format!("{ACCOUNT}/workers/assets/upload?base64=true");
    let send = |token: String, kind: &'static str, text: &'static [u8]| {
        let head = format!(
            "Authorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        );
        let (server, path) = (&server, &path);
        async move {
            server
                .send("POST", path, &head, &multipart(&[("aa", Some(kind), text)]))
                .await
        }
    };
    let token = begun["jwt"].as_str().unwrap().to_owned();
    let api_token = server.token("default.deploy").to_owned();
    assert_eq!(send(api_token, "text/html", b"YWJj").await.refusal().1, 10305);
    assert_eq!(send(token.clone(), "text/html", b"%").await.refusal().1, 10304);
    let done = send(token, "application/null", b"YWJj").await.result();
    let assets = json!({ "assets": { "jwt": done["jwt"], "config": {} } });
    upload(&server, "PUT", "/workers/scripts/site", "", &assets)
        .await
        .result();
    let version = server.plane.control.latest_version("default", "site").unwrap();
    let files = server
        .plane
        .control
        .asset_files(version.assets.as_ref().unwrap())
        .await
        .unwrap();
    assert_eq!(
        (
            files["/index.html"].bytes,
            files["/index.html"].content_type.clone()
        ),
        (3, None)
    );
    let again = session(json!({ "/index.html": { "hash": "aa", "size": 3 } }))
        .await
        .result();
    assert_eq!(again["buckets"], json!([]));
    assert_eq!(session(json!({ "/a": 1 })).await.refusal().0, 400);
}

#[tokio::test]
async fn names_of_modules_that_lead_elsewhere() {
    let server = Server::start().await;
    let metadata = json!({ "main_module": "index.js" }).to_string();
    let send_named = async |name: &str| {
        let parts = [
            ("metadata", None, metadata.as_bytes()),
            ("index.js", MODULE, &b""[..]),
            (name, Some("text/plain"), &b""[..]),
        ];
        send(&server, "PUT", SCRIPT, &multipart(&parts)).await
    };
    for (name, words) in [
        ("../x.txt", "\\\"..\\\""),
        ("a/../../x.txt", "\\\"..\\\""),
        ("./../x.txt", "\\\"..\\\""),
        ("a//b.txt", "an empty part"),
        ("/x.txt", "an absolute path"),
        ("a\\b.txt", "a backslash"),
        ("nul\0.txt", "control characters"),
        ("tab\t.txt", "control characters"),
        ("cloudflare:workers", "a module of the runtime"),
        ("./index.js", "\\\"index.js\\\" and \\\"./index.js\\\""),
    ] {
        let answer = send_named(name).await;
        let (status, code, text) = answer.refusal();
        assert!((status, code) == (400, 10001), "{name:?}: {status} {code} {text}");
        assert!(answer.body.contains(words), "{name:?}: {text}");
    }
    assert!(server.plane.control.script("default", "shop").is_none());
    for name in ["./7037-d.bin", "lib/a b/é.txt", "x..y.txt"] {
        send_named(name).await.result();
    }
}

#[tokio::test]
async fn code_that_nothing_can_call() {
    let server = Server::start().await;
    let answer = upload(&server, "PUT", SCRIPT, "nothing", &json!({}))
        .await
        .refusal();
    assert_eq!((answer.0, answer.1), (400, 10068));
    assert!(
        answer
            .2
            .starts_with("The uploaded script has no registered event handlers"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn metadata_of_other_types() {
    let server = Server::start().await;
    for (metadata, words) in [
        (
            json!({ "observability": "yes" }),
            "\"metadata.observability\" must be an object, and is a string",
        ),
        (
            json!({ "observability": { "enabled": 1 } }),
            "\"metadata.observability.enabled\" must be true or false",
        ),
        (
            json!({ "logpush": "x" }),
            "\"metadata.logpush\" must be true or false",
        ),
        (
            json!({ "tags": ["a", 1] }),
            "\"metadata.tags\" must be an array of strings",
        ),
        (
            json!({ "tail_consumers": [1] }),
            "\"metadata.tail_consumers\" must be an array of objects",
        ),
        (
            json!({ "placement": "smart" }),
            "\"metadata.placement\" must be an object",
        ),
        (
            json!({ "limits": { "cpu_ms": -1 } }),
            "\"metadata.limits.cpu_ms\" must be a number that is not negative",
        ),
        (
            json!({ "annotations": { "workers/tag": 5 } }),
            "\"metadata.annotations.workers/tag\" must be a string",
        ),
        (json!({ "exports": [] }), "\"metadata.exports\" must be an object"),
        (
            json!({ "keep_assets": "yes" }),
            "\"metadata.keep_assets\" must be true or false",
        ),
        (
            json!({ "usage_model": 5 }),
            "\"metadata.usage_model\" must be a string",
        ),
        (
            json!({ "assets": { "config": "x" } }),
            "\"metadata.assets.config\" must be an object",
        ),
        (
            json!({ "main_module": 7 }),
            "\"metadata.main_module\" must be a string",
        ),
    ] {
        let (status, code, text) = upload(&server, "PUT", SCRIPT, "", &metadata).await.refusal();
        assert!(
            (status, code) == (400, 10001) && text.contains(words),
            "{metadata}: {status} {code} {text}"
        );
    }
    // Keys that nobody knows are kept.
    upload(
        &server,
        "PUT",
        SCRIPT,
        "",
        &json!({ "no_such_key": "x", "observability": null }),
    )
    .await
    .result();
    let settings = server
        .ask(
            "PATCH",
            &format!("{SCRIPT}/script-settings"),
            r#"{"observability":"x"}"#,
        )
        .await
        .refusal();
    assert!(
        settings.0 == 400 && settings.2.contains("\"observability\" must be an object"),
        "{settings:?}"
    );
}

#[tokio::test]
async fn bindings_of_other_types_and_names() {
    let server = Server::start().await;
    for (binding, words) in [
        (
            json!({ "type": "plain_text", "name": "A", "text": 5 }),
            "\"metadata.bindings[0].text\" of the plain_text \"A\" must be a string, and is a number",
        ),
        (
            json!({ "type": "plain_text", "name": "A" }),
            "must be a string, and is missing",
        ),
        (
            json!({ "type": "json", "name": "A" }),
            "\"metadata.bindings[0].json\" of the json \"A\" is missing",
        ),
        (
            json!({ "type": "service", "name": "A", "service": "worker", "entrypoint": 7 }),
            ".entrypoint\"",
        ),
        (
            json!({ "type": "workflow", "name": "A", "workflow_name": 3 }),
            ".workflow_name\"",
        ),
        (
            json!({ "type": "queue", "name": "A", "queue_name": [] }),
            ".queue_name\"",
        ),
        (
            json!({ "type": "secret_text", "name": "..", "text": "x" }),
            "a name must not be",
        ),
        (
            json!({ "type": "plain_text", "name": "a\0b", "text": "x" }),
            "control characters",
        ),
        (
            json!({ "type": "plain_text", "name": "", "text": "x" }),
            "not empty",
        ),
        (json!({ "type": 5, "name": "A" }), "\"metadata.bindings[0].type\""),
    ] {
        let metadata = json!({ "bindings": [binding] });
        let (status, code, text) = upload(&server, "PUT", SCRIPT, "", &metadata).await.refusal();
        assert!(
            (status, code) == (400, 10001) && text.contains(words),
            "{binding}: {status} {code} {text}"
        );
    }
    upload(&server, "PUT", SCRIPT, "", &json!({})).await.result();
    for name in ["..", ".", "", "a\u{0}b", "a\nb", "\u{7f}"] {
        let secret = json!({ "name": name, "text": "x", "type": "secret_text" });
        let path = format!("{SCRIPT}/secrets");
        let (status, code, text) = server.ask("PUT", &path, &secret.to_string()).await.refusal();
        assert!(
            (status, code) == (400, 10001) && text.contains("\"binding.name\""),
            "{name:?}: {status} {code} {text}"
        );
        let bulk = json!({ "secrets": { name: secret } });
        let path = format!("{SCRIPT}/secrets-bulk");
        assert_eq!(
            server.ask("PATCH", &path, &bulk.to_string()).await.refusal().1,
            10001
        );
    }
    let path = "/workers/workers/shop/versions/latest";
    for env in [
        json!({ "A": 5 }),
        json!({ "A": { "type": "plain_text", "text": 1 } }),
        json!(5),
    ] {
        let body = json!({ "env": env }).to_string();
        assert_eq!(server.ask("PATCH", path, &body).await.refusal().0, 400, "{body}");
    }
    let path = format!("{SCRIPT}/subdomain");
    assert_eq!(
        server
            .ask("POST", &path, r#"{"enabled":"yes"}"#)
            .await
            .refusal()
            .0,
        400
    );
    let deployments = server
        .ask("POST", &format!("{SCRIPT}/deployments"), r#"{"versions":[]}"#)
        .await
        .refusal();
    assert!(deployments.2.contains("\"versions\" is empty"), "{deployments:?}");
}
