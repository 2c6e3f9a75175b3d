//! What can be written on the command line.

mod connection;

use std::path::PathBuf;
use std::time::Duration;

use cargo_backend_shared::cli::GlobalArgs;
use cargo_backend_shared::commands::{ConfigArgs, InitArgs};
use cargo_backend_shared::config::parse_duration;
use clap::{Args, Parser, Subcommand};

use crate::profile::Stage;
use crate::rate_limit::RateLimit;
use crate::threshold::Threshold;

const EXAMPLES: &str = "\
Examples:
  Load a page with 50 users for 30 seconds:
    cargo backend-load http://localhost:8080/orders

  Post JSON with 200 users for a minute and a half:
    cargo backend-load http://localhost:8080/orders -c 200 -d 1m30s \\
        --header 'Content-Type: application/json' --body @order.json

  Send 500 requests a second, however long the answers take, after a warm-up:
    cargo backend-load http://localhost:8080/orders --rps 500 -d 1m --warm-up 10s

  Ramp up to 100 users in half a minute, and stay there for a minute:
    cargo backend-load http://localhost:8080/orders --stage 30s:100 --stage 1m:100

  Fail a pipeline that has become slow:
    cargo backend-load http://localhost:8080/orders --rps 500 --format github \\
        --threshold 'p99<200ms' --threshold 'error-rate<1%'

  Compare a new version with the one before it:
    cargo backend-load compare http://localhost:8080/orders http://localhost:8081/orders

  Keep the figures of a short run for later, and give a program the answer:
    cargo backend-load http://localhost:8080/health -d 5s --report load.json --json";

/// Load-test an HTTP service
#[derive(Debug, Parser)]
#[command(
    name = "cargo backend-load",
    bin_name = "cargo backend-load",
    version,
    subcommand_negates_reqs = true,
    override_usage = "cargo backend-load [OPTIONS] <URL>\n       cargo backend-load <COMMAND>",
    after_help = EXAMPLES
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) quick: QuickArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

impl AsRef<GlobalArgs> for Cli {
    fn as_ref(&self) -> &GlobalArgs {
        &self.global
    }
}

pub(crate) use connection::ConnectionArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Load two servers in turn and say which one is slower
    ///
    /// Both are loaded in short blocks, A B B A over and over, so that what drifts meets both
    /// alike. The status is 1 when the second server is slower.
    Compare(Box<CompareArgs>),
    /// Write a commented `Backend.toml`
    Init(InitArgs),
    /// Show every setting, its value and where it comes from
    Config(ConfigArgs),
}

// No doc comment: it would replace the description of the command.
#[derive(Debug, Args)]
pub(crate) struct RequestArgs {
    /// The method of the requests [default: GET, or POST with --body]
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) method: Option<String>,

    /// A header of the requests, `Name: value`; can be given several times
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub(crate) headers: Vec<String>,

    /// The body of the requests: the text itself, or @FILE
    #[arg(long, value_name = "TEXT|@FILE")]
    pub(crate) body: Option<String>,
}

// No doc comment: it would replace the description of the command.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The server that is known
    #[arg(value_name = "URL1")]
    pub(crate) before: String,

    /// The server that may be faster or slower
    #[arg(value_name = "URL2")]
    pub(crate) after: String,

    /// Users at the same time [default: 50, or the setting `load.concurrency`]; with --rps, the
    /// requests that may be in flight
    #[arg(short, long, value_name = "USERS", value_parser = users)]
    pub(crate) concurrency: Option<u64>,

    /// Send so many requests per second to the server whose turn it is, whatever it does; latencies
    /// count from the time at which a request was due
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(crate) rps: Option<f64>,

    /// How long to load both together [default: 30s, or the setting `load.duration`]
    #[arg(short, long, value_name = "TIME", value_parser = span)]
    pub(crate) duration: Option<Duration>,

    /// How long to load one server before the other one has its turn
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "250ms")]
    pub(crate) block: Duration,

    /// How long one request may take [default: 30s, or the setting `load.timeout`]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) timeout: Option<Duration>,

    /// The smallest change of the average latency that matters
    #[arg(long, value_name = "PERCENT", value_parser = share, default_value = "1%")]
    pub(crate) min_effect: f64,

    #[command(flatten)]
    pub(crate) request: RequestArgs,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

// No doc comment: it would replace the description of the command.
#[derive(Debug, Args)]
pub(crate) struct QuickArgs {
    /// Where the requests go: http:// or https://
    #[arg(value_name = "URL", required = true)]
    pub(crate) url: Option<String>,

    /// Users at the same time, each with a connection of its own; with --rps, the requests that
    /// may be in flight [default: 50, or the setting `load.concurrency`; with --rps, as many as
    /// are due in two seconds]
    #[arg(short, long, value_name = "USERS", value_parser = users)]
    pub(crate) concurrency: Option<u64>,

    /// How long to load: `500ms`, `30s`, `1m30s` [default: 30s, or the
    /// setting `load.duration`]
    #[arg(short, long, value_name = "TIME", value_parser = span)]
    pub(crate) duration: Option<Duration>,

    /// Send so many requests per second, whatever the server does: each is due at a time of its
    /// own, and its latency counts from there
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(crate) rps: Option<f64>,

    /// Go in a straight line to so many users in this time, with --rps to so many requests per
    /// second: `30s:100`; can be given several times, and `0s:100` jumps. It begins at
    /// --concurrency or --rps, or else at nothing
    #[arg(long = "stage", value_name = "TIME:LEVEL", value_parser = stage, conflicts_with = "duration")]
    pub(crate) stages: Vec<Stage>,

    /// Load for so long before the figures begin
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) warm_up: Option<Duration>,

    /// How long one request may take [default: 30s, or the setting `load.timeout`]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) timeout: Option<Duration>,

    #[command(flatten)]
    pub(crate) request: RequestArgs,

    /// What must hold, or the exit status is 1: `p99<200ms`, `error-rate<1%`, `rps>1000`; can be
    /// given several times
    #[arg(long = "threshold", value_name = "CONDITION", value_parser = Threshold::parse)]
    pub(crate) thresholds: Vec<Threshold>,

    /// The server must answer with 429 when there are too many requests, let about as many through
    /// as it should, and serve again after its `Retry-After`; or the exit status is 1
    #[arg(
        long,
        value_name = "RATE",
        value_parser = RateLimit::parse,
        num_args = 0..=1,
        default_missing_value = "",
        require_equals = true,
        requires = "rps"
    )]
    pub(crate) expect_rate_limit: Option<RateLimit>,

    /// The status that counts as success, instead of 2xx and 3xx
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(200..600))]
    pub(crate) expect_status: Option<u16>,

    /// Compare with the report of an earlier run of the same kind; slower ends with 1
    #[arg(long, value_name = "FILE.json")]
    pub(crate) compare: Option<PathBuf>,

    /// Compare although the runs differ in kind
    #[arg(long, requires = "compare")]
    pub(crate) force: bool,

    /// The smallest change of the average latency that matters, with --compare [default: 5%]
    #[arg(long, value_name = "PERCENT", value_parser = share, requires = "compare")]
    pub(crate) min_effect: Option<f64>,

    /// Also write the report to a file that ends with .json, .html, .md, .xml (JUnit) or
    /// .csv; can be
    /// given several times
    #[arg(long = "report", value_name = "FILE")]
    pub(crate) reports: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// A share such as `5%`, as a fraction.
fn share(text: &str) -> Result<f64, String> {
    let number = text
        .strip_suffix('%')
        .and_then(|number| number.parse().ok());
    number
        .filter(|percent| (0.0..=100.0).contains(percent))
        .map(|percent: f64| percent / 100.0)
        .ok_or_else(|| format!("`{text}` is not a share such as `5%`"))
}

/// A number of users that a machine may have sockets for.
fn users(text: &str) -> Result<u64, String> {
    let number = text.parse().ok();
    number
        .filter(|users| (1..=1_000_000).contains(users))
        .ok_or_else(|| format!("`{text}` is not a number of users such as `50`"))
}

/// Requests per second that a machine may be able to send.
fn rate(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches("/s").parse().ok();
    number
        .filter(|rate| (0.01..=1_000_000.0).contains(rate))
        .ok_or_else(|| format!("`{text}` is not a rate between 0.01 and 1000000, such as `500`"))
}

/// A stage such as `30s:100`.
fn stage(text: &str) -> Result<Stage, String> {
    let (time, level) = text
        .split_once(':')
        .ok_or_else(|| format!("`{text}` is not a time and a level such as `30s:100`"))?;
    let length = parse_duration(time)?;
    if length > Duration::from_hours(24) {
        return Err(format!("`{time}` is too long: it may be at most `24h`"));
    }
    let target = level.parse().ok();
    let target = target
        .filter(|level| (0.0..=1_000_000.0).contains(level))
        .ok_or_else(|| format!("`{level}` is not a number of users or requests such as `100`"))?;
    Ok(Stage { length, target })
}

/// A time span that a run can have: longer than nothing and at most a day.
fn span(text: &str) -> Result<Duration, String> {
    let span = parse_duration(text)?;
    if span < Duration::from_millis(1) {
        return Err(format!("`{text}` is too short: it must be at least `1ms`"));
    }
    if span > Duration::from_hours(24) {
        return Err(format!("`{text}` is too long: it may be at most `24h`"));
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use cargo_backend_shared::config::DEFAULT_TOML;
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_time_span_is_neither_nothing_nor_endless() {
        assert_eq!(span("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(
            span("0s"),
            Err("`0s` is too short: it must be at least `1ms`".to_owned())
        );
        assert_eq!(
            span("25h"),
            Err("`25h` is too long: it may be at most `24h`".to_owned())
        );
    }

    #[test]
    fn a_stage_is_a_time_and_a_level() {
        let expected = Stage {
            length: Duration::from_secs(30),
            target: 100.0,
        };
        assert_eq!(stage("30s:100"), Ok(expected));
        assert_eq!(stage("0s:100").map(|jump| jump.length), Ok(Duration::ZERO));
        for wrong in ["30s", "30s:", "30s:-1", "30s:NaN", "x:1", "25h:1", "1s:1e9"] {
            assert!(stage(wrong).is_err(), "{wrong}");
        }
        assert_eq!(rate("500/s"), Ok(500.0));
        for wrong in ["0", "-5", "NaN", "inf", "fast"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_help_tells_the_defaults_that_are_in_force() {
        let help = Cli::command().render_long_help().to_string();
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let (_others, load) = DEFAULT_TOML.split_once("[load]").expect("our table");
        for key in ["concurrency", "duration", "timeout"] {
            let start = format!("{key} = ");
            let value = load.lines().find_map(|line| line.strip_prefix(&start));
            let value = value
                .expect("every setting has a default")
                .trim_matches('"');
            let told = format!("[default: {value}, or the setting `load.{key}`");
            assert!(words.contains(&told), "{told}");
        }
    }

    #[test]
    fn a_verb_needs_no_url() {
        let cli = Cli::try_parse_from(["cargo backend-load", "config"]).expect("a verb alone");
        assert!(matches!(cli.command, Some(Command::Config(_))));
    }
}
