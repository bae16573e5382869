//! Expressions.

use super::Walker;
use super::step::text;
use crate::value::{Class, Code, Function, Object, Value};
use oxc_ast::ast::{
    ArrayExpression, ArrayExpressionElement, AssignmentTarget, ChainElement, Expression, MemberExpression,
    NewExpression, ObjectExpression, ObjectPropertyKind, PropertyKind, SimpleAssignmentTarget,
    TemplateLiteral,
};
use std::rc::Rc;

impl<'a> Walker<'a> {
    /// A value that gets a name: a function is known by it.
    pub(super) fn named(&mut self, expression: &'a Expression<'a>, name: &str) -> Value<'a> {
        match self.expression(expression) {
            Value::Function(function) if function.name.is_none() => {
                let mut function = (*function).clone();
                function.name = Some(name.to_owned());
                Value::Function(Rc::new(function))
            }
            value => value,
        }
    }

    pub(super) fn expression(&mut self, expression: &'a Expression<'a>) -> Value<'a> {
        if !self.enter() {
            return Value::Unknown;
        }
        let value = self.any(expression);
        self.leave();
        value
    }

    fn any(&mut self, expression: &'a Expression<'a>) -> Value<'a> {
        match expression {
            Expression::StringLiteral(literal) => Value::text(literal.value.as_str()),
            Expression::NumericLiteral(literal) => Value::Number(literal.value),
            Expression::TemplateLiteral(template) => self.template(template),
            Expression::Identifier(id) => match id.name.as_str() {
                "Infinity" => Value::Number(f64::INFINITY),
                name => self.lookup(name).unwrap_or(Value::Unknown),
            },
            Expression::ThisExpression(_) => self.frame.this.clone(),
            Expression::ParenthesizedExpression(inner) => self.expression(&inner.expression),
            Expression::SequenceExpression(sequence) => {
                let mut last = Value::Unknown;
                for expression in &sequence.expressions {
                    last = self.expression(expression);
                }
                last
            }
            Expression::AwaitExpression(wait) => {
                let value = self.expression(&wait.argument);
                self.settle_value(&value)
            }
            Expression::CallExpression(call) => self.call(call),
            Expression::NewExpression(new) => self.new_object(new),
            Expression::ChainExpression(chain) => match &chain.expression {
                ChainElement::CallExpression(call) => self.call(call),
                other => match other.as_member_expression() {
                    Some(member) => self.member(member),
                    None => Value::Unknown,
                },
            },
            Expression::ConditionalExpression(conditional) => self.conditional(conditional),
            Expression::LogicalExpression(logical) => self.logical(logical),
            Expression::BinaryExpression(binary) => {
                let left = self.expression(&binary.left);
                let right = self.expression(&binary.right);
                arithmetic(binary.operator.as_str(), &left, &right)
            }
            Expression::AssignmentExpression(assignment) => self.assignment(assignment),
            Expression::UpdateExpression(update) => {
                if let SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = &update.argument {
                    self.assign(id.name.as_str(), Value::Unknown);
                }
                Value::Unknown
            }
            Expression::UnaryExpression(unary) => {
                let value = self.expression(&unary.argument);
                match (unary.operator.as_str(), value) {
                    ("-", Value::Number(number)) => Value::Number(-number),
                    _ => Value::Unknown,
                }
            }
            Expression::YieldExpression(inner) => inner
                .argument
                .as_ref()
                .map_or(Value::Unknown, |inner| self.expression(inner)),
            Expression::ArrayExpression(array) => self.array_literal(array),
            Expression::ObjectExpression(object) => self.object_literal(object),
            Expression::ArrowFunctionExpression(arrow) => self.function(Code::Arrow(arrow), None),
            Expression::FunctionExpression(function) => {
                let name = function.id.as_ref().map(|id| id.name.to_string());
                self.function(Code::Function(function), name)
            }
            Expression::ClassExpression(class) => {
                let scope = match &class.id {
                    Some(_) => self.open_scope(self.frame.scope),
                    None => self.frame.scope,
                };
                let value = Value::Class(Class { code: class, scope });
                if let Some(id) = &class.id {
                    self.declare(scope, id.name.as_str(), value.clone());
                }
                value
            }
            Expression::TaggedTemplateExpression(tagged) => {
                self.expression(&tagged.tag);
                self.template(&tagged.quasi);
                Value::Unknown
            }
            other => match other.as_member_expression() {
                Some(member) => self.member(member),
                None => Value::Unknown,
            },
        }
    }

    fn function(&mut self, code: Code<'a>, name: Option<String>) -> Value<'a> {
        Value::Function(Rc::new(Function {
            code,
            scope: self.frame.scope,
            this: self.frame.this.clone(),
            home: self.frame.home,
            name,
        }))
    }

    fn member(&mut self, member: &'a MemberExpression<'a>) -> Value<'a> {
        if let Expression::Super(_) = member.object() {
            return match self.member_name(member) {
                Some(name) => self.super_member(&name),
                None => Value::Unknown,
            };
        }
        let object = self.expression(member.object());
        match self.member_name(member) {
            Some(name) => self.read_member(&object, &name),
            None => Value::Unknown,
        }
    }

    fn template(&mut self, template: &'a TemplateLiteral<'a>) -> Value<'a> {
        let mut whole = String::new();
        for (at, quasi) in template.quasis.iter().enumerate() {
            let written = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw);
            whole.push_str(written.as_str());
            if let Some(expression) = template.expressions.get(at) {
                let value = self.expression(expression);
                whole.push_str(&text(Some(&value)));
            }
        }
        Value::text(&whole)
    }

    fn assignment(&mut self, assignment: &'a oxc_ast::ast::AssignmentExpression<'a>) -> Value<'a> {
        let value = match &assignment.left {
            AssignmentTarget::AssignmentTargetIdentifier(id) => {
                self.named(&assignment.right, id.name.as_str())
            }
            AssignmentTarget::StaticMemberExpression(member) => {
                self.named(&assignment.right, member.property.name.as_str())
            }
            _ => self.expression(&assignment.right),
        };
        let value = if assignment.operator.is_assign() || assignment.operator.is_logical() {
            value
        } else {
            Value::Unknown
        };
        self.assign_to(&assignment.left, value.clone());
        value
    }

    pub(super) fn array(&mut self, elements: Vec<Value<'a>>) -> Value<'a> {
        self.object(Object {
            elements,
            ..Object::default()
        })
    }

    fn array_literal(&mut self, array: &'a ArrayExpression<'a>) -> Value<'a> {
        let mut elements = Vec::new();
        for element in &array.elements {
            match element {
                ArrayExpressionElement::SpreadElement(spread) => {
                    let value = self.expression(&spread.argument);
                    elements.extend(self.spread(&value));
                }
                ArrayExpressionElement::Elision(_) => elements.push(Value::Unknown),
                other => elements.extend(other.as_expression().map(|element| self.expression(element))),
            }
        }
        self.array(elements)
    }

    /// What `...value` stands for in an array.
    pub(super) fn spread(&self, value: &Value<'a>) -> Vec<Value<'a>> {
        match value {
            Value::Object(id) => self.objects[id.0].elements.clone(),
            Value::Unknown => Vec::new(),
            other => vec![other.clone()],
        }
    }

    fn object_literal(&mut self, literal: &'a ObjectExpression<'a>) -> Value<'a> {
        let value = self.object(Object::default());
        let Value::Object(id) = value else { return value };
        for property in &literal.properties {
            match property {
                ObjectPropertyKind::SpreadProperty(spread) => match self.expression(&spread.argument) {
                    Value::Object(from) => {
                        let fields = self.objects[from.0].fields.clone();
                        self.objects[id.0].fields.extend(fields);
                    }
                    // Says that there may be more.
                    _ => {
                        self.objects[id.0].fields.insert("...".to_owned(), Value::Unknown);
                    }
                },
                ObjectPropertyKind::ObjectProperty(property) => {
                    let name = self.key(&property.key);
                    let field = match (&name, property.kind) {
                        (Some(name), PropertyKind::Init) => self.named(&property.value, name),
                        _ => Value::Unknown,
                    };
                    if let Some(name) = name {
                        self.objects[id.0].fields.insert(name, field);
                    }
                }
            }
        }
        value
    }

    fn new_object(&mut self, new: &'a NewExpression<'a>) -> Value<'a> {
        let class = self.expression(&new.callee);
        let arguments = self.arguments(&new.arguments);
        match class {
            Value::Class(class) => {
                if self.enter() {
                    let object = self.construct(class, &arguments);
                    self.leave();
                    object
                } else {
                    Value::Unknown
                }
            }
            _ if new.callee.is_specific_id("Date") => match arguments.first() {
                Some(time @ (Value::Text(_) | Value::Number(_))) => time.clone(),
                _ => Value::Unknown,
            },
            _ => self.call_unknown(&arguments, false),
        }
    }
}

/// Numbers that are known, and texts that are put together.
fn arithmetic<'a>(operator: &str, left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
    match (operator, left, right) {
        ("+", Value::Number(left), Value::Number(right)) => Value::Number(left + right),
        ("-", Value::Number(left), Value::Number(right)) => Value::Number(left - right),
        ("*", Value::Number(left), Value::Number(right)) => Value::Number(left * right),
        ("/", Value::Number(left), Value::Number(right)) => Value::Number(left / right),
        ("+", Value::Text(_), _) | ("+", _, Value::Text(_)) => {
            Value::text(&format!("{}{}", text(Some(left)), text(Some(right))))
        }
        _ => Value::Unknown,
    }
}
