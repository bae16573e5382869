//! Accounts and tokens.

mod common;

use common::{ACCOUNT, Plane, refusal};
use std::sync::Arc;
use stepwell_catalogue::memory::MemoryCatalogue;
use stepwell_control::Options;
use stepwell_control::model::Scope;

#[tokio::test]
async fn the_first_start_makes_an_account_and_its_admin_token_once() {
    let plane = Plane::with(Arc::new(MemoryCatalogue::new()), Options::default()).await;
    assert!(
        plane
            .control
            .bootstrap(Some("chosen-by-the-operator"))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(plane.control.accounts()[0].id, ACCOUNT);
    assert_eq!(plane.control.tokens(ACCOUNT)[0].scope, Scope::Admin);
    let again = plane.reopened().await;
    assert!(again.bootstrap(None).await.unwrap().is_none());
}

#[tokio::test]
async fn a_token_is_known_by_its_text_until_it_is_revoked() {
    let plane = Plane::new().await;
    let made = plane
        .control
        .create_token(ACCOUNT, "ci", Scope::Deploy)
        .await
        .unwrap();
    assert!(
        made.secret.starts_with("stepwell_") && made.secret.len() == 52,
        "{}",
        made.secret
    );
    let principal = plane.control.authenticate(&made.secret).unwrap();
    assert_eq!(
        (principal.name.as_str(), principal.account.as_str()),
        ("ci", ACCOUNT)
    );
    assert_eq!(principal.scope, Scope::Deploy);
    assert!(Scope::Deploy > Scope::Write && Scope::Deploy < Scope::Admin);
    for wrong in ["", "stepwell_", &made.secret[1..], &made.secret.to_uppercase()] {
        assert_eq!(plane.control.authenticate(wrong), None, "{wrong}");
    }
    let stored = plane.catalogue.documents().await.unwrap();
    let stored: Vec<u8> = stored.into_iter().flat_map(|document| document.body).collect();
    assert!(!String::from_utf8_lossy(&stored).contains(&made.secret));

    let again = plane.reopened().await;
    assert_eq!(again.tokens(ACCOUNT)[1].id, made.token.id);
    plane.control.revoke_token(ACCOUNT, &made.token.id).await.unwrap();
    assert_eq!(plane.control.authenticate(&made.secret), None);
    assert!(plane.reopened().await.authenticate(&made.secret).is_none());
    assert_eq!(
        refusal(plane.control.revoke_token(ACCOUNT, &made.token.id).await).code,
        1003
    );
}

#[tokio::test]
async fn tokens_belong_to_an_account() {
    let plane = Plane::new().await;
    plane.control.create_account("other", "Other").await.unwrap();
    let theirs = plane
        .control
        .create_token("other", "theirs", Scope::Read)
        .await
        .unwrap();
    assert_eq!(
        refusal(plane.control.revoke_token(ACCOUNT, &theirs.token.id).await).code,
        1003
    );
    assert_eq!(plane.control.tokens("other").len(), 1);
    assert_eq!(
        refusal(plane.control.create_token("none", "x", Scope::Read).await).code,
        7003
    );
    for bad in ["", "a/b", "ü", "Upper", "-x", "a.b", &"a".repeat(64), "other"] {
        refusal(plane.control.create_account(bad, "x").await);
    }
    refusal(plane.control.create_token(ACCOUNT, " ", Scope::Read).await);
}
