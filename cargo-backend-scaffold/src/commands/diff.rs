//! `diff`.

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::openapi::{self, Document};
use cargo_backend_shared::terminal::Form;

use crate::cli::DiffArgs;
use crate::difference::{self, Weight};
use crate::report;

pub(super) fn run(args: &DiffArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    cx.only(&[Form::Human, Form::Json, Form::Markdown, Form::Github])?;
    let read = |path: &std::path::Path| -> anyhow::Result<Document> {
        openapi::load(&cx.directory.join(path), &path.to_string_lossy())
    };
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    report::unread(&new.notes, &cx.terminal);
    let changes = difference::between(&old, &new);
    report::difference(&changes, cx.global.form(), &cx.terminal)?;
    let breaks = changes
        .iter()
        .any(|change| change.weight == Weight::Breaking);
    Ok(if breaks && !args.no_fail {
        ExitStatus::No
    } else {
        ExitStatus::Clean
    })
}
