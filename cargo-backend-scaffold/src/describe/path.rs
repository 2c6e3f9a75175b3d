//! The frameworks' paths as OpenAPI writes them.

use serde_json::{Value, json};

use crate::routes::Framework;

/// A path with its parameters in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) path: String,
    pub(super) parameters: Vec<Parameter>,
}

/// A parameter of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// The regular expression that its values match, as actix-web has it.
    pub(super) pattern: Option<String>,
}

/// Reads axum's `{id}`, `{*rest}`, `:id`, `*rest` and actix-web's `{id}`, `{id:\d+}`.
pub(super) fn template(path: &str, framework: Framework) -> Template {
    let mut template = Template {
        path: String::new(),
        parameters: Vec::new(),
    };
    match framework {
        Framework::Axum => template.axum(path),
        Framework::Actix => template.actix(path),
    }
    if !template.path.starts_with('/') {
        template.path.insert(0, '/');
    }
    template
}

/// A path with its parameters nameless.
pub(super) fn shape(path: &str) -> String {
    let mut shape = String::new();
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '{' => {
                inside = true;
                shape.push_str("{}");
            }
            '}' => inside = false,
            letter if !inside => shape.push(letter),
            _ => {}
        }
    }
    shape
}

impl Template {
    /// Gives the parameters of an operation the names that they have in a path of the same shape.
    pub(super) fn rename(&self, path: &str, operation: &mut Value) {
        let names = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next());
        let named: Vec<(&str, &str)> = self
            .parameters
            .iter()
            .map(|parameter| parameter.name.as_str())
            .zip(names)
            .collect();
        let parameters = operation.get_mut("parameters");
        let parameters = parameters.and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let known = named.iter().find(|(from, _)| *from == name);
            if let (Some((_, to)), Some("path")) = (known, parameter["in"].as_str()) {
                parameter["name"] = json!(to);
            }
        }
    }

    fn parameter(&mut self, name: &str, pattern: Option<String>) {
        self.path.push('{');
        self.path.push_str(name);
        self.path.push('}');
        self.parameters.push(Parameter {
            name: name.to_owned(),
            pattern,
        });
    }

    fn axum(&mut self, path: &str) {
        for (number, segment) in path.split('/').enumerate() {
            if number > 0 {
                self.path.push('/');
            }
            // Before 0.8, a parameter was a segment with a sign before it.
            if let Some(name) = segment.strip_prefix(':').or(segment.strip_prefix('*')) {
                self.parameter(name, None);
                continue;
            }
            let mut letters = segment.chars().peekable();
            while let Some(letter) = letters.next() {
                let doubled = letters.peek() == Some(&letter);
                match letter {
                    '{' | '}' if doubled => {
                        letters.next();
                        self.path.push(letter);
                    }
                    '{' => {
                        let name: String = letters.by_ref().take_while(|&c| c != '}').collect();
                        self.parameter(name.trim_start_matches('*'), None);
                    }
                    letter => self.path.push(letter),
                }
            }
        }
    }

    /// Braces may stand in the expression, too.
    fn actix(&mut self, path: &str) {
        let mut letters = path.chars();
        while let Some(letter) = letters.next() {
            if letter != '{' {
                self.path.push(letter);
                continue;
            }
            let mut inner = String::new();
            let mut open = 1;
            for letter in letters.by_ref() {
                match letter {
                    '{' => open += 1,
                    '}' => open -= 1,
                    _ => {}
                }
                if open == 0 {
                    break;
                }
                inner.push(letter);
            }
            let (name, pattern) = match inner.split_once(':') {
                Some((name, pattern)) => (name, Some(pattern)),
                None => (inner.as_str(), None),
            };
            // What matches everything says nothing.
            let pattern = pattern.filter(|pattern| *pattern != ".*" && *pattern != ".+");
            let whole = pattern.map(|pattern| format!("^(?:{pattern})$"));
            self.parameter(name.trim_end_matches('*'), whole);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, framework: Framework, expected: &str, names: &[&str]) {
        let found = template(path, framework);
        let found_names: Vec<&str> = found.parameters.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(
            (found.path.as_str(), found_names.as_slice()),
            (expected, names)
        );
    }

    #[test]
    fn axum_has_braces_and_once_had_signs() {
        check(
            "/a/{id}/{*rest}",
            Framework::Axum,
            "/a/{id}/{rest}",
            &["id", "rest"],
        );
        check(
            "/a/:id/*rest",
            Framework::Axum,
            "/a/{id}/{rest}",
            &["id", "rest"],
        );
        check(
            "/a/{{x}}/b.{ending}",
            Framework::Axum,
            "/a/{x}/b.{ending}",
            &["ending"],
        );
    }

    #[test]
    fn expressions_of_actix_web_may_have_braces() {
        check(
            r"/a/{id:\d{3}}/{tail:.*}",
            Framework::Actix,
            "/a/{id}/{tail}",
            &["id", "tail"],
        );
        let found = template(r"/{id:\d{3}}", Framework::Actix);
        assert_eq!(found.parameters[0].pattern.as_deref(), Some(r"^(?:\d{3})$"));
        check("", Framework::Actix, "/", &[]);
    }
}
