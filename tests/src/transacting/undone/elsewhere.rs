//! Rows of an undone transaction that another model, or a statement of the user's own, has met.

use prom::Kind;
use prom::prelude::*;

use super::undone;
use crate::behaviour::refused;

#[prom::orm(table = "member")]
#[derive(Debug, Clone, PartialEq)]
struct Member {
    name: String,
    age: i64,
}

#[prom::orm(table = "member")]
#[derive(Debug, Clone, PartialEq)]
struct Name {
    name: String,
}

behaviour! {
    /// Its key is somebody else's by then, whichever model of the table created that.
    #[needs(transactions)]
    async fn a_row_that_another_model_created_in_vain_is_not_found() {
        Member::install().await?;
        let mut names: Vec<Name> = Vec::new();
        undone(async {
            for age in 1..=2 {
                let created = Member::create().name("ann").age(age).await?;
                names.extend(Name::find(created.id).await?);
            }
            Ok(())
        })
        .await;
        assert_eq!(names.len(), 2);
        for mut lost in names {
            let other = Member::create().id(lost.id).name("eve").age(5).await?;
            lost.name = "bob".to_owned();
            assert_eq!(refused(lost.save().await).kind(), Kind::NotFound);
            assert_eq!(refused(lost.reload().await).kind(), Kind::NotFound);
            assert_eq!(refused(lost.delete().await).kind(), Kind::NotFound);
            assert_eq!(Member::find(other.id).await?, Some(other));
        }
    }
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    name: String,
}

behaviour! {
    /// Nor is what was read of it there; another row has its key by then.
    #[needs(sql, transactions)]
    async fn a_row_that_a_raw_statement_created_in_vain_is_not_found() {
        Entry::install().await?;
        for insert in [
            "INSERT INTO entry (name) VALUES ('ann') RETURNING *",
            "WITH given AS (SELECT 'ann') INSERT INTO entry (name) SELECT * FROM given RETURNING *",
        ] {
            let mut rows: Vec<Entry> = Vec::new();
            undone(async {
                rows = prom::raw(insert).all().await?;
                assert!(!rows[0].is_modified());
                rows.extend(Entry::find(rows[0].id).await?);
                rows.push(prom::raw("SELECT * FROM entry WHERE name = 'ann'").only().await?);
                Ok(())
            })
            .await;
            assert_eq!(rows.len(), 3);
            let other = Entry::create().id(rows[0].id).name("eve").await?;
            for mut lost in rows {
                lost.name = "bob".to_owned();
                assert_eq!(refused(lost.save().await).kind(), Kind::NotFound);
                assert_eq!(refused(lost.reload().await).kind(), Kind::NotFound);
                assert_eq!(refused(lost.delete().await).kind(), Kind::NotFound);
            }
            assert_eq!(Entry::query().only().await?, other);
            other.delete().await?;
        }
    }
}

behaviour! {
    /// It was there before, and is as it was.
    #[needs(sql, transactions)]
    async fn a_row_that_a_raw_statement_changed_in_vain_is_saved_again() {
        let first = Entry::create().name("ann").await?;
        let mut rows: Vec<Entry> = Vec::new();
        undone(async {
            rows = prom::raw("UPDATE entry SET name = 'eve' RETURNING *").all().await?;
            Ok(())
        })
        .await;
        assert_eq!(Entry::query().only().await?, first);
        let mut row = rows.remove(0);
        row.save().await?;
        assert_eq!(Entry::query().only().await?, row);
        assert_eq!(row.name, "eve");
    }
}

behaviour! {
    /// And is a row as any other once that is committed.
    #[needs(sql, transactions)]
    async fn a_row_that_a_raw_statement_created_is_saved() {
        Entry::install().await?;
        let insert = || prom::raw("INSERT INTO entry (name) VALUES ('ann') RETURNING *").only::<Entry>();
        let mut row = prom::transaction(async {
            let mut row = insert().await?;
            row.name = "eve".to_owned();
            row.save().await?;
            prom::Result::Ok(row)
        })
        .await?;
        assert!(!row.is_modified());
        row.name = "bob".to_owned();
        row.save().await?;
        assert_eq!(Entry::query().only().await?, row);
    }
}
