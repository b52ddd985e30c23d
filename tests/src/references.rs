//! Rows that refer to others, and what happens when those go.

use prom::Kind;
use prom::prelude::*;

use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Parent {
    name: String,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Strong {
    parent_id: Ref<Parent>,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Weak {
    parent_id: Option<Ref<Parent>>,
    note: Option<String>,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Firm {
    #[field(on_delete = restrict)]
    parent_id: Option<Ref<Parent>>,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Grandchild {
    strong_id: Ref<Strong>,
}

async fn parents() -> prom::Result<(Parent, Parent)> {
    Ok((Parent::create().name("a").await?, Parent::create().name("b").await?))
}

behaviour! {
    /// By a row, by its key, or by a reference that was read.
    #[needs(references)]
    async fn a_row_refers_to_another() {
        let (a, b) = parents().await?;
        let one = Strong::create().parent_id(&a).await?;
        let two = Strong::create().parent_id(a.id).await?;
        let three = Strong::create().parent_id(one.parent_id).await?;
        for row in [&one, &two, &three] {
            assert!(row.parent_id == a && row.parent_id == a.id && row.parent_id != b);
            assert_eq!(Strong::find(row.id).await?.as_ref(), Some(row));
        }
        assert_eq!(Weak::create().await?.parent_id, None);
        assert_eq!(Weak::create().parent_id(&b).await?.parent_id, Some(Ref::from(&b)));
    }
}

behaviour! {
    /// By a row, by its key, or by a reference.
    #[needs(references)]
    async fn rows_are_found_by_what_they_refer_to() {
        let (a, b) = parents().await?;
        let rows = Strong::create_many([&a, &a, &b].map(|it| Strong::create().parent_id(it))).await?;
        for query in [
            Strong::query().eq_parent_id(&a),
            Strong::query().eq_parent_id(a.id),
            Strong::query().eq_parent_id(Ref::from(&a)),
            Strong::query().in_parent_id([&a]),
            Strong::query().in_parent_id([a.id, 99]),
            Strong::query().ne_parent_id(&b),
            Strong::query().nin_parent_id([b.id]),
            Strong::query().eq_field("parent_id", &a),
        ] {
            assert_eq!(query.asc_id().get().await?.into_vec(), rows[..2]);
        }
        assert_eq!(Strong::query().in_parent_id([&a, &b]).count().await?, 3);
        Weak::create_many([Weak::draft(), Weak::draft().parent_id(&a)]).await?;
        assert_eq!(Weak::query().is_null_parent_id().count().await?, 1);
        assert_eq!(Weak::query().eq_parent_id(&a).count().await?, 1);
    }
}

behaviour! {
    /// Whichever of them is used first.
    #[needs(references)]
    async fn what_a_model_refers_to_is_installed_with_it(db) {
        assert_eq!(Grandchild::query().count().await?, 0);
        db.verify(&[Parent::schema(), Strong::schema(), Grandchild::schema()]).await?;
        assert_eq!(refused(db.verify(&[Weak::schema()]).await).kind(), Kind::InstallDenied);
    }
}

behaviour! {
    /// And what refers to them in turn.
    #[needs(references)]
    async fn strong_rows_go_with_what_they_refer_to() {
        let (a, b) = parents().await?;
        let one = Strong::create().parent_id(&a).await?;
        let two = Strong::create().parent_id(&b).await?;
        for row in [&one, &one, &two] {
            Grandchild::create().strong_id(row).await?;
        }
        assert!(a.delete().await?);
        assert_eq!(Strong::query().only().await?, two);
        assert!(Grandchild::query().only().await?.strong_id == two);
        assert_eq!(Parent::query().only().await?, b);
    }
}

behaviour! {
    /// And keep all else.
    #[needs(references)]
    async fn weak_rows_forget_what_they_refer_to() {
        let (a, b) = parents().await?;
        let one = Weak::create().parent_id(&a).note("one").await?;
        let two = Weak::create().parent_id(&b).note("two").await?;
        assert!(a.delete().await?);
        let found = Weak::find(one.id).await?.expect("it stays");
        assert_eq!((found.parent_id, found.note.as_deref()), (None, Some("one")));
        assert_eq!(Weak::find(two.id).await?, Some(two));
    }
}

behaviour! {
    /// Until nothing refers to it any more.
    #[needs(references)]
    async fn what_is_referred_to_firmly_stays() {
        let (a, b) = parents().await?;
        Strong::create().parent_id(&a).await?;
        let mut firm = Firm::create().parent_id(&a).await?;
        let error = refused(a.clone().delete().await);
        assert_eq!(error.kind(), Kind::ForeignKey, "{error}");
        assert_eq!(Parent::query().count().await?, 2);
        assert_eq!(Strong::query().count().await?, 1);
        assert!(b.delete().await?);
        firm.parent_id = None;
        firm.save().await?;
        assert!(a.delete().await?);
        assert_eq!(Strong::query().count().await?, 0);
    }
}

behaviour! {
    /// Created or saved, one or many.
    #[needs(references)]
    async fn a_reference_to_nothing_is_refused() {
        let (a, _) = parents().await?;
        let nothing = Ref::<Parent>::new(99);
        let error = refused(Strong::create().parent_id(nothing).await);
        assert_eq!((error.kind(), error.model()), (Kind::ForeignKey, Some("Strong")), "{error}");
        assert_eq!(refused(Weak::create().parent_id(nothing).await).kind(), Kind::ForeignKey);
        let drafts = [Strong::draft().parent_id(&a), Strong::draft().parent_id(nothing)];
        assert_eq!(refused(Strong::create_many(drafts).await).kind(), Kind::ForeignKey);
        assert_eq!(Strong::query().count().await? + Weak::query().count().await?, 0);

        let mut row = Strong::create().parent_id(&a).await?;
        row.parent_id = nothing;
        assert_eq!(refused(row.save().await).kind(), Kind::ForeignKey);
        assert!(Strong::query().only().await?.parent_id == a);
        row.parent_id = Ref::from(&a);
        row.save().await?;
    }
}

behaviour! {
    /// Strong ones and weak ones.
    #[needs(references)]
    async fn references_follow_a_key_that_is_changed() {
        let (mut a, b) = parents().await?;
        let strong = Strong::create().parent_id(&a).await?;
        let weak = Weak::create().parent_id(&a).await?;
        let other = Strong::create().parent_id(&b).await?;
        a.id = 77;
        a.save().await?;
        assert_eq!(Strong::find(strong.id).await?.map(|it| it.parent_id), Some(Ref::new(77)));
        assert_eq!(Weak::find(weak.id).await?.map(|it| it.parent_id), Some(Some(Ref::new(77))));
        assert_eq!(Strong::find(other.id).await?, Some(other));
        assert!(a.delete().await?);
        assert_eq!(Strong::query().count().await?, 1);
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Node {
    parent_id: Option<Ref<Node>>,
    #[field(on_delete = cascade)]
    owner_id: Option<Ref<Node>>,
}

behaviour! {
    /// A tree, and a row that refers to itself.
    #[needs(references)]
    async fn a_model_refers_to_itself() {
        let root = Node::create().await?;
        let leaf = Node::create().parent_id(&root).await?;
        let owned = Node::create().owner_id(&root).await?;
        Node::create().owner_id(&owned).await?;
        assert!(root.delete().await?);
        let mut left = Node::query().only().await?;
        assert_eq!((left.id, left.parent_id), (leaf.id, None));
        left.owner_id = Some(Ref::from(&left));
        left.save().await?;
        assert!(left.delete().await?);
        assert_eq!(Node::query().count().await?, 0);
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Hen {
    egg_id: Option<Ref<Egg>>,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Egg {
    hen_id: Option<Ref<Hen>>,
}

behaviour! {
    /// Both tables are there, whichever comes first.
    #[needs(references)]
    async fn two_models_refer_to_each_other(db) {
        let mut hen = Hen::create().await?;
        db.verify(&[Egg::schema(), Hen::schema()]).await?;
        let egg = Egg::create().hen_id(&hen).await?;
        hen.egg_id = Some(Ref::from(&egg));
        hen.save().await?;
        assert_eq!(refused(Hen::create().egg_id(99).await).kind(), Kind::ForeignKey);
        assert_eq!(refused(Egg::create().hen_id(99).await).kind(), Kind::ForeignKey);
        assert!(hen.delete().await?);
        assert_eq!(Egg::query().only().await?.hen_id, None);
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Country {
    #[field(pk)]
    code: String,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Town {
    country: Ref<Country>,
}

behaviour! {
    /// It cascades like any other.
    #[needs(references)]
    async fn a_reference_may_be_text() {
        let mut france = Country::create().code("FR").await?;
        Country::create().code("DE").await?;
        Town::create().country(&france).await?;
        let berlin = Town::create().country("DE").await?;
        assert_eq!(refused(Town::create().country("ES").await).kind(), Kind::ForeignKey);
        assert_eq!(Town::query().eq_country("DE").only().await?, berlin);
        france.code = "FX".to_owned();
        france.save().await?;
        assert_eq!(Town::query().eq_country(&france).count().await?, 1);
        assert!(france.delete().await?);
        assert_eq!(Town::query().only().await?, berlin);
    }
}
