//! Text to syntax, or a fault with its place.

use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};
use proc_macro2::{Span, TokenStream, TokenTree};

/// Deeper code is an attack or an accident: the compiler itself takes no more than 128 by default,
/// and whoever parses it goes down once for each.
const MAX_DEPTH: usize = 200;

/// Parses a file.
pub(crate) fn parse(name: &str, text: &str) -> Result<syn::File, Faults> {
    let fault = |span: Span, message: &str| {
        let start = span.start();
        let place = Location {
            file: name.to_owned(),
            line: start.line,
            column: start.column + 1,
            source: Some(text.into()),
        };
        let fault = Diagnostic::error(format!("this is not Rust: {message}"));
        let help = "mend it first: `cargo check` says more";
        Faults::from(fault.at(place).help(help))
    };
    // A line for the shell is none for the compiler.
    let shell = text.starts_with("#!") && !text.starts_with("#![");
    let code = if shell {
        format!("//{text}")
    } else {
        text.to_owned()
    };
    let tokens: TokenStream = code.parse().map_err(|found: proc_macro2::LexError| {
        fault(found.span(), "a bracket or a quote has no partner")
    })?;
    if let Some(span) = too_deep(tokens.clone()) {
        return Err(fault(span, "it is nested too deeply to be read"));
    }
    syn::parse2(tokens).map_err(|found| fault(found.span(), &found.to_string()))
}

/// The first bracket that stands in too many others. Goes through without going down.
fn too_deep(tokens: TokenStream) -> Option<Span> {
    let mut open = vec![tokens.into_iter()];
    while let Some(inner) = open.last_mut() {
        match inner.next() {
            None => {
                open.pop();
            }
            Some(TokenTree::Group(group)) => {
                if open.len() > MAX_DEPTH {
                    return Some(group.span_open());
                }
                open.push(group.stream().into_iter());
            }
            Some(TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_)) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn said(text: &str) -> String {
        let parsed = parse("a.rs", text).map(|file| file.items.len());
        parsed.expect_err("it is at fault").to_string()
    }

    #[test]
    fn faults_have_places() {
        assert_eq!(
            said("fn f() {\n"),
            "a.rs:1:8: this is not Rust: a bracket or a quote has no partner"
        );
        assert_eq!(
            said("\nfn f( {}"),
            "a.rs:2:5: this is not Rust: a bracket or a quote has no partner"
        );
        assert_eq!(
            said("fn 1() {}"),
            "a.rs:1:4: this is not Rust: expected identifier"
        );
    }

    #[test]
    fn what_is_nested_too_deeply_is_refused_before_anybody_goes_down() {
        let text = format!(
            "fn f() {{ {}{} }}",
            "(".repeat(100_000),
            ")".repeat(100_000)
        );
        assert_eq!(
            said(&text),
            "a.rs:1:209: this is not Rust: it is nested too deeply to be read"
        );
    }

    #[test]
    fn a_line_for_the_shell_is_passed_over() {
        let parsed = parse("a.rs", "#!/usr/bin/env run\nfn f() {}\n");
        assert_eq!(parsed.map(|file| file.items.len()).expect("it is Rust"), 1);
    }
}
