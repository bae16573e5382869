//! Step configs, retries and waits.

use serde_json::{Value, json};
use stepwell_core::duration::MAX_MS;
use stepwell_core::retry::{delay_ms, may_retry};
use stepwell_core::step_config::{Backoff, Delay, StepConfig};

fn parse(raw: &Value) -> StepConfig {
    StepConfig::parse("s", raw).expect("a valid config")
}

#[test]
fn the_defaults_are_those_of_production() {
    let config = parse(&json!({}));
    assert_eq!(config, StepConfig::default_config());
    assert_eq!(config.retry_limit, 5);
    assert_eq!(config.delay, Delay::FixedMs(10_000));
    assert_eq!(config.backoff, Backoff::Exponential);
    assert_eq!(config.timeout_ms, 600_000);
    let shown = json!({ "retries": { "limit": 5, "delay": 10000, "backoff": "exponential" }, "timeout": "10 minutes" });
    assert_eq!(config.shown, shown);
    assert_eq!(config.context(), shown);
}

#[test]
fn the_users_own_values_are_shown() {
    let raw =
        json!({ "retries": { "limit": 2, "delay": "5 seconds" }, "timeout": 1500, "sensitive": "output" });
    let config = parse(&raw);
    assert_eq!((config.retry_limit, config.delay), (2, Delay::FixedMs(5000)));
    assert_eq!((config.timeout_ms, config.sensitive), (1500, true));
    let shown = json!({
        "retries": { "limit": 2, "delay": "5 seconds", "backoff": "exponential" },
        "timeout": 1500,
        "sensitive": "output",
    });
    assert_eq!(config.context(), shown);
}

#[test]
fn a_delay_function_is_named_to_people_and_hidden_from_user_code() {
    let config =
        parse(&json!({ "retries": { "limit": 1, "delay": { "$delay": true }, "backoff": "linear" } }));
    assert_eq!(config.delay, Delay::Dynamic);
    assert_eq!(config.shown["retries"]["delay"], "[dynamic]");
    assert_eq!(
        config.context()["retries"],
        json!({ "limit": 1, "backoff": "linear" })
    );
}

#[test]
fn an_infinite_limit_is_accepted() {
    let config = parse(&json!({ "retries": { "limit": { "$number": "Infinity" }, "delay": 0 } }));
    assert_eq!(config.retry_limit, u32::MAX);
    assert_eq!(config.shown["retries"]["limit"], "Infinity");
    assert_eq!(
        config.context()["retries"]["limit"],
        json!({ "$number": "Infinity" })
    );
    assert!(may_retry(&config, u32::MAX));
    assert_eq!(
        parse(&json!({ "retries": { "limit": 1e12, "delay": 0 } })).retry_limit,
        u32::MAX - 1
    );
}

#[test]
fn what_breaks_the_rules_is_refused_with_the_exact_text() {
    let text = "Step config for \"pay\" is in a invalid format. \
                See https://developers.cloudflare.com/workflows/build/sleeping-and-retrying/";
    let nan = json!({ "$number": "NaN" });
    let infinity = json!({ "$number": "Infinity" });
    for raw in [
        json!(null),
        json!(7),
        json!([]),
        json!("1 day"),
        json!({ "$type": "null" }),
        json!({ "retry": {} }),
        json!({ "timeout": 0 }),
        json!({ "timeout": "0 seconds" }),
        json!({ "timeout": -1 }),
        json!({ "timeout": "soon" }),
        json!({ "timeout": null }),
        json!({ "timeout": nan }),
        json!({ "timeout": infinity }),
        json!({ "sensitive": true }),
        json!({ "sensitive": "input" }),
        json!({ "retries": null }),
        json!({ "retries": {} }),
        json!({ "retries": { "limit": 0 } }),
        json!({ "retries": { "delay": 0 } }),
        json!({ "retries": { "limit": -1, "delay": 0 } }),
        json!({ "retries": { "limit": 1.5, "delay": 0 } }),
        json!({ "retries": { "limit": "1", "delay": 0 } }),
        json!({ "retries": { "limit": nan, "delay": 0 } }),
        json!({ "retries": { "limit": 1, "delay": nan } }),
        json!({ "retries": { "limit": 1, "delay": infinity } }),
        json!({ "retries": { "limit": 1, "delay": -1 } }),
        json!({ "retries": { "limit": 1, "delay": "10" } }),
        json!({ "retries": { "limit": 1, "delay": { "$type": "symbol" } } }),
        json!({ "retries": { "limit": 1, "delay": 0, "backoff": "fibonacci" } }),
        json!({ "retries": { "limit": 1, "delay": 0, "backoff": null } }),
        json!({ "retries": { "limit": 1, "delay": 0, "jitter": true } }),
    ] {
        let failure = StepConfig::parse("pay", &raw).unwrap_err();
        assert_eq!(
            (failure.name.as_str(), failure.message.as_str()),
            ("WorkflowFatalError", text),
            "{raw}"
        );
    }
}

#[test]
fn a_config_survives_the_journal() {
    for config in [
        StepConfig::default_config(),
        parse(&json!({ "retries": { "limit": 1, "delay": { "$delay": true } } })),
    ] {
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<StepConfig>(&text).unwrap(), config);
    }
}

#[test]
fn waits_grow_as_the_backoff_says() {
    let of = |backoff: &str| {
        parse(&json!({ "retries": { "limit": 9, "delay": "10 seconds", "backoff": backoff } }))
    };
    let waits = |backoff: &str| [1, 2, 3, 4].map(|attempt| delay_ms(&of(backoff), attempt, None));
    assert_eq!(waits("constant"), [10_000; 4]);
    assert_eq!(waits("linear"), [10_000, 20_000, 30_000, 40_000]);
    assert_eq!(waits("exponential"), [10_000, 20_000, 40_000, 80_000]);
    for attempt in [63, 64, 65, 1000, u32::MAX] {
        assert_eq!(delay_ms(&of("exponential"), attempt, None), MAX_MS);
    }
}

#[test]
fn a_dynamic_wait_is_the_base_of_the_backoff() {
    let of = |backoff: &str| {
        parse(&json!({ "retries": { "limit": 9, "delay": { "$delay": true }, "backoff": backoff } }))
    };
    assert_eq!(delay_ms(&of("exponential"), 3, Some(100)), 400);
    assert_eq!(delay_ms(&of("constant"), 3, Some(100)), 100);
    assert_eq!(delay_ms(&of("linear"), 3, Some(u64::MAX)), MAX_MS);
    assert_eq!(delay_ms(&of("linear"), 3, None), 0);
    assert_eq!(delay_ms(&StepConfig::default_config(), 1, Some(1)), 10_000);
}

#[test]
fn a_limit_of_zero_means_one_attempt() {
    let config = parse(&json!({ "retries": { "limit": 0, "delay": 0 } }));
    assert!(!may_retry(&config, 1));
    let config = StepConfig::default_config();
    assert!(may_retry(&config, 5));
    assert!(!may_retry(&config, 6));
}
