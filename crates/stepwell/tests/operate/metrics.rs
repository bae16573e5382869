//! What a server tells those who look after it.

use std::collections::HashSet;
use stepwell_e2e::{Client, Installation};

#[test]
fn figures_are_what_prometheus_reads_and_need_no_token() {
    let served = Installation::new(env!("CARGO_BIN_EXE_stepwell")).start();
    served.call("GET", "/workflows", None).ok();
    let root = served.api_url().replace("/client/v4", "");
    let answer = Client::of(root).get_with("/metrics", &[("host", "stepwell.internal")]);
    let answer = answer.expect("there is an answer");
    assert_eq!(answer.status, 200);
    let text = answer.text;
    let mut kinds = HashSet::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("# TYPE ") {
            assert!(
                kinds.insert(head.split(' ').next().unwrap_or_default().to_owned()),
                "{line}"
            );
        } else if !line.starts_with("# HELP ") {
            let (sample, value) = line.rsplit_once(' ').expect("a sample has a value");
            value
                .parse::<f64>()
                .unwrap_or_else(|error| panic!("{line}: {error}"));
            let name = sample.split('{').next().unwrap_or_default();
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end));
            assert!(
                kinds.contains(name) || family.is_some_and(|family| kinds.contains(family)),
                "{line}"
            );
        }
    }
    for line in [
        "stepwell_api_requests_total{group=\"workflows\",code=\"200\"} 1",
        "stepwell_store_full 0",
        "stepwell_processes{role=\"run\"} 0",
        "stepwell_steps_total{outcome=\"succeeded\"} 0",
        "stepwell_ingress_requests_total{code=\"2xx\"} 0",
        "stepwell_tails_open 0",
        "stepwell_running_limit 1000",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    for name in [
        "stepwell_build_info",
        "stepwell_catalogue_writes_total",
        "stepwell_store_commit_duration_seconds",
        "stepwell_storage_bytes",
        "stepwell_storage_free_bytes",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
    ] {
        assert!(kinds.contains(name), "{name} in {text}");
    }
}
