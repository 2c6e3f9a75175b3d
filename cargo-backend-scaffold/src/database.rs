//! A database, or what was written down of one → `Schema`.

use std::path::Path;

use anyhow::Context as _;
use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::error::Hint as _;
use cargo_backend_shared::introspect::{self, Access};
use cargo_backend_shared::schema::Schema;

use crate::render::Database;

/// The schema behind a URL or in a file, what to call it, and the database of its service.
pub(crate) fn read(source: &str, directory: &Path) -> anyhow::Result<(Schema, String, Database)> {
    let file = directory.join(source);
    let (schema, title) = if file.is_file() && !is_sqlite(&file) {
        (written(source, &file)?, stem(source))
    } else {
        let url = if source.contains("://") {
            DatabaseUrl::parse(source)?
        } else {
            DatabaseUrl::parse(&format!("sqlite://{}", file.display()))?
        };
        let title = stem(url.expose().split('?').next().unwrap_or_default());
        (live(&url)?, title)
    };
    let database = match schema.dialect {
        Dialect::Postgres => Database::Postgres,
        Dialect::Sqlite => Database::Sqlite,
        Dialect::MySql => Database::MariaDb,
    };
    Ok((schema, title, database))
}

/// The last part of a path or URL, without its ending.
fn stem(path: &str) -> String {
    let stem = Path::new(path).file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn is_sqlite(file: &Path) -> bool {
    let bytes = fs_err::read(file).unwrap_or_default();
    bytes.starts_with(b"SQLite format 3\0")
}

fn written(name: &str, file: &Path) -> anyhow::Result<Schema> {
    let text = fs_err::read_to_string(file)?;
    serde_json::from_str(&text).hint(
        format!("`{name}` is no schema"),
        "write one with `cargo backend-db schema --format json`",
    )
}

fn live(url: &DatabaseUrl) -> anyhow::Result<Schema> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let mut connection =
            introspect::connect(url, Access::ReadOnly, "cargo-backend-scaffold").await?;
        let schema = introspect::schema(&mut connection).await?;
        connection.close().await?;
        Ok(schema)
    })
}
