//! The cases, one promise each.

use crate::{Catalogue, Change, Digest, Document};
use bytes::Bytes;

fn document(kind: &str, key: &str, body: &[u8]) -> Document {
    Document {
        kind: kind.to_owned(),
        key: key.to_owned(),
        body: Bytes::copy_from_slice(body),
    }
}

fn put(kind: &str, key: &str, body: &[u8]) -> Change {
    Change::Put(document(kind, key, body))
}

fn delete(kind: &str, key: &str) -> Change {
    Change::Delete {
        kind: kind.to_owned(),
        key: key.to_owned(),
    }
}

/// A new catalogue has nothing.
pub async fn it_begins_empty(catalogue: &dyn Catalogue) {
    assert_eq!(catalogue.documents().await.unwrap(), []);
    assert_eq!(catalogue.blobs().await.unwrap(), []);
    assert_eq!(catalogue.blob(Digest::of(b"")).await.unwrap(), None);
}

/// Documents are listed by kind and key, whatever the order in which they came.
pub async fn documents_come_back_in_order(catalogue: &dyn Catalogue) {
    let changes = vec![put("b", "1", b"b1"), put("a", "2", b"a2"), put("a", "1", b"a1")];
    catalogue.apply(changes).await.unwrap();
    let expected = [
        document("a", "1", b"a1"),
        document("a", "2", b"a2"),
        document("b", "1", b"b1"),
    ];
    assert_eq!(catalogue.documents().await.unwrap(), expected);
}

/// Changes of one transaction follow each other.
pub async fn the_last_change_of_a_document_counts(catalogue: &dyn Catalogue) {
    let changes = vec![
        put("a", "1", b"x"),
        put("a", "1", b"y"),
        put("a", "2", b"z"),
        delete("a", "2"),
    ];
    catalogue.apply(changes).await.unwrap();
    assert_eq!(catalogue.documents().await.unwrap(), [document("a", "1", b"y")]);
    let changes = vec![delete("a", "1"), put("a", "1", b"again")];
    catalogue.apply(changes).await.unwrap();
    assert_eq!(
        catalogue.documents().await.unwrap(),
        [document("a", "1", b"again")]
    );
}

/// What is not there can be deleted.
pub async fn deleting_what_is_not_there_is_no_error(catalogue: &dyn Catalogue) {
    catalogue
        .apply(vec![delete("a", "1"), put("b", "1", b"")])
        .await
        .unwrap();
    catalogue.delete_blobs(vec![Digest::of(b"x")]).await.unwrap();
    assert_eq!(catalogue.documents().await.unwrap(), [document("b", "1", b"")]);
}

/// An empty transaction is one.
pub async fn nothing_to_change_is_no_error(catalogue: &dyn Catalogue) {
    catalogue.apply(Vec::new()).await.unwrap();
    catalogue.delete_blobs(Vec::new()).await.unwrap();
}

/// Keys may be any text, bodies any bytes.
pub async fn bodies_are_bytes(catalogue: &dyn Catalogue) {
    let body: Vec<u8> = (0..=255).collect();
    let key = "a/b ü\u{1f600}'\"%_\0x";
    catalogue.apply(vec![put("k", key, &body)]).await.unwrap();
    assert_eq!(catalogue.documents().await.unwrap(), [document("k", key, &body)]);
}

/// A blob has the name that its bytes give it.
pub async fn blobs_come_back_by_their_digest(catalogue: &dyn Catalogue) {
    let large = Bytes::from(vec![7; 3 << 20]);
    for bytes in [Bytes::new(), Bytes::from_static(b"abc"), large] {
        let digest = catalogue.put_blob(bytes.clone()).await.unwrap();
        assert_eq!(digest, Digest::of(&bytes));
        assert_eq!(catalogue.blob(digest).await.unwrap(), Some(bytes));
    }
    assert_eq!(catalogue.blobs().await.unwrap().len(), 3);
}

/// The same bytes are one blob.
pub async fn a_blob_is_kept_once(catalogue: &dyn Catalogue) {
    let first = catalogue.put_blob(Bytes::from_static(b"abc")).await.unwrap();
    let second = catalogue.put_blob(Bytes::from_static(b"abc")).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(catalogue.blobs().await.unwrap(), [first]);
}

/// Deleting takes those that are named and no others.
pub async fn deleted_blobs_are_gone(catalogue: &dyn Catalogue) {
    let gone = catalogue.put_blob(Bytes::from_static(b"gone")).await.unwrap();
    let kept = catalogue.put_blob(Bytes::from_static(b"kept")).await.unwrap();
    catalogue.delete_blobs(vec![gone]).await.unwrap();
    assert_eq!(catalogue.blob(gone).await.unwrap(), None);
    assert_eq!(
        catalogue.blob(kept).await.unwrap(),
        Some(Bytes::from_static(b"kept"))
    );
    assert_eq!(catalogue.blobs().await.unwrap(), [kept]);
}
