//! The world in a database: loads ISO 3166's countries and subdivisions, and asks questions of them.
//!
//! `PROM_DSN=sqlite:///tmp/countries.db cargo run --example countries`
//!
//! What is loaded already is not loaded again, so it may run as often as you like, and be stopped half-way.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::error::Error;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use prom::Field;
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
    #[field(index = false)] // The index over `(country_id, kind)` finds it as well.
    country_id: Ref<Country>,
    parent_id: Option<Ref<Subdivision>>,
}

/// The kinds of subdivision that many countries have. ISO 3166 has a hundred, most of them in one country only.
#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
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
        Kind::from_value(kind_name.to_lowercase().into()).unwrap_or(Kind::Other)
    }
}

impl Subdivision {
    /// The country it lies in.
    async fn country(&self) -> prom::Result<Country> {
        Country::query().eq_id(*self.country_id.key()).only().await
    }

    /// The subdivision that it is a part of.
    async fn parent(&self) -> prom::Result<Option<Subdivision>> {
        match &self.parent_id {
            Some(parent) => Subdivision::find(*parent.key()).await,
            None => Ok(None),
        }
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

    totals().await?;
    commonest_kinds().await?;
    names_that_start_with("Saint").await?;
    first_level_of("IT").await?;
    children_of("IT-42").await?;
    whereabouts(["US-CA", "JP-13", "FR-75", "GB-ESS"]).await?;
    pages_of("Saint").await?;
    records().await?;
    rename("DE-BY", ["Bavaria", "Bayern"]).await?;
    fields_by_name([("alpha3", "ISL"), ("numeric", "392"), ("id", "Iceland"), ("aplha3", "ISL")]).await?;
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
    let countries = load_countries(countries.entries, &bar).await?;
    load_subdivisions(subdivisions.entries, &countries, &bar).await?;
    bar.finish();
    Ok(())
}

/// Gives all countries by their two letters.
async fn load_countries(
    entries: Vec<CountryEntry>,
    bar: &ProgressBar,
) -> prom::Result<HashMap<String, Ref<Country>>> {
    let mut known: HashMap<_, _> =
        Country::query().await?.iter().map(|it| (it.alpha2.clone(), it.into())).collect();
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
    known.extend(rows.iter().map(|it| (it.alpha2.clone(), it.into())));
    Ok(known)
}

/// Parents are inserted before their children, since these refer to them.
async fn load_subdivisions(
    entries: Vec<SubdivisionEntry>,
    countries: &HashMap<String, Ref<Country>>,
    bar: &ProgressBar,
) -> Result<(), Box<dyn Error>> {
    let mut known: HashMap<String, Ref<Subdivision>> =
        Subdivision::query().await?.iter().map(|it| (it.code.clone(), it.into())).collect();
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
                .parent_id(it.parent().map(|it| known[&it]))
                .kind(Kind::of(&it.kind_name))
                .kind_name(it.kind_name)
                .code(it.code)
                .name(it.name)
                .into()
        });
        let rows: Vec<Subdivision> = insert(new.collect(), bar).await?;
        known.extend(rows.iter().map(|it| (it.code.clone(), it.into())));
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

async fn totals() -> prom::Result<()> {
    let countries = Country::query().count().await?;
    let subdivisions = Subdivision::query().count().await?;
    let first_level = Subdivision::query().first_level().count().await?;
    println!(
        "{} countries, {} subdivisions, {} of which are of the first level",
        HumanCount(countries),
        HumanCount(subdivisions),
        HumanCount(first_level)
    );
    Ok(())
}

async fn commonest_kinds() -> prom::Result<()> {
    heading("The commonest kinds of subdivision");
    for kind in [Kind::Province, Kind::District, Kind::Municipality, Kind::Region, Kind::State, Kind::Other] {
        let count = Subdivision::query().eq_kind(kind).count().await?;
        println!("  {:>5}  {kind:?}", HumanCount(count).to_string());
    }
    Ok(())
}

async fn names_that_start_with(text: &str) -> prom::Result<()> {
    heading(&format!("Countries whose name starts with {text}"));
    for it in Country::query().startswith_name(text).asc_name().await? {
        println!("  {}  {}  {}", it.alpha2, it.flag, it.name);
    }
    Ok(())
}

async fn first_level_of(alpha2: &str) -> prom::Result<()> {
    let country = Country::query().eq_alpha2(alpha2).only().await?;
    let rows = Subdivision::query().eq_country_id(&country).first_level().asc_kind_name().asc_name().await?;

    heading(&format!("{} has {} subdivisions of the first level", country.name, rows.len()));
    for kind in rows.chunk_by(|a, b| a.kind_name == b.kind_name) {
        println!("  {:>5}  {}: {}", kind.len(), kind[0].kind_name, first_names(kind));
    }
    Ok(())
}

async fn children_of(code: &str) -> prom::Result<()> {
    let parent = Subdivision::query().eq_code(code).only().await?;
    heading(&format!("{} consists of", parent.name));
    for it in Subdivision::query().eq_parent_id(&parent).asc_code().await? {
        println!("  {:<6}  {:<30}  {}", it.code, it.name, it.kind_name);
    }
    Ok(())
}

async fn whereabouts<const N: usize>(codes: [&str; N]) -> prom::Result<()> {
    heading("Where a code lies");
    for it in Subdivision::query().in_code(codes).asc_code().await? {
        let (parent, country) = (it.parent().await?, it.country().await?);
        let parent = parent.map_or_else(String::new, |it| format!("{}, ", it.name));
        println!("  {:<6}  {}  {}, {parent}{}", it.code, country.flag, it.name, country.name);
    }
    Ok(())
}

/// Every page says whether there is another one.
async fn pages_of(text: &str) -> prom::Result<()> {
    heading(&format!("Subdivisions with {text} in their name, 20 a page"));
    for page in 0.. {
        let rows = Subdivision::query()
            .contains_name(text)
            .asc_name()
            .asc_code()
            .limit(20)
            .offset(20 * page)
            .await?;
        println!("  {:>5}  {}", format!("p. {}", page + 1), first_names(&rows));
        if !rows.has_more() {
            break;
        }
    }
    Ok(())
}

/// Reads every subdivision once, one after the other.
async fn records() -> prom::Result<()> {
    let mut longest = String::new();
    let mut counts: HashMap<Ref<Country>, u64> = HashMap::new();
    let mut rows = Subdivision::query().stream();
    while let Some(it) = rows.try_next().await? {
        *counts.entry(it.country_id).or_default() += 1;
        if it.name.chars().count() > longest.chars().count() {
            longest = it.name;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(country, count)| (Reverse(*count), *country));

    heading("Countries with the most subdivisions");
    for (country, count) in counts.into_iter().take(5) {
        if let Some(it) = Country::find(country.into_key()).await? {
            println!("  {count:>5}  {}  {}", it.flag, it.name);
        }
    }
    heading("The longest name of a subdivision");
    println!("  {longest}");
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

fn heading(text: &str) {
    println!("\n{text}");
}

/// The first few names, and how many more there are.
fn first_names(rows: &[Subdivision]) -> String {
    let names: Vec<_> = rows.iter().take(4).map(|it| it.name.as_str()).collect();
    let more = if rows.len() > 4 { format!(", and {} more", rows.len() - 4) } else { String::new() };
    names.join(", ") + &more
}
