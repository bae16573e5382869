//! Small Workflows, as data.

use std::time::Duration;
use stepwell_core::step_config::StepConfig;

/// What a `run()` does. Names of steps are counted per kind as in the real shim.
#[derive(Debug, Clone)]
pub enum Program {
    /// `step.do`.
    Do {
        /// The step's name.
        name: String,
        /// The first so many attempts throw.
        failures: u32,
        /// The first so many attempts end the process.
        deadly: u32,
        /// How long an attempt takes.
        takes: Duration,
        /// `None` is the default config.
        config: Option<StepConfig>,
    },
    /// `step.sleep`.
    Sleep(String, Duration),
    /// `step.sleepUntil`, Unix milliseconds.
    SleepUntil(String, i64),
    /// `step.waitForEvent`: name, type, timeout.
    Wait(String, String, Duration),
    /// One after the other; an error ends it.
    Sequence(Vec<Program>),
    /// `Promise.all`: the first error is the result, the others go on.
    Parallel(Vec<Program>),
    /// `Promise.race`: the first result counts, the others go on.
    Race(Vec<Program>),
    /// So many times one after the other.
    Loop(u32, Box<Program>),
    /// `try … catch {}`.
    Catch(Box<Program>),
    /// A timer outside of steps.
    Outside(Duration),
    /// Waits for something that never comes and that nothing counts.
    Hang,
    /// Ends the process, outside of steps, the first so many times it gets here.
    Die(u32),
    /// Throws an error with this message.
    Throw(String),
    /// Throws an error that ends a step for good, from inside a step of this name.
    NonRetryable(String),
}

impl Program {
    /// A step that succeeds at once.
    pub fn step(name: &str) -> Self {
        Self::failing(name, 0, None)
    }

    /// A step whose first attempts throw.
    pub fn failing(name: &str, failures: u32, config: Option<StepConfig>) -> Self {
        Self::Do {
            name: name.into(),
            failures,
            deadly: 0,
            takes: Duration::ZERO,
            config,
        }
    }

    /// A step that takes its time.
    pub fn slow(name: &str, takes: Duration) -> Self {
        Self::Do {
            name: name.into(),
            failures: 0,
            deadly: 0,
            takes,
            config: None,
        }
    }

    /// A step whose first attempts end the process, after a moment.
    pub fn deadly(name: &str, deadly: u32, config: Option<StepConfig>) -> Self {
        Self::Do {
            name: name.into(),
            failures: 0,
            deadly,
            takes: Duration::from_millis(50),
            config,
        }
    }

    /// A sleep of so many milliseconds.
    pub fn sleep(name: &str, ms: u64) -> Self {
        Self::Sleep(name.into(), Duration::from_millis(ms))
    }

    /// A wait for an event.
    pub fn wait(name: &str, event_type: &str, timeout_ms: u64) -> Self {
        Self::Wait(name.into(), event_type.into(), Duration::from_millis(timeout_ms))
    }
}

impl<const N: usize> From<[Program; N]> for Program {
    fn from(programs: [Program; N]) -> Self {
        Self::Sequence(programs.into())
    }
}
