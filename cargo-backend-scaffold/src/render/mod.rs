//! `Api` → files. Types and expressions are decided in Rust here; templates only lay them out.

mod bodies;
mod cargo_toml;
mod cases;
mod code;
mod data;
mod definition;
mod edges;
mod filters;
mod fixed;
mod form;
mod given;
mod inputs;
mod keys;
mod listing;
mod literal;
mod named;
mod needs;
mod pattern;
mod round_trip;
mod routes;
mod rust_type;
mod sample;
mod security;
mod service;
mod shapes;
mod sql;
mod stub;
mod tests_file;
mod traits;
mod types;
mod url;
mod ways;
mod workflow;
mod xml;

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use cargo_backend_templates::{self as templates, Template};
use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::api::table::Table;

pub(crate) use cargo_toml::{Inherited, add_member, inherited};
use code::{imports, note_code};
pub(crate) use needs::{Needs, needs};
pub(crate) use workflow::Workflow;

/// Who a file belongs to once it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The tool: always written anew.
    Generated,
    /// The user: written once.
    Once,
    /// Both: only added to.
    Merge,
}

/// A rendered file.
#[derive(Debug, Clone)]
pub(crate) struct Produced {
    /// Relative to the service's folder; [`place`] says where that is.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) owner: Owner,
    /// The trait that the file implements, if it is the user's to implement one.
    pub(crate) implements: Option<Implements>,
}

/// What a trait demands.
#[derive(Debug, Clone)]
pub(crate) struct Implements {
    pub(crate) trait_name: String,
    pub(crate) methods: Vec<Method>,
}

/// A method that nobody has written yet, as it is added to a file.
#[derive(Debug, Clone)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The database a service is generated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
    MariaDb,
}

impl Database {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadb",
        }
    }

    /// The name of its driver, as a feature of sqlx.
    pub(crate) fn driver(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MariaDb => "mysql",
        }
    }
}

/// What a service is generated with.
#[derive(Debug)]
pub(crate) struct Options<'a> {
    pub(crate) package: String,
    pub(crate) database: Database,
    /// The document as the header of generated files names it.
    pub(crate) document: String,
    /// The document itself.
    pub(crate) original: &'a Value,
    /// The folder of the service, relative to the workspace's root.
    pub(crate) output: &'a Path,
    pub(crate) inherited: Inherited,
    /// Templates of the user's own by those that they stand for: what to call them, and their text.
    pub(crate) templates: BTreeMap<String, (String, String)>,
    /// Versions of migrations that are there already, by their tables.
    pub(crate) versions: BTreeMap<String, String>,
    /// What CI asks of the service; none where no CI would read it.
    pub(crate) workflow: Option<Workflow>,
}

pub(crate) const PACK: &str = "axum";

/// Where a service keeps its document, in the service's folder.
pub(crate) const DOCUMENT: &str = "src/api/openapi.json";

/// Renders every file of a service, paths relative to its folder.
pub(crate) fn service(api: &Api, options: &Options<'_>) -> Result<Vec<Produced>, templates::Error> {
    let needs = needs(api);
    let contexts = Contexts::new(api, options, needs);
    let paths = templates::paths(PACK);
    let next = AtomicUsize::new(0);
    let worker = || {
        let taken = std::iter::from_fn(|| paths.get(next.fetch_add(1, Ordering::Relaxed)));
        taken
            .map(|template| (*template, contexts.files(template)))
            .collect::<Vec<_>>()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // In the order of the templates, whoever was first: so that of two faults it is always the same.
    let rendered: BTreeMap<_, _> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..cores).map(|_| scope.spawn(worker)).collect();
        let mut rendered = worker();
        for thread in threads {
            rendered.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        rendered.into_iter().collect()
    });
    let mut produced = Vec::new();
    for files in rendered.into_values() {
        produced.extend(files?);
    }
    let mut text = serde_json::to_string_pretty(options.original).unwrap_or_default();
    text.push('\n');
    produced.push(Produced {
        path: DOCUMENT.into(),
        text,
        owner: Owner::Generated,
        implements: None,
    });
    Ok(produced)
}

/// Where a produced file lies, relative to the workspace's root: CI reads its files there and nowhere
/// else, all others are of the service's folder.
pub(crate) fn place(path: &Path, output: &Path) -> PathBuf {
    if path.starts_with(".github") {
        return path.to_path_buf();
    }
    output.join(path)
}

/// Whether a path is that of a template.
pub(crate) fn is_template(path: &str) -> bool {
    templates::source(PACK, path).is_some()
}

pub(crate) fn owner(template: &str) -> Owner {
    let generated = template.starts_with("src/api/")
        || template == "tests/generated.rs.tera"
        || template.starts_with("tests/support/");
    match template {
        "Cargo.toml.tera" | "src/service/mod.rs.tera" | "src/data/mod.rs.tera" => Owner::Merge,
        _ if generated => Owner::Generated,
        _ => Owner::Once,
    }
}

/// The contexts of the templates.
struct Contexts<'a> {
    api: &'a Api,
    options: &'a Options<'a>,
    needs: Needs,
    common: Map<String, Value>,
}

impl<'a> Contexts<'a> {
    fn new(api: &'a Api, options: &'a Options<'a>, needs: Needs) -> Self {
        let title = if api.title.is_empty() {
            &options.package
        } else {
            &api.title
        };
        let documents = |path: &str| api.operations().any(|operation| operation.url() == path);
        let tables = code::modules(api.tables.iter().map(|table| &table.ident));
        let groups = code::modules(api.groups.iter().map(|group| &group.ident));
        let common = json!({
            "header": format!("// @generated by cargo-backend-scaffold from {}; do not edit", options.document),
            "package": options.package,
            "crate_name": options.package.replace('-', "_"),
            "title": title.lines().next(),
            "output": options.output.to_string_lossy(),
            "postgres": options.database == Database::Postgres,
            "sqlite": options.database == Database::Sqlite,
            "mariadb": options.database == Database::MariaDb,
            "uses_chrono": needs.chrono,
            "uses_uuid": needs.uuid,
            "uses_regex": needs.regex,
            "looks_around": needs.look_around,
            "regex_crate": if needs.look_around { "fancy_regex" } else { "regex" },
            "uses_parts": needs.parts,
            "styles": needs.styles,
            "forms": needs.forms,
            "multipart": needs.multipart,
            "nested_lists": needs.nested_lists,
            "incoming": needs.incoming,
            "uses_no_object": needs.no_object,
            "events": needs.events,
            "xml_bodies": needs.xml.bodies,
            "xml_answers": needs.xml.answers,
            "xml_rejections": needs.xml.rejections,
            "xml": needs.xml.any(),
            "writes_xml": needs.xml.writes(),
            "trees": needs.styles || needs.forms || needs.multipart,
            "secured": security::is_secured(api),
            "bearer": needs.schemes.bearer,
            "basic": needs.schemes.basic,
            "api_key": needs.schemes.key,
            "uses_json": needs.json_columns,
            "documents_live": documents("/health/live"),
            "documents_ready": documents("/health/ready"),
            "documents_itself": documents("/openapi.json"),
            "tables": tables,
            "migrates": api.tables.iter().any(|table| table.existing.is_none()),
            "groups": groups,
        });
        let common = common.as_object().cloned().unwrap_or_default();
        Self {
            api,
            options,
            needs,
            common,
        }
    }

    /// The files that a template makes.
    fn files(&self, template: &str) -> Result<Vec<Produced>, templates::Error> {
        let own = self.options.templates.get(template);
        let parsed = match own {
            Some((name, text)) => Template::of_text(name, text)?,
            None => Template::of_pack(PACK, template)?,
        };
        let mut files = Vec::new();
        for (path, context) in self.of(template) {
            let mut text = parsed.render(&context)?;
            // Who wants no such file empties its template: a deleted file would come back.
            if own.is_some() && owner(template) == Owner::Once && text.trim().is_empty() {
                continue;
            }
            let layers = ["src/api/", "src/data/", "src/service/"];
            if layers.iter().any(|layer| path.starts_with(layer)) {
                text = code::without_idle_imports(&text);
            }
            files.push(Produced {
                implements: self.implements(template, &path),
                owner: owner(template),
                path: path.into(),
                text,
            });
        }
        Ok(files)
    }

    /// The files that a template makes, each with its context.
    fn of(&self, template: &str) -> Vec<(String, Value)> {
        let path = template.strip_suffix(".tera").unwrap_or(template);
        let one = |context: Value| vec![(path.to_owned(), self.with(context))];
        let (api, options) = (self.api, self.options);
        match template {
            "Cargo.toml.tera" => one(cargo_toml::context(api, options, self.needs)),
            "src/api/types.rs.tera" => one(types::context(api)),
            "src/api/traits.rs.tera" => one(traits::context(api)),
            "src/api/router.rs.tera" => one(routes::context(api)),
            "src/api/shape.rs.tera" => one(shapes::context(api)),
            "src/api/security.rs.tera" | "src/middleware/auth.rs.tera"
                if !security::is_secured(api) =>
            {
                Vec::new()
            }
            "src/api/security.rs.tera" => one(security::context(api)),
            "src/api/form.rs.tera"
                if !self.needs.styles && !self.needs.forms && !self.needs.multipart =>
            {
                Vec::new()
            }
            "src/api/xml.rs.tera" if self.needs.xml.any() => one(xml::context(api)),
            "src/api/xml_reader.rs.tera" | "src/api/xml_tree.rs.tera" if self.needs.xml.bodies => {
                one(json!({}))
            }
            "src/api/xml_writer.rs.tera" | "src/api/accept.rs.tera" if self.needs.xml.writes() => {
                one(json!({}))
            }
            "src/api/accept.rs.tera" => Vec::new(),
            _ if template.starts_with("src/api/xml") => Vec::new(),
            "src/api/stream.rs.tera" if !self.needs.incoming && !self.needs.events => Vec::new(),
            "tests/support/mod.rs.tera" => one(json!({"shapes": shapes::promises(api)})),
            "tests/generated.rs.tera" => one(tests_file::context(api)),
            ".github/workflows/__package__.yml.tera" => {
                let workflow = options.workflow.iter().map(|workflow| {
                    let path = path.replace("__package__", &options.package);
                    (path, self.with(workflow::context(workflow, options)))
                });
                workflow.collect()
            }
            "src/service/__group__.rs.tera" => api
                .groups
                .iter()
                .map(|group| {
                    let path = path.replace("__group__", group.ident.plain());
                    (path, self.with(service::context(api, group)))
                })
                .collect(),
            _ if template.contains("__table__") => {
                let versions = sql::versions(api, &options.versions);
                let made = |table: &&Table| {
                    table.existing.is_none() || !template.starts_with("migrations/")
                };
                api.tables
                    .iter()
                    .filter(made)
                    .map(|table| {
                        let version = versions.get(&table.name).map_or("", String::as_str);
                        let path = path
                            .replace("__version__", version)
                            .replace("__table__", table.ident.plain());
                        let context = if template.starts_with("migrations/") {
                            sql::context(api, table, options.database)
                        } else {
                            data::context(api, table, options.database)
                        };
                        (path, self.with(context))
                    })
                    .collect()
            }
            _ => one(json!({})),
        }
    }

    fn implements(&self, template: &str, path: &str) -> Option<Implements> {
        if template != "src/service/__group__.rs.tera" {
            return None;
        }
        let group = self.api.groups.iter().find(|group| {
            path.strip_prefix("src/service/")
                .and_then(|name| name.strip_suffix(".rs"))
                .is_some_and(|name| name == group.ident.plain())
        })?;
        Some(Implements {
            trait_name: traits::trait_name(&group.ident.pascal),
            methods: group.operations.iter().map(stub::method).collect(),
        })
    }

    fn with(&self, context: Value) -> Value {
        let mut all = self.common.clone();
        if let Value::Object(own) = context {
            all.extend(own);
        }
        Value::Object(all)
    }
}
