//! Workers as resources: what wrangler asks, and what it reads of the answers.

use crate::support::Server;
use crate::uploads::upload;
use serde_json::{Value as Json, json};

const SCRIPT: &str = "/workers/scripts/shop";

async fn put(server: &Server, metadata: Json) -> Json {
    upload(
        server,
        "PUT",
        SCRIPT,
        "workflow Orders\nobject Counter",
        &metadata,
    )
    .await
    .result()
}

async fn body(server: &Server, method: &str, path: &str, body: Json) -> Json {
    server.ask(method, path, &body.to_string()).await.result()
}

#[tokio::test]
async fn what_a_first_deploy_is_told() {
    let server = Server::start().await;
    for path in [
        "/workers/services/shop",
        "/workers/scripts/shop/secrets",
        "/workers/scripts/shop/deployments",
        "/workers/scripts/shop/settings",
        "/workers/workers/shop",
        "/workers/scripts/shop/subdomain",
    ] {
        let (status, code, _) = server.get(path).await.refusal();
        assert_eq!((status, code), (404, 10007), "{path}");
    }
    assert_eq!(
        server.get("/workers/subdomain").await.result(),
        json!({ "subdomain": "default" })
    );
    put(
        &server,
        json!({ "migrations": { "new_tag": "v1", "steps": [{ "new_classes": ["Counter"] }] } }),
    )
    .await;
    let service = server.get("/workers/services/shop").await.result();
    assert_eq!(service["default_environment"]["environment"], "production");
    let script = &service["default_environment"]["script"];
    assert_eq!(
        (
            script["last_deployed_from"].as_str(),
            script["migration_tag"].as_str()
        ),
        (Some("wrangler"), Some("v1"))
    );
    assert_eq!(script["tag"].as_str().unwrap().len(), 32);

    let off = json!({ "enabled": false, "previews_enabled": false });
    assert_eq!(server.get("/workers/scripts/shop/subdomain").await.result(), off);
    let on = body(
        &server,
        "POST",
        "/workers/scripts/shop/subdomain",
        json!({ "enabled": true }),
    )
    .await;
    assert_eq!(on, json!({ "enabled": true, "previews_enabled": false }));
    let worker = server.get("/workers/workers/shop").await.result();
    let expected = json!({ "enabled": true, "previews_enabled": false, "url": "http://shop.localhost:8787" });
    assert_eq!(worker["subdomain"], expected);
    let names: Vec<Json> = server
        .get("/workers/scripts")
        .await
        .result()
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].clone())
        .collect();
    assert_eq!(names, ["shop", "worker"]);
}

#[tokio::test]
async fn versions_and_deployments() {
    let server = Server::start().await;
    let first = put(
        &server,
        json!({ "bindings": [{ "type": "secret_text", "name": "KEY", "text": "hush" }] }),
    )
    .await;
    let annotations = json!({ "annotations": { "workers/message": "m", "workers/tag": "t" } });
    let versions = "/workers/scripts/shop/versions";
    let second = upload(&server, "POST", versions, "workflow Orders", &annotations)
        .await
        .result();
    assert_eq!(
        (second["number"].as_u64(), second["startup_time_ms"].as_u64()),
        (Some(2), Some(7))
    );
    assert_eq!(second["metadata"]["source"], "wrangler");
    assert_eq!(second["metadata"]["has_preview"], false);
    assert_eq!(second["annotations"]["workers/tag"], "t");
    assert_eq!(second["resources"]["script"]["handlers"], json!(["fetch"]));
    assert_eq!(
        second["resources"]["script_runtime"]["compatibility_date"],
        "2026-11-01"
    );
    assert_eq!(
        second["resources"]["bindings"],
        json!([{ "type": "secret_text", "name": "KEY" }])
    );
    assert!(second["resources"]["script"]["etag"].is_string());

    let id = second["id"].as_str().unwrap();
    let list = server.get(&format!("{versions}?deployable=true")).await.result();
    assert_eq!(list["items"][0]["id"], id);
    assert_eq!(list["items"][1]["id"], first["deployment_id"]);
    assert_eq!(
        server.get(&format!("{versions}?page=2")).await.result()["items"],
        json!([])
    );
    assert_eq!(server.get(&format!("{versions}/{id}")).await.result()["id"], id);
    assert_eq!(server.get(&format!("{versions}/nope")).await.refusal().0, 404);

    let deployments = "/workers/scripts/shop/deployments";
    let new = json!({
        "strategy": "percentage",
        "versions": [{ "version_id": id, "percentage": 60 }, { "version_id": first["deployment_id"], "percentage": 40 }],
        "annotations": { "workers/message": "split" },
        "code_update_strategy": { "mode": "deferred", "max_delay": 300 },
    });
    let made = body(&server, "POST", deployments, new).await;
    let listed = server.get(deployments).await.result();
    assert_eq!(listed["deployments"][0], made);
    assert_eq!(listed["deployments"].as_array().unwrap().len(), 2);
    assert_eq!(
        made["versions"][0],
        json!({ "version_id": id, "percentage": 60.0 })
    );
    assert_eq!(
        (made["strategy"].as_str(), made["author_email"].as_str()),
        (Some("percentage"), Some("admin"))
    );
    let of_one = format!("{deployments}/{}", made["id"].as_str().unwrap());
    assert_eq!(server.get(&of_one).await.result(), made);
    for bad in [
        "",
        "[]",
        r#"{"versions":[{"version_id":1}]}"#,
        r#"{"versions":[]}"#,
    ] {
        assert_eq!(server.post(deployments, bad).await.refusal().0, 400, "{bad}");
    }
}

#[tokio::test]
async fn secrets_and_settings() {
    let server = Server::start().await;
    put(
        &server,
        json!({ "tags": ["a"], "observability": { "enabled": true }, "limits": { "cpu_ms": 5 } }),
    )
    .await;
    let secrets = "/workers/scripts/shop/secrets";
    let secret = json!({ "name": "KEY", "text": "hush", "type": "secret_text" });
    let shown = json!({ "name": "KEY", "type": "secret_text" });
    assert_eq!(body(&server, "PUT", secrets, secret).await, shown);
    let bulk =
        json!({ "secrets": { "KEY": null, "A.é": { "name": "A.é", "text": "1", "type": "secret_text" } } });
    body(&server, "PATCH", "/workers/scripts/shop/secrets-bulk", bulk).await;
    assert_eq!(
        server.get(secrets).await.result(),
        json!([{ "name": "A.é", "type": "secret_text" }])
    );
    let deleted = server
        .ask("DELETE", &format!("{secrets}/A.%C3%A9?url_encoded=true"), "")
        .await;
    assert_eq!(deleted.result(), Json::Null);
    assert_eq!(
        server
            .ask("DELETE", &format!("{secrets}/KEY"), "")
            .await
            .refusal()
            .1,
        10056
    );
    let latest = "/workers/workers/shop/versions/latest";
    let env = json!({ "env": { "K": { "type": "secret_text", "text": "v" } }, "annotations": { "workers/tag": "t" } });
    let patched = body(&server, "PATCH", latest, env).await;
    assert_eq!(
        patched["annotations"],
        json!({ "workers/tag": "t", "workers/triggered_by": "secret" })
    );
    let put_again = json!({ "name": "B", "text": "1", "type": "secret_text" });
    assert_eq!(
        server
            .ask("PUT", secrets, &put_again.to_string())
            .await
            .refusal()
            .1,
        10215
    );

    let settings = server.get("/workers/scripts/shop/settings").await.result();
    assert_eq!(
        settings["bindings"],
        json!([{ "type": "secret_text", "name": "K" }])
    );
    assert_eq!(
        (&settings["limits"], &settings["tags"]),
        (&json!({ "cpu_ms": 5 }), &json!(["a"]))
    );
    let patch = json!({ "observability": { "enabled": false }, "tags": [], "logpush": true });
    let patched = body(&server, "PATCH", "/workers/scripts/shop/script-settings", patch).await;
    assert_eq!(patched["observability"], json!({ "enabled": false }));
    assert_eq!(
        server.get("/workers/scripts/shop/script-settings").await.result(),
        patched
    );
}

#[tokio::test]
async fn schedules_triggers_and_routes() {
    let server = Server::start().await;
    put(&server, json!({})).await;
    let crons = "/workers/scripts/shop/schedules";
    let set = body(&server, "PUT", crons, json!([{ "cron": "*/5 * * * *" }])).await;
    assert_eq!(set["schedules"][0]["cron"], "*/5 * * * *");
    assert_eq!(server.get(crons).await.result(), set);
    assert_eq!(
        server.ask("PUT", crons, r#"[{"cron":"x"}]"#).await.refusal().0,
        400
    );
    assert_eq!(
        body(&server, "PUT", crons, json!([])).await,
        json!({ "schedules": [] })
    );
    let triggers = body(
        &server,
        "PUT",
        "/triggers/shop",
        json!([{ "type": "cf.artifacts.repo.created" }]),
    )
    .await;
    assert_eq!(triggers["triggers"].as_array().unwrap().len(), 1);
    assert_eq!(
        server.ask("DELETE", "/triggers/shop", "").await.result(),
        json!({ "deleted": 1 })
    );

    let zones = server
        .ask_as(
            "default.read",
            "GET",
            "/client/v4/zones?name=example.com&account.id=default",
            "",
        )
        .await
        .result();
    assert_eq!(zones[0]["name"], "example.com");
    let routes = body(
        &server,
        "PUT",
        "/workers/scripts/shop/routes",
        json!([{ "pattern": "example.com/api/*" }, "b.example.com/*"]),
    )
    .await;
    assert_eq!(routes[0]["pattern"], "example.com/api/*");
    let zone = format!(
        "/client/v4/zones/{}/workers/routes",
        zones[0]["id"].as_str().unwrap()
    );
    let of_zone = server.ask_as("default.read", "GET", &zone, "").await.result();
    assert_eq!(
        (of_zone[0]["script"].as_str(), of_zone.as_array().unwrap().len()),
        (Some("shop"), 1)
    );
    let origins = json!([{ "hostname": "shop.example.com" }]);
    let changes = body(
        &server,
        "POST",
        "/workers/scripts/shop/domains/changeset?replace_state=true",
        origins.clone(),
    )
    .await;
    assert_eq!(changes["conflicting"], json!([]));
    body(
        &server,
        "PUT",
        "/workers/scripts/shop/domains/records",
        json!({ "origins": origins }),
    )
    .await;
    assert_eq!(
        server.get("/workers/domains").await.result()[0]["hostname"],
        "shop.example.com"
    );
    assert_eq!(server.plane.platform.worker("shop").routes.len(), 3);
}

#[tokio::test]
async fn an_address_is_one_workers() {
    let server = Server::start().await;
    put(&server, json!({})).await;
    let set = async |script: &str, kind: &str, body: Json| {
        let path = format!("/workers/scripts/{script}/{kind}");
        server.ask("PUT", &path, &body.to_string()).await
    };
    set("shop", "routes", json!(["example.com/*"])).await.result();
    set("shop", "routes", json!(["example.com/*"])).await.result();
    let taken = set("worker", "routes", json!(["b.example/*", "EXAMPLE.com./*"]))
        .await
        .refusal();
    assert_eq!((taken.0, taken.1), (409, 10020));
    assert!(
        taken.2.contains("is assigned to the Worker \"shop\""),
        "{taken:?}"
    );
    assert!(
        server
            .plane
            .control
            .script("default", "worker")
            .unwrap()
            .routes
            .is_empty()
    );
    for (pattern, words) in [
        ("example.com/?a", "no query"),
        ("ftp://example.com/*", "http://"),
        ("a.*.example.com/*", "\"*\" may only be"),
        ("/x", "needs a host"),
        ("", "needs a host"),
    ] {
        let refused = set("worker", "routes", json!([pattern])).await.refusal();
        assert_eq!((refused.0, refused.1), (400, 10022), "{pattern}");
        assert!(refused.2.contains(words), "{refused:?}");
    }
    let domains = |host: &str, take_over: bool| json!({ "origins": [{ "hostname": host }], "override_existing_origin": take_over });
    let records = "domains/records";
    set("shop", records, domains("shop.example", false))
        .await
        .result();
    let taken = set("worker", records, domains("SHOP.example", false))
        .await
        .refusal();
    assert!(
        taken.1 == 10020 && taken.2.contains("the Worker \"shop\""),
        "{taken:?}"
    );
    assert_eq!(
        set("worker", records, domains("shop.example:80", true))
            .await
            .refusal()
            .1,
        10022
    );
    // wrangler asks who has it before it takes it over.
    let asked = json!([{ "hostname": "shop.example" }, { "hostname": "new.example" }]);
    let changes = body(
        &server,
        "POST",
        "/workers/scripts/worker/domains/changeset?replace_state=true",
        asked,
    )
    .await;
    assert_eq!(changes["added"], json!([{ "hostname": "new.example" }]));
    assert_eq!(changes["updated"][0]["modified"], true);
    let id = changes["updated"][0]["id"].as_str().unwrap();
    let record = server
        .get(&format!("/workers/domains/records/{id}"))
        .await
        .result();
    assert_eq!(
        (&record["service"], &record["hostname"]),
        (&json!("shop"), &json!("shop.example"))
    );
    set("worker", records, domains("shop.example", true))
        .await
        .result();
    let hosts = |worker: &str| {
        let worker = server.plane.platform.worker(worker);
        let routes = worker.routes.iter().filter(|route| route.custom_domain);
        routes.map(|route| route.pattern.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (hosts("shop"), hosts("worker")),
        (vec![], vec!["shop.example".to_owned()])
    );
    // Of another account, not even then; and its Worker is not named.
    let path = "/client/v4/accounts/other/workers/scripts/thief";
    let head = format!("Authorization: Bearer {}\r\n", server.token("other.deploy"));
    let plane = &server.plane;
    let by = crate::plane::by();
    plane
        .control
        .put_script("other", "thief", crate::plane::upload("", json!({})), by)
        .await
        .unwrap();
    let body = domains("shop.example", true).to_string();
    let taken = server
        .send("PUT", &format!("{path}/domains/records"), &head, body.as_bytes())
        .await
        .refusal();
    assert!(
        taken.1 == 10020 && taken.2.contains("hosts of another account"),
        "{taken:?}"
    );
}

#[tokio::test]
async fn queues_and_consumers() {
    let server = Server::start().await;
    put(
        &server,
        json!({ "bindings": [{ "type": "queue", "name": "JOBS", "queue_name": "jobs" }] }),
    )
    .await;
    let queue = body(&server, "POST", "/queues", json!({ "queue_name": "jobs" })).await;
    assert_eq!(
        (&queue["producers_total_count"], &queue["consumers_total_count"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(
        server
            .post("/queues", r#"{"queue_name":"jobs"}"#)
            .await
            .refusal()
            .0,
        409
    );
    let of_queue = format!("/queues/{}", queue["queue_id"].as_str().unwrap());
    let consumers = format!("{of_queue}/consumers");
    let consumer = json!({ "type": "worker", "script_name": "shop", "settings": { "batch_size": 5 } });
    let made = body(&server, "POST", &consumers, consumer.clone()).await;
    assert_eq!(
        server.post(&consumers, &consumer.to_string()).await.refusal().0,
        409
    );
    let listed = server.get("/queues?page=1&name=jobs&name=other").await.result();
    assert_eq!(
        (
            &listed[0]["consumers"][0]["script"],
            &listed[0]["consumers"][0]["type"]
        ),
        (&json!("shop"), &json!("worker"))
    );
    assert_eq!(server.get("/queues?page=2").await.result(), json!([]));
    let of_consumer = format!("{consumers}/{}", made["consumer_id"].as_str().unwrap());
    let changed = body(
        &server,
        "PUT",
        &of_consumer,
        json!({ "settings": { "batch_size": 6 } }),
    )
    .await;
    assert_eq!(
        (&changed["settings"]["batch_size"], &changed["script"]),
        (&json!(6), &json!("shop"))
    );
    let paused = body(
        &server,
        "PATCH",
        &of_queue,
        json!({ "settings": { "delivery_paused": true } }),
    )
    .await;
    assert_eq!(paused["settings"]["delivery_paused"], true);
    assert_eq!(server.ask("DELETE", &of_consumer, "").await.result(), Json::Null);
    assert_eq!(server.ask("DELETE", &of_queue, "").await.result(), Json::Null);
    assert_eq!(server.get(&of_queue).await.refusal().1, 11000);
}

#[tokio::test]
async fn deleting_asks_who_needs_it() {
    let server = Server::start().await;
    put(
        &server,
        json!({ "migrations": { "new_tag": "v1", "new_classes": ["Counter"] } }),
    )
    .await;
    let objects = server
        .get("/workers/durable_objects/namespaces?per_page=1000&page=1")
        .await
        .result();
    assert_eq!(
        (&objects[0]["script"], &objects[0]["class"]),
        (&json!("shop"), &json!("Counter"))
    );
    let binding = json!({ "bindings": [{ "type": "service", "name": "SHOP", "service": "shop" }] });
    upload(&server, "PUT", "/workers/scripts/caller", "", &binding)
        .await
        .result();
    let references = server.get("/workers/scripts/shop/references").await.result();
    assert_eq!(references["services"]["incoming"][0]["service"], "caller");
    assert_eq!(
        server.get("/workers/tails/by-consumer/shop").await.result(),
        json!([])
    );
    assert_eq!(
        server
            .ask("DELETE", "/workers/services/shop?force=false", "")
            .await
            .refusal()
            .1,
        10064
    );
    server
        .ask("DELETE", "/workers/services/shop?force=true", "")
        .await
        .result();
    assert_eq!(server.get("/workers/services/shop").await.refusal().1, 10007);
    for (path, made) in [
        ("/storage/kv/namespaces", "KV"),
        ("/d1/database", "D1"),
        ("/r2/buckets", "R2"),
    ] {
        server.get(path).await.result();
        let (status, _, text) = server.post(path, "{}").await.refusal();
        assert!(status == 400 && text.contains(made), "{text}");
    }
    assert_eq!(server.get("/r2/buckets/files").await.refusal().1, 10006);
}
