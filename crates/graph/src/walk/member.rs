//! Reading members of what is known.

use super::Walker;
use crate::value::{StepMethod, Value};
use oxc_ast::ast::MemberExpression;

impl<'a> Walker<'a> {
    /// The name of the member, if the code says it.
    pub(super) fn member_name(&mut self, member: &'a MemberExpression<'a>) -> Option<String> {
        match member {
            MemberExpression::StaticMemberExpression(member) => Some(member.property.name.to_string()),
            MemberExpression::PrivateFieldExpression(member) => Some(format!("#{}", member.field.name)),
            MemberExpression::ComputedMemberExpression(member) => match self.expression(&member.expression) {
                Value::Text(text) => Some(text.to_string()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            },
        }
    }

    /// `object.name`.
    pub(super) fn read_member(&mut self, object: &Value<'a>, name: &str) -> Value<'a> {
        match object {
            Value::Step => step_method(name).map_or(Value::Unknown, Value::StepMethod),
            Value::Event(shape) if name == "payload" => Value::Payload(*shape),
            // Of arrays and strings, not of what was sent.
            Value::Payload(_) if name == "length" => Value::Unknown,
            Value::Payload(shape) => Value::Payload(self.shapes.field(*shape, name)),
            Value::Object(id) => {
                if let Some(value) = self.objects[id.0].fields.get(name) {
                    return value.clone();
                }
                if let Some(element) = name
                    .parse()
                    .ok()
                    .and_then(|at: usize| self.objects[id.0].elements.get(at))
                {
                    return element.clone();
                }
                let Some(class) = self.objects[id.0].class else {
                    return Value::Unknown;
                };
                self.class_member(class, object, name, false)
            }
            Value::Class(class) => self.class_member(*class, object, name, true),
            _ => Value::Unknown,
        }
    }

    /// An element of what is an array.
    pub(super) fn element(&mut self, array: &Value<'a>, at: usize) -> Value<'a> {
        match array {
            Value::Object(id) => self.objects[id.0]
                .elements
                .get(at)
                .cloned()
                .unwrap_or(Value::Unknown),
            _ => Value::Unknown,
        }
    }
}

fn step_method(name: &str) -> Option<StepMethod> {
    match name {
        "do" => Some(StepMethod::Do),
        "sleep" => Some(StepMethod::Sleep),
        "sleepUntil" => Some(StepMethod::SleepUntil),
        "waitForEvent" => Some(StepMethod::WaitForEvent),
        _ => None,
    }
}
