//! What stands in attributes: documentation, conditions, and the words of serde and its kind.

use proc_macro2::TokenStream;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token};

/// The text of the documentation comment, without the indentation that comes of `/// `.
pub(crate) fn documentation(attributes: &[Attribute]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attribute.meta
            && let Some(text) = text(&pair.value)
        {
            lines.extend(text.split('\n').map(|line| {
                let line = line.trim_end();
                line.strip_prefix(' ').unwrap_or(line).to_owned()
            }));
        }
    }
    lines.join("\n").trim().to_owned()
}

/// Whether something is there only in tests.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        if path.is_ident("cfg") {
            return only_in_tests(&attribute.meta);
        }
        let last = path
            .segments
            .last()
            .map(|segment| segment.ident.to_string());
        matches!(last.as_deref(), Some("test" | "rstest" | "bench"))
    })
}

/// `cfg(test)`, or a list of conditions of which `test` must hold.
fn only_in_tests(meta: &Meta) -> bool {
    let Meta::List(list) = meta else {
        return false;
    };
    if list.path.is_ident("cfg") || list.path.is_ident("all") {
        let inner = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone());
        return inner.is_ok_and(|inner| {
            inner
                .iter()
                .any(|meta| meta.path().is_ident("test") || only_in_tests(meta))
        });
    }
    false
}

/// Whether something is there under a condition alone.
pub(crate) fn is_conditional(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|a| a.path().is_ident("cfg"))
}

/// The file that `include!` names, if this is one in the place of an item.
pub(crate) fn included(item: &syn::ItemMacro) -> Option<String> {
    let include = item.ident.is_none() && item.mac.path.is_ident("include");
    let name: syn::LitStr = item.mac.parse_body().ok().filter(|_| include)?;
    Some(name.value())
}

/// The text that a literal holds.
pub(crate) fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        Expr::Group(group) => text(&group.expr),
        Expr::Paren(group) => text(&group.expr),
        _ => None,
    }
}

/// A word in an attribute: `name`, `name = value` or `name(words)`.
#[derive(Clone)]
pub(crate) struct Word {
    pub(crate) name: String,
    pub(crate) value: Option<Expr>,
    pub(crate) inner: Vec<Self>,
    /// What stands in the brackets, as it is written.
    pub(crate) tokens: TokenStream,
}

impl Word {
    /// The text after `=`, or alone in the brackets.
    pub(crate) fn text(&self) -> Option<String> {
        self.value.as_ref().and_then(text)
    }

    /// A word in the brackets.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.inner.iter().find(|word| word.name == name)
    }
}

/// What the attributes say, those under a condition included: `cfg_attr(feature = "x", serde(…))`.
pub(crate) fn metas(attributes: &[Attribute]) -> Vec<Meta> {
    let mut metas = Vec::new();
    for attribute in attributes {
        match &attribute.meta {
            Meta::List(list) if list.path.is_ident("cfg_attr") => {
                conditional(list.tokens.clone(), &mut metas);
            }
            meta => metas.push(meta.clone()),
        }
    }
    metas
}

/// The attributes behind the condition of a `cfg_attr`, unless it is that of tests.
fn conditional(tokens: TokenStream, metas: &mut Vec<Meta>) {
    let Ok(parts) = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens) else {
        return;
    };
    let mut parts = parts.into_iter();
    let condition = parts.next();
    if condition
        .is_none_or(|condition| condition.path().is_ident("test") || only_in_tests(&condition))
    {
        return;
    }
    for meta in parts {
        match meta {
            Meta::List(list) if list.path.is_ident("cfg_attr") => conditional(list.tokens, metas),
            meta => metas.push(meta),
        }
    }
}

/// The words of every attribute of that name, such as `serde`.
pub(crate) fn words(attributes: &[Attribute], name: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for meta in metas(attributes) {
        let last = meta.path().segments.last();
        if last.is_some_and(|segment| segment.ident == name)
            && let Meta::List(list) = meta
        {
            words.extend(words_of(list.tokens));
        }
    }
    words
}

/// The words of a list; expressions without a name have an empty one.
pub(crate) fn words_of(tokens: TokenStream) -> Vec<Word> {
    let metas = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens.clone());
    if let Ok(metas) = metas {
        return metas.iter().map(word).collect();
    }
    // Lists that mix words and expressions, such as `get, path = "/", responses((status = 200))`.
    split(tokens).into_iter().map(one).collect()
}

fn one(tokens: TokenStream) -> Word {
    if let Ok(meta) = syn::parse2::<Meta>(tokens.clone()) {
        return word(&meta);
    }
    Word {
        name: String::new(),
        value: syn::parse2::<Expr>(tokens.clone()).ok(),
        inner: Vec::new(),
        tokens,
    }
}

fn word(meta: &Meta) -> Word {
    let name = meta.path().segments.iter().map(|s| s.ident.to_string());
    let name = name.collect::<Vec<_>>().join("::");
    match meta {
        Meta::Path(_) => Word {
            name,
            value: None,
            inner: Vec::new(),
            tokens: TokenStream::new(),
        },
        Meta::NameValue(pair) => Word {
            name,
            value: Some(pair.value.clone()),
            inner: Vec::new(),
            tokens: TokenStream::new(),
        },
        Meta::List(list) => Word {
            name,
            value: syn::parse2::<Expr>(list.tokens.clone()).ok(),
            inner: words_of(list.tokens.clone()),
            tokens: list.tokens.clone(),
        },
    }
}

/// The parts of a list between its commas.
pub(crate) fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = Vec::new();
    let mut part = TokenStream::new();
    for token in tokens {
        let comma = matches!(&token, proc_macro2::TokenTree::Punct(p) if p.as_char() == ',');
        if comma {
            parts.push(std::mem::take(&mut part));
        } else {
            part.extend([token]);
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(text: &str) -> Vec<Attribute> {
        let item: syn::ItemStruct = syn::parse_str(&format!("{text} struct S;")).expect("Rust");
        item.attrs
    }

    #[test]
    fn documentation_loses_its_indentation_and_keeps_that_of_lists() {
        let found = documentation(&attributes("/// One\n///\n///   two\n"));
        assert_eq!(found, "One\n\n  two");
    }

    #[test]
    fn tests_are_told_from_conditions_that_only_name_them() {
        assert!(is_test(&attributes("#[cfg(test)]")));
        assert!(is_test(&attributes("#[cfg(all(test, unix))]")));
        assert!(is_test(&attributes("#[tokio::test]")));
        assert!(!is_test(&attributes("#[cfg(not(test))]")));
        assert!(!is_test(&attributes("#[cfg(feature = \"test\")]")));
    }

    #[test]
    fn words_have_values_and_lists() {
        let found = words(
            &attributes("#[serde(rename = \"a\", skip)] #[serde(rename_all(serialize = \"b\"))]"),
            "serde",
        );
        let names: Vec<&str> = found.iter().map(|word| word.name.as_str()).collect();
        assert_eq!(names, ["rename", "skip", "rename_all"]);
        assert_eq!(found[0].text().as_deref(), Some("a"));
        let inner = found[2].get("serialize").and_then(Word::text);
        assert_eq!(inner.as_deref(), Some("b"));
    }

    #[test]
    fn words_under_a_condition_count_unless_it_is_that_of_tests() {
        let found = words(
            &attributes(
                "#[cfg_attr(feature = \"a\", derive(A), serde(skip))] #[cfg_attr(test, serde(rename = \"b\"))] \
                 #[cfg_attr(unix, cfg_attr(not(test), serde(default)))]",
            ),
            "serde",
        );
        let names: Vec<&str> = found.iter().map(|word| word.name.as_str()).collect();
        assert_eq!(names, ["skip", "default"]);
    }

    #[test]
    fn lists_may_mix_words_and_tuples() {
        let found = words(
            &attributes("#[x(get, path = \"/a\", all((status = 200)))]"),
            "x",
        );
        assert_eq!(found[1].text().as_deref(), Some("/a"));
        assert_eq!(found[2].inner.len(), 1);
    }
}
