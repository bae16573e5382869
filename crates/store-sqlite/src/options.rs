//! What can be chosen when a store is opened.

/// Settings of a store. [`Options::default`] is right for a server of ordinary size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Number of shards of a new store. An existing one keeps its own.
    pub shards: u32,
    /// Memory for pages of the write connection.
    pub cache_bytes: u64,
    /// Threads (and connections) that serve reads.
    pub readers: usize,
    /// Size of the write-ahead log at which it is moved into the database file.
    pub checkpoint_bytes: u64,
    /// Largest size of the database file; beyond it writes answer `Full`. `None`: as large as the disk.
    pub max_bytes: Option<u64>,
    /// Go on where the store is gone, or does not belong to the catalogue beside it: what was lost is known.
    pub accept_loss: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            shards: 16,
            cache_bytes: 16 << 20,
            readers: 2,
            checkpoint_bytes: 32 << 20,
            max_bytes: None,
            accept_loss: false,
        }
    }
}
