//! What metrics tell about an engine.

use stepwell_engine::Engine;

/// Name, help and value of each.
pub(crate) fn of_engine(engine: &Engine) -> Vec<(&'static str, &'static str, u64)> {
    let store = engine.store_info();
    vec![
        (
            "stepwell_store_commits_total",
            "Durable commits (one fsync each) since the start.",
            store.commits,
        ),
        (
            "stepwell_store_entries_total",
            "Journal entries written since the start.",
            store.entries,
        ),
        (
            "stepwell_steps_total",
            "Steps that ended since the start, sleeps and waits not counted.",
            engine.step_count(),
        ),
        (
            "stepwell_residents",
            "Instances that are in memory.",
            engine.resident_count() as u64,
        ),
    ]
}
