//! The prepared statements that a connection keeps.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Statement};

/// The prepared statements that a connection keeps, by their text and the types
/// of their parameters. The one not used for longest makes room; the server
/// forgets a statement when the last who has it lets go.
#[derive(Debug)]
pub(crate) struct Statements {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_text: HashMap<Box<str>, Vec<One>>,
    count: usize,
    /// Counts uses, to tell which was longest ago.
    clock: u64,
    /// When they were prepared.
    age: u64,
}

/// Begins anew whenever a statement was found outdated.
static AGE: AtomicU64 = AtomicU64::new(0);

/// The tables have changed under a statement: each connection, of every pool,
/// prepares anew what it is asked.
pub(crate) fn outdate() {
    AGE.fetch_add(1, Ordering::AcqRel);
}

#[derive(Debug)]
struct One {
    types: Box<[Type]>,
    statement: Statement,
    used: u64,
}

impl Statements {
    /// Keeps `most` of them.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    /// The statement for `text`, prepared on `client` if it is not kept.
    pub(crate) async fn get(
        &self,
        client: &Client,
        text: &str,
        types: &[Type],
    ) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.kept().find(text, types) {
            return Ok(statement);
        }
        let statement = client.prepare_typed(text, types).await?;
        if self.most > 0 {
            self.kept().keep(text, types, &statement, self.most);
        }
        Ok(statement)
    }

    /// The kept ones, unless they were outdated since.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let age = AGE.load(Ordering::Acquire);
        if kept.age != age {
            *kept = Kept { age, ..Kept::default() };
        }
        kept
    }
}

impl Kept {
    fn find(&mut self, text: &str, types: &[Type]) -> Option<Statement> {
        let one = self.by_text.get_mut(text)?.iter_mut().find(|it| *it.types == *types)?;
        self.clock += 1;
        one.used = self.clock;
        Some(one.statement.clone())
    }

    fn keep(&mut self, text: &str, types: &[Type], statement: &Statement, most: usize) {
        // Somebody else may have prepared it meanwhile.
        if self.find(text, types).is_some() {
            return;
        }
        if self.count >= most {
            self.drop_oldest();
        }
        self.clock += 1;
        self.count += 1;
        let one = One { types: types.into(), statement: statement.clone(), used: self.clock };
        self.by_text.entry(text.into()).or_default().push(one);
    }

    // A look at every one costs a few microseconds, and preparing far more.
    fn drop_oldest(&mut self) {
        let all = self.by_text.iter().flat_map(|(text, list)| list.iter().map(move |it| (it.used, text)));
        let Some((oldest, text)) = all.min_by_key(|(used, _)| *used) else {
            return;
        };
        let text = text.clone();
        if let Some(list) = self.by_text.get_mut(&text) {
            list.retain(|it| it.used != oldest);
            self.count -= 1;
            if list.is_empty() {
                self.by_text.remove(&text);
            }
        }
    }
}
