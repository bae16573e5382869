//! Calls.

use super::Walker;
use super::function::wrapped;
use crate::graph::Kind;
use crate::value::{Function, ObjectId, Value};
use oxc_ast::ast::{Argument, CallExpression, Expression, MemberExpression};
use std::rc::Rc;

/// Methods that call their first argument for each of many things.
const LOOPS: [&str; 13] = [
    "map",
    "forEach",
    "filter",
    "flatMap",
    "reduce",
    "reduceRight",
    "some",
    "every",
    "find",
    "findIndex",
    "findLast",
    "from",
    "fromAsync",
];

impl<'a> Walker<'a> {
    pub(super) fn arguments(&mut self, arguments: &'a [Argument<'a>]) -> Vec<Value<'a>> {
        let mut values = Vec::new();
        for argument in arguments {
            match argument {
                Argument::SpreadElement(spread) => {
                    let value = self.expression(&spread.argument);
                    values.extend(self.spread(&value));
                }
                other => values.extend(other.as_expression().map(|argument| self.expression(argument))),
            }
        }
        values
    }

    pub(super) fn call(&mut self, call: &'a CallExpression<'a>) -> Value<'a> {
        let callee = call.callee.without_parentheses();
        if let Expression::Super(_) = callee {
            let arguments = self.arguments(&call.arguments);
            self.super_call(&arguments);
            return Value::Unknown;
        }
        if let Some(member) = callee.as_member_expression() {
            return self.call_member(member, call);
        }
        // `a?.b()` in parentheses, and other ways to a function.
        let function = self.expression(callee);
        let arguments = self.arguments(&call.arguments);
        self.apply(&function, &Value::Unknown, &arguments, false)
    }

    fn call_member(&mut self, member: &'a MemberExpression<'a>, call: &'a CallExpression<'a>) -> Value<'a> {
        let name = self.member_name(member).unwrap_or_default();
        let object = match member.object() {
            Expression::Super(_) => {
                let method = self.super_member(&name);
                let this = self.frame.this.clone();
                let arguments = self.arguments(&call.arguments);
                return self.apply(&method, &this, &arguments, false);
            }
            Expression::Identifier(id) if id.name == "Promise" && self.lookup("Promise").is_none() => {
                return self.promise_static(&name, &call.arguments);
            }
            object => self.expression(object),
        };
        let is_loop = LOOPS.contains(&name.as_str());
        if let (Value::Promise(promise), "then" | "catch" | "finally") = (&object, name.as_str()) {
            let promise = Rc::clone(promise);
            let arguments = self.arguments(&call.arguments);
            return self.then(&promise, &arguments);
        }
        if let (Value::Function(_) | Value::StepMethod(_), "call" | "apply" | "bind") =
            (&object, name.as_str())
        {
            return self.call_by(&object, &name, call);
        }
        if let (Value::Object(id), "push" | "unshift") = (&object, name.as_str()) {
            let arguments = self.arguments(&call.arguments);
            self.objects[id.0].elements.extend(arguments);
            return Value::Unknown;
        }
        // What is called on a payload is no field of it.
        let method = match &object {
            Value::Payload(_) => Value::Unknown,
            object => self.read_member(object, &name),
        };
        let arguments = self.arguments(&call.arguments);
        self.apply(&method, &object, &arguments, is_loop)
    }

    /// `function.call(this, …)`, `.apply(this, […])` and `.bind(this)`.
    fn call_by(&mut self, function: &Value<'a>, how: &str, call: &'a CallExpression<'a>) -> Value<'a> {
        let mut arguments = self.arguments(&call.arguments);
        let this = if arguments.is_empty() {
            Value::Unknown
        } else {
            arguments.remove(0)
        };
        match how {
            "call" => self.apply(function, &this, &arguments, false),
            "apply" => {
                let elements = arguments
                    .first()
                    .map(|array| self.spread(array))
                    .unwrap_or_default();
                self.apply(function, &this, &elements, false)
            }
            _ => match function {
                Value::Function(function) => {
                    let mut bound: Function<'a> = (**function).clone();
                    bound.this = this;
                    Value::Function(Rc::new(bound))
                }
                other => other.clone(),
            },
        }
    }

    pub(super) fn apply(
        &mut self,
        callee: &Value<'a>,
        this: &Value<'a>,
        arguments: &[Value<'a>],
        is_loop: bool,
    ) -> Value<'a> {
        match callee {
            Value::StepMethod(method) => self.call_step(*method, arguments),
            Value::Function(function) => {
                let this = match this {
                    Value::Unknown => function.this.clone(),
                    this => this.clone(),
                };
                self.call_function(function, &this, arguments)
            }
            _ => self.call_unknown(arguments, is_loop),
        }
    }

    /// A call of what is not known: it may well call the functions that it is given.
    pub(super) fn call_unknown(&mut self, arguments: &[Value<'a>], is_loop: bool) -> Value<'a> {
        let functions: Vec<Rc<Function<'a>>> = arguments
            .iter()
            .flat_map(|argument| self.functions_in(argument))
            .collect();
        if functions.is_empty() {
            return wrapped(arguments);
        }
        let mut value = Value::Unknown;
        let read = |walker: &mut Self| {
            for function in functions {
                let returned = walker.call_function(&function, &function.this, &[]);
                value = std::mem::replace(&mut value, Value::Unknown).or(returned);
            }
        };
        if is_loop {
            let nodes = self.collect(read);
            if !nodes.is_empty() {
                self.emit(Kind::Loop { nodes });
            }
        } else {
            read(self);
        }
        match value {
            promise @ Value::Promise(_) => promise,
            _ => wrapped(arguments),
        }
    }

    /// A function, or those in an object of options.
    fn functions_in(&self, value: &Value<'a>) -> Vec<Rc<Function<'a>>> {
        match value {
            Value::Function(function) => vec![Rc::clone(function)],
            Value::Object(ObjectId(at)) if self.objects[*at].class.is_none() => {
                let object = &self.objects[*at];
                let mut names: Vec<&String> = object.fields.keys().collect();
                names.sort();
                let values = names.into_iter().map(|name| &object.fields[name]);
                let functions = values.chain(&object.elements).filter_map(|value| match value {
                    Value::Function(function) => Some(Rc::clone(function)),
                    _ => None,
                });
                functions.collect()
            }
            _ => Vec::new(),
        }
    }
}
