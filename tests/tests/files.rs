//! SQLite's file when something is wrong with it, or with the place it is in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prom::prelude::*;
use prom::{Error, Kind, Result, transaction};
use tempfile::TempDir;

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    bar: i64,
    text: Option<String>,
}

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

/// The connection's name is the file's, which is unique in this process.
fn open(folder: &Path, name: &str, options: &str) -> Result<Connection> {
    prom::configure(&format!("sqlite://{}/{name}.db?{options}#files {name}", folder.display()))
}

async fn count(db: &Connection) -> Result<u64> {
    Foo::query().on(db).count().await
}

async fn foo(db: &Connection, bar: i64) -> Result<Foo> {
    Foo::create().bar(bar).on(db).await
}

fn error<T>(done: Result<T>) -> Error {
    done.err().expect("it is refused")
}

/// A file with `rows` rows, closed.
async fn file(folder: &Path, name: &str, rows: i64) -> Result<PathBuf> {
    let db = open(folder, name, "")?;
    let draft = |bar| Foo::draft().bar(bar).text("x".repeat(200));
    Foo::create_many((0..rows).map(draft)).on(&db).await?;
    db.close().await?;
    Ok(folder.join(format!("{name}.db")))
}

/// Fills the database until there is no room, and looks what is left then.
async fn fill_up(folder: &Path, name: &str, kinds: &[Kind]) -> Result<()> {
    let db = open(folder, name, "")?;
    foo(&db, 1).await?;
    let many = || (0..3_000).map(|bar| Foo::draft().bar(bar).text("x".repeat(2_000)));
    let full = error(Foo::create_many(many()).on(&db).await);
    assert!(kinds.contains(&full.kind()), "{full:?}");
    assert_eq!(count(&db).await?, 1, "nothing of it is kept");
    let done = transaction(async {
        Foo::create().bar(2).await?;
        let first = error(Foo::create_many(many()).await);
        assert!(kinds.contains(&first.kind()), "{first:?}");
        assert_eq!(error(Foo::query().count().await).kind(), Kind::TransactionAborted);
        Ok::<_, Error>(())
    });
    assert_eq!(error(done.on(&db).await).kind(), Kind::TransactionAborted);
    transaction(async {
        Foo::create().bar(3).await?;
        let within = transaction(async { Foo::create_many(many()).await.map(drop) });
        assert!(kinds.contains(&error(within.await).kind()));
        // Whether SQLite has ended the whole is its own affair; it is not kept by halves.
        match Foo::create().bar(4).await {
            Err(it) if it.kind() == Kind::TransactionAborted => Ok(()),
            done => done.map(drop),
        }
    })
    .on(&db)
    .await
    .or_else(|it| if it.kind() == Kind::TransactionAborted { Ok(()) } else { Err(it) })?;
    let left = count(&db).await?;
    assert!(left == 1 || left == 3, "{left}");
    foo(&db, 5).await?;
    assert_eq!(count(&db).await?, left + 1);
    let whole: String = prom::raw("SELECT * FROM pragma_integrity_check()").on(&db).only().await?;
    assert_eq!(whole, "ok");
    db.close().await
}

/// A file system of its own, where that may be made; its end is its own.
struct Small(TempDir);

impl Small {
    fn new() -> Option<Self> {
        let folder = folder();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(folder.path());
        let is_mounted = mount.output().is_ok_and(|it| it.status.success());
        is_mounted.then_some(Self(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[tokio::test]
async fn a_disk_that_is_full_keeps_what_was_there() -> Result<()> {
    match Small::new() {
        Some(small) => fill_up(small.0.path(), "full", &[Kind::Full]).await,
        None => {
            println!(
                "no file system could be mounted, which only root may; the limit of a process is tested"
            );
            Ok(())
        }
    }
}

#[tokio::test]
async fn a_file_that_may_not_grow_keeps_what_was_there() -> Result<()> {
    if std::env::var_os("CHILD").is_some() {
        let folder = folder();
        fill_up(folder.path(), "limited", &[Kind::Full, Kind::Io]).await?;
        println!("got: it stands");
        return Ok(());
    }
    let mut child = Command::new("sh");
    // In blocks of 512 bytes; without the signal, the write is an error.
    child.args(["-c", "trap '' XFSZ; ulimit -f 4000; exec \"$0\" \"$@\""]);
    child.arg(std::env::current_exe().expect("the test's own path"));
    child.args(["--exact", "a_file_that_may_not_grow_keeps_what_was_there", "--nocapture"]);
    let output = child.env("CHILD", "1").output().expect("it runs");
    assert!(String::from_utf8_lossy(&output.stdout).contains("got: it stands"), "{output:?}");
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_only_read_refuses_to_be_written() -> Result<()> {
    let folder = folder();
    file(folder.path(), "read", 3).await?;
    let db =
        prom::configure(&format!("sqlite://{}/read.db?readonly=1#files readonly", folder.path().display()))?;
    assert_eq!(count(&db).await?, 3);
    assert_eq!(error(foo(&db, 1).await).kind(), Kind::ReadOnly);
    let done = transaction(async {
        assert_eq!(Foo::query().count().await?, 3);
        Foo::create().bar(1).await
    });
    assert_eq!(error(done.on(&db).await).kind(), Kind::ReadOnly);
    transaction(async { Foo::query().count().await }).on(&db).await?;
    assert_eq!(count(&db).await?, 3);
    Ok(())
}

#[tokio::test]
async fn what_is_no_database_is_told_apart() -> Result<()> {
    let folder = folder();
    let path = folder.path();
    fs::write(
        path.join("text.db"),
        "this is no database, but a text that is long enough to be one\n".repeat(20),
    )
    .expect("it is written");
    fs::create_dir(path.join("folder.db")).expect("it is made");
    fs::write(path.join("blocked"), "a file where a folder should be").expect("it is written");
    for (name, text) in
        [("text", "not a SQLite database"), ("folder", "folder.db"), ("blocked/in_it", "blocked")]
    {
        let db = prom::configure(&format!(
            "sqlite://{}/{name}.db#files not {}",
            path.display(),
            name.replace('/', " ")
        ))?;
        for _ in 0..2 {
            let error = error(count(&db).await);
            assert_eq!(error.kind(), Kind::Connect, "{name}: {error:?}");
            assert!(error.to_string().contains(text), "{error}");
        }
        let done = transaction(async { Foo::create().bar(1).await }).on(&db).await;
        assert_eq!(error(done).kind(), Kind::Connect);
        assert_eq!(error(db.begin().await).kind(), Kind::Connect);
    }
    // A folder that is missing is made.
    let db = prom::configure(&format!("sqlite://{}/a/b/c.db#files deep", path.display()))?;
    foo(&db, 1).await?;
    assert!(path.join("a/b/c.db").is_file());
    // And what was mended is opened.
    fs::remove_dir(path.join("folder.db")).expect("it is empty");
    let db = prom::connection("files not folder")?;
    foo(&db, 1).await?;
    assert_eq!(count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_damaged_file_is_said_to_be_damaged() -> Result<()> {
    let folder = folder();
    let path = file(folder.path(), "damaged", 2_000).await?;
    let mut bytes = fs::read(&path).expect("it is there");
    for page in bytes.chunks_mut(4096).skip(2) {
        page.fill(0xa5);
    }
    fs::write(&path, bytes).expect("it is written");
    let db = open(folder.path(), "damaged", "")?;
    let text = |db: &Connection| Foo::query().on(db).asc_text().get();
    let first = error(text(&db).await);
    assert_eq!(first.kind(), Kind::Corrupt, "{first:?}");
    assert!(first.to_string().contains("integrity_check"), "{first}");
    let done = transaction(async {
        assert_eq!(error(Foo::query().asc_text().get().await).kind(), Kind::Corrupt);
        Ok::<_, Error>(())
    });
    assert_eq!(error(done.on(&db).await).kind(), Kind::TransactionAborted);
    assert_eq!(error(Foo::query().asc_text().on(&db).stream().try_next().await).kind(), Kind::Corrupt);
    // The connection itself works.
    assert_eq!(prom::raw("SELECT 1").on(&db).only::<i64>().await?, 1);
    db.close().await
}

/// What is written to a file that is not at its place would be lost.
async fn is_moved(db: &Connection) {
    let first = error(foo(db, 9).await);
    assert_eq!((first.kind(), first.code()), (Kind::Io, Some("1032")), "{first:?}");
    assert!(first.to_string().contains("close()"), "{first}");
    let done = transaction(async { Foo::create().bar(9).await }).on(db).await;
    let first = error(done);
    assert_eq!((first.kind(), first.code()), (Kind::Io, Some("1032")), "{first:?}");
}

fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", path.display()));
    }
}

#[tokio::test]
async fn a_file_that_was_deleted_or_replaced_is_opened_anew_after_a_close() -> Result<()> {
    let folder = folder();
    for journal in ["wal", "delete"] {
        let options = format!("journal_mode={journal}");
        let name = format!("deleted_{journal}");
        let db = open(folder.path(), &name, &options)?;
        let path = folder.path().join(format!("{name}.db"));
        foo(&db, 1).await?;
        remove(&path);
        is_moved(&db).await;
        db.close().await?;
        assert_eq!(count(&db).await?, 0, "a new one, as at the first use");
        foo(&db, 1).await?;

        let other = file(folder.path(), &format!("other_{journal}"), 5).await?;
        fs::rename(&path, folder.path().join(format!("moved_{journal}"))).expect("it is there");
        remove(&path);
        fs::rename(&other, &path).expect("it is there");
        is_moved(&db).await;
        db.close().await?;
        assert_eq!(count(&db).await?, 5, "what is there now");
        foo(&db, 1).await?;
        assert_eq!(count(&db).await?, 6);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_waits_for_a_transaction_but_not_for_ever() -> Result<()> {
    let folder = folder();
    let db = open(folder.path(), "closed", "pool_timeout=1s")?;
    foo(&db, 1).await?;
    let tx = db.begin().await?;
    Foo::create().bar(2).on(&tx).await?;
    let first = error(db.close().await);
    assert_eq!(first.kind(), Kind::PoolTimeout, "{first:?}");
    // Nothing was taken away from it.
    Foo::create().bar(3).on(&tx).await?;
    tx.commit().await?;
    db.close().await?;
    assert_eq!(count(&db).await?, 3);
    let reading = db.begin().read_only().await?;
    assert_eq!(Foo::query().on(&reading).count().await?, 3);
    assert_eq!(error(db.close().await).kind(), Kind::PoolTimeout);
    drop(reading);
    db.close().await?;
    assert!(!db.is_open());
    assert_eq!(count(&db).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_waits_for_a_stream_but_not_for_ever() -> Result<()> {
    let folder = folder();
    let db = open(folder.path(), "streamed", "pool_timeout=1s")?;
    Foo::create_many((0..5_000).map(|bar| Foo::draft().bar(bar))).on(&db).await?;
    let mut rows = Foo::query().asc_bar().on(&db).stream();
    assert!(rows.try_next().await?.is_some());
    assert_eq!(error(db.close().await).kind(), Kind::PoolTimeout);
    let mut seen = 1;
    while rows.try_next().await?.is_some() {
        seen += 1;
    }
    assert_eq!(seen, 5_000);
    let mut rows = Foo::query().asc_bar().on(&db).stream();
    assert!(rows.try_next().await?.is_some());
    drop(rows);
    db.close().await?;
    assert_eq!(count(&db).await?, 5_000);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belonged_to_a_replaced_connection_stays_there() -> Result<()> {
    let folder = folder();
    let old = open(folder.path(), "old", "")?;
    let mut row = foo(&old, 1).await?;
    old.close().await?;
    let dsn = format!("sqlite://{}/new.db#files old", folder.path().display());
    let new = prom::configure(&dsn)?;
    foo(&new, 10).await?;
    // A handle knows what it is of; a row goes by it.
    row.bar = 2;
    let lost = error(row.save().await);
    assert_eq!(lost.kind(), Kind::Invalid);
    assert!(lost.to_string().contains("replaced"), "{lost}");
    row.save().on(&old).await?;
    assert_eq!(Foo::query().on(&old).only().await?.bar, 2);
    let tx = old.begin().await?;
    row.bar = 3;
    row.save().on(&tx).await?;
    let named = transaction(async { Foo::create().bar(11).on(&new).await });
    named.named("files old").await?;
    tx.commit().await?;
    assert_eq!((count(&old).await?, count(&new).await?), (1, 2));
    assert_eq!(Foo::query().on(&old).only().await?.bar, 3);
    // Neither can be replaced by name while it is open; the old one has no name any more.
    assert_eq!(error(prom::configure(&dsn)).kind(), Kind::Invalid);
    old.close().await?;
    new.close().await
}

/// Where something of the model's had vanished, a statement is sent once more after
/// its trigger found a table missing: the first try did nothing.
#[tokio::test]
async fn what_is_repeated_after_a_repair_leaves_nothing_of_the_first_try() -> Result<()> {
    let folder = folder();
    let db = open(folder.path(), "repairs", "")?;
    let mut row = foo(&db, 1).await?;
    prom::raw("ALTER TABLE foo DROP COLUMN text").on(&db).execute().await?;
    let sql = "CREATE TRIGGER tell AFTER INSERT ON foo BEGIN INSERT INTO missing VALUES (NEW.bar); END";
    prom::raw(sql).on(&db).execute().await?;
    let sql = "CREATE TRIGGER tell_more AFTER UPDATE ON foo BEGIN INSERT INTO missing VALUES (NEW.bar); END";
    prom::raw(sql).on(&db).execute().await?;
    // The first time the column is added, and then all is there.
    for round in 0..2 {
        row.bar += 1;
        let many = (2..5).map(|bar| Foo::draft().bar(bar));
        let told = [
            foo(&db, 2).await.map(drop),
            Foo::create_many(many).on(&db).await.map(drop),
            row.save().on(&db).await,
            Foo::query().eq_bar(1).set_bar(5).on(&db).update().await.map(drop),
            Foo::query().eq_bar(1).set_bar(5).on(&db).update().returning().await.map(drop),
        ];
        for done in told {
            assert_eq!(error(done).kind(), Kind::TableMissing);
        }
        let bars: Vec<i64> = prom::raw("SELECT bar FROM foo").on(&db).all().await?;
        assert_eq!(bars, [1], "in round {round}");
    }
    // A statement of the user's own is not repeated, whatever is missing.
    prom::raw("CREATE TABLE missing (bar)").on(&db).execute().await?;
    prom::raw("ALTER TABLE foo DROP COLUMN _created").on(&db).execute().await?;
    let raw = prom::raw("INSERT INTO foo (bar, _created) VALUES (9, 0)").on(&db).execute().await;
    assert_eq!(error(raw).kind(), Kind::FieldMissing);
    let columns: Vec<String> = prom::raw("SELECT name FROM pragma_table_info('foo')").on(&db).all().await?;
    assert!(!columns.iter().any(|it| it == "_created"), "nothing was repaired for it");
    Ok(())
}
