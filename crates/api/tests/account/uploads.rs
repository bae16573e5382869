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
