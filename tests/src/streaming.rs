//! Rows one after the other, while others, or the loop itself, write.

use std::time::Duration;

use prom::prelude::*;
use prom::{Kind, transaction};

use crate::behaviour::refused;
use crate::run::{dsn, in_scope};

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    #[field(index)]
    bar: i64,
}

async fn foos(count: i64) -> prom::Result<()> {
    Foo::create_many((0..count).map(|it| Foo::draft().bar(it))).await.map(drop)
}

/// The loop of the README, sorted by what it changes: every row comes once.
async fn change_each_of(count: i64) -> prom::Result<()> {
    foos(count).await?;
    let mut rows = Foo::query().asc_bar().stream();
    let mut seen = Vec::new();
    while let Some(mut f) = rows.try_next().await? {
        seen.push(f.bar);
        f.bar += 100;
        f.save().await?;
    }
    assert_eq!(seen, (0..count).collect::<Vec<_>>());
    let changed: Vec<i64> = Foo::query().asc_id().get().await?.iter().map(|it| it.bar).collect();
    assert_eq!(changed, (100..count + 100).collect::<Vec<_>>());
    Ok(())
}

behaviour! {
    /// Far less than is read at once.
    async fn each_of_10_rows_is_changed_once() {
        change_each_of(10).await?;
    }
}

behaviour! {
    /// A little less than is read at once.
    async fn each_of_999_rows_is_changed_once() {
        change_each_of(999).await?;
    }
}

behaviour! {
    /// What is read at once.
    async fn each_of_1000_rows_is_changed_once() {
        change_each_of(1_000).await?;
    }
}

behaviour! {
    /// A little more than is read at once.
    async fn each_of_1001_rows_is_changed_once() {
        change_each_of(1_001).await?;
    }
}

behaviour! {
    /// Several times what is read at once.
    async fn each_of_5000_rows_is_changed_once() {
        change_each_of(5_000).await?;
    }
}

behaviour! {
    /// Many times what is read at once. Where there is no SQL there may be no
    /// other way than to copy all rows with each change.
    #[needs(sql)]
    async fn each_of_20000_rows_is_changed_once() {
        change_each_of(20_000).await?;
    }
}

behaviour! {
    /// As many as are read at once, and one less, and one more.
    #[needs(transactions)]
    async fn each_row_is_changed_once_in_a_transaction() {
        for count in [10, 999, 1_000, 1_001, 5_000] {
            transaction(change_each_of(count)).await?;
            assert_eq!(Foo::query().gte_bar(100).lt_bar(count + 100).count().await?, count.unsigned_abs());
            Foo::query().delete_all().await?;
        }
    }
}

behaviour! {
    /// Many times what is read at once.
    #[needs(sql, transactions)]
    async fn each_of_20000_rows_is_changed_once_in_a_transaction() {
        transaction(change_each_of(20_000)).await?;
        assert_eq!(Foo::query().gte_bar(100).lt_bar(20_100).count().await?, 20_000);
    }
}

behaviour! {
    /// The last loop of the README.
    async fn each_row_is_deleted_as_it_comes() {
        foos(1_500).await?;
        let mut rows = Foo::query().stream();
        while let Some(f) = rows.try_next().await? {
            assert!(f.delete().await?);
        }
        assert_eq!(Foo::query().count().await?, 0);
    }
}

behaviour! {
    /// With conditions, order and bounds.
    async fn a_stream_gives_what_the_query_gives() {
        foos(3_000).await?;
        for query in [
            Foo::query().asc_bar(),
            Foo::query().desc_bar().gt_bar(10),
            Foo::query().asc_bar().offset(700).limit(1_500),
            Foo::query().asc_bar().limit(1_000),
            Foo::query().eq_bar(-1),
        ] {
            let rows = query.clone().get().await?.into_vec();
            let mut stream = query.stream();
            let mut streamed = Vec::new();
            while let Some(row) = stream.try_next().await? {
                streamed.push(row);
            }
            assert_eq!(streamed, rows);
            assert_eq!(stream.try_next().await?, None, "the end is the end");
        }
    }
}

behaviour! {
    /// Neither new rows, nor changes, nor deletions, of the loop or of others.
    async fn what_is_written_meanwhile_is_not_seen(db) {
        foos(2_500).await?;
        let mut rows = Foo::query().asc_bar().stream();
        let first = rows.try_next().await?.expect("there are many");
        let other = tokio::spawn(in_scope(db, async {
            foos(100).await?;
            let mut last = Foo::query().eq_bar(2_499).only().await?;
            last.bar = -7;
            last.save().await?;
            Foo::query().eq_bar(2_000).only().await?.delete().await
        }));
        assert!(other.await.expect("it does not panic")?);
        let mut seen = vec![first.bar];
        while let Some(row) = rows.try_next().await? {
            seen.push(row.bar);
        }
        assert_eq!(seen, (0..2_500).collect::<Vec<_>>());
        assert_eq!(Foo::query().count().await?, 2_599);
    }
}

behaviour! {
    /// As often as it happens, and the database can be closed afterwards.
    async fn a_dropped_stream_frees_what_it_held(db) {
        foos(2_500).await?;
        for taken in [0, 1, 1_000, 1_001] {
            for _ in 0..20 {
                let mut rows = Foo::query().asc_bar().stream();
                for bar in 0..taken {
                    assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(bar));
                }
                drop(rows);
            }
        }
        let mut row = Foo::query().eq_bar(3).only().await?;
        row.bar = -3;
        row.save().await?;
        db.close().await?;
        assert!(!db.is_open());
    }
}

behaviour! {
    /// Those that are dropped take only their own statements along.
    #[needs(transactions)]
    async fn a_stream_goes_on_while_transactions_are_dropped(db) {
        foos(20_000).await?;
        let dropping = tokio::spawn(in_scope(db, async {
            loop {
                let dropped = transaction(async {
                    Foo::query().set_bar(-1).update_all().await?;
                    std::future::pending::<prom::Result<()>>().await
                });
                let time = Duration::from_millis(1);
                assert!(tokio::time::timeout(time, dropped).await.is_err(), "it has no end");
            }
        }));
        for _ in 0..20 {
            let mut rows = Foo::query().asc_bar().stream();
            let mut seen = 0;
            while let Some(row) = rows.try_next().await? {
                assert_eq!(row.bar, seen);
                seen += 1;
            }
            assert_eq!(seen, 20_000);
        }
        dropping.abort();
        assert!(dropping.await.is_err_and(|it| it.is_cancelled()), "it goes on for ever");
    }
}

behaviour! {
    /// More of them than there are connections, and somebody writes as well.
    async fn many_streams_go_on_side_by_side() {
        foos(1_500).await?;
        let mut streams: Vec<_> = (0..20).map(|_| Foo::query().asc_bar().stream()).collect();
        let mut last = vec![-1; streams.len()];
        for _ in 0..1_500 {
            for (stream, last) in streams.iter_mut().zip(&mut last) {
                *last += 1;
                assert_eq!(stream.try_next().await?.map(|it| it.bar), Some(*last));
            }
            if last[0] % 500 == 0 {
                Foo::create().bar(-1).await?;
            }
        }
        for stream in &mut streams {
            assert_eq!(stream.try_next().await?, None);
        }
    }
}

behaviour! {
    /// A stream in the loop of another, and queries in both.
    async fn a_stream_may_be_read_within_another() {
        foos(1_100).await?;
        let mut outer = Foo::query().asc_bar().stream();
        let mut count = 0;
        while let Some(row) = outer.try_next().await? {
            if row.bar % 300 == 0 {
                let mut inner = Foo::query().gte_bar(row.bar).asc_bar().stream();
                while let Some(other) = inner.try_next().await? {
                    assert!(other.bar >= row.bar);
                    count += 1;
                }
                assert!(Foo::find(row.id).await?.is_some());
            }
        }
        assert_eq!(count, 1_100 + 800 + 500 + 200);
    }
}

behaviour! {
    /// The rows before it came; there is none behind it.
    async fn a_stream_ends_with_an_error() {
        foos(10).await?;
        let mut rows = narrow::Foo::query().asc_bar().stream();
        assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(0));
        while rows.try_next().await?.is_some() {}

        Foo::create().bar(300).await?;
        let mut rows = narrow::Foo::query().asc_bar().stream();
        for bar in 0..10 {
            assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(bar));
        }
        assert_eq!(refused(rows.try_next().await).kind(), Kind::Decode);
        assert!(rows.try_next().await?.is_none());
    }
}

mod narrow {
    #[prom::orm(table = "foo")]
    pub(super) struct Foo {
        pub(super) bar: u8,
    }
}

behaviour! {
    /// The stream is not held to any time.
    async fn a_slow_loop_reads_to_the_end() {
        foos(2_001).await?;
        let mut rows = Foo::query().asc_bar().stream();
        let mut count = 0;
        while rows.try_next().await?.is_some() {
            if count % 500 == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            count += 1;
        }
        assert_eq!(count, 2_001);
    }
}

behaviour! {
    /// A backend that cannot wait with the rest says so; none leaves rows out.
    async fn no_more_rows_are_kept_in_memory_than_the_dsn_allows() {
        let dsn = dsn("few rows").replace('#', "?max_rows_buffered=1500#");
        let few = prom::configure(&dsn)?;
        let read = async |count: i64| -> prom::Result<usize> {
            Foo::create_many((0..count).map(|it| Foo::draft().bar(it))).on(&few).await?;
            let mut rows = Foo::query().asc_bar().on(&few).stream();
            let mut seen = 0;
            while rows.try_next().await?.is_some() {
                seen += 1;
            }
            Ok(seen)
        };
        assert_eq!(read(1_200).await?, 1_200);
        match read(1_300).await {
            Ok(seen) => assert_eq!(seen, 2_500),
            Err(error) => {
                assert_eq!((error.kind(), error.model()), (Kind::Invalid, Some("Foo")));
                assert!(error.to_string().contains("max_rows_buffered"), "{error}");
            }
        }
        assert_eq!(Foo::query().on(&few).count().await?, 2_500);
        few.close().await?;
    }
}
