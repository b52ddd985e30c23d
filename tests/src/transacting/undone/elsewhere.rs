//! Rows of an undone transaction that another model, or a statement of the user's own, has met.

use prom::prelude::*;

use super::undone;
use crate::behaviour::refused;
use prom::Kind;

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
