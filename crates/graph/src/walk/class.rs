//! Classes: methods, fields, what a constructor leaves behind.

use super::Walker;
use super::scope::Frame;
use crate::value::{Class, Code, Function, Object, Value};
use oxc_ast::ast::{ClassElement, MethodDefinitionKind};
use std::rc::Rc;

/// Classes that extend each other.
const ANCESTORS_MAX: usize = 32;

impl<'a> Walker<'a> {
    /// The class that a class extends, if it is in this module.
    fn parent(&mut self, class: Class<'a>) -> Option<Class<'a>> {
        let heritage = class.code.heritage.as_ref()?;
        let frame = Frame::new(class.scope, Value::Unknown, None);
        let outer = std::mem::replace(&mut self.frame, frame);
        self.lists.push(Vec::new());
        let parent = self.expression(&heritage.expression);
        self.lists.pop();
        self.frame = outer;
        match parent {
            Value::Class(parent) => Some(parent),
            _ => None,
        }
    }

    /// A method of a class or of what it extends, before an object has it.
    pub(super) fn method(&mut self, class: Class<'a>, name: &str, of_class: bool) -> Option<Function<'a>> {
        let mut at = class;
        for _ in 0..ANCESTORS_MAX {
            match self.own(at, name, of_class, &Value::Unknown) {
                Some(Value::Function(function)) => {
                    return Some((*function).clone());
                }
                Some(_) => return None,
                None => at = self.parent(at)?,
            }
        }
        None
    }

    /// A member of an object through its class.
    pub(super) fn class_member(
        &mut self,
        class: Class<'a>,
        object: &Value<'a>,
        name: &str,
        of_class: bool,
    ) -> Value<'a> {
        let mut at = class;
        for _ in 0..ANCESTORS_MAX {
            if let Some(value) = self.own(at, name, of_class, object) {
                return value;
            }
            match self.parent(at) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        Value::Unknown
    }

    /// `super.name` in a method of `home`.
    pub(super) fn super_member(&mut self, name: &str) -> Value<'a> {
        let this = self.frame.this.clone();
        match self.frame.home.and_then(|home| self.parent(home)) {
            Some(parent) => self.class_member(parent, &this, name, false),
            None => Value::Unknown,
        }
    }

    /// What a class itself says about a member.
    fn own(&mut self, class: Class<'a>, name: &str, of_class: bool, this: &Value<'a>) -> Option<Value<'a>> {
        for element in &class.code.body.body {
            match element {
                ClassElement::MethodDefinition(method)
                    if method.r#static == of_class && self.key(&method.key).as_deref() == Some(name) =>
                {
                    let function = Function {
                        code: Code::Function(&method.value),
                        scope: class.scope,
                        this: this.clone(),
                        home: Some(class),
                        name: Some(method_name(class, this, name)),
                    };
                    return Some(match method.kind {
                        MethodDefinitionKind::Get => self.inline(&function, this, &[]),
                        _ => Value::Function(Rc::new(function)),
                    });
                }
                ClassElement::PropertyDefinition(property)
                    if property.r#static == of_class && self.key(&property.key).as_deref() == Some(name) =>
                {
                    let value = property.value.as_ref()?;
                    let full_name = method_name(class, this, name);
                    let frame = Frame::new(class.scope, this.clone(), Some(class));
                    let outer = std::mem::replace(&mut self.frame, frame);
                    let value = self.named(value, &full_name);
                    self.frame = outer;
                    return Some(value);
                }
                _ => {}
            }
        }
        None
    }

    /// `new Class(…)`: an object with the fields that the constructor gives it.
    pub(super) fn construct(&mut self, class: Class<'a>, arguments: &[Value<'a>]) -> Value<'a> {
        let object = self.object(Object {
            class: Some(class),
            ..Object::default()
        });
        self.construct_as(class, &object, arguments);
        object
    }

    /// The constructor of a class, or of what it extends, for an object that is there.
    pub(super) fn construct_as(&mut self, class: Class<'a>, object: &Value<'a>, arguments: &[Value<'a>]) {
        let constructor = class.code.body.body.iter().find_map(|element| match element {
            ClassElement::MethodDefinition(method) if method.kind == MethodDefinitionKind::Constructor => {
                Some(method)
            }
            _ => None,
        });
        match constructor {
            Some(method) => {
                let function = Function {
                    code: Code::Function(&method.value),
                    scope: class.scope,
                    this: object.clone(),
                    home: Some(class),
                    name: None,
                };
                self.inline(&function, object, arguments);
            }
            None => {
                if self.enter() {
                    if let Some(parent) = self.parent(class) {
                        self.construct_as(parent, object, arguments);
                    }
                    self.leave();
                }
            }
        }
    }

    /// `super(…)` in a constructor.
    pub(super) fn super_call(&mut self, arguments: &[Value<'a>]) {
        let object = self.frame.this.clone();
        if let Some(parent) = self.frame.home.and_then(|home| self.parent(home)) {
            self.construct_as(parent, &object, arguments);
        }
    }
}

/// A method of the Workflow goes by its name, one of another class by that class's too.
fn method_name(class: Class<'_>, this: &Value<'_>, name: &str) -> String {
    let is_workflow = matches!(this, Value::Object(id) if id.0 == 0) || matches!(this, Value::Unknown);
    match &class.code.id {
        Some(id) if !is_workflow => format!("{}.{name}", id.name),
        _ => name.to_owned(),
    }
}
