//! Literals of the generated tests, as a person would write them.

use crate::render::rust_type::{grouped, quoted};

/// A text with quotes in it, which need no backslashes where that is possible.
pub(super) fn raw(text: &str) -> String {
    let plain = text.chars().all(|c| (' '..='~').contains(&c)) && !text.contains("\"#");
    if plain && (text.contains('"') || text.contains('\\')) {
        return format!("r#\"{text}\"#");
    }
    quoted(text)
}

/// An option of a literal.
pub(super) fn option(literal: Option<String>) -> String {
    literal.map_or_else(|| "None".to_owned(), |literal| format!("Some({literal})"))
}

/// A number of things.
pub(super) fn count(number: usize) -> String {
    i64::try_from(number).map_or_else(|_| number.to_string(), grouped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_without_backslashes_where_it_can_be() {
        assert_eq!(raw(r#"{"a":1}"#), r##"r#"{"a":1}"#"##);
        assert_eq!(raw("[]"), r#""[]""#);
        assert_eq!(raw("\"#\""), r##""\"#\"""##);
        assert_eq!(raw("\"\u{202e}\""), r#""\"\u{202e}\"""#);
    }
}
