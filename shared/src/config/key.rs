//! The keys that exist.

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A whole number of at least 1.
    Count,
    Flag,
    /// Text that [`super::parse_duration`] reads.
    Duration,
    TextList,
    /// A URL without a password, or `{ env = "NAME" }`.
    Secret,
}

impl Kind {
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Count => "a whole number of at least 1",
            Self::Flag => "true or false",
            Self::Duration => "a duration such as \"30s\"",
            Self::TextList => "a list of texts",
            Self::Secret => "a URL or { env = \"NAME\" }",
        }
    }
}

/// A key that exists. `default.toml` has its default and its documentation.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) path: &'static str,
    pub(super) kind: Kind,
    pub(super) env: &'static str,
}

const fn key(path: &'static str, kind: Kind, env: &'static str) -> Key {
    Key { path, kind, env }
}

/// All of them, in the order of `default.toml`.
pub(super) static KEYS: &[Key] = &[
    key("database.url", Kind::Secret, "DATABASE_URL"),
    key(
        "database.protected",
        Kind::Flag,
        "BACKEND_DATABASE_PROTECTED",
    ),
    key(
        "scaffold.framework",
        Kind::Text,
        "BACKEND_SCAFFOLD_FRAMEWORK",
    ),
    key("scaffold.database", Kind::Text, "BACKEND_SCAFFOLD_DATABASE"),
    key("db.migrations", Kind::Text, "BACKEND_DB_MIGRATIONS"),
    key("db.lock-timeout", Kind::Duration, "BACKEND_DB_LOCK_TIMEOUT"),
    key("load.concurrency", Kind::Count, "BACKEND_LOAD_CONCURRENCY"),
    key("load.duration", Kind::Duration, "BACKEND_LOAD_DURATION"),
    key("load.timeout", Kind::Duration, "BACKEND_LOAD_TIMEOUT"),
    key(
        "rules.protected-paths",
        Kind::TextList,
        "BACKEND_RULES_PROTECTED_PATHS",
    ),
];

/// The key of a path; `database.staging.url` is a `database.url` of its own.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    let parts: Vec<&str> = path.split('.').collect();
    let known = match parts.as_slice() {
        ["database", _environment, leaf] => format!("database.{leaf}"),
        _ => path.to_owned(),
    };
    KEYS.iter().find(|key| key.path == known)
}

/// Whether deeper keys of this path may exist, so that it must be a table.
pub(super) fn is_table(path: &str) -> bool {
    let environment = path
        .strip_prefix("database.")
        .is_some_and(|name| !name.contains('.') && find(path).is_none());
    environment
        || KEYS
            .iter()
            .any(|key| key.path.starts_with(&format!("{path}.")))
}

/// The known path that looks most like this one.
pub(super) fn nearest(path: &str) -> Option<&'static str> {
    KEYS.iter()
        .flat_map(|key| [key.path, key.path.split('.').next().unwrap_or(key.path)])
        .map(|known| (strsim::jaro_winkler(path, known), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
