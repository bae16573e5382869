//! What the platform could not do at once.

mod common;

use common::{ACCOUNT, Plane};
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Waits for what goes on in the background.
async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let held = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let held = tokio::time::timeout(Duration::from_mins(1), held).await;
    held.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn what_is_deployed_is_tried_again_until_it_is_so() {
    let plane = Plane::new().await;
    plane.platform.fails.store(2, Ordering::Relaxed);
    plane.put("orders", "x", json!({})).await.unwrap();
    let applied = || plane.platform.applied.lock().len();
    assert_eq!(applied(), 0);
    eventually("it is applied", async || applied() == 1).await;
    let told = plane.platform.told.lock().clone();
    let tries = told.iter().filter(|told| told.starts_with("apply")).count();
    assert_eq!(tries, 3, "{told:?}");
}

#[tokio::test]
async fn files_that_could_not_be_removed_are_not_forgotten() {
    let plane = Plane::new().await;
    let migrations =
        json!({ "migrations": { "new_tag": "v1", "steps": [{ "new_sqlite_classes": ["Counter"] }] } });
    plane.put("counters", "object Counter", migrations).await.unwrap();
    plane.platform.fails.store(1, Ordering::Relaxed);
    plane
        .control
        .delete_script(ACCOUNT, "counters", false)
        .await
        .unwrap();
    let moves = async || {
        let documents = plane.catalogue.documents().await.unwrap();
        documents
            .iter()
            .filter(|document| document.kind == "object_move")
            .count()
    };
    assert_eq!(moves().await, 1, "a crash now must not forget the files");
    eventually("it is removed", async || moves().await == 0).await;
    let told = plane.platform.told.lock().clone();
    let tries = told.iter().filter(|told| *told == "remove counters").count();
    assert_eq!(tries, 2, "{told:?}");
}
