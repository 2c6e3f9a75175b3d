//! How the server is reached, on the command line.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::span;
use crate::engine::route::Resolve;

// No doc comment: it would replace the description of the command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// Speak HTTP/2, without TLS too; each user has a connection of its own and sends one request
    /// at a time
    #[arg(long, conflicts_with = "no_keep_alive")]
    pub(crate) http2: bool,

    /// Open a connection for every request
    #[arg(long)]
    pub(crate) no_keep_alive: bool,

    /// Follow so many redirects of a request, each of them to the server of the URL only; one to
    /// another place, or one too many, is an error [default: 0, and 10 without a number]
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        default_missing_value = "10",
        require_equals = true,
        value_parser = clap::value_parser!(u32).range(0..=100)
    )]
    pub(crate) follow_redirects: Option<u32>,

    /// Send requests for this host and port to this address: `example.org:443:127.0.0.1`; can be
    /// given several times
    #[arg(long, value_name = "HOST:PORT:ADDRESS", value_parser = resolve, conflicts_with = "unix_socket")]
    pub(crate) resolve: Vec<Resolve>,

    /// Connect to a Unix socket; the URL still says host and path
    #[arg(long, value_name = "PATH")]
    pub(crate) unix_socket: Option<PathBuf>,

    /// Trust any certificate: for servers of your own only
    #[arg(short = 'k', long, conflicts_with = "cacert")]
    pub(crate) insecure: bool,

    /// Trust the authorities of this PEM file, and no others
    #[arg(long, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,

    /// The certificate that this side shows, a PEM file
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,

    /// The private key of --cert, a PEM file
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,

    /// How long connecting may take [default: as long as the request]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) connect_timeout: Option<Duration>,

    /// How long the TLS handshake may take [default: as long as the request]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) tls_timeout: Option<Duration>,

    /// How long the head of the answer may take, counted from the request [default: as long as
    /// the request]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) first_byte_timeout: Option<Duration>,
}

/// A host, a port and an address, as curl writes them; an IPv6 address may have brackets.
fn resolve(text: &str) -> Result<Resolve, String> {
    let fault = || {
        format!(
            "`{text}` is not a host, a port and an IP address such as `example.org:443:127.0.0.1`"
        )
    };
    let (host, rest) = text.split_once(':').ok_or_else(fault)?;
    let (port, address) = rest.split_once(':').ok_or_else(fault)?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let port = port.parse().map_err(|_no_number| fault())?;
    let address: IpAddr = address.parse().map_err(|_no_address| fault())?;
    if host.is_empty() {
        return Err(fault());
    }
    Ok(Resolve {
        host: host.to_ascii_lowercase(),
        port,
        address,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolution_is_a_host_a_port_and_an_address() {
        let expected = |address: &str| {
            Ok(Resolve {
                host: "example.org".into(),
                port: 443,
                address: address.parse().expect("an address"),
            })
        };
        assert_eq!(resolve("Example.org:443:127.0.0.1"), expected("127.0.0.1"));
        assert_eq!(resolve("example.org:443:[::1]"), expected("::1"));
        assert_eq!(resolve("example.org:443:::1"), expected("::1"));
        for wrong in [
            "example.org",
            "a:b:c",
            "a:80:localhost",
            ":80:127.0.0.1",
            "a:99999:::1",
        ] {
            assert!(resolve(wrong).is_err(), "{wrong}");
        }
    }
}
