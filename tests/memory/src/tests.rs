//! The interface by itself, as the rest of prom calls it.

use std::sync::Arc;

use prom_core::interface::{Begin, Done, Execute, Install, Interface, Leave, More};
use prom_core::query::{Assign, Compare, Delete, Filter, Insert, Request, Select, Update, Want};
use prom_core::schema::{FieldDef, IndexDef, KeyDef, OnDelete, Reference, Schema, Type};
use prom_core::{Dsn, Flow, Kind, Result, RowRef, Sink, Value};

use crate::MemoryInterface;

static FOO: Schema = Schema::new(
    "Foo",
    "foo",
    &[
        FieldDef::new("bar", Type::I64),
        FieldDef::new("name", Type::Text).nullable(true).ignore_case(),
        FieldDef::new("id", Type::I64).column("_id").key(KeyDef::Generated),
    ],
)
.with_indexes(&[IndexDef::unique("name", &["name"])]);

static CHILD: Schema = Schema::new(
    "Child",
    "child",
    &[
        FieldDef::new("id", Type::I64).column("_id").key(KeyDef::Generated),
        refers("strong", OnDelete::Cascade),
        refers("weak", OnDelete::SetNull),
        refers("firm", OnDelete::Restrict),
    ],
);

const fn refers(name: &'static str, on_delete: OnDelete) -> FieldDef {
    FieldDef::new(name, Type::I64).nullable(true).reference(Reference { target: || &FOO, on_delete })
}

fn field(schema: &'static Schema, name: &str) -> &'static FieldDef {
    schema.field(name).expect("the schema has it")
}

fn insert(bars: impl IntoIterator<Item = i64>) -> Arc<Request> {
    let values: Vec<_> = bars.into_iter().map(Value::I64).collect();
    let rows = values.len();
    Arc::new(Request::Insert(Insert::new(&FOO, vec![field(&FOO, "bar")], values, rows)))
}

fn named(name: &str) -> Arc<Request> {
    let fields = vec![field(&FOO, "bar"), field(&FOO, "name")];
    Arc::new(Request::Insert(Insert::new(&FOO, fields, vec![0.into(), name.into()], 1)))
}

fn child(name: &str, parent: i64) -> Arc<Request> {
    let fields = vec![field(&CHILD, name)];
    Arc::new(Request::Insert(Insert::new(&CHILD, fields, vec![parent.into()], 1)))
}

fn delete_foo(id: i64) -> Arc<Request> {
    let filter = Filter::Compare(field(&FOO, "id"), Compare::Eq, id.into());
    Arc::new(Request::Delete(Delete::new(&FOO, vec![filter])))
}

fn select(schema: &'static Schema) -> Arc<Request> {
    Arc::new(Request::Select(Select::new(schema)))
}

/// Keeps what it is given, and has room for so many rows at a time.
struct Keep {
    rows: Vec<Vec<Value>>,
    room: usize,
}

impl Keep {
    fn sink(room: usize) -> Box<dyn Sink> {
        Box::new(Self { rows: Vec::new(), room })
    }

    fn kept(sink: Box<dyn Sink>) -> Vec<Vec<Value>> {
        let sink: Box<dyn std::any::Any> = sink;
        sink.downcast::<Self>().expect("it was sent as such").rows
    }
}

impl Sink for Keep {
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow> {
        let cells: Result<Vec<_>> = (0..row.len()).map(|at| Ok(row.get(at)?.to_owned())).collect();
        self.rows.push(cells?);
        Ok(if self.rows.len() < self.room { Flow::Continue } else { Flow::Pause })
    }

    fn clear(&mut self) {
        self.rows.clear();
    }
}

async fn all(from: &(impl Execute + ?Sized), schema: &'static Schema) -> Result<Vec<Vec<Value>>> {
    Ok(Keep::kept(from.fetch(select(schema), Keep::sink(1)).await?))
}

/// What `bar` is in every row.
async fn bars(from: &(impl Execute + ?Sized)) -> Result<Vec<Value>> {
    Ok(all(from, &FOO).await?.into_iter().map(|mut it| it.swap_remove(0)).collect())
}

fn dsn(text: &str) -> Dsn {
    Dsn::parse(text).expect("it can be parsed")
}

async fn installed() -> Result<MemoryInterface> {
    let interface = MemoryInterface::from_dsn(&dsn("prom_memory::MemoryInterface://x"))?;
    interface.install(&[&FOO, &CHILD], Install::Auto).await?;
    Ok(interface)
}

fn values<const N: usize>(of: [i64; N]) -> [Value; N] {
    of.map(Value::I64)
}

#[test]
fn an_option_is_refused() {
    assert!(MemoryInterface::from_dsn(&dsn("prom_memory::MemoryInterface://x/y#z")).is_ok());
    let error = MemoryInterface::from_dsn(&dsn("prom_memory::MemoryInterface://x?sise=3"));
    assert_eq!(error.expect_err("there is no such option").kind(), Kind::Dsn);
}

#[tokio::test]
async fn a_table_that_is_not_there_is_said_to_be_missing() -> Result<()> {
    let interface = MemoryInterface::from_dsn(&dsn("prom_memory::MemoryInterface://x"))?;
    let fetched = all(&interface, &FOO).await;
    assert_eq!(fetched.expect_err("there is no table").kind(), Kind::TableMissing);
    let inserted = interface.execute(insert([1])).await;
    assert_eq!(inserted.expect_err("there is no table").kind(), Kind::TableMissing);

    let refused = interface.install(&[&FOO], Install::Verify).await;
    assert_eq!(refused.expect_err("nothing is there").kind(), Kind::InstallDenied);
    assert!(interface.install(&[&FOO], Install::Verify).await.is_err(), "looking changed nothing");
    assert_eq!(interface.install(&[&FOO], Install::Auto).await?.changes.len(), 2);
    assert_eq!(interface.install(&[&FOO], Install::Verify).await?.changes.len(), 0);
    Ok(())
}

#[tokio::test]
async fn keys_count_up_and_none_is_used_again() -> Result<()> {
    let interface = installed().await?;
    assert_eq!(interface.execute(insert([7, 8])).await?, Done::keys(vec![1, 2]));
    interface.execute(delete_foo(2)).await?;
    assert_eq!(interface.execute(insert([9])).await?, Done::keys(vec![3]));
    Ok(())
}

#[tokio::test]
async fn an_insert_that_fails_half_way_leaves_nothing() -> Result<()> {
    let interface = installed().await?;
    interface.execute(named("Äa")).await?;
    let fields = vec![field(&FOO, "bar"), field(&FOO, "name")];
    let rows = vec![1.into(), "b".into(), 2.into(), "ÄA".into()];
    let request = Request::Insert(Insert::new(&FOO, fields, rows, 2));
    let error = interface.execute(Arc::new(request)).await.expect_err("`Äa` is there");
    assert_eq!((error.kind(), error.constraint()), (Kind::Unique, Some("foo_name")));
    assert_eq!(all(&interface, &FOO).await?.len(), 1);
    // Without a name there is nothing to be alike in.
    interface.execute(insert([1, 2])).await?;
    // Only ASCII letters have a case.
    interface.execute(named("äa")).await?;
    Ok(())
}

#[tokio::test]
async fn a_reference_goes_as_it_says() -> Result<()> {
    let interface = installed().await?;
    interface.execute(insert([0, 0, 0])).await?;
    for request in [child("strong", 1), child("weak", 2), child("firm", 3)] {
        interface.execute(request).await?;
    }
    let kind = |it: Result<Done>| it.expect_err("it is refused").kind();
    assert_eq!(kind(interface.execute(child("weak", 4)).await), Kind::ForeignKey);
    assert_eq!(kind(interface.execute(delete_foo(3)).await), Kind::ForeignKey);
    interface.execute(delete_foo(1)).await?;
    interface.execute(delete_foo(2)).await?;

    let set = vec![(field(&FOO, "id"), Assign::To(30.into()))];
    interface.execute(Arc::new(Request::Update(Update::new(&FOO, set, Vec::new())))).await?;
    let left = all(&interface, &CHILD).await?;
    let [null, thirty] = [Value::Null, Value::I64(30)];
    assert_eq!(
        left,
        [
            vec![2.into(), null.clone(), null.clone(), null.clone()],
            vec![3.into(), null.clone(), null, thirty],
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_lease_is_seen_by_others_once_it_is_committed() -> Result<()> {
    let interface = installed().await?;
    let lease = interface.lease(Begin::default()).await?;
    lease.execute(insert([1])).await?;
    assert_eq!(bars(&*lease).await?, values([1]));
    assert_eq!(bars(&interface).await?, values([]));
    lease.commit().await?;
    assert_eq!(bars(&interface).await?, values([1]));

    let lease = interface.lease(Begin::default()).await?;
    lease.execute(insert([2])).await?;
    lease.rollback().await?;
    let lease = interface.lease(Begin::default()).await?;
    lease.execute(insert([3])).await?;
    drop(lease);
    assert_eq!(bars(&interface).await?, values([1]));
    // The turn was given back each time.
    interface.execute(insert([4])).await?;
    assert_eq!(bars(&interface).await?, values([1, 4]));
    Ok(())
}

#[tokio::test]
async fn who_wants_to_write_waits_for_a_lease_to_end() -> Result<()> {
    let interface = Arc::new(installed().await?);
    let lease = interface.lease(Begin::default()).await?;
    let other = tokio::spawn({
        let interface = Arc::clone(&interface);
        async move { interface.execute(insert([2])).await }
    });
    tokio::task::yield_now().await;
    assert!(!other.is_finished());
    lease.execute(insert([1])).await?;
    lease.commit().await?;
    assert_eq!(other.await.expect("it does not panic")?, Done::keys(vec![2]));
    Ok(())
}

#[tokio::test]
async fn a_scope_is_undone_by_itself() -> Result<()> {
    let interface = installed().await?;
    let lease = interface.lease(Begin::default()).await?;
    lease.execute(insert([1])).await?;
    lease.enter(1).await?;
    lease.execute(insert([2])).await?;
    lease.enter(2).await?;
    lease.execute(insert([3])).await?;
    assert_eq!(bars(&*lease).await?, values([1, 2, 3]));
    lease.leave(2, Leave::Undo).await?;
    assert_eq!(bars(&*lease).await?, values([1, 2]));
    lease.leave(1, Leave::Keep).await?;
    assert!(lease.leave(1, Leave::Keep).await.is_err(), "it was left before");
    assert!(lease.enter(2).await.is_err(), "scopes are entered one by one");
    lease.commit().await?;
    assert_eq!(bars(&interface).await?, values([1, 2]));
    Ok(())
}

#[tokio::test]
async fn a_refusal_ends_the_transaction_or_the_scope_it_happened_in() -> Result<()> {
    let interface = installed().await?;
    let lease = interface.lease(Begin::default()).await?;
    lease.execute(named("a")).await?;
    lease.enter(1).await?;
    assert_eq!(lease.execute(named("A")).await.expect_err("`a` is there").kind(), Kind::Unique);
    let ended = |it: Result<()>| it.expect_err("it was ended").kind() == Kind::TransactionAborted;
    assert!(ended(bars(&*lease).await.map(drop)));
    assert!(ended(lease.leave(1, Leave::Keep).await));
    lease.leave(1, Leave::Undo).await?;
    lease.execute(named("b")).await?;
    assert!(lease.execute(named("B")).await.is_err());
    assert!(ended(lease.commit().await));
    assert_eq!(all(&interface, &FOO).await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_cursor_pauses_and_sees_one_snapshot() -> Result<()> {
    let interface = installed().await?;
    interface.execute(insert(0..5)).await?;
    let mut cursor = interface.cursor(select(&FOO));
    let mut pieces = Vec::new();
    loop {
        let (sink, more) = cursor.next(Keep::sink(2)).await?;
        pieces.push(Keep::kept(sink).len());
        interface.execute(insert([9])).await?;
        if more == More::End {
            break;
        }
    }
    assert_eq!(pieces, [2, 2, 1]);
    let (sink, more) = cursor.next(Keep::sink(2)).await?;
    assert_eq!((Keep::kept(sink).len(), more), (0, More::End));
    Ok(())
}

#[tokio::test]
async fn what_is_wanted_of_rows_is_one_row_of_one_cell() -> Result<()> {
    let interface = installed().await?;
    interface.execute(insert(0..5)).await?;
    for (want, limit, cell) in [
        (Want::Count, None, Value::I64(4)),
        (Want::Count, Some(3), Value::I64(3)),
        (Want::Exists, None, Value::Bool(true)),
        (Want::Exists, Some(0), Value::Bool(false)),
    ] {
        let mut select = Select::new(&FOO);
        select.want = want;
        select.bounds.offset = 1;
        select.bounds.limit = limit;
        let sink = interface.fetch(Arc::new(Request::Select(select)), Keep::sink(9)).await?;
        assert_eq!(Keep::kept(sink), [[cell]]);
    }
    Ok(())
}

#[tokio::test]
async fn a_sink_that_panics_harms_nobody_else() -> Result<()> {
    struct Panics;

    impl Sink for Panics {
        fn row(&mut self, _: &dyn RowRef) -> Result<Flow> {
            panic!("a decoder that is not ours");
        }

        fn clear(&mut self) {}
    }

    let interface = Arc::new(installed().await?);
    interface.execute(insert([1])).await?;
    let other = Arc::clone(&interface);
    let task = tokio::spawn(async move { other.fetch(select(&FOO), Box::new(Panics)).await.map(drop) });
    assert!(task.await.is_err_and(|it| it.is_panic()));
    assert_eq!(bars(&*interface).await?, values([1]));
    Ok(())
}

#[tokio::test]
async fn closing_forgets_everything() -> Result<()> {
    let interface = installed().await?;
    assert!(interface.is_open());
    interface.close().await?;
    assert!(!interface.is_open());
    assert_eq!(bars(&interface).await.expect_err("it is gone").kind(), Kind::TableMissing);
    assert!(interface.is_open());
    Ok(())
}
