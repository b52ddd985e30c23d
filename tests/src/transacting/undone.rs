//! What rows know of a transaction that was undone: nothing.

mod created;
mod elsewhere;
mod random;
mod read;

use std::time::Duration;

use prom::prelude::*;
use prom::{Error, Kind, transaction};

use super::Own;
use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Account {
    balance: i64,
    #[field(default = String::from("a note"))]
    note: String,
}

#[prom::orm(track = false)]
#[derive(Debug, Clone, PartialEq)]
struct Untracked {
    balance: i64,
}

async fn account(balance: i64) -> prom::Result<Account> {
    Account::create().balance(balance).await
}

/// The row as the database has it.
async fn stored(id: i64) -> prom::Result<Account> {
    Account::query().eq_id(id).only().await
}

/// So that the next stamp is another.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

/// Runs `work` in a transaction that is rolled back.
async fn undone<T>(work: impl Future<Output = prom::Result<T>>) {
    let done = transaction(async {
        work.await?;
        Err::<(), Own>(Own::Refused)
    });
    assert!(matches!(done.await, Err(Own::Refused)));
}

behaviour! {
    /// And is sent, stamps included.
    #[needs(transactions)]
    async fn a_save_that_was_undone_is_saved_again() {
        let mut row = account(1).await?;
        let first = row.clone();
        a_moment().await;
        undone(async {
            row.balance = 4;
            row.save().await?;
            assert!(!row.is_modified());
            row.save().await
        })
        .await;
        assert_eq!(row.modified(), ["balance"], "`updated` was not set by hand");
        assert_eq!(stored(row.id).await?, first);
        let in_vain = row.updated;
        a_moment().await;
        row.save().await?;
        assert!(row.updated > in_vain);
        assert_eq!(stored(row.id).await?, row);
        assert!(!row.is_modified());
    }
}

behaviour! {
    /// In memory the stamp is that of the database again.
    #[needs(transactions)]
    async fn a_row_that_was_set_back_is_the_row_that_is_there() {
        let mut row = account(1).await?;
        a_moment().await;
        undone(async {
            row.balance = 4;
            row.save().await
        })
        .await;
        row.balance = 1;
        assert!(!row.is_modified());
        row.save().await?;
        assert_eq!(stored(row.id).await?, row);
        assert!(!row.is_modified());
    }
}

behaviour! {
    /// As long as that is open, and after it.
    #[needs(transactions)]
    async fn a_second_save_in_a_transaction_sends_nothing() {
        let mut row = account(1).await?;
        transaction(async {
            row.balance = 4;
            row.save().await?;
            let first = row.clone();
            a_moment().await;
            row.save().await?;
            assert_eq!(row, first);
            assert_eq!(stored(row.id).await?, first);
            Ok::<_, Error>(())
        })
        .await?;
        let saved = row.clone();
        a_moment().await;
        assert!(!row.is_modified());
        row.save().await?;
        assert_eq!((&stored(row.id).await?, &row), (&saved, &saved));
    }
}

behaviour! {
    /// One within that is undone, and then the outer one, and then all.
    #[needs(transactions, savepoints)]
    async fn each_level_is_undone_alone() {
        let mut row = account(1).await?;
        let first = row.clone();
        undone(async {
            row.balance = 2;
            row.save().await?;
            let second = row.clone();
            undone(async {
                row.balance = 3;
                row.note = "another".to_owned();
                row.save().await?;
                transaction(async {
                    row.balance = 9;
                    row.save().await
                })
                .await?;
                row.balance = 3;
                row.save().await
            })
            .await;
            assert_eq!(row.modified(), ["balance", "note"]);
            assert_eq!(stored(row.id).await?, second);
            row.balance = 2;
            assert_eq!(row.modified(), ["note"]);
            row.save().await?;
            assert_eq!(stored(row.id).await?, row);
            assert!(!row.is_modified());
            Ok(())
        })
        .await;
        assert_eq!(row.modified(), ["balance", "note"]);
        assert_eq!(stored(row.id).await?, first);
        row.save().await?;
        assert_eq!(stored(row.id).await?, row);
    }
}

behaviour! {
    /// What was kept within is undone with the outer one, and kept with it.
    #[needs(transactions, savepoints)]
    async fn what_was_kept_within_goes_and_stays_with_the_outer_one() {
        let mut row = account(1).await?;
        for times in [1, 40] {
            undone(async {
                for _ in 0..times {
                    transaction(async {
                        row.balance += 1;
                        row.save().await
                    })
                    .await?;
                    assert!(!row.is_modified());
                }
                Ok(())
            })
            .await;
            assert_eq!(row.modified(), ["balance"]);
        }
        transaction(transaction(async { row.save().await })).await?;
        assert!(!row.is_modified());
        assert_eq!((stored(row.id).await?, row.balance), (row.clone(), 42));
    }
}

behaviour! {
    /// By what was set by hand, before the save or before the transaction.
    #[needs(transactions)]
    async fn a_stamp_that_was_set_by_hand_is_set_again() {
        let mut row = account(1).await?;
        let long_ago = Timestamp::from_second(1_000).expect("it is in range");
        undone(async {
            row.updated = long_ago;
            row.save().await
        })
        .await;
        assert_eq!(row.modified(), ["updated"]);
        row.save().await?;
        assert_eq!(stored(row.id).await?.updated, long_ago);
        undone(async {
            row.balance = 2;
            row.save().await
        })
        .await;
        assert!(row.updated > long_ago);
        row.updated = Timestamp::from_second(2_000).expect("it is in range");
        assert_eq!(row.modified(), ["balance", "updated"]);
        row.save().await?;
        assert_eq!(stored(row.id).await?, row);
        assert_eq!(row.updated.as_second(), 2_000);
    }
}

behaviour! {
    /// It is saved, read and deleted under the key that it has.
    #[needs(transactions)]
    async fn a_key_that_was_not_changed_after_all_is_the_old_one() {
        let rows = [account(1).await?, account(2).await?, account(3).await?];
        let mut moved = rows.clone();
        for row in &mut moved {
            undone(async {
                row.id += 50;
                row.save().await?;
                row.balance = 7;
                row.save().await?;
                row.reload().await
            })
            .await;
        }
        // Meanwhile others got those keys.
        let others = Account::create_many((51..54).map(|id| Account::draft().id(id).balance(0))).await?;
        let [mut saved, mut read, deleted] = moved;
        assert!(saved.modified().contains(&"id"));
        saved.id = 1;
        saved.save().await?;
        assert_eq!((saved.balance, stored(1).await?), (7, saved));
        read.reload().await?;
        assert_eq!(read, rows[1]);
        assert!(!read.is_modified());
        assert!(deleted.delete().await?);
        assert_eq!(Account::find(3).await?, None);
        for other in others {
            assert_eq!(stored(other.id).await?, other);
        }
    }
}

behaviour! {
    /// Whichever of them is used: each knows what the other does.
    #[needs(transactions)]
    async fn a_clone_knows_the_same() {
        let mut row = account(1).await?;
        let mut copy = None;
        undone(async {
            row.balance = 4;
            row.save().await?;
            copy = Some(row.clone());
            Ok(())
        })
        .await;
        let mut copy = copy.expect("it was made");
        assert_eq!(copy.modified(), ["balance"]);
        copy.save().await?;
        assert_eq!(stored(row.id).await?, copy);
        assert_eq!((copy.is_modified(), row.is_modified()), (false, true));
    }
}

behaviour! {
    /// Its key, that is: its fields are all saved in any case.
    #[needs(transactions)]
    async fn a_model_that_does_not_track_knows_its_key() {
        let mut row = Untracked::create().balance(1).await?;
        undone(async {
            row.id = 50;
            row.balance = 2;
            row.save().await
        })
        .await;
        row.save().await?;
        assert_eq!(Untracked::query().only().await?, row);
        assert_eq!((row.id, row.balance), (50, 2));
        let mut lost = None;
        undone(async {
            lost = Some(Untracked::create().balance(3).await?);
            Ok(())
        })
        .await;
        let mut lost = lost.expect("it was created");
        let other = Untracked::create().balance(4).id(lost.id).await?;
        assert_eq!(refused(lost.save().await).kind(), Kind::NotFound);
        assert_eq!(Untracked::find(lost.id).await?, Some(other));
    }
}

behaviour! {
    /// Dropped, late, rolled back by hand, ended by an error.
    #[needs(transactions, unique)]
    async fn however_it_was_undone(db) {
        let mut row = account(1).await?;
        let save = |row: &mut Account| {
            row.balance += 1;
            row.note.push('x');
        };
        let slow = transaction(async {
            save(&mut row);
            row.save().await?;
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, Error>(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(50), slow).await.is_err());
        assert_eq!(row.modified(), ["balance", "note"]);

        let slow = transaction(async {
            row.save().await?;
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, Error>(())
        });
        assert_eq!(refused(slow.deadline(Duration::from_millis(50)).await).kind(), Kind::Deadline);
        assert_eq!(row.modified(), ["balance", "note"]);

        let tx = db.begin().deadline(Duration::from_millis(50)).await?;
        row.save().on(&tx).await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(row.modified(), ["balance", "note"]);
        assert_eq!(refused(tx.commit().await).kind(), Kind::Deadline);
        assert_eq!(row.modified(), ["balance", "note"]);

        let tx = db.begin().await?;
        row.save().on(&tx).await?;
        assert!(row.is_modified(), "outside, it is");
        assert!(!tx.scope(async { row.is_modified() }).await, "in it, it is not");
        a_moment().await;
        let updated = row.updated;
        row.save().on(&tx).await?;
        assert_eq!(row.updated, updated);
        tx.rollback().await?;
        assert_eq!(row.modified(), ["balance", "note"]);

        let tx = db.begin().await?;
        row.save().on(&tx).await?;
        drop(tx);
        assert_eq!(row.modified(), ["balance", "note"]);

        let failed = transaction(async {
            row.save().await?;
            let again = Account::create().balance(1).id(row.id).await;
            assert_eq!(refused(again).kind(), Kind::Unique);
            Ok::<_, Error>(())
        });
        assert_eq!(refused(failed.await).kind(), Kind::TransactionAborted);
        assert_eq!(row.modified(), ["balance", "note"]);

        let tx = db.begin().await?;
        row.save().on(&tx).await?;
        tx.commit().await?;
        assert!(!row.is_modified());
        assert_eq!(stored(row.id).await?, row);
    }
}

behaviour! {
    /// A commit that nobody waited for was done or not; either way it is saved then.
    #[needs(transactions)]
    async fn a_commit_that_was_dropped(db) {
        let mut row = account(1).await?;
        let tx = db.begin().await?;
        row.balance = 2;
        row.save().on(&tx).await?;
        let created = Account::create().balance(3).on(&tx).await?;
        let commit = tx.commit();
        let is_over = {
            let mut commit = std::pin::pin!(commit);
            let waker = std::task::Waker::noop();
            commit.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_ready()
        };
        assert_eq!(row.is_modified(), !is_over);
        assert_eq!(created.is_modified(), !is_over);
        row.save().await?;
        assert_eq!(stored(row.id).await?, row);
        let mut created = created;
        created.balance = 4;
        match created.save().await {
            Ok(()) => assert_eq!(stored(created.id).await?, created),
            Err(error) => {
                assert_eq!(error.kind(), Kind::NotFound);
                assert_eq!(Account::find(created.id).await?, None);
            }
        }
    }
}

behaviour! {
    /// What fails after the save is not lost when it is tried again.
    #[needs(transactions)]
    async fn an_attempt_that_fails_late_is_saved_when_it_is_tried_again() {
        let mut row = account(1).await?;
        let mut tries = 0;
        prom::retry!(3, transaction(async {
            tries += 1;
            row.balance = 4;
            row.save().await?;
            if tries < 3 { Err(Error::new(Kind::Serialization, "it lost")) } else { Ok(()) }
        }))?;
        assert_eq!((tries, stored(row.id).await?.balance), (3, 4));
        assert_eq!(stored(row.id).await?, row);
    }
}

behaviour! {
    /// Whoever lost against whom: what was acknowledged is there.
    #[needs(transactions)]
    async fn no_update_that_was_acknowledged_is_lost(db) {
        const TASKS: i64 = 4;
        const TIMES: i64 = 20;
        let shared = account(0).await?;
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let mut shared = shared.clone();
                tokio::spawn(crate::run::in_scope(db, async move {
                    let mut own = account(0).await?;
                    for time in 1..=TIMES {
                        let mut tries = 0;
                        prom::retry!(1_000, transaction(async {
                            tries += 1;
                            own.balance = time;
                            own.save().await?;
                            shared.reload().await?;
                            shared.balance += 1;
                            shared.save().await?;
                            // Some lose without another.
                            let loses = tries == 1 && time % 5 == task;
                            if loses { Err(Error::new(Kind::Serialization, "it lost")) } else { Ok(()) }
                        })
                        .isolation(prom::Isolation::Serializable))?;
                        assert_eq!(stored(own.id).await?, own);
                    }
                    Ok::<_, Error>(())
                }))
            })
            .collect();
        for task in tasks {
            task.await.expect("it does not panic")?;
        }
        assert_eq!(stored(shared.id).await?.balance, TASKS * TIMES);
    }
}

behaviour! {
    /// What is still open elsewhere does not count.
    #[needs(transactions, savepoints)]
    async fn what_is_open_is_seen_within_and_not_outside(db) {
        let mut row = account(1).await?;
        let outer = db.begin().await?;
        let inner = outer.begin().await?;
        row.balance = 2;
        row.save().on(&inner).await?;
        assert!(row.is_modified());
        assert!(!inner.scope(async { row.is_modified() }).await);
        assert!(outer.scope(async { row.is_modified() }).await, "the inner one may yet be undone");
        inner.commit().await?;
        assert!(!outer.scope(async { row.is_modified() }).await);
        assert!(row.is_modified());
        outer.commit().await?;
        assert!(!row.is_modified());
        assert_eq!(stored(row.id).await?, row);
    }
}
