//! Rows that cannot be decoded: what their errors name, what comes all the same,
//! and that the rest can be read.

use std::sync::{Arc, Mutex};

use prom::prelude::*;
use prom::{Error, Kind, Result, Uuid, Value, transaction};

use crate::behaviour::refused;

/// What is written by one model and read by another.
mod wide {
    #[prom::orm(table = "cell", created = none, updated = none)]
    pub(super) struct Cell {
        pub(super) number: i64,
    }

    #[prom::orm(table = "token", id = prom::Uuid, created = none, updated = none)]
    pub(super) struct Token {
        pub(super) number: i64,
    }

    #[prom::orm(table = "named", created = none, updated = none)]
    pub(super) struct Named {
        #[field(pk)]
        pub(super) name: String,
        pub(super) number: i64,
    }

    #[prom::orm(table = "keyless", id = none, created = none, updated = none)]
    pub(super) struct Keyless {
        pub(super) number: i64,
    }

    #[prom::orm(table = "badkey", created = none, updated = none)]
    pub(super) struct BadKey {
        #[field(pk)]
        pub(super) code: i64,
    }

    #[prom::orm(table = "leaf", created = none, updated = none)]
    pub(super) struct Leaf {
        pub(super) cell_id: prom::Ref<Cell>,
        pub(super) number: i64,
    }
}

#[prom::orm(table = "cell", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Cell {
    number: u8,
}

#[prom::orm(table = "token", id = Uuid, created = none, updated = none)]
#[derive(Debug)]
struct Token {
    number: u8,
}

#[prom::orm(table = "named", created = none, updated = none)]
#[derive(Debug)]
struct Named {
    #[field(pk)]
    name: String,
    number: u8,
}

#[prom::orm(table = "keyless", id = none, created = none, updated = none)]
#[derive(Debug)]
struct Keyless {
    number: u8,
}

#[prom::orm(table = "badkey", created = none, updated = none)]
#[derive(Debug)]
struct BadKey {
    #[field(pk)]
    code: u8,
}

#[prom::orm(table = "leaf", created = none, updated = none)]
#[derive(Debug)]
struct Leaf {
    #[field(reverse = "leaves")]
    cell_id: prom::Ref<Cell>,
    number: u8,
}

/// A number that no `u8` holds, and that no message shows.
const BAD: i64 = 70_707;

/// So many cells, numbered from 0; of those in `bad` the number cannot be decoded.
/// Gives their keys.
async fn cells(count: i64, bad: &[i64]) -> Result<Vec<i64>> {
    let number = |at| if bad.contains(&at) { BAD } else { at % 200 };
    let cells = (0..count).map(|at| wide::Cell::draft().number(number(at)));
    Ok(wide::Cell::create_many(cells).await?.iter().map(|cell| cell.id).collect())
}

/// What was reported of rows that were left out.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<Vec<Error>>>);

impl Reports {
    fn take(&self) -> Vec<Error> {
        std::mem::take(&mut *self.0.lock().expect("nobody panics"))
    }

    /// The rows that the reports name.
    fn rows(&self) -> Vec<Option<u64>> {
        self.take().iter().map(Error::row).collect()
    }

    /// What is told of each row.
    fn report(&self) -> impl Fn(Error) + Send + Sync + 'static {
        let reports = self.0.clone();
        move |error| reports.lock().expect("nobody panics").push(error)
    }
}

#[track_caller]
fn assert_names(error: &Error, model: &str, key: Option<Value>, row: u64, text: &str) {
    assert_eq!((error.kind(), error.model()), (Kind::Decode, Some(model)), "{error}");
    assert_eq!((error.key(), error.row()), (key.as_ref(), Some(row)), "{error}");
    assert!(error.to_string().starts_with(text), "{error}");
    assert!(!format!("{error:?}").contains("70707"), "no message shows a value: {error:?}");
}

behaviour! {
    /// In the text too where it is a number or a UUID, whichever way the row is read.
    async fn the_error_of_a_row_names_its_key() {
        let ids = cells(4, &[2]).await?;
        let text = format!("row with `id` {}: `Cell.number` cannot be read: ", ids[2]);
        let key = Some(Value::I64(ids[2]));
        assert_names(&refused(Cell::query().asc_id().get().await), "Cell", key.clone(), 2, &text);
        assert_names(&refused(Cell::find(ids[2]).await), "Cell", key.clone(), 0, &text);
        assert_names(&refused(Cell::query().eq_id(ids[2]).only().await), "Cell", key, 0, &text);

        wide::Token::create().id(Uuid::from_u128(1)).number(1).await?;
        wide::Token::create().id(Uuid::from_u128(2)).number(BAD).await?;
        let error = refused(Token::query().asc_id().get().await);
        let text = "row with `id` 00000000-0000-0000-0000-000000000002: `Token.number` cannot be read: ";
        assert_names(&error, "Token", Some(Value::Uuid(Uuid::from_u128(2))), 1, text);
        assert_eq!(error.field(), Some("number"));
    }
}

behaviour! {
    /// A text is nobody's to see; where no key can be told, the row's number is.
    async fn the_error_of_a_row_shows_no_text_and_counts_without_a_key() {
        wide::Named::create().name("alice").number(1).await?;
        wide::Named::create().name("secret").number(BAD).await?;
        let error = refused(Named::query().asc_name().get().await);
        let text = "row 1, counted from 0: `Named.number` cannot be read: ";
        assert_names(&error, "Named", Some(Value::Text("secret".to_owned())), 1, text);
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");

        for number in [1, 2, BAD] {
            wide::Keyless::create().number(number).await?;
        }
        let error = refused(Keyless::query().asc_number().get().await);
        assert_names(&error, "Keyless", None, 2, "row 2, counted from 0: `Keyless.number` cannot be read: ");

        wide::BadKey::create().code(7).await?;
        wide::BadKey::create().code(BAD).await?;
        let error = refused(BadKey::query().asc_code().get().await);
        assert_names(&error, "BadKey", None, 1, "row 1, counted from 0: `BadKey.code` cannot be read: ");
        assert_eq!(error.field(), Some("code"));
    }
}

behaviour! {
    /// Which column it was, by the field's name, and the row's number.
    #[needs(selections)]
    async fn the_error_of_a_selection_names_its_field() {
        cells(3, &[1]).await?;
        let error = refused(Cell::query().select_number().asc_id().get().await);
        let text = "row 1, counted from 0: `Cell.number`, column 1 of the selection, cannot be read: ";
        assert_names(&error, "Cell", None, 1, text);
        assert_eq!(error.field(), Some("number"));

        let error = refused(Cell::query().select_id().select_number().asc_id().get().await);
        let text = "row 1, counted from 0: `Cell.number`, column 2 of the selection, cannot be read: ";
        assert_names(&error, "Cell", None, 1, text);

        let error = refused(Cell::query().max_number().get().await);
        let text = "row 0, counted from 0: the greatest `Cell.number`, column 1 of the selection, cannot be read: ";
        assert_names(&error, "Cell", None, 0, text);
        assert_eq!(error.field(), Some("number"));
    }
}

/// Every row before the one that is bad, then its error, then nothing.
async fn a_stream_with_a_bad_row(bad: i64) -> Result<()> {
    let mut rows = Cell::query().asc_id().stream();
    for at in 0..bad {
        let row = rows.try_next().await?.expect("it comes before the bad one");
        assert_eq!(i64::from(row.number), at % 200);
    }
    let error = refused(rows.try_next().await);
    assert_eq!(error.row(), Some(bad.unsigned_abs()));
    assert!(error.key().is_some());
    assert_eq!(rows.try_next().await?, None, "after an error a stream is at its end");
    Ok(())
}

behaviour! {
    /// Among the rows that are read at once, and behind them.
    async fn a_stream_gives_what_comes_before_a_row_that_cannot_be_decoded() {
        for bad in [0, 7, 999, 1_000, 2_300] {
            cells(2_500, &[bad]).await?;
            a_stream_with_a_bad_row(bad).await?;
            wide::Cell::query().delete_all().await?;
        }
    }
}

behaviour! {
    /// The same, and the transaction goes on.
    #[needs(transactions)]
    async fn a_stream_in_a_transaction_gives_what_comes_before_a_row_that_cannot_be_decoded() {
        cells(1_500, &[1_200]).await?;
        transaction(async {
            wide::Cell::create().number(1).await?;
            a_stream_with_a_bad_row(1_200).await?;
            wide::Cell::create().number(2).await
        })
        .await?;
        assert_eq!(Cell::query().count().await?, 1_502);
    }
}

behaviour! {
    /// Each is reported, once and in order.
    async fn rows_that_cannot_be_decoded_are_left_out() {
        let ids = cells(6, &[1, 4]).await?;
        let reports = Reports::default();
        let query = || Cell::query().asc_id().skip_undecodable(reports.report());
        let numbers: Vec<u8> = query().get().await?.iter().map(|cell| cell.number).collect();
        assert_eq!(numbers, [0, 2, 3, 5]);
        let reported = reports.take();
        for (error, row) in reported.iter().zip([1, 4]) {
            let text = format!("row with `id` {}: `Cell.number` cannot be read: ", ids[row]);
            assert_names(error, "Cell", Some(Value::I64(ids[row])), row as u64, &text);
        }
        assert_eq!(reported.len(), 2);

        // A repair: what is named can be found and mended.
        for error in &reported {
            let Some(Value::I64(id)) = error.key() else { panic!("a key: {error}") };
            let mut row = wide::Cell::find(*id).await?.expect("it is there");
            row.number = 200;
            row.save().await?;
        }
        assert_eq!(query().await?.len(), 6);
        assert_eq!(reports.rows(), []);
    }
}

behaviour! {
    /// More of them than are read at once, and nothing else.
    async fn a_stream_goes_on_past_rows_that_cannot_be_decoded() {
        let bad: Vec<i64> = (0..2_500).filter(|at| at % 3 != 0 || (1_000..2_200).contains(at)).collect();
        cells(2_500, &bad).await?;
        let reports = Reports::default();
        let mut rows = Cell::query().asc_id().skip_undecodable(reports.report()).stream();
        let mut seen = Vec::new();
        while let Some(row) = rows.try_next().await? {
            seen.push(i64::from(row.number));
        }
        let good: Vec<i64> = (0..2_500).filter(|at| !bad.contains(at)).map(|at| at % 200).collect();
        assert_eq!(seen, good);
        let named: Vec<u64> = reports.rows().into_iter().flatten().collect();
        assert_eq!(named, bad.iter().map(|at| at.unsigned_abs()).collect::<Vec<_>>());
    }
}

behaviour! {
    /// They count; the row that tells whether there are more is not looked at.
    async fn bounds_count_rows_that_are_left_out() {
        cells(5, &[1, 3]).await?;
        let reports = Reports::default();
        let query = || Cell::query().asc_id().skip_undecodable(reports.report());
        for (limit, numbers, has_more, reported) in [
            (1, vec![0], true, vec![]),
            (2, vec![0], true, vec![Some(1)]),
            (3, vec![0, 2], true, vec![Some(1)]),
            (4, vec![0, 2], true, vec![Some(1), Some(3)]),
            (5, vec![0, 2, 4], false, vec![Some(1), Some(3)]),
            (10, vec![0, 2, 4], false, vec![Some(1), Some(3)]),
        ] {
            let rows = query().limit(limit).get().await?;
            let got: Vec<u8> = rows.iter().map(|cell| cell.number).collect();
            assert_eq!((got, rows.has_more()), (numbers, has_more), "limit {limit}");
            assert_eq!(reports.rows(), reported, "limit {limit}");
        }
        assert_eq!(query().offset(1).one().await?, None);
        assert_eq!(reports.rows(), [Some(0)]);
        assert_eq!(query().offset(2).one().await?.map(|cell| cell.number), Some(2));
        assert_eq!(reports.rows(), []);
        // Nothing is decoded for a count.
        assert_eq!((query().count().await?, query().has().await?), (5, true));
        assert_eq!(reports.rows(), []);
    }
}

behaviour! {
    /// The only row of two is not the only one.
    async fn nothing_is_left_out_where_there_is_to_be_one_row() {
        cells(2, &[0]).await?;
        let reports = Reports::default();
        let query = || Cell::query().asc_id().skip_undecodable(reports.report());
        assert_eq!(refused(query().only().await).kind(), Kind::Decode);
        assert_eq!(query().gt_number(0).lt_number(2).only().await?.number, 1);
        assert_eq!(reports.rows(), []);
    }
}

behaviour! {
    /// Columns that are selected, by method and by name.
    #[needs(selections)]
    async fn selected_rows_that_cannot_be_decoded_are_left_out() {
        cells(4, &[2]).await?;
        let reports = Reports::default();
        let rows = Cell::query().select_number().asc_id().skip_undecodable(reports.report()).get().await?;
        assert_eq!(rows.into_vec(), [0, 1, 3]);
        assert_eq!(reports.rows(), [Some(2)]);
        let query = Cell::query().asc_id().skip_undecodable(reports.report()).select_id().select_number();
        let mut stream = query.stream();
        let mut numbers = Vec::new();
        while let Some((_, number)) = stream.try_next().await? {
            numbers.push(number);
        }
        assert_eq!(numbers, [0, 1, 3]);
        let [error] = <[Error; 1]>::try_from(reports.take()).expect("one of them");
        assert_eq!((error.field(), error.row()), (Some("number"), Some(2)));
    }
}

behaviour! {
    /// Rows of the query are; what they bring along is an error as ever, of its own model.
    async fn what_rows_bring_along_is_not_left_out() {
        let ids = cells(3, &[1]).await?;
        for (at, number) in [(0, 1), (0, 2), (2, 3)] {
            wide::Leaf::create().cell_id(ids[at]).number(number).await?;
        }
        let reports = Reports::default();
        let query = || Cell::query().asc_id().skip_undecodable(reports.report()).with(Cell::LEAVES);
        let got: Vec<_> = query().get().await?.into_iter().map(|(cell, leaves)| (cell.number, leaves.len())).collect();
        assert_eq!(got, [(0, 2), (2, 1)]);
        assert_eq!(reports.rows(), [Some(1)]);

        let bad = wide::Leaf::create().cell_id(ids[2]).number(BAD).await?.id;
        let error = refused(query().get().await);
        assert_eq!((error.model(), error.key()), (Some("Leaf"), Some(&Value::I64(bad))));
        assert_eq!(refused(query().stream().try_next().await).model(), Some("Leaf"));
    }
}

behaviour! {
    /// A change is done or not, and a query within another gives no rows.
    async fn only_rows_that_are_read_are_left_out() {
        cells(3, &[1]).await?;
        let query = || Cell::query().gte_number(0).skip_undecodable(|_| {});
        for error in [
            refused(query().set_number(7).update().await),
            refused(query().delete().await),
            refused(query().set_number(7).update().returning().await),
            refused(Cell::query().any(|_| query()).get().await),
            refused(Cell::query().in_id(query().select_id()).get().await),
            refused(Cell::query().union(query()).get().await),
        ] {
            assert_eq!((error.kind(), error.model()), (Kind::Invalid, Some("Cell")), "{error}");
            assert!(error.to_string().contains("`skip_undecodable(..)`"), "{error}");
        }
        assert_eq!(wide::Cell::query().eq_number(7).count().await?, 0);
        assert_eq!(wide::Cell::query().count().await?, 3);
    }
}

#[prom::orm(table = "cell", created = none, updated = none, hooks)]
#[derive(Debug)]
struct Picky {
    number: u8,
}

impl prom::Hooks for Picky {
    fn after_load(&mut self) -> Result<()> {
        match self.number {
            3 => Err(Error::new(Kind::Decode, "an unlucky number")),
            _ => Ok(()),
        }
    }
}

behaviour! {
    /// It is the program's own; those before it are given and reported all the same.
    async fn what_a_hook_refuses_is_not_left_out() {
        cells(5, &[1, 4]).await?;
        let reports = Reports::default();
        let query = || Picky::query().asc_id().skip_undecodable(reports.report());
        assert_eq!(refused(query().get().await).to_string(), "an unlucky number");
        reports.take();
        let mut rows = query().stream();
        for number in [0, 2] {
            assert_eq!(rows.try_next().await?.map(|row| row.number), Some(number));
        }
        assert_eq!(refused(rows.try_next().await).to_string(), "an unlucky number");
        assert!(rows.try_next().await?.is_none());
        assert_eq!(query().limit(3).get().await?.len(), 2);
    }
}

/// A field that only reads what it likes, and says so by a kind of its own.
#[derive(Debug, Clone, PartialEq)]
struct Choosy(i64);

impl prom::Field for Choosy {
    const TYPE: prom::Type = prom::Type::I64;

    fn to_value(&self) -> Value {
        Value::I64(self.0)
    }

    fn decode(value: prom::ValueRef<'_>) -> Result<Self> {
        match i64::decode(value)? {
            BAD => Err(Error::new(Kind::NotFound, "it is looked for elsewhere")),
            number => Ok(Self(number)),
        }
    }
}

#[prom::orm(table = "cell", created = none, updated = none)]
#[derive(Debug)]
struct Elsewhere {
    number: Choosy,
}

behaviour! {
    /// Whoever gives it knows what it means; a stream ends with it.
    async fn an_error_of_another_kind_is_not_left_out() {
        cells(3, &[1]).await?;
        let reports = Reports::default();
        let query = || Elsewhere::query().asc_id().skip_undecodable(reports.report());
        assert_eq!(refused(query().get().await).kind(), Kind::NotFound);
        let mut rows = query().stream();
        assert_eq!(rows.try_next().await?.map(|row| row.number), Some(Choosy(0)));
        let error = refused(rows.try_next().await);
        assert_eq!((error.kind(), error.row()), (Kind::NotFound, Some(1)));
        assert!(rows.try_next().await?.is_none());
        assert_eq!(reports.rows(), []);
    }
}
