//! Changes to all rows that a query finds.

use prom::Kind;
use prom::prelude::*;

use crate::behaviour::refused;
use crate::run::in_scope;

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Thing {
    n: i64,
    small: i16,
    ratio: f64,
    maybe: Option<i64>,
    #[field(max_size = 5)]
    name: String,
}

async fn ten() -> prom::Result<()> {
    let thing = |n: i64| {
        let small = i16::try_from(n).expect("a digit");
        Thing::create().n(n).small(small).ratio(0.5).name(format!("n{n}")).when_even(n)
    };
    Thing::create_many((0..10).map(thing)).await.map(drop)
}

impl<A, B, C, D> ThingCreate<A, B, C, D> {
    fn when_even(self, n: i64) -> Self {
        if n % 2 == 0 { self.maybe(n) } else { self }
    }
}

behaviour! {
    /// Their number comes back, and the others stay.
    async fn what_is_found_is_changed() {
        ten().await?;
        let before = Thing::query().eq_n(9).only().await?;
        assert_eq!(Thing::query().gt_n(6).set_name("new").set_maybe(None).update().await?, 3);
        assert_eq!(Thing::query().eq_name("new").is_null_maybe().count().await?, 3);
        assert_eq!(Thing::query().eq_name("n6").count().await?, 1);
        let after = Thing::query().eq_n(9).only().await?;
        assert_eq!(after.created, before.created);
        assert!(after.updated > before.updated);
        assert_eq!(Thing::query().eq_n(99).set_ratio(1.0).update().await?, 0);
        assert_eq!(Thing::query().set_field("ratio", 2).set_field("name", "all").update_all().await?, 10);
        assert_eq!(Thing::query().eq_ratio(2.0).eq_name("all").count().await?, 10);
    }
}

behaviour! {
    /// In the database; NULL stays NULL.
    async fn numbers_are_counted_up() {
        ten().await?;
        Thing::query().gte_n(8).incr_n(100).incr_small(-1).incr_ratio(0.25).incr_maybe(1).update().await?;
        let rows = Thing::query().gt_n(100).asc_n().await?;
        let got: Vec<_> = rows.iter().map(|it| (it.n, it.small, it.ratio, it.maybe)).collect();
        assert_eq!(got, [(108, 7, 0.75, Some(9)), (109, 8, 0.75, None)]);
        Thing::query().eq_n(108).incr_field("n", 2).update().await?;
        assert!(Thing::query().eq_n(110).has().await?);
    }
}

behaviour! {
    /// Past its range a number is refused, and nothing is lost.
    async fn a_number_does_not_leave_its_range() {
        ten().await?;
        Thing::query().eq_n(1).set_n(i64::MAX).set_small(i16::MAX).update().await?;
        assert_eq!(refused(Thing::query().eq_n(i64::MAX).incr_n(1).update().await).kind(), Kind::Value);
        assert_eq!(refused(Thing::query().eq_n(i64::MAX).incr_small(1).update().await).kind(), Kind::Value);
        assert_eq!(Thing::query().eq_n(i64::MAX).only().await?.small, i16::MAX);
    }
}

behaviour! {
    /// As they are after the change, and as they were before they went.
    #[needs(returning)]
    async fn the_rows_come_back_if_they_are_wanted() {
        ten().await?;
        let mut changed = Thing::query().lt_n(2).set_name("new").update().returning().await?;
        changed.sort_by_key(|it| it.n);
        assert_eq!(changed.iter().map(|it| (it.n, it.name.as_str())).collect::<Vec<_>>(), [(0, "new"), (1, "new")]);
        // They are rows like others.
        changed[0].name = "again".into();
        changed[0].save().await?;
        assert_eq!(Thing::query().eq_name("again").count().await?, 1);
        let gone = Thing::query().eq_n(5).delete().returning().await?;
        assert_eq!((gone.len(), gone[0].n), (1, 5));
        assert_eq!(Thing::query().count().await?, 9);
    }
}

behaviour! {
    /// Their number comes back.
    async fn what_is_found_is_deleted() {
        ten().await?;
        assert_eq!(Thing::query().in_n([1, 2, 99]).delete().await?, 2);
        assert_eq!(Thing::query().eq_n(1).delete().await?, 0);
        assert_eq!(Thing::query().delete_all().await?, 8);
        assert!(!Thing::query().has().await?);
    }
}

behaviour! {
    /// From another query.
    #[needs(subqueries)]
    async fn a_field_is_set_to_what_a_query_finds() {
        ten().await?;
        Thing::query().eq_n(3).set_maybe(Thing::query().select_maybe().eq_n(8)).update().await?;
        assert_eq!(Thing::query().eq_n(3).only().await?.maybe, Some(8));
        let most = Thing::query().max_n();
        Thing::query().eq_n(3).set_maybe(most).update().await?;
        assert_eq!(Thing::query().eq_n(3).only().await?.maybe, Some(9));
    }
}

behaviour! {
    /// Nothing is changed by mistake, and nothing is sent.
    async fn a_change_that_makes_no_sense_is_refused() {
        ten().await?;
        for (error, text) in [
            (refused(Thing::query().set_n(1).update().await), "say `update_all()`"),
            (refused(Thing::query().delete().await), "say `delete_all()`"),
            (refused(Thing::query().eq_n(1).update().await), "needs a `set_..`"),
            (refused(Thing::query().eq_n(1).set_n(1).get().await), "are for `update()`"),
            (refused(Thing::query().eq_n(1).set_n(1).count().await), "are for `update()`"),
            (refused(Thing::query().eq_n(1).set_n(1).delete().await), "are for `update()`"),
            (refused(Thing::query().eq_n(1).limit(1).set_n(1).update().await), "takes conditions alone"),
            (refused(Thing::query().eq_n(1).asc_n().delete().await), "takes conditions alone"),
            (refused(Thing::query().eq_n(1).limit(1).page(1).delete().await), "takes conditions alone"),
            (refused(Thing::query().incr_field("name", 1).update_all().await), "takes text"),
        ] {
            assert_eq!(error.kind(), Kind::Invalid, "{error}");
            assert!(error.to_string().contains(text), "{error}");
        }
        let long = refused(Thing::query().eq_n(1).set_name("longer than five").update().await);
        assert_eq!((long.kind(), long.field()), (Kind::Value, Some("name")));
        assert_eq!(Thing::query().count().await?, 10);
    }
}

behaviour! {
    /// A condition that every row meets is none.
    async fn a_condition_that_leaves_out_no_row_is_none() {
        ten().await?;
        for query in [Thing::query().nin_n(Vec::<i64>::new()), Thing::query().all(|q| q), Thing::query().any(|q| q.eq_n(1).all(|q| q))] {
            assert_eq!(refused(query.delete().await).kind(), Kind::Invalid);
        }
        assert_eq!(Thing::query().in_n(Vec::<i64>::new()).delete().await?, 0);
        assert_eq!(Thing::query().count().await?, 10);
    }
}

behaviour! {
    /// What no field can hold is equal to none, and counts nothing up.
    async fn what_cannot_be_stored_is_compared_and_not_counted() {
        ten().await?;
        assert_eq!(Thing::query().eq_name("a\0").count().await?, 0);
        assert_eq!(Thing::query().in_name(["n1", "\0"]).count().await?, 1);
        assert_eq!(Thing::query().ne_ratio(f64::NAN).count().await?, 10);
        assert_eq!(Thing::query().lt_created(Timestamp::MIN).count().await?, 0);
        for number in [f64::NAN, f64::INFINITY] {
            let error = refused(Thing::query().incr_ratio(number).update_all().await);
            assert_eq!((error.kind(), error.field()), (Kind::Value, Some("ratio")));
        }
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Job {
    #[field(default = "new".to_owned())]
    state: String,
    #[field(default = 0)]
    worker: i64,
    #[field(default = 0)]
    taken: i64,
}

/// Takes jobs until none is left, as the guide says. Gives how many.
async fn work(worker: i64) -> prom::Result<u64> {
    let mut taken = 0;
    loop {
        let next = Job::query().eq_state("new").asc_id().limit(1).select_id();
        // The condition stands outside too: another worker may have taken the job meanwhile.
        let take =
            Job::query().in_id(next).eq_state("new").set_state("taken").set_worker(worker).incr_taken(1);
        match take.update().await? {
            0 if !Job::query().eq_state("new").has().await? => return Ok(taken),
            count => taken += count,
        }
    }
}

behaviour! {
    /// By eight that work side by side: every job goes to one of them.
    #[needs(subqueries)]
    async fn no_job_of_a_queue_is_taken_twice_or_lost(db) {
        Job::create_many((0..40).map(|_| Job::draft())).await?;
        let workers: Vec<_> = (1..=8).map(|worker| tokio::spawn(in_scope(db, work(worker)))).collect();
        let mut taken = 0;
        for worker in workers {
            taken += worker.await.expect("it does not panic")?;
        }
        assert_eq!(taken, 40);
        let jobs = Job::query().get().await?;
        assert!(jobs.iter().all(|job| job.state == "taken" && job.taken == 1 && job.worker > 0), "{jobs:?}");
    }
}
