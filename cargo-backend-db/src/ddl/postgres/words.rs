//! The names in a text that the server printed. With an empty `search_path` it qualifies every name
//! of a user's object, so that `schema . name` is never a matter of opinion.

use std::collections::BTreeSet;

/// The names of two parts that a text mentions, unquoted; those within literals too, as in
/// `nextval('public.orders_id_seq'::regclass)`.
pub(crate) fn mentioned(text: &str) -> BTreeSet<(String, String)> {
    let tokens = tokens(text);
    let mut found = BTreeSet::new();
    for (place, token) in tokens.iter().enumerate() {
        match token {
            Token::Literal(inner) => found.extend(mentioned(inner)),
            Token::Word(namespace) => {
                if let (Some(Token::Dot), Some(Token::Word(name))) =
                    (tokens.get(place + 1), tokens.get(place + 2))
                {
                    found.insert((namespace.clone(), name.clone()));
                }
            }
            Token::Dot => {}
        }
    }
    found
}

/// The words of a text, unquoted: what may be a column.
pub(crate) fn words(text: &str) -> BTreeSet<String> {
    tokens(text)
        .into_iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word),
            Token::Dot | Token::Literal(_) => None,
        })
        .collect()
}

/// A text with another name for a column, quoted or not; `name` is unquoted, `new` as it is written.
/// Names of functions and of qualified objects stay.
pub(crate) fn renamed(text: &str, name: &str, new: &str) -> String {
    let plain = |next: char| next.is_alphanumeric() || matches!(next, '_' | '$');
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '\'' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            first if plain(first) => rest.find(|next| !plain(next)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (token, behind) = rest.split_at(end);
        let quoted = token
            .strip_prefix('"')
            .and_then(|token| token.strip_suffix('"'));
        let is_part = made.ends_with(['.', '"', '\'', ':']) || behind.starts_with(['.', '(', '"']);
        if quoted.unwrap_or(token) == name && first != '\'' && !is_part {
            made.push_str(new);
        } else {
            made.push_str(token);
        }
        rest = behind;
    }
    made
}

/// The first name of two parts, which in a CREATE statement is what it creates.
pub(crate) fn created(text: &str) -> Option<(String, String)> {
    let tokens = tokens(text);
    tokens.windows(3).find_map(|three| match three {
        [Token::Word(namespace), Token::Dot, Token::Word(name)] => {
            Some((namespace.clone(), name.clone()))
        }
        _ => None,
    })
}

/// CREATE STATISTICS with its columns by name. The server prints them in the order in which they
/// stand in the table.
pub(crate) fn statistics(definition: &str) -> String {
    let Some((head, rest)) = definition.split_once(" ON ") else {
        return definition.to_owned();
    };
    let Some((list, table)) = rest.rsplit_once(" FROM ") else {
        return definition.to_owned();
    };
    let (mut parts, mut open, mut quoted) = (vec![String::new()], 0_u32, false);
    for next in list.chars() {
        match next {
            '"' | '\'' => quoted = !quoted,
            '(' if !quoted => open += 1,
            ')' if !quoted => open = open.saturating_sub(1),
            _ => {}
        }
        if next == ',' && open == 0 && !quoted {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(next);
        }
    }
    let mut parts: Vec<&str> = parts.iter().map(|part| part.trim()).collect();
    parts.sort_unstable();
    format!("{head} ON {} FROM {table}", parts.join(", "))
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Dot,
    Literal(String),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(first) = rest.next() {
        match first {
            '"' | '\'' => {
                let mut inner = String::new();
                while let Some(next) = rest.next() {
                    if next == first && rest.next_if_eq(&first).is_none() {
                        break;
                    }
                    inner.push(next);
                }
                tokens.push(if first == '"' {
                    Token::Word(inner)
                } else {
                    Token::Literal(inner)
                });
            }
            '.' => tokens.push(Token::Dot),
            first if first.is_alphanumeric() || first == '_' => {
                let mut word = String::from(first);
                while let Some(next) =
                    rest.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '$'))
                {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
            _ => {}
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(namespace: &str, name: &str) -> (String, String) {
        (namespace.to_owned(), name.to_owned())
    }

    #[test]
    fn names_are_found_quoted_or_not_and_in_literals() {
        let text = r#"nextval('public."we ird"'::regclass) + audit.f(a."x""y", 'o''k')"#;
        let found = mentioned(text);
        for name in [
            pair("public", "we ird"),
            pair("audit", "f"),
            pair("a", "x\"y"),
        ] {
            assert!(found.contains(&name), "{name:?} in {found:?}");
        }
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_column_is_renamed_and_nothing_else() {
        let text = r#"btree (id, lower(id), id(x), t.id, "id", id DESC) WHERE ('id'::text = id)"#;
        let expected =
            r#"btree ("n", lower("n"), id(x), t.id, "n", "n" DESC) WHERE ('id'::text = "n")"#;
        assert_eq!(renamed(text, "id", "\"n\""), expected);
    }

    #[test]
    fn a_statement_creates_the_first_name() {
        let text = "CREATE STATISTICS public.s (ndistinct) ON a, b FROM public.t";
        assert_eq!(created(text), Some(pair("public", "s")));
        let text = r#"CREATE STATISTICS public.s ON "b, x", lower(c, d), a FROM public.t"#;
        let sorted = r#"CREATE STATISTICS public.s ON "b, x", a, lower(c, d) FROM public.t"#;
        assert_eq!(statistics(text), sorted);
    }
}
