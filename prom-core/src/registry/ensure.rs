//! Tables, made sure of before they are used, and what is remembered of it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, MutexGuard};

use super::Connection;
use super::install::shared_by;
use crate::interface::{Change, Execute, Install, InstallReport, Lease, check_runtime};
use crate::model::BoxFuture;
use crate::query::Request;
use crate::schema::catalog::Column;
use crate::schema::{FieldDef, Schema, Writes, differences, parents_first};
use crate::transaction::Installed;
use crate::{Error, Kind, Result};

/// What was made sure of on a connection.
pub(super) struct Ensured {
    /// Changes whenever what was made sure of may be gone. Unique in the
    /// process, so that a schema remembers a database by it.
    stamp: AtomicU64,
    /// The tables that were made sure of since a stamp, by the address of their
    /// schema, and how they are written to.
    tables: RwLock<(u64, HashMap<usize, Arc<Writes>>)>,
    /// Held while tables are made sure of: the last attempt, if it failed for want
    /// of a connection, by its number.
    ensuring: Mutex<Option<(u64, Error)>>,
    /// How many attempts have come to an end.
    attempts: AtomicU64,
    /// The tables, by the address of their schema, that were warned of: they differ
    /// from what the models want.
    warned: std::sync::Mutex<HashSet<usize>>,
}

/// 0 is the stamp of no database.
static STAMPS: AtomicU64 = AtomicU64::new(1);

fn next_stamp() -> u64 {
    STAMPS.fetch_add(1, Ordering::Relaxed)
}

impl Ensured {
    pub(super) fn new() -> Self {
        Self {
            stamp: AtomicU64::new(next_stamp()),
            tables: RwLock::default(),
            ensuring: Mutex::default(),
            attempts: AtomicU64::new(0),
            warned: std::sync::Mutex::default(),
        }
    }

    fn stamp(&self) -> u64 {
        self.stamp.load(Ordering::Acquire)
    }

    /// Whether the table was made sure of since `stamp`: the schema remembers the
    /// last database it was used on, and each connection all of its tables.
    fn knows(&self, schema: &'static Schema, stamp: u64) -> bool {
        if schema.is_ensured(stamp) {
            return true;
        }
        // Under the lock: what is remembered meanwhile must not be overwritten by it.
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let writes = tables.1.get(&address(schema)).filter(|_| tables.0 == stamp);
        if let Some(writes) = writes {
            schema.set_ensured(stamp, writes);
        }
        writes.is_some()
    }

    /// How a table that was made sure of since `stamp` is written to.
    fn writes(&self, schema: &'static Schema, stamp: u64) -> Option<Arc<Writes>> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        if tables.0 == stamp { tables.1.get(&address(schema)).cloned() } else { None }
    }

    fn remember(&self, seen: impl IntoIterator<Item = Seen>, stamp: u64) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        if tables.0 != stamp {
            *tables = (stamp, HashMap::new());
        }
        for Seen { schema, writes } in seen {
            schema.set_ensured(stamp, &writes);
            tables.1.insert(address(schema), writes);
        }
    }

    /// A table is to be looked at again.
    fn forget_one(&self, schema: &'static Schema) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        tables.1.remove(&address(schema));
        schema.forget_ensured();
    }

    /// What was made sure of may be gone. Gives the stamp from here on.
    pub(super) fn forget(&self) -> u64 {
        let stamp = next_stamp();
        self.stamp.store(stamp, Ordering::Release);
        stamp
    }
}

fn address(schema: &'static Schema) -> usize {
    std::ptr::from_ref(schema).addr()
}

/// A table that was looked at, and how it is written to.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) schema: &'static Schema,
    pub(crate) writes: Arc<Writes>,
}

/// Whether tables are looked at that were made sure of before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Once,
    Always,
}

impl Connection {
    /// Makes sure of the tables of a request and asks for it; once more where a
    /// table had vanished.
    pub(super) async fn run<T>(
        &self,
        request: &Request,
        ask: impl for<'a> Fn(&'a dyn Execute) -> BoxFuture<'a, Result<T>> + Send + Sync,
    ) -> Result<T> {
        let stamp = self.ensure(request).await?;
        let interface: &dyn Execute = &**self.interface();
        match ask(interface).await {
            Err(error) => {
                self.heal(request, stamp, error).await?;
                ask(interface).await
            }
            done => done,
        }
    }

    /// Makes sure of the tables of a request before they are used: two loads
    /// for each once they are. What is about no model runs as it stands. Gives the
    /// stamp of the database as it was then.
    async fn ensure(&self, request: &Request) -> Result<u64> {
        let stamp = self.ensured().stamp();
        let mut unknown = Vec::new();
        request.visit_schemas(&mut |it| {
            if !self.ensured().knows(it, stamp) {
                unknown.push(it);
            }
        });
        if unknown.is_empty() && request.schema().is_some() {
            return Ok(stamp);
        }
        check_runtime()?;
        if !unknown.is_empty() {
            self.make_sure(&unknown, self.install_or_inspect(), Look::Once).await?;
        }
        Ok(stamp)
    }

    /// Makes sure of tables by hand, or looks whether all is there.
    pub(super) async fn make_sure_of(&self, schemas: &[&'static Schema], install: Install) -> Result<()> {
        self.make_sure(schemas, install, Look::Always).await.map(drop)
    }

    /// Gives what it looked at: not what was known by then.
    async fn make_sure(
        &self,
        schemas: &[&'static Schema],
        install: Install,
        look: Look,
    ) -> Result<Vec<Seen>> {
        // One at a time: the second of two first uses finds the work done.
        let mut ensuring = self.ensuring().await?;
        let stamp = self.ensured().stamp();
        let mut wanted = parents_first(schemas.iter().copied());
        if look == Look::Once {
            wanted.retain(|it| !self.ensured().knows(it, stamp));
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        for schema in &wanted {
            schema.check()?;
        }
        let report = self.attempt(&mut ensuring, &wanted, install).await;
        let report = report.map_err(|error| self.not_installed(error))?;
        self.tell(&report.changes);
        let seen = self.seen(&wanted, &report, install);
        self.ensured().remember(seen.iter().cloned(), stamp);
        Ok(seen)
    }

    /// Makes sure of tables, and compares them with what the models want beyond what
    /// can be added. Where they are only verified, any difference is an error that has
    /// them all; else it is a warning, once a table.
    async fn compared(
        &self,
        execute: &dyn Execute,
        schemas: &[&'static Schema],
        install: Install,
    ) -> Result<InstallReport> {
        let installed = execute.install(schemas, install).await;
        if install != Install::Verify {
            return installed.inspect(|report| {
                let differing = self.differing(schemas, report);
                let warned = self.ensured().warned.lock();
                let mut warned = warned.unwrap_or_else(PoisonError::into_inner);
                for (schema, text) in differing {
                    if warned.insert(address(schema)) {
                        tracing::warn!(connection = self.name(), table = schema.table(), "prom: {text}");
                    }
                }
            });
        }
        let (report, missing) = match installed {
            Ok(report) => (report, None),
            Err(error) if error.kind() == Kind::InstallDenied => {
                (execute.install(schemas, Install::Inspect).await?, Some(error))
            }
            Err(error) => return Err(error),
        };
        let differing = self.differing(schemas, &report);
        let Some((schema, _)) = differing.first() else {
            return missing.map_or(Ok(report), Err);
        };
        let model = schema.model();
        let mut texts: Vec<_> = missing.iter().map(ToString::to_string).collect();
        texts.extend(differing.into_iter().map(|(_, text)| text));
        Err(Error::new(Kind::InstallDenied, texts.join("; ")).with_model(model))
    }

    /// The tables of a report that differ from what the models want, and how.
    fn differing(
        &self,
        schemas: &[&'static Schema],
        report: &InstallReport,
    ) -> Vec<(&'static Schema, String)> {
        let fit = |field: &FieldDef, column: &Column| self.interface().fit(field, column);
        let tables = schemas.iter().zip(&report.tables);
        let differing = tables.filter_map(|(schema, table)| {
            let is_shared =
                |column: &Column| shared_by(self, schema, schemas).any(|other| other.knows(column));
            let found = differences(schema, table.as_ref()?, fit, is_shared);
            let (table, model) = (schema.table(), schema.model());
            (!found.is_empty()).then(|| {
                let text = format!("the table `{table}` differs from `{model}`: {}", found.join("; "));
                (*schema, text)
            })
        });
        differing.collect()
    }

    /// How the tables of a report are written to. One that was only looked at and is
    /// not there is looked at again.
    fn seen(&self, schemas: &[&'static Schema], report: &InstallReport, install: Install) -> Vec<Seen> {
        let mut tables = report.tables.iter();
        let mut seen = Vec::with_capacity(schemas.len());
        for schema in schemas {
            let writes = match tables.next() {
                Some(Some(table)) => {
                    Writes::of(schema.fields(), table, |field, column| self.interface().fit(field, column))
                }
                Some(None) if install == Install::Inspect => continue,
                _ => Writes::default(),
            };
            seen.push(Seen { schema, writes: Arc::new(writes) });
        }
        seen
    }

    /// How rows of `schema` get into its table, which is made sure of; `None` where
    /// what is sent is what is stored.
    pub(super) async fn writes(&self, schema: &'static Schema) -> Result<Option<Arc<Writes>>> {
        if let Some(known) = self.known_writes(schema) {
            return Ok(known);
        }
        check_runtime()?;
        let seen = self.make_sure(&[schema], self.install_or_inspect(), Look::Once).await?;
        let seen = seen.into_iter().find(|seen| std::ptr::eq(seen.schema, schema));
        match seen {
            // Not by asking the cache again, which another task may have emptied since.
            Some(seen) => Ok(Some(seen.writes).filter(|writes| !writes.is_direct())),
            None => Ok(self.known_writes(schema).flatten()),
        }
    }

    /// The same, if somebody has looked at the table.
    pub(crate) fn known_writes(&self, schema: &'static Schema) -> Option<Option<Arc<Writes>>> {
        let stamp = self.ensured().stamp();
        if schema.is_direct(stamp) {
            return Some(None);
        }
        let writes = self.ensured().writes(schema, stamp)?;
        Some(Some(writes).filter(|writes| !writes.is_direct()))
    }

    /// What was seen of a table may be so no longer: it is looked at again.
    pub(super) fn forget_table(&self, schema: &'static Schema) {
        self.ensured().forget_one(schema);
    }

    /// What looks at tables, or makes them, before they are used.
    pub(crate) fn install_or_inspect(&self) -> Install {
        self.install_option().unwrap_or(Install::Inspect)
    }

    /// The tables of a request that a transaction has to make sure of: those
    /// that nobody has, nor `is_known` by the transaction itself.
    pub(crate) fn unsure(
        &self,
        request: &Request,
        is_known: impl Fn(&'static Schema) -> bool,
    ) -> Option<(Vec<&'static Schema>, Install)> {
        let install = self.install_or_inspect();
        let stamp = self.ensured().stamp();
        let is_unsure = |it: &'static Schema| !self.ensured().knows(it, stamp) && !is_known(it);
        let mut unknown = Vec::new();
        request.visit_schemas(&mut |it| {
            if is_unsure(it) {
                unknown.push(it);
            }
        });
        if unknown.is_empty() {
            return None;
        }
        let mut wanted = parents_first(unknown);
        wanted.retain(|it| is_unsure(it));
        Some((wanted, install))
    }

    /// Makes sure of tables within a transaction: they are there once it is
    /// committed, which [`remember_installed`](Self::remember_installed) is told then.
    pub(crate) async fn make_sure_in(
        &self,
        schemas: &[&'static Schema],
        install: Install,
        lease: &dyn Lease,
    ) -> Result<Vec<Installed>> {
        let stamp = self.ensured().stamp();
        let wanted = parents_first(schemas.iter().copied());
        for schema in &wanted {
            schema.check()?;
        }
        let report = self.compared(lease, &wanted, install).await;
        let report = report.map_err(|error| self.not_installed(error))?;
        self.tell(&report.changes);
        let seen = self.seen(&wanted, &report, install).into_iter();
        Ok(seen.map(|Seen { schema, writes }| Installed { schema, writes, stamp }).collect())
    }

    /// What a transaction that was committed had made sure of.
    pub(crate) fn remember_installed(&self, installed: &[Installed]) {
        let stamp = self.ensured().stamp();
        // What was looked at before something vanished is looked at again.
        let known = installed.iter().filter(|installed| installed.stamp == stamp);
        let known =
            known.map(|installed| Seen { schema: installed.schema, writes: installed.writes.clone() });
        if !installed.is_empty() {
            self.ensured().remember(known, stamp);
        }
    }

    /// The error of a statement in a transaction: where a table or a column is
    /// missing, nothing can be mended before the transaction has ended.
    pub(crate) fn changed_under(&self, request: &Request, error: Error) -> Error {
        let Some(schema) = request.schema() else { return error };
        if !matches!(error.kind(), Kind::TableMissing | Kind::FieldMissing) {
            return error;
        }
        if self.install_option().is_none() {
            return off(schema, &error);
        }
        self.ensured().forget();
        let text =
            format!("{error}, though it was there before: run the transaction again, which looks anew");
        with_code_of(&error, Error::new(Kind::SchemaChanged, text)).with_source(error)
    }

    fn tell(&self, changes: &[Change]) {
        for change in changes {
            tracing::info!(connection = self.name(), "prom: {change}");
        }
    }

    /// The turn to make sure of tables. An attempt that ended while it was waited
    /// for, and got no connection in time, speaks for all who waited: else each
    /// would wait as long again, one after the other.
    async fn ensuring(&self) -> Result<MutexGuard<'_, Option<(u64, Error)>>> {
        let ended = self.ensured().attempts.load(Ordering::Acquire);
        let ensuring = self.ensured().ensuring.lock().await;
        match &*ensuring {
            Some((attempt, error)) if *attempt > ended => Err(self.not_installed(error.clone())),
            _ => Ok(ensuring),
        }
    }

    async fn attempt(
        &self,
        ensuring: &mut Option<(u64, Error)>,
        schemas: &[&'static Schema],
        install: Install,
    ) -> Result<InstallReport> {
        let done = self.compared(&**self.interface(), schemas, install).await;
        let attempt = self.ensured().attempts.fetch_add(1, Ordering::AcqRel) + 1;
        *ensuring = match &done {
            Err(error) if matches!(error.kind(), Kind::PoolTimeout | Kind::Busy) => {
                Some((attempt, error.clone()))
            }
            _ => None,
        };
        done
    }

    #[cold]
    fn not_installed(&self, error: Error) -> Error {
        match self.name() {
            "" => error,
            _ => error.context(self.title()),
        }
    }

    /// After a statement found a table or a column missing: looks again, and
    /// gives the error back if there was nothing to mend, and nobody else has
    /// mended it since `stamp`.
    #[cold]
    async fn heal(&self, request: &Request, stamp: u64, error: Error) -> Result<()> {
        let Some(schema) = request.schema() else { return Err(error) };
        let is_gone = matches!(error.kind(), Kind::TableMissing | Kind::FieldMissing);
        match self.install_option() {
            None if is_gone => return Err(off(schema, &error)),
            Some(Install::Auto) if is_gone => {}
            _ => return Err(error),
        }
        let mut ensuring = self.ensuring().await?;
        let now = self.ensured().stamp();
        let mut wanted = Vec::new();
        request.visit_schemas(&mut |it| wanted.push(it));
        let wanted = parents_first(wanted);
        let report = self.attempt(&mut ensuring, &wanted, Install::Auto).await?;
        if report.changes.is_empty() {
            // The name is one that no model knows of: nothing has vanished, and nobody looks again.
            return if now == stamp { Err(error) } else { Ok(()) };
        }
        // Where one is gone, others may be too.
        let stamp = self.ensured().forget();
        self.ensured().remember(self.seen(&wanted, &report, Install::Auto), stamp);
        tracing::warn!(
            connection = self.name(),
            table = schema.table(),
            "prom: a table or column had vanished and was made anew"
        );
        Ok(())
    }
}

/// What is missing, where prom was told not to make it.
#[cold]
fn off(schema: &Schema, error: &Error) -> Error {
    let model = schema.model();
    let text = format!("{error}; the DSN says `install=off`: make it by `{model}::install()` or by hand");
    with_code_of(error, Error::new(error.kind(), text))
}

fn with_code_of(error: &Error, other: Error) -> Error {
    match error.code() {
        Some(code) => other.with_code(code),
        None => other,
    }
}
