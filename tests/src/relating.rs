//! From rows to the rows they refer to, and back.

use prom::Kind;
use prom::prelude::*;

use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, PartialEq)]
struct Author {
    name: String,
}

#[prom::orm]
#[derive(Debug, PartialEq)]
struct Book {
    title: String,
    #[field(reverse = "books")]
    author_id: Ref<Author>,
    #[field(reverse = "translations")]
    translator_id: Option<Ref<Author>>,
    #[field(reverse = "sequels")]
    prequel_id: Option<Ref<Self>>,
}

#[prom::orm]
#[derive(Debug)]
struct Tag {
    #[field(pk)]
    word: String,
}

#[prom::orm]
#[derive(Debug)]
struct BookTag {
    #[field(reverse = "book_tags")]
    book_id: Ref<Book>,
    #[field(reverse = "tag_books")]
    tag: Ref<Tag>,
}

/// Ada wrote `a1` and its sequel `a2`, which Bob translated; Bob wrote `b1`.
async fn books() -> prom::Result<(Author, Author)> {
    let ada = Author::create().name("Ada").await?;
    let bob = Author::create().name("Bob").await?;
    Author::create().name("Cyd").await?;
    let a1 = Book::create().title("a1").author_id(&ada).await?;
    Book::create().title("a2").author_id(&ada).prequel_id(&a1).translator_id(&bob).await?;
    Book::create().title("b1").author_id(&bob).await?;
    Ok((ada, bob))
}

async fn book(title: &str) -> prom::Result<Book> {
    Book::query().eq_title(title).only().await
}

fn titles(books: &[Book]) -> Vec<&str> {
    books.iter().map(|it| it.title.as_str()).collect()
}

behaviour! {
    /// To one, to one that may not be, and to oneself.
    async fn a_reference_is_followed() {
        let (ada, bob) = books().await?;
        let book = book("a2").await?;
        assert_eq!(book.author().await?, ada);
        assert_eq!(book.translator().await?, Some(bob));
        let prequel = book.prequel().await?.expect("it has one");
        assert_eq!(prequel.title, "a1");
        assert_eq!(prequel.prequel().await?, None);
        assert_eq!(prequel.related(Book::AUTHOR).await?, ada);
        assert_eq!(Ref::<Author>::from(ada.id), prequel.author_id);
        assert_eq!(Author::find(prequel.author_id).await?, Some(ada));
    }
}

behaviour! {
    /// Each of two references by its own name, as a query.
    async fn the_rows_that_refer_here_are_found() {
        let (ada, bob) = books().await?;
        assert_eq!(titles(&ada.books().asc_title().await?), ["a1", "a2"]);
        assert_eq!(titles(&bob.translations().await?), ["a2"]);
        assert_eq!(ada.books().startswith_title("a2").count().await?, 1);
        assert_eq!(titles(&book("a1").await?.sequels().await?), ["a2"]);
        assert_eq!(titles(&bob.related(Author::BOOKS).await?), ["b1"]);
    }
}

behaviour! {
    /// Pairs, triples, several that refer to one row.
    async fn rows_bring_along_what_they_refer_to() {
        let (ada, bob) = books().await?;
        let rows = Book::query().asc_title().with_author().with_translator().await?;
        let got: Vec<_> = rows
            .iter()
            .map(|(book, author, translator)| (book.title.as_str(), author, translator.as_ref()))
            .collect();
        assert_eq!(got, [("a1", &ada, None), ("a2", &ada, Some(&bob)), ("b1", &bob, None)]);
        let (one, author) = Book::query().eq_title("b1").with(Book::AUTHOR).only().await?;
        assert_eq!((one.title.as_str(), author.name.as_str()), ("b1", "Bob"));
        // They are rows like others.
        let (_, mut author) = Book::query().with_author().one().await?.expect("there is one");
        author.name = "Ada L.".into();
        author.save().await?;
        assert_eq!(Author::query().eq_name("Ada L.").count().await?, 1);
        assert!(!author.is_modified());
        assert_eq!(Book::query().eq_title("none").with_author().await?.len(), 0);
    }
}

behaviour! {
    /// With their own rows along, level by level; none has none.
    async fn rows_bring_along_those_that_refer_to_them() {
        books().await?;
        let rows = Author::query().asc_id().with(Author::BOOKS).await?;
        let got: Vec<_> = rows.iter().map(|(author, books)| (author.name.as_str(), titles(books))).collect();
        assert_eq!(got, [("Ada", vec!["a1", "a2"]), ("Bob", vec!["b1"]), ("Cyd", vec![])]);

        let nested = Author::BOOKS.with(Book::TRANSLATOR).with(Book::SEQUELS);
        let rows = Author::query().asc_id().with(nested).with(Author::TRANSLATIONS.with(Book::AUTHOR)).await?;
        let (ada, books, _) = &rows[0];
        assert_eq!((ada.name.as_str(), books.len()), ("Ada", 2));
        let (a2, translator, sequels) = &books[1];
        assert_eq!((a2.title.as_str(), translator.as_ref().map(|it| it.name.as_str())), ("a2", Some("Bob")));
        assert!(sequels.is_empty());
        assert_eq!(titles(&books[0].2), ["a2"]);
        let (_, _, translations) = &rows[1];
        assert_eq!((translations[0].0.title.as_str(), translations[0].1.name.as_str()), ("a2", "Ada"));
    }
}

behaviour! {
    /// Whole chunks at a time.
    async fn a_stream_brings_along_too() {
        let author = Author::create().name("Ada").await?;
        Book::create_many((0..1_500).map(|it| Book::create().title(format!("{it}")).author_id(&author))).await?;
        let mut rows = Book::query().asc_id().with_author().stream();
        let mut count = 0;
        while let Some((book, writer)) = rows.try_next().await? {
            assert_eq!((book.title, &writer), (count.to_string(), &author));
            count += 1;
        }
        assert_eq!(count, 1_500);
    }
}

behaviour! {
    /// Over the rows between, both ways.
    async fn many_lead_to_many() {
        books().await?;
        for word in ["old", "new", "unused"] {
            Tag::create().word(word).await?;
        }
        for (title, word) in [("a1", "old"), ("a1", "new"), ("b1", "new")] {
            BookTag::create().book_id(&book(title).await?).tag(word).await?;
        }
        let tags = Book::BOOK_TAGS.through(BookTag::TAG);
        let rows = Book::query().asc_title().with(tags).await?;
        let got: Vec<Vec<&str>> = rows.iter().map(|(_, tags)| tags.iter().map(|it| it.word.as_str()).collect()).collect();
        assert_eq!(got, [vec!["old", "new"], vec![], vec!["new"]]);
        let new = Tag::find("new").await?.expect("it is there");
        assert_eq!(titles(&new.related(Tag::TAG_BOOKS.through(BookTag::BOOK)).await?), ["a1", "b1"]);
    }
}

behaviour! {
    /// Rows are kept by what they refer to, and by what refers to them.
    #[needs(subqueries)]
    async fn a_condition_reaches_over_a_reference() {
        let (ada, _) = books().await?;
        assert_eq!(titles(&Book::query().where_author(|q| q.eq_name("Bob")).await?), ["b1"]);
        assert_eq!(Book::query().where_translator(|q| q).count().await?, 1);
        assert_eq!(Book::query().where_author(|q| q.startswith_name("A")).gt_title("a1").count().await?, 1);
        let nested = Book::query().where_prequel(|q| q.where_author(|q| q.eq_id(ada.id)));
        assert_eq!(titles(&nested.await?), ["a2"]);
        let authors = Author::query().where_has(Author::BOOKS, |q| q.not_null_prequel_id());
        assert_eq!(authors.only().await?, ada);
        let none = Author::query().not(|q| q.where_has(Author::BOOKS, |q| q));
        assert_eq!(none.only().await?.name, "Cyd");
        // No prequel is an answer, and its opposite as well.
        assert_eq!(titles(&Book::query().asc_title().not(|q| q.where_prequel(|q| q.eq_title("a1"))).await?), ["a1", "b1"]);
        for refusal in [Author::query().where_has(Author::BOOKS, |q| q.limit(2)), Author::query().where_has(Author::BOOKS, |q| q.asc_id())] {
            assert_eq!(refused(refusal.get().await).kind(), Kind::Invalid);
        }
        let old = Book::query().where_has(Book::BOOK_TAGS.through(BookTag::TAG), |q| q.eq_word("old"));
        assert_eq!(old.count().await?, 0);
        let error = refused(Book::query().where_author(|q| q.eq_field("nme", "x")).get().await);
        assert_eq!(error.kind(), Kind::UnknownField);
    }
}

behaviour! {
    /// A row's relations are where it came from.
    async fn relations_go_where_the_row_came_from(db) {
        let (ada, _) = books().await?;
        let elsewhere = crate::run::another("elsewhere")?;
        elsewhere
            .scope(async {
                // What has her key here is not her.
                assert_eq!(refused(ada.books().count().await).kind(), Kind::Invalid);
                assert_eq!(ada.books().on(db).count().await?, 2);
                prom::Result::Ok(())
            })
            .await?;
        assert_eq!(tokio::spawn(async move { ada.books().count().await }).await.expect("it ran")?, 2);
    }
}

#[prom::orm]
#[derive(Debug)]
struct Land {
    #[field(pk, ignore_case)]
    code: String,
}

#[prom::orm]
#[derive(Debug)]
struct Town {
    name: String,
    #[field(reverse = "towns")]
    land: Ref<Land>,
    #[field(reverse = "exclaves")]
    around: Option<Ref<Land>>,
}

behaviour! {
    /// The database takes `fr` for `FR`, and so do both ways.
    async fn a_key_that_ignores_letter_case_is_found_in_any() {
        Land::create().code("FR").await?;
        Land::create().code("de").await?;
        Town::create().name("a").land("fr").around("DE").await?;
        Town::create().name("b").land("Fr").await?;
        Town::create().name("c").land("FR").await?;
        let rows = Town::query().asc_name().with(Town::LAND).with(Town::AROUND).await?;
        let got: Vec<_> =
            rows.iter().map(|(_, land, around)| (land.code.as_str(), around.as_ref().map(|it| it.code.as_str()))).collect();
        assert_eq!(got, [("FR", Some("de")), ("FR", None), ("FR", None)]);
        let rows = Land::query().asc_code().with(Land::TOWNS).with(Land::EXCLAVES).await?;
        let got: Vec<_> = rows.iter().map(|(_, towns, exclaves)| (towns.len(), exclaves.len())).collect();
        assert_eq!(got, [(0, 1), (3, 0)]);
    }
}

/// A thing that cannot be cloned.
#[derive(Debug, Default)]
struct Unique;

#[prom::orm(hooks)]
#[derive(Debug)]
struct Loud {
    name: String,
    #[field(skip)]
    heard: usize,
    #[field(skip)]
    unique: Unique,
}

impl prom::Hooks for Loud {
    fn after_load(&mut self) -> prom::Result<()> {
        self.name.push('!');
        self.heard += 1;
        Ok(())
    }
}

#[prom::orm]
#[derive(Debug)]
struct Listener {
    loud_id: Ref<Loud>,
}

behaviour! {
    /// Once for each row that is read, whoever shares it.
    async fn a_row_that_several_share_is_hooked_once() {
        let loud = Loud::create().name("a").await?;
        Listener::create_many((0..3).map(|_| Listener::create().loud_id(&loud))).await?;
        for (_, it) in Listener::query().with_loud().await? {
            assert_eq!((it.name.as_str(), it.heard, it.modified()), ("a!", 1, vec!["name"]));
            let _: Unique = it.unique;
        }
    }
}

/// A child that refers to what need not be there, and one that believes it is.
mod loose {
    #[prom::orm(table = "squire", created = none, updated = none)]
    pub(super) struct Squire {
        pub(super) knight_id: i64,
        pub(super) friend_id: Option<i64>,
    }
}

#[prom::orm]
#[derive(Debug)]
struct Knight {
    #[field(default = 1)]
    arms: i64,
}

#[prom::orm(table = "squire", created = none, updated = none)]
#[derive(Debug)]
struct Squire {
    #[field(reverse = "squires", index = false)]
    knight_id: Ref<Knight>,
    #[field(reverse = "friends", index = false)]
    friend_id: Option<Ref<Knight>>,
}

behaviour! {
    /// As a row between two queries, which went along with what it refers to.
    async fn a_row_whose_parent_is_gone_is_left_out() {
        let knight = Knight::create().await?;
        loose::Squire::create().knight_id(99).await?;
        loose::Squire::create().knight_id(knight.id).friend_id(99).await?;
        let rows = Squire::query().with_knight().with_friend().await?;
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].1.id, rows[0].2.is_none()), (knight.id, true));
        let mut stream = Squire::query().with_knight().stream();
        assert!(stream.try_next().await?.is_some());
        assert!(stream.try_next().await?.is_none());
        // One level further on, beside rows that stay.
        let rows = Knight::query().with(Knight::SQUIRES.with(Squire::KNIGHT)).await?;
        assert_eq!(rows[0].1.len(), 1);
        let lost = Squire::query().ne_knight_id(&knight).only().await?;
        let error = refused(lost.knight().await);
        assert_eq!((error.kind(), error.field()), (Kind::NotFound, Some("knight_id")));
    }
}

#[prom::orm]
#[derive(Debug, PartialEq)]
struct Slot {
    label: String,
    #[field(forward = "saved_by", reverse = "saved_slots")]
    save_id: Option<Ref<Author>>,
}

behaviour! {
    /// The field's own name would have hidden `save()`.
    async fn a_relation_is_called_as_it_is_said() {
        let (ada, bob) = books().await?;
        let mut slot = Slot::create().label("a").save_id(&ada).await?;
        assert_eq!(slot.saved_by().await?.as_ref(), Some(&ada));
        slot.save_id = Some((&bob).into());
        slot.save().await?;
        assert_eq!(bob.saved_slots().only().await?, slot);
        assert_eq!(ada.saved_slots().count().await?, 0);
        let (_, author) = Slot::query().with_saved_by().only().await?;
        assert_eq!(author, Some(bob));
    }
}

behaviour! {
    /// So are its conditions, and its constant.
    #[needs(subqueries)]
    async fn a_relation_s_conditions_are_called_as_it_is_said() {
        let (ada, _) = books().await?;
        Slot::create().label("a").save_id(&ada).await?;
        assert_eq!(Slot::query().where_saved_by(|it| it.eq_name("Bob")).count().await?, 0);
        assert_eq!(Slot::query().where_has(Slot::SAVED_BY, |it| it.eq_name("Ada")).count().await?, 1);
    }
}
