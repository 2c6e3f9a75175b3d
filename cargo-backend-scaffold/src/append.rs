//! Hand-written implementations of generated traits: what they have, what they lack, and where the
//! missing methods go. Every byte that is there stays.

use syn::{ImplItem, Item, ItemImpl};

use crate::render::{Implements, Method};

/// An implementation of a trait in a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The methods with their lines.
    pub(crate) methods: Vec<(String, usize)>,
    /// Where its closing brace stands.
    close: usize,
}

/// A file that is not Rust.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotRust {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

const MARK: char = '\u{feff}';

/// Looks for the implementation of a trait, in the modules of the file too.
pub(crate) fn find(text: &str, trait_name: &str) -> Result<Option<Found>, NotRust> {
    // syn leaves the mark out of its counting, and the offsets are ours.
    let plain = text.strip_prefix(MARK).unwrap_or(text);
    let file: syn::File = syn::parse_str(plain).map_err(|fault| {
        let at = fault.span().start();
        NotRust {
            line: at.line,
            column: at.column + 1,
            message: fault.to_string(),
        }
    })?;
    let mut found = None;
    visit(&file.items, trait_name, &mut found);
    let mark = text.len() - plain.len();
    Ok(found.map(|mut found: Found| {
        found.close += mark;
        found
    }))
}

fn visit(items: &[Item], trait_name: &str, found: &mut Option<Found>) {
    for item in items {
        if let Item::Mod(module) = item {
            let inner = module.content.as_ref().map(|(_, items)| items.as_slice());
            visit(inner.unwrap_or_default(), trait_name, found);
        }
        let Item::Impl(block) = item else {
            continue;
        };
        if !is_of(block, trait_name) {
            continue;
        }
        let methods = block.items.iter().filter_map(|item| {
            let ImplItem::Fn(method) = item else {
                return None;
            };
            let name = &method.sig.ident;
            Some((name.to_string(), name.span().start().line))
        });
        let close = block.brace_token.span.close().byte_range().start;
        match found {
            // Behind `#[cfg]`, the same trait may be implemented twice; the first one gains.
            Some(found) => found.methods.extend(methods),
            None => {
                *found = Some(Found {
                    methods: methods.collect(),
                    close,
                });
            }
        }
    }
}

fn is_of(block: &ItemImpl, trait_name: &str) -> bool {
    let path = block.trait_.as_ref().map(|(path, _)| path);
    path.and_then(|path| path.segments.last())
        .is_some_and(|last| last.ident == trait_name)
}

impl Found {
    /// The methods of the trait that nobody has written.
    pub(crate) fn missing<'a>(&self, wanted: &'a Implements) -> Vec<&'a Method> {
        let has = |method: &&Method| self.methods.iter().any(|(name, _)| *name == method.name);
        let methods = wanted.methods.iter();
        methods.filter(|method| !has(method)).collect()
    }

    /// The methods that the trait does not have any more, with their lines.
    pub(crate) fn left_over(&self, wanted: &Implements) -> Vec<&(String, usize)> {
        let known =
            |(name, _): &&(String, usize)| wanted.methods.iter().any(|method| method.name == *name);
        self.methods
            .iter()
            .filter(|method| !known(method))
            .collect()
    }

    /// The text with methods before the closing brace.
    pub(crate) fn with(&self, text: &str, methods: &[String]) -> String {
        let (before, after) = text.split_at(self.close);
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        let own_line = before[line..].chars().all(char::is_whitespace);
        let at = if own_line { line } else { self.close };
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut new = String::new();
        if !own_line {
            new.push_str(end);
        }
        for (index, method) in methods.iter().enumerate() {
            if index > 0 || !self.methods.is_empty() {
                new.push_str(end);
            }
            for line in method.lines() {
                new.push_str(line);
                new.push_str(end);
            }
        }
        let tail = if own_line { &text[at..] } else { after };
        [&text[..at], &new, tail].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(names: &[&str]) -> Implements {
        let method = |name: &&str| Method {
            name: (*name).to_owned(),
            text: format!("    fn {name}() {{}}\n"),
        };
        Implements {
            trait_name: "PetsApi".to_owned(),
            methods: names.iter().map(method).collect(),
        }
    }

    #[track_caller]
    fn check(before: &str, after: &str) {
        let wanted = wanted(&["list", "add"]);
        let found = find(before, "PetsApi").expect("it is Rust");
        let found = found.expect("it is there");
        let missing = found.missing(&wanted);
        let texts: Vec<String> = missing.iter().map(|method| method.text.clone()).collect();
        assert_eq!(found.with(before, &texts), after);
    }

    #[test]
    fn a_missing_method_goes_before_the_closing_brace() {
        check(
            "// mine\nimpl PetsApi for S {\n  fn list() { /* } */ }\n  // end\n}\n\nfn f() {}\n",
            "// mine\nimpl PetsApi for S {\n  fn list() { /* } */ }\n  // end\n\n    fn add() {}\n}\n\nfn f() {}\n",
        );
    }

    #[test]
    fn an_empty_block_opens() {
        check(
            "impl a::PetsApi for S {}",
            "impl a::PetsApi for S {\n    fn list() {}\n\n    fn add() {}\n}",
        );
    }

    #[test]
    fn marks_letters_and_ends_of_lines_are_kept() {
        check(
            "\u{feff}// größe\r\nmod m {\r\n    impl PetsApi for S {\r\n        fn add() {}\r\n    }\r\n}\r\n",
            "\u{feff}// größe\r\nmod m {\r\n    impl PetsApi for S {\r\n        fn add() {}\r\n\r\n    fn list() {}\r\n    }\r\n}\r\n",
        );
    }

    #[test]
    fn what_the_trait_lost_is_named_with_its_line() {
        let text = "impl PetsApi for S {\n    fn list() {}\n    fn old() {}\n}\n";
        let found = find(text, "PetsApi").expect("it is Rust");
        let found = found.expect("it is there");
        let left = found.left_over(&wanted(&["list"]));
        assert_eq!(left, [&("old".to_owned(), 3)]);
    }

    #[test]
    fn what_is_no_rust_is_named_with_its_place() {
        let fault =
            find("impl PetsApi for S {\n  fn 1() {}\n}", "PetsApi").expect_err("it is no Rust");
        assert_eq!(fault.line, 2);
        assert_eq!(find("fn f() {}", "PetsApi"), Ok(None));
    }
}
