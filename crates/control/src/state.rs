//! All documents in memory.

use crate::model::{
    Account, AccountSettings, AssetSession, ConcurrencyKey, Deployment, KnownAsset, ObjectMove, Queue,
    Script, ScriptVersion, Token, Workflow, WorkflowVersion,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_catalogue::{Document, StoreError};

/// Documents of one kind, by key.
pub(crate) type Table<T> = BTreeMap<String, Arc<T>>;

/// A kind of document.
pub(crate) trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The catalogue's name for the kind.
    const KIND: &'static str;

    /// The document's key: what it belongs to comes first, with `/` between.
    fn key(&self) -> String;

    /// The account that it belongs to.
    fn account(&self) -> &str;

    /// The table of the kind.
    fn table(state: &mut State) -> &mut Table<Self>;
}

macro_rules! tables {
    ($($field:ident: $type:ident of $account:ident, $kind:literal, |$record:ident| $key:expr;)+) => {
        /// Everything that the catalogue says.
        #[derive(Default, Clone)]
        pub(crate) struct State {
            $(pub(crate) $field: Table<$type>,)+
        }

        $(impl Record for $type {
            const KIND: &'static str = $kind;

            fn key(&self) -> String {
                let $record = self;
                $key
            }

            fn account(&self) -> &str {
                &self.$account
            }

            fn table(state: &mut State) -> &mut Table<Self> {
                &mut state.$field
            }
        })+

        impl State {
            /// Takes a document in.
            ///
            /// # Errors
            /// `Corrupt` if it is not of its kind, or of none.
            pub(crate) fn load(&mut self, document: &Document) -> Result<(), StoreError> {
                match document.kind.as_str() {
                    $($kind => insert::<$type>(self, document),)+
                    _ => Err(unreadable(document, "a kind that is not known")),
                }
            }
        }
    };
}

tables! {
    accounts: Account of id, "account", |it| it.id.clone();
    account_settings: AccountSettings of account, "account_settings", |it| it.account.clone();
    tokens: Token of account, "token", |it| it.id.clone();
    scripts: Script of account, "script", |it| key2(&it.account, &it.name);
    versions: ScriptVersion of account, "script_version", |it| key3(&it.account, &it.script, &it.id);
    deployments: Deployment of account, "deployment", |it| key3(&it.account, &it.script, &it.id);
    workflows: Workflow of account, "workflow", |it| key2(&it.account, &it.name);
    workflow_versions: WorkflowVersion of account, "workflow_version", |it| key3(&it.account, &it.workflow, &format!("{:010}", it.number));
    queues: Queue of account, "queue", |it| key2(&it.account, &it.id);
    concurrency_keys: ConcurrencyKey of account, "concurrency_key", |it| key2(&it.account, &it.id);
    assets: KnownAsset of account, "asset", |it| known_asset(&it.account, &it.script, &it.hash);
    asset_sessions: AssetSession of account, "asset_session", |it| key2(&it.account, &it.id);
    object_moves: ObjectMove of account, "object_move", |it| key2(&it.account, &it.id);
}

/// A key of two parts.
pub(crate) fn key2(first: &str, second: &str) -> String {
    format!("{first}/{second}")
}

/// The key of an asset that is known.
pub(crate) fn known_asset(account: &str, script: &str, hash: &str) -> String {
    if script.is_empty() {
        key2(account, hash)
    } else {
        key3(account, script, hash)
    }
}

/// A key of three parts.
pub(crate) fn key3(first: &str, second: &str, third: &str) -> String {
    format!("{first}/{second}/{third}")
}

/// The records whose keys begin with `owner` and a `/`.
pub(crate) fn of<'t, T>(table: &'t Table<T>, owner: &str) -> impl Iterator<Item = &'t Arc<T>> + use<'t, T> {
    let prefix = format!("{owner}/");
    table
        .range(prefix.clone()..)
        .take_while(move |(key, _)| key.starts_with(&prefix))
        .map(|(_, record)| record)
}

fn insert<T: Record>(state: &mut State, document: &Document) -> Result<(), StoreError> {
    let record: T =
        serde_json::from_slice(&document.body).map_err(|error| unreadable(document, &error.to_string()))?;
    T::table(state).insert(document.key.clone(), Arc::new(record));
    Ok(())
}

fn unreadable(document: &Document, why: &str) -> StoreError {
    StoreError::Corrupt {
        at: format!("the catalogue's {} \"{}\" ({why})", document.kind, document.key),
    }
}
