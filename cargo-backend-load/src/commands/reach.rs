//! Whether there is a server at all, before the load.

use std::time::Duration;

use cargo_backend_shared::error::{Hint as _, failure};
use tokio::sync::watch;

use crate::engine::route::Route;
use crate::engine::{self, ProbeError, Server};
use crate::request::Target;
use crate::sample::FailureKind;

/// A server that does not take a connection in this time is not there.
const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// Finds the server and connects once; `None` when Ctrl-C came first.
pub(super) async fn reach(
    target: &Target,
    route: Route,
    timeout: Duration,
    mut interrupt: watch::Receiver<bool>,
) -> anyhow::Result<Option<Server>> {
    let limit = timeout.min(PROBE_LIMIT);
    let over_socket = route.unix_socket.is_some();
    let wants_http2 = route.http2 && target.is_tls();
    let probe = tokio::select! {
        probe = tokio::time::timeout(limit, engine::probe(target, route)) => probe,
        _ = interrupt.wait_for(|stop| *stop) => return Ok(None),
    };
    let doing = format!("cannot reach `{target}`");
    let (host, port) = (target.host(), target.port());
    let Ok(probe) = probe else {
        let hint = if target.is_tls() {
            format!("does the server speak TLS on port {port} of `{host}`?")
        } else {
            format!("is a firewall between here and port {port} of `{host}`?")
        };
        return Err(failure(
            format!("{doing}: no connection within {limit:?}"),
            hint,
        ));
    };
    let hint = match &probe {
        Err(ProbeError::Dial(_)) if over_socket => {
            "name a socket that a server listens on".to_owned()
        }
        Err(ProbeError::Name { .. }) => "is the host name spelled right?".to_owned(),
        Err(ProbeError::Dial(why)) => match why.kind {
            FailureKind::Refused => {
                format!("start the server, or check that it listens on port {port} of `{host}`")
            }
            FailureKind::Tls => format!(
                "the certificate must be valid for `{host}`, or see `--cacert` and `--insecure`; a \
                 server without TLS is named with http://"
            ),
            FailureKind::Protocol if wants_http2 => {
                "leave out `--http2`, or switch HTTP/2 on in the server".to_owned()
            }
            FailureKind::Connect
            | FailureKind::ConnectTimeout
            | FailureKind::TlsTimeout
            | FailureKind::FirstByteTimeout
            | FailureKind::Timeout
            | FailureKind::Closed
            | FailureKind::Protocol
            | FailureKind::Redirect => {
                format!("check that port {port} of `{host}` can be reached from here")
            }
        },
        Ok(_) | Err(ProbeError::Setup(_)) => {
            "the host of an https:// URL must be a DNS name or an IP address, and certificate and \
             key must belong together"
                .to_owned()
        }
    };
    probe.hint(doing, hint).map(Some)
}
