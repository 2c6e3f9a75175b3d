//! The variables of a function that is being followed.

use std::collections::HashMap;

use super::value::Value;
use crate::code::{ModuleId, Ty};

/// A variable.
#[derive(Clone)]
pub(super) struct Local {
    pub(super) value: Value,
    /// Whether it was read, and so handed on.
    used: bool,
    /// Whether it came from the caller, who knows what becomes of it.
    given: bool,
}

/// The variables that are in sight, innermost last.
#[derive(Default)]
pub(super) struct Frame {
    pub(super) module: ModuleId,
    pub(super) parameters: HashMap<String, Ty>,
    pub(super) own: Option<Box<Ty>>,
    scopes: Vec<HashMap<String, Local>>,
    /// From this scope on, code may not run: what it changes outside may be as it was.
    uncertain_from: Option<usize>,
    pub(super) returned: Vec<Value>,
}

impl Frame {
    pub(super) fn new(module: ModuleId) -> Self {
        Self {
            module,
            scopes: vec![HashMap::new()],
            ..Self::default()
        }
    }

    pub(super) fn open(&mut self) {
        self.scopes.push(HashMap::new());
    }

    /// Ends the innermost scope: what serves and was handed to nobody comes back.
    pub(super) fn close(&mut self) -> Vec<Value> {
        let mut left: Vec<(String, Local)> =
            self.scopes.pop().unwrap_or_default().into_iter().collect();
        left.sort_by(|one, two| one.0.cmp(&two.0));
        left.into_iter()
            .filter(|(_, local)| !local.used && !local.given && local.value.serves())
            .map(|(_, local)| local.value)
            .collect()
    }

    /// Follows code that may not run.
    pub(super) fn uncertain<T>(&mut self, follow: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.uncertain_from;
        self.uncertain_from = before.or(Some(self.scopes.len()));
        let result = follow(self);
        self.uncertain_from = before;
        result
    }

    pub(super) fn set(&mut self, name: &str, value: Value, given: bool) {
        if let Some(scope) = self.scopes.last_mut() {
            let local = Local {
                value,
                used: false,
                given,
            };
            scope.insert(name.to_owned(), local);
        }
    }

    /// Gives a variable that is there another value.
    pub(super) fn assign(&mut self, name: &str, value: Value) {
        let from = self.uncertain_from;
        for (number, scope) in self.scopes.iter_mut().enumerate().rev() {
            let Some(local) = scope.get_mut(name) else {
                continue;
            };
            local.used = false;
            if from.is_some_and(|from| number < from) {
                let before = std::mem::replace(&mut local.value, Value::Unknown);
                local.value = before.either(value);
            } else {
                local.value = value;
            }
            return;
        }
    }

    /// Reads a variable, which hands it on.
    pub(super) fn read(&mut self, name: &str) -> Option<Value> {
        let local = self.scopes.iter_mut().rev().find_map(|s| s.get_mut(name))?;
        local.used = true;
        Some(local.value.clone())
    }

    /// All that a closure here would see.
    pub(super) fn seen(&self) -> HashMap<String, Value> {
        let mut seen = HashMap::new();
        for scope in &self.scopes {
            let values = scope
                .iter()
                .map(|(name, local)| (name.clone(), local.value.clone()));
            seen.extend(values);
        }
        seen
    }
}
