//! Messages for owners.

use crate::conformance::owner::{Owner, noise};
use crate::{InboxMessage, Op, Store, StoreError};
use stepwell_core::ids::ShardId;

fn message(shard: ShardId, id: u64, source_id: u64) -> InboxMessage {
    InboxMessage {
        id,
        shard,
        source: 7,
        source_id,
        body: serde_json::json!({"text": "ä", "number": 0.1, "id": id}),
        value: id.is_multiple_of(2).then(|| noise(3_000, id)),
    }
}

/// Needs no lease; a repetition is stored once; the order is that of the ids; only what was dealt with goes away.
pub async fn a_message_is_stored_once_until_taken(store: &dyn Store) {
    let (shard, other) = (ShardId(0), ShardId(1));
    let sent = [
        message(shard, 30, 3),
        message(shard, 10, 1),
        message(other, 10, 1),
    ];
    store.enqueue(sent.to_vec()).await.unwrap();
    store.enqueue(sent.to_vec()).await.unwrap();
    // The same message under another id is the same message, in one call too.
    let again = vec![
        message(shard, 99, 3),
        message(shard, 20, 2),
        message(shard, 98, 2),
    ];
    store.enqueue(again).await.unwrap();
    let expected = [
        message(shard, 10, 1),
        message(shard, 20, 2),
        message(shard, 30, 3),
    ];
    assert_eq!(store.inbox(shard, 99).await.unwrap(), expected);
    assert_eq!(store.inbox(shard, 2).await.unwrap(), expected[..2]);
    assert_eq!(store.inbox(other, 99).await.unwrap(), [message(other, 10, 1)]);
    let clash = store
        .enqueue(vec![message(shard, 40, 4), message(shard, 10, 5)])
        .await;
    assert!(matches!(clash, Err(StoreError::Invalid(_))), "{clash:?}");
    assert_eq!(store.inbox(shard, 99).await.unwrap(), expected);
    let mut owner = Owner::new(store).await;
    owner
        .apply(shard, vec![Op::InboxTaken { ids: vec![30, 10, 5] }])
        .await;
    assert_eq!(store.inbox(shard, 99).await.unwrap(), [message(shard, 20, 2)]);
    assert_eq!(store.inbox(other, 99).await.unwrap(), [message(other, 10, 1)]);
}
