//! A server of one test's own, to be stopped in the middle, or made a replica.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Nobody owns nothing else that could be harmed, and no server runs as root.
const NOBODY: u32 = 65_534;

/// A PostgreSQL server; it is stopped when dropped.
#[derive(Debug)]
pub struct OwnPostgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl OwnPostgres {
    /// Makes a data folder and starts a server on it, of the newest version that is installed.
    ///
    /// # Panics
    /// When none is, or it does not start.
    #[must_use]
    pub fn start() -> Self {
        let programs = postgres_programs();
        let server = Self {
            folder: owned_folder(),
            programs,
            port: free_port(),
        };
        let mut initdb = as_nobody(&server.programs.join("initdb"), server.folder.path());
        initdb.arg("--pgdata").arg(server.data());
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        ]);
        run(&mut initdb);
        server.again();
        server
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it as a power failure would: sessions are cut off, and it recovers when it starts.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        run(self.control("stop").args(["--mode", "immediate"]));
    }

    /// Stops it in good order.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop_in_order(&self) {
        run(self.control("stop").args(["--mode", "fast"]));
    }

    /// Starts it again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn again(&self) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c fsync=off -k {}",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log");
        run(self
            .control("start")
            .args(["--wait", "--options", &options, "--log"])
            .arg(log));
    }

    /// Makes it a replica, which follows nobody and only reads.
    ///
    /// # Panics
    /// When it does not start again.
    pub fn become_replica(&self) {
        self.stop_in_order();
        let signal = self.data().join("standby.signal");
        fs_err::write(&signal, "").expect("the data folder is ours");
        hand_over(&signal);
        self.again();
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn control(&self, what: &str) -> Command {
        let mut command = as_nobody(&self.programs.join("pg_ctl"), self.folder.path());
        command.arg(what).arg("--pgdata").arg(self.data());
        command
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        // It may have been stopped already.
        drop(self.control("stop").args(["--mode", "immediate"]).output());
    }
}

/// A MariaDB server that only reads, as a replica does; it is stopped when dropped.
#[derive(Debug)]
pub struct ReadOnlyMariaDb {
    // Dropped after the server is stopped.
    _folder: TempDir,
    server: Child,
    port: u16,
}

impl ReadOnlyMariaDb {
    /// Makes a data folder with a database `shop` and starts a server on it.
    ///
    /// # Panics
    /// When MariaDB is not installed, or does not start.
    #[must_use]
    pub fn start() -> Self {
        let folder = owned_folder();
        let data = folder.path().join("data");
        let mut install = as_nobody(Path::new("mariadb-install-db"), folder.path());
        install
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()));
        install.args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
        run(&mut install);
        let shop = data.join("shop");
        fs_err::create_dir(&shop).expect("a database is a folder");
        hand_over(&shop);
        let port = free_port();
        let mut command = as_nobody(Path::new("/usr/sbin/mariadbd"), folder.path());
        command
            .args(["--no-defaults", "--read-only", "--bind-address=127.0.0.1"])
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}/socket", folder.path().display()))
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = command.spawn().expect("MariaDB is installed");
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "MariaDB does not start"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Self {
            _folder: folder,
            server,
            port,
        }
    }

    /// Its database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}/shop", self.port)
    }
}

impl Drop for ReadOnlyMariaDb {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

fn postgres_programs() -> PathBuf {
    let versions = fs_err::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let version = |entry: std::io::Result<fs_err::DirEntry>| {
        let path = entry.expect("an entry").path().join("bin");
        path.join("initdb").exists().then_some(path)
    };
    let mut programs: Vec<PathBuf> = versions.filter_map(version).collect();
    programs.sort();
    programs.pop().expect("PostgreSQL is installed")
}

fn is_root() -> bool {
    fs_err::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn hand_over(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
}

fn owned_folder() -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("backend-server-")
        .tempdir()
        .expect("a temporary folder");
    hand_over(folder.path());
    folder
}

fn as_nobody(program: &Path, folder: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(program)
        .env("HOME", folder)
        .current_dir(folder);
    command
}

fn run(command: &mut Command) {
    // A server that is started keeps what it was given open.
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("it is installed");
    assert!(status.success(), "{command:?}");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
