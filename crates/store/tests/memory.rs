//! The reference store passes the suite.

use std::sync::Arc;
use stepwell_store::memory::MemoryStore;

stepwell_store::conformance_suite!(Arc::new(MemoryStore::new(4)));
