//! From a document's names to Rust's: casing, keywords, leading digits, collisions.

use serde::Serialize;
use std::collections::HashSet;

/// A name in the two forms that Rust wants.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ident {
    /// `order_item`; a keyword stands as `r#type` or, where that is not allowed, `self_`.
    pub(crate) snake: String,
    /// `OrderItem`.
    pub(crate) pascal: String,
}

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];
/// Keywords that even `r#` cannot make names.
const RESERVED: &[&str] = &["crate", "self", "super", "_"];

/// Names that say nothing, which clippy refuses for variables (`disallowed_names`).
const PLACEHOLDERS: &[&str] = &["foo", "baz", "quux"];

impl Ident {
    /// The idents of a name; what has no letter or digit at all becomes `fallback`.
    pub(crate) fn new(name: &str, fallback: &str) -> Self {
        let mut words = words(name);
        if words.is_empty() {
            words = vec![fallback.to_owned()];
        }
        let mut snake = words.join("_");
        let mut pascal: String = words.iter().map(|word| capital(word)).collect();
        if snake.starts_with(|c: char| c.is_ascii_digit()) {
            snake.insert(0, 'n');
            pascal.insert(0, 'N');
        }
        if RESERVED.contains(&snake.as_str()) || PLACEHOLDERS.contains(&snake.as_str()) {
            snake.push('_');
        } else if KEYWORDS.contains(&snake.as_str()) {
            snake.insert_str(0, "r#");
        }
        if pascal == "Self" {
            pascal.push('_');
        }
        Self { snake, pascal }
    }

    /// The snake form without `r#`, for names of files and columns.
    pub(crate) fn plain(&self) -> &str {
        self.snake.strip_prefix("r#").unwrap_or(&self.snake)
    }
}

/// Names that are taken in one scope.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Names(HashSet<String>);

impl Names {
    pub(crate) fn with(taken: &[&str]) -> Self {
        Self(taken.iter().map(|name| (*name).to_owned()).collect())
    }

    /// The name itself, or the first free one that counts on from it.
    pub(crate) fn take(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        let mut number = 2;
        while !self.0.insert(free.clone()) {
            free = format!("{name}{number}");
            number += 1;
        }
        free
    }

    /// An ident whose two forms are both free.
    pub(crate) fn take_ident(&mut self, name: &str, fallback: &str) -> Ident {
        let mut ident = Ident::new(name, fallback);
        let base = ident.clone();
        let mut number = 2;
        while self.0.contains(&ident.snake) || self.0.contains(&ident.pascal) {
            ident.snake = format!("{}_{number}", base.plain());
            ident.pascal = format!("{}{number}", base.pascal);
            number += 1;
        }
        self.0.insert(ident.snake.clone());
        self.0.insert(ident.pascal.clone());
        ident
    }
}

/// The lower-case words of a name: split at what is no letter or digit and at humps.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (index, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = index.checked_sub(1).and_then(|index| chars.get(index));
        let after = chars.get(index + 1);
        let hump = c.is_ascii_uppercase()
            && (before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                || (before.is_some_and(char::is_ascii_uppercase)
                    && after.is_some_and(char::is_ascii_lowercase)));
        if hump && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(c.to_ascii_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + chars.as_str()
    })
}

/// `orders` → `order`, as far as English lets a machine know.
pub(crate) fn singular(word: &str) -> String {
    for (end, replacement) in [
        ("ies", "y"),
        ("sses", "ss"),
        ("shes", "sh"),
        ("ches", "ch"),
        ("xes", "x"),
    ] {
        if let Some(stem) = word.strip_suffix(end).filter(|stem| stem.len() > 1) {
            return format!("{stem}{replacement}");
        }
    }
    let stem = word.strip_suffix('s').filter(|stem| {
        !stem.is_empty() && !stem.ends_with('s') && !stem.ends_with('u') && !stem.ends_with("statu")
    });
    stem.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, snake: &str, pascal: &str) {
        let ident = Ident::new(name, "value");
        assert_eq!(
            (ident.snake.as_str(), ident.pascal.as_str()),
            (snake, pascal)
        );
    }

    #[test]
    fn names_are_split_at_humps_and_signs() {
        check("customerId", "customer_id", "CustomerId");
        check("HTTPServer", "http_server", "HttpServer");
        check("line-items[]", "line_items", "LineItems");
        check("x2Factor", "x2_factor", "X2Factor");
    }

    #[test]
    fn keywords_and_digits_become_names() {
        check("type", "r#type", "Type");
        check("self", "self_", "Self_");
        check("2fa", "n2fa", "N2fa");
        check("+1", "n1", "N1");
        check("*", "value", "Value");
        check("größe", "gr_e", "GrE");
    }

    #[test]
    fn names_that_collide_count_on() {
        let mut names = Names::default();
        let asc = names.take_ident("ASC", "value");
        let again = names.take_ident("asc", "value");
        assert_eq!(
            (asc.pascal.as_str(), again.pascal.as_str()),
            ("Asc", "Asc2")
        );
        assert_eq!(again.snake, "asc_2");
    }

    #[test]
    fn plurals_lose_their_ending() {
        for (plural, one) in [
            ("orders", "order"),
            ("categories", "category"),
            ("boxes", "box"),
            ("addresses", "address"),
            ("status", "status"),
            ("data", "data"),
        ] {
            assert_eq!(singular(plural), one);
        }
    }
}
