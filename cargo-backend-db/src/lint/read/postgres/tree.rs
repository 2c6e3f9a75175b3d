//! Nodes and tokens of the tree, by their kind.

use std::ops::Range;

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::lint::statement::Name;

/// Without blanks, comments and the semicolon at its ends.
pub(super) fn span(node: &SyntaxNode) -> Range<usize> {
    let tokens = node
        .descendants_with_tokens()
        .filter_map(|part| part.into_token())
        .filter(|token| {
            let trivia = [
                SyntaxKind::WHITESPACE,
                SyntaxKind::COMMENT,
                SyntaxKind::SEMICOLON,
            ];
            !trivia.contains(&token.kind())
        });
    let mut range: Option<Range<usize>> = None;
    for token in tokens {
        let (start, end) = (token.text_range().start(), token.text_range().end());
        let start = range.map_or(usize::from(start), |range| range.start);
        range = Some(start..usize::from(end));
    }
    range.unwrap_or_default()
}

pub(super) fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

pub(super) fn has(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.children_with_tokens().any(|part| part.kind() == kind)
}

/// As [`has`], at any depth.
pub(super) fn mentions(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.descendants_with_tokens()
        .any(|part| part.kind() == kind)
}

/// `Audit."Log"` is the table `Log` of `audit`.
pub(super) fn name(node: &SyntaxNode) -> Name {
    let mut parts = Vec::new();
    for token in node
        .descendants_with_tokens()
        .filter_map(|part| part.into_token())
    {
        let skipped = [
            SyntaxKind::WHITESPACE,
            SyntaxKind::COMMENT,
            SyntaxKind::DOT,
            SyntaxKind::ONLY_KW,
            SyntaxKind::STAR,
        ];
        if !skipped.contains(&token.kind()) {
            parts.push(folded(token.text()));
        }
    }
    let name = parts.pop().unwrap_or_default();
    Name {
        schema: parts.pop(),
        name,
    }
}

pub(super) fn folded(text: &str) -> String {
    match text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => text.to_lowercase(),
    }
}

pub(super) fn name_of(node: &SyntaxNode, kind: SyntaxKind) -> Name {
    child(node, kind)
        .map(|node| name(&node))
        .unwrap_or_default()
}

pub(super) fn names(node: &SyntaxNode, kind: SyntaxKind) -> Vec<Name> {
    let nodes = node.children().filter(|child| child.kind() == kind);
    nodes.map(|node| name(&node)).collect()
}

/// All of this kind at any depth.
pub(super) fn deep(node: &SyntaxNode, kind: SyntaxKind) -> Vec<Name> {
    let nodes = node.descendants().filter(|child| child.kind() == kind);
    nodes.map(|node| name(&node)).collect()
}

pub(super) fn literal(node: &SyntaxNode) -> String {
    let text = child(node, SyntaxKind::LITERAL).map(|node| node.text().to_string());
    text.unwrap_or_default().trim_matches('\'').to_owned()
}
