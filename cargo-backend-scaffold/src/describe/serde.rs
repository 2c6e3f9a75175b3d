//! serde's attributes.

use serde_json::{Value, json};
use syn::{Attribute, Ident};

use crate::code::attribute::{Word, metas, words};

/// How names are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Naming {
    #[default]
    AsIs,
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Naming {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// Writes a name of a field or a variant as serde does: fields are in snake case, variants in
    /// Pascal case, and their words begin where those cases say so.
    pub(super) fn write(self, name: &str) -> String {
        let variant = name.starts_with(|c: char| c.is_ascii_uppercase());
        let words: Vec<String> = if variant {
            let mut words: Vec<String> = Vec::new();
            for letter in name.chars() {
                if letter.is_ascii_uppercase() || words.is_empty() {
                    words.push(String::new());
                }
                if let Some(word) = words.last_mut() {
                    word.push(letter);
                }
            }
            words
        } else {
            name.split('_').map(str::to_owned).collect()
        };
        let lower = || words.iter().map(|word| word.to_ascii_lowercase());
        let upper = || words.iter().map(|word| word.to_ascii_uppercase());
        match self {
            Self::AsIs => name.to_owned(),
            Self::Lower if variant => name.to_ascii_lowercase(),
            Self::Lower | Self::Snake if !variant => name.to_owned(),
            Self::Lower => name.to_ascii_lowercase(),
            Self::Upper => name.to_ascii_uppercase(),
            Self::Pascal if variant => name.to_owned(),
            Self::Pascal => words.iter().map(|word| capital(word)).collect(),
            Self::Camel => {
                let pascal: String = if variant {
                    name.to_owned()
                } else {
                    words.iter().map(|word| capital(word)).collect()
                };
                let mut letters = pascal.chars();
                let first = letters.next().map(|c| c.to_ascii_lowercase());
                first.into_iter().chain(letters).collect()
            }
            Self::Snake => lower().collect::<Vec<_>>().join("_"),
            Self::ScreamingSnake => upper().collect::<Vec<_>>().join("_"),
            Self::Kebab => lower().collect::<Vec<_>>().join("-"),
            Self::ScreamingKebab => upper().collect::<Vec<_>>().join("-"),
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What serde is told about a struct or an enum.
#[derive(Debug, Clone, Default)]
pub(super) struct Container {
    pub(super) fields: Naming,
    pub(super) variants: Naming,
    /// The fields in the variants of an enum.
    pub(super) variant_fields: Naming,
    pub(super) tag: Option<String>,
    pub(super) content: Option<String>,
    pub(super) untagged: bool,
    pub(super) transparent: bool,
    /// Whether other members are refused.
    pub(super) closed: bool,
    /// Whether what is missing has a usual value.
    pub(super) defaulted: bool,
    /// The type that it is read from, or else written as.
    pub(super) converted: Option<String>,
    /// Whether it is ever read.
    pub(super) read: bool,
    /// Whether `serde_repr` writes its variants as numbers.
    pub(super) numbers: bool,
}

impl Container {
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let derives = words(attributes, "derive");
        let derives = |name: &str| {
            derives
                .iter()
                .any(|word| word.name.rsplit("::").next() == Some(name))
        };
        let mut container = Self {
            read: derives("Deserialize"),
            numbers: derives("Serialize_repr") || derives("Deserialize_repr"),
            ..Self::default()
        };
        for word in words(attributes, "serde") {
            match word.name.as_str() {
                "rename_all" => {
                    let naming = naming(&word);
                    container.fields = naming;
                    container.variants = naming;
                }
                "rename_all_fields" => container.variant_fields = naming(&word),
                "tag" => container.tag = word.text(),
                "content" => container.content = word.text(),
                "untagged" => container.untagged = true,
                "transparent" => container.transparent = true,
                "deny_unknown_fields" => container.closed = true,
                "default" => container.defaulted = true,
                "from" | "try_from" => container.converted = word.text(),
                "into" => container.converted = container.converted.or(word.text()),
                _ => {}
            }
        }
        container
    }
}

/// `rename_all = "x"`, or one for each direction, of which that of reading counts.
fn naming(word: &Word) -> Naming {
    let one = word.text().or_else(|| {
        let inner = word.get("deserialize").or(word.get("serialize"));
        inner.and_then(Word::text)
    });
    one.and_then(|text| Naming::parse(&text))
        .unwrap_or_default()
}

/// What serde is told about a field or a variant.
#[derive(Default)]
pub(super) struct Member {
    pub(super) renamed: Option<String>,
    pub(super) renamed_fields: Option<Naming>,
    pub(super) skipped: bool,
    pub(super) flattened: bool,
    /// Whether what is absent has a value; and the function that makes it, if there is one.
    pub(super) defaulted: Option<Option<String>>,
    pub(super) untagged: bool,
    /// Whether it may be left out when it is written.
    pub(super) left_out: bool,
    /// Whether a function writes it; and how, where that is well known.
    pub(super) converted: Option<Option<Value>>,
    /// Whether a function reads it: then even an `Option` must be there.
    pub(super) read_by_function: bool,
    /// serde_with's type that writes it in the place of its own.
    pub(super) written_as: Option<syn::Type>,
}

impl Member {
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let mut member = Self {
            written_as: written_as(attributes),
            ..Self::default()
        };
        for word in words(attributes, "serde") {
            match word.name.as_str() {
                "rename" => {
                    let inner = word.get("deserialize").or(word.get("serialize"));
                    member.renamed = word.text().or(inner.and_then(Word::text));
                }
                "rename_all" => member.renamed_fields = Some(naming(&word)),
                "skip" | "skip_deserializing" => member.skipped = true,
                "flatten" => member.flattened = true,
                "default" => member.defaulted = Some(word.text()),
                "untagged" => member.untagged = true,
                "skip_serializing_if" => member.left_out = true,
                "with" | "serialize_with" | "deserialize_with" => {
                    let known = word.text().and_then(|path| well_known(&path));
                    member.converted = Some(known);
                    member.read_by_function |= word.name != "serialize_with";
                }
                _ => {}
            }
        }
        member
    }

    /// The name as it is written.
    pub(super) fn name(&self, ident: &Ident, naming: Naming) -> String {
        let name = ident.to_string();
        let plain = name.strip_prefix("r#").unwrap_or(&name);
        match &self.renamed {
            Some(name) => name.clone(),
            None => naming.write(plain),
        }
    }
}

/// The type in `#[serde_as(as = "Option<DisplayFromStr>")]`.
fn written_as(attributes: &[Attribute]) -> Option<syn::Type> {
    let metas = metas(attributes).into_iter();
    let list = metas.filter_map(|meta| match meta {
        syn::Meta::List(list) if list.path.segments.last()?.ident == "serde_as" => {
            Some(list.tokens)
        }
        _ => None,
    });
    // `as` is a keyword, so that this is no list of words.
    let mut tokens = list
        .flatten()
        .skip_while(|token| token.to_string() != "as")
        .skip(2);
    let text: syn::LitStr = syn::parse2(tokens.next()?.into()).ok()?;
    text.parse().ok()
}

/// Functions whose texts are known.
fn well_known(path: &str) -> Option<Value> {
    let number = json!({"type": "integer", "format": "int64"});
    let text = json!({"type": "string", "format": "date-time"});
    let base64 = json!({"type": "string", "format": "byte"});
    match path {
        path if path.contains("::ts_") || path.contains("timestamp") => Some(number),
        path if path.contains("rfc3339") || path.contains("iso8601") => Some(text),
        path if path.contains("base64") => Some(base64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Naming;

    #[test]
    fn names_are_written_as_serde_writes_them() {
        // The table of serde_derive's own tests of its case rules.
        let check = |naming: Naming, field: &str, variant: &str| {
            assert_eq!(naming.write("very_tasty"), field);
            assert_eq!(naming.write("VeryTasty"), variant);
        };
        check(Naming::AsIs, "very_tasty", "VeryTasty");
        check(Naming::Lower, "very_tasty", "verytasty");
        check(Naming::Upper, "VERY_TASTY", "VERYTASTY");
        check(Naming::Pascal, "VeryTasty", "VeryTasty");
        check(Naming::Camel, "veryTasty", "veryTasty");
        check(Naming::Snake, "very_tasty", "very_tasty");
        check(Naming::ScreamingSnake, "VERY_TASTY", "VERY_TASTY");
        check(Naming::Kebab, "very-tasty", "very-tasty");
        check(Naming::ScreamingKebab, "VERY-TASTY", "VERY-TASTY");
    }
}
