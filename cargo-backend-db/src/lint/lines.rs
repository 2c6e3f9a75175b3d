//! Where the lines of a text begin: to count them anew for each of thousands of statements takes minutes.

use std::sync::Arc;

use cargo_backend_shared::diagnostic::Location;

/// Where the lines begin, in bytes.
#[derive(Debug)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        Self(std::iter::once(0).chain(ends).collect())
    }

    /// The byte of a place, whose line and column count from 1, the column in characters.
    pub(crate) fn offset(&self, text: &str, line: u64, column: u64) -> usize {
        let before = |count: u64| usize::try_from(count).unwrap_or(1).saturating_sub(1);
        let start = self.0.get(before(line)).copied();
        let start = start.unwrap_or(text.len());
        let rest = &text[start..];
        let inside = rest.char_indices().nth(before(column));
        start + inside.map_or(rest.len(), |(at, _)| at)
    }

    /// The place of a byte in this text; one behind its end is the end.
    pub(crate) fn location(&self, file: &str, text: &Arc<str>, offset: usize) -> Location {
        let offset = offset.min(text.len());
        let line = self.0.partition_point(|start| *start <= offset);
        let start = self.0.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let inside = text.get(start..offset).unwrap_or_default();
        Location {
            file: file.to_owned(),
            line,
            column: inside.chars().count() + 1,
            source: Some(Arc::clone(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_and_its_place_are_the_same_place() {
        let text: Arc<str> = Arc::from("ä\r\nbß c\n\nd");
        let lines = Lines::of(&text);
        for (offset, _) in text.char_indices() {
            let place = lines.location("a.sql", &text, offset);
            assert_eq!(place, Location::of_offset("a.sql", &text, offset));
            let (line, column) = (place.line as u64, place.column as u64);
            assert_eq!(lines.offset(&text, line, column), offset);
        }
        let end = lines.location("a.sql", &text, 99);
        assert_eq!((end.line, end.column), (4, 2));
    }
}
