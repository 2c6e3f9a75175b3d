//! `explain`.

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;

use crate::cli::ExplainArgs;
use crate::report::rules::{self, AnyRule};

pub(super) fn run(args: &ExplainArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let Some(name) = &args.rule else {
        rules::list(cx)?;
        return Ok(ExitStatus::Clean);
    };
    let Some(rule) = AnyRule::all().find(|rule| rule.rule().name == name) else {
        let names: Vec<&str> = AnyRule::all().map(|rule| rule.rule().name).collect();
        return Err(failure(
            format!("there is no rule `{name}`"),
            format!("the rules are {}", names.join(", ")),
        ));
    };
    rules::explain(cx, rule)?;
    Ok(ExitStatus::Clean)
}
