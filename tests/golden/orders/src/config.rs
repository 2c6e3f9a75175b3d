//! Settings, all from environment variables; `.env.example` lists them.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderValue;

use crate::middleware::rate_limit;

/// What the service is told at its start.
#[derive(Clone)]
pub struct Config {
    /// `DATABASE_URL`.
    pub database_url: String,
    /// `DATABASE_MAX_CONNECTIONS`.
    pub database_max_connections: u32,
    /// `BIND_ADDRESS`.
    pub bind_address: String,
    /// `MIGRATE_ON_START`.
    pub migrate_on_start: bool,
    /// `MIGRATIONS_DIR`.
    pub migrations_dir: PathBuf,
    /// `REQUEST_TIMEOUT_MS`.
    pub request_timeout: Duration,
    /// `SHUTDOWN_TIMEOUT_MS`.
    pub shutdown_timeout: Duration,
    /// `MAX_BODY_BYTES`.
    pub max_body_bytes: usize,
    /// `RATE_LIMIT_PER_SECOND` and `RATE_LIMIT_BURST`: requests of one address. Without the first,
    /// any number.
    pub rate_limit: Option<rate_limit::Settings>,
    /// `CORS_ALLOWED_ORIGINS`, with commas between them; `*` is every origin.
    pub cors_allowed_origins: Vec<HeaderValue>,
    /// `RUST_LOG`.
    pub log_filter: String,
    /// `LOG_FORMAT`.
    pub log_format: LogFormat,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    name: &'static str,
    fault: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.fault)
    }
}

impl std::error::Error for ConfigError {}

/// The URL may hold a password, so it stays out of logs.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("bind_address", &self.bind_address)
            .field("migrate_on_start", &self.migrate_on_start)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Reads the settings through `lookup`, which knows the environment variables.
    ///
    /// # Errors
    /// When a variable is missing or cannot be understood.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let read = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let milliseconds =
            |name, default| number(name, read(name), default).map(Duration::from_millis);
        Ok(Self {
            database_url: read("DATABASE_URL").unwrap_or_else(|| "sqlite://orders.db".to_owned()),
            database_max_connections: number(
                "DATABASE_MAX_CONNECTIONS",
                read("DATABASE_MAX_CONNECTIONS"),
                10,
            )?,
            bind_address: read("BIND_ADDRESS").unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            migrate_on_start: number("MIGRATE_ON_START", read("MIGRATE_ON_START"), false)?,
            migrations_dir: read("MIGRATIONS_DIR").map_or_else(|| "migrations".into(), Into::into),
            request_timeout: milliseconds("REQUEST_TIMEOUT_MS", 30_000)?,
            shutdown_timeout: milliseconds("SHUTDOWN_TIMEOUT_MS", 10_000)?,
            max_body_bytes: number("MAX_BODY_BYTES", read("MAX_BODY_BYTES"), 1_048_576)?,
            rate_limit: rate_limit(read)?,
            cors_allowed_origins: origins(read("CORS_ALLOWED_ORIGINS"))?,
            log_filter: read("RUST_LOG").unwrap_or_else(|| "info".to_owned()),
            log_format: match read("LOG_FORMAT").as_deref() {
                None | Some("text") => LogFormat::Text,
                Some("json") => LogFormat::Json,
                Some(other) => {
                    return Err(ConfigError {
                        name: "LOG_FORMAT",
                        fault: format!("`{other}` is neither `text` nor `json`"),
                    });
                }
            },
        })
    }
}

fn rate_limit(
    read: impl Fn(&str) -> Option<String>,
) -> Result<Option<rate_limit::Settings>, ConfigError> {
    let per_second = number("RATE_LIMIT_PER_SECOND", read("RATE_LIMIT_PER_SECOND"), 0)?;
    let Some(per_second) = NonZeroU32::new(per_second) else {
        return Ok(None);
    };
    let twice = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(1));
    Ok(Some(rate_limit::Settings {
        per_second,
        burst: number("RATE_LIMIT_BURST", read("RATE_LIMIT_BURST"), twice)?,
        trusted_proxies: number("TRUSTED_PROXIES", read("TRUSTED_PROXIES"), 0)?,
    }))
}

/// Origins as browsers send them: `https://shop.example.com`, without a path.
fn origins(text: Option<String>) -> Result<Vec<HeaderValue>, ConfigError> {
    let text = text.unwrap_or_default();
    let origins = text
        .split(',')
        .map(str::trim)
        .filter(|origin| !origin.is_empty());
    let known: Vec<&str> = origins.collect();
    known
        .iter()
        .map(|origin| {
            let host = origin.split_once("://").map(|(_, host)| host);
            let sound = host.is_some_and(|host| !host.is_empty() && !host.contains('/'));
            HeaderValue::from_str(origin)
                .ok()
                .filter(|_| sound || *origin == "*" && known.len() == 1)
                .ok_or_else(|| ConfigError {
                    name: "CORS_ALLOWED_ORIGINS",
                    fault: format!("`{origin}` is no origin such as `https://shop.example.com`"),
                })
        })
        .collect()
}

fn number<T>(name: &'static str, text: Option<String>, default: T) -> Result<T, ConfigError>
where
    T: std::str::FromStr<Err: fmt::Display>,
{
    text.map_or(Ok(default), |text| {
        text.parse().map_err(|fault| ConfigError {
            name,
            fault: format!("`{text}`: {fault}"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_cannot_be_read_is_named() {
        let lookup = |name: &str| match name {
            "DATABASE_URL" => Some("unused".to_owned()),
            "MAX_BODY_BYTES" => Some("much".to_owned()),
            _ => None,
        };
        let fault = Config::from_lookup(lookup).expect_err("it is no number");
        assert_eq!(
            fault.to_string(),
            "MAX_BODY_BYTES: `much`: invalid digit found in string"
        );
    }

    #[test]
    fn origins_have_no_path() {
        let read = |text: &str| origins(Some(text.to_owned()));
        assert_eq!(
            read("https://a.example, http://localhost:3000").map(|all| all.len()),
            Ok(2)
        );
        assert_eq!(read("*").map(|all| all.len()), Ok(1));
        for wrong in ["https://a.example/", "a.example", "*,https://a.example"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
