//! Calls of functions whose code is known.

use super::Walker;
use super::scope::Frame;
use crate::graph::{self, BreakKind, Kind, Node};
use crate::value::{Code, Function, MODULE, Value};
use std::fmt::Write as _;
use std::rc::Rc;

/// A function that has been read with arguments of one kind.
#[derive(Debug, Clone)]
pub(super) struct Memo<'a> {
    name: String,
    /// `None` while it is being read.
    returned: Option<Value<'a>>,
    steps: bool,
}

/// Ways in which one function is read; with further ones, texts and functions among its arguments count as unknown.
const VARIANTS_MAX: usize = 32;
/// How far into objects of objects arguments are looked at.
const LOOK_MAX: usize = 3;

impl<'a> Walker<'a> {
    pub(super) fn call_function(
        &mut self,
        function: &Function<'a>,
        this: &Value<'a>,
        arguments: &[Value<'a>],
    ) -> Value<'a> {
        let may_step = function.scope != MODULE
            || self.leads_to_steps(this, LOOK_MAX)
            || arguments
                .iter()
                .any(|argument| self.leads_to_steps(argument, LOOK_MAX));
        match &function.name {
            _ if !may_step => wrapped(arguments),
            Some(name) => self.call_named(function, &name.clone(), this, arguments),
            None => self.inline(function, this, arguments),
        }
    }

    /// Code of the module itself cannot get to steps unless it is given what can.
    fn leads_to_steps(&self, value: &Value<'a>, look: usize) -> bool {
        match value {
            Value::Step | Value::StepMethod(_) | Value::Promise(_) => true,
            Value::Function(function) => {
                function.scope != MODULE || (look > 0 && self.leads_to_steps(&function.this, look - 1))
            }
            Value::Class(class) => class.scope != MODULE,
            Value::Object(id) => {
                let object = &self.objects[id.0];
                let mut within = object.fields.values().chain(&object.elements);
                id.0 == 0 || (look > 0 && within.any(|value| self.leads_to_steps(value, look - 1)))
            }
            Value::Unknown | Value::Text(_) | Value::Number(_) | Value::Event(_) | Value::Payload(_) => false,
        }
    }

    fn call_named(
        &mut self,
        function: &Function<'a>,
        name: &str,
        this: &Value<'a>,
        arguments: &[Value<'a>],
    ) -> Value<'a> {
        let (mut key, arguments) = self.key_of(function, this, arguments);
        if let Some((_, outer)) = self
            .reading
            .iter()
            .rfind(|(place, _)| *place == function.code.place())
        {
            // It calls itself: whatever with, that is the same function.
            key.clone_from(outer);
            self.recursive.insert(function.code.place());
        }
        if !self.read.contains_key(&key) {
            self.read_function(&key, function, name, this, &arguments);
        }
        let Some(memo) = self.read.get(&key).cloned() else {
            return Value::Unknown;
        };
        let returned = memo.returned.clone().unwrap_or(Value::Unknown);
        let promises =
            function.code.is_async() || matches!(returned, Value::Promise(_)) || memo.returned.is_none();
        let value = match returned {
            Value::Promise(promise) => promise.value.clone(),
            value => value,
        };
        let call = Kind::FunctionCall { name: memo.name };
        match (memo.steps, promises) {
            (false, true) => Value::promise(Vec::new(), value),
            (false, false) => value,
            (true, true) => self.emit_promise(call, value),
            (true, false) => {
                self.emit(call);
                value
            }
        }
    }

    /// What tells this call from others of the same function, and the arguments as far as they count.
    fn key_of(
        &self,
        function: &Function<'a>,
        this: &Value<'a>,
        arguments: &[Value<'a>],
    ) -> (String, Vec<Value<'a>>) {
        let place = function.code.place();
        let prefix = format!("{place}(");
        let variants = self.read.keys().filter(|key| key.starts_with(&prefix)).count();
        let changes = |value: &Value<'a>| match value {
            Value::Text(_) | Value::Number(_) => self.recursive.contains(&place) || variants >= VARIANTS_MAX,
            Value::Step | Value::StepMethod(_) => false,
            _ => variants >= VARIANTS_MAX,
        };
        let arguments: Vec<Value<'a>> = arguments
            .iter()
            .map(|value| {
                if changes(value) {
                    Value::Unknown
                } else {
                    value.clone()
                }
            })
            .collect();
        let mut key = prefix;
        self.describe(&mut key, this, LOOK_MAX);
        for argument in &arguments {
            key.push(',');
            self.describe(&mut key, argument, LOOK_MAX);
        }
        (key, arguments)
    }

    fn describe(&self, text: &mut String, value: &Value<'a>, look: usize) {
        let _ = match value {
            Value::Unknown => write!(text, "?"),
            Value::Text(value) => write!(text, "{value:?}"),
            Value::Number(value) => write!(text, "{value}"),
            Value::Step => write!(text, "step"),
            Value::StepMethod(method) => write!(text, "step.{method:?}"),
            Value::Event(shape) => write!(text, "event{shape:?}"),
            Value::Payload(shape) => write!(text, "{shape:?}"),
            Value::Function(function) => write!(text, "f{}", function.code.place()),
            Value::Class(class) => write!(text, "c{}", class.code.span.start),
            Value::Promise(_) => write!(text, "promise"),
            Value::Object(id) if look == 0 || id.0 == 0 => write!(text, "object"),
            Value::Object(id) => {
                let object = &self.objects[id.0];
                let class = object.class.map_or(0, |class| class.code.span.start);
                let _ = write!(text, "{{{class}");
                let mut names: Vec<&String> = object.fields.keys().collect();
                names.sort();
                for name in names {
                    let _ = write!(text, ",{name}:");
                    self.describe(text, &object.fields[name], look - 1);
                }
                for element in &object.elements {
                    text.push(';');
                    self.describe(text, element, look - 1);
                }
                write!(text, "}}")
            }
        };
    }

    fn read_function(
        &mut self,
        key: &str,
        function: &Function<'a>,
        name: &str,
        this: &Value<'a>,
        arguments: &[Value<'a>],
    ) {
        let unique = self.unique(name);
        let memo = Memo {
            name: unique.clone(),
            returned: None,
            steps: true,
        };
        self.read.insert(key.to_owned(), memo);
        self.functions.insert(unique.clone(), named(&unique, Vec::new()));
        // Its nodes are no deeper for being called deep inside.
        let lists = std::mem::take(&mut self.lists);
        let mut returned = Value::Unknown;
        self.reading.push((function.code.place(), key.to_owned()));
        let nodes = self.collect(|walker| returned = walker.body(function, this, arguments, true));
        self.reading.pop();
        self.lists = lists;
        let steps = has_steps(&nodes, &unique);
        let same = self.variant(name, &unique, &nodes);
        if same.is_some() || !steps {
            self.functions.remove(&unique);
        } else {
            self.functions.insert(unique.clone(), named(&unique, nodes));
        }
        let memo = Memo {
            name: same.unwrap_or(unique),
            returned: Some(returned),
            steps,
        };
        self.read.insert(key.to_owned(), memo);
    }

    fn unique(&self, name: &str) -> String {
        let mut unique = name.to_owned();
        let mut count = 1;
        while self.functions.contains_key(&unique) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        unique
    }

    /// A function of this name that looks the same.
    fn variant(&self, name: &str, unique: &str, nodes: &[Node]) -> Option<String> {
        let mut plain = nodes.to_vec();
        unmark(&mut plain);
        let mut known = self.functions.iter();
        let same = known.find(|(other, function)| {
            let mut nodes = function.nodes.clone();
            unmark(&mut nodes);
            other.as_str() != unique && other.starts_with(name) && nodes == plain
        });
        same.map(|(other, _)| other.clone())
    }

    /// Reads a function where it is called.
    pub(super) fn inline(
        &mut self,
        function: &Function<'a>,
        this: &Value<'a>,
        arguments: &[Value<'a>],
    ) -> Value<'a> {
        let place = function.code.place();
        if !self.active.insert(place) {
            return Value::Unknown;
        }
        let before = self.lists.last().map_or(0, Vec::len);
        let returned = self.body(function, this, arguments, function.code.is_async());
        self.active.remove(&place);
        // Its last line ends nothing where it is shown.
        if let Some(list) = self.lists.last_mut()
            && list.len() > before
            && matches!(
                list.last().map(|node| &node.kind),
                Some(Kind::Break {
                    kind: BreakKind::Return
                })
            )
        {
            list.pop();
        }
        returned
    }

    /// Reads a function's body. With a clock of its own, what it starts beside each other counts from one, and what it
    /// returns it has waited for.
    fn body(
        &mut self,
        function: &Function<'a>,
        this: &Value<'a>,
        arguments: &[Value<'a>],
        own_clock: bool,
    ) -> Value<'a> {
        if !self.enter() {
            return Value::Unknown;
        }
        let scope = self.open_scope(function.scope);
        let this = match function.code {
            Code::Function(_) => this.clone(),
            Code::Arrow(_) => function.this.clone(),
        };
        let mut frame = Frame::new(scope, this, function.home);
        frame.settles = own_clock;
        if !own_clock {
            frame.clock = std::mem::take(&mut self.frame.clock);
        }
        let outer = std::mem::replace(&mut self.frame, frame);
        if let Code::Function(code) = function.code
            && let Some(id) = &code.id
        {
            self.declare(
                scope,
                id.name.as_str(),
                Value::Function(Rc::new(function.clone())),
            );
        }
        self.parameters(function.code, arguments);
        match function.code {
            Code::Function(code) => {
                if let Some(body) = &code.body {
                    self.statements(&body.statements);
                }
            }
            Code::Arrow(arrow) => match (arrow.body.as_function_body(), arrow.body.as_expression()) {
                (Some(body), _) => self.statements(&body.statements),
                (None, Some(expression)) => self.returns(Some(expression)),
                (None, None) => {}
            },
        }
        let frame = std::mem::replace(&mut self.frame, outer);
        if !own_clock {
            self.frame.clock = frame.clock;
        }
        self.leave();
        match frame.returned {
            Value::Promise(promise) => Value::Promise(promise),
            value if function.code.is_async() => Value::promise(Vec::new(), value),
            value => value,
        }
    }

    fn parameters(&mut self, code: Code<'a>, arguments: &[Value<'a>]) {
        let scope = self.frame.scope;
        let parameters = code.parameters();
        for (at, parameter) in parameters.items.iter().enumerate() {
            let mut value = arguments.get(at).cloned().unwrap_or(Value::Unknown);
            if let (Value::Unknown, Some(default)) = (&value, &parameter.initializer) {
                // What was given may be there all the same: a literal default says nothing.
                value = match self.expression(default) {
                    Value::Text(_) | Value::Number(_) if at < arguments.len() => Value::Unknown,
                    known => known,
                };
            }
            self.bind(&parameter.pattern, value, scope);
        }
        if let Some(rest) = &parameters.rest {
            let elements = arguments.iter().skip(parameters.items.len()).cloned().collect();
            let array = self.array(elements);
            self.bind(&rest.rest.argument, array, scope);
        }
    }
}

fn named(name: &str, nodes: Vec<Node>) -> graph::Function {
    graph::Function {
        name: name.to_owned(),
        nodes,
    }
}

fn unmark(nodes: &mut [Node]) {
    for node in nodes {
        node.mark = None;
        if let Kind::StepWaitForEvent { payload, .. } = &mut node.kind {
            payload.take();
        }
        for inner in node.lists_mut() {
            unmark(inner);
        }
    }
}

/// What a call gives that is not looked into: helpers that name or wrap a class or a function give that.
pub(super) fn wrapped<'a>(arguments: &[Value<'a>]) -> Value<'a> {
    if let [function @ Value::Function(_), Value::Text(_)] = arguments {
        return function.clone();
    }
    let mut classes = arguments
        .iter()
        .filter(|argument| matches!(argument, Value::Class(_)));
    classes.next().cloned().unwrap_or(Value::Unknown)
}

/// Whether there are steps in these nodes of a function, or calls of others that have some.
fn has_steps(nodes: &[Node], of: &str) -> bool {
    nodes.iter().any(|node| match &node.kind {
        Kind::StepDo { .. }
        | Kind::StepSleep { .. }
        | Kind::StepSleepUntil { .. }
        | Kind::StepWaitForEvent { .. } => true,
        Kind::FunctionCall { name } => name != of,
        _ => node.lists().iter().any(|nodes| has_steps(nodes, of)),
    })
}
