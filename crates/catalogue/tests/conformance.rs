//! The suite that every catalogue passes.

use stepwell_catalogue::memory::MemoryCatalogue;

stepwell_catalogue::conformance_suite!(std::sync::Arc::new(MemoryCatalogue::new()));
