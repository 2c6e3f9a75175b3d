//! What both kinds of run need around the driver: threads, Ctrl-C, a person who watches.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use cargo_backend_shared::cli::Context;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::reach::reach;
use crate::driver::{self, Glance, Load, Run};
use crate::engine::route::Route;
use crate::engine::{self, Connection, Prepared, Server};
use crate::interrupt;
use crate::profile::Plan;
use crate::report::human;
use crate::request::Target;
use crate::summary::Facts;

pub(super) struct Engine {
    runtime: Runtime,
    threads: usize,
    interrupt: watch::Receiver<bool>,
}

impl Engine {
    pub(super) fn start() -> anyhow::Result<Self> {
        let interrupt = interrupt::listen()?;
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        // One thread alone needs no locks between threads.
        let mut builder = match threads {
            1 => tokio::runtime::Builder::new_current_thread(),
            _ => tokio::runtime::Builder::new_multi_thread(),
        };
        let runtime = builder
            .worker_threads(threads)
            .enable_all()
            .build()
            .context("cannot start the threads that drive the users")?;
        Ok(Self {
            runtime,
            threads,
            interrupt,
        })
    }

    /// Finds the server and connects once; `None` when Ctrl-C came first.
    pub(super) fn reach(
        &self,
        target: &Target,
        route: Route,
        timeout: Duration,
    ) -> anyhow::Result<Option<Server>> {
        let reached = reach(target, route, timeout, self.interrupt.clone());
        self.runtime.block_on(reached)
    }

    /// Runs the plan while somebody watches, or with a line for each second where more was asked
    /// for.
    pub(super) fn drive(
        &self,
        targets: Vec<(Server, Prepared)>,
        plan: Plan,
        expected: Option<u16>,
        timeout: Duration,
        cx: &Context,
    ) -> anyhow::Result<Run> {
        let load = Load {
            targets,
            expected,
            plan,
            timeout,
        };
        let interrupt = self.interrupt.clone();
        if !cx.terminal.is_live() {
            let look = |glance: &Glance<'_>| cx.terminal.detail(&human::progress(glance));
            return self
                .runtime
                .block_on(driver::run(load, interrupt, Some(&look)));
        }
        let progress = cx.terminal.progress("connecting", None);
        let look = |glance: &Glance<'_>| progress.text(&human::progress(glance));
        self.runtime
            .block_on(driver::run(load, interrupt, Some(&look)))
    }

    /// Sends one request after a while and says its status; `None` without an answer.
    pub(super) fn ask_later(
        &self,
        wait: Duration,
        (target, route, request): (&Target, Route, &Prepared),
        timeout: Duration,
    ) -> Option<u16> {
        let mut interrupt = self.interrupt.clone();
        let ask = async {
            let server = engine::probe(target, route).await.ok()?;
            let mut connection = Connection::new(Arc::new(server));
            let answer = connection.exchange(request).await.ok()?;
            Some(answer.status)
        };
        self.runtime.block_on(async {
            let answer = async {
                tokio::time::sleep(wait).await;
                tokio::time::timeout(timeout, ask).await.ok().flatten()
            };
            tokio::select! {
                answer = answer => answer,
                _ = interrupt.wait_for(|stop| *stop) => None,
            }
        })
    }

    pub(super) fn facts(&self, run: &Run) -> Facts {
        Facts {
            elapsed: run.elapsed,
            cpu: run.cpu,
            machine_cpu_percent: run.machine_cpu_percent,
            shares_machine: run.shares_machine,
            threads: self.threads,
            warm_up_requests: run.warm_up_requests,
            unfinished: run.unfinished,
            unsent: run.unsent,
        }
    }

    /// Users that still wait for a hung server, or a slow name server, are left behind.
    pub(super) fn leave(self) {
        self.runtime.shutdown_background();
    }
}
