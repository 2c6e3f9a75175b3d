//! The templates of cargo-backend, embedded. A framework is a pack; the path of a template is the
//! path of what it makes, `.tera` is rendered and everything else is copied.

use include_dir::{Dir, File, include_dir};
use serde::Serialize;
use tera::{Context, Tera};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/files");

/// A template that cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such template.
    #[error("there is no template `{0}`")]
    Unknown(String),
    /// It does not parse, or misses something it needs.
    #[error("cannot render the template `{path}`")]
    Render {
        /// The template.
        path: String,
        /// What the engine says.
        source: Box<tera::Error>,
    },
}

/// The templates of a pack, such as `axum`, as paths below it, in the order of their names.
#[must_use]
pub fn paths(pack: &str) -> Vec<&'static str> {
    let Some(folder) = FILES.get_dir(pack) else {
        return Vec::new();
    };
    let mut paths: Vec<&str> = files(folder)
        .into_iter()
        .filter_map(|file| file.path().to_str()?.strip_prefix(pack)?.strip_prefix('/'))
        .collect();
    paths.sort_unstable();
    paths
}

/// Renders one template of a pack; a file that is no template comes back as it is.
///
/// # Errors
/// When there is no such template, or it does not fit the context.
pub fn render(pack: &str, path: &str, context: &impl Serialize) -> Result<String, Error> {
    Template::of_pack(pack, path)?.render(context)
}

/// The text of a template, as it is embedded.
#[must_use]
pub fn source(pack: &str, path: &str) -> Option<&'static str> {
    FILES
        .get_file(format!("{pack}/{path}"))
        .and_then(File::contents_utf8)
}

/// A template that is read once and rendered often.
#[derive(Debug)]
pub struct Template {
    name: String,
    /// None of a file that is no template.
    engine: Option<Tera>,
    text: String,
}

impl Template {
    /// The template of a pack.
    ///
    /// # Errors
    /// When there is no such template.
    pub fn of_pack(pack: &str, path: &str) -> Result<Self, Error> {
        let full = format!("{pack}/{path}");
        let text = source(pack, path).ok_or_else(|| Error::Unknown(full.clone()))?;
        Self::of_text(&full, text)
    }

    /// A template of somebody's own; `name` is what a fault calls it. One whose name does not end in
    /// `.tera` comes back as it is.
    ///
    /// # Errors
    /// When it does not parse.
    pub fn of_text(name: &str, text: &str) -> Result<Self, Error> {
        let mut engine = None;
        if name.ends_with(".tera") {
            let mut parsed = Tera::new();
            let added = parsed.add_raw_template(name, text);
            added.map_err(|source| failed(name, source))?;
            engine = Some(parsed);
        }
        Ok(Self {
            name: name.to_owned(),
            engine,
            text: text.to_owned(),
        })
    }

    /// What it makes of a context.
    ///
    /// # Errors
    /// When it does not fit the context.
    pub fn render(&self, context: &impl Serialize) -> Result<String, Error> {
        let Some(engine) = &self.engine else {
            return Ok(self.text.clone());
        };
        let context = Context::from_serialize(context);
        let rendered = context.and_then(|context| engine.render(&self.name, &context));
        rendered.map_err(|source| failed(&self.name, source))
    }
}

fn failed(name: &str, source: tera::Error) -> Error {
    Error::Render {
        path: name.to_owned(),
        source: Box::new(source),
    }
}

fn files<'a>(folder: &'a Dir<'a>) -> Vec<&'a File<'a>> {
    let below = folder.dirs().flat_map(files);
    folder.files().chain(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_parses() {
        for file in files(&FILES) {
            let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) else {
                panic!("{} is not text", file.path().display());
            };
            if path.ends_with(".tera") {
                let parsed = Tera::new().add_raw_template(path, text);
                assert!(parsed.is_ok(), "{path}: {:?}", parsed.err());
            }
        }
    }

    #[test]
    fn a_template_that_is_not_there_is_named() {
        let fault = render("axum", "none.rs.tera", &()).expect_err("it is not there");
        assert_eq!(
            fault.to_string(),
            "there is no template `axum/none.rs.tera`"
        );
    }

    /// A folder with a `Cargo.toml` is another package to cargo, and left out of the published one.
    #[test]
    fn the_published_crate_holds_every_template() {
        let listed = std::process::Command::new(env!("CARGO"))
            .args(["package", "--list", "--allow-dirty", "--offline", "-p"])
            .arg(env!("CARGO_PKG_NAME"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo runs");
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        for file in files(&FILES) {
            let path = format!("files/{}", file.path().display());
            assert!(
                listed.lines().any(|line| line == path),
                "{path} is not in:\n{listed}"
            );
        }
    }
}
