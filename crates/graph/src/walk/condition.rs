//! Branches: `if`, `?:`, `&&`, `||`, `??`, `switch`.

use super::Walker;
use crate::graph::{Branch, Kind};
use crate::value::Value;
use oxc_ast::ast::{
    ConditionalExpression, Expression, IfStatement, LogicalExpression, LogicalOperator, Span, Statement,
    SwitchStatement,
};
use oxc_span::GetSpan as _;

/// Characters of a condition that are shown.
const TEXT_MAX: usize = 200;

impl<'a> Walker<'a> {
    /// The text of an expression on one line.
    pub(super) fn text_of(&self, span: Span) -> String {
        // No more of a long one is looked at than is shown.
        let from = span.start as usize;
        let mut to = (span.end as usize)
            .min(from + 4 * TEXT_MAX)
            .min(self.source.len());
        while !self.source.is_char_boundary(to) {
            to += 1;
        }
        let source = self.source.get(from..to).unwrap_or_default();
        let mut text = source.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = text.char_indices().nth(TEXT_MAX) {
            text.truncate(end);
            text.push('…');
        }
        text
    }

    pub(super) fn if_statement(&mut self, first: &'a IfStatement<'a>) {
        let mut branches = Vec::new();
        let mut statement = first;
        loop {
            self.expression(&statement.test);
            self.flush();
            let condition = Some(self.text_of(statement.test.span()));
            let nodes =
                self.collect(|walker| walker.in_block(|walker| walker.statement(&statement.consequent)));
            branches.push(Branch { condition, nodes });
            match &statement.alternate {
                Some(Statement::IfStatement(next)) => statement = next,
                Some(otherwise) => {
                    let nodes = self.collect(|walker| walker.in_block(|walker| walker.statement(otherwise)));
                    branches.push(Branch {
                        condition: None,
                        nodes,
                    });
                    break;
                }
                None => break,
            }
        }
        self.emit_branches(branches, |branches| Kind::If { branches });
    }

    pub(super) fn conditional(&mut self, first: &'a ConditionalExpression<'a>) -> Value<'a> {
        let mut branches = Vec::new();
        let mut value = Value::Unknown;
        let mut conditional = first;
        loop {
            self.expression(&conditional.test);
            let condition = Some(self.text_of(conditional.test.span()));
            value = value.or(self.branch(&conditional.consequent, condition, &mut branches));
            match conditional.alternate.without_parentheses() {
                Expression::ConditionalExpression(next) => conditional = next,
                otherwise => {
                    value = value.or(self.branch(otherwise, None, &mut branches));
                    break;
                }
            }
        }
        self.emit_branches(branches, |branches| Kind::If { branches });
        value
    }

    fn branch(
        &mut self,
        expression: &'a Expression<'a>,
        condition: Option<String>,
        branches: &mut Vec<Branch>,
    ) -> Value<'a> {
        let mut value = Value::Unknown;
        let nodes = self.collect(|walker| value = walker.expression(expression));
        branches.push(Branch { condition, nodes });
        value
    }

    pub(super) fn logical(&mut self, logical: &'a LogicalExpression<'a>) -> Value<'a> {
        let left = self.expression(&logical.left);
        let text = self.text_of(logical.left.span());
        let condition = match logical.operator {
            LogicalOperator::And => text,
            LogicalOperator::Or => format!("!({text})"),
            LogicalOperator::Coalesce => format!("{text} == null"),
        };
        let mut branches = Vec::new();
        let right = self.branch(&logical.right, Some(condition), &mut branches);
        self.emit_branches(branches, |branches| Kind::If { branches });
        match logical.operator {
            LogicalOperator::And => right,
            // Where there is another way, a literal is no more than a default.
            _ if matches!(left, Value::Unknown | Value::Payload(_)) => match right {
                Value::Text(_) | Value::Number(_) => left,
                right => left.or(right),
            },
            _ => left,
        }
    }

    pub(super) fn switch(&mut self, switch: &'a SwitchStatement<'a>) {
        self.expression(&switch.discriminant);
        self.flush();
        let discriminant = self.text_of(switch.discriminant.span());
        let mut branches = Vec::new();
        self.frame.switches += 1;
        self.in_block(|walker| {
            for case in &switch.cases {
                let condition = case.test.as_ref().map(|test| walker.text_of(test.span()));
                let nodes = walker.collect(|walker| walker.statements(&case.consequent));
                branches.push(Branch { condition, nodes });
            }
        });
        self.frame.switches -= 1;
        self.emit_branches(branches, |branches| Kind::Switch {
            discriminant,
            branches,
        });
    }

    /// Emits the branches that have something to show, if any has.
    fn emit_branches(&mut self, mut branches: Vec<Branch>, kind: impl FnOnce(Vec<Branch>) -> Kind) {
        if branches.iter().all(|branch| branch.nodes.is_empty()) {
            return;
        }
        let empty_else = |branch: &Branch| branch.condition.is_none() && branch.nodes.is_empty();
        if branches.last().is_some_and(empty_else) {
            branches.pop();
        }
        self.emit(kind(branches));
    }
}
