//! What the ports count: requests, by what they asked for and how they were answered, and how long answers took.

use hyper::StatusCode;
use std::time::Duration;
use stepwell_meters::{Counter, Histogram, Page};

/// Status codes that there can be.
const CODES: std::ops::Range<u16> = 100..600;

/// The account API's requests.
#[derive(Debug)]
pub struct ApiMeters([Requests; GROUPS.len()]);

#[derive(Debug)]
struct Requests {
    /// By status code.
    counts: Box<[Counter]>,
    took: Histogram,
}

/// What can be asked for, coarsely: as many as a dashboard can show.
const GROUPS: [&str; 9] = [
    "instances",
    "workflows",
    "scripts",
    "assets",
    "workers",
    "tokens",
    "user",
    "health",
    "other",
];

/// The group of a path, an index of [`GROUPS`].
fn group(path: &str) -> usize {
    let mut parts = path.trim_start_matches('/').split('/');
    let name = match parts.next() {
        Some("client") => {
            let mut parts = parts.skip(1); // the version
            match parts.next() {
                Some("accounts") => match (parts.nth(1), parts.next(), parts.next()) {
                    (Some("workflows"), Some(_), Some("instances")) => "instances",
                    (Some("workflows"), ..) => "workflows",
                    (Some("workers"), Some("scripts"), _) => "scripts",
                    (Some("workers"), Some("assets"), _) => "assets",
                    (Some("workers"), ..) => "workers",
                    (Some("tokens"), ..) => "tokens",
                    (None, ..) => "user",
                    _ => "other",
                },
                Some("user" | "memberships") => "user",
                _ => "other",
            }
        }
        Some("health" | "metrics") => "health",
        _ => "other",
    };
    GROUPS
        .iter()
        .position(|known| *known == name)
        .unwrap_or(GROUPS.len() - 1)
}

impl Default for ApiMeters {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Requests {
            counts: CODES.map(|_| Counter::default()).collect(),
            took: Histogram::default(),
        }))
    }
}

impl ApiMeters {
    /// The group of a path, for [`ApiMeters::count`].
    pub(crate) fn group(path: &str) -> usize {
        group(path)
    }

    /// Counts a request that was answered; `took` is the time to the head of the answer.
    pub(crate) fn count(&self, group: usize, status: StatusCode, took: Duration) {
        let requests = &self.0[group];
        if let Some(counter) = requests.counts.get(usize::from(status.as_u16() - CODES.start)) {
            counter.increase();
        }
        requests.took.took(took);
    }

    /// Writes everything.
    pub(crate) fn measure(&self, page: &mut Page) {
        for (group, requests) in GROUPS.iter().zip(&self.0) {
            for (code, count) in CODES.zip(requests.counts.iter().map(Counter::get)) {
                if count > 0 {
                    page.counter(
                        "stepwell_api_requests_total",
                        "Requests to the API port that were answered.",
                        &format!("group=\"{group}\",code=\"{code}\""),
                        count,
                    );
                }
            }
        }
        for (group, requests) in GROUPS.iter().zip(&self.0) {
            page.histogram(
                "stepwell_api_request_duration_seconds",
                "Time to the head of an answer of the API port.",
                &format!("group=\"{group}\""),
                &requests.took,
            );
        }
    }
}

/// The Worker port's requests.
#[derive(Debug, Default)]
pub struct IngressMeters {
    /// By the first digit of the status code, less one.
    counts: [Counter; 5],
    took: Histogram,
}

impl IngressMeters {
    /// Counts a request that was answered; `took` is the time to the head of the answer.
    pub(crate) fn count(&self, status: StatusCode, took: Duration) {
        if let Some(counter) = self.counts.get(usize::from(status.as_u16() / 100 - 1)) {
            counter.increase();
        }
        self.took.took(took);
    }

    /// Writes everything.
    pub fn measure(&self, page: &mut Page) {
        for (class, counter) in (1..).zip(&self.counts) {
            page.counter(
                "stepwell_ingress_requests_total",
                "Requests to the Worker port that were answered, by the Worker or for it.",
                &format!("code=\"{class}xx\""),
                counter.get(),
            );
        }
        page.histogram(
            "stepwell_ingress_request_duration_seconds",
            "Time to the head of an answer of the Worker port.",
            "",
            &self.took,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_belong_to_few_groups() {
        for (path, expected) in [
            (
                "/client/v4/accounts/default/workflows/flow/instances/a/step",
                "instances",
            ),
            (
                "/client/v4/accounts/default/workflows/flow/instances",
                "instances",
            ),
            ("/client/v4/accounts/default/workflows/flow", "workflows"),
            ("/client/v4/accounts/default/workflows", "workflows"),
            (
                "/client/v4/accounts/default/workers/scripts/worker/versions",
                "scripts",
            ),
            ("/client/v4/accounts/default/workers/assets/upload", "assets"),
            ("/client/v4/accounts/default/workers/domains", "workers"),
            ("/client/v4/accounts/default/tokens", "tokens"),
            ("/client/v4/accounts/default/queues", "other"),
            ("/client/v4/accounts/default", "user"),
            ("/client/v4/user/tokens/verify", "user"),
            ("/metrics", "health"),
            ("/health/ready", "health"),
            ("/whatever", "other"),
            ("", "other"),
        ] {
            assert_eq!(GROUPS[group(path)], expected, "{path}");
        }
    }
}
