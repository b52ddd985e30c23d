//! Everything else there is, in one.

use prom::prelude::*;
use prom::{Error, Hooks, Kind, Ref, Result, transaction};

use super::Own;
use crate::behaviour::refused;

#[prom::orm(hooks)]
#[derive(Debug, Clone, PartialEq)]
struct Author {
    #[field(unique)]
    name: String,
    #[field(default = 0)]
    books: i64,
}

impl Hooks for Author {
    /// Asks the database, which is the transaction's then.
    async fn before_insert(draft: &mut AuthorDraft) -> Result<()> {
        let name = draft.get_name().unwrap_or_default();
        if name == "nobody" {
            return Err(Error::new(Kind::Value, "nobody writes no books"));
        }
        let others = Author::query().ne_name(name).count().await?;
        draft.set_books(i64::try_from(others).unwrap_or_default());
        Ok(())
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Book {
    title: String,
    #[field(reverse = "works")]
    author_id: Ref<Author>,
}

/// Does `work` in one that is rolled back, and looks that nothing is left of it.
async fn without_a_trace(work: impl Future<Output = Result<()>>) -> Result<()> {
    let before = (Author::query().asc_id().get().await?, Book::query().asc_id().get().await?);
    let done = transaction(async {
        work.await?;
        Err::<(), _>(Own::Refused)
    });
    match done.await {
        Err(Own::Prom(error)) => return Err(error),
        done => assert!(matches!(done, Err(Own::Refused))),
    }
    assert_eq!(Author::query().asc_id().get().await?.into_vec(), before.0.into_vec());
    assert_eq!(Book::query().asc_id().get().await?.into_vec(), before.1.into_vec());
    Ok(())
}

async fn ada() -> Result<Author> {
    let ada = Author::create().name("Ada").await?;
    Book::create().title("a1").author_id(&ada).await?;
    Book::create().title("a2").author_id(&ada).await?;
    Ok(ada)
}

behaviour! {
    /// From row to row and back, and along with them.
    #[needs(transactions)]
    async fn relations_are_followed_in_it() {
        ada().await?;
        without_a_trace(async {
            let bob = Author::create().name("Bob").await?;
            let b1 = Book::create().title("b1").author_id(&bob).await?;
            assert_eq!(b1.author().await?, bob);
            assert_eq!(bob.works().count().await?, 1);
            let rows = Book::query().asc_title().with_author().await?;
            let names: Vec<_> = rows.iter().map(|(_, author)| author.name.as_str()).collect();
            assert_eq!(names, ["Ada", "Ada", "Bob"]);
            let rows = Author::query().asc_id().with(Author::WORKS).await?;
            let counts: Vec<_> = rows.iter().map(|(_, works)| works.len()).collect();
            assert_eq!(counts, [2, 1]);
            Ok(())
        })
        .await?;
    }
}

behaviour! {
    /// New rows that meet rows: none of these rests on an error.
    #[needs(transactions, unique, upsert)]
    async fn rows_that_meet_rows_end_nothing() {
        let ada = ada().await?;
        without_a_trace(async {
            assert_eq!(Author::create().name("Ada").upsert().await?.id, ada.id);
            assert_eq!(Author::create().name("Ada").or_ignore().await?, None);
            assert!(!Author::create().name("Ada").find_or_create().await?.1);
            assert!(Author::create().name("Bob").find_or_create().await?.1);
            assert!(Author::create().name("Cyd").or_ignore().await?.is_some());
            assert_eq!(Author::query().count().await?, 3);
            Ok(())
        })
        .await?;
        transaction(async { Author::create().name("Ada").upsert().await }).await?;
        assert_eq!(Author::query().only().await?.id, ada.id);
    }
}

behaviour! {
    /// Many at once, changed and deleted.
    #[needs(transactions)]
    async fn many_rows_are_changed_in_it() {
        let ada = ada().await?;
        without_a_trace(async {
            let drafts = (0..3_000).map(|it| Book::draft().title(format!("b{it}")).author_id(&ada));
            assert_eq!(Book::create_many(drafts).await?.len(), 3_000);
            assert_eq!(Book::query().set_title("all").update_all().await?, 3_002);
            assert_eq!(Book::query().eq_title("all").delete().await?, 3_002);
            assert_eq!(Book::query().count().await?, 0);
            Ok(())
        })
        .await?;
    }
}

behaviour! {
    /// A row's whole life.
    #[needs(transactions)]
    async fn a_row_lives_in_it() {
        ada().await?;
        without_a_trace(async {
            let mut row = Author::create().name("Bob").await?;
            row.name = "Rob".to_owned();
            row.save().await?;
            row.reload().await?;
            assert_eq!(Author::find(row.id).await?.as_ref(), Some(&row));
            assert!(row.clone().delete().await?);
            assert!(!row.delete().await?);
            Ok(())
        })
        .await?;
    }
}

behaviour! {
    /// A hook asks in the same transaction, and its refusal ends nothing.
    #[needs(transactions)]
    async fn hooks_run_in_it() {
        ada().await?;
        without_a_trace(async {
            let error = refused(Author::create().name("nobody").await);
            assert_eq!(error.kind(), Kind::Value);
            assert_eq!(Author::create().name("Bob").await?.books, 1);
            assert_eq!(Author::create().name("Cyd").await?.books, 2);
            Ok(())
        })
        .await?;
    }
}

behaviour! {
    /// By hand-written SQL as by prom's own.
    #[needs(sql, transactions)]
    async fn raw_runs_in_it(db) {
        ada().await?;
        without_a_trace(async {
            let changed = prom::raw("UPDATE book SET title = :title").bind("title", "raw").execute().await?;
            assert_eq!(changed, 2);
            assert_eq!(Book::query().eq_title("raw").count().await?, 2);
            let titles: Vec<String> = prom::raw("SELECT title FROM book").on(db).all().await?;
            assert_eq!(titles, ["raw", "raw"]);
            prom::raw("CREATE TABLE made_in_it (a BIGINT)").execute().await?;
            Ok(())
        })
        .await?;
        assert_eq!(refused(prom::raw("SELECT * FROM made_in_it").execute().await).kind(), Kind::TableMissing);
    }
}

behaviour! {
    /// Its beginning and its end are prom's own affair.
    #[needs(sql, transactions)]
    async fn raw_neither_begins_nor_ends_one() {
        ada().await?;
        for text in ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "RELEASE a", "ROLLBACK TO a", "END"] {
            let done = transaction(async {
                Author::create().name("Bob").await?;
                let error = refused(prom::raw_unchecked(text.to_owned()).execute().await);
                assert!(error.to_string().contains("transaction"), "{text}: {error}");
                Err::<(), _>(Own::Refused)
            });
            assert!(matches!(done.await, Err(Own::Refused)));
            assert_eq!(Author::query().count().await?, 1, "after {text}");
            let error = refused(prom::raw_unchecked(text.to_owned()).execute().await);
            assert!(error.to_string().contains("transaction"), "{text}: {error}");
        }
    }
}
