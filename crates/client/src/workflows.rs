//! The Workflows resource.

use crate::error::Error;
use crate::request::{Answer, Api};
use serde_json::{Value, json};
use ureq::http::Method;

/// Which instances a list has.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this status.
    pub status: Option<String>,
    /// Created at or after, ISO 8601.
    pub date_start: Option<String>,
    /// Created at or before, ISO 8601.
    pub date_end: Option<String>,
    /// Oldest first.
    pub reverse: bool,
    /// How many a page has.
    pub per_page: Option<u32>,
    /// Which page, from 1.
    pub page: u32,
}

/// Which instances go to which version.
#[derive(Debug, Clone, Default)]
pub struct Migrate {
    /// The version; the live one if it is not said.
    pub version: Option<String>,
    /// The instances; all that live if none is named.
    pub instances: Vec<String>,
}

impl Api {
    /// A page of Workflows.
    pub fn workflows(&self, page: u32, per_page: Option<u32>) -> Result<Answer, Error> {
        let mut query = vec![("page", page.to_string())];
        query.extend(per_page.map(|count| ("per_page", count.to_string())));
        self.get(&["workflows"], &query)
    }

    /// One Workflow.
    pub fn workflow(&self, name: &str) -> Result<Answer, Error> {
        self.get(&["workflows", name], &[])
    }

    /// A page of the versions of a Workflow, newest first; a server tells which are live.
    pub fn versions(&self, name: &str, page: u32, per_page: Option<u32>) -> Result<Answer, Error> {
        let mut query = vec![("page", page.to_string()), ("details", "true".to_owned())];
        query.extend(per_page.map(|count| ("per_page", count.to_string())));
        self.get(&["workflows", name, "versions"], &query)
    }

    /// Deletes a Workflow and its instances.
    pub fn delete_workflow(&self, name: &str) -> Result<Answer, Error> {
        self.send(&Method::DELETE, &["workflows", name], None)
    }

    /// Whether instances go on in the live version (an endpoint of Stepwell's).
    pub fn follows_latest(&self, name: &str) -> Result<Answer, Error> {
        self.get(&["workflows", name, "follow-latest"], &[])
    }

    /// Has all instances go on in the live version, or stay on theirs (an endpoint of Stepwell's).
    pub fn follow_latest(&self, name: &str, enabled: bool) -> Result<Answer, Error> {
        let path = ["workflows", name, "follow-latest"];
        self.send(&Method::PUT, &path, Some(&json!({ "enabled": enabled })))
    }

    /// Creates an instance. Without params its payload is `{}`.
    pub fn create(&self, name: &str, id: Option<&str>, params: Option<&Value>) -> Result<Answer, Error> {
        let id_field = if self.is_local() { "id" } else { "instance_id" };
        let mut body = json!({});
        if let Some(id) = id {
            body[id_field] = json!(id);
        }
        if let Some(params) = params {
            body["params"] = params.clone();
        }
        self.send(&Method::POST, &["workflows", name, "instances"], Some(&body))
    }

    /// A page of instances, newest first unless reversed. Pages of a server are reached one after the other.
    pub fn instances(&self, name: &str, filter: &Filter) -> Result<Answer, Error> {
        let mut query: Vec<(&str, String)> = Vec::new();
        query.extend(filter.status.clone().map(|status| ("status", status)));
        query.extend(filter.date_start.clone().map(|date| ("date_start", date)));
        query.extend(filter.date_end.clone().map(|date| ("date_end", date)));
        query.extend(filter.per_page.map(|count| ("per_page", count.to_string())));
        let path = ["workflows", name, "instances"];
        if self.is_local() {
            query.push(("page", filter.page.max(1).to_string()));
            return self.get(&path, &query);
        }
        let direction = if filter.reverse { "asc" } else { "desc" };
        query.push(("direction", direction.to_owned()));
        let mut answer = self.get(&path, &query)?;
        for _ in 1..filter.page {
            let Some(cursor) = answer.info.cursor.clone().filter(|cursor| !cursor.is_empty()) else {
                answer.result = json!([]);
                return Ok(answer);
            };
            let mut next = query.clone();
            next.push(("cursor", cursor));
            answer = self.get(&path, &next)?;
        }
        Ok(answer)
    }

    /// One instance with its steps.
    pub fn instance(&self, name: &str, id: &str) -> Result<Answer, Error> {
        self.get(&["workflows", name, "instances", id], &[])
    }

    /// Why an instance is as it is.
    pub fn reason(&self, name: &str, id: &str) -> Result<Answer, Error> {
        self.get(&["workflows", name, "instances", id, "reason"], &[])
    }

    /// Pauses, resumes, terminates or restarts an instance, as the body says.
    pub fn change(&self, name: &str, id: &str, body: &Value) -> Result<Answer, Error> {
        let path = ["workflows", name, "instances", id, "status"];
        self.send(&Method::PATCH, &path, Some(body))
    }

    /// Sends an event.
    pub fn send_event(&self, name: &str, id: &str, kind: &str, payload: &Value) -> Result<Answer, Error> {
        let path = ["workflows", name, "instances", id, "events", kind];
        self.send(&Method::POST, &path, Some(payload))
    }

    /// Deletes up to 100 instances.
    pub fn delete_instances(&self, name: &str, ids: &[String]) -> Result<Answer, Error> {
        let path = ["workflows", name, "instances", "batch", "delete"];
        self.send(&Method::POST, &path, Some(&json!({ "instances": ids })))
    }

    /// Starts a job that terminates all instances, or those of a status.
    pub fn terminate_all(&self, name: &str, status: Option<&str>) -> Result<Answer, Error> {
        let path = ["workflows", name, "instances", "terminate"];
        let query: Vec<(&str, String)> = status
            .map(|status| ("status", status.to_owned()))
            .into_iter()
            .collect();
        self.change_with(&Method::PUT, &path, &query)
    }

    /// Moves instances to another version of their Workflow.
    pub fn migrate(&self, name: &str, which: &Migrate) -> Result<Answer, Error> {
        let mut body = json!({});
        if let Some(version) = &which.version {
            body["version_id"] = json!(version);
        }
        if !which.instances.is_empty() {
            body["instances"] = json!(which.instances);
        }
        self.send(
            &Method::POST,
            &["workflows", name, "instances", "migrate"],
            Some(&body),
        )
    }
}
