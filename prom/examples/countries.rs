//! The world in a database: loads ISO 3166's countries and subdivisions, and asks questions of them.
//!
//! `PROM_DSN=sqlite:///tmp/countries.db cargo run --example countries`
//!
//! What is loaded already is not loaded again, and what is made up is gone at the end, so it may run as often as
//! you like, and be stopped half-way.

use std::collections::HashMap;
use std::error::Error;

use indicatif::{ProgressBar, ProgressStyle};
use prom::prelude::*;
use serde::Deserialize;

/// A country.
#[prom::orm]
#[derive(Debug)]
struct Country {
    #[field(size = 2, unique)]
    alpha2: String,
    #[field(size = 3, unique)]
    alpha3: String,
    #[field(size = 3, unique)]
    numeric: String,
    #[field(index)]
    name: String,
    official_name: Option<String>,
    common_name: Option<String>,
    flag: String,
}

/// A part of a country. It goes when its country goes, and is left without a parent when its parent goes.
#[prom::orm(index(country_id, kind))]
#[derive(Debug)]
struct Subdivision {
    #[field(unique)]
    code: String,
    #[field(index)]
    name: String,
    kind: Kind,
    /// What ISO 3166 calls its kind.
    kind_name: String,
    /// The index over `(country_id, kind)` finds it as well.
    #[field(index = false, reverse = "subdivisions")]
    country_id: Ref<Country>,
    #[field(reverse = "children")]
    parent_id: Option<Ref<Self>>,
}

/// The kinds of subdivision that many countries have. ISO 3166 has a hundred, most of them in one country only.
#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
#[field(display)]
enum Kind {
    #[field(name = "autonomous region")]
    AutonomousRegion,
    Canton,
    City,
    County,
    Department,
    District,
    Governorate,
    Municipality,
    Parish,
    Prefecture,
    Province,
    Rayon,
    Region,
    State,
    Other,
}

impl Kind {
    /// The kind that is stored under that name.
    fn of(kind_name: &str) -> Self {
        kind_name.to_lowercase().parse().unwrap_or(Kind::Other)
    }
}

impl SubdivisionQuery {
    /// Keeps those that are no part of another one.
    fn first_level(self) -> Self {
        self.is_null_parent_id()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    load().await?;

    heading("How many, and which");
    totals("are loaded").await?;
    countries_of_kind(Kind::Parish).await?;
    named_like_a_subdivision().await?;
    part_of("Scotland").await?;
    longest_name().await?;
    commonest_kinds().await?;
    most_subdivisions().await?;
    names_that_start_with("Saint").await?;
    pages_of("Saint").await?;
    first_level_of("IT").await?;
    tree_of("BE").await?;
    whereabouts(["US-CA", "JP-13", "FR-75"]).await?;
    fields_by_name([("alpha3", "ISL"), ("numeric", "392"), ("id", "Iceland"), ("aplha3", "ISL")]).await?;
    rename("DE-BY", ["Bavaria", "Bayern"]).await?;
    atlantis().await?;
    Ok(())
}

/// The files of iso-codes; `data/README.md` says whose they are.
const COUNTRIES: &str = include_str!("data/iso_3166-1.json");
const SUBDIVISIONS: &str = include_str!("data/iso_3166-2.json");

/// How many rows are inserted in one go.
const CHUNK: usize = 500;

/// A file: a list under the number of the standard's part.
#[derive(Deserialize)]
struct File<T> {
    #[serde(alias = "3166-1", alias = "3166-2")]
    entries: Vec<T>,
}

#[derive(Deserialize)]
struct CountryEntry {
    alpha_2: String,
    alpha_3: String,
    numeric: String,
    name: String,
    official_name: Option<String>,
    common_name: Option<String>,
    flag: String,
}

#[derive(Deserialize)]
struct SubdivisionEntry {
    code: String,
    name: String,
    #[serde(rename = "type")]
    kind_name: String,
    parent: Option<String>,
}

impl SubdivisionEntry {
    /// `FR` of `FR-75`.
    fn country(&self) -> &str {
        self.code.split('-').next().unwrap_or_default()
    }

    /// The parent's whole code, of which the file sometimes leaves out the country.
    fn parent(&self) -> Option<String> {
        let parent = self.parent.as_ref()?;
        let whole = parent.contains('-');
        Some(if whole { parent.clone() } else { format!("{}-{parent}", self.country()) })
    }
}

/// Inserts what the files have and the database has not.
async fn load() -> Result<(), Box<dyn Error>> {
    let countries: File<CountryEntry> = serde_json::from_str(COUNTRIES)?;
    let subdivisions: File<SubdivisionEntry> = serde_json::from_str(SUBDIVISIONS)?;

    let bar = ProgressBar::new((countries.entries.len() + subdivisions.entries.len()) as u64);
    bar.set_style(ProgressStyle::with_template("loading {bar:40} {pos}/{len} rows in {elapsed}")?);
    Country::query().eq_alpha2("XA").delete().await?; // Atlantis, if a run was stopped while it was there.
    let countries = load_countries(countries.entries, &bar).await?;
    load_subdivisions(subdivisions.entries, &countries, &bar).await?;
    bar.finish();
    Ok(())
}

/// Gives all countries by their two letters.
async fn load_countries(entries: Vec<CountryEntry>, bar: &ProgressBar) -> prom::Result<HashMap<String, i64>> {
    let mut known: HashMap<_, _> = Country::query().select_alpha2().select_id().await?.into_iter().collect();
    bar.inc(known.len() as u64);

    let new = entries.into_iter().filter(|it| !known.contains_key(&it.alpha_2)).map(|it| {
        Country::create()
            .alpha2(it.alpha_2)
            .alpha3(it.alpha_3)
            .numeric(it.numeric)
            .name(it.name)
            .official_name(it.official_name)
            .common_name(it.common_name)
            .flag(it.flag)
            .into()
    });
    let rows: Vec<Country> = insert(new.collect(), bar).await?;
    known.extend(rows.iter().map(|it| (it.alpha2.clone(), it.id)));
    Ok(known)
}

/// Parents are inserted before their children, since these refer to them.
async fn load_subdivisions(
    entries: Vec<SubdivisionEntry>,
    countries: &HashMap<String, i64>,
    bar: &ProgressBar,
) -> Result<(), Box<dyn Error>> {
    let mut known: HashMap<String, i64> =
        Subdivision::query().select_code().select_id().await?.into_iter().collect();
    bar.inc(known.len() as u64);

    let mut waiting: Vec<_> = entries.into_iter().filter(|it| !known.contains_key(&it.code)).collect();
    while !waiting.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|it| it.parent().is_none_or(|it| known.contains_key(&it)));
        if let ([], [orphan, ..]) = (&ready[..], &rest[..]) {
            return Err(format!("{} has a parent that is nowhere", orphan.code).into());
        }
        let new = ready.into_iter().map(|it| {
            Subdivision::create()
                .country_id(countries[it.country()])
                .parent_id(it.parent().map(|it| Ref::new(known[&it])))
                .kind(Kind::of(&it.kind_name))
                .kind_name(it.kind_name)
                .code(it.code)
                .name(it.name)
                .into()
        });
        let rows: Vec<Subdivision> = insert(new.collect(), bar).await?;
        known.extend(rows.iter().map(|it| (it.code.clone(), it.id)));
        waiting = rest;
    }
    Ok(())
}

/// Inserts rows of any model, a chunk at a time; each chunk is inserted wholly or not at all.
async fn insert<M: Model>(mut drafts: Vec<M::Draft>, bar: &ProgressBar) -> prom::Result<Vec<M>> {
    let before = bar.position();
    let mut rows = Vec::with_capacity(drafts.len());
    while !drafts.is_empty() {
        let chunk = drafts.drain(..CHUNK.min(drafts.len()));
        rows.extend(M::create_many(chunk).await?);
        bar.set_position(before + rows.len() as u64);
    }
    Ok(rows)
}

async fn totals(when: &str) -> prom::Result<()> {
    let countries = Country::query().count().await?;
    let subdivisions = Subdivision::query().count().await?;
    println!("  {countries:>5}  countries and {subdivisions} subdivisions {when}");
    Ok(())
}

/// A condition over the way back: each country comes once.
async fn countries_of_kind(kind: Kind) -> prom::Result<()> {
    let query = Country::query().where_has(Country::SUBDIVISIONS, |q| q.eq_kind(kind));
    print_names(&format!("countries have a {kind}"), &query.asc_name().select_name().await?);
    Ok(())
}

/// A list may be a query.
async fn named_like_a_subdivision() -> prom::Result<()> {
    let query = Country::query().in_name(Subdivision::query().select_name());
    print_names("countries are named like a subdivision", &query.asc_name().select_name().await?);
    Ok(())
}

/// A condition over a reference.
async fn part_of(name: &str) -> prom::Result<()> {
    let query = Subdivision::query().where_parent(|q| q.eq_name(name));
    print_names(&format!("subdivisions are part of {name}"), &query.asc_name().select_name().await?);
    Ok(())
}

/// Reads every name once, one after the other.
async fn longest_name() -> prom::Result<()> {
    let mut longest = String::new();
    let mut names = Subdivision::query().select_name().stream();
    while let Some(it) = names.try_next().await? {
        if it.chars().count() > longest.chars().count() {
            longest = it;
        }
    }
    println!("  {:>5}  characters has the longest name: {longest}", longest.chars().count());
    Ok(())
}

async fn commonest_kinds() -> prom::Result<()> {
    heading("The commonest kinds of subdivision");
    for (kind, count) in Subdivision::query().group_by_kind_name().counted().desc_selected().limit(5).await? {
        println!("  {count:>5}  {kind}");
    }
    Ok(())
}

/// The database counts; the countries come in a second query, in the order of their counts.
async fn most_subdivisions() -> prom::Result<()> {
    heading("Countries with the most subdivisions");
    let most = Subdivision::query().group_by_country_id().counted().desc_selected().limit(5).await?;
    let ids = most.iter().map(|(id, _)| *id);
    let countries = Country::query().in_id(ids.clone()).order_id(ids).await?;
    for ((_, count), it) in most.iter().zip(&countries) {
        println!("  {count:>5}  {}  {}", it.flag, it.name);
    }
    Ok(())
}

async fn names_that_start_with(text: &str) -> prom::Result<()> {
    heading(&format!("Countries that start with {text}, and how many subdivisions they have"));
    for (it, subs) in Country::query().startswith_name(text).asc_name().with(Country::SUBDIVISIONS).await? {
        println!("  {:>5}  {}  {}", subs.len(), it.flag, it.name);
    }
    Ok(())
}

/// Every page says whether there is another one.
async fn pages_of(text: &str) -> prom::Result<()> {
    heading(&format!("Subdivisions that start with {text}, 20 a page"));
    for page in 1.. {
        let query = Subdivision::query().startswith_name(text).asc_name().asc_code();
        let rows = query.limit(20).page(page).await?;
        if let [first, .., last] = &rows[..] {
            println!("  {:>5}  {} .. {}", format!("p. {page}"), first.name, last.name);
        }
        if !rows.has_more() {
            break;
        }
    }
    Ok(())
}

async fn first_level_of(alpha2: &str) -> prom::Result<()> {
    let country = Country::query().eq_alpha2(alpha2).only().await?;
    let rows = country.subdivisions().first_level().asc_kind_name().asc_name().await?;

    heading(&format!("{} has {} subdivisions without a parent", country.name, rows.len()));
    for kind in rows.chunk_by(|a, b| a.kind_name == b.kind_name) {
        let names: Vec<_> = kind.iter().map(|it| &it.name).collect();
        print_names(&kind[0].kind_name, &names);
    }
    Ok(())
}

/// Three queries, however large the country is.
async fn tree_of(alpha2: &str) -> prom::Result<()> {
    let country = Country::query().eq_alpha2(alpha2).only().await?;
    heading(&format!("The tree of {}", country.name));
    for (it, children) in country.subdivisions().first_level().asc_code().with(Subdivision::CHILDREN).await? {
        println!("  {:<6}  {}", it.code, it.name);
        for it in children {
            println!("  {:<6}    {}", it.code, it.name);
        }
    }
    Ok(())
}

async fn whereabouts<const N: usize>(codes: [&str; N]) -> prom::Result<()> {
    heading("Where a code lies");
    let rows = Subdivision::query().in_code(codes).asc_code().with_country().with_parent().await?;
    for (it, country, parent) in rows {
        let parent = parent.map_or_else(String::new, |it| format!("{}, ", it.name));
        println!("  {:<6}  {}  {}, {parent}{}", it.code, country.flag, it.name, country.name);
    }
    Ok(())
}

/// Asks by what is known only at run time, such as what somebody typed.
async fn fields_by_name<const N: usize>(inputs: [(&str, &str); N]) -> prom::Result<()> {
    heading("Fields by name");
    for (field, value) in inputs {
        let answer = match Country::query().eq_field(field, value).only().await {
            Ok(it) => format!("{}  {}", it.flag, it.name),
            Err(error) => error.to_string(),
        };
        println!("  {:<16}  {answer}", format!("{field} = {value}"));
    }
    Ok(())
}

async fn rename<const N: usize>(code: &str, names: [&str; N]) -> prom::Result<()> {
    heading("A new name, and the old one again");
    let mut row = Subdivision::query().eq_code(code).only().await?;
    for name in names {
        let old = std::mem::replace(&mut row.name, name.to_owned());
        let modified = row.modified().join(", ");
        row.save().await?;
        row.reload().await?;
        println!("  {old} -> {}  (changed: {modified})", row.name);
    }
    Ok(())
}

/// A country that is made up, changed all at once, and deleted with all that refers to it.
async fn atlantis() -> prom::Result<()> {
    heading("Atlantis, made up, reformed and sunk");
    totals("before").await?;

    let atlantis =
        Country::create().alpha2("XA").alpha3("XAT").numeric("999").name("Atlantis").flag("🌊").await?;
    let province = |code, name| {
        let create = Subdivision::create().country_id(&atlantis).kind(Kind::Province).kind_name("Province");
        create.code(code).name(name)
    };
    Subdivision::create_many([
        province("XA-N", "North"),
        province("XA-E", "East"),
        province("XA-S", "South"),
    ])
    .await?;
    totals("with Atlantis").await?;

    let provinces = atlantis.subdivisions().eq_kind(Kind::Province);
    let changed = provinces.set_kind(Kind::State).set_kind_name("State").update().await?;
    println!("  {changed:>5}  provinces have become states");

    atlantis.delete().await?;
    totals("without it").await?;
    Ok(())
}

fn heading(text: &str) {
    println!("\n{text}");
}

/// How many names there are, and the first few of them.
fn print_names(what: &str, names: &[impl AsRef<str>]) {
    let first: Vec<_> = names.iter().take(4).map(AsRef::as_ref).collect();
    let more = if names.len() > 4 { ", .." } else { "" };
    println!("  {:>5}  {what}: {}{more}", names.len(), first.join(", "));
}
