//! API tokens: 256 random bits, of which only the hash is kept.

use crate::Control;
use crate::error::{Error, Refusal};
use crate::model::{DEFAULT_ACCOUNT, Scope, Token};
use crate::transaction::Transaction;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use stepwell_catalogue::Digest;
use subtle::ConstantTimeEq;

/// What tokens begin with, so that people and scanners know them.
const PREFIX: &str = "stepwell_";
/// A use is noted in the catalogue at most this often.
const USE_NOTED_EVERY_MS: i64 = 60 * 60 * 1000;
/// A token that the operator chose must not be guessable.
const SHORTEST: usize = 16;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The token's id.
    pub token: String,
    /// The token's name, shown as the author of what it does.
    pub name: String,
    /// The account that the token belongs to.
    pub account: String,
    /// What it may do.
    pub scope: Scope,
}

/// A token that was just made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The token's record.
    pub token: Arc<Token>,
    /// The text to present. It cannot be had again.
    pub secret: String,
}

impl Control {
    /// Who presents this token; `None` if nobody's it is. Takes as long for a wrong token as for a right one.
    pub fn authenticate(&self, secret: &str) -> Option<Principal> {
        let presented = Digest::of(secret.as_bytes());
        let mut found = None;
        for token in self.state().tokens.values() {
            if bool::from(token.hash.0.ct_eq(&presented.0)) {
                found = Some(Arc::clone(token));
            }
        }
        let token = found?;
        self.note_use(&token);
        Some(Principal {
            token: token.id.clone(),
            name: token.name.clone(),
            account: token.account.clone(),
            scope: token.scope,
        })
    }

    /// Notes, some time soon, that a token was used. Nobody waits for it, and it may be lost.
    fn note_use(&self, token: &Arc<Token>) {
        let now_ms = self.now_ms();
        if token
            .used_ms
            .is_some_and(|used| now_ms - used < USE_NOTED_EVERY_MS)
        {
            return;
        }
        let (control, id) = (self.clone(), token.id.clone());
        tokio::spawn(async move {
            let writing = control.writing().await;
            let Some(token) = control.state().tokens.get(&id).cloned() else {
                return;
            };
            if token
                .used_ms
                .is_some_and(|used| now_ms - used < USE_NOTED_EVERY_MS)
            {
                return;
            }
            let mut transaction = Transaction::default();
            transaction.put(Token {
                used_ms: Some(now_ms),
                ..(*token).clone()
            });
            if let Err(error) = control.commit(transaction, writing).await {
                tracing::warn!(%error, "the use of a token could not be noted");
            }
        });
    }

    /// The tokens of an account, oldest first.
    pub fn tokens(&self, account: &str) -> Vec<Arc<Token>> {
        let mut tokens: Vec<_> = self
            .state()
            .tokens
            .values()
            .filter(|token| token.account == account)
            .cloned()
            .collect();
        tokens.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
        tokens
    }

    /// Makes a token.
    ///
    /// # Errors
    /// Refused if the account does not exist, or the name is empty or longer than 120 characters.
    pub async fn create_token(&self, account: &str, name: &str, scope: Scope) -> Result<NewToken, Error> {
        if name.trim().is_empty() || name.chars().count() > 120 {
            return Err(Refusal::bad_token("\"name\": a token needs a name of 1 to 120 characters").into());
        }
        let writing = self.writing().await;
        self.check_account(account)?;
        let mut transaction = Transaction::default();
        let token = self.put_token(&mut transaction, account, name, scope, self.new_secret());
        self.commit(transaction, writing).await?;
        Ok(token)
    }

    /// Makes a token invalid, at once.
    ///
    /// # Errors
    /// Refused if the account has no such token.
    pub async fn revoke_token(&self, account: &str, id: &str) -> Result<(), Error> {
        let writing = self.writing().await;
        let token = self.state().tokens.get(id).cloned();
        let token = token
            .filter(|token| token.account == account)
            .ok_or_else(Refusal::token_not_found)?;
        let mut transaction = Transaction::default();
        transaction.delete(&*token);
        self.commit(transaction, writing).await
    }

    /// At the first start, makes the account `default` and an admin token for it: `chosen`, or a random one. Later does
    /// nothing and returns `None`.
    ///
    /// # Errors
    /// Refused if the chosen token is shorter than 16 characters.
    pub async fn bootstrap(&self, chosen: Option<&str>) -> Result<Option<NewToken>, Error> {
        let writing = self.writing().await;
        let mut transaction = Transaction::default();
        self.ensure_default_account(&mut transaction);
        let token = if self.state().tokens.is_empty() {
            let secret = match chosen {
                Some(chosen) if chosen.len() < SHORTEST => {
                    let what = format!("the first token must have at least {SHORTEST} characters");
                    return Err(Refusal::bad_token(what).into());
                }
                Some(chosen) => chosen.to_owned(),
                None => self.new_secret(),
            };
            Some(self.put_token(
                &mut transaction,
                DEFAULT_ACCOUNT,
                "bootstrap",
                Scope::Admin,
                secret,
            ))
        } else {
            None
        };
        self.commit(transaction, writing).await?;
        Ok(token)
    }

    fn new_secret(&self) -> String {
        let mut bits = [0; 32];
        self.inner.random.fill(&mut bits);
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bits))
    }

    fn put_token(
        &self,
        transaction: &mut Transaction,
        account: &str,
        name: &str,
        scope: Scope,
        secret: String,
    ) -> NewToken {
        let token = transaction.put(Token {
            id: self.hex_id(),
            account: account.to_owned(),
            name: name.to_owned(),
            scope,
            hash: Digest::of(secret.as_bytes()),
            created_ms: self.now_ms(),
            used_ms: None,
        });
        NewToken { token, secret }
    }
}
