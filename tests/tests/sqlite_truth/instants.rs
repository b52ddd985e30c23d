//! Instants in the spellings of other programs are compared as what they are read as.

use prom::prelude::*;
use prom::{Result, date};

use super::database::{Database, PLACES, Place};

#[prom::orm(table = "event", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Event {
    at: Timestamp,
    seen: Option<Timestamp>,
    name: String,
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

/// In the order of time.
const INSTANTS: [&str; 13] = [
    "2024-05-05T23:59:59.999999Z",
    "2024-05-06T00:00:00Z",
    "2024-05-06T00:00:00.000001Z",
    "2024-05-06T00:00:01Z",
    "2024-05-06T09:59:59.999999Z",
    "2024-05-06T10:00:00Z",
    "2024-05-06T10:00:00.000001Z",
    "2024-05-06T10:00:00.5Z",
    "2024-05-06T10:00:01Z",
    "2024-05-07T00:00:00Z",
    "2024-05-07T00:00:00.25Z",
    "1969-12-31T23:59:58.5Z",
    "0001-01-01T00:00:00Z",
];

/// The SQL literal of an instant, as a kind of program writes it.
type Spell = fn(Timestamp) -> String;

fn quoted(text: impl AsRef<str>) -> String {
    format!("'{}'", text.as_ref())
}

/// As short as it goes.
fn python(at: Timestamp) -> String {
    let text = wide(at);
    quoted(match text.strip_suffix(".000000Z") {
        Some(second) => second.strip_suffix("T00:00:00").map_or(format!("{second}Z"), str::to_owned),
        None => text,
    })
}

/// 27 characters.
fn wide(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// `datetime()` and `CURRENT_TIMESTAMP`, with the fraction of the programs that keep one.
fn sqlite(at: Timestamp) -> String {
    quoted(at.strftime("%Y-%m-%d %H:%M:%S%.f").to_string())
}

fn zone(at: Timestamp) -> String {
    quoted(at.strftime("%Y-%m-%dT%H:%M:%S%.f+00:00").to_string())
}

/// Each a different one, offsets among them.
fn all(at: Timestamp) -> String {
    let later = at.checked_add(std::time::Duration::from_secs(7_200)).expect("it is in range");
    match at.as_microsecond().rem_euclid(5) {
        0 => python(at),
        1 => quoted(format!("{}000+00:00", wide(at).trim_end_matches('Z'))),
        2 => quoted(wide(at)),
        _ => quoted(format!("{}+02:00", wide(later).trim_end_matches('Z'))),
    }
}

/// Seconds since 1970.
fn number(at: Timestamp) -> String {
    let micros = at.as_microsecond();
    match micros % 1_000_000 {
        0 => (micros / 1_000_000).to_string(),
        _ => format!("{}.0e-6", micros),
    }
}

fn own(at: Timestamp) -> String {
    quoted(wide(at))
}

/// Whole seconds in a spelling, fractions in prom's: a table that two programs write.
fn both(at: Timestamp) -> String {
    if at.as_microsecond() % 1_000_000 == 0 { sqlite(at) } else { own(at) }
}

const SPELLS: [(&str, Spell, &str); 8] = [
    ("python", python, "TIMESTAMP"),
    ("sqlite", sqlite, "DATETIME"),
    ("zone", zone, "TEXT"),
    ("all", all, "DATETIME"),
    ("number", number, "TIMESTAMP"),
    ("both", both, "TEXT"),
    ("own", own, "TIMESTAMP"),
    ("own in text", own, "TEXT"),
];

/// A row of `event`, as it should be read.
type Cells = (i64, Timestamp, Option<Timestamp>);

/// Each instant twice, the first time in prom's spelling, in no order. `seen` is NULL in
/// every third row.
fn events(test: &str, spell: Spell, ty: &str) -> Result<(Database, Vec<Cells>)> {
    let sql = format!(
        "CREATE TABLE event (_id INTEGER PRIMARY KEY, at {ty} NOT NULL, seen {ty}, name TEXT NOT NULL); \
         CREATE INDEX event_at ON event (at)"
    );
    let database = Database::new(test, "", &sql)?;
    let mut rows = Vec::new();
    for id in 0..26 {
        let at = at(INSTANTS[id * 7 % 13]);
        let written = if id < 13 { own(at) } else { spell(at) };
        let seen = (id % 3 != 0).then_some(at);
        let seen_as = seen.map_or("NULL".to_owned(), spell);
        database.run(&format!("INSERT INTO event VALUES ({id}, {written}, {seen_as}, 'n{}')", id % 4));
        rows.push((i64::try_from(id).expect("a small number"), at, seen));
    }
    Ok((database, rows))
}

/// The keys of the rows for which `is_it` holds.
fn keys(rows: &[Cells], is_it: impl Fn(&Cells) -> bool) -> Vec<i64> {
    rows.iter().filter(|row| is_it(row)).map(|row| row.0).collect()
}

/// The keys of the rows that `query` finds.
async fn found(query: EventQuery, database: &Database) -> Result<Vec<i64>> {
    Ok(query.asc_id().select_id().on(&database.prom).await?.into_vec())
}

#[tokio::test]
async fn six_operators_find_what_is_read() -> Result<()> {
    for (name, spell, ty) in SPELLS {
        let (database, rows) = events(&format!("operators {name}"), spell, ty)?;
        let find = |query: EventQuery| found(query, &database);
        let query = Event::query;
        for text in INSTANTS {
            let at = at(text);
            let place = format!("{name} {text}");
            assert_eq!(find(query().eq_at(at)).await?, keys(&rows, |row| row.1 == at), "= {place}");
            assert_eq!(find(query().ne_at(at)).await?, keys(&rows, |row| row.1 != at), "<> {place}");
            assert_eq!(find(query().lt_at(at)).await?, keys(&rows, |row| row.1 < at), "< {place}");
            assert_eq!(find(query().lte_at(at)).await?, keys(&rows, |row| row.1 <= at), "<= {place}");
            assert_eq!(find(query().gt_at(at)).await?, keys(&rows, |row| row.1 > at), "> {place}");
            assert_eq!(find(query().gte_at(at)).await?, keys(&rows, |row| row.1 >= at), ">= {place}");
            assert_eq!(find(query().eq_seen(at)).await?, keys(&rows, |row| row.2 == Some(at)), "= {place}");
            let other = keys(&rows, |row| row.2.is_some_and(|seen| seen != at));
            assert_eq!(find(query().ne_seen(at)).await?, other, "<> {place}");
            let later = keys(&rows, |row| row.2.is_some_and(|seen| seen > at));
            assert_eq!(find(query().gt_seen(at)).await?, later, "> {place}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn lists_ranges_and_parts_find_what_is_read() -> Result<()> {
    for (name, spell, ty) in SPELLS {
        let (database, rows) = events(&format!("lists {name}"), spell, ty)?;
        let find = |query: EventQuery| found(query, &database);
        let query = Event::query;
        for pair in INSTANTS.windows(2) {
            let pair = [at(pair[0]), at(pair[1])];
            let is_in = keys(&rows, |row| pair.contains(&row.1));
            assert_eq!(find(query().in_at(pair)).await?, is_in, "{name}");
            let not_in = keys(&rows, |row| !pair.contains(&row.1));
            assert_eq!(find(query().nin_at(pair)).await?, not_in, "{name}");
            let within = keys(&rows, |row| pair[0] <= row.1 && row.1 <= pair[1]);
            assert_eq!(find(query().between_at(pair[0], pair[1])).await?, within, "{name}");
        }
        let is_sixth = |row: &Cells| wide(row.1).starts_with("2024-05-06");
        let sixth = query().eq_at(date::day(6)).eq_at(date::month(5));
        assert_eq!(find(sixth).await?, keys(&rows, is_sixth), "{name}");
        let at_ten = keys(&rows, |row| &wide(row.1)[11..13] == "10");
        assert_eq!(find(query().eq_at(date::hour(10))).await?, at_ten, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn queries_within_queries_compare_what_is_read() -> Result<()> {
    for (name, spell, ty) in SPELLS {
        let (database, rows) = events(&format!("within {name}"), spell, ty)?;
        let find = |query: EventQuery| found(query, &database);
        let query = Event::query;
        // `seen` is spelled otherwise than `at` in half of the rows.
        let seen: Vec<_> = rows.iter().filter_map(|row| row.2).collect();
        let is_seen = keys(&rows, |row| seen.contains(&row.1));
        assert_eq!(find(query().in_at(query().not_null_seen().select_seen())).await?, is_seen, "{name}");
        let is_not = keys(&rows, |row| !seen.contains(&row.1));
        assert_eq!(find(query().nin_at(query().not_null_seen().select_seen())).await?, is_not, "{name}");
        for id in [0, 3, 13, 20] {
            let one = || query().eq_id(id).select_at();
            let at = rows[usize::try_from(id).expect("it is small")].1;
            assert_eq!(find(query().eq_at(one())).await?, keys(&rows, |row| row.1 == at), "{name} {id}");
            assert_eq!(find(query().gt_at(one())).await?, keys(&rows, |row| row.1 > at), "{name} {id}");
        }
        let last = rows.iter().map(|row| row.1).max().expect("there are some");
        let latest = keys(&rows, |row| row.1 == last);
        assert_eq!(find(query().eq_at(query().max_at())).await?, latest, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn rows_are_sorted_and_paged_by_what_is_read() -> Result<()> {
    for (name, spell, ty) in SPELLS {
        let (database, mut rows) = events(&format!("sorted {name}"), spell, ty)?;
        let db = &database.prom;
        rows.sort_by_key(|row| (row.1, row.0));
        let sorted: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let up = Event::query().asc_at().asc_id().select_id().on(db).await?;
        assert_eq!(up.into_vec(), sorted, "{name}");
        let down = Event::query().desc_at().desc_id().select_id().on(db).await?;
        assert_eq!(down.into_vec(), sorted.iter().rev().copied().collect::<Vec<_>>(), "{name}");
        let mut paged = Vec::new();
        let mut page = Event::query().asc_at().limit(3).on(db).await?;
        while let Some(last) = page.last() {
            paged.extend(page.iter().map(|row| row.id));
            assert!(paged.len() <= sorted.len(), "{name}: the pages do not end");
            page = Event::query().asc_at().after(last).limit(3).on(db).await?;
        }
        assert_eq!(paged, sorted, "{name}");
        let first = [at(INSTANTS[5]), at(INSTANTS[1])];
        let listed = Event::query().in_at(first).order_at(first).asc_id().select_at().on(db).await?;
        assert_eq!(listed.into_vec(), [first[0], first[0], first[1], first[1]], "{name}");
        let mut streamed = Vec::new();
        let mut stream = Event::query().asc_at().asc_id().on(db).stream();
        while let Some(row) = stream.try_next().await? {
            streamed.push(row.id);
        }
        assert_eq!(streamed, sorted, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_read_alike_is_one_group() -> Result<()> {
    for (name, spell, ty) in SPELLS {
        let (database, rows) = events(&format!("groups {name}"), spell, ty)?;
        let db = &database.prom;
        let mut instants: Vec<_> = rows.iter().map(|row| row.1).collect();
        instants.sort();
        instants.dedup();
        let groups = Event::query().group_by_at().counted().asc_at().on(db).await?;
        let wanted: Vec<_> = instants.iter().map(|instant| (*instant, 2)).collect();
        assert_eq!(groups.into_vec(), wanted, "{name}");
        let distinct = Event::query().select_at().distinct().asc_at();
        assert_eq!(distinct.clone().on(db).await?.into_vec(), instants, "{name}");
        assert_eq!(distinct.on(db).count().await?, 13, "{name}");
        assert_eq!(Event::query().group_by_at().counted().on(db).count().await?, 13, "{name}");
        let ends = Event::query().min_at().max_at().on(db).only().await?;
        assert_eq!(ends, (instants.first().copied(), instants.last().copied()), "{name}");
        let own = || Event::query().lt_id(13).select_at();
        let other = || Event::query().gte_id(13).select_at();
        assert_eq!(own().union(other()).asc_at().on(db).await?.into_vec(), instants, "{name}");
        assert_eq!(own().intersect(other()).on(db).count().await?, 13, "{name}");
        assert_eq!(own().difference(other()).on(db).count().await?, 0, "{name}");
        let both = Event::query().lt_id(13).union(Event::query().gte_id(13)).gt_at(instants[2]);
        assert_eq!(both.on(db).count().await?, 20, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn changes_find_what_is_read() -> Result<()> {
    for (name, spell, ty) in SPELLS {
        let (database, rows) = events(&format!("changes {name}"), spell, ty)?;
        let db = &database.prom;
        let at = at(INSTANTS[5]);
        let touched = Event::query().gte_at(at).set_name("late").on(db).update().await?;
        let late = keys(&rows, |row| row.1 >= at);
        assert_eq!(touched, late.len() as u64, "{name}");
        assert_eq!(found(Event::query().eq_name("late"), &database).await?, late, "{name}");
        let one = Event::query().eq_id(20).select_at();
        Event::query().eq_id(3).set_seen(one).on(db).update().await?;
        let seen = Event::find(3).on(db).await?.and_then(|row| row.seen);
        assert_eq!(seen, Some(rows[20].1), "{name}");
        for place in PLACES {
            let id = if matches!(place, Place::Outside) { 20 } else { 21 };
            let Some(mut row) = Event::find(id).on(db).await? else { continue };
            row.name = "saved".into();
            place.run(&database, async { row.save().on(db).await }).await?;
            assert_eq!(database.rows(&format!("SELECT name FROM event WHERE _id = {id}")), ["saved"]);
            row.reload().on(db).await?;
            assert!(place.run(&database, async { row.delete().on(db).await }).await?);
        }
        let gone = Event::query().lte_at(at).on(db).delete().await?;
        let (twenty, other) = (rows[20].1 <= at, rows[21].1 <= at);
        let left = keys(&rows, |row| row.1 <= at).len() - usize::from(twenty) - usize::from(other);
        assert_eq!(gone, left as u64, "{name}");
    }
    Ok(())
}
