//! Uses of types as Rust writes them: the type, the rule that reads it, a literal of it.

use serde_json::Value;

use crate::api::Api;
use crate::api::table::{Column, ColumnKind};
use crate::api::types::{
    IntRule, ListRule, NumberRule, Patterns, Shape, TextRule, TypeDef, TypeRef, TypeShape,
};

/// The name of lists of lists of lists.
pub(crate) const NESTED_LISTS: &str = "NestedLists";

/// Writes types and rules, and collects the patterns that the rules name.
#[derive(Debug)]
pub(crate) struct Rust<'a> {
    types: &'a [TypeDef],
    pub(crate) patterns: Patterns,
    /// The type that is being written: in its own text it is `Self`.
    pub(crate) own: Option<usize>,
}

impl<'a> Rust<'a> {
    pub(crate) fn new(types: &'a [TypeDef]) -> Self {
        Self {
            types,
            patterns: Patterns::new(),
            own: None,
        }
    }

    /// The type, `Option` included where it may be null.
    pub(crate) fn ty(&self, ty: &TypeRef) -> String {
        let plain = self.shape(&ty.shape);
        let plain = if ty.boxed {
            format!("Box<{plain}>")
        } else {
            plain
        };
        if ty.nullable {
            format!("Option<{plain}>")
        } else {
            plain
        }
    }

    pub(crate) fn shape(&self, shape: &Shape) -> String {
        match shape {
            Shape::Text(_) => "String".to_owned(),
            Shape::Int(IntRule { short: true, .. }) => "i32".to_owned(),
            Shape::Int(_) => "i64".to_owned(),
            Shape::Number(_) => "f64".to_owned(),
            Shape::Bool => "bool".to_owned(),
            Shape::Timestamp => "DateTime<Utc>".to_owned(),
            Shape::Day => "NaiveDate".to_owned(),
            Shape::Uuid => "Uuid".to_owned(),
            Shape::Any => "Value".to_owned(),
            Shape::File => "Upload".to_owned(),
            Shape::List(list) => match shape.nested_lists() {
                Some(item) => self.nested(item),
                None => format!("Vec<{}>", self.ty(&list.item)),
            },
            Shape::Map(item) => format!("BTreeMap<String, {}>", self.ty(item)),
            Shape::Named(id) => self.name(*id).to_owned(),
        }
    }

    /// Lists of lists of lists of this, and of their items, to the ground.
    fn nested(&self, item: &TypeRef) -> String {
        let inner = match item.shape.three_lists() {
            Some(deeper) if !item.nullable && !item.boxed => self.nested(deeper),
            _ => self.ty(item),
        };
        format!("{NESTED_LISTS}<{inner}>")
    }

    pub(crate) fn name(&self, id: usize) -> &'a str {
        if self.own == Some(id) {
            return "Self";
        }
        self.types.get(id).map_or("Value", |def| def.name.as_str())
    }

    /// The rule that reads a value.
    pub(crate) fn rule(&mut self, ty: &TypeRef) -> String {
        let plain = match &ty.shape {
            Shape::Text(rule) => self.text(rule),
            Shape::Int(rule) => int(rule),
            Shape::Number(rule) => number(rule),
            Shape::Bool => "Bool".to_owned(),
            Shape::Timestamp => "Timestamp".to_owned(),
            Shape::Day => "Day".to_owned(),
            Shape::Uuid => "Id".to_owned(),
            Shape::Any => "Anything".to_owned(),
            Shape::File => "File".to_owned(),
            Shape::List(rule) => self.list(rule),
            Shape::Map(item) => format!("Dictionary({})", self.rule(item)),
            Shape::Named(id) => format!("of::<{}>()", self.name(*id)),
        };
        let plain = if ty.boxed {
            format!("Boxed({plain})")
        } else {
            plain
        };
        if ty.nullable {
            format!("Nullable({plain})")
        } else {
            plain
        }
    }

    fn text(&mut self, rule: &TextRule) -> String {
        let mut text = "Text::new()".to_owned();
        if let Some(min) = rule.min {
            text = format!("{text}.min({min})");
        }
        if let Some(max) = rule.max {
            text = format!("{text}.max({max})");
        }
        if rule.email {
            text += ".email()";
        }
        if let Some(pattern) = &rule.pattern {
            let number = self.patterns.len() + 1;
            let name = self
                .patterns
                .entry(pattern.clone())
                .or_insert_with(|| format!("PATTERN_{number}"));
            text = format!("{text}.pattern(&{name})");
        }
        text
    }

    fn list(&mut self, rule: &ListRule) -> String {
        let mut list = format!("List::new({})", self.rule(&rule.item));
        if let Some(min) = rule.min {
            list = format!("{list}.min({min})");
        }
        if let Some(max) = rule.max {
            list = format!("{list}.max({max})");
        }
        if rule.unique {
            list += ".unique()";
        }
        if rule.commas {
            list += ".commas()";
        }
        list
    }

    /// The type of a column's value, without `Option`.
    pub(crate) fn column(&self, kind: &ColumnKind) -> String {
        match kind {
            ColumnKind::Int { short: true } => "i32".to_owned(),
            ColumnKind::Int { short: false } => "i64".to_owned(),
            ColumnKind::Number => "f64".to_owned(),
            ColumnKind::Bool => "bool".to_owned(),
            ColumnKind::Text => "String".to_owned(),
            ColumnKind::Enum(id) => self.name(*id).to_owned(),
            ColumnKind::Timestamp => "DateTime<Utc>".to_owned(),
            ColumnKind::Day => "NaiveDate".to_owned(),
            ColumnKind::Uuid => "Uuid".to_owned(),
            ColumnKind::Json(ty) => self.ty(ty),
        }
    }

    /// A default value as an expression; `None` where it is not one of the shape.
    pub(crate) fn literal(&self, shape: &Shape, value: &Value) -> Option<String> {
        match (shape, value) {
            (Shape::Text(_), Value::String(text)) => Some(format!("{}.to_owned()", quoted(text))),
            (Shape::Int(rule), value) => {
                let value = value.as_i64()?;
                let fits = !rule.short || i32::try_from(value).is_ok();
                fits.then(|| grouped(value))
            }
            (Shape::Number(_), value) => value.as_f64().map(|value| format!("{value:?}")),
            (Shape::Bool, Value::Bool(value)) => Some(value.to_string()),
            (Shape::Named(id), Value::String(text)) => match &self.types.get(*id)?.shape {
                TypeShape::Enum(variants) => {
                    let (_, ident) = variants.iter().find(|(word, _)| word == text)?;
                    Some(format!("{}::{}", self.name(*id), ident.pascal))
                }
                TypeShape::Struct(_) | TypeShape::Union(_) => None,
            },
            (Shape::List(_), Value::Array(items)) if items.is_empty() => {
                Some("Vec::new()".to_owned())
            }
            _ => None,
        }
    }

    /// What stands in a column that may not be empty when nobody says what.
    pub(crate) fn fallback(&self, column: &Column) -> String {
        let default = column.default.as_ref();
        let shape = match &column.kind {
            ColumnKind::Int { short } => Shape::Int(IntRule {
                short: *short,
                ..IntRule::default()
            }),
            ColumnKind::Number => Shape::Number(NumberRule::default()),
            ColumnKind::Bool => Shape::Bool,
            ColumnKind::Text => Shape::Text(TextRule::default()),
            ColumnKind::Enum(id) => Shape::Named(*id),
            ColumnKind::Timestamp => return "Utc::now()".to_owned(),
            ColumnKind::Day => return "Utc::now().date_naive()".to_owned(),
            ColumnKind::Uuid => return "Uuid::new_v4()".to_owned(),
            ColumnKind::Json(ty) => {
                let text = default.filter(|_| ty.shape == Shape::Any);
                return text.map_or_else(
                    || "Default::default()".to_owned(),
                    |value| {
                        let text = quoted(&value.to_string());
                        format!("serde_json::from_str({text}).unwrap_or_default()")
                    },
                );
            }
        };
        let said = default.and_then(|value| self.literal(&shape, value));
        said.unwrap_or_else(|| match &column.kind {
            ColumnKind::Enum(id) => format!("{}::ALL[0]", self.name(*id)),
            ColumnKind::Number => "0.0".to_owned(),
            ColumnKind::Bool => "false".to_owned(),
            ColumnKind::Text => "String::new()".to_owned(),
            ColumnKind::Int { .. }
            | ColumnKind::Timestamp
            | ColumnKind::Day
            | ColumnKind::Uuid
            | ColumnKind::Json(_) => "0".to_owned(),
        })
    }
}

fn int(rule: &IntRule) -> String {
    let mut text = format!("Int::<{}>::new()", if rule.short { "i32" } else { "i64" });
    if let Some(min) = rule.min {
        text = format!("{text}.min({})", grouped(min));
    }
    if let Some(max) = rule.max {
        text = format!("{text}.max({})", grouped(max));
    }
    if let Some(step) = rule.multiple_of {
        text = format!("{text}.multiple_of({})", grouped(step));
    }
    if !rule.one_of.is_empty() {
        let values: Vec<String> = rule.one_of.iter().map(|value| grouped(*value)).collect();
        text = format!("{text}.one_of(&[{}])", values.join(", "));
    }
    text
}

fn number(rule: &NumberRule) -> String {
    let mut text = "Number::new()".to_owned();
    let bounds = [
        ("min", rule.min),
        ("max", rule.max),
        ("above", rule.above),
        ("below", rule.below),
    ];
    for (name, bound) in bounds {
        if let Some(bound) = bound {
            text = format!("{text}.{name}({bound:?})");
        }
    }
    text
}

/// `1000000` as `1_000_000`, which is how clippy wants to read it.
pub(crate) fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digits.len() > 4 {
            text.push('_');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// The crate of the patterns: the plain one is faster and knows no look-around.
pub(crate) fn regex_crate(api: &Api) -> &'static str {
    if super::needs(api).look_around {
        "fancy_regex"
    } else {
        "regex"
    }
}

/// A string literal.
pub(crate) fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c.is_control() || turns_direction(c) => literal.extend(c.escape_unicode()),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// A doc comment: the text of the document, or what is said in its stead. Markdown links and
/// angle brackets would be warnings of rustdoc, so they are escaped.
pub(crate) fn doc(text: &str, instead: &str) -> String {
    let text = text.trim();
    let text = if text.is_empty() { instead } else { text };
    let mut indent = 0;
    let mut lines = Vec::new();
    for line in text.lines() {
        // Four blanks would make a code block, which rustdoc would run as a test.
        let line = escaped(line.trim());
        let line = if line.starts_with("```") { "" } else { &line };
        let (marker, rest) = list_marker(line);
        if line.is_empty() {
            indent = 0;
        } else if !marker.is_empty() {
            indent = marker.len() + 1;
            lines.push(format!("/// {marker} {rest}").trim_end().to_owned());
            continue;
        }
        // What goes on an item of a list stands below its text.
        let blanks = " ".repeat(indent);
        lines.push(format!("/// {blanks}{line}").trim_end().to_owned());
    }
    lines.join("\n")
}

/// Text of a doc comment that means nothing to Markdown's links and HTML, nor to the compiler.
fn escaped(line: &str) -> String {
    let mut text = String::new();
    for c in line.chars() {
        match c {
            '<' | '>' | '[' | ']' => text.extend(['\\', c]),
            '\t' => text.push(' '),
            c if c == '\r' || turns_direction(c) => {}
            c => text.push(c),
        }
    }
    text
}

/// Characters that show a text in another order than the compiler reads it, which it refuses.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `-` of `- text`, `1.` of `1. text`, and the text.
fn list_marker(line: &str) -> (&str, &str) {
    let Some((first, rest)) = line.split_once(' ') else {
        return ("", line);
    };
    let digits = first.trim_end_matches(['.', ')']);
    let is_number = first.len() == digits.len() + 1
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || matches!(first, "-" | "*" | "+") {
        (first, rest.trim_start())
    } else {
        ("", line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_clippy_wants() {
        for (value, text) in [(500, "500"), (4096, "4096"), (-1_000_000, "-1_000_000")] {
            assert_eq!(grouped(value), text);
        }
    }

    #[test]
    fn a_description_becomes_a_harmless_doc_comment() {
        assert_eq!(
            doc("See <https://x> and [a](b)\n\n    code", ""),
            "/// See \\<https://x\\> and \\[a\\](b)\n///\n/// code"
        );
        assert_eq!(doc("  ", "`GET /a`"), "/// `GET /a`");
        assert_eq!(
            doc("One of:\n  *   a\n  more\n1. b\nmore\n\nend", ""),
            "/// One of:\n/// * a\n///   more\n/// 1. b\n///    more\n///\n/// end"
        );
    }

    #[test]
    fn text_is_quoted_as_rust_reads_it() {
        assert_eq!(quoted("a\"b\\\n"), r#""a\"b\\\n""#);
    }
}
