//! Which path is what.

use hyper::Method;
use percent_encoding::percent_decode_str;

/// Where the explorer is.
pub(super) const BASE: &str = "/cdn-cgi/local/explorer";
/// Where wranglers up to 4.86 look for it.
const OLD_BASE: &str = "/cdn-cgi/explorer";

/// Something to be asked. Names and ids are decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// The Workflows.
    Workflows,
    /// One of them.
    Workflow { workflow: String },
    /// Its instances.
    Instances { workflow: String },
    /// Several instances at once.
    BatchDelete { workflow: String },
    /// One instance.
    Instance { workflow: String, id: String },
    /// Its status.
    Status { workflow: String, id: String },
    /// Why it is not moving. Stepwell's own.
    Reason { workflow: String, id: String },
    /// The events for it.
    Event {
        workflow: String,
        id: String,
        event_type: String,
    },
}

/// A path of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The API itself.
    Root,
    /// A part of it.
    Endpoint(Route),
}

/// What follows the explorer's own path, if `path` lies there.
pub(super) fn below(path: &str) -> Option<&str> {
    [BASE, OLD_BASE].into_iter().find_map(|base| after(path, base))
}

/// What follows the API's path, if `path` (of [`below`]) lies there.
pub(super) fn api(path: &str) -> Option<&str> {
    after(path, "/api")
}

fn after<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a path (of [`api`]) is, if it is anything. One slash at its end does not matter.
pub(super) fn find(path: &str) -> Option<Place> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let Some(path) = path.strip_prefix('/') else {
        return path.is_empty().then_some(Place::Root);
    };
    let segments: Vec<String> = path.split('/').map(decoded).collect();
    if segments.iter().any(String::is_empty) {
        return None;
    }
    let route = match segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["workflows"] => Route::Workflows,
        ["workflows", workflow] => Route::Workflow {
            workflow: workflow.into(),
        },
        ["workflows", workflow, "instances"] => Route::Instances {
            workflow: workflow.into(),
        },
        ["workflows", workflow, "instances", "batch", "delete"] => Route::BatchDelete {
            workflow: workflow.into(),
        },
        ["workflows", workflow, "instances", id] => Route::Instance {
            workflow: workflow.into(),
            id: id.into(),
        },
        ["workflows", workflow, "instances", id, "status"] => Route::Status {
            workflow: workflow.into(),
            id: id.into(),
        },
        ["workflows", workflow, "instances", id, "reason"] => Route::Reason {
            workflow: workflow.into(),
            id: id.into(),
        },
        ["workflows", workflow, "instances", id, "events", event_type] => Route::Event {
            workflow: workflow.into(),
            id: id.into(),
            event_type: event_type.into(),
        },
        _ => return None,
    };
    Some(Place::Endpoint(route))
}

/// A segment as it was before it was encoded; as it is if it was not encoded well.
fn decoded(segment: &str) -> String {
    percent_decode_str(segment)
        .decode_utf8()
        .map_or_else(|_| segment.to_owned(), std::borrow::Cow::into_owned)
}

/// What can be done there.
pub(super) fn methods(place: &Place) -> Vec<Method> {
    match place {
        Place::Root | Place::Endpoint(Route::Workflows | Route::Reason { .. }) => vec![Method::GET],
        Place::Endpoint(Route::Workflow { .. } | Route::Instance { .. }) => {
            vec![Method::GET, Method::DELETE]
        }
        Place::Endpoint(Route::Instances { .. }) => vec![Method::GET, Method::POST],
        Place::Endpoint(Route::BatchDelete { .. } | Route::Event { .. }) => vec![Method::POST],
        Place::Endpoint(Route::Status { .. }) => vec![Method::PATCH],
    }
}

/// The methods as people and the `Allow` header have them.
pub(super) fn joined(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_explorer_is_claimed() {
        assert_eq!(below("/cdn-cgi/local/explorer"), Some(""));
        assert_eq!(below("/cdn-cgi/local/explorer/api/x"), Some("/api/x"));
        assert_eq!(below("/cdn-cgi/explorer/api"), Some("/api"));
        assert_eq!(below("/cdn-cgi/local/explorers"), None);
        assert_eq!(below("/cdn-cgi/local"), None);
        assert_eq!(api("/api"), Some(""));
        assert_eq!(api("/apis"), None);
        assert_eq!(api(""), None);
    }

    #[test]
    fn segments_are_decoded_after_they_were_split() {
        let instance = |id: &str| {
            Some(Place::Endpoint(Route::Instance {
                workflow: "w".into(),
                id: id.into(),
            }))
        };
        assert_eq!(find("/workflows/w/instances/a%20b"), instance("a b"));
        assert_eq!(find("/workflows/w/instances/x%2Fy/"), instance("x/y"));
        assert_eq!(find("/workflows/w/instances/%C3%A9"), instance("é"));
        assert_eq!(find("/workflows/w/instances/%zz"), instance("%zz"));
        assert_eq!(find("/workflows/w/instances/%ff"), instance("%ff"));
        assert_eq!(find("/workflows/w/instances/batch"), instance("batch"));
    }

    #[test]
    fn what_is_nothing() {
        for path in [
            "//workflows",
            "/workflows//",
            "/workflows/w/nope",
            "/nope",
            "/workflows/w/instances/i/events/",
        ] {
            assert_eq!(find(path), None, "{path}");
        }
        assert_eq!(find(""), Some(Place::Root));
        assert_eq!(find("/"), Some(Place::Root));
    }
}
