//! A generated service, built and running.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// A running service; it is stopped when dropped.
#[derive(Debug)]
pub struct Service {
    child: Child,
    address: String,
}

/// What a service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The head as it came, lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Service {
    /// Starts a built service on a free port and waits until it answers.
    ///
    /// # Errors
    /// When it cannot be started or does not answer within 20 s; the message has what it logged.
    pub fn start(program: &Path, folder: &Path, database: &str) -> anyhow::Result<Self> {
        Self::start_with(program, folder, database, &[])
    }

    /// As [`Self::start`], with settings.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(
        program: &Path,
        folder: &Path,
        database: &str,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let log_path = folder.join("service.log");
        let log = fs_err::File::create(&log_path)?;
        let child = Command::new(program)
            .current_dir(folder)
            .env("DATABASE_URL", database)
            .env("BIND_ADDRESS", &address)
            .env("RUST_LOG", "warn")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.file().try_clone()?)
            .stderr(log.file().try_clone()?)
            .spawn()
            .with_context(|| format!("cannot start `{}`", program.display()))?;
        let mut service = Self { child, address };
        let started = Instant::now();
        loop {
            if service
                .get("/health/ready")
                .is_ok_and(|answer| answer.status == 200)
            {
                return Ok(service);
            }
            if let Some(status) = service.child.try_wait()? {
                bail!(
                    "the service ended with {status}: {}",
                    fs_err::read_to_string(&log_path)?
                );
            }
            if started.elapsed() > Duration::from_secs(20) {
                bail!(
                    "the service does not get ready: {}",
                    fs_err::read_to_string(&log_path)?
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// One GET.
    ///
    /// # Errors
    /// When the service cannot be reached or does not speak HTTP.
    pub fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send("GET", path, "")
    }

    /// One request with a JSON body (none where it is empty), on a connection of its own.
    ///
    /// # Errors
    /// When the service cannot be reached or does not speak HTTP.
    pub fn send(&self, method: &str, path: &str, body: &str) -> anyhow::Result<Answer> {
        let kind = if body.is_empty() {
            String::new()
        } else {
            format!(
                "content-type: application/json\r\ncontent-length: {}\r\n",
                body.len()
            )
        };
        self.send_raw(&format!(
            "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{kind}\r\n{body}"
        ))
    }

    /// One request as it is given, to the end of the connection.
    ///
    /// # Errors
    /// When the service cannot be reached or does not speak HTTP.
    pub fn send_raw(&self, request: &str) -> anyhow::Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.write_all(request.as_bytes())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        let text = String::from_utf8(bytes).context("the answer is not UTF-8")?;
        let (head, body) = text
            .split_once("\r\n\r\n")
            .context("the answer has no head")?;
        let status = head
            .split_whitespace()
            .nth(1)
            .and_then(|code| code.parse().ok())
            .context("the answer has no status")?;
        Ok(Answer {
            status,
            head: head.to_lowercase(),
            body: body.to_owned(),
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
