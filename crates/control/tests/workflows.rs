//! Workflows as resources, and their versions.

mod common;

use common::{ACCOUNT, Plane, refusal, workflow};
use serde_json::json;
use stepwell_control::model::Retention;

#[tokio::test]
async fn an_upload_makes_no_workflow_and_a_put_does() {
    let plane = Plane::new().await;
    let bindings = json!({ "bindings": [
        { "type": "workflow", "name": "ORDERS", "workflow_name": "orders", "class_name": "Orders" }
    ] });
    plane.put("shop", "workflow Orders", bindings).await.unwrap();
    assert!(plane.control.workflow(ACCOUNT, "orders").is_none());
    let (made, version) = plane
        .control
        .put_workflow(ACCOUNT, "orders", workflow("shop", "Orders"))
        .await
        .unwrap();
    assert_eq!((made.versions, version.number), (1, 1));
    let worker = plane.platform.worker("shop");
    assert_eq!(worker.workflows[0].shares, [(1, 100.0)]);
    assert_eq!(plane.reopened().await.workflow(ACCOUNT, "orders"), Some(made));
}

#[tokio::test]
async fn a_version_is_made_when_something_changes() {
    let plane = Plane::new().await;
    plane.put("shop", "workflow Orders", json!({})).await.unwrap();
    let put = |put| plane.control.put_workflow(ACCOUNT, "orders", put);
    let (_, first) = put(workflow("shop", "Orders")).await.unwrap();
    let (_, same) = put(workflow("shop", "Orders")).await.unwrap();
    assert_eq!(same, first);
    let mut changed = workflow("shop", "Orders");
    changed.settings.retention = Retention {
        success_ms: Some(1000),
        error_ms: None,
    };
    let (_, second) = put(changed).await.unwrap();
    assert_eq!(second.number, 2);
    // New code makes one too, and the next PUT of the same settings none.
    plane
        .put("shop", "workflow Orders\n// again", json!({}))
        .await
        .unwrap();
    assert_eq!(plane.control.workflow_versions(ACCOUNT, "orders")[0].number, 3);
    assert_eq!(plane.platform.worker("shop").workflows[0].shares, [(3, 100.0)]);
}

#[tokio::test]
async fn what_cannot_be_a_workflow_is_refused() {
    let plane = Plane::new().await;
    plane
        .put("shop", "workflow Orders\nentrypoint Admin", json!({}))
        .await
        .unwrap();
    let put = |name: &'static str, put| plane.control.put_workflow(ACCOUNT, name, put);
    assert_eq!(
        refusal(put("orders", workflow("none", "Orders")).await).status,
        404
    );
    let wrong = refusal(put("orders", workflow("shop", "Admin")).await);
    assert!(
        wrong
            .message
            .contains("exported classes that extend WorkflowEntrypoint: Orders"),
        "{}",
        wrong.message
    );
    refusal(put("-orders", workflow("shop", "Orders")).await);
    let mut bad = workflow("shop", "Orders");
    bad.settings.crons = vec!["every day".into()];
    assert!(
        refusal(put("orders", bad).await)
            .message
            .contains("schedules[0].cron")
    );
    let mut eu = workflow("shop", "Orders");
    eu.jurisdiction = Some("eu".into());
    put("orders", eu).await.unwrap();
    assert_eq!(
        refusal(put("orders", workflow("shop", "Orders")).await).code,
        10209
    );
}

#[tokio::test]
async fn a_workflow_can_be_given_to_another_worker() {
    let plane = Plane::new().await;
    for script in ["old", "new"] {
        plane.put(script, "workflow Orders", json!({})).await.unwrap();
    }
    plane
        .control
        .put_workflow(ACCOUNT, "orders", workflow("old", "Orders"))
        .await
        .unwrap();
    let (given, version) = plane
        .control
        .put_workflow(ACCOUNT, "orders", workflow("new", "Orders"))
        .await
        .unwrap();
    assert_eq!((given.settings.script.as_str(), version.number), ("new", 2));
    assert_eq!(plane.platform.worker("old").workflows.len(), 0);
    assert_eq!(plane.platform.worker("new").workflows[0].versions.len(), 2);
    plane.control.delete_workflow(ACCOUNT, "orders").await.unwrap();
    assert_eq!(plane.platform.worker("new").workflows.len(), 0);
    assert!(
        plane
            .platform
            .told
            .lock()
            .contains(&"remove workflow orders".to_owned())
    );
    assert_eq!(
        refusal(plane.control.delete_workflow(ACCOUNT, "orders").await).code,
        10200
    );
}
