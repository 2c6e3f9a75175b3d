//! Brackets that close further left than YAML has it.
//!
//! YAML 1.2 (7.4) wants what stands in brackets further right than the key before them. libyaml and
//! snakeyaml never asked for that, so documents that every other tool reads have such lines, the
//! `api-with-examples.yaml` of the OpenAPI Initiative among them. Blanks before a line in brackets mean
//! nothing, so such lines are read as if they stood further right.

use std::collections::BTreeMap;

use saphyr::{Marker, ScanError};
use saphyr_parser::{Event, Parser};

/// More such lines are no slip, and every one is another reading.
const MOST_LINES: usize = 500;

/// By how many columns lines were moved, by their numbers from 1.
#[derive(Debug, Default)]
pub(super) struct Moved(BTreeMap<usize, usize>);

impl Moved {
    /// Line and column in the text as it was, from 1.
    pub(super) fn place(&self, marker: &Marker) -> (usize, usize) {
        let line = marker.line().max(1);
        let by = self.0.get(&line).copied().unwrap_or(0);
        (line, (marker.col() + 1).saturating_sub(by).max(1))
    }
}

/// The text with such lines further right, where it has any and `fault` is about one.
pub(super) fn straightened(text: &str, fault: &ScanError) -> Option<(String, Moved)> {
    let mut fault = fault.clone();
    let mut moved = Moved::default();
    let mut text = text.to_owned();
    loop {
        let line = fault.marker().line();
        let again = moved.0.contains_key(&line) || moved.0.len() == MOST_LINES;
        if again || !fault.info().starts_with("invalid indentation") {
            break;
        }
        let start = start_of(&text, line)?;
        let Some(column) = open_bracket(&text[..start]) else {
            break;
        };
        text.insert_str(start, &" ".repeat(column + 1));
        moved.0.insert(line, column + 1);
        match Parser::new_from_str(&text).find_map(Result::err) {
            Some(next) => fault = next,
            None => break,
        }
    }
    (!moved.0.is_empty()).then_some((text, moved))
}

/// Where a line begins, in bytes.
fn start_of(text: &str, line: usize) -> Option<usize> {
    let before = line.checked_sub(2)?;
    text.match_indices('\n').nth(before).map(|(end, _)| end + 1)
}

/// The column of the outermost bracket that is still open at the end of a text.
fn open_bracket(text: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let mut open = Vec::new();
    for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
        if matches!(event, Event::MappingStart(..) | Event::SequenceStart(..)) {
            let (line, column) = (span.start.line(), span.start.col());
            let line = lines.get(line.saturating_sub(1));
            let first = line.and_then(|line| line.chars().nth(column));
            open.push(matches!(first, Some('{' | '[')).then_some(column));
        } else if matches!(event, Event::MappingEnd | Event::SequenceEnd) {
            open.pop();
        }
    }
    open.into_iter().flatten().next()
}

#[cfg(test)]
mod tests {
    use crate::openapi::source::Source;

    #[test]
    fn a_bracket_may_close_further_left() {
        let text = "a:\n    b: {\n  \"x\": [1,\n  2]\n }\n    c: three\n";
        let source = Source::parse("api.yaml", text).expect("libyaml reads it");
        assert_eq!(
            source.value,
            serde_json::json!({"a": {"b": {"x": [1, 2]}, "c": "three"}})
        );
        assert_eq!(source.location("/a/b/x").to_string(), "api.yaml:3:3");
        assert_eq!(source.location("/a/b/x/1").to_string(), "api.yaml:4:3");
        assert_eq!(source.location("/a/c").to_string(), "api.yaml:6:8");
    }

    #[test]
    fn outside_of_brackets_indentation_counts() {
        let text = "a:\n    b: {x: 1}\n  c: three\n";
        let fault = Source::parse("api.yaml", text).expect_err("`c` is nowhere");
        assert!(fault.to_string().contains("api.yaml:3:"), "{fault}");
    }

    #[test]
    fn a_fault_in_a_line_that_was_moved_is_shown_where_it_is() {
        let text = "a:\n    b: {\n  x: 1, x: 2\n }\n";
        let fault = Source::parse("api.yaml", text).expect_err("`x` is there twice");
        assert!(fault.to_string().contains("api.yaml:3:9"), "{fault}");
    }
}
