//! Rows that were created in a transaction that was undone: they are not there, and
//! who has their key now is somebody else.

use prom::prelude::*;
use prom::{Error, Kind, transaction};

use super::{Account, account, stored, undone};
use crate::behaviour::refused;

#[prom::orm(unique(name))]
#[derive(Debug, Clone, PartialEq)]
struct User {
    name: String,
    age: i64,
}

#[prom::orm(unique(name), created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Plain {
    name: String,
    age: i64,
}

/// Another row gets the key of `lost`, which must leave it alone.
macro_rules! assert_lost {
    ($lost:expr, $create:expr) => {{
        let lost = $lost;
        let other = $create.id(lost.id).await?;
        let mut saved = lost.clone();
        saved.age = 99;
        assert!(lost.is_modified() && saved.is_modified());
        for done in [saved.save().await, lost.clone().reload().await, lost.clone().delete().await.map(drop)] {
            let error = refused(done);
            assert_eq!(error.kind(), Kind::NotFound, "{error}");
            assert!(error.to_string().contains("rolled back"), "{error}");
            assert_eq!(error.model(), Some(<_ as ModelName>::name(&lost)));
        }
        assert_eq!(refused(transaction(async { saved.save().await }).await).kind(), Kind::NotFound);
        let mut all = <_ as ModelName>::all(&lost).await?;
        assert_eq!(all.pop(), Some(other.clone()));
        other.delete().await?;
    }};
}

/// So that one macro is enough for both models.
trait ModelName: Sized {
    fn name(&self) -> &'static str;
    async fn all(&self) -> prom::Result<Vec<Self>>;
}

impl ModelName for User {
    fn name(&self) -> &'static str {
        "User"
    }

    async fn all(&self) -> prom::Result<Vec<Self>> {
        Ok(Self::query().asc_id().get().await?.into_vec())
    }
}

impl ModelName for Plain {
    fn name(&self) -> &'static str {
        "Plain"
    }

    async fn all(&self) -> prom::Result<Vec<Self>> {
        Ok(Self::query().asc_id().get().await?.into_vec())
    }
}

behaviour! {
    /// However it was created.
    #[needs(transactions, unique)]
    async fn a_row_that_was_created_in_vain_is_not_found() {
        let draft = || User::draft().name("ann").age(1);
        let mut rows: Vec<User> = Vec::new();
        undone(async {
            rows.push(User::create().name("ann").age(1).await?);
            Ok(())
        })
        .await;
        undone(async {
            rows.extend(User::create_many([draft(), draft().name("bob")]).await?);
            Ok(())
        })
        .await;
        undone(async {
            let mut row = User::create().name("ann").age(1).await?;
            row.age = 2;
            row.save().await?;
            row.reload().await?;
            rows.push(row);
            Ok(())
        })
        .await;
        for lost in rows {
            assert_lost!(lost, User::create().name("eve").age(5));
        }
    }
}

behaviour! {
    /// By what finds or updates a row as well, in all its ways.
    #[needs(transactions, unique, upsert)]
    async fn a_row_that_was_found_missing_in_vain_is_not_found() {
        let draft = || User::draft().name("ann").age(1);
        let mut rows: Vec<User> = Vec::new();
        undone(async {
            rows.extend(draft().or_ignore().await?);
            Ok(())
        })
        .await;
        undone(async {
            let (row, is_new) = draft().find_or_create().await?;
            assert!(is_new);
            rows.push(row);
            Ok(())
        })
        .await;
        undone(async {
            rows.push(draft().upsert().await?);
            Ok(())
        })
        .await;
        assert_eq!(rows.len(), 3);
        for lost in rows {
            assert_lost!(lost, User::create().name("eve").age(5));
        }
        let mut rows: Vec<Plain> = Vec::new();
        undone(async {
            rows.push(Plain::draft().name("ann").age(1).upsert().await?);
            Ok(())
        })
        .await;
        for lost in rows {
            assert_lost!(lost, Plain::create().name("eve").age(5));
        }
    }
}

behaviour! {
    /// That was there before is still there, as it was.
    #[needs(transactions, unique, upsert)]
    async fn a_row_that_was_found_is_still_there() {
        let first = User::create().name("ann").age(1).await?;
        let mut rows: Vec<User> = Vec::new();
        undone(async {
            rows.push(User::draft().name("ann").age(2).upsert().await?);
            rows.push(User::draft().name("ann").age(3).find_or_create().await?.0);
            Ok(())
        })
        .await;
        for mut row in rows {
            assert_eq!(User::query().only().await?, first);
            assert!(row.modified().contains(&"age"));
            assert_eq!(row.age, 2);
            row.save().await?;
            assert_eq!(User::query().only().await?, row);
            row.age = 1;
            row.updated = first.updated;
            row.save().await?;
        }
        let plain = Plain::create().name("ann").age(1).await?;
        let mut row = None;
        undone(async {
            row = Some(Plain::draft().id(plain.id).name("ann").age(2).upsert().await?);
            Ok(())
        })
        .await;
        let mut row = row.expect("it was updated");
        row.save().await?;
        assert_eq!(Plain::query().only().await?, row);
    }
}

behaviour! {
    /// Nor is the copy of it that was read there.
    #[needs(transactions)]
    async fn a_row_that_was_created_and_read_in_vain_is_not_found() {
        let mut rows = Vec::new();
        undone(async {
            let created = account(1).await?;
            rows.extend(Account::find(created.id).await?);
            rows.extend(Account::query().get().await?.into_vec());
            let mut stream = Account::query().stream();
            while let Some(row) = stream.try_next().await? {
                rows.push(row);
            }
            Ok(())
        })
        .await;
        assert_eq!(rows.len(), 3);
        let other = Account::create().balance(7).id(rows[0].id).await?;
        for mut row in rows {
            assert!(row.is_modified());
            assert_eq!(refused(row.save().await).kind(), Kind::NotFound);
            assert_eq!(refused(row.reload().await).kind(), Kind::NotFound);
            assert_eq!(refused(row.delete().await).kind(), Kind::NotFound);
        }
        assert_eq!(Account::query().only().await?, other);
    }
}

behaviour! {
    /// One within that was undone, of which the outer one was kept.
    #[needs(transactions, savepoints)]
    async fn a_row_that_was_created_within_in_vain_is_not_found() {
        let mut lost = Vec::new();
        let kept = transaction(async {
            undone(async {
                lost.push(account(1).await?);
                lost.extend(Account::find(lost[0].id).await?);
                Ok(())
            })
            .await;
            // SQLite gives the same key again, within one transaction too.
            let kept = Account::create().balance(7).id(lost[0].id).await?;
            for row in &mut lost {
                assert_eq!(refused(row.save().await).kind(), Kind::NotFound);
            }
            let mut kept = kept;
            undone(async {
                kept.balance = 8;
                kept.save().await
            })
            .await;
            kept.save().await?;
            Ok::<_, Error>(kept)
        })
        .await?;
        assert!(!kept.is_modified());
        for mut row in lost {
            assert_eq!(refused(row.save().await).kind(), Kind::NotFound);
            assert_eq!(refused(row.delete().await).kind(), Kind::NotFound);
        }
        assert_eq!(Account::query().only().await?, kept);
    }
}

behaviour! {
    /// It waits for nobody to say so, and is there after the commit.
    #[needs(transactions)]
    async fn a_row_that_was_created_in_one_that_is_open_is_not_there_outside(db) {
        let tx = db.begin().await?;
        let mut row = Account::create().balance(1).on(&tx).await?;
        row.balance = 2;
        let error = refused(row.save().await);
        assert_eq!(error.kind(), Kind::NotFound);
        assert!(error.to_string().contains("still open"), "{error}");
        assert_eq!(refused(row.reload().await).kind(), Kind::NotFound);
        assert_eq!(refused(row.clone().delete().await).kind(), Kind::NotFound);
        row.save().on(&tx).await?;
        tx.commit().await?;
        assert!(!row.is_modified());
        assert_eq!(stored(row.id).await?, row);
        row.balance = 3;
        row.save().await?;
        assert_eq!(stored(row.id).await?.balance, 3);
    }
}

behaviour! {
    /// Its draft makes another one.
    #[needs(transactions)]
    async fn a_row_that_was_created_in_vain_is_created_again() {
        let mut lost = None;
        undone(async {
            lost = Some(account(5).await?);
            Ok(())
        })
        .await;
        let again = lost.expect("it was created").into_draft().await?;
        assert_eq!(Account::query().only().await?, again);
        assert_eq!(again.balance, 5);
    }
}
