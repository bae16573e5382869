//! Names, and the function that is being read.

use super::Walker;
use crate::module::Binding;
use crate::value::{Class, Code, Function, MODULE, ScopeId, Value};
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    parent: Option<ScopeId>,
    names: HashMap<&'a str, Value<'a>>,
}

/// The function that is being read.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) scope: ScopeId,
    /// Where `var` declares.
    pub(super) function_scope: ScopeId,
    pub(super) this: Value<'a>,
    /// The class whose method it is.
    pub(super) home: Option<Class<'a>>,
    /// What it has returned so far.
    pub(super) returned: Value<'a>,
    pub(super) clock: Clock,
    /// Whether returning a promise is waiting for it.
    pub(super) settles: bool,
    /// How many `switch` statements a `break` would end instead of a loop.
    pub(super) switches: u32,
}

/// Rows of promises that go on beside each other, within one asynchronous function.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    pub(super) row: u32,
    /// Promises that were left to go on.
    pub(super) open: Vec<usize>,
    /// Promises that began in the statement at hand.
    pub(super) fresh: Vec<usize>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            row: 1,
            open: Vec::new(),
            fresh: Vec::new(),
        }
    }
}

impl<'a> Frame<'a> {
    pub(super) fn module() -> Self {
        Self::new(MODULE, Value::Unknown, None)
    }

    pub(super) fn new(scope: ScopeId, this: Value<'a>, home: Option<Class<'a>>) -> Self {
        Self {
            scope,
            function_scope: scope,
            this,
            home,
            returned: Value::Unknown,
            clock: Clock::default(),
            settles: true,
            switches: 0,
        }
    }
}

impl<'a> Walker<'a> {
    pub(super) fn open_scope(&mut self, parent: ScopeId) -> ScopeId {
        self.scopes.push(Scope {
            parent: Some(parent),
            names: HashMap::new(),
        });
        ScopeId(self.scopes.len() - 1)
    }

    /// Does something in a block's scope.
    pub(super) fn in_block(&mut self, read: impl FnOnce(&mut Self)) {
        let outer = self.frame.scope;
        self.frame.scope = self.open_scope(outer);
        read(self);
        self.frame.scope = outer;
    }

    /// Does something as the module does it when it is evaluated; what it emits is of no interest.
    pub(super) fn in_module<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let frame = std::mem::replace(&mut self.frame, Frame::module());
        self.lists.push(Vec::new());
        let result = read(self);
        self.lists.pop();
        self.frame = frame;
        result
    }

    pub(super) fn declare(&mut self, scope: ScopeId, name: &'a str, value: Value<'a>) {
        self.scopes[scope.0].names.insert(name, value);
    }

    pub(super) fn assign(&mut self, name: &'a str, value: Value<'a>) {
        self.reassigned.insert(name);
        let mut at = Some(self.frame.scope);
        while let Some(scope) = at {
            let names = &mut self.scopes[scope.0].names;
            if scope == MODULE || names.contains_key(name) {
                names.insert(name, value);
                return;
            }
            at = self.scopes[scope.0].parent;
        }
    }

    /// The value of a name, `None` if nothing declares it: a global.
    pub(super) fn lookup(&mut self, name: &'a str) -> Option<Value<'a>> {
        let mut at = Some(self.frame.scope);
        while let Some(scope) = at {
            if let Some(value) = self.scopes[scope.0].names.get(name) {
                let changes =
                    matches!(value, Value::Text(_) | Value::Number(_)) && self.reassigned.contains(name);
                return Some(if changes { Value::Unknown } else { value.clone() });
            }
            at = self.scopes[scope.0].parent;
        }
        let binding = *self.module.names.get(name)?;
        if !self.resolving.insert(name) {
            return Some(Value::Unknown);
        }
        let value = self.in_module(|walker| walker.bound(binding, name));
        self.resolving.remove(name);
        self.declare(MODULE, name, value.clone());
        Some(value)
    }

    /// What the module binds to a name.
    pub(super) fn bound(&mut self, binding: Binding<'a>, name: &'a str) -> Value<'a> {
        match binding {
            Binding::Function(function) => Value::Function(Rc::new(Function {
                code: Code::Function(function),
                scope: MODULE,
                this: Value::Unknown,
                home: None,
                name: Some(name.to_owned()),
            })),
            Binding::Class(class) => Value::Class(Class {
                code: class,
                scope: MODULE,
            }),
            Binding::Expression(expression) => self.named(expression, name),
            Binding::Declarator(declarator) => {
                let value = declarator
                    .init
                    .as_ref()
                    .map_or(Value::Unknown, |init| self.expression(init));
                self.bind(&declarator.id, value, MODULE);
                self.scopes[MODULE.0]
                    .names
                    .get(name)
                    .cloned()
                    .unwrap_or(Value::Unknown)
            }
        }
    }
}
