//! Follows a function: statements in their order, both sides of every condition, calls of functions
//! that have to do with routes.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use syn::{Block, Expr, Pat, Stmt};

use super::Unresolved;
use super::frame::Frame;
use super::value::{Closure, Kind, Value};
use crate::code::attribute::is_test;
use crate::code::{FunctionId, Program, Scope, Target, Ty};

/// Longer lists are not gone through element by element.
const MAX_LIST: usize = 64;

/// The one who follows.
pub(super) struct Evaluator<'a> {
    pub(super) program: &'a Program<'a>,
    pub(super) relevant: &'a [bool],
    /// The functions that are being followed, outermost first.
    pub(super) active: Vec<FunctionId>,
    pub(super) entered: HashSet<FunctionId>,
    pub(super) calls: usize,
    /// What functions gave back that were told nothing.
    pub(super) known: HashMap<FunctionId, Value>,
    /// The methods that have to do with routes, by name.
    pub(super) methods: HashMap<&'a str, Vec<FunctionId>>,
    pub(super) served: Vec<Value>,
    pub(super) unresolved: Vec<Unresolved>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(program: &'a Program<'a>, relevant: &'a [bool]) -> Self {
        let mut methods: HashMap<&str, Vec<FunctionId>> = HashMap::new();
        for (id, function) in program.functions.iter().enumerate() {
            if relevant[id] && function.owner.is_some() && function.block.is_some() {
                methods.entry(&function.name).or_default().push(id);
            }
        }
        Self {
            program,
            relevant,
            known: HashMap::new(),
            methods,
            active: Vec::new(),
            entered: HashSet::new(),
            calls: 0,
            served: Vec::new(),
            unresolved: Vec::new(),
        }
    }

    /// Follows a function that nobody calls: whatever it makes is served.
    pub(super) fn root(&mut self, id: FunctionId) {
        self.calls = 0;
        let given = self.configurations(id);
        let value = self.call(id, given.clone(), Vec::new());
        self.serve(value);
        for value in given {
            self.serve(value);
        }
    }

    /// Notes what is only known when the program runs.
    pub(super) fn unknown(
        &mut self,
        frame: &Frame,
        node: &impl syn::spanned::Spanned,
        message: impl Into<String>,
    ) {
        let at = self.program.place(frame.module, node);
        let message = message.into();
        self.unresolved.push(Unresolved { at, message });
    }

    /// What nobody else takes is served.
    pub(super) fn serve(&mut self, value: Value) {
        if value.serves() {
            self.served.push(value);
        }
    }

    pub(super) fn block(&mut self, block: &Block, frame: &mut Frame) -> Value {
        frame.open();
        let mut last = Value::Unknown;
        for statement in &block.stmts {
            last = self.statement(statement, frame);
        }
        for value in frame.close() {
            self.serve(value);
        }
        last
    }

    /// The worth of a statement, which counts if it is the last.
    fn statement(&mut self, statement: &Stmt, frame: &mut Frame) -> Value {
        match statement {
            // What is there only in tests serves nobody.
            Stmt::Local(local) if is_test(&local.attrs) => Value::Unknown,
            Stmt::Local(local) => {
                let Some(init) = &local.init else {
                    self.bind(&local.pat, Value::Unknown, frame, false);
                    return Value::Unknown;
                };
                let value = self.expression(&init.expr, frame);
                if let Some((_, otherwise)) = &init.diverge {
                    self.aside(otherwise, frame);
                }
                self.bind(&local.pat, value, frame, false);
                Value::Unknown
            }
            Stmt::Expr(expression, None) => self.expression(expression, frame),
            Stmt::Expr(expression, Some(_)) => {
                let value = self.expression(expression, frame);
                self.drop_value(value);
                Value::Unknown
            }
            Stmt::Macro(call) => {
                let value = self.macro_call(&call.mac, frame);
                if call.semi_token.is_some() {
                    self.drop_value(value);
                    return Value::Unknown;
                }
                value
            }
            Stmt::Item(_) => Value::Unknown,
        }
    }

    /// A statement's value that nobody takes: `axum::serve(listener, app).await?;` ends here. What
    /// is changed where it stands has its holder.
    fn drop_value(&mut self, value: Value) {
        match &value {
            Value::Router(router) if router.borrow().kind == Kind::Configuration => {}
            _ => self.serve(value),
        }
    }

    /// Follows what may not run.
    pub(super) fn aside(&mut self, expression: &Expr, frame: &mut Frame) -> Value {
        frame.uncertain(|frame| self.expression(expression, frame))
    }

    pub(super) fn expression(&mut self, expression: &Expr, frame: &mut Frame) -> Value {
        match expression {
            Expr::Path(path) => self.path(path, frame),
            Expr::Call(call) => self.function_call(call, frame),
            Expr::MethodCall(call) => self.method_call(call, frame),
            Expr::Macro(call) => self.macro_call(&call.mac, frame),
            Expr::Lit(_) | Expr::Binary(_) => {
                let text = self.text(expression, frame);
                text.map_or(Value::Unknown, Value::Text)
            }
            Expr::Closure(closure) => Value::Closure(Rc::new(Closure {
                syntax: Rc::new(closure.clone()),
                module: frame.module,
                seen: frame.seen(),
                parameters: frame.parameters.clone(),
                own: frame.own.clone(),
            })),
            Expr::Tuple(tuple) => self.many(tuple.elems.iter(), frame),
            Expr::Array(array) => self.many(array.elems.iter(), frame),
            Expr::Struct(made) => {
                let fields: Vec<Value> = made
                    .fields
                    .iter()
                    .map(|field| self.expression(&field.expr, frame))
                    .collect();
                Value::serving(fields)
            }
            _ => self.wrapper(expression, frame),
        }
    }

    fn many<'e>(&mut self, list: impl Iterator<Item = &'e Expr>, frame: &mut Frame) -> Value {
        Value::Many(list.map(|item| self.expression(item, frame)).collect())
    }

    /// What hands on the worth of something inside.
    fn wrapper(&mut self, expression: &Expr, frame: &mut Frame) -> Value {
        match expression {
            Expr::Reference(inner) => self.expression(&inner.expr, frame),
            Expr::Paren(inner) => self.expression(&inner.expr, frame),
            Expr::Group(inner) => self.expression(&inner.expr, frame),
            Expr::Try(inner) => self.expression(&inner.expr, frame),
            Expr::Await(inner) => self.expression(&inner.base, frame),
            Expr::Cast(inner) => self.expression(&inner.expr, frame),
            Expr::Unary(inner) => self.expression(&inner.expr, frame),
            Expr::Field(field) => self.field(field, frame),
            Expr::Block(inner) => self.block(&inner.block, frame),
            Expr::Unsafe(inner) => self.block(&inner.block, frame),
            Expr::Async(inner) => self.block(&inner.block, frame),
            Expr::Assign(assign) => self.assign(assign, frame),
            Expr::Return(inner) => {
                let value = inner.expr.as_ref().map(|e| self.expression(e, frame));
                frame.returned.extend(value);
                Value::Unknown
            }
            Expr::Break(inner) => match &inner.expr {
                Some(inner) => self.expression(inner, frame),
                None => Value::Unknown,
            },
            _ => self.branches(expression, frame),
        }
    }

    fn branches(&mut self, expression: &Expr, frame: &mut Frame) -> Value {
        match expression {
            Expr::If(branch) => {
                self.condition(&branch.cond, frame);
                let then = frame.uncertain(|frame| self.block(&branch.then_branch, frame));
                let otherwise = match &branch.else_branch {
                    Some((_, otherwise)) => self.aside(otherwise, frame),
                    None => Value::Unknown,
                };
                then.either(otherwise)
            }
            Expr::Match(choice) => {
                let chosen = self.expression(&choice.expr, frame);
                let mut value = Value::Unknown;
                for arm in &choice.arms {
                    frame.open();
                    self.bind(&arm.pat, chosen.clone(), frame, true);
                    let worth = self.aside(&arm.body, frame);
                    value = value.either(worth);
                    for left in frame.close() {
                        self.serve(left);
                    }
                }
                value
            }
            Expr::ForLoop(run) => self.for_loop(run, frame),
            Expr::While(run) => {
                self.condition(&run.cond, frame);
                frame.uncertain(|frame| self.block(&run.body, frame))
            }
            Expr::Loop(run) => frame.uncertain(|frame| self.block(&run.body, frame)),
            Expr::Let(_) => {
                self.condition(expression, frame);
                Value::Unknown
            }
            _ => Value::Unknown,
        }
    }

    /// `if let Some(x) = y` names `x` for what follows.
    fn condition(&mut self, condition: &Expr, frame: &mut Frame) {
        match condition {
            Expr::Let(found) => {
                let value = self.expression(&found.expr, frame);
                self.bind(&found.pat, value, frame, true);
            }
            Expr::Binary(both) => {
                self.condition(&both.left, frame);
                self.condition(&both.right, frame);
            }
            _ => {}
        }
    }

    /// A list that is written out is gone through; any other once, without knowing its elements.
    fn for_loop(&mut self, run: &syn::ExprForLoop, frame: &mut Frame) -> Value {
        let elements = match self.expression(&run.expr, frame) {
            Value::Many(elements) if elements.len() <= MAX_LIST => elements,
            _ => vec![Value::Unknown],
        };
        let certain = elements.len() > 1;
        for element in elements {
            frame.open();
            self.bind(&run.pat, element, frame, true);
            if certain {
                self.block(&run.body, frame);
            } else {
                frame.uncertain(|frame| self.block(&run.body, frame));
            }
            for left in frame.close() {
                self.serve(left);
            }
        }
        Value::Unknown
    }

    fn assign(&mut self, assign: &syn::ExprAssign, frame: &mut Frame) -> Value {
        let value = self.expression(&assign.right, frame);
        match &*assign.left {
            Expr::Path(path) => {
                if let Some(name) = path.path.get_ident() {
                    frame.assign(&name.to_string(), value);
                }
            }
            // A field that is set: what holds it will serve it.
            _ => self.drop_value(value),
        }
        Value::Unknown
    }

    fn field(&mut self, field: &syn::ExprField, frame: &mut Frame) -> Value {
        let base = self.expression(&field.base, frame);
        match (&field.member, base) {
            (syn::Member::Unnamed(index), Value::Many(values)) => {
                let found = values.into_iter().nth(index.index as usize);
                found.unwrap_or(Value::Unknown)
            }
            (_, base) if base.serves() => base,
            _ => Value::Unknown,
        }
    }

    fn path(&mut self, path: &syn::ExprPath, frame: &mut Frame) -> Value {
        if let Some(name) = path.path.get_ident()
            && let Some(value) = frame.read(&name.to_string())
        {
            return value;
        }
        match self.program.resolve_value(frame.module, &path.path) {
            Some(Target::Function(id)) => Value::Function(id, self.given_types(&path.path, frame)),
            Some(Target::Associated(owner, name)) => match self.program.method(owner, &name) {
                Some(id) => Value::Function(id, self.given_types(&path.path, frame)),
                None => self.text_of_path(path, frame),
            },
            _ => match self.own_method(&path.path, frame) {
                Some(id) => Value::Function(id, self.given_types(&path.path, frame)),
                None => self.text_of_path(path, frame),
            },
        }
    }

    fn text_of_path(&mut self, path: &syn::ExprPath, frame: &mut Frame) -> Value {
        let text = self.text(&Expr::Path(path.clone()), frame);
        text.map_or(Value::Unknown, Value::Text)
    }

    /// `Self::name`.
    pub(super) fn own_method(&self, path: &syn::Path, frame: &Frame) -> Option<FunctionId> {
        let own = path.segments.len() == 2 && path.segments[0].ident == "Self";
        let Some(Ty::Item(id, _)) = frame.own.as_deref().filter(|_| own) else {
            return None;
        };
        self.program
            .method(*id, &path.segments[1].ident.to_string())
    }

    /// The types in `name::<T>`.
    pub(super) fn given_types(&self, path: &syn::Path, frame: &Frame) -> Vec<Ty> {
        let scope = Scope {
            module: frame.module,
            parameters: frame.parameters.clone(),
            own: frame.own.clone(),
        };
        let last = path.segments.last();
        last.map(|s| self.program.arguments(&s.arguments, &scope, 0))
            .unwrap_or_default()
    }

    /// Names what a pattern takes apart. `given` is whether somebody else holds the value, too.
    pub(super) fn bind(&mut self, pattern: &Pat, value: Value, frame: &mut Frame, given: bool) {
        match pattern {
            Pat::Ident(name) => frame.set(&name.ident.to_string(), value, given),
            Pat::Type(typed) => self.bind(&typed.pat, value, frame, given),
            Pat::Reference(inner) => self.bind(&inner.pat, value, frame, given),
            Pat::Paren(inner) => self.bind(&inner.pat, value, frame, given),
            Pat::Tuple(tuple) => {
                let mut values = match value {
                    Value::Many(values) => values,
                    other => vec![other],
                }
                .into_iter();
                for pattern in &tuple.elems {
                    let value = values.next().unwrap_or(Value::Unknown);
                    self.bind(pattern, value, frame, given);
                }
            }
            Pat::TupleStruct(inner) => {
                for pattern in &inner.elems {
                    self.bind(pattern, value.clone(), frame, given);
                }
            }
            Pat::Struct(inner) => {
                for field in &inner.fields {
                    self.bind(&field.pat, value.clone(), frame, given);
                }
            }
            Pat::Wild(_) => self.drop_value(value),
            _ => {}
        }
    }
}
