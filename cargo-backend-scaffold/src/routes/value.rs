//! What an expression of a program that builds routes is worth.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::{ANY, Framework, Handler, METHODS, Registration, Words};
use crate::code::{FunctionId, ModuleId, Place, Ty};

/// A router that others may hold as well: actix-web's are changed where they stand.
pub(super) type Shared = Rc<RefCell<Router>>;

/// The worth of an expression.
#[derive(Clone)]
pub(super) enum Value {
    Router(Shared),
    /// Methods with their handlers, on no path yet.
    Methods(Methods),
    Resource(Resource),
    Text(String),
    /// A tuple, a list or several things of which each counts.
    Many(Vec<Self>),
    Function(FunctionId, Vec<Ty>),
    Closure(Rc<Closure>),
    /// Routes whose paths stand in their attributes.
    Routes(Vec<Registration>),
    Unknown,
}

/// A closure with what it sees.
pub(super) struct Closure {
    pub(super) syntax: Rc<syn::ExprClosure>,
    pub(super) module: ModuleId,
    pub(super) seen: HashMap<String, Value>,
    pub(super) parameters: HashMap<String, Ty>,
    pub(super) own: Option<Box<Ty>>,
}

/// Which kind of router.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Axum,
    /// actix-web's `App`.
    Application,
    /// actix-web's `web::scope`.
    Scope,
    /// actix-web's `ServiceConfig`.
    Configuration,
}

impl Kind {
    /// Whose notation its paths have.
    pub(super) fn framework(self) -> Framework {
        match self {
            Self::Axum => Framework::Axum,
            Self::Application | Self::Scope | Self::Configuration => Framework::Actix,
        }
    }
}

/// A router with what was registered so far.
#[derive(Clone)]
pub(super) struct Router {
    pub(super) kind: Kind,
    /// The path of a scope, where it is known.
    pub(super) prefix: Option<String>,
    pub(super) entries: Vec<Registration>,
}

impl Value {
    /// A router without routes.
    pub(super) fn router(kind: Kind, prefix: Option<String>) -> Self {
        Self::Router(Rc::new(RefCell::new(Router {
            kind,
            prefix,
            entries: Vec::new(),
        })))
    }

    /// The same, of which nothing is shared.
    pub(super) fn copy(&self) -> Self {
        match self {
            Self::Router(router) => Self::Router(Rc::new(RefCell::new(router.borrow().clone()))),
            Self::Many(values) => Self::Many(values.iter().map(Self::copy).collect()),
            Self::Methods(_)
            | Self::Resource(_)
            | Self::Text(_)
            | Self::Function(..)
            | Self::Closure(_)
            | Self::Routes(_)
            | Self::Unknown => self.clone(),
        }
    }

    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Router(_)
            | Self::Methods(_)
            | Self::Resource(_)
            | Self::Many(_)
            | Self::Function(..)
            | Self::Closure(_)
            | Self::Routes(_)
            | Self::Unknown => None,
        }
    }

    /// Whether it is, or holds, something that serves.
    pub(super) fn serves(&self) -> bool {
        match self {
            Self::Router(_) | Self::Resource(_) => true,
            Self::Many(values) => values.iter().any(Self::serves),
            Self::Methods(_)
            | Self::Text(_)
            | Self::Function(..)
            | Self::Closure(_)
            | Self::Routes(_)
            | Self::Unknown => false,
        }
    }

    /// What of several values serves.
    pub(super) fn serving(values: Vec<Self>) -> Self {
        let mut serving: Vec<Self> = values.into_iter().filter(Self::serves).collect();
        match serving.len() {
            0 => Self::Unknown,
            1 => serving.remove(0),
            _ => Self::Many(serving),
        }
    }

    /// Either of two, as after a condition.
    pub(super) fn either(self, other: Self) -> Self {
        match (self, other) {
            (Self::Router(one), Self::Router(two)) => {
                if Rc::ptr_eq(&one, &two) {
                    return Self::Router(one);
                }
                let mut both = one.borrow().clone();
                both.entries.extend(two.borrow().entries.iter().cloned());
                Self::Router(Rc::new(RefCell::new(both)))
            }
            (Self::Text(one), Self::Text(two)) if one == two => Self::Text(one),
            (Self::Text(_), Self::Text(_)) => Self::Unknown,
            (Self::Methods(mut one), Self::Methods(two)) => {
                one.entries.extend(two.entries);
                Self::Methods(one)
            }
            (Self::Many(one), Self::Many(two)) if one.len() == two.len() => Self::Many(
                one.into_iter()
                    .zip(two)
                    .map(|(one, two)| one.either(two))
                    .collect(),
            ),
            (Self::Unknown, known) | (known, Self::Unknown) => known,
            (one, two) if one.serves() && two.serves() => Self::Many(vec![one, two]),
            (one, two) if two.serves() && !one.serves() => two,
            (one, _) => one,
        }
    }
}

/// Which methods are answered.
#[derive(Clone)]
pub(super) enum Which {
    Any,
    These(Vec<&'static str>),
}

impl Which {
    /// Those; any where nobody says which.
    pub(super) fn those(methods: Vec<&'static str>) -> Self {
        if methods.is_empty() {
            Self::Any
        } else {
            Self::These(methods)
        }
    }

    fn list(&self) -> &[&'static str] {
        match self {
            Self::Any => ANY,
            Self::These(methods) => methods,
        }
    }

    /// Those that a guard lets through as well; a guard of no method lets all through.
    fn guarded(&self, guard: &[&'static str]) -> Self {
        match self {
            Self::Any => Self::those(guard.to_vec()),
            Self::These(methods) if guard.is_empty() => Self::These(methods.clone()),
            Self::These(methods) => {
                let both = methods.iter().filter(|method| guard.contains(method));
                Self::These(both.copied().collect())
            }
        }
    }
}

/// Who answers which methods.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) methods: Which,
    pub(super) handler: Handler,
    /// Where the handler is named.
    pub(super) at: Place,
    pub(super) words: Vec<Words>,
}

impl Entry {
    pub(super) fn new(methods: Which, (handler, at): (Handler, Place)) -> Self {
        Self {
            methods,
            handler,
            at,
            words: Vec::new(),
        }
    }
}

/// Methods with their handlers.
#[derive(Clone, Default)]
pub(super) struct Methods {
    pub(super) entries: Vec<Entry>,
    /// Methods that still wait for their handler, as after `web::get()`.
    pub(super) waiting: Vec<&'static str>,
}

impl Methods {
    /// A registration for each method.
    pub(super) fn on(&self, path: &str, framework: Framework) -> Vec<Registration> {
        let mut registrations = Vec::new();
        for entry in &self.entries {
            for &method in entry.methods.list() {
                registrations.push(Registration {
                    method,
                    path: path.to_owned(),
                    handler: entry.handler.clone(),
                    at: entry.at,
                    framework,
                    below_unknown: false,
                    any: matches!(entry.methods, Which::Any),
                    words: entry.words.clone(),
                });
            }
        }
        registrations
    }
}

/// actix-web's `web::resource`.
#[derive(Clone, Default)]
pub(super) struct Resource {
    pub(super) paths: Vec<String>,
    /// Methods that a guard lets through; any where there are none.
    pub(super) guarded: Vec<&'static str>,
    pub(super) methods: Methods,
}

impl Resource {
    /// A registration for each path and method.
    pub(super) fn registrations(&self) -> Vec<Registration> {
        let mut methods = self.methods.clone();
        for entry in &mut methods.entries {
            entry.methods = entry.methods.guarded(&self.guarded);
        }
        let paths = self.paths.iter();
        paths
            .flat_map(|path| methods.on(path, Framework::Actix))
            .collect()
    }
}

/// The method of that name, as HTTP writes it.
pub(super) fn method(name: &str) -> Option<&'static str> {
    METHODS
        .iter()
        .copied()
        .find(|method| method.eq_ignore_ascii_case(name))
}
