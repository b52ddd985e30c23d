//! From a DSN's scheme to the interface that answers to it.

use std::sync::{Arc, PoisonError, RwLock};

use crate::error::{did_you_mean, shown_name};
use crate::interface::Interface;
use crate::{Dsn, Error, Kind, Result};

type Open = fn(&Dsn) -> Result<Arc<dyn Interface>>;

/// A kind of interface, registered at link time by `prom::interface!`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Backend {
    /// The full path of its type, such as `my_crate::MyInterface`.
    pub path: &'static str,
    /// Short names that a DSN may begin with instead, such as `sqlite`.
    pub short: &'static [&'static str],
    /// Makes an interface, which opens nothing yet.
    pub open: Open,
}

impl Backend {
    /// A kind of interface.
    pub const fn new(path: &'static str, short: &'static [&'static str], open: Open) -> Self {
        Self { path, short, open }
    }
}

inventory::collect!(Backend);

/// Registers the enclosing crate's interface at link time, so that a DSN may
/// begin with its full path or its type's name, or with one of the short names
/// that follow. The type says how it is made from a DSN in a function
/// `from_dsn(&Dsn) -> Result<Self>`.
///
/// A crate that nothing names is not linked: the program says
/// `use my_crate as _;`. The guide on backends has a whole interface.
#[macro_export]
macro_rules! interface {
    ($interface:ident $(, $short:literal)* $(,)?) => {
        $crate::__private::inventory::submit! {
            $crate::Backend::new(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!($interface)),
                &[$($short),*],
                |dsn| {
                    let interface = <$interface>::from_dsn(dsn)?;
                    ::core::result::Result::Ok(::std::sync::Arc::new(interface))
                },
            )
        }
    };
}

type Factory = Arc<dyn Fn(&Dsn) -> Result<Arc<dyn Interface>> + Send + Sync>;

static BY_HAND: RwLock<Vec<(String, Factory)>> = RwLock::new(Vec::new());

/// Registers an interface by hand, for a DSN that begins with `path` or with
/// its last segment. One that is there already is replaced.
pub fn register(
    path: impl Into<String>,
    factory: impl Fn(&Dsn) -> Result<Arc<dyn Interface>> + Send + Sync + 'static,
) {
    let path = path.into();
    let mut by_hand = BY_HAND.write().unwrap_or_else(PoisonError::into_inner);
    by_hand.retain(|(it, _)| *it != path);
    by_hand.push((path, Arc::new(factory)));
}

/// The interface that a DSN asks for.
pub(super) fn open(dsn: &Dsn) -> Result<Arc<dyn Interface>> {
    let by_hand = BY_HAND.read().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, factory)) = by_hand.iter().find(|(path, _)| answers_to(dsn, path)) {
        return factory(dsn);
    }
    let mut linked = inventory::iter::<Backend>.into_iter();
    match linked.find(|it| answers_to(dsn, it.path) || it.short.iter().any(|it| dsn.is_scheme(it))) {
        Some(it) => (it.open)(dsn),
        None => Err(unknown(dsn.scheme(), &by_hand)),
    }
}

/// Whether the scheme is `path`, its first and last segments, or its last.
fn answers_to(dsn: &Dsn, path: &str) -> bool {
    let last = path.rsplit("::").next().unwrap_or(path);
    let first = path.split("::").next().unwrap_or(path);
    dsn.is_scheme(path) || dsn.is_scheme(last) || dsn.is_scheme(&format!("{first}::{last}"))
}

#[cold]
fn unknown(scheme: &str, by_hand: &[(String, Factory)]) -> Error {
    let linked = || inventory::iter::<Backend>.into_iter();
    let mut known: Vec<&str> = linked().flat_map(|it| it.short.iter().copied()).collect();
    known.extend(linked().filter(|it| it.short.is_empty()).map(|it| it.path));
    known.extend(by_hand.iter().map(|(path, _)| path.as_str()));
    let hint = match scheme.to_ascii_lowercase().as_str() {
        "sqlite" => "; switch on prom's feature `sqlite`".to_owned(),
        "postgres" | "postgresql" | "psql" => "; switch on prom's feature `postgres`".to_owned(),
        _ => did_you_mean(scheme, known.iter().copied()),
    };
    let listed = match known.as_slice() {
        [] => "no interface is linked at all".to_owned(),
        known => {
            format!("linked are {}", known.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", "))
        }
    };
    Error::new(Kind::NotConfigured, format!("no interface is called {}{hint}; {listed}", shown_name(scheme)))
}
