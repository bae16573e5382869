//! A deploy that stops at any of its writes leaves the old state or the new one.

mod common;

use async_trait::async_trait;
use bytes::Bytes;
use common::{ACCOUNT, Plane, by, upload, workflow};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use stepwell_catalogue::memory::MemoryCatalogue;
use stepwell_catalogue::{Catalogue, Change, Digest, Document, StoreError};
use stepwell_control::Options;

/// Takes so many writes and no more, as if the process had ended.
struct Stops {
    inner: Arc<MemoryCatalogue>,
    left: AtomicI64,
}

impl Stops {
    fn write(&self) -> Result<(), StoreError> {
        if self.left.fetch_sub(1, Ordering::Relaxed) > 0 {
            return Ok(());
        }
        Err(StoreError::Poisoned {
            message: "the power is gone".into(),
        })
    }
}

#[async_trait]
impl Catalogue for Stops {
    async fn documents(&self) -> Result<Vec<Document>, StoreError> {
        self.inner.documents().await
    }

    async fn apply(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.write()?;
        self.inner.apply(changes).await
    }

    async fn put_blob(&self, bytes: Bytes) -> Result<Digest, StoreError> {
        self.write()?;
        self.inner.put_blob(bytes).await
    }

    async fn blob(&self, digest: Digest) -> Result<Option<Bytes>, StoreError> {
        self.inner.blob(digest).await
    }

    async fn blobs(&self) -> Result<Vec<Digest>, StoreError> {
        self.inner.blobs().await
    }

    async fn delete_blobs(&self, digests: Vec<Digest>) -> Result<(), StoreError> {
        self.write()?;
        self.inner.delete_blobs(digests).await
    }
}

const NEW_CODE: &str = "workflow Orders\nobject Tally\n// new";

/// What a deploy asks, from the upload to the Workflow.
async fn deploy(plane: &Plane) -> bool {
    let migrations = json!({ "migrations": { "old_tag": "v1", "new_tag": "v2", "steps": [
        { "renamed_classes": [{ "from": "Counter", "to": "Tally" }] }, { "deleted_classes": ["Old"] },
    ] } });
    let put = plane.put("shop", NEW_CODE, migrations).await.is_ok();
    let mut changed = workflow("shop", "Orders");
    changed.settings.step_limit = Some(7);
    put && plane
        .control
        .put_workflow(ACCOUNT, "orders", changed)
        .await
        .is_ok()
}

async fn before() -> Arc<MemoryCatalogue> {
    let catalogue = Arc::new(MemoryCatalogue::new());
    let plane = Plane::with(catalogue.clone(), Options::default()).await;
    let migrations =
        json!({ "migrations": { "new_tag": "v1", "steps": [{ "new_classes": ["Counter", "Old"] }] } });
    plane
        .put("shop", "workflow Orders\nobject Counter\nobject Old", migrations)
        .await
        .expect("a deploy");
    plane
        .control
        .put_workflow(ACCOUNT, "orders", workflow("shop", "Orders"))
        .await
        .expect("a deploy");
    catalogue
}

#[tokio::test]
async fn a_deploy_that_stops_anywhere_can_be_done_again() {
    let mut stopped = 0;
    for writes in 0.. {
        let inner = before().await;
        // The account is looked for, which writes an empty transaction.
        let stops = Stops {
            inner: inner.clone(),
            left: AtomicI64::new(writes + 1),
        };
        let done = deploy(&Plane::with(Arc::new(stops), Options::default()).await).await;

        let plane = Plane::with(inner.clone(), Options::default()).await;
        plane.control.start().await.unwrap();
        let worker = plane.platform.worker("shop");
        let live = worker.version(&worker.shares[0].version_id).unwrap();
        let script = plane.control.script(ACCOUNT, "shop").unwrap();
        let classes: Vec<_> = worker
            .namespaces
            .iter()
            .map(|namespace| namespace.class_name.as_str())
            .collect();
        match live.facts.number {
            1 => assert_eq!(
                (classes.as_slice(), script.migration_tag.as_deref()),
                (&["Counter", "Old"][..], Some("v1"))
            ),
            2 => assert_eq!(
                (classes.as_slice(), script.migration_tag.as_deref()),
                (&["Tally"][..], Some("v2"))
            ),
            other => panic!("version {other} is live"),
        }
        let code = inner.blob(live.facts.main().unwrap().digest).await.unwrap();
        assert!(code.is_some(), "the code of what is live is there");
        // What a refused or interrupted upload left is gone.
        assert_eq!(inner.blobs().await.unwrap().len(), worker.versions.len());
        assert!(plane.reopened().await.worker_states()[0].object_moves.is_empty());
        if done {
            break;
        }
        stopped += 1;
        if live.facts.number == 1 {
            assert!(deploy(&plane).await, "again, after {writes} writes");
        }
    }
    assert!(stopped >= 3, "it stopped at {stopped} places");
}

#[tokio::test]
async fn the_deletion_of_an_account_that_stops_anywhere_is_finished_at_the_start() {
    for writes in 0.. {
        let inner = Arc::new(MemoryCatalogue::new());
        let plane = Plane::with(inner.clone(), Options::default()).await;
        plane.control.create_account("acme", "Acme").await.unwrap();
        let code = upload("workflow Orders\nobject Counter", json!({}));
        plane
            .control
            .put_script("acme", "shop", code, by())
            .await
            .unwrap();
        plane
            .control
            .put_workflow("acme", "orders", workflow("shop", "Orders"))
            .await
            .unwrap();
        drop(plane);
        let stops = Stops {
            inner: inner.clone(),
            left: AtomicI64::new(writes + 1),
        };
        let plane = Plane::with(Arc::new(stops), Options::default()).await;
        let done = plane.control.delete_account("acme", true).await.is_ok();
        drop(plane);

        let plane = Plane::with(inner.clone(), Options::default()).await;
        plane.control.start().await.unwrap();
        let there = plane.control.account("acme").is_some();
        assert_eq!(there, writes == 0, "after {writes} writes");
        assert_eq!(plane.control.scripts("acme").len(), usize::from(there));
        assert_eq!(plane.control.workflows("acme", None).len(), usize::from(there));
        if !there {
            plane.control.create_account("acme", "Acme").await.unwrap();
        }
        if done {
            assert!(writes > 2, "it takes some writes");
            return;
        }
    }
}
