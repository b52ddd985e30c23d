//! Rows that were read in a transaction that was undone.

use prom::prelude::*;
use prom::{Kind, transaction};

use super::{Account, account, stored, undone};
use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    account: Ref<Account>,
    amount: i64,
}

behaviour! {
    /// As a row is that was read anywhere else.
    #[needs(transactions)]
    async fn where_nothing_was_written_they_are_as_they_were_read() {
        account(1).await?;
        let mut rows = Vec::new();
        undone(async {
            rows.push(Account::query().only().await?);
            account(2).await
        })
        .await;
        for row in rows {
            assert!(!row.is_modified());
        }
        let row = transaction(async {
            account(3).await?;
            Account::query().eq_balance(1).only().await
        })
        .await?;
        assert!(!row.is_modified(), "it was kept");
    }
}

behaviour! {
    /// In whatever way: what they were read with may have been undone.
    #[needs(transactions)]
    async fn where_something_was_written_all_of_them_is_modified() {
        let first = account(1).await?;
        let entry = Entry::create().account(&first).amount(9).await?;
        let mut rows = Vec::new();
        undone(async {
            Account::query().eq_id(first.id).set_balance(5).update().await?;
            rows.extend(Account::find(first.id).await?);
            rows.push(Account::query().only().await?);
            rows.extend(Account::query().get().await?.into_vec());
            let mut stream = Account::query().stream();
            rows.extend(stream.try_next().await?);
            rows.push(entry.related(Entry::ACCOUNT).await?);
            rows.push(entry.account().await?);
            rows.push(Entry::query().with(Entry::ACCOUNT).only().await?.1);
            let mut reloaded = first.clone();
            reloaded.reload().await?;
            rows.push(reloaded);
            for row in &rows {
                assert!(!row.is_modified());
            }
            Ok(())
        })
        .await;
        assert_eq!(rows.len(), 8);
        for mut row in rows {
            assert_eq!(row.balance, 5);
            assert_eq!(row.modified(), ["balance", "note", "created"]);
            assert_eq!(stored(first.id).await?.balance, 1);
            row.save().await?;
            assert_eq!(stored(first.id).await?, row);
            row.balance = 1;
            row.save().await?;
            assert_eq!(stored(first.id).await?, row);
        }
    }
}

behaviour! {
    /// Raw statements count as changes, and their rows as all others.
    #[needs(sql, transactions)]
    async fn where_a_raw_statement_ran_all_of_them_is_modified() {
        let first = account(1).await?;
        let mut rows: Vec<Account> = Vec::new();
        undone(async {
            prom::raw("UPDATE account SET balance = 5").execute().await?;
            rows.extend(prom::raw("SELECT * FROM account").all::<Account>().await?);
            rows.push(Account::query().only().await?);
            Ok(())
        })
        .await;
        assert_eq!(rows.len(), 2);
        for mut row in rows {
            assert_eq!(row.modified(), ["balance", "note", "created"]);
            row.save().await?;
            assert_eq!(stored(first.id).await?, row);
            row.balance = 1;
            row.save().await?;
        }
        let rows = transaction(async { prom::raw("SELECT * FROM account").all::<Account>().await });
        assert!(!rows.read_only().await?[0].is_modified());
        let mut rows = Vec::new();
        let reads = transaction(async {
            rows = prom::raw("SELECT * FROM account").all::<Account>().await?;
            Err::<(), _>(super::Own::Refused)
        });
        assert!(reads.read_only().await.is_err());
        assert!(!rows[0].is_modified(), "nothing can have been written");
    }
}

behaviour! {
    /// Those that a change gives back are read in it.
    #[needs(transactions, returning)]
    async fn what_a_change_gave_back_is_modified() {
        let first = account(1).await?;
        let mut rows = Vec::new();
        undone(async {
            rows.extend(Account::query().eq_id(first.id).set_balance(5).update().returning().await?);
            rows.extend(Account::query().eq_id(first.id).delete().returning().await?);
            Ok(())
        })
        .await;
        assert_eq!(rows.len(), 2);
        for mut row in rows {
            assert_eq!(row.modified(), ["balance", "note", "created"]);
            row.save().await?;
            assert_eq!(stored(first.id).await?, row);
        }
    }
}

behaviour! {
    /// What was read within, of what the outer one had written, is as the outer one is.
    #[needs(transactions, savepoints)]
    async fn it_is_the_level_that_wrote_that_counts() {
        let first = account(1).await?;
        let mut rows = Vec::new();
        undone(async {
            Account::query().eq_id(first.id).set_balance(5).update().await?;
            undone(async {
                rows.push(Account::query().only().await?);
                Account::query().eq_id(first.id).set_balance(6).update().await?;
                rows.push(Account::query().only().await?);
                Ok(())
            })
            .await;
            assert_eq!((rows[0].balance, rows[0].is_modified()), (5, false));
            assert_eq!((rows[1].balance, rows[1].is_modified()), (6, true));
            rows[1].save().await?;
            assert_eq!(stored(first.id).await?, rows[1]);
            assert!(!rows[1].is_modified());
            Ok(())
        })
        .await;
        for row in &mut rows {
            assert!(row.is_modified());
            row.save().await?;
            assert_eq!(stored(first.id).await?, *row);
        }
    }
}

behaviour! {
    /// Saved, changed in its key, and read anew: undone, it has the key that it had.
    #[needs(transactions)]
    async fn a_row_that_was_read_and_moved_in_vain_has_its_old_key() {
        let first = account(1).await?;
        let mut moved = None;
        undone(async {
            account(2).await?;
            let mut row = Account::query().eq_balance(1).only().await?;
            row.id = 50;
            row.save().await?;
            row.reload().await?;
            row.balance = 3;
            row.save().await?;
            moved = Some(row);
            Ok(())
        })
        .await;
        let mut row = moved.expect("it was read");
        let other = Account::create().balance(8).id(50).await?;
        row.id = 51;
        row.save().await?;
        assert_eq!(Account::find(first.id).await?, None);
        assert_eq!(stored(51).await?, row);
        assert_eq!(stored(50).await?, other);
        assert_eq!(row.created, first.created);
    }
}

behaviour! {
    /// Nobody has it any more, and nobody else's row is taken for it.
    #[needs(transactions)]
    async fn a_row_that_is_gone_since_is_not_found() {
        let first = account(1).await?;
        let mut read = None;
        undone(async {
            account(2).await?;
            read = Some(Account::query().eq_balance(1).only().await?);
            Ok(())
        })
        .await;
        first.delete().await?;
        let mut row = read.expect("it was read");
        assert_eq!(refused(row.save().await).kind(), Kind::NotFound);
        assert!(!row.delete().await?);
    }
}
