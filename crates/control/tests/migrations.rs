//! Durable Object migrations.

mod common;

use common::{ACCOUNT, Plane, refusal};
use serde_json::{Value as Json, json};
use stepwell_control::BoundValue;

fn migrations(old: Option<&str>, new: &str, step: &Json) -> Json {
    json!({ "migrations": { "old_tag": old, "new_tag": new, "steps": [step] } })
}

async fn with_counter() -> Plane {
    let plane = Plane::new().await;
    let step = json!({ "new_sqlite_classes": ["Counter"] });
    plane
        .put("shop", "object Counter", migrations(None, "v1", &step))
        .await
        .expect("a deploy");
    plane
}

#[tokio::test]
async fn a_class_has_a_namespace_from_its_migration_on() {
    let plane = Plane::new().await;
    let binding = json!({ "type": "durable_object_namespace", "name": "COUNTER", "class_name": "Counter" });
    let without = json!({ "bindings": [binding] });
    assert_eq!(
        refusal(plane.put("shop", "object Counter", without.clone()).await).code,
        10061
    );
    let mut with = migrations(None, "v1", &json!({ "new_classes": ["Counter"] }));
    with["bindings"] = without["bindings"].clone();
    assert_eq!(
        refusal(plane.put("shop", "entrypoint Counter", with.clone()).await).code,
        10070
    );
    let made = plane.put("shop", "object Counter", with).await.unwrap();
    let namespace = made.script.namespaces[0].clone();
    assert_eq!(
        (namespace.class_name.as_str(), namespace.sqlite),
        ("Counter", false)
    );
    assert_eq!(made.script.migration_tag.as_deref(), Some("v1"));
    let bound = plane.platform.worker("shop").versions[0].bindings[0]
        .value
        .clone();
    assert_eq!(
        bound,
        BoundValue::Objects {
            script: None,
            namespace
        }
    );
    assert_eq!(refusal(plane.put("shop", "", json!({})).await).code, 10064);
    assert_eq!(
        refusal(
            plane
                .upload("shop", "object Counter", migrations(Some("v1"), "v2", &json!({})))
                .await
        )
        .code,
        10211
    );
}

#[tokio::test]
async fn migrations_apply_to_the_state_that_the_client_knows() {
    let plane = with_counter().await;
    for old in [None, Some("v0")] {
        let refused = refusal(
            plane
                .put("shop", "object Counter", migrations(old, "v2", &json!({})))
                .await,
        );
        assert_eq!((refused.status, refused.code), (412, 10079));
        assert_eq!(
            refused.message,
            "Migration tag precondition failed; current tag is 'v1'"
        );
    }
    let put = |step: Json| plane.put("shop", "object Counter", migrations(Some("v1"), "v2", &step));
    assert_eq!(
        refusal(put(json!({ "new_classes": ["Counter"] })).await).code,
        10074
    );
    assert_eq!(
        refusal(put(json!({ "deleted_classes": ["None"] })).await).code,
        10071
    );
    assert_eq!(
        refusal(put(json!({ "renamed_classes": [{ "from": "None", "to": "B" }] })).await).code,
        10071
    );
    let transfer = json!({ "transferred_classes": [{ "from": "A", "from_script": "none", "to": "B" }] });
    assert_eq!(refusal(put(transfer).await).code, 10071);
}

#[tokio::test]
async fn a_renamed_class_keeps_its_objects_for_other_workers_too() {
    let plane = with_counter().await;
    let key = plane.platform.worker("shop").namespaces[0].id.clone();
    let binding = json!({ "bindings": [
        { "type": "durable_object_namespace", "name": "C", "class_name": "Counter", "script_name": "shop" }
    ] });
    plane.put("caller", "", binding).await.unwrap();
    let step = json!({ "renamed_classes": [{ "from": "Counter", "to": "Tally" }] });
    plane
        .put("shop", "object Tally", migrations(Some("v1"), "v2", &step))
        .await
        .unwrap();
    let shop = plane.platform.worker("shop");
    assert_eq!(
        (
            shop.namespaces[0].id.as_str(),
            shop.namespaces[0].class_name.as_str()
        ),
        (key.as_str(), "Tally")
    );
    assert!(shop.object_moves.is_empty());
    let expected = BoundValue::Objects {
        script: Some("shop".into()),
        namespace: shop.namespaces[0].clone(),
    };
    assert_eq!(
        plane.platform.worker("caller").versions[0].bindings[0].value,
        expected
    );
}

#[tokio::test]
async fn files_of_deleted_and_transferred_classes_are_moved_once() {
    let plane = with_counter().await;
    let key = plane.platform.worker("shop").namespaces[0].id.clone();
    let transfer =
        json!({ "transferred_classes": [{ "from": "Counter", "from_script": "shop", "to": "Moved" }] });
    plane
        .put("depot", "object Moved", migrations(None, "d1", &transfer))
        .await
        .unwrap();
    assert!(
        plane
            .control
            .script(ACCOUNT, "shop")
            .unwrap()
            .namespaces
            .is_empty()
    );
    let depot = plane.platform.worker("depot");
    assert_eq!(
        (
            depot.object_moves[0].from.as_str(),
            depot.namespaces[0].id.as_str()
        ),
        ("shop", key.as_str())
    );
    // Who had them lets go of them first.
    let told = plane.platform.told.lock().clone();
    assert_eq!(
        &told[told.len() - 3..],
        ["prepare depot 1", "apply shop 1", "apply depot 1"]
    );
    assert!(
        plane
            .reopened()
            .await
            .worker_states()
            .iter()
            .all(|worker| worker.object_moves.is_empty())
    );

    let deleted = json!({ "deleted_classes": ["Moved"] });
    plane
        .put("depot", "", migrations(Some("d1"), "d2", &deleted))
        .await
        .unwrap();
    let depot = plane.platform.worker("depot");
    assert_eq!(
        (
            depot.object_moves[0].namespace.as_str(),
            depot.object_moves[0].to.as_deref()
        ),
        (key.as_str(), None)
    );
}

#[tokio::test]
async fn several_steps_at_once_are_one_history() {
    let plane = Plane::new().await;
    let steps = json!({ "migrations": { "new_tag": "v3", "steps": [
        { "new_classes": ["A", "B"] }, { "renamed_classes": [{ "from": "A", "to": "C" }] }, { "deleted_classes": ["B"] },
    ] } });
    let made = plane.put("shop", "object C", steps).await.unwrap();
    assert_eq!(made.script.namespaces.len(), 1);
    plane.control.delete_script(ACCOUNT, "shop", false).await.unwrap();
    assert!(plane.platform.told.lock().contains(&"remove shop".to_owned()));
}
