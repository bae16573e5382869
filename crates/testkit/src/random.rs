//! Random numbers that a seed repeats.

use crate::program::Program;
use serde_json::json;
use std::time::Duration;
use stepwell_core::step_config::StepConfig;

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to and without `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// True in `percent` of all cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A program that ends, whatever happens to it. Its steps retry up to [`Random::RETRIES`] times.
    pub fn program(&mut self) -> Program {
        let length = 1 + self.below(5);
        Program::Sequence((0..length).map(|_| self.part(2)).collect())
    }

    /// Retries of every step of [`Random::program`].
    pub const RETRIES: u32 = 3;

    fn part(&mut self, depth: u32) -> Program {
        let nested = if depth == 0 { 0 } else { 35 };
        if self.chance(nested) {
            let parts = |random: &mut Self| (0..=random.below(3)).map(|_| random.part(depth - 1)).collect();
            return match self.below(4) {
                0 => Program::Parallel(parts(self)),
                1 => Program::Race(parts(self)),
                2 => Program::Loop(1 + self.below(3) as u32, Box::new(self.part(depth - 1))),
                _ => Program::Sequence(parts(self)),
            };
        }
        let name = format!("n{}", self.below(4));
        let leaf = match self.below(20) {
            0..9 => Program::Do {
                name,
                failures: if self.chance(30) { self.below(5) as u32 } else { 0 },
                deadly: u32::from(self.chance(5)),
                takes: Duration::from_millis(self.below(3) * self.below(400)),
                config: Some(self.config()),
            },
            9..13 => Program::sleep(&name, self.wait_ms()),
            13..17 => Program::wait(&name, &format!("t{}", self.below(2)), self.wait_ms()),
            17 => Program::NonRetryable(name),
            18 => Program::Outside(Duration::from_millis(self.below(3000))),
            _ => Program::Die(self.below(2) as u32),
        };
        if self.chance(70) {
            Program::Catch(Box::new(leaf))
        } else {
            leaf
        }
    }

    fn config(&mut self) -> StepConfig {
        let backoff = ["constant", "linear", "exponential"][self.below(3) as usize];
        let retries = json!({ "limit": Self::RETRIES, "delay": self.wait_ms() / 4, "backoff": backoff });
        StepConfig::parse("step", &json!({ "retries": retries })).expect("a valid config")
    }

    fn wait_ms(&mut self) -> u64 {
        match self.below(4) {
            0 => 0,
            1 => self.below(100),
            2 => self.below(5000),
            _ => self.below(100_000),
        }
    }
}
