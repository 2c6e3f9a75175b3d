//! From files to a program: every item gets its number and stands under its name.

use std::collections::HashMap;

use syn::{Attribute, Block, ImplItem, Item as Syntax, Stmt, TraitItem as Demand, UseTree};

use super::attribute::is_test;
use super::program::{
    Constant, Function, Implementation, Item, Module, ModuleId, Owner, Program, Space, TraitItem,
    TypeItem, TypeSyntax,
};
use super::resolve::Target;
use super::{Sources, types};

impl<'a> Program<'a> {
    /// Numbers everything but tests.
    pub(crate) fn of(sources: &'a Sources) -> Self {
        let mut program = Self {
            sources,
            modules: Vec::new(),
            functions: Vec::new(),
            types: Vec::new(),
            constants: Vec::new(),
            traits: Vec::new(),
            implementations: Vec::new(),
            invoked: Vec::new(),
            roots: Vec::new(),
        };
        for (number, source) in sources.crates.iter().enumerate() {
            let file = &sources.files[source.root].syntax;
            let root = program.module(number, &source.name, None, source.root, &file.attrs);
            program.roots.push(root);
            program.items(root, &file.items, &[]);
        }
        program.attach_implementations();
        program
    }

    fn module(
        &mut self,
        of: usize,
        name: &str,
        parent: Option<ModuleId>,
        file: usize,
        attributes: &'a [Attribute],
    ) -> ModuleId {
        self.modules.push(Module {
            of,
            name: name.to_owned(),
            parent,
            body: false,
            file,
            items: HashMap::new(),
            uses: Vec::new(),
            globs: Vec::new(),
            attributes,
        });
        self.modules.len() - 1
    }

    /// `within` is the path of the module in its file.
    fn items(&mut self, module: ModuleId, items: &'a [Syntax], within: &[String]) {
        for item in items {
            match item {
                Syntax::Mod(inner) if !is_test(&inner.attrs) => {
                    self.inner_module(module, inner, within);
                }
                Syntax::Use(item) => self.uses(module, &item.tree, &[], item.leading_colon),
                Syntax::ExternCrate(item) => {
                    let name = item.ident.to_string();
                    if let Some((_, rename)) = &item.rename {
                        let used = (rename.to_string(), vec![String::new(), name]);
                        self.modules[module].uses.push(used);
                    }
                }
                Syntax::Fn(item) if !is_test(&item.attrs) => {
                    let parts = (item.attrs.as_slice(), &item.sig, Some(&*item.block));
                    let id = self.function(module, parts, None);
                    self.enter(module, Space::Values, &item.sig.ident, Item::Function(id));
                }
                Syntax::Impl(item) if !is_test(&item.attrs) => self.implementation(module, item),
                Syntax::Trait(item) => self.trait_item(module, item),
                _ => self.plain_item(module, item),
            }
        }
    }

    fn plain_item(&mut self, module: ModuleId, item: &'a Syntax) {
        match item {
            Syntax::Struct(item) => self.type_item(module, TypeSyntax::Struct(item)),
            Syntax::Enum(item) => self.type_item(module, TypeSyntax::Enum(item)),
            Syntax::Type(item) => self.type_item(module, TypeSyntax::Alias(item)),
            Syntax::Const(item) => {
                let id = self.constant(module, &item.expr, None);
                self.enter(module, Space::Values, &item.ident, Item::Constant(id));
            }
            Syntax::Static(item) => {
                let id = self.constant(module, &item.expr, None);
                self.enter(module, Space::Values, &item.ident, Item::Constant(id));
            }
            Syntax::Macro(item) => {
                let Some(name) = &item.ident else {
                    if !self.include(module, item) {
                        self.invoked.push((module, item));
                    }
                    return;
                };
                let routes = writes_routes(&item.mac.tokens.to_string());
                self.enter(module, Space::Macros, name, Item::Macro(routes));
            }
            _ => {}
        }
    }

    /// Takes the items of an included file for those of the module. They keep a module of their own
    /// for their places.
    fn include(&mut self, module: ModuleId, item: &'a syn::ItemMacro) -> bool {
        let (of, file) = (self.modules[module].of, self.modules[module].file);
        let name = super::attribute::included(item);
        let included = &self.sources.included;
        let Some(&file) = name.and_then(|name| included.get(&(file, name))) else {
            return false;
        };
        let id = self.module(of, "", Some(module), file, &[]);
        self.modules[id].body = true;
        self.items(id, &self.sources.files[file].syntax.items, &[]);
        let inner = &self.modules[id];
        let (mut items, uses) = (inner.items.clone(), inner.uses.clone());
        let globs = inner.globs.clone();
        let outer = &mut self.modules[module];
        // Of two of one name, that of the module stands.
        items.extend(std::mem::take(&mut outer.items));
        outer.items = items;
        outer.uses.extend(uses);
        outer.globs.extend(globs);
        true
    }

    fn enter(&mut self, module: ModuleId, space: Space, name: &syn::Ident, item: Item) {
        let key = (space, plain(name));
        // Of things under different conditions, the first is as good as any.
        self.modules[module].items.entry(key).or_insert(item);
    }

    fn inner_module(&mut self, parent: ModuleId, item: &'a syn::ItemMod, within: &[String]) {
        let (of, file) = (self.modules[parent].of, self.modules[parent].file);
        let name = plain(&item.ident);
        let path = [within, std::slice::from_ref(&name)].concat();
        if let Some((_, items)) = &item.content {
            let id = self.module(of, &name, Some(parent), file, &item.attrs);
            self.enter(parent, Space::Types, &item.ident, Item::Module(id));
            self.items(id, items, &path);
            return;
        }
        if let Some(&file) = self.sources.files[file].modules.get(&path) {
            let id = self.module(of, &name, Some(parent), file, &item.attrs);
            self.enter(parent, Space::Types, &item.ident, Item::Module(id));
            self.items(id, &self.sources.files[file].syntax.items, &[]);
        }
    }

    fn uses(
        &mut self,
        module: ModuleId,
        tree: &UseTree,
        before: &[String],
        leading: Option<syn::Token![::]>,
    ) {
        // A path that starts with nothing is that of a foreign crate.
        let start = match (leading, before) {
            (Some(_), []) => vec![String::new()],
            _ => before.to_vec(),
        };
        let with = |name: &syn::Ident| {
            let mut path = start.clone();
            if name != "self" || path.is_empty() {
                path.push(plain(name));
            }
            path
        };
        match tree {
            UseTree::Path(path) => self.uses(module, &path.tree, &with(&path.ident), None),
            UseTree::Name(name) => {
                let path = with(&name.ident);
                let called = path.last().cloned().unwrap_or_default();
                self.modules[module].uses.push((called, path));
            }
            UseTree::Rename(rename) => {
                let path = with(&rename.ident);
                let called = plain(&rename.rename);
                self.modules[module].uses.push((called, path));
            }
            UseTree::Glob(_) => self.modules[module].globs.push(start),
            UseTree::Group(group) => {
                for tree in &group.items {
                    let first = leading.filter(|_| before.is_empty());
                    self.uses(module, tree, before, first);
                }
            }
        }
    }

    fn function(
        &mut self,
        module: ModuleId,
        (attributes, signature, block): (&'a [Attribute], &'a syn::Signature, Option<&'a Block>),
        owner: Option<Owner>,
    ) -> usize {
        let id = self.functions.len();
        self.functions.push(Function {
            name: plain(&signature.ident),
            module,
            inside: module,
            attributes,
            signature,
            block,
            owner,
        });
        if let Some(block) = block {
            self.functions[id].inside = self.body(module, block);
        }
        id
    }

    /// A module for the items in a body, where it has any.
    fn body(&mut self, module: ModuleId, block: &'a Block) -> ModuleId {
        let any = block.stmts.iter().any(|s| matches!(s, Stmt::Item(_)));
        if !any {
            return module;
        }
        let (of, file) = (self.modules[module].of, self.modules[module].file);
        let id = self.module(of, "", Some(module), file, &[]);
        self.modules[id].body = true;
        for statement in &block.stmts {
            if let Stmt::Item(item) = statement {
                self.items(id, std::slice::from_ref(item), &[]);
            }
        }
        id
    }

    fn type_item(&mut self, module: ModuleId, syntax: TypeSyntax<'a>) {
        let id = self.types.len();
        self.types.push(TypeItem {
            name: plain(syntax.ident()),
            module,
            syntax,
        });
        self.enter(module, Space::Types, syntax.ident(), Item::Type(id));
    }

    fn constant(&mut self, module: ModuleId, value: &'a syn::Expr, owner: Option<Owner>) -> usize {
        self.constants.push(Constant {
            module,
            value,
            owner,
        });
        self.constants.len() - 1
    }

    fn trait_item(&mut self, module: ModuleId, syntax: &'a syn::ItemTrait) {
        let id = self.traits.len();
        self.traits.push(TraitItem {
            name: plain(&syntax.ident),
            methods: Vec::new(),
            attributes: &syntax.attrs,
        });
        for item in &syntax.items {
            if let Demand::Fn(method) = item {
                let parts = (
                    method.attrs.as_slice(),
                    &method.sig,
                    method.default.as_ref(),
                );
                let function = self.function(module, parts, Some(Owner::Trait(id)));
                self.traits[id].methods.push(function);
            }
        }
        self.enter(module, Space::Types, &syntax.ident, Item::Trait(id));
    }

    fn implementation(&mut self, module: ModuleId, syntax: &'a syn::ItemImpl) {
        let id = self.implementations.len();
        let name = syntax.trait_.as_ref().and_then(|implemented| {
            let last = implemented.0.segments.last()?;
            Some(last.ident.to_string())
        });
        self.implementations.push(Implementation {
            module,
            syntax,
            methods: Vec::new(),
            constants: Vec::new(),
            of: None,
            trait_name: name,
            of_trait: None,
        });
        let owner = Some(Owner::Implementation(id));
        for item in &syntax.items {
            match item {
                ImplItem::Fn(method) if !is_test(&method.attrs) => {
                    let parts = (method.attrs.as_slice(), &method.sig, Some(&method.block));
                    let function = self.function(module, parts, owner);
                    self.implementations[id].methods.push(function);
                }
                ImplItem::Const(constant) => {
                    let value = self.constant(module, &constant.expr, owner);
                    let entry = (constant.ident.to_string(), value);
                    self.implementations[id].constants.push(entry);
                }
                _ => {}
            }
        }
    }

    /// Names can be looked up only when all are there.
    fn attach_implementations(&mut self) {
        for id in 0..self.implementations.len() {
            let (module, syntax) = {
                let implementation = &self.implementations[id];
                (implementation.module, implementation.syntax)
            };
            let of =
                types::path_of(&syntax.self_ty).and_then(|path| self.resolve_type(module, path));
            let of_trait = syntax.trait_.as_ref();
            let of_trait = of_trait.and_then(|(path, _)| self.resolve_type(module, path));
            if let Some(Target::Type(of)) = of {
                self.implementations[id].of = Some(of);
            }
            if let Some(Target::Trait(of_trait)) = of_trait {
                self.implementations[id].of_trait = Some(of_trait);
            }
        }
    }
}

/// The name without `r#`.
pub(super) fn plain(name: &syn::Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

/// Whether the text of a macro looks as if it wrote routes.
fn writes_routes(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        ". route (",
        ". service (",
        ". nest (",
        "Router ::",
        "web :: ",
    ];
    let spaced = text
        .replace(".route(", ". route (")
        .replace(".service(", ". service (");
    let spaced = spaced
        .replace(".nest(", ". nest (")
        .replace("Router::", "Router ::");
    SIGNS.iter().any(|sign| spaced.contains(sign)) || spaced.contains("web::")
}
