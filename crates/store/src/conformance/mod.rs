//! The suite that every store passes (spec/storage.md 3.2): named cases, and a property test that plays random calls
//! against the store and [`crate::memory::MemoryStore`] and compares all that can be read.
//!
//! A store joins with one line in its tests:
//!
//! ```
//! # // In a test file this stands on its own.
//! stepwell_store::conformance_suite!(std::sync::Arc::new(stepwell_store::memory::MemoryStore::new(4)));
//! ```
//!
//! The expression gives something that dereferences to a fresh, empty store with at least two shards; it is evaluated
//! once per case, inside a tokio runtime.
//!
//! These are tests: they panic when the store is wrong.
#![allow(clippy::unwrap_used)]

pub mod cases;
pub mod driver;
pub mod model;
pub mod owner;
pub mod snapshot;

/// Expands to one `#[tokio::test]` per case.
#[macro_export]
macro_rules! conformance_suite {
    ($make:expr) => {
        $crate::conformance_suite! { @cases $make,
            batches::effects_are_read_back,
            batches::a_batch_is_applied_whole_or_not_at_all,
            batches::shards_of_one_call_are_independent,
            batches::two_batches_of_a_shard_in_one_call_follow_each_other,
            batches::an_empty_batch_counts,
            batches::nonsense_is_refused,
            fencing::an_older_epoch_is_fenced,
            fencing::a_shard_that_nobody_acquired_is_fenced,
            fencing::a_wrong_sequence_is_a_conflict,
            fencing::the_same_batch_again_is_committed_once,
            fencing::a_batch_that_did_not_arrive_is_committed_once,
            fencing::another_batch_in_its_place_is_a_conflict,
            leases::each_shard_has_one_holder,
            leases::an_expired_lease_can_be_taken,
            leases::a_lease_says_where_the_shard_is,
            instances::an_id_is_taken_once,
            instances::ops_on_missing_instances_are_conflicts,
            instances::an_instance_is_in_its_shard_only,
            instances::clearing_keeps_the_head,
            instances::the_version_can_be_changed,
            instances::deleting_leaves_nothing,
            journals::gaps_and_repeats_are_refused,
            journals::values_come_back_byte_equal,
            journals::values_are_paged_by_size,
            journals::every_kind_of_entry_comes_back,
            timers::they_come_in_order_and_in_pages,
            timers::putting_and_deleting_are_idempotent,
            events::they_are_kept_in_order_until_taken,
            inbox::a_message_is_stored_once_until_taken,
            listing::runnable_is_paged_in_creation_order,
            listing::lists_are_in_order_and_by_phase,
            listing::lists_end_where_they_should,
            listing::heads_and_first_entries_are_looked_up,
            listing::counts_know_spans_of_numbers,
            listing::counts_equal_a_recount,
            listing::a_forgotten_workflow_frees_its_name,
            listing::jobs_are_kept_until_they_are_done,
            listing::workflows_keep_their_numbers,
            upkeep::it_changes_nothing,
            upkeep::commits_and_entries_are_counted,
        }
    };
    (@cases $make:expr, $($module:ident :: $case:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $case() {
                let store = $make;
                $crate::conformance::cases::$module::$case(&*store).await;
            }
        )*
    };
}
