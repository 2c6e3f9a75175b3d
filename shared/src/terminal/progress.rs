//! Progress that hides when nobody looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar on stderr; clears itself when dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(live: bool, text: &str, total: Option<u64>) -> Self {
        let target = if live {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(total, target);
        let template = if total.is_some() {
            "{msg:>12.green.bold} [{bar:27}] {human_pos}/{human_len} ({eta})"
        } else {
            "{spinner:.green} {msg} ({elapsed})"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(text.to_owned());
        if total.is_none() && live {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self { bar }
    }

    /// Moves to an absolute position.
    pub fn set(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// Moves forward.
    pub fn add(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// Says what is being done now.
    pub fn text(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }

    /// Ends it before its owner goes out of scope.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
