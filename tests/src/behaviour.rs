//! How a behaviour is written: as a function in `behaviour!`.

use prom::interface::Capabilities;
use prom::{BoxFuture, Connection, Error, Result};

/// What every backend shows, if it has what it takes.
pub(crate) struct Behaviour {
    /// The family that it is of: the module.
    pub(crate) family: &'static str,
    /// What it is, as a sentence.
    pub(crate) name: &'static str,
    /// What a backend must be capable of.
    pub(crate) needs: &'static [Need],
    /// Shows it on a connection that nobody else has.
    pub(crate) run: fn(Connection) -> BoxFuture<'static, Result<()>>,
}

/// A capability, by its name.
pub(crate) type Need = (&'static str, fn(&Capabilities) -> bool);

prom::__private::inventory::collect!(Behaviour);

impl Behaviour {
    /// The family, without the name of this crate.
    pub(crate) fn family(&self) -> &'static str {
        self.family.trim_start_matches("prom_tests::")
    }

    /// The first capability that is lacking, if one is.
    pub(crate) fn lacks(&self, capabilities: &Capabilities) -> Option<&'static str> {
        self.needs.iter().find(|(_, has)| !has(capabilities)).map(|(name, _)| *name)
    }
}

/// Writes a behaviour: a function whose name is a sentence, and whose body uses
/// models and `?`. It runs within the scope of a connection of its own, which it
/// may ask for, on a runtime of its own. What it needs is said by the names of
/// capabilities:
///
/// ```text
/// behaviour! {
///     /// Two rows that are alike.
///     #[needs(unique)]
///     async fn a_second_one_is_refused(db) { .. }
/// }
/// ```
macro_rules! behaviour {
    (
        $(#[doc = $doc:literal])+
        $(#[needs($($need:ident),+)])?
        async fn $name:ident($($db:ident)?) $body:block
    ) => {
        $(#[doc = $doc])+
        fn $name(connection: prom::Connection) -> prom::BoxFuture<'static, prom::Result<()>> {
            Box::pin(async move {
                $(let $db = &connection;)?
                $body
                drop(connection);
                Ok(())
            })
        }

        prom::__private::inventory::submit! {
            $crate::behaviour::Behaviour {
                family: module_path!(),
                name: stringify!($name),
                needs: &[$($((stringify!($need), |it| it.$need)),+)?],
                run: $name,
            }
        }
    };
}

/// The error of what should have been refused.
#[track_caller]
pub(crate) fn refused<T>(result: Result<T>) -> Error {
    match result {
        Ok(_) => panic!("this should have been refused"),
        Err(error) => error,
    }
}
