//! The fields of a struct as they stand in its text.

use std::ops::Range;

use cargo_backend_shared::schema::Column;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::File;

/// Whether names are compared letter by letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Casing {
    AsWritten,
    /// `#[sqlx(rename_all = "…")]`: only the letters and digits count.
    Renamed,
}

impl Casing {
    pub(super) fn of(item: &syn::ItemStruct) -> Self {
        match setting(&item.attrs, "rename_all") {
            Some(_) => Self::Renamed,
            None => Self::AsWritten,
        }
    }

    fn same(self, one: &str, other: &str) -> bool {
        let plain = |text: &str| -> String {
            let letters = text.chars().filter(|next| next.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect()
        };
        match self {
            Self::AsWritten => one == other,
            Self::Renamed => plain(one) == plain(other),
        }
    }
}

/// A setting of `#[sqlx(…)]`: its value, empty where it has none.
fn setting(attributes: &[syn::Attribute], name: &str) -> Option<String> {
    let mut found = None;
    for attribute in attributes.iter().filter(|one| one.path().is_ident("sqlx")) {
        // A setting of a later sqlx that reads otherwise is not ours to complain about.
        drop(attribute.parse_nested_meta(|meta| {
            let value = match meta.value() {
                Ok(value) => value.parse::<syn::Expr>()?,
                Err(_plain) => syn::parse_quote!(""),
            };
            if meta.path.is_ident(name) {
                found = Some(String::new());
                if let syn::Expr::Lit(literal) = &value
                    && let syn::Lit::Str(text) = &literal.lit
                {
                    found = Some(text.value());
                }
            }
            Ok(())
        }));
    }
    found
}

/// A field that is there.
pub(super) struct Own<'a> {
    field: &'a syn::Field,
    name: String,
    renamed: bool,
    /// Whether it is no column, or converted by its own attribute: nobody's but the user's.
    pub(super) is_own: bool,
}

impl<'a> Own<'a> {
    pub(super) fn new(field: &'a syn::Field) -> Self {
        let renamed = setting(&field.attrs, "rename");
        let ident = field.ident.as_ref();
        let ident = ident.map_or_else(String::new, |ident| ident.unraw().to_string());
        let own = ["skip", "flatten", "json", "try_from"];
        Self {
            field,
            renamed: renamed.is_some(),
            name: renamed.unwrap_or(ident),
            is_own: own.iter().any(|name| setting(&field.attrs, name).is_some()),
        }
    }

    pub(super) fn holds(&self, column: &Column, casing: Casing) -> bool {
        match self.renamed {
            true => self.name == column.name,
            false => casing.same(&self.name, &column.name),
        }
    }

    pub(super) fn r#type(&self) -> &syn::Type {
        &self.field.ty
    }

    /// Behind its comma.
    pub(super) fn end(&self, file: &File<'_>, fields: &syn::FieldsNamed) -> usize {
        let end = self.field.span().byte_range().end;
        let inside = inside(fields);
        let rest = &file.text[end..inside.end];
        let behind = rest.trim_start();
        match behind.starts_with(',') {
            true => end + (rest.len() - behind.len()) + 1,
            false => end,
        }
    }

    /// With its comma, and with the whole line where it is alone on it.
    pub(super) fn whole(&self, file: &File<'_>, fields: &syn::FieldsNamed) -> Range<usize> {
        let start = self.field.span().byte_range().start;
        let end = self.end(file, fields);
        let line = file.text[..start].rfind('\n').map_or(0, |line| line + 1);
        let alone = file.text[line..start].trim().is_empty();
        let rest = file.text[end..].find('\n').map(|rest| end + rest + 1);
        match rest.filter(|rest| alone && file.text[end..*rest].trim().is_empty()) {
            Some(rest) => line..rest,
            None => start..end,
        }
    }
}

/// What stands between the braces.
pub(super) fn inside(fields: &syn::FieldsNamed) -> Range<usize> {
    let open = fields.brace_token.span.open().byte_range().end;
    let close = fields.brace_token.span.close().byte_range().start;
    open..close
}

/// How the fields of a struct are written.
pub(super) struct Style {
    indent: String,
    visibility: String,
}

impl Style {
    pub(super) fn of(file: &File<'_>, fields: &syn::FieldsNamed) -> Self {
        let first = fields.named.first();
        let indent = first.and_then(|field| {
            let start = field.span().byte_range().start;
            let line = file.text[..start].rfind('\n')? + 1;
            let indent = &file.text[line..start];
            indent.trim().is_empty().then(|| indent.to_owned())
        });
        let close = inside(fields).end;
        let line = file.text[..close].rfind('\n').map_or(0, |line| line + 1);
        let outer = &file.text[line..close];
        let outer = outer.len() - outer.trim_start().len();
        let visibility = first.map_or("pub ".to_owned(), |field| {
            let range = field.vis.span().byte_range();
            match &field.vis {
                syn::Visibility::Inherited => String::new(),
                syn::Visibility::Public(_) | syn::Visibility::Restricted(_) => {
                    format!("{} ", &file.text[range])
                }
            }
        });
        Self {
            indent: indent.unwrap_or_else(|| " ".repeat(outer + 4)),
            visibility,
        }
    }

    /// The text of a new field, to be put behind another one.
    pub(super) fn field(&self, column: &Column, r#type: &str, casing: Casing) -> String {
        let Self { indent, visibility } = self;
        let comment = column.comment.iter().flat_map(|comment| comment.lines());
        let comment: String = comment
            .map(|line| format!("\n{indent}/// {}", line.trim()))
            .collect();
        let name = ident(&column.name);
        let plain = name.strip_prefix("r#").unwrap_or(&name);
        let rename = match casing.same(plain, &column.name) {
            true => String::new(),
            false => format!("\n{indent}#[sqlx(rename = {:?})]", column.name),
        };
        format!("{comment}{rename}\n{indent}{visibility}{name}: {type},")
    }
}

/// A column's name as one of Rust: `orderId` is `order_id`, `type` is `r#type`.
fn ident(name: &str) -> String {
    let mut ident = String::new();
    let mut before = '_';
    for next in name.chars() {
        if !next.is_alphanumeric() {
            if before != '_' {
                ident.push('_');
            }
            before = '_';
            continue;
        }
        if next.is_uppercase() && (before.is_lowercase() || before.is_numeric()) {
            ident.push('_');
        }
        ident.extend(next.to_lowercase());
        before = next;
    }
    let ident = ident.trim_end_matches('_');
    let starts = ident.chars().next();
    let ident = match starts {
        Some(first) if first.is_alphabetic() => ident.to_owned(),
        _ => format!("column_{ident}"),
    };
    if syn::parse_str::<syn::Ident>(&ident).is_ok() {
        return ident;
    }
    match ident.as_str() {
        "self" | "super" | "crate" | "Self" => format!("{ident}_"),
        _ => format!("r#{ident}"),
    }
}

#[cfg(test)]
mod tests {
    use super::ident;

    #[test]
    fn a_column_has_a_name_in_rust() {
        for (column, name) in [
            ("total_cents", "total_cents"),
            ("orderId", "order_id"),
            ("my column!", "my_column"),
            ("type", "r#type"),
            ("self", "self_"),
            ("2nd", "column_2nd"),
            ("UTC", "utc"),
        ] {
            assert_eq!(ident(column), name);
        }
    }
}
