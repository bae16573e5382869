//! Random calls, compared with the reference store.

mod common;

use common::Fixture;
use stepwell_store::conformance::{driver, model};
use stepwell_store_sqlite::Options;

#[test]
fn it_answers_as_the_reference_store_does() {
    let options = Options {
        shards: model::SHARDS,
        // The log is moved every few commits.
        checkpoint_bytes: 20 * 8192,
        ..Options::default()
    };
    driver::property(64, || Fixture::new(&options));
}
