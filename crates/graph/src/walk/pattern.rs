//! Declaring and assigning by patterns.

use super::Walker;
use crate::value::{ScopeId, Value};
use oxc_ast::ast::{
    AssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetProperty, BindingPattern, PropertyKey,
    SimpleAssignmentTarget,
};

impl<'a> Walker<'a> {
    /// Declares what a pattern names.
    pub(super) fn bind(&mut self, pattern: &'a BindingPattern<'a>, value: Value<'a>, scope: ScopeId) {
        if !self.enter() {
            return;
        }
        match pattern {
            BindingPattern::BindingIdentifier(id) => self.declare(scope, id.name.as_str(), value),
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    let part = match self.key(&property.key) {
                        Some(name) => self.read_member(&value, &name),
                        None => Value::Unknown,
                    };
                    self.bind(&property.value, part, scope);
                }
                if let Some(rest) = &object.rest {
                    self.bind(&rest.argument, value, scope);
                }
            }
            BindingPattern::ArrayPattern(array) => {
                for (at, element) in array.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let part = self.element(&value, at);
                        self.bind(element, part, scope);
                    }
                }
                if let Some(rest) = &array.rest {
                    self.bind(&rest.argument, Value::Unknown, scope);
                }
            }
            BindingPattern::AssignmentPattern(assignment) => {
                let value = match value {
                    Value::Unknown => self.expression(&assignment.right),
                    known => known,
                };
                self.bind(&assignment.left, value, scope);
            }
        }
        self.leave();
    }

    /// Assigns to a target.
    pub(super) fn assign_to(&mut self, target: &'a AssignmentTarget<'a>, value: Value<'a>) {
        if !self.enter() {
            return;
        }
        match target {
            AssignmentTarget::ObjectAssignmentTarget(object) => {
                for property in &object.properties {
                    match property {
                        AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(property) => {
                            let name = property.binding.name.as_str();
                            let part = self.read_member(&value, name);
                            self.assign(name, part);
                        }
                        AssignmentTargetProperty::AssignmentTargetPropertyProperty(property) => {
                            let part = match self.key(&property.name) {
                                Some(name) => self.read_member(&value, &name),
                                None => Value::Unknown,
                            };
                            self.assign_maybe(&property.binding, part);
                        }
                    }
                }
            }
            AssignmentTarget::ArrayAssignmentTarget(array) => {
                for (at, element) in array.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let part = self.element(&value, at);
                        self.assign_maybe(element, part);
                    }
                }
            }
            other => {
                if let Some(simple) = other.as_simple_assignment_target() {
                    self.assign_simple(simple, value);
                }
            }
        }
        self.leave();
    }

    fn assign_maybe(&mut self, target: &'a AssignmentTargetMaybeDefault<'a>, value: Value<'a>) {
        match target {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(with) => {
                self.assign_to(&with.binding, value);
            }
            other => {
                if let Some(target) = other.as_assignment_target() {
                    self.assign_to(target, value);
                }
            }
        }
    }

    fn assign_simple(&mut self, target: &'a SimpleAssignmentTarget<'a>, value: Value<'a>) {
        if let SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = target {
            self.assign(id.name.as_str(), value);
        } else if let Some(member) = target.as_member_expression() {
            let object = self.expression(member.object());
            if let (Value::Object(id), Some(name)) = (object, self.member_name(member)) {
                self.objects[id.0].fields.insert(name, value);
            }
        }
    }

    /// The name of a property, if the code says it.
    pub(super) fn key(&mut self, key: &'a PropertyKey<'a>) -> Option<String> {
        if let PropertyKey::PrivateIdentifier(id) = key {
            return Some(format!("#{}", id.name));
        }
        if let Some(name) = key.static_name() {
            return Some(name.into_owned());
        }
        match key.as_expression().map(|key| self.expression(key)) {
            Some(Value::Text(text)) => Some(text.to_string()),
            _ => None,
        }
    }
}
