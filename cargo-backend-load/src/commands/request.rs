//! The flags that describe a request, as a request.

use std::path::Path;

use cargo_backend_shared::error::{Hint as _, failure};

use crate::cli::RequestArgs;
use crate::request::{Header, HeaderError, Method, Request, Target, TargetError};

/// Reads URL, method, headers and body; a body in a file is read from `directory`.
pub(super) fn request(url: &str, args: &RequestArgs, directory: &Path) -> anyhow::Result<Request> {
    let target = Target::parse(url).map_err(|why| {
        let hint = match &why {
            TargetError::NotHttp(shown) if !shown.contains("://") => {
                format!("write `http://{shown}`, or see `--help` for the other commands")
            }
            TargetError::NotHttp(_) => "only HTTP can be loaded".to_owned(),
            TargetError::NotAUrl(_) => "write it like `http://localhost:8080/path`".to_owned(),
        };
        failure(why.to_string(), hint)
    })?;
    let headers: anyhow::Result<Vec<Header>> = args
        .headers
        .iter()
        .map(|text| {
            Header::parse(text).map_err(|why| {
                let hint = match why {
                    HeaderError::NoColon(_) | HeaderError::Name(_) => {
                        "write it as `--header 'Name: value'`"
                    }
                    HeaderError::Value(_) => "write the value in one line",
                    HeaderError::Ours(_) => "leave it out",
                };
                failure(why.to_string(), hint)
            })
        })
        .collect();
    let body = match args
        .body
        .as_deref()
        .map(|text| (text, text.strip_prefix('@')))
    {
        None => None,
        Some((_, Some(file))) => Some(fs_err::read(directory.join(file)).hint(
            format!("cannot read the body from `{file}`"),
            "`--body @FILE` sends a file, `--body TEXT` sends the text itself",
        )?),
        Some((text, None)) => Some(text.as_bytes().to_vec()),
    };
    let method = match &args.method {
        Some(name) => Method::parse(name).ok_or_else(|| {
            failure(
                format!("`{name}` cannot be a method"),
                "a method is one word, such as `GET` or `DELETE`",
            )
        })?,
        None if body.is_some() => Method::post(),
        None => Method::get(),
    };
    Ok(Request {
        method,
        target,
        headers: headers?,
        body: body.unwrap_or_default(),
    })
}
