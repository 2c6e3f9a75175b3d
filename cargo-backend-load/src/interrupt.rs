//! Ctrl-C: once stops the run, which is then reported; twice leaves.

use anyhow::Context as _;
use cargo_backend_shared::exit::ExitStatus;
use tokio::sync::watch;

/// Listens for Ctrl-C; the receiver turns true at the first one.
///
/// Must come before goose starts: goose then finds a handler in place and does not install its
/// own, which would stop only twice a second and leave with 1.
pub(crate) fn listen() -> anyhow::Result<watch::Receiver<bool>> {
    let (sender, receiver) = watch::channel(false);
    ctrlc::set_handler(move || {
        if sender.send_replace(true) {
            leave();
        }
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(receiver)
}

/// Leaves from the signal thread: the main thread may hang on a full pipe or a name server.
#[expect(
    clippy::disallowed_methods,
    clippy::exit,
    reason = "the second Ctrl-C asks for just this"
)]
fn leave() {
    std::process::exit(ExitStatus::Interrupted.code().into());
}
