//! What the official SDKs send and ask about Workers, where it differs from what wrangler does.

use crate::support::Server;
use crate::uploads::{MODULE, multipart, send, upload};
use serde_json::{Value as Json, json};

const SCRIPT: &str = "/workers/scripts/shop";

/// A form as the SDK for Python makes it: the files in one field, the metadata behind them, with a type.
fn files_of_one_field(metadata: &Json, field: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let boundary = "----formdata-undici-054362236150";
    let files = files.iter().map(|(name, code)| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/javascript+module\r\n\r\n{code}\r\n"
        )
    });
    let files: String = files.collect();
    let body = format!(
        "{files}--{boundary}\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n{metadata}\r\n--{boundary}--\r\n"
    );
    body.into_bytes()
}

#[tokio::test]
async fn modules_may_be_files_of_one_field() {
    let server = Server::start().await;
    let metadata = json!({ "main_module": "w.js", "compatibility_date": "2026-01-01" });
    for field in ["files", "files[]"] {
        let files = [("w.js", "workflow Orders"), ("lib/more.js", "")];
        let body = files_of_one_field(&metadata, field, &files);
        send(&server, "PUT", SCRIPT, &body).await.result();
        let version = server.plane.control.latest_version("default", "shop").unwrap();
        let names = version.modules.iter().map(|module| module.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["w.js", "lib/more.js"], "{field}");
    }
    let twice = files_of_one_field(&metadata, "files", &[("w.js", ""), ("w.js", "")]);
    let (status, _, text) = send(&server, "PUT", SCRIPT, &twice).await.refusal();
    assert!(status == 400 && text.contains("two parts"), "{text}");
    // A field of its own has the name that the code imports, whatever its file is called.
    let named = json!({ "main_module": "index.js" }).to_string();
    let body = multipart(&[("metadata", None, named.as_bytes()), ("index.js", MODULE, b"")]);
    let body = String::from_utf8(body).unwrap();
    let body = body.replace("filename=\"index.js\"", "filename=\"dist.js\"");
    send(&server, "PUT", SCRIPT, body.as_bytes()).await.result();
}

#[tokio::test]
async fn code_is_downloaded_and_replaced() {
    let server = Server::start().await;
    let secret = json!({ "type": "secret_text", "name": "KEY", "text": "hush" });
    let text = json!({ "type": "plain_text", "name": "A", "text": "b" });
    let metadata = json!({ "bindings": [secret, text], "compatibility_flags": ["nodejs_compat"] });
    upload(&server, "PUT", SCRIPT, "workflow Orders", &metadata)
        .await
        .result();
    for path in [SCRIPT.to_owned(), format!("{SCRIPT}/content/v2")] {
        let answer = server.get(&path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(
            answer
                .head
                .contains("content-type: multipart/form-data; boundary=")
        );
        assert!(answer.head.contains("cf-entrypoint: index.js"));
        assert!(answer.body.contains(
            "name=\"index.js\"; filename=\"index.js\"\r\nContent-Type: application/javascript+module\r\n\r\nworkflow Orders\r\n--"
        ));
        assert!(!answer.body.contains("hush"));
    }
    assert_eq!(server.get("/workers/scripts/nope").await.refusal().1, 10007);
    let id = server.plane.control.latest_version("default", "shop").unwrap();
    let of_version = |id: &str| format!("{SCRIPT}/content/v2?version={id}");
    assert_eq!(server.get(&of_version(&id.id)).await.status, 200);
    assert_eq!(server.get(&of_version("nope")).await.refusal().1, 10049);

    let metadata = json!({ "main_module": "new.js" });
    let body = files_of_one_field(&metadata, "files[]", &[("new.js", "workflow Orders\n// new")]);
    let content = format!("{SCRIPT}/content");
    let done = send(&server, "PUT", &content, &body).await.result();
    assert_eq!(done["entry_point"], "new.js");
    let settings = server.get(&format!("{SCRIPT}/settings")).await.result();
    let bindings = [json!({ "type": "secret_text", "name": "KEY" }), text];
    assert_eq!(settings["bindings"], json!(bindings));
    assert_eq!(settings["compatibility_flags"], json!(["nodejs_compat"]));
    let nowhere = send(&server, "PUT", "/workers/scripts/nope/content", &body).await;
    assert_eq!(nowhere.refusal().1, 10007);
}

#[tokio::test]
async fn settings_are_changed_without_bindings() {
    let server = Server::start().await;
    let metadata = json!({ "bindings": [{ "type": "plain_text", "name": "A", "text": "b" }] });
    upload(&server, "PUT", SCRIPT, "", &metadata).await.result();
    let path = format!("{SCRIPT}/settings");
    let changed_to = |settings: Json| {
        let settings = settings.to_string();
        let (server, path) = (&server, &path);
        async move {
            let body = multipart(&[("settings", None, settings.as_bytes())]);
            send(server, "PATCH", path, &body).await
        }
    };
    let given = json!({ "logpush": true, "tags": ["x"], "compatibility_date": "2026-11-01", "usage_model": "bundled" });
    let changed = changed_to(given).await.result();
    assert_eq!(
        (&changed["logpush"], &changed["tags"]),
        (&json!(true), &json!(["x"]))
    );
    assert_eq!(changed["bindings"], metadata["bindings"]);
    let (status, _, text) = changed_to(json!({ "compatibility_date": "2026-11-02" }))
        .await
        .refusal();
    assert!(
        status == 400 && text.contains("settings.compatibility_date"),
        "{text}"
    );
    assert_eq!(changed_to(json!([])).await.refusal().0, 400);
    let secret = json!({ "type": "secret_text", "name": "KEY", "text": "hush" });
    let bindings = json!([{ "type": "plain_text", "name": "A", "text": "b" }, secret]);
    changed_to(json!({ "bindings": bindings })).await.result();
    let secrets = server.get(&format!("{SCRIPT}/secrets")).await.result();
    assert_eq!(secrets, json!([{ "name": "KEY", "type": "secret_text" }]));
}

#[tokio::test]
async fn workers_as_the_newest_resources() {
    let server = Server::start().await;
    let metadata = json!({ "tail_consumers": [{ "service": "worker" }] });
    upload(&server, "PUT", SCRIPT, "", &metadata).await.result();
    let shop = server.get("/workers/workers/shop").await.result();
    assert_eq!(shop["tail_consumers"], json!([{ "name": "worker" }]));
    let id = shop["id"].as_str().unwrap().to_owned();
    assert_eq!(server.get(&format!("/workers/workers/{id}")).await.result(), shop);
    let all = server.get("/workers/workers").await.result();
    assert_eq!(all[0], shop);
    assert_eq!(server.get("/workers/workers?page=2").await.result(), json!([]));
    let versions = server.get("/workers/workers/shop/versions").await.result();
    let version = &versions[0];
    assert_eq!((&version["number"], &version["urls"]), (&json!(1), &json!([])));
    for one in ["latest", version["id"].as_str().unwrap()] {
        let path = format!("/workers/workers/{id}/versions/{one}");
        assert_eq!(server.get(&path).await.result(), *version);
    }
    let nothing = server.get("/workers/workers/shop/versions?page=2").await;
    assert_eq!(nothing.result(), json!([]));
    let gone = server.ask("DELETE", "/workers/workers/shop", "").await;
    assert_eq!(gone.result(), Json::Null);
    assert_eq!(server.get("/workers/workers/shop").await.refusal().1, 10007);
}

#[tokio::test]
async fn lists_and_settings_beside_wranglers() {
    let server = Server::start().await;
    upload(&server, "PUT", SCRIPT, "", &json!({})).await.result();
    let found = server.get("/workers/scripts-search?name=ho").await.result();
    assert_eq!(found[0]["script_name"], "shop");
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    let page = server.get("/workers/scripts-search?page=2").await.result();
    assert_eq!(page, json!([]));
    let settings = server.get("/workers/account-settings").await.result();
    assert_eq!(settings["default_usage_model"], "standard");
    let deployments = server.get(&format!("{SCRIPT}/deployments?page=2")).await.result();
    assert_eq!(deployments, json!({ "deployments": [] }));
    upload(&server, "PUT", SCRIPT, "", &json!({})).await.result();
    let deployments = format!("{SCRIPT}/deployments");
    let listed = server.get(&deployments).await.result();
    let one = |at: usize| {
        let id = listed["deployments"][at]["id"].as_str();
        format!("{deployments}/{}", id.unwrap())
    };
    let (status, code, _) = server.ask("DELETE", &one(0), "").await.refusal();
    assert_eq!((status, code), (400, 10021));
    assert_eq!(server.ask("DELETE", &one(1), "").await.result(), Json::Null);
    assert_eq!(server.ask("DELETE", &one(1), "").await.refusal().1, 10025);
    let left = server.get(&deployments).await.result();
    assert_eq!(left["deployments"].as_array().map(Vec::len), Some(1));
    let subdomain = format!("{SCRIPT}/subdomain");
    server.post(&subdomain, r#"{"enabled":true}"#).await.result();
    let off = json!({ "enabled": false, "previews_enabled": false });
    assert_eq!(server.ask("DELETE", &subdomain, "").await.result(), off);
    assert_eq!(server.get(&subdomain).await.result(), off);
}

#[tokio::test]
async fn products_that_are_not_there_say_so() {
    let server = Server::start().await;
    for (path, name) in [
        ("/storage/kv/namespaces/abc/values/k", "Workers KV"),
        ("/d1/database/x/query", "D1"),
        ("/r2/buckets/x/objects/y", "R2"),
        ("/vectorize/v2/indexes", "Vectorize"),
        ("/containers/dash/applications", "Containers"),
    ] {
        let (status, code, text) = server.get(path).await.refusal();
        assert_eq!((status, code), (404, 10003), "{path}");
        let expected = format!("{name}: not supported by this version of Stepwell yet");
        assert_eq!(text, expected);
    }
    assert_eq!(server.get("/d1/database/x").await.refusal().1, 7404);
    assert_eq!(
        server.get("/storage/kv/namespaces?per_page=1000").await.result(),
        json!([])
    );
    assert_eq!(server.get("/d1x").await.refusal().1, 7003);
}

/// wranglers up to 4.86 make a version without a secret so.
#[tokio::test]
async fn secrets_that_an_upload_leaves_out_on_purpose() {
    let server = Server::start().await;
    let secret = |name: &str| json!({ "type": "secret_text", "name": name, "text": "hush" });
    let metadata = json!({ "bindings": [secret("A"), secret("B")] });
    upload(&server, "PUT", SCRIPT, "", &metadata).await.result();
    let versions = format!("{SCRIPT}/versions");
    for (keep, kept) in [
        (json!(["plain_text"]), vec!["A", "B"]),
        (json!(["secret_key", "secret_text"]), vec!["A", "B"]),
        (json!(["secret_key"]), vec!["A"]),
    ] {
        let metadata = json!({ "bindings": [{ "type": "inherit", "name": "A" }], "keep_bindings": keep });
        let version = upload(&server, "POST", &versions, "", &metadata).await.result();
        let bindings = version["resources"]["bindings"].as_array().unwrap();
        let names = bindings.iter().map(|binding| binding["name"].as_str().unwrap());
        assert_eq!(names.collect::<Vec<_>>(), kept, "{keep}");
    }
}
