//! Random programmes: after whatever was kept and undone, what was saved is there.

use prom::prelude::*;
use prom::{Connection, Executor, Kind, Result, Transaction};

/// A row is told from others by `serial`, which never changes: keys are used again.
#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Thing {
    serial: i64,
    number: i64,
    text: String,
}

/// What each serial number of the database's is expected to be is not modelled: a
/// save that says `Ok` is compared with the row that is there then.
struct Programme<'a> {
    db: &'a Connection,
    random: u64,
    open: Vec<Transaction>,
    /// One for each serial number: nobody else writes.
    rows: Vec<Thing>,
    serials: i64,
    /// Those whose key was changed in what is open: who reads such a row there does not
    /// know which key it has when that is undone.
    moved: Vec<i64>,
    log: Vec<String>,
}

impl Programme<'_> {
    fn next(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    fn executor(&self) -> Executor {
        self.open.last().map_or_else(|| self.db.into(), Executor::from)
    }

    fn number(&mut self, below: u64) -> i64 {
        i64::try_from(self.next(below)).expect("it is small")
    }

    /// One of the rows, taken out.
    fn pick(&mut self) -> Option<Thing> {
        let count = u64::try_from(self.rows.len()).expect("it is small");
        if count == 0 {
            return None;
        }
        let at = usize::try_from(self.next(count)).expect("it is small");
        Some(self.rows.swap_remove(at))
    }

    async fn stored(&self, serial: i64) -> Result<Option<Thing>> {
        Thing::query().eq_serial(serial).on(self.executor()).one().await
    }

    async fn step(&mut self) -> Result<()> {
        match self.next(16) {
            0 | 1 if self.open.len() < 4 => {
                let begun = match self.open.last() {
                    Some(outer) => outer.begin().await?,
                    None => self.db.begin().await?,
                };
                self.log.push("begin".to_owned());
                self.open.push(begun);
            }
            2 | 3 => self.end(true).await?,
            4 | 5 => self.end(false).await?,
            6 => self.create().await?,
            7 => self.find().await?,
            8 => self.reload().await?,
            9 => self.delete().await?,
            _ => self.save().await?,
        }
        Ok(())
    }

    async fn end(&mut self, keep: bool) -> Result<()> {
        let Some(inner) = self.open.pop() else { return Ok(()) };
        self.log.push(format!("end, kept: {keep}"));
        match (keep, self.next(2)) {
            (true, _) => inner.commit().await,
            (false, 0) => inner.rollback().await,
            (false, _) => {
                drop(inner);
                Ok(())
            }
        }
    }

    async fn create(&mut self) -> Result<()> {
        self.serials += 1;
        let draft = Thing::create().serial(self.serials).number(self.number(3)).text("a");
        let row = draft.on(self.executor()).await?;
        self.log.push(format!("create {} as {}", row.serial, row.id));
        self.rows.push(row);
        Ok(())
    }

    /// In the place of the row that is held, another that is read.
    async fn find(&mut self) -> Result<()> {
        let serial = self.number(6) + 1;
        if self.open.is_empty() {
            self.moved.clear();
        }
        if let Some(found) = self.stored(serial).await?
            && !self.moved.contains(&serial)
        {
            self.log.push(format!("find {serial} as {}", found.id));
            self.rows.retain(|row| row.serial != serial);
            self.rows.push(found);
        }
        Ok(())
    }

    async fn reload(&mut self) -> Result<()> {
        let Some(mut row) = self.pick() else { return Ok(()) };
        let serial = row.serial;
        let stored = self.stored(serial).await?;
        let done = row.reload().on(self.executor()).await;
        self.log.push(format!("reload {serial}: {:?}", done.as_ref().map_err(prom::Error::kind)));
        match done {
            Ok(()) => assert_eq!(Some(&row), stored.as_ref()),
            Err(error) => {
                assert_eq!(error.kind(), Kind::NotFound, "{error}");
                assert_eq!(stored, None);
            }
        }
        self.rows.push(row);
        Ok(())
    }

    async fn delete(&mut self) -> Result<()> {
        let Some(row) = self.pick() else { return Ok(()) };
        let (serial, before) = (row.serial, Thing::query().on(self.executor()).count().await?);
        let was_there = self.stored(serial).await?.is_some();
        let done = row.delete().on(self.executor()).await;
        self.log.push(format!("delete {serial}: {:?}", done.as_ref().map_err(prom::Error::kind)));
        let is_deleted = match done {
            Ok(is_deleted) => is_deleted,
            Err(error) => {
                assert_eq!(error.kind(), Kind::NotFound, "{error}");
                false
            }
        };
        assert_eq!(is_deleted, was_there);
        let after = Thing::query().on(self.executor()).count().await?;
        assert_eq!(before - after, u64::from(is_deleted));
        assert_eq!(self.stored(serial).await?, None);
        Ok(())
    }

    async fn save(&mut self) -> Result<()> {
        let Some(mut row) = self.pick() else { return Ok(()) };
        let serial = row.serial;
        match self.next(8) {
            0..3 => row.number = self.number(3),
            3 => row.text = ["a", "b"][usize::try_from(self.next(2)).expect("it is small")].to_owned(),
            4 => {
                self.moved.push(serial);
                // No key that the database gives, nor that of another row.
                row.id = -(serial * 10 + self.number(3));
            }
            5 => row.updated = Timestamp::from_second(self.number(3)).expect("it is in range"),
            _ => {}
        }
        let is_modified = match self.open.last() {
            Some(tx) => tx.scope(async { row.is_modified() }).await,
            None => row.is_modified(),
        };
        let stored = self.stored(serial).await?;
        if !is_modified {
            let differs =
                |stored: &Thing| (&stored.text, stored.number, stored.id) != (&row.text, row.number, row.id);
            assert!(!stored.as_ref().is_none_or(differs), "not modified, and not what is there");
        }
        let others = self.others(serial).await?;
        let done = row.save().on(self.executor()).await;
        self.log.push(format!(
            "save {serial} as {} ({}, {}): {:?}",
            row.id,
            row.number,
            row.text,
            done.as_ref().map_err(prom::Error::kind)
        ));
        let stored_now = self.stored(serial).await?;
        match done {
            Ok(()) => assert_eq!(Some(&row), stored_now.as_ref(), "what was saved is there"),
            Err(error) => {
                assert_eq!(error.kind(), Kind::NotFound, "{error}");
                assert_eq!((stored, stored_now), (None, None), "it is there");
            }
        }
        assert_eq!(self.others(serial).await?, others);
        self.rows.push(row);
        Ok(())
    }

    async fn others(&self, serial: i64) -> Result<Vec<Thing>> {
        let others = Thing::query().ne_serial(serial).asc_serial().on(self.executor());
        Ok(others.get().await?.into_vec())
    }
}

/// Says what led there, where it panics.
impl Drop for Programme<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("it happened after\n{}", self.log.join("\n"));
        }
    }
}

behaviour! {
    /// `Ok` is what is there, `NotFound` is not there, and no other row is touched.
    #[needs(transactions, savepoints)]
    async fn whatever_was_undone_a_save_that_says_ok_is_there(db) {
        let seed = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |it| it.as_secs() | 1);
        for count in 1..=60 {
            let random = seed.wrapping_mul(count).wrapping_add(0x9e37_79b9_7f4a_7c15);
            let log = vec![format!("seed {seed}, programme {count}")];
            let mut programme =
                Programme { db, random, open: Vec::new(), rows: Vec::new(), serials: 0, moved: Vec::new(), log };
            for _ in 0..40 {
                programme.step().await?;
            }
            programme.open.clear();
            Thing::query().delete_all().await?;
        }
    }
}
