//! The rules of garde, validator and schemars, as keywords. What a document has no word for is named.

use serde_json::{Value, json};
use syn::Attribute;

use super::constant;
use super::constraint::Constraints;
use crate::code::attribute::{Word, words};
use crate::code::{ModuleId, Program};

/// What the attributes of a field demand.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) constraints: Constraints,
    /// Whether an `Option` must hold something.
    pub(super) required: bool,
    /// What is said of rules that do not stand in the document.
    pub(super) unknown: Vec<String>,
}

/// Reads the attributes of a field.
pub(super) fn of(program: &Program<'_>, module: ModuleId, attributes: &[Attribute]) -> Rules {
    let mut reader = Reader {
        program,
        module,
        rules: Rules::default(),
    };
    for name in ["validate", "garde", "schemars"] {
        for word in words(attributes, name) {
            reader.rule(&word);
            if let ("schemars", "title" | "description", Some(text)) =
                (name, word.name.as_str(), word.text())
            {
                reader.add(&word.name, json!(text));
            }
        }
    }
    reader.rules
}

struct Reader<'p, 'a> {
    program: &'p Program<'a>,
    module: ModuleId,
    rules: Rules,
}

impl Reader<'_, '_> {
    fn add(&mut self, key: &str, value: Value) {
        self.rules.constraints.push((key.to_owned(), value));
    }

    /// A rule that a document has no word for.
    fn beyond(&mut self, word: &Word) {
        let message = format!(
            "the rule `{}` demands more than a document can say",
            word.name
        );
        self.rules.unknown.push(message);
    }

    fn at_run_time(&mut self, word: &Word) {
        let message = format!(
            "what the rule `{}` demands is not known from the source",
            word.name
        );
        self.rules.unknown.push(message);
    }

    fn pattern(&mut self, pattern: &str) {
        self.add("pattern", json!(pattern));
    }

    fn rule(&mut self, word: &Word) {
        match word.name.as_str() {
            "length" | "byte_length" | "char_count" => {
                self.bounds(
                    word,
                    &[("min", "least"), ("max", "most")],
                    &["least", "most"],
                );
            }
            "range" => {
                let known = [
                    ("min", "minimum"),
                    ("max", "maximum"),
                    ("exclusive_min", "exclusiveMinimum"),
                    ("exclusive_max", "exclusiveMaximum"),
                ];
                self.bounds(word, &known, &["minimum", "maximum"]);
            }
            "email" => self.add("format", json!("email")),
            "url" => self.add("format", json!("uri")),
            "ipv4" => self.add("format", json!("ipv4")),
            "ipv6" => self.add("format", json!("ipv6")),
            "ip" => match (word.get("v4").is_some(), word.get("v6").is_some()) {
                (true, false) => self.add("format", json!("ipv4")),
                (false, true) => self.add("format", json!("ipv6")),
                _ => self.add("anyOf", json!([{"format": "ipv4"}, {"format": "ipv6"}])),
            },
            "ascii" => self.pattern(r"^[\x00-\x7F]*$"),
            "alphanumeric" => self.pattern(r"^[\p{Alphabetic}\p{N}]*$"),
            "non_control_character" => self.pattern(r"^\P{Cc}*$"),
            "required" => self.rules.required = true,
            "contains" | "prefix" | "suffix" | "does_not_contain" => self.part(word),
            "pattern" | "regex" => self.regex(word),
            "inner" => self.inner(word),
            // What stands in the value has rules of its own, which are those of its type.
            "nested" | "dive" | "skip" | "rename" | "code" | "" => {}
            "custom" | "adapt" | "if" | "credit_card" | "phone_number" | "matches"
            | "must_match" | "schema" => self.beyond(word),
            // Of schemars and whatever comes, everything else is no rule.
            _ => {}
        }
    }

    /// `min = 1, max = MAX`, or `equal = 3` for both of `ends`.
    fn bounds(&mut self, word: &Word, known: &[(&str, &str)], ends: &[&str]) {
        for inner in &word.inner {
            let keys: Vec<&str> = match inner.name.as_str() {
                "equal" => ends.to_vec(),
                name => known
                    .iter()
                    .filter(|(from, _)| *from == name)
                    .map(|(_, to)| *to)
                    .collect(),
            };
            let Some(bound) = inner.value.as_ref().filter(|_| !keys.is_empty()) else {
                continue;
            };
            match constant::number(self.program, self.module, bound) {
                Some(value) => keys.iter().for_each(|key| self.add(key, value.clone())),
                None => self.at_run_time(word),
            }
        }
    }

    /// `contains("x")`, `contains = "x"`, `contains(pattern = "x")`.
    fn part(&mut self, word: &Word) {
        let given = word.get("pattern").and_then(|inner| inner.value.as_ref());
        let given = given.or(word.value.as_ref());
        let text = given.and_then(|text| constant::text(self.program, self.module, text));
        let Some(text) = text.as_deref().map(escaped) else {
            return self.at_run_time(word);
        };
        match word.name.as_str() {
            "prefix" => self.pattern(&format!("^{text}")),
            "suffix" => self.pattern(&format!("{text}$")),
            "does_not_contain" => self.add("not", json!({"pattern": text})),
            _ => self.pattern(&text),
        }
    }

    /// garde's `pattern("…")` and `pattern(STATIC)`; validator's `regex(path = *STATIC)`; schemars'
    /// `regex(pattern = "…")`.
    fn regex(&mut self, word: &Word) {
        let (program, module) = (self.program, self.module);
        let named = word.get("path").and_then(|inner| inner.value.as_ref());
        let written = word.get("pattern").and_then(|inner| inner.value.as_ref());
        let found = match (named, written, &word.value) {
            (Some(path), _, _) => constant::pattern(program, module, path),
            (None, Some(text), _) => constant::text(program, module, text)
                .or_else(|| constant::pattern(program, module, text)),
            (None, None, Some(value)) if word.name == "regex" => {
                constant::pattern(program, module, value)
            }
            (None, None, Some(value)) => constant::text(program, module, value)
                .or_else(|| constant::pattern(program, module, value)),
            (None, None, None) => None,
        };
        match found {
            Some(pattern) => self.pattern(&pattern),
            None => self.at_run_time(word),
        }
    }

    fn inner(&mut self, word: &Word) {
        let mut inside = Reader {
            program: self.program,
            module: self.module,
            rules: Rules::default(),
        };
        for word in &word.inner {
            inside.rule(word);
        }
        let constraints = inside.rules.constraints.into_iter();
        let constraints = constraints.map(|(key, value)| json!([key, value]));
        self.add("inner", constraints.collect());
        self.rules.unknown.extend(inside.rules.unknown);
    }
}

/// A text as a pattern of itself, in the notation of every engine.
fn escaped(text: &str) -> String {
    let mut pattern = String::new();
    for letter in text.chars() {
        if r"\^$.|?*+()[]{}/".contains(letter) {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}
