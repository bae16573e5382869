//! The figures, group by group.

mod fsyncs;
mod instances;
mod latency;
mod lists;
mod reads;
mod replay;
mod sleepers;
mod start;
mod steps;
mod timers;

use crate::arguments::{Engine, Group};
use crate::run::Bench;
use std::time::{SystemTime, UNIX_EPOCH};

/// All groups, in the order of the table.
pub(crate) const GROUPS: [Group; 10] = [
    Group::Steps,
    Group::Instances,
    Group::Latency,
    Group::Start,
    Group::Replay,
    Group::Timers,
    Group::Sleepers,
    Group::Reads,
    Group::Lists,
    Group::Fsyncs,
];

const BOTH: [Engine; 2] = [Engine::Stepwell, Engine::Workerd];

/// Measures `group`. What fails is noted in the report.
pub(crate) async fn measure(group: Group, bench: &mut Bench<'_>) {
    match group {
        Group::Start => start::measure(bench).await,
        Group::Steps => steps::measure(bench).await,
        Group::Instances => instances::measure(bench).await,
        Group::Latency => latency::measure(bench).await,
        Group::Replay => replay::measure(bench).await,
        Group::Timers => timers::measure(bench).await,
        Group::Sleepers => sleepers::measure(bench).await,
        Group::Reads => reads::measure(bench).await,
        Group::Lists => lists::measure(bench).await,
        Group::Fsyncs => fsyncs::measure(bench).await,
    }
}

/// Now, in Unix milliseconds.
fn unix_ms(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1e3
}
