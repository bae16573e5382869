//! Reads the code as an interpreter would run it.

mod call;
mod class;
mod condition;
mod emit;
mod expression;
mod function;
mod member;
mod pattern;
mod promise;
mod scope;
mod statement;
mod step;

use crate::graph::{Function, Graph, Node, Workflow};
use crate::module::Module;
use crate::prune::prune;
use crate::shape::{ShapeId, Shapes};
use crate::value::{Class, Object, ObjectId, Value};
use emit::Mark;
use function::Memo;
use oxc_ast::ast::Program;
use scope::{Frame, Scope};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Expressions and statements that are read, functions that are read again counted again. A second's work.
const FUEL: u32 = 1_000_000;
/// Expressions in expressions: what is deeper is not looked at.
const DEPTH_MAX: u32 = 1_000;
/// Nodes in nodes: JSON has to be readable with the recursion limits of clients.
const NESTING_MAX: usize = 24;
/// Nodes of a graph: more than a picture can hold.
const NODES_MAX: usize = 10_000;

/// The graph of the class that the program exports under this name.
pub(crate) fn graph<'a>(program: &'a Program<'a>, class_name: &'a str) -> Option<Graph> {
    // Read twice: only then is it known which variables change and which functions call themselves, so that a value
    // that holds the first time is not taken for the only one.
    let mut first = Walker::new(program);
    let class = first.exported_class(class_name)?;
    let event = first.shapes.add();
    first.collect(|walker| walker.run(class, event));
    let mut walker = Walker::new(program);
    walker.reassigned = first.reassigned;
    walker.recursive = first.recursive;
    let class = walker.exported_class(class_name)?;
    let event = walker.shapes.add();
    let mut nodes = walker.collect(|walker| walker.run(class, event));
    let mut functions = std::mem::take(&mut walker.functions);
    prune(&mut nodes, &mut functions);
    walker.number(&mut nodes);
    for function in functions.values_mut() {
        walker.number(&mut function.nodes);
    }
    Some(Graph {
        version: 1,
        workflow: Workflow {
            class_name: class_name.to_owned(),
            functions,
            nodes,
            payload: walker.shapes.json(event),
        },
    })
}

/// Where the reading is, and what it has found.
pub(crate) struct Walker<'a> {
    source: &'a str,
    module: Module<'a>,
    /// Names of the module that are just being looked up: a name may need itself.
    resolving: HashSet<&'a str>,
    scopes: Vec<Scope<'a>>,
    /// Names of variables that change, wherever they are.
    reassigned: HashSet<&'a str>,
    frame: Frame<'a>,
    objects: Vec<Object<'a>>,
    shapes: Shapes,
    /// The events that are waited for, in the order in which nodes name them.
    events: Vec<ShapeId>,
    marks: Vec<Mark>,
    /// The lists of nodes that are open, the innermost last.
    lists: Vec<Vec<Node>>,
    nodes: usize,
    functions: BTreeMap<String, Function>,
    read: HashMap<String, Memo<'a>>,
    /// The functions that are being read, by place and key in `read`.
    reading: Vec<(u32, String)>,
    /// Functions that call themselves, by place.
    recursive: HashSet<u32>,
    /// Functions without a name that are being read.
    active: HashSet<u32>,
    fuel: u32,
    depth: u32,
}

impl<'a> Walker<'a> {
    fn new(program: &'a Program<'a>) -> Self {
        Self {
            source: program.source_text,
            module: Module::of(program),
            resolving: HashSet::new(),
            scopes: vec![Scope::default()],
            reassigned: HashSet::new(),
            frame: Frame::module(),
            objects: Vec::new(),
            shapes: Shapes::default(),
            events: Vec::new(),
            marks: Vec::new(),
            lists: Vec::new(),
            nodes: 0,
            functions: BTreeMap::new(),
            read: HashMap::new(),
            reading: Vec::new(),
            recursive: HashSet::new(),
            active: HashSet::new(),
            fuel: FUEL,
            depth: 0,
        }
    }

    fn exported_class(&mut self, name: &'a str) -> Option<Class<'a>> {
        for binding in self.module.candidates(name) {
            let value = self.in_module(|walker| walker.bound(binding, name));
            if let Value::Class(class) = value
                && self.method(class, "run", false).is_some()
            {
                return Some(class);
            }
        }
        None
    }

    /// `new Class(ctx, env).run(event, step)`.
    fn run(&mut self, class: Class<'a>, event: ShapeId) {
        let this = self.construct(class, &[]);
        let Some(run) = self.method(class, "run", false) else {
            return;
        };
        let payload = Value::Event(event);
        self.inline(&run, &this, &[payload, Value::Step]);
    }

    fn object(&mut self, object: Object<'a>) -> Value<'a> {
        self.objects.push(object);
        Value::Object(ObjectId(self.objects.len() - 1))
    }

    /// Whether there is fuel for one more thing, and it is not too deep.
    fn enter(&mut self) -> bool {
        if self.fuel == 0 || self.depth >= DEPTH_MAX {
            return false;
        }
        self.fuel -= 1;
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }
}
