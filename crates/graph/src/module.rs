//! What a module declares and exports, found without running it.

use oxc_ast::ast::{
    AssignmentTarget, BindingPattern, Class, Declaration, ExportDefaultDeclarationKind, Expression, Function,
    ModuleExportName, ObjectPropertyKind, Program, Statement, VariableDeclaration, VariableDeclarator,
};
use std::collections::HashMap;

/// How a name of the module gets its value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Binding<'a> {
    Function(&'a Function<'a>),
    Class(&'a Class<'a>),
    Declarator(&'a VariableDeclarator<'a>),
    Expression(&'a Expression<'a>),
}

#[derive(Debug, Default)]
pub(crate) struct Module<'a> {
    /// The first thing that gives each name its value. esbuild declares `var X;` and assigns to it later when a module is
    /// initialised lazily; what `__decorate` and its like assign again is the same class.
    pub(crate) names: HashMap<&'a str, Binding<'a>>,
    /// What is exported, and under which names it is known inside.
    exports: HashMap<String, &'a str>,
    default: Option<Binding<'a>>,
}

impl<'a> Module<'a> {
    pub(crate) fn of(program: &'a Program<'a>) -> Self {
        let mut module = Self::default();
        for statement in &program.body {
            module.statement(statement);
        }
        module
    }

    /// What may be the class that is exported as `name`, best first.
    pub(crate) fn candidates(&self, name: &'a str) -> Vec<Binding<'a>> {
        let local = self.exports.get(name).and_then(|local| self.names.get(local));
        let default = (name == "default").then_some(self.default).flatten();
        let same = self.names.get(name);
        // Where a bundler has renamed what is exported by other means.
        let renamed = self
            .names
            .iter()
            .find(|(known, binding)| {
                matches!(binding, Binding::Class(_)) && known.strip_prefix('_') == Some(name)
            })
            .map(|(_, binding)| binding);
        let named = [local.copied(), default, same.copied(), renamed.copied()];
        named.into_iter().flatten().collect()
    }

    fn statement(&mut self, statement: &'a Statement<'a>) {
        match statement {
            Statement::VariableDeclaration(variables) => self.variables(variables),
            Statement::FunctionDeclaration(function) => self.function(function),
            Statement::ClassDeclaration(class) => self.class(class),
            Statement::ExportDeclaration(export) => self.exported(&export.declaration),
            Statement::ExportDefaultDeclaration(export) => {
                self.default = match &export.declaration {
                    ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                        self.function(function);
                        None
                    }
                    ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                        self.class(class);
                        Some(Binding::Class(class))
                    }
                    other => other.as_expression().map(Binding::Expression),
                }
            }
            Statement::ExportNamedDeclaration(export) => {
                for specifier in &export.specifiers {
                    if let Some(local) = local_name(&specifier.local) {
                        self.exports.insert(specifier.exported.name().to_string(), local);
                    }
                }
            }
            Statement::ExpressionStatement(statement) => self.assignment(&statement.expression),
            _ => {}
        }
    }

    fn exported(&mut self, declaration: &'a Declaration<'a>) {
        match declaration {
            Declaration::VariableDeclaration(variables) => {
                self.variables(variables);
                for declarator in &variables.declarations {
                    for identifier in declarator.id.get_binding_identifiers() {
                        let name = identifier.name.as_str();
                        self.exports.insert(name.to_owned(), name);
                    }
                }
            }
            Declaration::FunctionDeclaration(function) => self.function(function),
            Declaration::ClassDeclaration(class) => {
                self.class(class);
                if let Some(id) = &class.id {
                    self.exports.insert(id.name.to_string(), id.name.as_str());
                }
            }
            _ => {}
        }
    }

    fn function(&mut self, function: &'a Function<'a>) {
        if let Some(id) = &function.id {
            self.names.insert(id.name.as_str(), Binding::Function(function));
        }
    }

    fn class(&mut self, class: &'a Class<'a>) {
        if let Some(id) = &class.id {
            self.names.insert(id.name.as_str(), Binding::Class(class));
        }
    }

    fn variables(&mut self, variables: &'a VariableDeclaration<'a>) {
        for declarator in &variables.declarations {
            let Some(value) = &declarator.init else { continue };
            match &declarator.id {
                BindingPattern::BindingIdentifier(id) => {
                    self.names.insert(id.name.as_str(), Binding::Expression(value));
                }
                pattern => {
                    for identifier in pattern.get_binding_identifiers() {
                        self.names
                            .insert(identifier.name.as_str(), Binding::Declarator(declarator));
                    }
                }
            }
            self.lazily(value);
        }
    }

    fn assignment(&mut self, expression: &'a Expression<'a>) {
        match expression {
            Expression::AssignmentExpression(assignment) => {
                if let AssignmentTarget::AssignmentTargetIdentifier(target) = &assignment.left {
                    let value = Binding::Expression(&assignment.right);
                    self.names.entry(target.name.as_str()).or_insert(value);
                }
            }
            Expression::SequenceExpression(sequence) => {
                for expression in &sequence.expressions {
                    self.assignment(expression);
                }
            }
            _ => {}
        }
    }

    /// `var init_x = __esm({ "src/x.ts"() { X = class … } })`: what is inside belongs to the module.
    fn lazily(&mut self, value: &'a Expression<'a>) {
        let Expression::CallExpression(call) = value else {
            return;
        };
        let Some(Expression::ObjectExpression(object)) =
            call.arguments.first().and_then(|first| first.as_expression())
        else {
            return;
        };
        for property in &object.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else {
                continue;
            };
            let body = match &property.value {
                Expression::FunctionExpression(function) => function.body.as_deref(),
                Expression::ArrowFunctionExpression(arrow) => arrow.body.as_function_body(),
                _ => None,
            };
            for statement in body.iter().flat_map(|body| &body.statements) {
                self.statement(statement);
            }
        }
    }
}

fn local_name<'a>(name: &'a ModuleExportName<'a>) -> Option<&'a str> {
    match name {
        ModuleExportName::IdentifierName(name) => Some(name.name.as_str()),
        ModuleExportName::IdentifierReference(name) => Some(name.name.as_str()),
        ModuleExportName::StringLiteral(_) => None,
    }
}
