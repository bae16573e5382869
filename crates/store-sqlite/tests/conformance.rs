//! The suite that every store passes.

mod common;

use common::Fixture;
use stepwell_store_sqlite::Options;

stepwell_store::conformance_suite!(Fixture::new(&Options {
    shards: 4,
    ..Options::default()
}));
