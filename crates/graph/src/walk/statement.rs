//! Statements.

use super::Walker;
use crate::graph::{Block, BreakKind, Kind, Node};
use crate::value::{Class, Code, Function, Value};
use oxc_ast::ast::{
    BindingPattern, Expression, ForStatementInit, ForStatementLeft, Statement, TryStatement,
    VariableDeclaration,
};
use std::rc::Rc;

impl<'a> Walker<'a> {
    /// Up to the first that ends the list.
    pub(super) fn statements(&mut self, statements: &'a [Statement<'a>]) {
        for statement in statements {
            if let Statement::FunctionDeclaration(function) = statement
                && let Some(id) = &function.id
            {
                let value = Value::Function(Rc::new(Function {
                    code: Code::Function(function),
                    scope: self.frame.scope,
                    this: Value::Unknown,
                    home: None,
                    name: Some(id.name.to_string()),
                }));
                self.declare(self.frame.scope, id.name.as_str(), value);
            }
        }
        for statement in statements {
            self.statement(statement);
            self.flush();
            if statement.is_jump_statement() {
                break;
            }
        }
    }

    pub(super) fn statement(&mut self, statement: &'a Statement<'a>) {
        if !self.enter() {
            return;
        }
        match statement {
            Statement::ExpressionStatement(statement) => {
                self.expression(&statement.expression);
            }
            Statement::VariableDeclaration(variables) => self.variables(variables),
            Statement::ClassDeclaration(class) => {
                if let Some(id) = &class.id {
                    let scope = self.frame.scope;
                    self.declare(
                        scope,
                        id.name.as_str(),
                        Value::Class(Class { code: class, scope }),
                    );
                }
            }
            Statement::BlockStatement(block) => self.in_block(|walker| walker.statements(&block.body)),
            Statement::LabeledStatement(labeled) => self.statement(&labeled.body),
            Statement::IfStatement(statement) => self.if_statement(statement),
            Statement::SwitchStatement(switch) => self.switch(switch),
            Statement::TryStatement(statement) => self.try_statement(statement),
            Statement::ReturnStatement(statement) => {
                self.returns(statement.argument.as_ref());
                self.emit(Kind::Break {
                    kind: BreakKind::Return,
                });
            }
            Statement::ThrowStatement(statement) => {
                let thrown = self.expression(&statement.argument);
                self.settle_value(&thrown);
            }
            // Within a switch it ends that, which shows anyway.
            Statement::BreakStatement(statement) => {
                if self.frame.switches == 0 || statement.label.is_some() {
                    self.emit(Kind::Break {
                        kind: BreakKind::Break,
                    });
                }
            }
            _ => self.loop_statement(statement),
        }
        self.leave();
    }

    fn loop_statement(&mut self, statement: &'a Statement<'a>) {
        let outer = self.frame.scope;
        self.frame.scope = self.open_scope(outer);
        match statement {
            Statement::ForStatement(statement) => {
                match &statement.init {
                    Some(ForStatementInit::VariableDeclaration(variables)) => self.variables(variables),
                    Some(init) => {
                        init.as_expression().map(|init| self.expression(init));
                    }
                    None => {}
                }
                self.emit_loop(|walker| {
                    walker.maybe(statement.test.as_ref());
                    walker.statement(&statement.body);
                    walker.flush();
                    walker.maybe(statement.update.as_ref());
                });
            }
            Statement::ForOfStatement(statement) => {
                let over = self.expression(&statement.right);
                if statement.r#await {
                    self.settle_value(&over);
                }
                self.for_each(&statement.left, &statement.body);
            }
            Statement::ForInStatement(statement) => {
                self.expression(&statement.right);
                self.for_each(&statement.left, &statement.body);
            }
            Statement::WhileStatement(statement) => self.emit_loop(|walker| {
                walker.maybe(Some(&statement.test));
                walker.statement(&statement.body);
            }),
            Statement::DoWhileStatement(statement) => self.emit_loop(|walker| {
                walker.statement(&statement.body);
                walker.flush();
                walker.maybe(Some(&statement.test));
            }),
            _ => {}
        }
        self.frame.scope = outer;
    }

    fn for_each(&mut self, left: &'a ForStatementLeft<'a>, body: &'a Statement<'a>) {
        self.emit_loop(|walker| {
            match left {
                ForStatementLeft::VariableDeclaration(variables) => {
                    for declarator in &variables.declarations {
                        walker.bind(&declarator.id, Value::Unknown, walker.frame.scope);
                    }
                }
                left => {
                    if let Some(target) = left.as_assignment_target() {
                        walker.assign_to(target, Value::Unknown);
                    }
                }
            }
            walker.statement(body);
        });
    }

    fn maybe(&mut self, expression: Option<&'a Expression<'a>>) {
        if let Some(expression) = expression {
            self.expression(expression);
            self.flush();
        }
    }

    pub(super) fn emit_loop(&mut self, read: impl FnOnce(&mut Self)) {
        let switches = std::mem::take(&mut self.frame.switches);
        let nodes = self.collect(|walker| {
            read(walker);
            walker.flush();
        });
        self.frame.switches = switches;
        if !nodes.is_empty() {
            self.emit(Kind::Loop { nodes });
        }
    }

    fn variables(&mut self, variables: &'a VariableDeclaration<'a>) {
        let scope = if variables.kind.is_var() {
            self.frame.function_scope
        } else {
            self.frame.scope
        };
        for declarator in &variables.declarations {
            let value = match (&declarator.init, &declarator.id) {
                (Some(init), BindingPattern::BindingIdentifier(id)) => self.named(init, id.name.as_str()),
                (Some(init), _) => self.expression(init),
                (None, _) => Value::Unknown,
            };
            self.bind(&declarator.id, value, scope);
            self.flush();
        }
    }

    /// `return expression`. Who returns a promise from an asynchronous function waits for it.
    pub(super) fn returns(&mut self, expression: Option<&'a Expression<'a>>) {
        let Some(expression) = expression else { return };
        let value = self.expression(expression);
        if self.frame.settles {
            self.settle_value(&value);
        }
        let before = std::mem::replace(&mut self.frame.returned, Value::Unknown);
        self.frame.returned = before.or(value);
    }

    fn try_statement(&mut self, statement: &'a TryStatement<'a>) {
        let try_nodes =
            self.collect(|walker| walker.in_block(|walker| walker.statements(&statement.block.body)));
        let catch_nodes = statement.handler.as_ref().map(|handler| {
            self.collect(|walker| {
                walker.in_block(|walker| {
                    if let Some(parameter) = &handler.param {
                        walker.bind(&parameter.pattern, Value::Unknown, walker.frame.scope);
                    }
                    walker.statements(&handler.body.body);
                });
            })
        });
        let finally_nodes = statement.finalizer.as_ref().map(|finalizer| {
            self.collect(|walker| walker.in_block(|walker| walker.statements(&finalizer.body)))
        });
        let all = [Some(&try_nodes), catch_nodes.as_ref(), finally_nodes.as_ref()];
        if all.into_iter().flatten().any(|nodes| !nodes.is_empty()) {
            let block = |nodes: Vec<Node>| Block { nodes };
            self.emit(Kind::Try {
                try_block: Some(block(try_nodes)),
                catch_block: catch_nodes.map(block),
                finally_block: finally_nodes.map(block),
            });
        }
    }
}
