//! The list of what can be debugged, as Chrome and editors read it.

use super::{Inspectors, Role};
use serde_json::{Value, json};

/// `/json/version`.
pub(super) fn version() -> Value {
    json!({ "Browser": "stepwell", "Protocol-Version": "1.3" })
}

/// `/json`; `host` is what the client calls this port.
pub(super) fn targets(inspectors: &Inspectors, host: &str) -> Value {
    let targets = inspectors.targets.lock();
    let mut all: Vec<_> = targets.iter().collect();
    all.sort_by_key(|(id, target)| (target.role, *id));
    let entries = all.into_iter().map(|(id, target)| {
        let what = match target.role {
            Role::Host => "fetch and Durable Objects",
            Role::Run => "Workflows",
        };
        let frontend = format!("experiments=true&v8only=true&ws={host}/{id}");
        json!({
            "id": id,
            "title": format!("{}: {what}", target.worker),
            "type": "node",
            "description": "stepwell dev",
            "webSocketDebuggerUrl": format!("ws://{host}/{id}"),
            "devtoolsFrontendUrl": format!("devtools://devtools/bundled/js_app.html?{frontend}"),
            "devtoolsFrontendUrlCompat": format!("devtools://devtools/bundled/inspector.html?{frontend}"),
            "faviconUrl": "https://workers.cloudflare.com/favicon.ico",
            "url": "https://workers.dev",
        })
    });
    entries.collect()
}
