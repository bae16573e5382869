//! What only a deployment makes of a configuration: where the Worker is reached from outside, and its queues. Everything
//! was checked before ([`super::deployment`], [`super::shapes`]).

use super::node::{Kind, Node};
use serde_json::Value;

/// What a deployment registers beside the code, Workflows and schedules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Deployment {
    /// `workers_dev`; without a value it is on where there are no routes.
    pub workers_dev: Option<bool>,
    /// `preview_urls`.
    pub preview_urls: Option<bool>,
    /// `routes` or `route`, in their order, custom domains among them.
    pub routes: Vec<Route>,
    /// `queues.producers`.
    pub producers: Vec<Producer>,
    /// `queues.consumers`.
    pub consumers: Vec<Consumer>,
}

/// One entry of `routes`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// A pattern, or the host of a custom domain.
    pub pattern: String,
    /// Whether the whole host is the Worker's.
    pub custom_domain: bool,
    /// `zone_id`.
    pub zone_id: Option<String>,
    /// `zone_name`.
    pub zone_name: Option<String>,
}

/// One entry of `queues.producers`.
#[derive(Debug, Clone, PartialEq)]
pub struct Producer {
    /// The name on `env`.
    pub binding: String,
    /// The queue's name; without one it is made of the Worker's name and the binding's.
    pub queue: Option<String>,
    /// `delivery_delay`, in seconds.
    pub delivery_delay: Option<Value>,
}

impl Producer {
    /// The queue's name, as wrangler makes it where there is none.
    pub fn queue_of(&self, worker: &str) -> String {
        let made = || format!("{worker}-{}", self.binding.to_lowercase().replace('_', "-"));
        self.queue.clone().unwrap_or_else(made)
    }
}

/// One entry of `queues.consumers`.
#[derive(Debug, Clone, PartialEq)]
pub struct Consumer {
    /// The queue's name.
    pub queue: String,
    /// Where messages go that could not be handled.
    pub dead_letter_queue: Option<String>,
    /// Everything else, under the configuration's names.
    pub settings: serde_json::Map<String, Value>,
}

/// Reads them.
pub(super) fn read(root: &Node) -> Deployment {
    let list = |key: &str| {
        let queues = root.get("queues").and_then(|queues| queues.get(key));
        queues.map_or(&[][..], Node::elements)
    };
    Deployment {
        workers_dev: boolean(root, "workers_dev"),
        preview_urls: boolean(root, "preview_urls"),
        routes: routes(root),
        producers: list("producers").iter().filter_map(producer).collect(),
        consumers: list("consumers").iter().filter_map(consumer).collect(),
    }
}

fn boolean(node: &Node, key: &str) -> Option<bool> {
    match node.get(key)?.kind {
        Kind::Bool(value) => Some(value),
        _ => None,
    }
}

fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key)?.text().map(str::to_owned)
}

fn routes(root: &Node) -> Vec<Route> {
    let single = root.get("route").filter(|node| node.text() != Some(""));
    let several = root.get("routes").map_or(&[][..], Node::elements);
    several.iter().chain(single).filter_map(route).collect()
}

fn route(node: &Node) -> Option<Route> {
    if let Some(pattern) = node.text() {
        return Some(Route {
            pattern: pattern.to_owned(),
            ..Route::default()
        });
    }
    Some(Route {
        pattern: text(node, "pattern")?,
        custom_domain: boolean(node, "custom_domain").unwrap_or(false),
        zone_id: text(node, "zone_id"),
        zone_name: text(node, "zone_name"),
    })
}

fn producer(node: &Node) -> Option<Producer> {
    Some(Producer {
        binding: text(node, "binding")?,
        queue: text(node, "queue").filter(|queue| !queue.is_empty()),
        delivery_delay: node.get("delivery_delay").map(Node::to_json),
    })
}

fn consumer(node: &Node) -> Option<Consumer> {
    let others = node.members().iter();
    let others = others.filter(|member| !matches!(member.name.as_str(), "queue" | "dead_letter_queue"));
    Some(Consumer {
        queue: text(node, "queue")?,
        dead_letter_queue: text(node, "dead_letter_queue"),
        settings: others
            .map(|member| (member.name.clone(), member.value.to_json()))
            .collect(),
    })
}
