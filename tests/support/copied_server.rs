//! A copy of the server under test, for tests that stop one.

use super::company::Company;
use super::program;
use postgres::{Client, NoTls};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// Stopped and deleted with this value.
pub struct CopiedServer {
    data: PathBuf,
    port: u16,
}

/// Where the server under test keeps its data, and copies of it can lie.
pub fn server_directory(company: &Company) -> PathBuf {
    let data: String = company
        .database
        .connect()
        .query_one("SHOW data_directory", &[])
        .expect("SHOW")
        .get(0);
    PathBuf::from(data).parent().expect("a parent").to_owned()
}

/// A command that runs as the user whom the server belongs to, which is not root.
pub fn as_server(program: &Path, directory: &Path) -> Command {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(directory).expect("the server's directory");
    let mut command =
        if std::env::var("USER").is_ok_and(|user| user != "root") && owner.uid() != 0 && !is_root()
        {
            Command::new(program)
        } else {
            let mut command = Command::new("setpriv");
            command.args([
                format!("--reuid={}", owner.uid()),
                format!("--regid={}", owner.gid()),
                "--clear-groups".to_owned(),
            ]);
            command.arg(program);
            command
        };
    command
        .current_dir("/")
        .stdout(Stdio::null())
        .stdin(Stdio::null());
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

/// Runs a command that must succeed.
pub fn run(mut command: Command) {
    let status = command.status().expect("a program of the server");
    assert!(status.success(), "{command:?}");
}

/// One copy at a time, and once more where it fails: a checkpoint, as by another copy or by DROP DATABASE, may
/// take away the log that it was about to receive.
fn copy(directory: &Path, data: &Path, options: &[&str]) {
    static COPYING: Mutex<()> = Mutex::new(());
    let _alone = COPYING.lock();
    let copies = || {
        let mut backup = as_server(&program("pg_basebackup"), directory);
        backup
            .args(["--checkpoint=fast", "--no-sync"])
            .args(options);
        backup.arg("-D").arg(data);
        backup.status().expect("pg_basebackup").success()
    };
    assert!((0..5).any(|_| copies()), "no copy of {}", data.display());
}

impl CopiedServer {
    /// A copy that runs; `options` are those of pg_basebackup: with a recovery configuration it is a standby,
    /// else a server of its own.
    pub fn start(company: &Company, options: &[&str]) -> CopiedServer {
        Self::start_with(company, options, &[])
    }

    /// The same with settings of its own, each a line of its postgresql.conf.
    pub fn start_with(company: &Company, options: &[&str], settings: &[&str]) -> CopiedServer {
        let directory = server_directory(company);
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let data = directory.join(format!("copy_for_{}_{port}", company.database.name()));
        copy(&directory, &data, options);
        let server = CopiedServer { data, port };
        server.set(settings);
        server.start_again();
        server
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Settings for its next start.
    fn set(&self, settings: &[&str]) {
        use std::io::Write;
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(self.data.join("postgresql.conf"))
            .expect("its postgresql.conf");
        for setting in settings {
            writeln!(file, "{setting}").expect("a setting");
        }
    }

    pub fn start_again(&self) {
        let mut start = as_server(&program("pg_ctl"), self.directory());
        start
            .args(["start", "-w", "-t", "60", "-D"])
            .arg(&self.data);
        start.arg("-l").arg(self.data.join("copy.log"));
        start.args([
            "-o",
            &format!(
                "-c port={} -c unix_socket_directories={}",
                self.port,
                self.data.display()
            ),
        ]);
        run(start);
    }

    /// As a crash does: nothing is written any more.
    pub fn crash(&self) {
        let mut stop = as_server(&program("pg_ctl"), self.directory());
        stop.args(["stop", "-m", "immediate", "-D"]).arg(&self.data);
        run(stop);
    }

    /// A connection of a role.
    pub fn connect(&self, company: &Company, role: &str) -> Client {
        self.connect_to(company.database.name(), role)
    }

    /// The same to another database.
    pub fn connect_to(&self, database: &str, role: &str) -> Client {
        self.try_to_connect(database, role)
            .expect("a connection to the copy")
    }

    /// The same while the server may not be there.
    pub fn try_to_connect(&self, database: &str, role: &str) -> Result<Client, postgres::Error> {
        let mut config = postgres::Config::new();
        config
            .host("127.0.0.1")
            .port(self.port)
            .user(role)
            .dbname(database);
        config.connect(NoTls)
    }

    fn directory(&self) -> &Path {
        self.data.parent().expect("a parent")
    }
}

impl Drop for CopiedServer {
    fn drop(&mut self) {
        let mut stop = as_server(&program("pg_ctl"), self.directory());
        stop.args(["stop", "-m", "immediate", "-D"]).arg(&self.data);
        let _ = stop.status();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}
