//! Starts the service: settings from the environment, logs to stdout.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use orders::config::{Config, LogFormat};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let lookup = |name: &str| variables.get(name).cloned();
    let config = Config::from_lookup(lookup);
    start_logs(config.as_ref().ok());
    let config = match config {
        Ok(config) => config,
        Err(fault) => {
            tracing::error!("{fault}");
            return ExitCode::FAILURE;
        }
    };
    match orders::run(&config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            tracing::error!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn start_logs(config: Option<&Config>) {
    let filter = config.map_or("info", |config| config.log_filter.as_str());
    let logs = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(std::io::stdout().is_terminal());
    match config.map(|config| config.log_format) {
        Some(LogFormat::Json) => logs.json().init(),
        Some(LogFormat::Text) | None => logs.init(),
    }
}
