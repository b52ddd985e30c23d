//! A row belongs to the connection it came from: its key means another row
//! elsewhere.

use prom::prelude::*;
use prom::{Error, Kind, transaction};

use crate::behaviour::refused;
use crate::run::{another, dsn_named};

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Writer {
    name: String,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Text {
    #[field(unique)]
    title: String,
    #[field(reverse = "texts")]
    writer_id: Ref<Writer>,
    #[field(reverse = "edited")]
    editor_id: Option<Ref<Writer>>,
}

/// A writer and a text on the connection, of the same keys on each that is fresh.
async fn written(on: &Connection, name: &str) -> prom::Result<(Writer, Text)> {
    let writer = Writer::create().name(name).on(on).await?;
    let text = Text::create().title(name).writer_id(&writer).on(on).await?;
    Ok((writer, text))
}

/// What is on the connection.
async fn all(on: &Connection) -> prom::Result<(Vec<Writer>, Vec<Text>)> {
    Ok((Writer::query().on(on).await?.into_vec(), Text::query().on(on).await?.into_vec()))
}

/// It says which connections are meant, and nothing was done.
#[track_caller]
fn names_both(error: &Error, from: &Connection, to: &Connection) {
    let text = error.to_string();
    assert_eq!(error.kind(), Kind::Invalid, "{error}");
    assert!(text.contains(&format!("goes to the connection `{}`", to.name())), "{error}");
    assert!(text.contains(&format!("came from the connection `{}`", from.name())), "{error}");
}

behaviour! {
    /// Another row may have the same number as its key.
    async fn a_row_stands_by_name_for_no_number_and_for_no_row_of_another_model(db) {
        let (ann, text) = written(db, "ann").await?;
        let query = Text::query;
        let refusals = [
            query().eq_field("writer_id", &text).count().await,
            query().in_field("editor_id", [&text]).count().await,
            query().ne_field("id", &ann).count().await,
            query().set_field("editor_id", &text).update_all().await,
            query().set_field("id", &ann).update_all().await,
        ];
        for refusal in refusals {
            let error = refused(refusal);
            assert_eq!(error.kind(), Kind::Invalid);
            assert!(error.to_string().contains("and got a row of `"), "{error}");
        }
        assert_eq!(query().eq_field("id", &text).eq_field("writer_id", &ann).only().await?, text);
    }
}

behaviour! {
    /// Neither saved, deleted nor read anew there, unless the call itself says so.
    async fn a_row_is_not_written_over_a_row_of_another_connection(db) {
        let other = another("other")?;
        let (mut ann, _) = written(db, "ann").await?;
        let (bob, _) = written(&other, "bob").await?;
        assert_eq!(ann.id, bob.id);
        let before = (all(db).await?, all(&other).await?);
        ann.name = "changed".into();
        other
            .scope(async {
                names_both(&refused(ann.save().await), db, &other);
                names_both(&refused(ann.reload().await), db, &other);
                names_both(&refused(ann.clone().delete().await), db, &other);
                // The scope is the innermost one.
                names_both(&refused(db.scope(bob.clone().delete().into_future()).await), &other, db);
                prom::Result::Ok(())
            })
            .await?;
        assert_eq!((all(db).await?, all(&other).await?), before);
        assert_eq!(ann.modified(), ["name"]);

        other
            .scope(async {
                db.scope(ann.save().into_future()).await?;
                ann.name = "Ann".into();
                ann.save().on(db).await?;
                ann.reload().on(db).await
            })
            .await?;
        assert_eq!(Writer::query().on(db).only().await?, ann);
        // One that says where it goes is taken at its word.
        ann.name = "Bob".into();
        ann.save().on(&other).await?;
        assert_eq!(Writer::query().on(&other).only().await?.name, "Bob");
        assert!(ann.delete().on(&other).await?);
        assert_eq!(Writer::query().on(db).count().await?, 1);
        other.close().await?;
    }
}

behaviour! {
    /// Whether it is one future, by hand, or within another.
    #[needs(transactions)]
    async fn nor_in_a_transaction_on_another_connection(db) {
        let other = another("other")?;
        let (mut ann, _) = written(db, "ann").await?;
        let (bob, _) = written(&other, "bob").await?;
        ann.name = "changed".into();
        names_both(&refused(transaction(async { ann.save().await }).on(&other).await), db, &other);
        names_both(&refused(transaction(async { ann.clone().delete().await }).on(&other).await), db, &other);
        let tx = other.begin().await?;
        names_both(&refused(tx.scope(ann.save().into_future()).await), db, &other);
        tx.rollback().await?;
        let within = transaction(async { transaction(async { ann.save().await }).on(&other).await });
        names_both(&refused(within.await), db, &other);
        assert_eq!(Writer::query().on(&other).only().await?, bob);

        // On its own it is at home, and `.on(..)` counts for more.
        transaction(async { ann.save().await }).on(db).await?;
        ann.name = "again".into();
        let tx = db.begin().await?;
        transaction(async { ann.save().on(&tx).await }).on(&other).await?;
        tx.scope(ann.reload().into_future()).await?;
        tx.commit().await?;
        assert_eq!(Writer::query().on(db).only().await?.name, "again");
        assert_eq!(Writer::query().on(&other).only().await?, bob);
        other.close().await?;
    }
}

behaviour! {
    /// To the row it refers to, and back.
    async fn a_row_s_relations_are_not_looked_for_on_another_connection(db) {
        let other = another("other")?;
        let (ann, text) = written(db, "ann").await?;
        let (_, untouched) = written(&other, "bob").await?;
        other
            .scope(async {
                names_both(&refused(text.writer().await), db, &other);
                names_both(&refused(text.related(Text::EDITOR).await), db, &other);
                names_both(&refused(ann.related(Writer::TEXTS).await), db, &other);
                names_both(&refused(ann.texts().await), db, &other);
                names_both(&refused(ann.texts().stream().try_next().await), db, &other);
                names_both(&refused(ann.texts().set_title("x").update().await), db, &other);
                names_both(&refused(ann.texts().delete().await), db, &other);
                assert_eq!(ann.texts().on(db).only().await?, text);
                assert_eq!(ann.texts().on(&other).only().await?, untouched);
                assert_eq!(db.scope(text.writer()).await?, ann);
                prom::Result::Ok(())
            })
            .await?;
        assert_eq!(Text::query().on(&other).only().await?, untouched);
        other.close().await?;
    }
}

behaviour! {
    /// It is another writer who has the key there; whoever means that one gives the key.
    async fn a_draft_refers_to_no_row_of_another_connection(db) {
        let other = another("other")?;
        let (ann, _) = written(db, "ann").await?;
        let (bob, _) = written(&other, "bob").await?;
        let before = all(&other).await?;
        let create = || Text::create().title("new").writer_id(&ann);
        let error = refused(other.scope(create().insert()).await);
        names_both(&error, db, &other);
        assert_eq!((error.model(), error.field()), (Some("Text"), Some("writer_id")));
        names_both(&refused(create().on(&other).await), db, &other);
        names_both(&refused(Text::draft().title("new").writer_id(&ann).on(&other).await), db, &other);
        let edited = || Text::draft().title("new").writer_id(bob.id).editor_id(&ann);
        let error = refused(edited().on(&other).await);
        names_both(&error, db, &other);
        assert_eq!(error.field(), Some("editor_id"));
        let many = [Text::draft().title("first").writer_id(&bob), edited()];
        let error = refused(Text::create_many(many).on(&other).await);
        names_both(&error, db, &other);
        assert!(error.to_string().contains("draft 1"), "{error}");
        // A row that belongs elsewhere, where the scope is at home.
        names_both(&refused(Text::create().title("new").writer_id(&bob).await), &other, db);
        assert_eq!(all(&other).await?, before);

        // What was said last counts, and a key is a key.
        let text = edited().writer_id(&ann).writer_id(&bob).editor_id(ann.id).on(&other).await?;
        assert_eq!((text.writer_id, text.editor_id), ((&bob).into(), Some((&ann).into())));
        let mut draft = text.into_draft();
        draft.set_title("copied");
        assert_eq!(draft.on(db).await?.writer_id, ann);
        other.close().await?;
    }
}

behaviour! {
    /// They are inserted together, where the call says.
    async fn a_draft_that_goes_elsewhere_is_not_inserted_with_others(db) {
        let other = another("other")?;
        let drafts = || [Writer::draft().name("a"), Writer::create().name("b").on(&other).into()];
        let error = refused(Writer::create_many(drafts()).await);
        assert_eq!((error.kind(), error.model()), (Kind::Invalid, Some("Writer")));
        assert!(error.to_string().contains("draft 1") && error.to_string().contains(other.name()), "{error}");
        assert_eq!(refused(Writer::create_many(drafts()).on(db).await).kind(), Kind::Invalid);
        for connection in [db, &other] {
            assert_eq!(Writer::query().on(connection).count().await?, 0);
        }
        other.close().await?;
    }
}

behaviour! {
    /// All endings of a draft.
    #[needs(upsert)]
    async fn nor_does_one_that_may_meet_a_row(db) {
        let other = another("other")?;
        let (ann, _) = written(db, "ann").await?;
        written(&other, "bob").await?;
        let before = all(&other).await?;
        let create = || Text::create().title("bob").writer_id(&ann).on(&other);
        names_both(&refused(create().upsert().await), db, &other);
        names_both(&refused(create().upsert_on(["title"]).await), db, &other);
        names_both(&refused(create().or_ignore().await), db, &other);
        names_both(&refused(create().find_or_create().await), db, &other);
        names_both(&refused(other.scope(Text::draft().title("x").writer_id(&ann).upsert()).await), db, &other);
        assert_eq!(all(&other).await?, before);
        other.close().await?;
    }
}

behaviour! {
    /// Neither set to one nor compared with one, but by its key or where the query says where it goes.
    async fn a_query_is_given_no_row_of_another_connection(db) {
        let other = another("other")?;
        let (ann, first) = written(db, "ann").await?;
        let (bob, text) = written(&other, "bob").await?;
        other
            .scope(async {
                names_both(&refused(Text::query().eq_writer_id(&ann).count().await), db, &other);
                names_both(&refused(Text::query().ne_editor_id(&ann).await), db, &other);
                names_both(&refused(Text::query().in_writer_id([&bob, &ann]).await), db, &other);
                names_both(&refused(Text::query().nin_writer_id(std::slice::from_ref(&ann)).await), db, &other);
                names_both(&refused(Text::query().any(|it| it.eq_writer_id(&ann)).await), db, &other);
                names_both(&refused(Text::query().asc_title().after(&first).await), db, &other);
                names_both(&refused(Text::query().eq_writer_id(&ann).delete().await), db, &other);
                names_both(&refused(Text::query().set_editor_id(&ann).update_all().await), db, &other);
                let set = Text::query().set_editor_id(&ann).set_title("x").on(&other).update_all();
                let error = refused(set.await);
                names_both(&error, db, &other);
                assert_eq!(error.field(), Some("editor_id"));
                assert_eq!(Text::query().only().await?, text);

                assert_eq!(Text::query().eq_writer_id(&bob).only().await?, text);
                assert_eq!(Text::query().eq_writer_id(ann.id).only().await?, text);
                assert_eq!(Text::query().on(&other).eq_writer_id(&ann).only().await?, text);
                assert_eq!(Text::query().in_writer_id([&ann]).on(db).only().await?, first);
                let set = Text::query().set_editor_id(&ann).set_editor_id(&bob);
                assert_eq!(set.update_all().await?, 1);
                prom::Result::Ok(())
            })
            .await?;
        // Without a scope it is the model's own connection that the query goes to.
        names_both(&refused(Text::query().eq_writer_id(&bob).await), &other, db);
        other.close().await?;
    }
}

behaviour! {
    /// As by method: a field that is named at run time is given no row of another connection.
    async fn nor_by_name(db) {
        let other = another("other")?;
        let (ann, first) = written(db, "ann").await?;
        let (bob, text) = written(&other, "bob").await?;
        let query = Text::query;
        other
            .scope(async {
                names_both(&refused(query().eq_field("writer_id", &ann).count().await), db, &other);
                names_both(&refused(query().ne_field("editor_id", &ann).await), db, &other);
                names_both(&refused(query().eq_field("editor_id", Some(&ann)).await), db, &other);
                names_both(&refused(query().gte_field("writer_id", &ann).await), db, &other);
                names_both(&refused(query().between_field("writer_id", &bob, &ann).await), db, &other);
                names_both(&refused(query().in_field("writer_id", [&bob, &ann]).await), db, &other);
                names_both(&refused(query().nin_field("writer_id", [&ann]).await), db, &other);
                names_both(&refused(query().order_field("writer_id", [&ann]).await), db, &other);
                names_both(&refused(query().order_writer_id([&ann]).await), db, &other);
                names_both(&refused(query().not(|q| q.eq_field("writer_id", &ann)).await), db, &other);
                names_both(&refused(query().eq_field("writer_id", &ann).delete().await), db, &other);
                let set = query().set_field("editor_id", &ann).on(&other).update_all();
                let error = refused(set.await);
                names_both(&error, db, &other);
                assert_eq!(error.field(), Some("editor_id"));
                names_both(&refused(query().set_field("editor_id", Some(&ann)).update_all().await), db, &other);
                assert_eq!(query().only().await?, text);

                assert_eq!(query().eq_field("writer_id", &bob).only().await?, text);
                assert_eq!(query().eq_field("writer_id", ann.id).only().await?, text);
                assert_eq!(query().on(&other).eq_field("writer_id", &ann).only().await?, text);
                assert_eq!(query().in_field("writer_id", [&ann]).on(db).only().await?, first);
                // What is said last counts.
                let set = query().set_field("editor_id", &ann).set_field("editor_id", &bob);
                assert_eq!(set.update_all().await?, 1);
                assert_eq!(query().eq_field("editor_id", Some(&bob)).count().await?, 1);
                prom::Result::Ok(())
            })
            .await?;
        names_both(&refused(query().eq_field("writer_id", &bob).await), &other, db);
        other.close().await?;
    }
}

behaviour! {
    /// The conditions in the database's own SQL are given none either.
    #[needs(sql)]
    async fn nor_by_sql(db) {
        let other = another("other")?;
        let (ann, _) = written(db, "ann").await?;
        let (bob, text) = written(&other, "bob").await?;
        other
            .scope(async {
                let query = |writer: &Writer| Text::query().raw_field("writer_id = ?", [writer]);
                names_both(&refused(query(&ann).await), db, &other);
                assert_eq!(query(&bob).only().await?, text);
                assert_eq!(query(&ann).on(&other).only().await?, text);
                prom::Result::Ok(())
            })
            .await?;
        // A key is the same value, whichever connection it is of.
        assert_eq!(prom::Value::from(&ann), prom::Value::from(ann.id));
        other.close().await?;
    }
}

behaviour! {
    /// Wherever in it the query stands that was given the row.
    #[needs(subqueries)]
    async fn nor_is_one_within_it(db) {
        let other = another("other")?;
        let (ann, _) = written(db, "ann").await?;
        written(&other, "bob").await?;
        other
            .scope(async {
                let of = || Text::query().eq_writer_id(&ann);
                names_both(&refused(Text::query().in_id(of().select_id()).await), db, &other);
                names_both(&refused(Text::query().union(of()).await), db, &other);
                names_both(&refused(Writer::query().where_has(Writer::TEXTS, |_| of()).await), db, &other);
                let by_start = Text::query().in_id(ann.texts().select_id());
                names_both(&refused(by_start.await), db, &other);
                assert_eq!(Text::query().on(&other).in_id(of().select_id()).count().await?, 1);
                prom::Result::Ok(())
            })
            .await?;
        other.close().await?;
    }
}

behaviour! {
    /// Its key means another row in the database that has the name now.
    async fn a_row_of_a_connection_that_was_replaced_belongs_nowhere(db) {
        let (mut ann, _) = written(db, "ann").await?;
        db.close().await?;
        let new = prom::configure(&dsn_named("new", db.name()))?;
        let (bob, _) = written(&new, "bob").await?;
        ann.name = "changed".into();
        for error in [
            refused(new.scope(ann.save().into_future()).await),
            refused(new.scope(ann.texts().into_future()).await),
            refused(Text::create().title("x").writer_id(&ann).on(&new).await),
        ] {
            assert_eq!(error.kind(), Kind::Invalid);
            assert!(error.to_string().contains("was replaced"), "{error}");
        }
        assert_eq!(Writer::query().on(&new).only().await?, bob);
        new.close().await?;
    }
}

#[prom::orm(track = false)]
#[derive(Debug, Clone, PartialEq)]
struct Untracked {
    name: String,
}

behaviour! {
    /// There it is all of the row that is there, and here it is still to be saved.
    async fn what_is_saved_on_another_connection_is_not_saved_here(db) {
        let other = another("other")?;
        let (mut ann, _) = written(db, "ann").await?;
        written(&other, "bob").await?;
        // All of it, whatever was changed here.
        ann.save().on(&other).await?;
        assert_eq!(Writer::query().on(&other).only().await?, ann);
        ann.name = "changed".into();
        ann.save().on(&other).await?;
        assert_eq!(Writer::query().on(&other).only().await?, ann);
        assert!(ann.modified().contains(&"name"));
        ann.save().await?;
        assert_eq!(Writer::query().on(db).only().await?, ann);
        assert!(!ann.is_modified());

        let mut row = Untracked::create().name("ann").on(db).await?;
        Untracked::create().name("bob").on(&other).await?;
        row.name = "changed".into();
        row.save().on(&other).await?;
        assert_eq!(Untracked::query().on(&other).only().await?, row);
        row.save().await?;
        assert_eq!(Untracked::query().on(db).only().await?, row);
        other.close().await?;
    }
}

behaviour! {
    /// Whether that is kept there or undone.
    #[needs(transactions)]
    async fn what_is_saved_in_a_transaction_elsewhere_is_not_saved_here(db) {
        let other = another("other")?;
        let (mut ann, _) = written(db, "ann").await?;
        let (bob, _) = written(&other, "bob").await?;
        ann.name = "changed".into();
        let tx = other.begin().await?;
        ann.save().on(&tx).await?;
        assert_eq!(Writer::query().on(&tx).only().await?, ann);
        tx.rollback().await?;
        assert_eq!(Writer::query().on(&other).only().await?, bob);
        assert!(ann.modified().contains(&"name"));
        let tx = db.begin().await?;
        ann.save().on(&tx).await?;
        ann.save().on(&other).await?;
        assert_eq!(Writer::query().on(&other).only().await?, ann);
        tx.rollback().await?;
        assert!(ann.modified().contains(&"name"));
        ann.save().await?;
        assert_eq!(Writer::query().on(db).only().await?, ann);
        other.close().await?;
    }
}
