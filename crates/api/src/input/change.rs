//! What is to be done to an instance: the body of `PATCH …/instances/{id}/status` (spec 4.8).

use super::json;
use serde_json::{Map, Value as Json};
use stepwell_core::limits;
use stepwell_core::step::{StepKey, StepKind};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Pause it.
    Pause,
    /// Resume it.
    Resume,
    /// End it.
    Terminate {
        /// Whether what its steps did is to be undone.
        rollback: bool,
    },
    /// Start it again, from the beginning or from a step.
    Restart(Option<StepKey>),
}

/// Reads a body. The error is everything that is wrong with it, in words.
pub(crate) fn parse(given: &[u8]) -> Result<Change, Vec<String>> {
    let body = json::value(given).map_err(|error| vec![error.to_string()])?;
    let Some(Json::Object(fields)) = &body else {
        return Err(vec![json::wrong_kind("", "object", body.as_ref())]);
    };
    // Wranglers up to 4.86 call it an action.
    let wanted = fields
        .get("status")
        .or_else(|| fields.get("action"))
        .and_then(Json::as_str);
    let rollback = fields.get("rollback");
    if rollback.is_some() && wanted != Some("terminate") {
        return Err(vec!["'rollback' is only valid when terminating.".to_owned()]);
    }
    match wanted {
        Some("pause") => Ok(Change::Pause),
        Some("resume") => Ok(Change::Resume),
        Some("terminate") => match rollback {
            None => Ok(Change::Terminate { rollback: false }),
            Some(Json::Bool(rollback)) => Ok(Change::Terminate { rollback: *rollback }),
            other => Err(vec![json::wrong_kind("rollback", "boolean", other)]),
        },
        Some("restart") => fields.get("from").map(from).transpose().map(Change::Restart),
        _ => Err(vec![
            r#"status: Invalid option: expected one of "pause"|"resume"|"terminate"|"restart""#.to_owned(),
        ]),
    }
}

/// The step to restart from: `{ name, count?, type? }`.
fn from(given: &Json) -> Result<StepKey, Vec<String>> {
    let Json::Object(fields) = given else {
        return Err(vec![json::wrong_kind("from", "object", Some(given))]);
    };
    let mut wrong = Vec::new();
    let count = count(fields.get("count")).unwrap_or_else(|text| {
        wrong.push(text);
        1
    });
    let name = name(fields).unwrap_or_else(|text| {
        wrong.push(text);
        ""
    });
    let kind = match fields.get("type").map(Json::as_str) {
        None | Some(Some("do")) => StepKind::Do,
        Some(Some("sleep")) => StepKind::Sleep,
        Some(Some("waitForEvent")) => StepKind::WaitForEvent,
        Some(_) => {
            wrong
                .push(r#"from.type: Invalid option: expected one of "do"|"sleep"|"waitForEvent""#.to_owned());
            StepKind::Do
        }
    };
    if wrong.is_empty() {
        Ok(StepKey::new(kind, name, count))
    } else {
        Err(wrong)
    }
}

fn name(fields: &Map<String, Json>) -> Result<&str, String> {
    let Some(Json::String(name)) = fields.get("name") else {
        return Err(json::wrong_kind("from.name", "string", fields.get("name")));
    };
    if name.is_empty() {
        return Err("from.name: Too small: expected string to have >=1 characters".into());
    }
    if name.encode_utf16().count() as u64 > limits::STEP_NAME_CHARS {
        let max = limits::STEP_NAME_CHARS;
        return Err(format!(
            "from.name: Too big: expected string to have <={max} characters"
        ));
    }
    Ok(name)
}

fn count(given: Option<&Json>) -> Result<u32, String> {
    let Some(given) = given else { return Ok(1) };
    let Some(number) = given.as_f64() else {
        return Err(json::wrong_kind("from.count", "number", Some(given)));
    };
    if number.fract() != 0.0 {
        return Err("from.count: Invalid input: expected int, received number".into());
    }
    if number < 1.0 {
        return Err("from.count: Too small: expected number to be >0".into());
    }
    // No instance has that many steps, so none is found.
    Ok(number as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> Vec<String> {
        parse(body.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_step_to_restart_from_has_defaults() {
        let change = parse(br#"{"status":"restart","from":{"name":"a"}}"#).unwrap();
        assert_eq!(change, Change::Restart(Some(StepKey::new(StepKind::Do, "a", 1))));
        let change =
            parse(br#"{"status":"restart","from":{"name":"a","count":2,"type":"waitForEvent"}}"#).unwrap();
        assert_eq!(
            change,
            Change::Restart(Some(StepKey::new(StepKind::WaitForEvent, "a", 2)))
        );
        assert_eq!(parse(br#"{"status":"restart"}"#).unwrap(), Change::Restart(None));
    }

    #[test]
    fn older_wranglers_say_action() {
        assert_eq!(parse(br#"{"action":"pause"}"#).unwrap(), Change::Pause);
    }

    #[test]
    fn every_mistake_is_named() {
        assert_eq!(
            refused(r#"{"status":"restart","from":{"name":"","count":0,"type":"x"}}"#),
            [
                "from.count: Too small: expected number to be >0",
                "from.name: Too small: expected string to have >=1 characters",
                r#"from.type: Invalid option: expected one of "do"|"sleep"|"waitForEvent""#,
            ]
        );
        assert_eq!(
            refused(r#"{"status":"restart","from":{"count":1.5}}"#),
            [
                "from.count: Invalid input: expected int, received number",
                "from.name: Invalid input: expected string, received undefined",
            ]
        );
        assert_eq!(
            refused(r#"{"status":"restart","from":"a"}"#),
            ["from: Invalid input: expected object, received string"]
        );
        assert_eq!(
            refused(r#"{"status":"pause","rollback":true}"#),
            ["'rollback' is only valid when terminating."]
        );
        assert_eq!(
            refused(r#"{"status":"terminate","rollback":"yes"}"#),
            ["rollback: Invalid input: expected boolean, received string"]
        );
        let options = r#"status: Invalid option: expected one of "pause"|"resume"|"terminate"|"restart""#;
        for body in [r#"{"status":"nope"}"#, r#"{"status":5}"#, "{}"] {
            assert_eq!(refused(body), [options]);
        }
        assert_eq!(refused("5"), ["Invalid input: expected object, received number"]);
        assert_eq!(
            refused(""),
            ["Invalid input: expected object, received undefined"]
        );
        assert_eq!(refused("{bad"), ["Invalid JSON request body"]);
    }
}
