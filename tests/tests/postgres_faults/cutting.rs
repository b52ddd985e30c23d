//! A network that breaks after any number of bytes, by hanging up or in silence.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use prom::prelude::*;
use prom::{Error, Kind, Result};
use prom_cluster::Database;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::setup::{connect, database};
use crate::{Half, pair, pairs};

/// How many bytes still get through, there and back, on all connections together.
struct Wire {
    left: [AtomicI64; 2],
    is_silent: AtomicBool,
}

const WHOLE: i64 = 1 << 40;

impl Wire {
    fn mend(&self) {
        self.is_silent.store(false, Ordering::SeqCst);
        self.left.iter().for_each(|it| it.store(WHOLE, Ordering::SeqCst));
    }

    /// How many bytes have got through since it was mended.
    fn passed(&self, way: usize) -> i64 {
        WHOLE - self.left[way].load(Ordering::SeqCst)
    }

    async fn pass(&self, way: usize, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let wanted = i64::try_from(count).expect("a small number");
            let left = self.left[way].fetch_sub(wanted, Ordering::SeqCst).clamp(0, wanted);
            let fits = usize::try_from(left).expect("a small number");
            if to.write_all(&buffer[..fits]).await.is_err() {
                return;
            }
            if fits < count {
                return;
            }
        }
    }
}

async fn wire(server: String) -> (SocketAddr, Arc<Wire>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let wire = Arc::new(Wire { left: [WHOLE, WHOLE].map(AtomicI64::new), is_silent: AtomicBool::new(false) });
    let handle = wire.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (wire, server) = (wire.clone(), server.clone());
            tokio::spawn(async move {
                let far = TcpStream::connect(server).await.expect("the server");
                let ((from_near, to_near), (from_far, to_far)) = (near.split(), far.into_split());
                tokio::select! {
                    () = wire.pass(0, from_near, to_far) => {}
                    () = wire.pass(1, from_far, to_near) => {}
                }
                if wire.is_silent.load(Ordering::SeqCst) {
                    // The server has been hung up on: a login that never ends would hold up the other tests.
                    tokio::time::sleep(2 * HANGS).await;
                }
            });
        }
    });
    (address, handle)
}

/// Far longer than any deadline here, and than any machine makes of it.
const HANGS: Duration = Duration::from_secs(60);

/// A row in one statement, or in a transaction.
async fn write(db: &Connection, bar: i64, is_pair: bool) -> Result<()> {
    match is_pair {
        true => pair(db, bar).await,
        false => Half::create().bar(bar).half(-1).on(db).await.map(drop),
    }
}

/// Whether it is there, as it was told to be.
async fn judge(others: &Connection, bar: i64, is_pair: bool, told: &Result<()>) -> bool {
    let is_there = match is_pair {
        true => pairs(others).await.contains(&bar),
        false => Half::query().eq_bar(bar).on(others).count().await.expect("it counts") == 1,
    };
    match told {
        Ok(()) => assert!(is_there, "{bar}: an acknowledged one is lost"),
        Err(error) if error.kind() == Kind::OutcomeUnknown => {}
        Err(error) => {
            assert!(!is_there, "{bar}: a refused one is there: {error:?}");
            assert!(matches!(error.kind(), Kind::Closed | Kind::Connect | Kind::Deadline), "{error:?}");
        }
    }
    Half::query().eq_bar(bar).on(others).delete().await.expect("it is deleted");
    is_there
}

/// A connection by the wire, with these options, and one besides.
async fn through(database: &Database, options: &str) -> (Connection, Connection, Arc<Wire>) {
    let others = connect(&database.dsn(), "max_connections=1");
    let server = database.address();
    let (address, wire) = wire(format!("{}:{}", server.host(), server.port())).await;
    let there =
        database.dsn().replacen(&format!("{}:{}/", server.host(), server.port()), &format!("{address}/"), 1);
    let options = format!("max_connections=1&sslmode=disable&install=off&{options}");
    (connect(&there, &options), others, wire)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_gets_through_the_answer_is_true() -> Result<()> {
    let database = database("cutting");
    pair(&connect(&database.dsn(), ""), -1).await?;
    // What is hung up on needs no deadline.
    let (db, others, wire) = through(&database, "statement_timeout=0&connect_timeout=120s").await;
    let (mut unknown, mut kept, mut cuts, mut done) = (0, 0, 0, 0);
    for is_pair in [false, true] {
        wire.mend();
        write(&db, 0, is_pair).await?;
        judge(&others, 0, is_pair, &Ok(())).await;
        let whole = [wire.passed(0), wire.passed(1)];
        db.close().await?;
        for (way, bytes) in whole.into_iter().enumerate() {
            // Most of it is the login, and the end matters more.
            let points = (0..12).map(|it| bytes * it / 30).chain((0..36).map(|it| bytes - it * bytes / 58));
            for point in points {
                cuts += 1;
                wire.mend();
                wire.left[way].store(point, Ordering::SeqCst);
                let told = timeout(HANGS, write(&db, cuts, is_pair)).await;
                let told = told.unwrap_or_else(|_| panic!("it hangs after {point} bytes"));
                wire.mend();
                let is_there = judge(&others, cuts, is_pair, &told).await;
                done += i32::from(told.is_ok());
                if told.is_err_and(|it| it.kind() == Kind::OutcomeUnknown) {
                    unknown += 1;
                    kept += i32::from(is_there);
                }
                assert_eq!(Half::query().eq_half(0).on(&db).count().await?, 1, "it works again");
                db.close().await?;
            }
        }
    }
    println!("{cuts} cuts: {done} done, {unknown} unknown, of which {kept} are there");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_silence_nobody_waits_longer_than_he_said() {
    let database = Arc::new(database("silence"));
    pair(&connect(&database.dsn(), ""), -1).await.expect("it is there");
    let ways = [0, 1].into_iter().flat_map(|way| [3, 60, 80, 97].map(|part| (way, part)));
    let cases: Vec<_> =
        ways.map(|(way, part)| tokio::spawn(fall_silent(database.clone(), way, part))).collect();
    for it in cases {
        it.await.expect("no panic").expect("it works again");
    }
}

/// After `part` percent of the bytes.
async fn fall_silent(database: Arc<Database>, way: usize, part: i64) -> Result<()> {
    let (db, others, wire) = through(&database, "statement_timeout=2s&connect_timeout=3s").await;
    let bar = part + if way == 0 { 0 } else { 100 };
    wire.mend();
    write(&db, bar, true).await?;
    judge(&others, bar, true, &Ok(())).await;
    let whole = wire.passed(way);
    db.close().await?;
    wire.mend();
    wire.is_silent.store(true, Ordering::SeqCst);
    wire.left[way].store(whole * part / 100, Ordering::SeqCst);
    // The wire is silent for longer than that.
    let told = timeout(HANGS, write(&db, bar, true)).await;
    let told = told.unwrap_or_else(|_| panic!("who has a deadline waits after {part} % of the bytes"));
    wire.mend();
    println!("{part} % of way {way}: {:?}", told.as_ref().err().map(Error::kind));
    judge(&others, bar, true, &told).await;
    assert!(Half::query().on(&db).count().await? >= 2, "it works again");
    Ok(())
}
