//! CASES 91, 97: on a hot standby a revoke holds once it is replayed, also for a session that remembers and
//! for a transaction that is open; reading there works from the first query and assigns no transaction id.

mod support;

use postgres::{Client, NoTls};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use support::company::{Company, act_for, company, count, leads_of, wait_until};
use support::program;

/// A standby of the server under test, stopped and deleted with this value.
struct Standby {
    data: PathBuf,
    port: u16,
}

fn server_directory(company: &Company) -> PathBuf {
    let data: String = company
        .database
        .connect()
        .query_one("SHOW data_directory", &[])
        .expect("SHOW")
        .get(0);
    PathBuf::from(data).parent().expect("a parent").to_owned()
}

/// A command that runs as the user whom the server belongs to, which is not root.
fn as_server(program: &std::path::Path, directory: &std::path::Path) -> Command {
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

impl Standby {
    fn start(company: &Company) -> Standby {
        let directory = server_directory(company);
        let data = directory.join("standby");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .expect("a port")
            .port();
        let run = |mut command: Command| {
            let status = command.status().expect("a program of the server");
            assert!(status.success(), "{command:?}");
        };
        let mut backup = as_server(&program("pg_basebackup"), &directory);
        backup
            .args([
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
                "-D",
            ])
            .arg(&data);
        run(backup);
        let mut start = as_server(&program("pg_ctl"), &directory);
        start.args(["start", "-w", "-t", "60", "-D"]).arg(&data);
        start.arg("-l").arg(directory.join("standby.log"));
        start.args([
            "-o",
            &format!(
                "-c port={port} -c unix_socket_directories={}",
                data.display()
            ),
        ]);
        let standby = Standby { data, port };
        run(start);
        standby
    }

    fn connect(&self, company: &Company) -> Client {
        let mut config = postgres::Config::new();
        config
            .host("127.0.0.1")
            .port(self.port)
            .user(&company.app)
            .dbname(company.database.name());
        config.connect(NoTls).expect("a connection to the standby")
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        let directory = self.data.parent().expect("a parent").to_owned();
        let mut stop = as_server(&program("pg_ctl"), &directory);
        stop.args(["stop", "-m", "immediate", "-D"]).arg(&self.data);
        let _ = stop.status();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

#[test]
fn a_replayed_revoke_is_obeyed() {
    let company = company("standby");
    let standby = Standby::start(&company);
    let mut primary = company.database.connect();
    let mut reader = standby.connect(&company);
    for key in ["rep1", "manager", "admin", "nobody"] {
        act_for(&mut reader, key);
        assert_eq!(count(&mut reader), leads_of(key), "{key}");
    }
    act_for(&mut reader, "manager");
    // Prepared, remembered, and in an open transaction: the next statement obeys all the same.
    reader
        .batch_execute("SET plan_cache_mode = force_generic_plan")
        .expect("SET");
    let statement = reader
        .prepare("SELECT count(*) FROM leads")
        .expect("prepare");
    let seen =
        |reader: &mut Client| -> i64 { reader.query_one(&statement, &[]).expect("a count").get(0) };
    reader.batch_execute("BEGIN").expect("BEGIN");
    assert_eq!(seen(&mut reader), leads_of("manager"));
    let mut repeatable = standby.connect(&company);
    act_for(&mut repeatable, "manager");
    repeatable
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        .expect("BEGIN");
    assert_eq!(count(&mut repeatable), leads_of("manager"));

    primary
        .batch_execute("SELECT sharing.set_user_role('manager', NULL)")
        .expect("revoke");
    let replayed = |reader: &mut Client, primary: &mut Client| {
        let now: String = primary
            .query_one("SELECT pg_current_wal_lsn()::text", &[])
            .expect("LSN")
            .get(0);
        wait_until("the standby's replay", || {
            let query = format!("SELECT pg_last_wal_replay_lsn() >= '{now}'::pg_lsn");
            reader.query_one(&query, &[]).expect("LSN").get(0)
        });
    };
    let mut observer = standby.connect(&company);
    replayed(&mut observer, &mut primary);
    assert_eq!(seen(&mut reader), 0, "an open transaction");
    let me = reader
        .query_one("SELECT user_key, active FROM sharing.whoami()", &[])
        .expect("whoami on a standby");
    assert_eq!((me.get(0), me.get(1)), (Some("manager"), Some(true)));
    let xid: Option<String> = reader
        .query_one("SELECT pg_current_xact_id_if_assigned()::text", &[])
        .expect("xid")
        .get(0);
    assert_eq!(xid, None);
    reader.batch_execute("COMMIT").expect("COMMIT");
    assert_eq!(seen(&mut reader), 0);
    assert_eq!(
        count(&mut repeatable),
        leads_of("manager"),
        "by its own snapshot"
    );
    repeatable.batch_execute("COMMIT").expect("COMMIT");
    assert_eq!(count(&mut repeatable), 0);

    primary
        .batch_execute("SELECT sharing.set_user_role('manager', 'Manager')")
        .expect("grant");
    replayed(&mut observer, &mut primary);
    assert_eq!(seen(&mut reader), leads_of("manager"));

    // What is staged can be previewed there.
    primary
        .batch_execute("SELECT sharing.set_global_access('leads', 'public_read_only')")
        .expect("a change");
    replayed(&mut observer, &mut primary);
    act_for(&mut reader, "admin");
    let gained: Option<i64> = reader
        .query_one(
            "SELECT max(gained) FROM sharing.preview_rules() WHERE user_key = 'rep1'",
            &[],
        )
        .expect("preview_rules on a standby")
        .get(0);
    assert_eq!(gained, Some(leads_of("admin") - leads_of("rep1")));
}
