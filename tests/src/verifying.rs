//! What a table is compared with, beyond the names of its columns.

use prom::prelude::*;
use prom::schema::{FieldDef, KeyDef};
use prom::{Kind, Schema, Type};

use crate::behaviour::refused;

/// What is in the database.
mod there {
    #[prom::orm(table = "house")]
    #[derive(Debug)]
    pub(super) struct House {
        pub(super) number: i64,
    }

    #[prom::orm(table = "door", created = none, updated = none)]
    #[derive(Debug)]
    pub(super) struct Door {
        pub(super) width: i64,
        pub(super) colour: Option<String>,
        pub(super) house_id: Option<i64>,
        pub(super) code: i64,
    }
}

/// The same, of another program: no model that is linked knows the handle.
static DOOR: Schema = Schema::new(
    "Door",
    "door",
    &[
        FieldDef::new("width", Type::I64),
        FieldDef::new("colour", Type::Text).nullable(true),
        FieldDef::new("house_id", Type::I64).nullable(true),
        FieldDef::new("handle", Type::Text),
        FieldDef::new("code", Type::I64),
        FieldDef::new("_id", Type::I64).key(KeyDef::Generated),
    ],
);

/// What another program takes it for.
mod wanted {
    use prom::prelude::*;

    #[prom::orm(table = "house")]
    #[derive(Debug)]
    pub(super) struct House {
        pub(super) number: i64,
    }

    #[prom::orm(table = "door", id = none, created = none, updated = none)]
    #[derive(Debug)]
    pub(super) struct Door {
        pub(super) width: String,
        pub(super) colour: String,
        pub(super) house_id: Option<Ref<House>>,
        #[field(pk)]
        pub(super) code: i64,
        #[field(unique)]
        pub(super) note: Option<String>,
    }
}

behaviour! {
    /// Every difference is in one error, and nothing is changed.
    async fn all_that_differs_is_said_at_once(db) {
        db.install(&[there::House::schema(), &DOOR]).await?;
        let error = refused(db.verify(&[wanted::Door::schema()]).await);
        assert_eq!((error.kind(), error.model()), (Kind::InstallDenied, Some("Door")), "{error}");
        let text = error.to_string();
        for part in [
            "`width`", "does not fit `Door.width`",
            "`colour` may be NULL", "`handle` is NOT NULL without a DEFAULT",
            "no foreign key from `house_id` to `house`", "the primary key is `_id`",
            // What can be added is said as well.
            "note",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        db.verify(&[&DOOR, there::House::schema()]).await?;
    }
}

mod narrower {
    #[prom::orm(table = "door", created = none, updated = none)]
    #[derive(Debug)]
    pub(super) struct Door {
        /// NOT NULL in the table.
        pub(super) code: Option<i64>,
    }
}

behaviour! {
    /// What is only used is not refused for it.
    async fn a_table_that_differs_is_used_all_the_same(db) {
        there::Door::create().width(1).code(7).await?;
        assert_eq!(narrower::Door::query().only().await?.code, Some(7));
        assert_eq!(refused(db.verify(&[narrower::Door::schema()]).await).kind(), Kind::InstallDenied);
    }
}

behaviour! {
    /// Tables that prom made for the very models differ in nothing.
    async fn a_table_of_its_own_is_as_it_is_wanted(db) {
        let schemas: [&'static Schema; 3] =
            [there::House::schema(), wanted::House::schema(), wanted::Door::schema()];
        db.install(&schemas).await?;
        db.verify(&schemas).await?;
    }
}

#[prom::orm(table = "member")]
#[derive(Debug)]
struct Member {
    name: String,
    email: String,
}

/// What a part of the program needs of them.
#[prom::orm(table = "member")]
#[derive(Debug)]
struct MemberName {
    name: String,
}

/// Of another database, by its connection.
#[prom::orm(table = "member", connection = "elsewhere")]
#[derive(Debug)]
struct Elsewhere {
    name: String,
    phone: String,
}

behaviour! {
    /// A required column that another model of the table has a field for is no difference: rows are
    /// inserted by that one.
    async fn models_that_share_a_table_are_each_a_part_of_it(db) {
        db.install(&[Member::schema()]).await?;
        db.verify(&[MemberName::schema()]).await?;
        db.verify(&[MemberName::schema(), Member::schema()]).await?;
        Member::create().name("a").email("a@b").await?;
        assert_eq!(MemberName::query().only().await?.name, "a");
    }
}

behaviour! {
    /// A model that lives elsewhere inserts no row here.
    async fn a_table_of_that_name_elsewhere_is_not_shared(db) {
        db.install(&[Elsewhere::schema()]).await?;
        let error = refused(db.verify(&[MemberName::schema()]).await);
        assert_eq!(error.kind(), Kind::InstallDenied, "{error}");
        assert!(error.to_string().contains("`phone` is NOT NULL without a DEFAULT"), "{error}");
        db.verify(&[MemberName::schema(), Elsewhere::schema()]).await?;
    }
}
