//! Rendered code: the names it uses, and the imports that go with them.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::api::ident::Ident;

/// The imports that a rendered text turns out to need: the words it holds.
pub(super) fn imports(text: &str, table: &[(&str, &str)]) -> Vec<String> {
    let words = words(text);
    let mut grouped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (module, name) in table {
        if words.contains(name.split(' ').next().unwrap_or(name)) {
            grouped.entry(module).or_default().push(name);
        }
    }
    grouped
        .into_iter()
        .map(|(module, names)| format!("{module}::{{{}}}", names.join(", ")))
        .collect()
}

/// Adds texts of a context to the code whose words are looked for.
pub(super) fn note_code(code: &mut String, texts: &[&Value]) {
    for text in texts {
        code.push(' ');
        code.push_str(text.as_str().unwrap_or_default());
        code.push(' ');
    }
}

/// The names that a text uses by themselves: neither fields nor what stands behind `::`, nor words
/// of string literals.
fn words(text: &str) -> HashSet<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = HashSet::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(start) = rest.find(|c: char| is_word(c) || c == '"') {
        if rest[start..].starts_with("\"'") && rest[..start].ends_with('\'') {
            // The mark itself, as a character.
            rest = &rest[start + 2..];
            continue;
        }
        if rest[start..].starts_with('"') {
            rest = after_literal(&rest[start + 1..]);
            before = '"';
            continue;
        }
        before = rest[..start].chars().next_back().unwrap_or(before);
        let tail = &rest[start..];
        let end = tail.find(|c| !is_word(c)).unwrap_or(tail.len());
        if !matches!(before, '.' | ':') {
            words.insert(&tail[..end]);
        }
        before = 'x';
        rest = &tail[end..];
    }
    words
}

/// What stands behind the end of a string literal.
fn after_literal(text: &str) -> &str {
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return &text[index + 1..],
            _ => escaped = false,
        }
    }
    ""
}

/// A file without the imports that it does not use: what a template lays out can be less than what
/// its context speaks of.
pub(super) fn without_idle_imports(text: &str) -> String {
    let is_import = |line: &&str| line.starts_with("use ") && line.ends_with(';');
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !is_import(line) && !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let used = words(&code);
    let is_used = |name: &str| {
        let name = name.rsplit(" as ").next().unwrap_or(name).trim();
        // The mark of a keyword is no part of a word.
        let name = name.strip_prefix("r#").unwrap_or(name);
        name == "_" || used.contains(name)
    };
    let mut kept = Vec::new();
    for line in text.lines() {
        let path = line
            .strip_prefix("use ")
            .and_then(|path| path.strip_suffix(';'));
        match path.map(|path| path.rsplit_once("::").unwrap_or(("", path))) {
            Some((module, names)) if names.starts_with('{') => {
                let names: Vec<&str> = names
                    .trim_matches(['{', '}'])
                    .split(", ")
                    .filter(|name| is_used(name))
                    .collect();
                if !names.is_empty() {
                    kept.push(format!("use {module}::{{{}}};", names.join(", ")));
                }
            }
            Some((_, name)) if !is_used(name) => {}
            _ => kept.push(line.to_owned()),
        }
    }
    kept.join("\n") + "\n"
}

/// The names of modules, in the order in which rustfmt puts them; a keyword is written `r#type`.
pub(super) fn modules<'a>(idents: impl Iterator<Item = &'a Ident>) -> Vec<&'a str> {
    let mut idents: Vec<&Ident> = idents.collect();
    idents.sort_unstable_by_key(|ident| ident.plain());
    idents.iter().map(|ident| ident.snake.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_those_of_the_words() {
        let names = [("a", "One"), ("a", "Two"), ("b", "Rule as _")];
        assert_eq!(
            imports("x: One, y.Two, \"Two\" '\"' Rule", &names),
            ["a::{One}", "b::{Rule as _}"]
        );
    }

    #[test]
    fn imports_that_are_not_used_go() {
        let text = "use a::{One, Two};\nuse b::Three;\nuse c::{T as _};\nuse d::r#type;\n// Three\nfn f(x: One) { r#type::g(\"\\\"Two\") }\n";
        assert_eq!(
            without_idle_imports(text),
            "use a::{One};\nuse c::{T as _};\nuse d::r#type;\n// Three\nfn f(x: One) { r#type::g(\"\\\"Two\") }\n"
        );
    }
}
