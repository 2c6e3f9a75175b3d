//! Names as somebody writes them: `public.orders`, `"My Orders"."note"`.

/// The two sides of `old=new`, each as its parts, unquoted.
pub(super) fn sides(text: &str) -> Option<(Vec<String>, Vec<String>)> {
    let mut sides = vec![vec![String::new()]];
    let mut rest = text.trim().chars().peekable();
    while let Some(next) = rest.next() {
        let side = sides.last_mut()?;
        match next {
            '"' => {
                let part = side.last_mut()?;
                loop {
                    match rest.next()? {
                        '"' if rest.next_if_eq(&'"').is_none() => break,
                        inner => part.push(inner),
                    }
                }
            }
            '.' => side.push(String::new()),
            '=' => sides.push(vec![String::new()]),
            next if next.is_whitespace() => {}
            next => side.last_mut()?.push(next),
        }
    }
    let new = sides.pop()?;
    let old = sides.pop()?;
    let whole =
        |side: &[String]| (1..=3).contains(&side.len()) && side.iter().all(|part| !part.is_empty());
    (sides.is_empty() && whole(&old) && whole(&new)).then_some((old, new))
}

/// The parts as one text, quoted where they have to be.
pub(super) fn joined(parts: &[String]) -> String {
    let plain = |part: &str| {
        let mut characters = part.chars();
        characters.all(|next| next.is_alphanumeric() || matches!(next, '_' | '$'))
    };
    let parts = parts.iter().map(|part| match plain(part) {
        true => part.clone(),
        false => format!("\"{}\"", part.replace('"', "\"\"")),
    });
    parts.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_has_two_sides_of_at_most_three_names() {
        let (old, new) =
            sides(r#" audit."My ""Orders""".note = audit."a=b.c" "#).expect("two sides");
        assert_eq!(old, ["audit", "My \"Orders\"", "note"]);
        assert_eq!(new, ["audit", "a=b.c"]);
        assert_eq!(joined(&old), r#"audit."My ""Orders""".note"#);
        for nothing in ["", "a", "a=", "=b", "a=b=c", "a..b=c", "\"a=b", "a.b.c.d=e"] {
            assert_eq!(sides(nothing), None, "{nothing}");
        }
    }
}
