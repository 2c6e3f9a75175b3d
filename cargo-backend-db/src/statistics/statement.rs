//! A statement with what it cost, and the little that the rules read from its text. The text is
//! what a server keeps for its statistics: values are gone (`$1`, `?`), and it may be cut off.

/// A statement as the server counts it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) calls: u64,
    pub(crate) total_us: u64,
    /// Rows that it returned or changed.
    pub(crate) rows: u64,
    /// Rows that it read, where the server counts them (MySQL).
    pub(crate) rows_examined: Option<u64>,
    /// Calls that read a whole table, where the server counts them (MySQL).
    pub(crate) full_scans: Option<u64>,
    /// What it wrote into temporary files.
    pub(crate) temporary_bytes: u64,
}

/// A search for the rows of one table by one value of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lookup {
    pub(crate) table: String,
    pub(crate) column: String,
}

/// The longest text that a report shows.
const SHOWN_CHARACTERS: usize = 120;

impl Statement {
    pub(crate) fn mean_us(&self) -> u64 {
        self.total_us / self.calls.max(1)
    }

    /// On one line, and not longer than a line.
    pub(crate) fn shown(&self) -> String {
        shown(&self.text)
    }

    /// Whether a table of this name, without its schema, is named.
    pub(crate) fn mentions(&self, table: &str) -> bool {
        let (text, name) = (self.text.as_bytes(), table.as_bytes());
        // Most statements do not have the letters anywhere, and finding that out is quick.
        let has_letters = !name.is_empty()
            && (text.windows(name.len())).any(|part| part.eq_ignore_ascii_case(name));
        has_letters
            && tokens(&self.text)
                .iter()
                .any(|token| token.name() == Some(table))
    }

    pub(crate) fn is_select(&self) -> bool {
        matches!(tokens(&self.text).first(), Some(Token::Word(word)) if word == "select")
    }

    /// Whether it looks for rows: everything but a plain INSERT and what changes the schema.
    pub(crate) fn reads(&self) -> bool {
        let first = tokens(&self.text);
        ["select", "with", "update", "delete", "merge"]
            .iter()
            .any(|word| first.first().is_some_and(|token| token.is(word)))
    }

    /// The search that it is, if it is `SELECT … FROM table WHERE column = value` with at most
    /// conditions that no value is given for.
    pub(crate) fn lookup(&self) -> Option<Lookup> {
        let tokens = tokens(&self.text);
        let word = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is(word));
        let count = |what: &str| tokens.iter().filter(|token| token.is(what)).count();
        if !word(0, "select") || count("select") > 1 || count("join") > 0 || count("from") != 1 {
            return None;
        }
        let from = tokens.iter().position(|token| token.is("from"))?;
        let filter = tokens.iter().position(|token| token.is("where"))?;
        // Between FROM and WHERE: a name, its schema, another name for it.
        let source = tokens.get(from + 1..filter)?;
        if source.iter().any(|token| matches!(token, Token::Mark(','))) {
            return None;
        }
        let qualified = matches!(source.get(1), Some(Token::Mark('.')));
        let table = source.get(if qualified { 2 } else { 0 })?.name()?;
        let mut columns = Vec::new();
        for place in filter + 1..tokens.len() {
            if matches!(tokens[place], Token::Mark('=')) {
                let (before, after) = (tokens.get(place - 1)?, tokens.get(place + 1)?);
                let after_dot = matches!(tokens.get(place + 2), Some(Token::Mark('.')));
                let other_side = place + if after_dot { 3 } else { 1 };
                columns.push(match (before, after) {
                    (column, Token::Value) => column.name()?,
                    (Token::Value, _) => tokens.get(other_side)?.name()?,
                    _ => return None,
                });
            }
        }
        match columns[..] {
            [column] => Some(Lookup {
                table: table.to_owned(),
                column: column.to_owned(),
            }),
            _ => None,
        }
    }
}

/// A text on one line, cut where it gets long.
pub(crate) fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// Unquoted, in lower case.
    Word(String),
    /// Quoted, as it is.
    Quoted(String),
    /// A literal or the place of one.
    Value,
    Mark(char),
}

impl Token {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(mine) if mine == word)
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Quoted(name) => Some(name),
            Self::Value | Self::Mark(_) => None,
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' | '`' => {
                let inside = &rest[1..];
                let end = inside.find(first).unwrap_or(inside.len());
                let token = Token::Quoted(inside[..end].to_owned());
                (Some(token), (end + 2).min(rest.len()))
            }
            '\'' => {
                let end = rest[1..].find('\'').map_or(rest.len(), |end| end + 2);
                (Some(Token::Value), end)
            }
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => {
                (None, rest.find("*/").map_or(rest.len(), |end| end + 2))
            }
            '?' => (Some(Token::Value), 1),
            '$' | '0'..='9' => (Some(Token::Value), word_length(rest, 1)),
            first if first.is_alphabetic() || first == '_' => {
                let length = word_length(rest, first.len_utf8());
                (Some(Token::Word(rest[..length].to_lowercase())), length)
            }
            other => (Some(Token::Mark(other)), other.len_utf8()),
        };
        found.extend(token);
        rest = rest[length..].trim_start();
    }
    found
}

fn word_length(text: &str, first: usize) -> usize {
    let ends = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
    text[first..]
        .find(ends)
        .map_or(text.len(), |end| first + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str) -> Statement {
        Statement {
            text: text.to_owned(),
            ..Statement::default()
        }
    }

    fn lookup(text: &str) -> Option<(String, String)> {
        let found = statement(text).lookup()?;
        Some((found.table, found.column))
    }

    fn of(table: &str, column: &str) -> Option<(String, String)> {
        Some((table.to_owned(), column.to_owned()))
    }

    #[test]
    fn a_search_by_one_value_is_read_in_both_servers_words() {
        let found = of("orders", "customer_id");
        assert_eq!(lookup("SELECT * FROM orders WHERE customer_id = $1"), found);
        assert_eq!(
            lookup(
                "select o.id, o.\"total\" FROM shop.\"orders\" o\nWHERE $1 = o.customer_id LIMIT $2"
            ),
            found
        );
        assert_eq!(
            lookup("SELECT * FROM `orders` WHERE `customer_id` = ? AND `deleted_at` IS NULL"),
            found
        );
        assert_eq!(
            lookup(
                "/* of a page */ SELECT id FROM orders -- all\nWHERE customer_id = 5 ORDER BY id"
            ),
            found
        );
    }

    #[test]
    fn what_is_more_than_that_is_none() {
        for text in [
            "SELECT * FROM orders",
            "SELECT * FROM orders WHERE a = $1 AND b = $2",
            "SELECT * FROM orders, customers WHERE customer_id = $1",
            "SELECT * FROM orders JOIN customers ON true WHERE a = $1",
            "SELECT * FROM orders WHERE id IN (SELECT id FROM old WHERE a = $1)",
            "SELECT * FROM orders WHERE a = b",
            "SELECT * FROM orders WHERE customer_id = ANY ($1)",
            "UPDATE orders SET a = $1 WHERE id = $2",
            "SELECT * FROM orders WHERE \"cut off",
            "",
        ] {
            assert_eq!(lookup(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_is_found_as_a_whole_and_not_in_a_text() {
        let named = |text| statement(text).mentions("orders");
        assert!(named("DELETE FROM public.orders"));
        assert!(named("SELECT 1 FROM \"orders\""));
        assert!(!named("SELECT 'orders' FROM orders_old -- orders"));
    }

    #[test]
    fn a_long_text_is_shown_on_one_line() {
        assert_eq!(shown("SELECT\n  1"), "SELECT 1");
        assert_eq!(
            shown(&"é".repeat(200)).chars().count(),
            SHOWN_CHARACTERS + 1
        );
    }
}
