//! What is known of a value while the code is read.

use crate::shape::ShapeId;
use oxc_ast::ast;
use std::collections::HashMap;
use std::rc::Rc;

/// A value, as far as it matters for steps.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    /// Anything.
    Unknown,
    /// A string, with `${...}` for its unknown parts.
    Text(Rc<str>),
    /// A number.
    Number(f64),
    /// The second argument of `run()`.
    Step,
    /// A method of it, on its own.
    StepMethod(StepMethod),
    /// The first argument of `run()`, or what a `waitForEvent` gave.
    Event(ShapeId),
    /// The payload of one, or a part of it.
    Payload(ShapeId),
    /// Something to call.
    Function(Rc<Function<'a>>),
    /// Something to construct.
    Class(Class<'a>),
    /// An object or array whose contents are known in part.
    Object(ObjectId),
    /// The promise of a step, or of a call with steps in it.
    Promise(Rc<Promise<'a>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepMethod {
    Do,
    Sleep,
    SleepUntil,
    WaitForEvent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ScopeId(pub(crate) usize);

/// The scope of the module: what is there is known everywhere.
pub(crate) const MODULE: ScopeId = ScopeId(0);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ObjectId(pub(crate) usize);

#[derive(Debug, Clone)]
pub(crate) struct Function<'a> {
    pub(crate) code: Code<'a>,
    /// Where it was written.
    pub(crate) scope: ScopeId,
    /// `this` of an arrow function, or of a method that was taken from an object.
    pub(crate) this: Value<'a>,
    /// The class it is a method of: where `super` leads.
    pub(crate) home: Option<Class<'a>>,
    /// What the graph calls it; a function without a name is read where it is called.
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Code<'a> {
    Function(&'a ast::Function<'a>),
    Arrow(&'a ast::ArrowFunctionExpression<'a>),
}

impl<'a> Code<'a> {
    pub(crate) fn parameters(self) -> &'a ast::FormalParameters<'a> {
        match self {
            Self::Function(function) => &function.params,
            Self::Arrow(arrow) => &arrow.params,
        }
    }

    pub(crate) fn is_async(self) -> bool {
        match self {
            Self::Function(function) => function.r#async,
            Self::Arrow(arrow) => arrow.r#async,
        }
    }

    /// Where it is in the source, which tells it from every other.
    pub(crate) fn place(self) -> u32 {
        match self {
            Self::Function(function) => function.span.start,
            Self::Arrow(arrow) => arrow.span.start,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Class<'a> {
    pub(crate) code: &'a ast::Class<'a>,
    pub(crate) scope: ScopeId,
}

#[derive(Debug, Default)]
pub(crate) struct Object<'a> {
    pub(crate) fields: HashMap<String, Value<'a>>,
    /// Of an array, as far as they are known.
    pub(crate) elements: Vec<Value<'a>>,
    /// What it is an instance of.
    pub(crate) class: Option<Class<'a>>,
}

#[derive(Debug)]
pub(crate) struct Promise<'a> {
    /// The nodes whose end it waits for.
    pub(crate) marks: Vec<usize>,
    /// What it gives.
    pub(crate) value: Value<'a>,
}

impl Value<'_> {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn promise(marks: Vec<usize>, value: Self) -> Self {
        Self::Promise(Rc::new(Promise { marks, value }))
    }

    /// Either of two: what is known of one is taken to hold, because a diagram with too much tells more than an empty
    /// one.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, known) => known,
            (Self::Promise(one), Self::Promise(two)) => Self::promise(
                one.marks.iter().chain(&two.marks).copied().collect(),
                one.value.clone().or(two.value.clone()),
            ),
            (known, Self::Promise(promise)) if !known.is_followed() => Self::Promise(promise),
            (Self::Text(one), Self::Text(two)) if one != two => Self::Unknown,
            (Self::Number(one), Self::Number(two)) if one.to_bits() != two.to_bits() => Self::Unknown,
            (known, _) => known,
        }
    }

    /// Whether there is more to it than what it looks like.
    fn is_followed(&self) -> bool {
        !matches!(self, Self::Unknown | Self::Text(_) | Self::Number(_))
    }
}
