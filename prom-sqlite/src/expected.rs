//! Whether cells are what a statement was rendered for, seen while they are decoded.

use std::cell::{Cell, RefCell};

use prom_core::query::{Aggregate, Column, Output, Request, Returning, Select, Want};
use prom_core::schema::{FieldDef, Schema};
use prom_core::{Error, Kind, Result};
use tokio_rusqlite::rusqlite::types::{Type as CellType, ValueRef as CellRef};

use crate::dialect::Sqlite;
use crate::note::Reals;
use crate::spelling::{self, Spelled, Spellings};

/// What the cells of a result are expected to be, and those that were found otherwise.
pub(crate) struct Expected<'a> {
    request: &'a Request,
    dialect: Sqlite,
    /// A bit for each column that is looked at, the last one for all from there on.
    columns: u64,
    /// A bit for each of them that holds instants, if it is one of the first 63.
    instants: u64,
    is_surprised: Cell<bool>,
    surprises: RefCell<Vec<Surprise>>,
}

/// A cell in a spelling that its column was not known to hold.
pub(crate) type Surprise = (&'static FieldDef, Spellings);

impl<'a> Expected<'a> {
    /// For the result of `request` as `dialect` renders it.
    pub(crate) fn of(request: &'a Request, dialect: &Sqlite) -> Self {
        let mut expected = Self {
            request,
            dialect: dialect.clone(),
            columns: 0,
            instants: 0,
            is_surprised: Cell::new(false),
            surprises: RefCell::default(),
        };
        let width = match outputs(request) {
            Outputs::None => 0,
            Outputs::Fields(fields) => fields.len(),
            Outputs::Columns(columns) => columns.len(),
        };
        for at in 0..width {
            if let Some(field) = field(request, at).filter(|field| is_open(dialect, field)) {
                expected.columns |= 1 << at.min(63);
                if at < 63 && Spelled::of(field) == Some(Spelled::Instant) {
                    expected.instants |= 1 << at;
                }
            }
        }
        expected
    }

    /// Takes note of a cell that is in another spelling than its column was known to hold.
    ///
    /// # Errors
    ///
    /// [`Kind::Decode`] for a number whose meaning is not known.
    #[inline]
    pub(crate) fn check(&self, at: usize, cell: CellRef<'_>) -> Result<()> {
        let bit = 1 << at.min(63);
        if self.columns & bit == 0 {
            return Ok(());
        }
        match cell {
            CellRef::Null => Ok(()),
            CellRef::Text(text) if self.instants & bit != 0 && spelling::is_own_instant(text) => Ok(()),
            cell => self.check_cell(at, cell),
        }
    }

    fn check_cell(&self, at: usize, cell: CellRef<'_>) -> Result<()> {
        let Some(field) = field(self.request, at) else { return Ok(()) };
        match Spelled::of(field) {
            Some(spelled) if !spelled.is_own(cell) => self.look(field, spelled, cell),
            _ => Ok(()),
        }
    }

    #[cold]
    fn look(&self, field: &'static FieldDef, spelled: Spelled, cell: CellRef<'_>) -> Result<()> {
        let note = self.dialect.columns.of(field);
        let spelling = spelled.spelling(cell);
        if spelling > note.map_or(Spellings::Own, |note| note.spellings) {
            self.is_surprised.set(true);
            self.surprises.borrow_mut().push((field, spelling));
        }
        let is_real = spelled == Spelled::Instant && cell.data_type() == CellType::Real;
        if is_real && note.is_some_and(|note| note.reals == Reals::Refused) {
            return Err(Error::new(Kind::Decode, format!("expected a timestamp, found a REAL; {REAL}")));
        }
        Ok(())
    }

    /// Whether a cell was in another spelling than its column was known to hold.
    #[inline]
    pub(crate) fn is_surprised(&self) -> bool {
        self.is_surprised.get()
    }

    /// What the columns were known to hold.
    pub(crate) fn dialect(&self) -> &Sqlite {
        &self.dialect
    }

    /// Those cells.
    pub(crate) fn surprises(&self) -> Vec<Surprise> {
        self.surprises.borrow().clone()
    }
}

/// What is wrong with a REAL in a column of instants.
pub(crate) const REAL: &str = "prom reads REAL as seconds since 1970 only in a column that is declared \
     TIMESTAMP, and SQLite's own functions take it for a Julian day; convert the column, such as by \
     `UPDATE t SET c = strftime('%Y-%m-%dT%H:%M:%fZ', c) WHERE typeof(c) = 'real'`, with `'unixepoch'` as \
     the third argument if it holds seconds";

/// Whether a cell of `field` may be otherwise than it is known to be.
fn is_open(dialect: &Sqlite, field: &'static FieldDef) -> bool {
    Spelled::of(field).is_some()
        && dialect
            .columns
            .of(field)
            .is_none_or(|note| note.spellings != Spellings::Any || note.reals == Reals::Refused)
}

/// What a result holds.
enum Outputs<'a> {
    None,
    Fields(&'static [FieldDef]),
    Columns(&'a [Column]),
}

fn outputs(request: &Request) -> Outputs<'_> {
    let rows = |schema: &Schema, returning| match returning {
        Returning::Rows => Outputs::Fields(schema.fields()),
        _ => Outputs::None,
    };
    match request {
        Request::Select(Select { want: Want::Rows, output, schema, .. }) => match output {
            Output::Columns(columns) => Outputs::Columns(columns),
            _ => Outputs::Fields(schema.fields()),
        },
        Request::Insert(it) => rows(it.schema, it.returning),
        Request::Update(it) => rows(it.schema, it.returning),
        Request::Delete(it) => rows(it.schema, it.returning),
        _ => Outputs::None,
    }
}

/// The field that the column `at` of the result holds a value of.
fn field(request: &Request, at: usize) -> Option<&'static FieldDef> {
    match outputs(request) {
        Outputs::None => None,
        Outputs::Fields(fields) => fields.get(at),
        Outputs::Columns(columns) => match columns.get(at)? {
            Column::Field(field) | Column::Aggregate(Aggregate::Min | Aggregate::Max, field) => Some(field),
            _ => None,
        },
    }
}
