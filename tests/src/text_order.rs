//! The order of text, which is that of its bytes on every backend, whatever the database
//! would do; and the collation that a field chooses.

use std::collections::BTreeMap;

use prom::prelude::*;
use prom::{Kind, transaction};

use crate::behaviour::refused;

/// As no language sorts them: letter case, accents, what is no letter, what is composed of
/// two, what a locale passes over, and what lies beyond 16 bits.
const TEXTS: [&str; 20] = [
    "",
    "_",
    "-a",
    " a",
    "a",
    "A",
    "a b",
    "a-b",
    "ab",
    "á",
    "a\u{301}",
    "B",
    "b",
    "ss",
    "ß",
    "Z",
    "z",
    "\u{fb00}",
    "\u{ffee}",
    "\u{1d11e}",
];

#[prom::orm(index(label))]
#[derive(Debug, Clone)]
struct Word {
    #[field(index)]
    text: String,
    label: Option<String>,
    length: i64,
}

/// All of them, in an order that is none.
async fn words() -> prom::Result<()> {
    let draft = |text: &&str| {
        let length = i64::try_from(text.len()).unwrap_or_default();
        Word::draft().text(*text).label(Some((*text).to_owned()).filter(|_| length != 1)).length(length)
    };
    Word::create_many(TEXTS.iter().map(draft)).await?;
    Ok(())
}

/// What a list of texts comes to in the order of their bytes.
fn sorted(texts: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    let mut texts: Vec<String> = texts.into_iter().map(Into::into).collect();
    texts.sort_unstable();
    texts
}

fn backwards(mut texts: Vec<String>) -> Vec<String> {
    texts.reverse();
    texts
}

async fn texts(query: WordQuery) -> prom::Result<Vec<String>> {
    Ok(query.get().await?.iter().map(|word| word.text.clone()).collect())
}

behaviour! {
    /// Up and down, and NULL where it belongs.
    async fn text_is_sorted_by_its_bytes() {
        words().await?;
        let all = sorted(TEXTS);
        assert_eq!(texts(Word::query().asc_text()).await?, all);
        assert_eq!(texts(Word::query().desc_text()).await?, backwards(all.clone()));
        assert_eq!(texts(Word::query().asc_text().limit(5).page(2)).await?, all[5..10]);
        let (some, none): (Vec<&str>, Vec<&str>) = TEXTS.iter().partition(|text| text.len() != 1);
        let labels = [sorted(some), sorted(none)];
        assert_eq!(texts(Word::query().asc_label().asc_text()).await?, labels.concat());
        assert_eq!(texts(Word::query().desc_label().desc_text()).await?, backwards(labels.concat()));
    }
}

behaviour! {
    /// By every operator, of every two, and in a list as well.
    async fn text_is_compared_by_its_bytes() {
        words().await?;
        let all = sorted(TEXTS);
        for (at, text) in all.iter().enumerate() {
            let text = text.as_str();
            assert_eq!(texts(Word::query().lt_text(text).asc_text()).await?, all[..at], "< {text}");
            assert_eq!(texts(Word::query().lte_text(text).asc_text()).await?, all[..=at], "<= {text}");
            assert_eq!(texts(Word::query().gt_text(text).asc_text()).await?, all[at + 1..], "> {text}");
            assert_eq!(texts(Word::query().gte_text(text).asc_text()).await?, all[at..], ">= {text}");
            assert_eq!(texts(Word::query().eq_text(text)).await?, [text]);
            let end = all[(at + 5).min(all.len() - 1)].as_str();
            let between = texts(Word::query().between_text(text, end).asc_text()).await?;
            assert_eq!(between, all[at..(at + 6).min(all.len())], "{text} to {end}");
            assert_eq!(texts(Word::query().gt_field("text", text)).await?.len(), all.len() - at - 1);
        }
        assert_eq!(Word::query().in_text(["a", "á"]).count().await?, 2);
        assert_eq!(Word::query().nin_text(["a", "á"]).count().await?, 18);
        assert_eq!(Word::query().ne_text("a").count().await?, 19);
    }
}

behaviour! {
    /// Each row once, up and down.
    async fn pages_of_text_follow_each_other() {
        words().await?;
        let orders: [fn(WordQuery) -> WordQuery; 3] =
            [|query| query.asc_text(), |query| query.desc_text(), |query| query.desc_label().asc_text()];
        for order in orders {
            let all = texts(order(Word::query())).await?;
            let mut read = Vec::new();
            let mut page = order(Word::query()).limit(3).await?;
            // More often than there are pages, if one follows itself.
            for _ in 0..TEXTS.len() {
                read.extend(page.iter().map(|word| word.text.clone()));
                match page.last() {
                    Some(last) if page.has_more() => page = order(Word::query()).after(last).limit(3).await?,
                    _ => break,
                }
            }
            assert_eq!(read, all);
        }
    }
}

behaviour! {
    /// The least and the greatest, of all and of groups, and what is sorted by them.
    #[needs(selections)]
    async fn the_least_text_is_that_of_the_least_bytes() {
        words().await?;
        let all = sorted(TEXTS.iter().filter(|text| text.len() > 1).copied());
        let ends = Word::query().gt_length(1).min_text().max_text().min_label().max_label().only().await?;
        let (first, last) = (all.first().cloned(), all.last().cloned());
        assert_eq!(ends, (first.clone(), last.clone(), first, last));
        let mut groups: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for text in sorted(TEXTS) {
            groups.entry(i64::try_from(text.len()).unwrap_or_default()).or_default().push(text);
        }
        let mut firsts: Vec<_> = groups.iter().map(|(length, texts)| (*length, texts.first().cloned())).collect();
        firsts.sort_by(|one, other| one.1.cmp(&other.1));
        let query = || Word::query().group_by_length().min_text();
        assert_eq!(query().asc_selected().await?.into_vec(), firsts);
        firsts.reverse();
        assert_eq!(query().desc_selected().limit(2).await?.into_vec(), firsts[..2]);
    }
}

behaviour! {
    /// Of columns, of rows that are alike, and of groups; each by name and by its place.
    #[needs(selections)]
    async fn selected_text_is_sorted_by_its_bytes() {
        words().await?;
        words().await?;
        let all = sorted(TEXTS);
        assert_eq!(Word::query().select_text().distinct().asc_text().await?.into_vec(), all);
        assert_eq!(Word::query().select_text().distinct().desc_selected().await?.into_vec(), backwards(all.clone()));
        assert_eq!(Word::query().select_text().distinct().asc_text().limit(4).await?.into_vec(), all[..4]);
        let twice: Vec<_> = all.iter().map(|text| (text.clone(), 2)).collect();
        assert_eq!(Word::query().group_by_text().counted().asc_text().await?.into_vec(), twice);
        assert_eq!(Word::query().group_by_text().count().await?, 20);
        let groups: Vec<String> = Word::query().group_by_text().asc_selected().await?.into_vec();
        assert_eq!(groups, all);
        assert_eq!(Word::query().distinct().asc_text().await?.len(), 2 * TEXTS.len());
        let mut stream = Word::query().asc_text().select_text().stream();
        assert_eq!(stream.try_next().await?.as_deref(), Some(""));
    }
}

behaviour! {
    /// As a whole, and each of its members, whose bounds are by it.
    #[needs(selections)]
    async fn combined_text_is_sorted_by_its_bytes() {
        words().await?;
        let all = sorted(TEXTS);
        let ends = [&all[..3], &all[TEXTS.len() - 3..]].concat();
        let rows = || Word::query().asc_text().limit(3).union(Word::query().desc_text().limit(3));
        assert_eq!(texts(rows().asc_text()).await?, ends);
        assert_eq!(texts(rows().desc_text().limit(2)).await?, backwards(ends.clone())[..2]);
        assert_eq!(texts(rows().distinct().asc_text()).await?, ends);
        let columns = || {
            let last = Word::query().desc_text().limit(3).select_text();
            Word::query().asc_text().limit(3).select_text().union(last)
        };
        assert_eq!(columns().asc_text().await?.into_vec(), ends);
        assert_eq!(columns().desc_selected().await?.into_vec(), backwards(ends));
        let below = Word::query().lt_text("a").union(Word::query().gt_text("z")).gt_text("A").asc_text();
        let wanted: Vec<_> = all.iter().filter(|text| ("A" < &***text && &***text < "a") || &***text > "z").cloned().collect();
        assert_eq!(texts(below).await?, wanted);
    }
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Place {
    #[field(pk)]
    code: String,
    #[field(ignore_case)]
    name: String,
    label: String,
    kind: PlaceKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, prom::Enum)]
enum PlaceKind {
    #[field(name = "town")]
    Town,
    #[field(name = "Village")]
    Village,
    #[field(name = "_")]
    Other,
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Road {
    place_code: Ref<Place>,
    label: String,
}

/// Three places whose names are one where letter case is ignored, and a road to each.
async fn places() -> prom::Result<()> {
    let kinds = [PlaceKind::Town, PlaceKind::Village, PlaceKind::Other];
    for ((code, name), kind) in [("b", "ABC"), ("Z", "abc"), ("_", "Abc")].into_iter().zip(kinds) {
        let place = Place::create().code(code).name(name).label(name.to_lowercase()).kind(kind).await?;
        Road::create().place_code(&place).label(name.to_lowercase()).await?;
    }
    Ok(())
}

behaviour! {
    /// A key, what refers to it, and a value of an enum, as it is stored.
    async fn text_of_every_kind_is_sorted_by_its_bytes() {
        places().await?;
        let codes = |rows: &[Place]| rows.iter().map(|place| place.code.clone()).collect::<Vec<_>>();
        assert_eq!(codes(&Place::query().asc_code().await?), ["Z", "_", "b"]);
        assert_eq!(codes(&Place::query().gt_code("Z").desc_code().await?), ["b", "_"]);
        assert_eq!(codes(&Place::query().asc_kind().await?), ["Z", "_", "b"]);
        let roads = Road::query().asc_place_code().await?;
        let codes: Vec<_> = roads.iter().map(|road| road.place_code.key().as_str()).collect();
        assert_eq!(codes, ["Z", "_", "b"]);
        let page = Road::query().asc_place_code().after(&roads[0]).await?;
        assert_eq!(page.len(), 2);
        assert_eq!(Place::find("b").await?.map(|place| place.code), Some("b".to_owned()));
    }
}

behaviour! {
    /// It is compared as the field that is asked about, whatever the query gives.
    #[needs(subqueries)]
    async fn text_of_another_field_is_compared_as_this_one() {
        places().await?;
        words().await?;
        // Letter case counts for the label, and not for the name.
        assert_eq!(Road::query().in_label(Place::query().select_name()).count().await?, 3);
        assert_eq!(Road::query().in_label(Place::query().eq_code("b").select_name()).count().await?, 0);
        assert_eq!(Place::query().in_name(Road::query().select_label()).count().await?, 3);
        assert_eq!(Place::query().eq_name(Road::query().limit(1).select_label()).count().await?, 3);
        assert_eq!(Place::query().nin_name(Road::query().select_label()).count().await?, 0);
        assert_eq!(Place::query().in_code(Word::query().select_text()).count().await?, 3);
        assert_eq!(Road::query().in_place_code(Word::query().select_text()).count().await?, 3);
        let least = || Word::query().gt_text("A").min_text();
        assert_eq!(Place::query().gt_code(least()).count().await?, 3);
        assert_eq!(Place::query().gt_code(Word::query().eq_text("a").select_text()).count().await?, 1);
        assert_eq!(Word::query().lt_text(Place::query().eq_code("Z").select_code()).count().await?, 5);
    }
}

behaviour! {
    /// Rows of two fields are alike as the first of them compares them.
    #[needs(selections)]
    async fn text_of_two_fields_becomes_one_as_the_first_compares_it() {
        places().await?;
        let labels = || Place::query().select_label();
        let names = || Place::query().select_name();
        assert_eq!(labels().union(names()).asc_selected().await?.into_vec(), ["ABC", "Abc", "abc"]);
        assert_eq!(names().union(labels()).count().await?, 1);
        assert_eq!(labels().intersect(names()).await?.into_vec(), ["abc"]);
        assert_eq!(names().difference(labels()).count().await?, 0);
        let bounded = labels().union(Place::query().eq_code("b").asc_code().limit(1).select_name());
        assert_eq!(bounded.asc_selected().await?.into_vec(), ["ABC", "abc"]);
    }
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Phrase {
    #[field(unique, collate = "en-US-x-icu")]
    text: String,
    #[field(default = String::from("c"))]
    plain: String,
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Quote {
    phrase: String,
}

/// The order of the language: `_ a á b B Z`.
const ENGLISH: [&str; 6] = ["_", "a", "á", "b", "B", "Z"];

behaviour! {
    /// Where the database has it, and nothing is sent where it has none.
    async fn a_field_chooses_the_order_of_a_language(db) {
        if !db.capabilities().collations {
            let inside = transaction(async { Phrase::query().asc_text().get().await });
            for error in [
                refused(Phrase::create().text("a").await),
                refused(Phrase::query().count().await),
                refused(Phrase::install().await),
                refused(inside.await),
            ] {
                assert_eq!((error.kind(), error.model(), error.field()), (Kind::Unsupported, Some("Phrase"), Some("text")));
                assert!(error.to_string().contains("`Phrase.text` is to be sorted and compared by the collation `en-US-x-icu`"), "{error}");
            }
            return Ok(());
        }
        let mut drafts: Vec<_> = ENGLISH.iter().map(|text| Phrase::draft().text(*text)).collect();
        drafts.reverse();
        Phrase::create_many(drafts).await?;
        let texts = |rows: &[Phrase]| rows.iter().map(|phrase| phrase.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&Phrase::query().asc_text().await?), ENGLISH);
        assert_eq!(texts(&Phrase::query().gt_text("a").asc_text().await?), ENGLISH[2..]);
        assert_eq!(texts(&Phrase::query().between_text("á", "B").asc_text().await?), ENGLISH[2..5]);
        let first = Phrase::query().asc_text().limit(3).await?;
        let next = Phrase::query().asc_text().after(&first[2]).await?;
        assert_eq!(texts(&next), ENGLISH[3..]);
        let ends = Phrase::query().min_text().max_text().only().await?;
        assert_eq!(ends, (Some("_".to_owned()), Some("Z".to_owned())));
        let sorted = Phrase::query().select_text().distinct().asc_selected().await?;
        assert_eq!(sorted.into_vec(), ENGLISH);
        // Beside a field that is compared by its bytes.
        Quote::create().phrase("B").await?;
        Quote::create().phrase("c").await?;
        assert_eq!(Quote::query().in_phrase(Phrase::query().select_text()).count().await?, 1);
        assert_eq!(Phrase::query().gt_text(Quote::query().min_phrase()).count().await?, 1);
        assert_eq!(Quote::query().gt_phrase(Phrase::query().max_text()).count().await?, 1);
        let plain = || Phrase::query().select_plain();
        let text = || Phrase::query().select_text();
        let both = plain().union(text()).asc_selected().await?;
        assert_eq!(both.into_vec(), ["B", "Z", "_", "a", "b", "c", "á"]);
        let both = text().union(plain()).asc_selected().await?;
        assert_eq!(both.into_vec(), ["_", "a", "á", "b", "B", "c", "Z"]);
        db.verify(&[Phrase::schema()]).await?;
    }
}
