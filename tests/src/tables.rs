//! Tables are there when they are needed, and follow their models.

use prom::prelude::*;
use prom::{Kind, Schema};

use crate::behaviour::refused;
use crate::run::in_scope;

// The table is its own, so that no other model of it speaks against `install()`.
#[prom::orm(table = "table_foo")]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    #[field(index)]
    bar: i64,
}

behaviour! {
    /// Nobody has to ask for it.
    async fn the_first_row_makes_the_table(db) {
        assert_eq!(refused(db.verify(&[Foo::schema()]).await).kind(), Kind::InstallDenied);
        assert_eq!(Foo::create().bar(1).await?.id, 1);
        db.verify(&[Foo::schema()]).await?;
    }
}

behaviour! {
    /// Many at once too.
    async fn the_first_rows_make_the_table() {
        assert_eq!(Foo::create_many([Foo::draft().bar(1), Foo::draft().bar(2)]).await?.len(), 2);
    }
}

behaviour! {
    /// And finds nothing.
    async fn the_first_query_makes_the_table(db) {
        assert!(Foo::query().get().await?.is_empty());
        db.verify(&[Foo::schema()]).await?;
    }
}

behaviour! {
    /// And counts none.
    async fn the_first_count_makes_the_table() {
        assert_eq!(Foo::query().gt_bar(3).count().await?, 0);
    }
}

behaviour! {
    /// And there is none.
    async fn the_first_look_for_any_makes_the_table() {
        assert!(!Foo::query().has().await?);
    }
}

behaviour! {
    /// And finds none.
    async fn the_first_find_makes_the_table() {
        assert_eq!(Foo::find(1).await?, None);
    }
}

behaviour! {
    /// And ends.
    async fn the_first_stream_makes_the_table() {
        assert_eq!(Foo::query().asc_bar().stream().try_next().await?, None);
    }
}

behaviour! {
    /// The second time there is nothing to do, and no row is lost.
    async fn install_may_be_called_again(db) {
        Foo::install().await?;
        db.verify(&[Foo::schema()]).await?;
        let row = Foo::create().bar(1).await?;
        Foo::install().await?;
        db.install(&[Foo::schema()]).await?;
        assert_eq!(Foo::query().only().await?, row);
    }
}

behaviour! {
    /// It says what is missing, and does nothing about it.
    async fn verify_only_looks(db) {
        for _ in 0..2 {
            let error = refused(db.verify(&[Foo::schema()]).await);
            assert_eq!(error.kind(), Kind::InstallDenied);
            assert!(error.to_string().contains("foo"), "{error}");
        }
    }
}

/// One table, as three versions of a program know it.
mod older {
    #[prom::orm(table = "thing")]
    #[derive(Debug, Clone, PartialEq)]
    pub(super) struct Thing {
        pub(super) bar: i64,
    }
}

mod newer {
    #[prom::orm(table = "thing")]
    #[derive(Debug, Clone, PartialEq)]
    pub(super) struct Thing {
        pub(super) bar: i64,
        #[field(unique)]
        pub(super) note: Option<String>,
        #[field(default = 7)]
        pub(super) level: i64,
        #[field(default = "it's")]
        pub(super) state: String,
        #[field(default = true)]
        pub(super) flag: bool,
    }
}

mod refused_one {
    #[prom::orm(table = "thing")]
    #[derive(Debug)]
    pub(super) struct Thing {
        pub(super) bar: i64,
        pub(super) required: i64,
    }
}

mod indexed {
    #[prom::orm(table = "thing")]
    pub(super) struct Thing {
        #[field(index)]
        pub(super) bar: i64,
    }
}

behaviour! {
    /// The rows that there are have NULL in it.
    async fn an_optional_field_is_added_to_a_table(db) {
        let old = older::Thing::create().bar(1).await?;
        let mut row = newer::Thing::query().only().await?;
        assert_eq!((row.id, row.bar, row.note.as_deref()), (old.id, 1, None));
        assert_eq!((row.created, row.updated), (old.created, old.updated));
        row.note = Some("new".to_owned());
        row.save().await?;
        assert_eq!(newer::Thing::query().eq_note("new").only().await?, row);
        db.verify(&[newer::Thing::schema()]).await?;
    }
}

behaviour! {
    /// Together with its index.
    #[needs(unique)]
    async fn a_field_is_added_with_its_uniqueness() {
        older::Thing::create_many([older::Thing::draft().bar(1), older::Thing::draft().bar(2)]).await?;
        newer::Thing::create().bar(3).note("one").await?;
        let error = refused(newer::Thing::create().bar(4).note("one").await);
        assert_eq!((error.kind(), error.constraint()), (Kind::Unique, Some("thing_note")));
        assert_eq!(newer::Thing::query().is_null_note().count().await?, 2);
    }
}

behaviour! {
    /// In the rows that there are, and in those that an older program writes.
    async fn a_constant_default_fills_old_rows() {
        older::Thing::create().bar(1).await?;
        let row = newer::Thing::query().only().await?;
        assert_eq!((row.level, row.state.as_str(), row.flag), (7, "it's", true));
        older::Thing::create().bar(2).await?;
        let row = newer::Thing::query().eq_bar(2).eq_level(7).eq_state("it's").only().await?;
        assert_eq!((row.level, row.state.as_str(), row.flag), (7, "it's", true));
        let mut row = newer::Thing::create().bar(3).level(0).flag(false).await?;
        row.level = 1;
        row.save().await?;
        assert_eq!(newer::Thing::query().eq_bar(3).only().await?, row);
    }
}

behaviour! {
    /// An older program goes on working, and does not touch what it does not know.
    async fn unknown_columns_do_no_harm(db) {
        let new = newer::Thing::create().bar(1).note("kept").level(4).await?;
        let mut old = older::Thing::query().only().await?;
        assert_eq!((old.id, old.bar), (new.id, 1));
        old.bar = 2;
        old.save().await?;
        let row = newer::Thing::query().only().await?;
        assert_eq!((row.bar, row.note.as_deref(), row.level), (2, Some("kept"), 4));
        older::Thing::create_many([older::Thing::draft().bar(3), older::Thing::draft().bar(4)]).await?;
        assert_eq!(newer::Thing::query().is_null_note().count().await?, 2);
        db.verify(&[older::Thing::schema()]).await?;
    }
}

behaviour! {
    /// With the three ways out, and the table is as it was.
    async fn a_required_field_without_a_default_is_not_added(db) {
        let row = older::Thing::create().bar(1).await?;
        for error in [
            refused(refused_one::Thing::query().get().await),
            refused(refused_one::Thing::create().bar(1).required(2).await),
            refused(db.install(&[refused_one::Thing::schema()]).await),
            refused(db.verify(&[refused_one::Thing::schema()]).await),
        ] {
            assert_eq!(error.kind(), Kind::InstallDenied);
            assert_eq!((error.model(), error.field()), (Some("Thing"), Some("required")));
            for way in ["`Option`", "#[field(default = ..)]", "by hand"] {
                assert!(error.to_string().contains(way), "{error}");
            }
        }
        assert_eq!(older::Thing::query().only().await?, row);
    }
}

behaviour! {
    /// An older program's rows, and whatever else has no value for it.
    async fn a_row_without_a_field_that_the_table_requires_is_refused() {
        let row = refused_one::Thing::create().bar(1).required(2).await?;
        let error = refused(older::Thing::create().bar(2).await);
        assert_eq!((error.kind(), error.model()), (Kind::NotNull, Some("Thing")), "{error}");
        assert!(error.to_string().contains("required"), "{error}");
        let mut old = older::Thing::query().only().await?;
        old.bar = 3;
        old.save().await?;
        let found = refused_one::Thing::query().only().await?;
        assert_eq!((found.id, found.bar, found.required), (row.id, 3, 2));
    }
}

behaviour! {
    /// By hand; in passing it might take long.
    async fn an_index_over_old_columns_is_added_when_asked_for(db) {
        older::Thing::create().bar(1).await?;
        assert_eq!(indexed::Thing::query().count().await?, 1);
        let error = refused(db.verify(&[indexed::Thing::schema()]).await);
        assert!(error.to_string().contains("thing_bar"), "{error}");
        db.install(&[indexed::Thing::schema()]).await?;
        db.verify(&[indexed::Thing::schema()]).await?;
        assert_eq!(indexed::Thing::query().eq_bar(1).count().await?, 1);
    }
}

mod unique_now {
    #[prom::orm(table = "thing")]
    pub(super) struct Thing {
        #[field(unique)]
        pub(super) bar: i64,
    }
}

behaviour! {
    /// The rows stay, and the table can still be used.
    #[needs(unique)]
    async fn a_unique_index_over_rows_that_are_alike_is_not_added(db) {
        older::Thing::create_many([older::Thing::draft().bar(1), older::Thing::draft().bar(1)]).await?;
        let error = refused(db.install(&[unique_now::Thing::schema()]).await);
        assert_eq!(error.kind(), Kind::InstallDenied, "{error}");
        assert_eq!(older::Thing::query().eq_bar(1).count().await?, 2);
        older::Thing::create().bar(1).await?;
    }
}

behaviour! {
    /// Each of them has the table, and none an error.
    async fn many_tasks_may_be_the_first(db) {
        let tasks: Vec<_> = (0..40)
            .map(|it| {
                tokio::spawn(in_scope(db, async move {
                    match it % 4 {
                        0 => Foo::create().bar(it).await.map(drop),
                        1 => newer::Thing::create().bar(it).await.map(drop),
                        2 => older::Thing::create().bar(it).await.map(drop),
                        _ => Foo::query().count().await.map(drop),
                    }
                }))
            })
            .collect();
        for task in tasks {
            task.await.expect("it does not panic")?;
        }
        assert_eq!(Foo::query().count().await?, 10);
        assert_eq!(newer::Thing::query().count().await?, 20);
    }
}

behaviour! {
    /// However it went.
    async fn a_table_that_vanished_is_made_anew(db) {
        Foo::create().bar(1).await?;
        // Behind the connection's back, which believes that the table is there.
        db.interface().close().await?;
        Foo::create().bar(2).await?;
        assert_eq!(Foo::query().eq_bar(2).count().await?, 1);
        db.interface().close().await?;
        assert_eq!(Foo::query().eq_bar(3).count().await?, 0);
        db.interface().close().await?;
        assert_eq!(Foo::query().eq_bar(3).stream().try_next().await?, None);
    }
}

/// Names of 63 bytes, as long as there are, which begin alike.
#[prom::orm(table = "a_table_whose_name_takes_up_exactly_all_the_bytes_there_may_be_")]
#[derive(Debug, Clone, PartialEq)]
struct Long {
    #[field(unique, name = "a_column_whose_name_takes_up_exactly_all_the_bytes_there_may_ba")]
    a: i64,
    #[field(unique, name = "a_column_whose_name_takes_up_exactly_all_the_bytes_there_may_bb")]
    b: i64,
}

behaviour! {
    /// Sixty-three bytes, and their indexes are told apart.
    #[needs(unique)]
    async fn names_may_be_long(db) {
        assert_eq!(Long::schema().table().len(), 63);
        assert_eq!(Long::schema().fields()[0].column.len(), 63);
        let row = Long::create().a(1).b(2).await?;
        assert_eq!(Long::query().eq_a(1).eq_b(2).only().await?, row);
        for (a, b, index) in [(1, 3, 0), (3, 2, 1)] {
            let error = refused(Long::create().a(a).b(b).await);
            let name = Long::schema().indexes()[index].full_name(Long::schema());
            assert_eq!((error.kind(), error.constraint()), (Kind::Unique, Some(name.as_str())));
        }
        db.verify(&[Long::schema()]).await?;
    }
}

behaviour! {
    /// Before anything is sent.
    async fn a_name_that_is_too_long_for_some_backend_is_refused(db) {
        static LONG: Schema = Schema::new(
            "Longer",
            "a_table_whose_name_takes_up_one_byte_more_than_there_may_ever_be",
            &[],
        );
        let error = refused(db.install(&[&LONG]).await);
        assert_eq!((error.kind(), error.model()), (Kind::Invalid, Some("Longer")));
        assert!(!db.is_open());
    }
}

/// Models of one table.
mod shared {
    use prom::Ref;

    #[prom::orm(table = "shared", unique(name, place))]
    #[derive(Debug)]
    pub(super) struct Wide {
        pub(super) name: String,
        pub(super) place: Option<i64>,
        #[field(default = 3)]
        pub(super) level: i64,
    }

    /// A part of it: what it does not know it cannot say otherwise.
    #[prom::orm(table = "shared", created = none, updated = none)]
    #[derive(Debug)]
    pub(super) struct Narrow {
        #[field(name = "name", index)]
        pub(super) label: String,
        pub(super) level: i64,
        pub(super) further: Option<i64>,
    }

    #[prom::orm(table = "contradicted")]
    #[derive(Debug)]
    pub(super) struct Number {
        #[field(unique)]
        pub(super) number: i64,
        pub(super) wide: Option<Ref<Wide>>,
        pub(super) own: Option<bool>,
    }

    #[prom::orm(table = "contradicted")]
    #[derive(Debug)]
    pub(super) struct Text {
        pub(super) number: Option<String>,
        pub(super) wide: Option<i64>,
        #[field(default = 3)]
        pub(super) other: i64,
    }

    #[prom::orm(table = "letter_case")]
    #[derive(Debug)]
    pub(super) struct Small {
        pub(super) bar: i64,
    }

    #[prom::orm(table = "Letter_Case")]
    #[derive(Debug)]
    pub(super) struct Large {
        pub(super) bar: Option<i64>,
    }
}

behaviour! {
    /// One may know less of it, and more.
    async fn models_that_are_parts_of_a_table_are_installed(db) {
        shared::Wide::install().await?;
        shared::Narrow::install().await?;
        db.install(&[shared::Wide::schema(), shared::Narrow::schema()]).await?;
        let wide = shared::Wide::create().name("a").place(1).await?;
        let narrow = shared::Narrow::query().eq_label("a").only().await?;
        assert_eq!((narrow.id, narrow.level, narrow.further), (wide.id, wide.level, None));
    }
}

behaviour! {
    /// All that they say differently is said at once, and nothing is made.
    async fn models_that_contradict_each_other_are_not_installed(db) {
        for (error, model) in [
            (refused(shared::Number::install().await), "Number"),
            (refused(shared::Text::install().await), "Text"),
        ] {
            assert_eq!((error.kind(), error.model()), (Kind::Invalid, Some(model)), "{error}");
            let text = error.to_string();
            for said in ["`Number`", "`Text`", "the table `contradicted`", "the column `number`", "the column `wide`"] {
                assert!(text.contains(said), "{said}: {text}");
            }
            assert!(text.contains("is unique in the") && !text.contains("`own`") && !text.contains("`other`"), "{text}");
        }
        assert_eq!(refused(db.verify(&[shared::Number::schema()]).await).kind(), Kind::InstallDenied);
        // Before its first use, and by name, the model alone counts.
        shared::Number::create().number(1).await?;
        db.install(&[shared::Number::schema()]).await?;
    }
}

behaviour! {
    /// On SQLite two names that differ in nothing else are one.
    async fn letter_case_makes_another_table_or_none(db) {
        let done = [shared::Small::install().await, shared::Large::install().await];
        for it in done {
            match it {
                Ok(()) => assert!(db.capabilities().case_sensitive_names),
                Err(error) => {
                    assert!(!db.capabilities().case_sensitive_names, "{error}");
                    assert_eq!(error.kind(), Kind::Invalid, "{error}");
                    assert!(error.to_string().contains("may be NULL in the"), "{error}");
                }
            }
        }
    }
}

behaviour! {
    /// What prom wrote is in prom's spelling, and where a backend has no other there is
    /// nothing to do.
    async fn a_table_of_proms_own_is_rewritten_in_no_row(db) {
        let first = Foo::create().bar(1).await?;
        let rewritten = Foo::rewrite().on(db).await?;
        assert_eq!((rewritten.rows, rewritten.undecodable), (0, 0));
        let within = prom::transaction(async { Foo::rewrite().await });
        assert_eq!(within.on(db).await?.rows, 0);
        assert_eq!(Foo::find(first.id).await?.map(|found| found.updated), Some(first.updated));
    }
}
