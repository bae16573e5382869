//! Queues, as wrangler deploys them: those of producers are made where they are missing, those of consumers must be there.

use crate::commands::place::{About, explain};
use anyhow::bail;
use serde_json::{Map, Value, json};
use stepwell_client::{Api, Method};
use stepwell_project::config::{Config, Consumer};

/// Makes the queues that the Worker sends to and that are missing.
///
/// # Errors
/// What the server says; and if a queue that the Worker would read is missing: nothing was changed then.
pub(super) fn ensure(api: &Api, config: &Config) -> anyhow::Result<()> {
    let deployment = &config.deployment;
    let mut produced: Vec<String> = Vec::new();
    for producer in &deployment.producers {
        let queue = producer.queue_of(&config.name);
        if !produced.contains(&queue) {
            produced.push(queue);
        }
    }
    for consumer in &deployment.consumers {
        let name = consumer.queue.as_str();
        if !produced.iter().any(|queue| queue == name) && find(api, name)?.is_none() {
            bail!("Queue \"{name}\" does not exist. To create it, run: wrangler queues create {name}");
        }
    }
    for name in produced {
        if find(api, &name)?.is_none() {
            let body = json!({ "queue_name": name });
            api.send(&Method::POST, &["queues"], Some(&body))
                .map_err(|error| explain(&error, api, About::Account))?;
        }
    }
    Ok(())
}

/// Registers the Worker as the consumer of each queue that it reads.
pub(super) fn consume(api: &Api, config: &Config) -> anyhow::Result<()> {
    for consumer in &config.deployment.consumers {
        let name = consumer.queue.as_str();
        let Some(queue) = find(api, name)? else {
            bail!("Queue \"{name}\" does not exist.");
        };
        let id = queue["queue_id"].as_str().unwrap_or_default();
        let consumers = queue["consumers"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let own = consumers
            .iter()
            .find(|known| known["script"] == config.name.as_str());
        let body = body(consumer, &config.name);
        let sent = match own.and_then(|own| own["consumer_id"].as_str()) {
            Some(own) => api.send(&Method::PUT, &["queues", id, "consumers", own], Some(&body)),
            None => api.send(&Method::POST, &["queues", id, "consumers"], Some(&body)),
        };
        sent.map_err(|error| explain(&error, api, About::Account))?;
    }
    Ok(())
}

fn find(api: &Api, name: &str) -> anyhow::Result<Option<Value>> {
    let query = [("page", "1".to_owned()), ("name", name.to_owned())];
    let answer = api
        .get(&["queues"], &query)
        .map_err(|error| explain(&error, api, About::Account))?;
    let queues = answer.result.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(queues.iter().find(|queue| queue["queue_name"] == name).cloned())
}

/// The API has other names for the settings, and milliseconds for the one that the configuration has in seconds.
fn body(consumer: &Consumer, script: &str) -> Value {
    let names = [
        ("max_batch_size", "batch_size"),
        ("max_retries", "max_retries"),
        ("max_concurrency", "max_concurrency"),
        ("retry_delay", "retry_delay"),
    ];
    let given = names.into_iter().filter_map(|(own, name)| {
        let value = consumer.settings.get(own)?;
        Some((name.to_owned(), value.clone()))
    });
    let mut settings: Map<String, Value> = given.collect();
    if let Some(seconds) = consumer.settings.get("max_batch_timeout").and_then(Value::as_f64) {
        settings.insert(
            "max_wait_time_ms".to_owned(),
            json!((seconds * 1000.0).round() as i64),
        );
    }
    let mut body = json!({ "type": "worker", "script_name": script, "settings": settings });
    if let Some(queue) = &consumer.dead_letter_queue {
        body["dead_letter_queue"] = json!(queue);
    }
    body
}
