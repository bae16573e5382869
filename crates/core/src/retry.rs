//! Whether and when a failed attempt is tried again (spec 2.4).

use crate::step_config::{Backoff, Delay, StepConfig};

/// The milliseconds to wait after attempt `failed_attempt` (from 1) before the next one: base × 2^(n-1) for
/// exponential, base × n for linear, the base for constant backoff. Saturates instead of overflowing.
///
/// `dynamic_ms` is what the delay function returned. It is the base of the backoff like a fixed delay, as the release
/// note of 9 July 2026 says (workerd's own engine waits for it as it is). Without it (the attempt was cut off by a
/// crash, so the function was never called) the retry follows at once.
pub fn delay_ms(config: &StepConfig, failed_attempt: u32, dynamic_ms: Option<u64>) -> u64 {
    let base = match config.delay {
        Delay::FixedMs(ms) => ms,
        Delay::Dynamic => dynamic_ms.unwrap_or(0),
    };
    let delay = match config.backoff {
        Backoff::Constant => base,
        Backoff::Linear => base.saturating_mul(u64::from(failed_attempt)),
        Backoff::Exponential => {
            let factor = 1_u64
                .checked_shl(failed_attempt.saturating_sub(1))
                .unwrap_or(u64::MAX);
            base.saturating_mul(factor)
        }
    };
    delay.min(crate::duration::MAX_MS)
}

/// Whether another attempt follows after attempt `failed_attempt` (from 1): a limit of 5 is 6 attempts in all.
pub fn may_retry(config: &StepConfig, failed_attempt: u32) -> bool {
    config.retry_limit == u32::MAX || failed_attempt <= config.retry_limit
}
