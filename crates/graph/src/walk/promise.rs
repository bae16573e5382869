//! `Promise.all()` and its like, `then()`.

use super::Walker;
use crate::graph::{Kind, ParallelKind};
use crate::value::{ObjectId, Promise, Value};
use oxc_ast::ast::{Argument, ArrayExpression, ArrayExpressionElement, Expression};

impl<'a> Walker<'a> {
    pub(super) fn promise_static(&mut self, name: &str, arguments: &'a [Argument<'a>]) -> Value<'a> {
        let kind = match name {
            "all" => ParallelKind::All,
            "any" => ParallelKind::Any,
            "allSettled" => ParallelKind::AllSettled,
            "race" => ParallelKind::Race,
            _ => {
                let values = self.arguments(arguments);
                return values.into_iter().next().unwrap_or(Value::Unknown);
            }
        };
        let mut results = Vec::new();
        let nodes = self.collect(|walker| {
            let first = arguments.first().and_then(Argument::as_expression);
            match first.map(Expression::without_parentheses) {
                Some(Expression::ArrayExpression(array)) => results = walker.members(array),
                Some(other) => {
                    let value = walker.expression(other);
                    results = match value {
                        Value::Object(ObjectId(at)) => walker.objects[at].elements.clone(),
                        other => vec![other],
                    };
                }
                None => {}
            }
        });
        // Promises that began before stay where they began.
        if !nodes.is_empty() {
            self.emit(Kind::Parallel { kind, nodes });
        }
        let marks = results.iter().flat_map(|value| self.marks_of(value)).collect();
        let values = results.iter().map(given).collect();
        let value = self.array(values);
        Value::promise(marks, value)
    }

    /// Each element of the array is one thing beside the others, however many nodes it has.
    fn members(&mut self, array: &'a ArrayExpression<'a>) -> Vec<Value<'a>> {
        let mut values = Vec::new();
        for element in &array.elements {
            let mut found = Vec::new();
            let mut nodes = self.collect(|walker| match element {
                ArrayExpressionElement::SpreadElement(spread) => {
                    let value = walker.expression(&spread.argument);
                    found = walker.spread(&value);
                    if found.is_empty() {
                        found.push(value);
                    }
                }
                other => found.extend(other.as_expression().map(|element| walker.expression(element))),
            });
            values.append(&mut found);
            match nodes.len() {
                0 => {}
                1 => self.push(nodes.remove(0)),
                _ => self.emit(Kind::Block { nodes }),
            }
        }
        values
    }

    /// The promises that a value stands for.
    fn marks_of(&self, value: &Value<'a>) -> Vec<usize> {
        match value {
            Value::Promise(promise) => promise.marks.clone(),
            Value::Object(id) => self.element_marks(*id),
            _ => Vec::new(),
        }
    }

    /// The promises in an array.
    fn element_marks(&self, ObjectId(at): ObjectId) -> Vec<usize> {
        let mut marks = Vec::new();
        for element in &self.objects[at].elements {
            if let Value::Promise(promise) = element {
                marks.extend(&promise.marks);
            }
        }
        marks
    }

    /// `promise.then(…)`: what comes after it, and the promise of both.
    pub(super) fn then(&mut self, promise: &Promise<'a>, callbacks: &[Value<'a>]) -> Value<'a> {
        let mut marks = promise.marks.clone();
        let mut value = promise.value.clone();
        for callback in callbacks {
            let Value::Function(function) = callback else {
                continue;
            };
            let given = promise.value.clone();
            let returned = self.call_function(function, &function.this, &[given]);
            match returned {
                Value::Promise(inner) => {
                    marks.extend(&inner.marks);
                    value = inner.value.clone();
                }
                other => value = other,
            }
        }
        Value::promise(marks, value)
    }
}

/// What comes out when it is awaited.
fn given<'a>(value: &Value<'a>) -> Value<'a> {
    match value {
        Value::Promise(promise) => promise.value.clone(),
        other => other.clone(),
    }
}
