//! `explain`.

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::{paint, style};

use crate::cli::ExplainArgs;
use crate::findings::CHECKS;

pub(super) fn run(args: &ExplainArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let Some(name) = &args.rule else {
        for check in CHECKS {
            cx.terminal.answer(&format!(
                "{}: {}",
                paint(style::HEAD, check.rule.name),
                check.rule.summary
            ))?;
        }
        return Ok(ExitStatus::Clean);
    };
    let Some(check) = CHECKS.iter().find(|check| check.rule.name == name) else {
        let names: Vec<&str> = CHECKS.iter().map(|check| check.rule.name).collect();
        return Err(failure(
            format!("there is no rule `{name}`"),
            format!("the rules are {}", names.join(", ")),
        ));
    };
    cx.terminal.answer(&format!(
        "{}: {}\n\n{}",
        paint(style::HEAD, check.rule.name),
        check.rule.summary,
        check.rule.explanation
    ))?;
    Ok(ExitStatus::Clean)
}
