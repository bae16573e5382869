//! The suite that every catalogue passes. A catalogue joins with one line in its tests:
//!
//! ```
//! # // In a test file this stands on its own.
//! stepwell_catalogue::conformance_suite!(std::sync::Arc::new(stepwell_catalogue::memory::MemoryCatalogue::new()));
//! ```
//!
//! The expression gives something that dereferences to a fresh, empty catalogue; it is evaluated once per case, inside a
//! tokio runtime. These are tests: they panic when the catalogue is wrong.
#![allow(clippy::unwrap_used)]

pub mod cases;

/// Expands to one `#[tokio::test]` per case.
#[macro_export]
macro_rules! conformance_suite {
    ($make:expr) => {
        $crate::conformance_suite! { @cases $make,
            it_begins_empty,
            documents_come_back_in_order,
            the_last_change_of_a_document_counts,
            deleting_what_is_not_there_is_no_error,
            nothing_to_change_is_no_error,
            bodies_are_bytes,
            blobs_come_back_by_their_digest,
            a_blob_is_kept_once,
            deleted_blobs_are_gone,
        }
    };
    (@cases $make:expr, $($case:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $case() {
                let catalogue = $make;
                $crate::conformance::cases::$case(&*catalogue).await;
            }
        )*
    };
}
