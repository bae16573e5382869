//! Changes that become durable, and visible, together.

use crate::model::Account;
use crate::state::{Record, State};
use bytes::Bytes;
use std::collections::BTreeSet;
use std::sync::Arc;
use stepwell_catalogue::{Change, Document};

type Edit = Box<dyn Fn(&mut State) + Send + Sync>;

/// Changes to be made by [`Control`](crate::Control).
#[derive(Default)]
pub(crate) struct Transaction {
    changes: Vec<Change>,
    edits: Vec<Edit>,
    /// The accounts that something is put into.
    accounts: BTreeSet<String>,
}

impl Transaction {
    pub(crate) fn put<T: Record>(&mut self, record: T) -> Arc<T> {
        let key = record.key();
        self.accounts.insert(record.account().to_owned());
        let body = serde_json::to_vec(&record).expect("records have text keys and finite numbers");
        self.changes.push(Change::Put(Document {
            kind: T::KIND.to_owned(),
            key: key.clone(),
            body: Bytes::from(body),
        }));
        let record = Arc::new(record);
        let kept = Arc::clone(&record);
        self.edits.push(Box::new(move |state| {
            T::table(state).insert(key.clone(), Arc::clone(&kept));
        }));
        record
    }

    pub(crate) fn delete<T: Record>(&mut self, record: &T) {
        let key = record.key();
        self.changes.push(Change::Delete {
            kind: T::KIND.to_owned(),
            key: key.clone(),
        });
        self.edits.push(Box::new(move |state| {
            T::table(state).remove(&key);
        }));
    }

    /// An account that something is put into and that does not exist: it was deleted meanwhile.
    pub(crate) fn account_gone(&self, state: &State) -> Option<&String> {
        let makes = |id: &str| {
            let is_it = |change: &Change| matches!(change, Change::Put(it) if it.kind == Account::KIND && it.key == id);
            self.changes.iter().any(is_it)
        };
        let mut accounts = self.accounts.iter();
        accounts.find(|id| !state.accounts.contains_key(*id) && !makes(id))
    }

    /// The state as it will be.
    pub(crate) fn preview(&self, state: &State) -> State {
        let mut future = state.clone();
        self.show(&mut future);
        future
    }

    /// Makes the changes in memory.
    pub(crate) fn show(&self, state: &mut State) {
        for edit in &self.edits {
            edit(state);
        }
    }

    /// What the catalogue has to do.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.changes.clone()
    }
}
