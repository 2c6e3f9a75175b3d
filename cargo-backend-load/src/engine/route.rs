//! How a server is reached, beside its URL.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What the user wants done differently from the usual way.
#[derive(Debug, Default)]
pub(crate) struct Route {
    /// Speak HTTP/2 instead of HTTP/1.1.
    pub(crate) http2: bool,
    /// Close each connection after its first request.
    pub(crate) closes: bool,
    /// How many redirects of one request are followed.
    pub(crate) redirects: u32,
    /// Addresses that are not asked of a name server.
    pub(crate) resolve: Vec<Resolve>,
    /// Connect here, whatever host the URL names.
    pub(crate) unix_socket: Option<PathBuf>,
    pub(crate) trust: Trust,
    pub(crate) limits: Limits,
}

/// The address of a host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolve {
    /// In small letters.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) address: IpAddr,
}

/// Whom we trust, and who we say we are.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    pub(crate) authorities: Authorities,
    /// The certificate that we show, with its key.
    pub(crate) identity: Option<Identity>,
}

/// Who may vouch for a server.
#[derive(Debug, Default)]
pub(crate) enum Authorities {
    /// The authorities that browsers trust.
    #[default]
    Public,
    /// These and no others.
    Only(Vec<CertificateDer<'static>>),
    /// Nobody needs to.
    Anybody,
}

/// A certificate with the others that vouch for it, and its key.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(***)")
    }
}

/// Time limits within a request; where there is none, that of the whole request holds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    pub(crate) connect: Option<Duration>,
    pub(crate) tls: Option<Duration>,
    pub(crate) first_byte: Option<Duration>,
}
