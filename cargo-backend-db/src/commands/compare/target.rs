//! What a database should be.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use cargo_backend_shared::cli::Context;
use cargo_backend_shared::database_url::DatabaseUrl;
use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::introspect::{self, Access};
use cargo_backend_shared::schema::Schema;

use super::super::scratch_server;
use super::APPLICATION;
use crate::cli::CompareArgs;
use crate::diff::rename::Rename;
use crate::migration::{Script, dir};
use crate::scratch::Scratch;

const HINT: &str = "write `table=table`, `table.column=column` or `type.value=value`, the old name first, with the \
     schema in front where it is not public";

impl From<Schema> for Target {
    fn from(schema: Schema) -> Self {
        let renames = Vec::new();
        Self { schema, renames }
    }
}

/// The schema with the renames that lead there, from the flags and from the comments in its files.
pub(super) struct Target {
    pub(super) schema: Schema,
    pub(super) renames: Vec<Rename>,
}

/// Reads it.
///
/// # Errors
/// When it cannot be reached, read, or loaded into a scratch database, or a rename makes no sense.
pub(super) async fn read(
    args: &CompareArgs,
    cx: &Context,
    url: &DatabaseUrl,
) -> anyhow::Result<Target> {
    let mut renames = Vec::new();
    for text in &args.rename {
        let rename = Rename::parse(text);
        renames.push(rename.map_err(|fault| failure(fault, HINT))?);
    }
    let mut target = target(args, cx, url).await?;
    renames.append(&mut target.renames);
    Ok(Target { renames, ..target })
}

async fn target(args: &CompareArgs, cx: &Context, url: &DatabaseUrl) -> anyhow::Result<Target> {
    if args.target.contains("://") {
        let other = DatabaseUrl::parse(&args.target)?;
        let mut connection = introspect::connect(&other, Access::ReadOnly, APPLICATION).await?;
        let schema = introspect::schema(&mut connection).await?;
        connection.close().await?;
        return Ok(Target::from(schema));
    }
    let path = cx.directory.join(&args.target);
    if path.extension().is_some_and(|ending| ending == "json") {
        return Ok(Target::from(stored(&path)?));
    }
    let scripts = if path.is_dir() {
        dir::sql_files(&path)?
    } else {
        let text = fs_err::read_to_string(&path).hint(
            "cannot read the target",
            "name an SQL file, a folder of them, a database, or what `schema --json` printed",
        )?;
        let file = args.target.clone();
        vec![Script { file, text }]
    };
    let on = scratch_server(&args.scratch, Some(url), "an SQL target")?;
    let mut scratch = Scratch::create(&on).await?;
    let loaded = loaded(&mut scratch, &scripts).await;
    scratch.drop().await?;
    Ok(Target {
        schema: loaded?,
        renames: renames(&scripts)?,
    })
}

fn renames(scripts: &[Script]) -> anyhow::Result<Vec<Rename>> {
    let mut renames = Vec::new();
    for script in scripts {
        let found = Rename::in_comments(&script.text).map_err(|(at, fault)| {
            let source: Arc<str> = Arc::from(script.text.as_str());
            let location = Location::of_offset(&script.file, &source, at);
            let fault = Diagnostic::error(fault).at(location).help(HINT);
            anyhow::Error::from(Faults::from(fault))
        })?;
        renames.extend(found);
    }
    Ok(renames)
}

async fn loaded(scratch: &mut Scratch, scripts: &[Script]) -> anyhow::Result<Schema> {
    scratch.run(scripts).await?;
    introspect::schema(&mut scratch.connection).await
}

/// What `schema --json` printed: one line, with the reason in front.
fn stored(path: &Path) -> anyhow::Result<Schema> {
    let text = fs_err::read_to_string(path).context("cannot read the target")?;
    serde_json::from_str(&text).hint(
        format!("`{}` holds no schema", path.display()),
        "write it with `cargo backend-db schema --json > schema.json`",
    )
}
