//! Uploads, versions, deployments and secrets.

mod common;

use common::{ACCOUNT, Plane, by, refusal};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use stepwell_control::model::{Portion, ScriptVersion};
use stepwell_control::{Bound, BoundValue, NewDeployment, Options, WorkerState};

fn at(versions: &[(&ScriptVersion, f64)]) -> NewDeployment {
    let portions = versions.iter().map(|(version, percentage)| Portion {
        version_id: version.id.clone(),
        percentage: *percentage,
    });
    NewDeployment {
        versions: portions.collect(),
        annotations: BTreeMap::new(),
        force: false,
    }
}

fn env(worker: &WorkerState, number: u32) -> Vec<Bound> {
    let version = worker
        .versions
        .iter()
        .find(|version| version.facts.number == number);
    version.expect("the version").bindings.clone()
}

fn secret(name: &str, text: &str) -> BTreeMap<String, Option<String>> {
    BTreeMap::from([(name.to_owned(), Some(text.to_owned()))])
}

fn bound(name: &str, value: BoundValue) -> Bound {
    Bound {
        name: name.to_owned(),
        value,
    }
}

#[tokio::test]
async fn a_put_is_a_version_and_a_deployment() {
    let plane = Plane::new().await;
    let draft = plane
        .put("draft", "", json!({ "compatibility_date": null }))
        .await
        .unwrap();
    assert_eq!(draft.version.compatibility_date, "2021-11-02");
    plane.platform.told.lock().clear();
    let first = plane
        .put("shop", "", json!({ "annotations": { "workers/message": "m" } }))
        .await
        .unwrap();
    assert_eq!(
        plane.control.shares(&first.script)[0].version_id,
        first.version.id
    );
    assert_eq!(first.version.annotations["workers/triggered_by"], "upload");
    assert_eq!(*plane.platform.told.lock(), ["prepare shop 1", "apply shop 1"]);
    let second = plane.put("shop", "// again", json!({})).await.unwrap();
    assert_eq!(
        (second.version.number, second.script.tag.clone()),
        (2, first.script.tag.clone())
    );
    assert_eq!(plane.control.deployments(ACCOUNT, "shop").len(), 2);
    assert_eq!(
        plane.reopened().await.script(ACCOUNT, "shop"),
        Some(second.script)
    );
}

#[tokio::test]
async fn what_does_not_start_changes_nothing() {
    let plane = Plane::new().await;
    let thrown = refusal(
        plane
            .put("shop", "throw Uncaught Error: no\n  at index.js:9:20", json!({}))
            .await,
    );
    assert_eq!((thrown.status, thrown.code), (400, 10021));
    *plane.platform.refuses.lock() = true;
    assert_eq!(refusal(plane.put("shop", "", json!({})).await).code, 10021);
    assert!(plane.control.script(ACCOUNT, "shop").is_none());
    assert!(plane.platform.applied.lock().is_empty());
}

#[tokio::test]
async fn versions_are_uploaded_first_and_live_later() {
    let plane = Plane::new().await;
    assert_eq!(refusal(plane.upload("shop", "", json!({})).await).code, 10007);
    let first = plane.put("shop", "", json!({})).await.unwrap().version;
    let second = plane.upload("shop", "// 2", json!({})).await.unwrap().version;
    assert_eq!(plane.platform.worker("shop").shares.len(), 1);
    let deploy = |new| plane.control.deploy(ACCOUNT, "shop", new, by());
    let split = deploy(at(&[(&first, 40.0), (&second, 60.0)])).await.unwrap();
    assert_eq!(plane.control.deployments(ACCOUNT, "shop")[0], split);
    assert_eq!(plane.platform.worker("shop").shares.len(), 2);
    deploy(at(&[(&second, 100.0)])).await.unwrap();
    let back = deploy(at(&[(&first, 100.0)])).await.unwrap();
    assert_eq!(back.annotations["workers/triggered_by"], "rollback");

    for bad in [
        at(&[]),
        at(&[(&first, 50.0)]),
        at(&[(&first, 50.0), (&first, 50.0)]),
        at(&[(&first, -1.0), (&second, 101.0)]),
    ] {
        assert_eq!(refusal(deploy(bad).await).status, 400);
    }
    let mut unknown = at(&[(&first, 100.0)]);
    unknown.versions[0].version_id = "none".into();
    assert_eq!(refusal(deploy(unknown).await).status, 404);
}

#[tokio::test]
async fn new_instances_are_split_as_requests_are() {
    let plane = Plane::new().await;
    let first = plane
        .put("shop", "workflow Orders", json!({}))
        .await
        .unwrap()
        .version;
    plane
        .control
        .put_workflow(ACCOUNT, "orders", common::workflow("shop", "Orders"))
        .await
        .unwrap();
    let second = plane
        .upload("shop", "workflow Orders\n//", json!({}))
        .await
        .unwrap()
        .version;
    assert_eq!(plane.control.workflow_versions(ACCOUNT, "orders").len(), 1);
    plane
        .control
        .deploy(ACCOUNT, "shop", at(&[(&second, 60.0), (&first, 40.0)]), by())
        .await
        .unwrap();
    let workflow = plane.platform.worker("shop").workflows[0].clone();
    assert_eq!(workflow.shares, [(2, 60.0), (1, 40.0)]);
    // A rollback goes back to the version that there was.
    plane
        .control
        .deploy(ACCOUNT, "shop", at(&[(&first, 100.0)]), by())
        .await
        .unwrap();
    assert_eq!(plane.platform.worker("shop").workflows[0].shares, [(1, 100.0)]);
    assert_eq!(plane.control.workflow_versions(ACCOUNT, "orders").len(), 2);
}

#[tokio::test]
async fn secrets_survive_uploads_and_are_never_shown() {
    let plane = Plane::new().await;
    let change = |changes| plane.control.change_secrets(ACCOUNT, "shop", changes, by());
    assert_eq!(refusal(change(secret("KEY", "hush")).await).code, 10007);
    plane.put("shop", "", json!({})).await.unwrap();
    let made = change(secret("KEY", "hush")).await.unwrap();
    assert_eq!(made.version.annotations["workers/triggered_by"], "secret");
    assert_eq!(
        made.version.bindings[0].shown(),
        json!({ "name": "KEY", "type": "secret_text" })
    );
    let text = |text: &str| bound("KEY", BoundValue::Text(text.into()));
    assert_eq!(env(&plane.platform.worker("shop"), 2), [text("hush")]);
    // Old wranglers send no `keep_bindings`.
    plane.put("shop", "// again", json!({})).await.unwrap();
    assert_eq!(env(&plane.platform.worker("shop"), 3), [text("hush")]);
    let stored = plane.catalogue.documents().await.unwrap();
    assert!(
        stored
            .iter()
            .all(|document| !String::from_utf8_lossy(&document.body).contains("hush"))
    );

    assert_eq!(
        refusal(change(BTreeMap::from([("NONE".into(), None)])).await).code,
        10056
    );
    change(BTreeMap::from([
        ("KEY".into(), None),
        ("OTHER".into(), Some("1".into())),
    ]))
    .await
    .unwrap();
    let names = plane.control.secrets(ACCOUNT, "shop").unwrap();
    assert_eq!(names, [("OTHER".to_owned(), "secret_text".to_owned())]);
    let variable = json!({ "bindings": [{ "type": "plain_text", "name": "PLAIN", "text": "x" }] });
    plane.put("shop", "", variable).await.unwrap();
    assert_eq!(refusal(change(secret("PLAIN", "y")).await).code, 10053);
}

#[tokio::test]
async fn secrets_of_what_is_not_live_are_versions_of_their_own() {
    let plane = Plane::new().await;
    plane.put("shop", "", json!({})).await.unwrap();
    plane.upload("shop", "// 2", json!({})).await.unwrap();
    let refused = plane
        .control
        .change_secrets(ACCOUNT, "shop", secret("KEY", "hush"), by())
        .await;
    assert_eq!(refusal(refused).code, 10215);
    let Json::Object(env) = json!({ "KEY": { "type": "secret_text", "text": "hush" } }) else {
        unreachable!()
    };
    let patched = plane
        .control
        .patch_latest(ACCOUNT, "shop", env, BTreeMap::new(), by())
        .await
        .unwrap();
    assert_eq!(patched.version.number, 3);
    assert_eq!(
        plane.control.shares(&patched.script)[0].version_id,
        plane.control.versions(ACCOUNT, "shop")[2].id
    );
}

#[tokio::test]
async fn a_rollback_that_changes_secrets_must_be_meant() {
    let plane = Plane::new().await;
    let first = plane.put("shop", "", json!({})).await.unwrap().version;
    for (name, text) in [("B", "1"), ("A", "1")] {
        plane
            .control
            .change_secrets(ACCOUNT, "shop", secret(name, text), by())
            .await
            .unwrap();
    }
    let refused = refusal(
        plane
            .control
            .deploy(ACCOUNT, "shop", at(&[(&first, 100.0)]), by())
            .await,
    );
    assert_eq!(refused.code, 10220);
    assert!(
        refused
            .message
            .ends_with("The following secrets have changed: A, B"),
        "{}",
        refused.message
    );
    let forced = NewDeployment {
        force: true,
        ..at(&[(&first, 100.0)])
    };
    plane.control.deploy(ACCOUNT, "shop", forced, by()).await.unwrap();
}

#[tokio::test]
async fn bindings_are_inherited_from_the_newest_version() {
    let plane = Plane::new().await;
    let inherit = json!({ "bindings": [{ "type": "inherit", "name": "JOBS" }] });
    let refused = refusal(plane.put("shop", "", inherit.clone()).await);
    assert_eq!(refused.code, 10057);
    assert!(
        refused.message.starts_with("inherit binding 'JOBS' is invalid"),
        "{}",
        refused.message
    );
    let queue = json!({ "bindings": [
        { "type": "queue", "name": "JOBS", "queue_name": "jobs" },
        { "type": "plain_text", "name": "KEPT", "text": "k" },
        { "type": "plain_text", "name": "GONE", "text": "g" },
    ] });
    plane.put("shop", "", queue).await.unwrap();
    let kept = json!({ "keep_bindings": ["plain_text"], "bindings": [
        { "type": "inherit", "name": "JOBS" }, { "type": "json", "name": "GONE", "json": 1 },
    ] });
    let third = plane.put("shop", "", kept).await.unwrap().version;
    // Resolved, so that the next one can inherit it again.
    assert_eq!(third.binding("JOBS").unwrap().text("queue_name"), Some("jobs"));
    assert_eq!(third.binding("KEPT").unwrap().text("text"), Some("k"));
    assert_eq!(third.binding("GONE").unwrap().kind(), "json");
}

#[tokio::test]
async fn kinds_that_are_not_supported_are_named_all_at_once() {
    let bindings = json!({ "bindings": [
        { "type": "kv_namespace", "name": "CACHE", "namespace_id": "x" }, { "type": "ai", "name": "AI" },
    ] });
    let plane = Plane::new().await;
    let refused = refusal(plane.put("shop", "", bindings.clone()).await);
    assert!(
        refused.message.contains("\"CACHE\" (kv_namespaces), \"AI\" (ai)"),
        "{}",
        refused.message
    );
    let allowed = Plane::with(
        plane.catalogue.clone(),
        Options {
            allow_unsupported: true,
        },
    )
    .await;
    allowed.put("shop", "", bindings).await.unwrap();
    let expected = BoundValue::Placeholder {
        config_key: "kv_namespaces".into(),
        why: None,
    };
    assert_eq!(
        env(&allowed.platform.worker("shop"), 1)[0],
        bound("CACHE", expected)
    );
}

#[tokio::test]
async fn what_bindings_point_at_must_be_there() {
    let plane = Plane::new().await;
    let put = |binding: Json| plane.put("caller", "workflow Mine", json!({ "bindings": [binding] }));
    let service = |entrypoint: &str| json!({ "type": "service", "name": "SHOP", "service": "shop", "entrypoint": entrypoint });
    let missing = refusal(put(service("Admin")).await);
    assert_eq!(missing.code, 10143);
    assert!(
        missing.message.contains("'SHOP'") && missing.message.contains("'shop'"),
        "{}",
        missing.message
    );
    let remote = json!({ "type": "workflow", "name": "W", "workflow_name": "w", "class_name": "C", "script_name": "shop" });
    assert_eq!(refusal(put(remote.clone()).await).code, 10143);
    let objects = json!({ "type": "durable_object_namespace", "name": "O", "class_name": "Counter", "script_name": "shop" });
    assert_eq!(refusal(put(objects.clone()).await).code, 10061);
    let own = json!({ "type": "workflow", "name": "W", "workflow_name": "w", "class_name": "Other" });
    assert!(
        refusal(put(own).await)
            .message
            .contains("exported classes that extend WorkflowEntrypoint: Mine")
    );

    plane.put("shop", "entrypoint Admin", json!({})).await.unwrap();
    put(service("Admin")).await.unwrap();
    put(remote).await.unwrap();
    assert_eq!(refusal(put(service("None")).await).code, 10144);
    assert_eq!(refusal(put(objects).await).code, 10061);
    let expected = BoundValue::Workflow {
        workflow: "w".into(),
        class_name: None,
    };
    assert_eq!(env(&plane.platform.worker("caller"), 2)[0].value, expected);
    assert_eq!(
        refusal(plane.control.delete_script(ACCOUNT, "shop", false).await).code,
        10064
    );
}

#[tokio::test]
async fn uploads_that_are_none_are_refused_with_words() {
    let plane = Plane::new().await;
    for (metadata, words) in [
        (
            json!({ "main_module": "other.js" }),
            "No such module \"other.js\"",
        ),
        (json!({ "main_module": null }), "main_module"),
        (json!({ "body_part": "script" }), "ES modules"),
        (json!({ "bindings": {} }), "metadata.bindings"),
        (
            json!({ "bindings": [{ "type": "json" }] }),
            "metadata.bindings[0].name",
        ),
        (
            json!({ "bindings": [{ "type": "ai", "name": "A" }, { "type": "ai", "name": "A" }] }),
            "already in use",
        ),
        (
            json!({ "compatibility_flags": "x" }),
            "metadata.compatibility_flags",
        ),
        (json!({ "migrations": { "steps": 1 } }), "steps"),
        (
            json!({ "exports": { "C": { "type": "durable-object" } } }),
            "migrations",
        ),
    ] {
        let refused = refusal(plane.put("shop", "", metadata).await);
        assert!(refused.message.contains(words), "{}", refused.message);
    }
    for name in ["", "Shop", "-shop", "a/b", &"a".repeat(64)] {
        assert_eq!(
            refusal(plane.put(name, "", json!({})).await).code,
            10016,
            "{name}"
        );
    }
    // What nobody knows is kept to be shown.
    let kept = plane
        .put(
            "shop",
            "",
            json!({ "placement": { "mode": "smart" }, "later": [1] }),
        )
        .await
        .unwrap();
    assert_eq!(kept.version.others["later"], json!([1]));
}

#[tokio::test]
async fn a_deleted_worker_leaves_its_workflows() {
    let plane = Plane::new().await;
    plane.put("shop", "workflow Orders", json!({})).await.unwrap();
    plane
        .control
        .put_workflow(ACCOUNT, "orders", common::workflow("shop", "Orders"))
        .await
        .unwrap();
    plane.control.delete_script(ACCOUNT, "shop", false).await.unwrap();
    let workflow = plane.control.workflow(ACCOUNT, "orders").unwrap();
    assert!(plane.control.is_orphan(&workflow));
    assert_eq!(plane.control.workflow_versions(ACCOUNT, "orders").len(), 1);
    assert_eq!(
        refusal(plane.control.delete_script(ACCOUNT, "shop", true).await).code,
        10007
    );
    plane.put("shop", "workflow Orders", json!({})).await.unwrap();
    assert_eq!(plane.platform.worker("shop").workflows[0].shares, [(2, 100.0)]);
}
