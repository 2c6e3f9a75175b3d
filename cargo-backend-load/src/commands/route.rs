//! The flags that say how the server is reached, as a route.

use std::path::Path;

use cargo_backend_shared::error::{Hint as _, failure};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::cli::ConnectionArgs;
use crate::engine::route::{Authorities, Identity, Limits, Route, Trust};

/// Reads the flags and the files that they name, relative to `directory`.
pub(super) fn route(args: &ConnectionArgs, directory: &Path) -> anyhow::Result<Route> {
    let authorities = match &args.cacert {
        Some(file) => Authorities::Only(certificates(file, directory)?),
        None if args.insecure => Authorities::Anybody,
        None => Authorities::Public,
    };
    let identity = match (&args.cert, &args.key) {
        (Some(cert), Some(key)) => Some(Identity {
            chain: certificates(cert, directory)?,
            key: private_key(key, directory)?,
        }),
        // clap asks for both or neither.
        (Some(_), None) | (None, Some(_) | None) => None,
    };
    Ok(Route {
        http2: args.http2,
        closes: args.no_keep_alive,
        redirects: args.follow_redirects.unwrap_or(0),
        resolve: args.resolve.clone(),
        unix_socket: args.unix_socket.as_ref().map(|path| directory.join(path)),
        trust: Trust {
            authorities,
            identity,
        },
        limits: Limits {
            connect: args.connect_timeout,
            tls: args.tls_timeout,
            first_byte: args.first_byte_timeout,
        },
    })
}

fn certificates(file: &Path, directory: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let text = read(file, directory)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .filter_map(Result::ok)
        .collect();
    if certificates.is_empty() {
        return Err(failure(
            format!("`{}` holds no certificate", file.display()),
            "a PEM file has a line `-----BEGIN CERTIFICATE-----`",
        ));
    }
    Ok(certificates)
}

fn private_key(file: &Path, directory: &Path) -> anyhow::Result<PrivateKeyDer<'static>> {
    let text = read(file, directory)?;
    // What is wrong with a key is not shown: it could show the key.
    PrivateKeyDer::from_pem_slice(&text).map_err(|_unreadable| {
        failure(
            format!("`{}` holds no private key", file.display()),
            "a PEM file has a line such as `-----BEGIN PRIVATE KEY-----`; a key with a password \
             must be decrypted first",
        )
    })
}

fn read(file: &Path, directory: &Path) -> anyhow::Result<Vec<u8>> {
    fs_err::read(directory.join(file)).hint(
        format!("cannot read `{}`", file.display()),
        "name a PEM file that exists and can be read",
    )
}
