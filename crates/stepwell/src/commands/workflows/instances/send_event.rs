//! `stepwell workflows instances send-event`

use super::super::{done, trigger};
use super::Named;
use crate::arguments::SendEventArguments;

pub(super) fn run(arguments: &SendEventArguments) -> anyhow::Result<()> {
    let payload = trigger::parsed(&arguments.payload, "--payload")?;
    let named = Named::by(&arguments.instance)?;
    let answer = named
        .api
        .send_event(named.workflow, &named.id, &arguments.kind, &payload)
        .map_err(|error| named.explain(&error))?;
    let with = match arguments.payload.as_str() {
        "{}" => String::new(),
        payload => format!(" and payload \"{payload}\""),
    };
    let sentence = format!(
        "📤 The event with type \"{}\"{with} was sent to the instance \"{}\" from {}",
        arguments.kind, named.id, named.workflow
    );
    done(arguments.instance.output.json, &answer.result, &sentence);
    Ok(())
}
