//! What became of a row: changed, saved, read anew, deleted.

use std::time::Duration;

use prom::Kind;
use prom::prelude::*;

use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    bar: i64,
    name: String,
    note: Option<String>,
    bytes: Option<Vec<u8>>,
    flag: Option<bool>,
}

async fn foo() -> prom::Result<Foo> {
    Foo::create().bar(1).name("a").note("b").await
}

/// The row as the database has it.
async fn stored(id: i64) -> prom::Result<Foo> {
    Foo::query().eq_field("id", id).only().await
}

/// So that the next stamp is another.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

behaviour! {
    /// Whichever way it was read, 0, "", false and NULL included.
    async fn a_row_that_was_just_read_is_not_modified() {
        let created = Foo::create().bar(0).name("").flag(false).await?;
        let mut stream = Foo::query().stream();
        for row in [
            created.clone(),
            Foo::find(created.id).await?.expect("it is there"),
            Foo::query().one().await?.expect("it is there"),
            Foo::query().only().await?,
            Foo::query().get().await?.into_vec().remove(0),
            stream.try_next().await?.expect("it is there"),
        ] {
            assert!(!row.is_modified());
            assert_eq!(row.modified(), [""; 0]);
        }
    }
}

behaviour! {
    /// A field that was set back is not.
    async fn what_was_changed_is_named() {
        let mut row = foo().await?;
        row.bar = 2;
        row.note = None;
        assert_eq!(row.modified(), ["bar", "note"]);
        row.bar = 1;
        assert_eq!(row.modified(), ["note"]);
        row.note = Some("b".to_owned());
        assert!(!row.is_modified());
        row.note = Some(String::new());
        assert_eq!(row.modified(), ["note"]);
    }
}

behaviour! {
    /// So two that change different fields of one row do not undo each other.
    async fn only_what_was_changed_is_saved() {
        let mut one = foo().await?;
        let mut two = stored(one.id).await?;
        one.bar = 5;
        one.save().await?;
        two.name = "z".to_owned();
        two.save().await?;
        let both = stored(one.id).await?;
        assert_eq!((both.bar, both.name.as_str()), (5, "z"));
        assert!(!one.is_modified() && !two.is_modified());
    }
}

behaviour! {
    /// Whatever happened to the row meanwhile.
    async fn nothing_changed_is_nothing_sent() {
        let mut row = foo().await?;
        let before = row.clone();
        a_moment().await;
        row.save().await?;
        assert_eq!(row, before);
        assert_eq!(stored(row.id).await?, before);
        before.delete().await?;
        row.save().await?;
        assert_eq!(Foo::query().count().await?, 0);
    }
}

behaviour! {
    /// And the row in memory knows it.
    async fn the_stamp_moves_when_a_row_is_saved() {
        let mut row = foo().await?;
        let (created, updated) = (row.created, row.updated);
        a_moment().await;
        row.bar += 1;
        row.save().await?;
        assert!(row.updated > updated, "{} {updated}", row.updated);
        assert_eq!(row.created, created);
        assert_eq!(stored(row.id).await?, row);
        assert!(!row.is_modified());
    }
}

behaviour! {
    /// Whether anything else was changed or not.
    async fn a_stamp_that_is_set_by_hand_is_kept() {
        let mut row = foo().await?;
        let long_ago = Timestamp::from_second(1_000).expect("it is in range");
        row.updated = long_ago;
        row.save().await?;
        assert_eq!(stored(row.id).await?.updated, long_ago);
        row.created = long_ago;
        row.bar = 9;
        a_moment().await;
        row.save().await?;
        let saved = stored(row.id).await?;
        assert_eq!((saved.created, saved.bar), (long_ago, 9));
        assert!(saved.updated > long_ago);
    }
}

behaviour! {
    /// And values in the place of NULL.
    async fn null_is_saved() {
        let mut row = foo().await?;
        (row.note, row.bytes, row.flag) = (None, Some(vec![1]), Some(false));
        row.save().await?;
        let saved = stored(row.id).await?;
        assert_eq!((saved.note, saved.bytes, saved.flag), (None, Some(vec![1]), Some(false)));
        (row.note, row.bytes, row.flag) = (Some(String::new()), None, None);
        row.save().await?;
        let saved = stored(row.id).await?;
        assert_eq!((saved.note.as_deref(), saved.bytes, saved.flag), (Some(""), None, None));
    }
}

behaviour! {
    /// No setter has to be called.
    async fn what_was_changed_in_place_is_saved() {
        let mut row = Foo::create().bar(1).name("a").bytes(vec![1]).await?;
        row.name.push('b');
        if let Some(it) = &mut row.bytes {
            it.push(2);
        }
        assert_eq!(row.modified(), ["name", "bytes"]);
        row.save().await?;
        let saved = stored(row.id).await?;
        assert_eq!((saved.name.as_str(), saved.bytes), ("ab", Some(vec![1, 2])));
    }
}

behaviour! {
    /// It is found under the new key, and saved again there.
    async fn a_changed_key_moves_the_row() {
        let mut row = foo().await?;
        let other = foo().await?;
        row.id = 50;
        assert_eq!(row.modified(), ["id"]);
        row.save().await?;
        assert_eq!(Foo::find(1).await?, None);
        assert_eq!(Foo::find(50).await?, Some(row.clone()));
        row.bar = 7;
        row.save().await?;
        assert_eq!(stored(50).await?.bar, 7);
        assert_eq!(Foo::find(other.id).await?, Some(other));
        assert!(row.delete().await?);
    }
}

behaviour! {
    /// Until it is saved, a key that was changed is not that of the row.
    async fn a_row_is_deleted_and_read_anew_by_the_key_it_was_read_with() {
        let (mut one, two) = (foo().await?, foo().await?);
        one.id = two.id;
        one.reload().await?;
        assert_eq!(one.id, 1);
        one.id = two.id;
        assert!(one.delete().await?);
        assert_eq!(Foo::query().only().await?, two);
    }
}

behaviour! {
    /// Nobody's row is overwritten, and it can be saved once that is mended.
    #[needs(unique)]
    async fn a_row_that_cannot_be_saved_stays_modified() {
        let (mut one, two) = (foo().await?, foo().await?);
        one.id = two.id;
        one.bar = 8;
        assert_eq!(refused(one.save().await).kind(), Kind::Unique);
        assert_eq!(one.modified(), ["bar", "id"]);
        assert_eq!(stored(two.id).await?, two);
        assert_eq!(stored(1).await?.bar, 1);
        one.id = 1;
        one.save().await?;
        assert_eq!(stored(1).await?.bar, 8);
    }
}

behaviour! {
    /// Saved or read anew.
    async fn a_row_that_is_gone_is_not_found() {
        let mut row = foo().await?;
        stored(row.id).await?.delete().await?;
        row.bar = 2;
        let error = refused(row.save().await);
        assert_eq!((error.kind(), error.model()), (Kind::NotFound, Some("Foo")));
        assert_eq!(refused(row.reload().await).kind(), Kind::NotFound);
        assert_eq!((row.bar, row.modified()), (2, vec!["bar"]));
        assert_eq!(Foo::query().count().await?, 0);
    }
}

behaviour! {
    /// And no other row goes.
    async fn delete_says_whether_the_row_was_there() {
        let (one, two) = (foo().await?, foo().await?);
        let again = one.clone();
        assert!(one.delete().await?);
        assert!(!again.delete().await?);
        assert_eq!(Foo::query().only().await?, two);
    }
}

behaviour! {
    /// What others saved comes, what was changed here goes.
    async fn reload_reads_the_row_anew() {
        let mut row = foo().await?;
        let mut other = stored(row.id).await?;
        other.name = "theirs".to_owned();
        other.save().await?;
        row.bar = 100;
        row.reload().await?;
        assert_eq!(row, other);
        assert!(!row.is_modified());
    }
}

behaviour! {
    /// With a key and stamps of its own.
    async fn a_draft_of_a_row_becomes_another_row() {
        let row = foo().await?;
        a_moment().await;
        let copy = row.clone().into_draft().await?;
        assert_ne!(copy.id, row.id);
        assert!(copy.created > row.created);
        assert_eq!((copy.bar, &copy.name, &copy.note), (row.bar, &row.name, &row.note));
        let changed = row.into_draft().bar(9).note(None).await?;
        assert_eq!((changed.bar, changed.name.as_str(), changed.note), (9, "a", None));
        assert_eq!(Foo::query().count().await?, 3);
    }
}

behaviour! {
    /// A row that was deleted comes back as a new one.
    async fn a_deleted_row_is_created_again_from_its_draft() {
        let row = foo().await?;
        let draft = row.clone().into_draft();
        row.delete().await?;
        let again = draft.await?;
        assert_eq!((again.id, again.name.as_str()), (2, "a"));
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Country {
    #[field(pk)]
    code: String,
    name: String,
}

behaviour! {
    /// It is asked for, as in any draft.
    async fn a_draft_of_a_row_has_no_key() {
        let row = Country::create().code("FR").name("a country").await?;
        let error = refused(row.clone().into_draft().await);
        assert_eq!((error.kind(), error.field()), (Kind::Required, Some("code")));
        let copy = row.into_draft().code("DE").await?;
        assert_eq!((copy.code.as_str(), copy.name.as_str()), ("DE", "a country"));
        assert_eq!(Country::query().count().await?, 2);
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Sized {
    #[field(max_size = 3)]
    short: String,
    bar: i64,
}

behaviour! {
    /// Nothing is saved of a row of which something is refused.
    async fn a_value_that_breaks_a_rule_is_not_saved() {
        let mut row = Sized::create().short("abc").bar(1).await?;
        let before = row.clone();
        row.bar = 2;
        row.short.push('d');
        let error = refused(row.save().await);
        assert_eq!((error.kind(), error.field()), (Kind::Value, Some("short")));
        assert_eq!(Sized::query().only().await?, before);
        row.short.pop();
        row.save().await?;
        assert_eq!(Sized::query().only().await?.bar, 2);
    }
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Plain {
    bar: i64,
}

behaviour! {
    /// Only what is its own is saved.
    async fn a_model_without_stamps_is_saved() {
        let mut row = Plain::create().bar(1).await?;
        row.save().await?;
        row.bar = 2;
        row.save().await?;
        assert_eq!(Plain::query().only().await?, row);
    }
}

#[prom::orm(track = false)]
#[derive(Debug, Clone, PartialEq)]
struct Untracked {
    bar: i64,
    name: String,
}

behaviour! {
    /// It cannot know what was changed, and saves it all.
    async fn a_model_that_does_not_track_saves_every_field() {
        let mut row = Untracked::create().bar(1).name("a").await?;
        let mut other = Untracked::query().only().await?;
        other.bar = 2;
        other.save().await?;
        assert!(row.is_modified());
        a_moment().await;
        row.name = "b".to_owned();
        row.save().await?;
        let saved = Untracked::query().only().await?;
        assert_eq!((saved.bar, saved.name.as_str()), (1, "b"));
        assert!(saved.updated > other.updated);
        assert_eq!((saved.created, saved.updated), (row.created, row.updated));
        row.id = 9;
        row.save().await?;
        assert_eq!(Untracked::query().only().await?.id, 9);
    }
}
