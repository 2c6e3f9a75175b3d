//! Texts that match a pattern, and texts that do not, for the generated tests.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The shortest text found in which the pattern occurs and whose characters are so many; `None` where
/// only a person could find one.
pub(super) fn matching(pattern: &str, min: usize, max: usize) -> Option<String> {
    let tree = regex_syntax::parse(pattern).ok()?;
    let regex = regex::Regex::new(pattern).ok()?;
    // Each repetition is taken more often until the text is long enough.
    let texts = (0..=LONGEST).map_while(|times| {
        let mut text = String::new();
        write(&tree, times, &mut text).then_some(text)
    });
    let fits = |text: &String| {
        let length = text.chars().count();
        (min..=max).contains(&length) && regex.is_match(text)
    };
    texts.take_while(|text| text.len() <= LONGEST).find(fits)
}

/// A text of so many characters in which the pattern does not occur.
pub(super) fn missing(pattern: &str, min: usize, max: usize) -> Option<String> {
    let regex = fancy_regex::Regex::new(pattern).ok()?;
    let one = ["!", " ", "x", "0", "-", "A"];
    let length = min.max(1);
    let texts = one.iter().map(|one| one.repeat(length));
    std::iter::once(String::new())
        .filter(|_| min == 0)
        .chain(texts.filter(|text| text.len() <= max.min(LONGEST)))
        .find(|text| matches!(regex.is_match(text), Ok(false)))
}

/// What no test need be longer than.
const LONGEST: usize = 256;

/// Adds a text of the tree; `false` where it became too long.
fn write(tree: &Hir, times: usize, text: &mut String) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    match tree.kind() {
        // Whether the text is where it should be is seen when the whole is matched.
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(literal) => {
                text.push_str(literal);
                true
            }
            Err(_) => false,
        },
        HirKind::Class(class) => character(class).is_some_and(|c| {
            text.push(c);
            true
        }),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.map_or(usize::MAX, |max| max as usize);
            let times_here = (repetition.min as usize).max(times).min(most);
            (0..times_here).all(|_| write(&repetition.sub, times, text))
        }
        HirKind::Capture(capture) => write(&capture.sub, times, text),
        HirKind::Concat(parts) => parts.iter().all(|part| write(part, times, text)),
        HirKind::Alternation(parts) => parts.first().is_some_and(|part| write(part, times, text)),
    }
}

/// A character of the class, one that is easy to read if there is one.
fn character(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        Class::Bytes(class) => class
            .iter()
            .map(|range| (char::from(range.start()), char::from(range.end())))
            .collect(),
    };
    let holds = |c: &char| {
        ranges
            .iter()
            .any(|(start, end)| (*start..=*end).contains(c))
    };
    let simple = ['a', 'A', '1', '0', '-', '_', '.', '/', ' '];
    simple.into_iter().find(holds).or_else(|| {
        let visible = ranges.iter().map(|(start, _)| *start);
        visible.into_iter().find(|c| !c.is_control())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_matches_is_found() {
        let check = |pattern: &str, min, max, expected: Option<&str>| {
            assert_eq!(
                matching(pattern, min, max).as_deref(),
                expected,
                "{pattern}"
            );
        };
        check("^[A-Z]{2}$", 0, 9, Some("AA"));
        check("^AC[0-9a-fA-F]{4}$", 6, 6, Some("ACaaaa"));
        check(r"^\d+(\.\d{2})?$", 0, 9, Some("1"));
        check(r"^\d+(\.\d{2})?$", 4, 9, Some("1.11"));
        check("^(draft|final)$", 0, 9, Some("draft"));
        check("^[a-z-]*$", 3, 3, Some("aaa"));
        check("x", 0, 9, Some("x"));
        check("^a{3}$", 4, 9, None);
        check("(?=a)b", 0, 9, None);
        check("^a{5000}$", 0, 9000, None);
    }

    #[test]
    fn a_text_that_does_not_match_is_found() {
        let check = |pattern: &str, min, max, expected: Option<&str>| {
            assert_eq!(missing(pattern, min, max).as_deref(), expected, "{pattern}");
        };
        check("^[A-Z]{2}$", 2, 2, Some("!!"));
        check("^[a-z]*$", 0, 9, Some("!"));
        check("^(?!x).*$", 0, 9, Some("x"));
        check(".*", 0, 9, None);
    }
}
