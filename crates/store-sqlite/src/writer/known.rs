//! What the writer remembers of instances, so that an op costs no read.

use crate::fault::Fault;
use crate::tables::instance::{self, Known};
use rusqlite::Connection;
use std::collections::HashMap;
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_store::ConflictKind;

/// Instances remembered at most: about 4 MB.
const CAPACITY: usize = 65_536;

/// A cache of what is stored, changes of the open transaction included.
#[derive(Debug, Default)]
pub(crate) struct KnownInstances {
    known: HashMap<InstanceNumber, Known>,
    /// Changed by the open transaction.
    touched: Vec<InstanceNumber>,
}

impl KnownInstances {
    /// The instance, to be read and changed.
    ///
    /// # Errors
    /// Conflict `NoInstance` if it is not in this shard.
    pub(crate) fn get(
        &mut self,
        connection: &Connection,
        shard: ShardId,
        number: InstanceNumber,
    ) -> Result<&mut Known, Fault> {
        const NONE: Fault = Fault::Conflict(ConflictKind::NoInstance);
        if !self.known.contains_key(&number) {
            let stored = instance::known(connection, number)?.ok_or(NONE)?;
            self.make_room();
            self.known.insert(number, stored);
        }
        let known = self.known.get_mut(&number).ok_or(NONE)?;
        if known.shard != shard {
            return Err(NONE);
        }
        self.touched.push(number);
        Ok(known)
    }

    /// An instance that the open transaction has created.
    pub(crate) fn insert(&mut self, number: InstanceNumber, known: Known) {
        self.make_room();
        self.touched.push(number);
        self.known.insert(number, known);
    }

    /// An instance that the open transaction has deleted.
    pub(crate) fn remove(&mut self, number: InstanceNumber) {
        self.known.remove(&number);
    }

    /// The open transaction is durable.
    pub(crate) fn committed(&mut self) {
        for number in self.touched.drain(..) {
            // An instance that has ended is not written again before it is deleted.
            if self
                .known
                .get(&number)
                .is_some_and(|known| known.phase.is_terminal())
            {
                self.known.remove(&number);
            }
        }
    }

    /// The open transaction was taken back: what it changed is read again when it is needed.
    pub(crate) fn rolled_back(&mut self) {
        for number in self.touched.drain(..) {
            self.known.remove(&number);
        }
    }

    /// Everything can be read again from the (open) transaction, so forgetting is always right.
    fn make_room(&mut self) {
        if self.known.len() >= CAPACITY {
            self.known.clear();
        }
    }
}
