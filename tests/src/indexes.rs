//! Rows that may not be alike.

use prom::prelude::*;
use prom::{Connection, Error, Kind};

use crate::behaviour::refused;

#[prom::orm(table = "person", unique(first, last), unique(name = "place", city, street))]
#[derive(Debug, Clone, PartialEq)]
struct Person {
    #[field(unique)]
    email: Option<String>,
    first: String,
    last: Option<String>,
    city: Option<i64>,
    street: Option<i64>,
}

#[track_caller]
fn assert_refused_by(constraint: &str, error: &Error) {
    assert_eq!(error.kind(), Kind::Unique, "{error}");
    assert_eq!(error.constraint(), Some(constraint), "{error}");
    assert_eq!(error.model(), Some("Person"));
    assert!(!error.is_retryable());
}

behaviour! {
    /// It is known which index refused it, and the row is not there.
    #[needs(unique)]
    async fn a_row_like_another_is_refused() {
        let first = Person::create().email("a@b").first("a").await?;
        let error = refused(Person::create().email("a@b").first("b").await);
        assert_refused_by("person_email", &error);
        assert!(!format!("{error} {error:?}").contains("a@b"), "no message shows a value: {error:?}");
        assert_eq!(Person::query().only().await?, first);
        Person::create().email("c@d").first("b").await?;
        // Letter case counts.
        Person::create().email("A@b").first("c").await?;
    }
}

behaviour! {
    /// In all of its fields, not in one of them.
    #[needs(unique)]
    async fn rows_may_not_be_alike_in_several_fields() {
        Person::create().first("a").last("b").await?;
        Person::create().first("a").last("c").await?;
        Person::create().first("b").last("b").await?;
        assert_refused_by("person_first_last", &refused(Person::create().first("a").last("b").await));
        Person::create().first("x").city(1).street(1).await?;
        Person::create().first("y").city(1).street(2).await?;
        let error = refused(Person::create().first("z").city(1).street(2).await);
        assert_refused_by("person_place", &error);
    }
}

behaviour! {
    /// Alone or among several fields.
    #[needs(unique)]
    async fn null_is_like_nothing() {
        for _ in 0..3 {
            Person::create().first("a").city(1).await?;
        }
        assert_eq!(Person::query().is_null_email().is_null_last().eq_city(1).count().await?, 3);
    }
}

behaviour! {
    /// Both rows stay as they were.
    #[needs(unique)]
    async fn a_row_cannot_be_saved_into_the_likeness_of_another() {
        let one = Person::create().email("one").first("a").last("x").await?;
        let mut two = Person::create().email("two").first("b").last("x").await?;
        let before = two.clone();
        two.email = Some("one".to_owned());
        assert_refused_by("person_email", &refused(two.save().await));
        two.reload().await?;
        assert_eq!(two, before);
        two.first = "a".to_owned();
        assert_refused_by("person_first_last", &refused(two.save().await));
        assert_eq!(Person::find(one.id).await?, Some(one));
        assert_eq!(Person::find(two.id).await?, Some(before));
    }
}

behaviour! {
    /// It is like itself only, and what was freed may be taken.
    #[needs(unique)]
    async fn a_value_is_free_again_when_its_row_goes_or_changes() {
        let mut one = Person::create().email("a").first("1").await?;
        one.first = "one".to_owned();
        one.save().await?;
        one.email = Some("b".to_owned());
        one.save().await?;
        let two = Person::create().email("a").first("2").await?;
        two.delete().await?;
        one.email = Some("a".to_owned());
        one.save().await?;
        assert_eq!(Person::query().eq_email("a").only().await?, one);
    }
}

behaviour! {
    /// Of many that are created at once.
    #[needs(unique)]
    async fn rows_may_not_be_like_each_other() {
        let drafts = ["a", "b", "a"].map(|it| Person::draft().email(it).first(it));
        assert_refused_by("person_email", &refused(Person::create_many(drafts).await));
        assert_eq!(Person::query().count().await?, 0);
    }
}

behaviour! {
    /// Only one of them has it, and the others are told.
    #[needs(unique)]
    async fn of_many_tasks_one_takes_the_value(db) {
        let create = |it: i64| {
            let person = Person::create().email("same").first(it.to_string()).on(db);
            tokio::spawn(person.insert())
        };
        let mut taken = 0;
        for task in (0..16).map(create).collect::<Vec<_>>() {
            match task.await.expect("it does not panic") {
                Ok(_) => taken += 1,
                Err(error) => assert_refused_by("person_email", &error),
            }
        }
        assert_eq!(taken, 1);
        assert_eq!(Person::query().count().await?, 1);
    }
}

#[prom::orm(unique(realm, nick))]
#[derive(Debug, Clone, PartialEq)]
struct Account {
    #[field(unique, ignore_case)]
    login: String,
    realm: i64,
    #[field(ignore_case)]
    nick: Option<String>,
}

behaviour! {
    /// Where the field ignores letter case, its uniqueness does, and what is
    /// stored stays as it is written.
    #[needs(unique)]
    async fn letter_case_is_ignored_where_it_is_said(db) {
        let alice = Account::create().login("Alice").realm(1).nick("Al").await?;
        for login in ["alice", "ALICE", "aLiCe"] {
            let error = refused(Account::create().login(login).realm(2).await);
            assert_eq!((error.kind(), error.constraint()), (Kind::Unique, Some("account_login")));
            assert_eq!(Account::query().eq_login(login).only().await?, alice);
            assert_eq!(Account::query().in_login([login, "bob"]).only().await?, alice);
        }
        let error = refused(Account::create().login("al2").realm(1).nick("AL").await);
        assert_eq!((error.kind(), error.constraint()), (Kind::Unique, Some("account_realm_nick")));
        Account::create().login("al2").realm(2).nick("AL").await?;
        check_that_it_can_be_rewritten(db, alice).await?;
    }
}

/// In another letter case, a row is still like itself only.
async fn check_that_it_can_be_rewritten(db: &Connection, mut row: Account) -> prom::Result<()> {
    row.login = "ALICE".to_owned();
    assert!(row.is_modified());
    row.save().await?;
    let found = Account::query().eq_login("alice").on(db).only().await?;
    assert_eq!(found.login, "ALICE");
    Ok(())
}

#[prom::orm(table = "ix")]
#[derive(Debug)]
struct Ix {
    #[field(unique)]
    bar_baz: i64,
}

#[prom::orm(table = "ix_bar")]
#[derive(Debug)]
struct IxBar {
    #[field(unique)]
    baz: i64,
}

behaviour! {
    /// `ix_bar_baz` is the name of both, and each is there; looked for again,
    /// neither is missing.
    #[needs(unique)]
    async fn two_indexes_of_one_name_are_two(db) {
        Ix::create().bar_baz(1).await?;
        IxBar::create().baz(1).await?;
        assert_eq!(refused(Ix::create().bar_baz(1).await).kind(), Kind::Unique);
        let error = refused(IxBar::create().baz(1).await);
        assert_eq!((error.kind(), error.constraint()), (Kind::Unique, Some("ix_bar_baz")));
        assert_eq!(error.model(), Some("IxBar"));
        db.verify(&[Ix::schema(), IxBar::schema()]).await?;
    }
}

behaviour! {
    /// Installed at once, they are two as well.
    #[needs(unique)]
    async fn two_indexes_of_one_name_are_made_at_once(db) {
        db.install(&[Ix::schema(), IxBar::schema()]).await?;
        db.verify(&[Ix::schema(), IxBar::schema()]).await?;
        IxBar::create().baz(1).await?;
        assert_eq!(refused(IxBar::create().baz(1).await).kind(), Kind::Unique);
    }
}

#[prom::orm(table = "tab")]
#[derive(Debug)]
struct Tab {
    #[field(unique)]
    bar: i64,
}

#[prom::orm(table = "tab_bar")]
#[derive(Debug)]
struct TabBar {
    n: i64,
}

behaviour! {
    /// The index makes way for the table, one after the other or at once.
    #[needs(unique)]
    async fn an_index_may_be_called_like_a_table(db) {
        TabBar::create().n(1).await?;
        Tab::create().bar(1).await?;
        assert_eq!(refused(Tab::create().bar(1).await).kind(), Kind::Unique);
        db.verify(&[Tab::schema(), TabBar::schema()]).await?;
        let elsewhere = crate::run::another("elsewhere")?;
        elsewhere.install(&[Tab::schema()]).await?;
        elsewhere.install(&[TabBar::schema()]).await?;
        elsewhere.verify(&[Tab::schema(), TabBar::schema()]).await?;
    }
}
