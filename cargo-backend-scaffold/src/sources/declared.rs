//! What a file of Rust says of other files: its modules, and texts that it includes.

use std::path::{Path, PathBuf};

use syn::spanned::Spanned as _;
use syn::visit::Visit;

use crate::code::attribute;

/// A module that a file declares and another holds.
pub(super) struct Declared {
    /// Its path within the file.
    pub(super) path: Vec<String>,
    /// Where it may be.
    pub(super) candidates: Vec<PathBuf>,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) conditional: bool,
}

/// The files that `include_str!` names, with their places.
#[derive(Default)]
pub(super) struct Included {
    pub(super) found: Vec<(String, usize, usize)>,
}

impl<'ast> Visit<'ast> for Included {
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.is_ident("include_str")
            && let Ok(name) = call.parse_body::<syn::LitStr>()
        {
            let start = call.path.span().start();
            self.found.push((name.value(), start.line, start.column));
        }
    }
}

/// A file that `include!` puts in the place of items.
pub(super) struct Pasted {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// What `include!` names in these items and in the modules among them. What is only there once it
/// was built is no literal, and under a condition it may not be there.
pub(super) fn pasted(items: &[syn::Item], found: &mut Vec<Pasted>) {
    for item in items {
        if let syn::Item::Mod(module) = item
            && !attribute::is_test(&module.attrs)
            && let Some((_, inner)) = &module.content
        {
            pasted(inner, found);
        }
        if let syn::Item::Macro(call) = item
            && !attribute::is_conditional(&call.attrs)
            && let Some(name) = attribute::included(call)
        {
            let start = call.mac.path.span().start();
            found.push(Pasted {
                name,
                line: start.line,
                column: start.column,
            });
        }
    }
}

/// Where the modules of a file may be.
pub(super) struct Places<'a> {
    /// The folder of the file.
    pub(super) beside: &'a Path,
    /// The folder of its modules.
    pub(super) below: &'a Path,
}

impl Places<'_> {
    pub(super) fn declared(
        &self,
        items: &[syn::Item],
        within: &mut Vec<String>,
        found: &mut Vec<Declared>,
    ) {
        for item in items {
            let syn::Item::Mod(module) = item else {
                continue;
            };
            if attribute::is_test(&module.attrs) {
                continue;
            }
            let name = module.ident.to_string();
            let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
            within.push(name.clone());
            if let Some((_, items)) = &module.content {
                self.declared(items, within, found);
            } else {
                let start = module.ident.span().start();
                found.push(Declared {
                    path: within.clone(),
                    candidates: self.candidates(module, within, &name),
                    line: start.line,
                    column: start.column,
                    conditional: attribute::is_conditional(&module.attrs),
                });
            }
            within.pop();
        }
    }

    fn candidates(&self, module: &syn::ItemMod, within: &[String], name: &str) -> Vec<PathBuf> {
        let outer = &within[..within.len() - 1];
        let inner: PathBuf = outer.iter().collect();
        let given = module.attrs.iter().find_map(|attribute| {
            let syn::Meta::NameValue(pair) = &attribute.meta else {
                return None;
            };
            pair.path
                .is_ident("path")
                .then(|| attribute::text(&pair.value))?
        });
        if let Some(given) = given {
            let base = if outer.is_empty() {
                self.beside.to_path_buf()
            } else {
                self.below.join(inner)
            };
            return vec![base.join(given)];
        }
        let base = self.below.join(inner);
        vec![
            base.join(format!("{name}.rs")),
            base.join(name).join("mod.rs"),
        ]
    }
}
