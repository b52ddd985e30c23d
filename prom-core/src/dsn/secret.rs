//! What must not be printed.

use std::fmt;
use std::hint::black_box;
use std::mem::take;

/// Text that prints as `***`, and is overwritten where it lay when dropped.
///
/// Copies that others made, such as the variable the DSN came from, are not.
///
/// ```
/// use prom_core::Dsn;
///
/// let dsn = Dsn::parse("postgres://me:safe@host/shop")?;
/// let password = dsn.password().expect("it is there");
/// assert_eq!(format!("{password} {password:?}"), "*** ***");
/// assert_eq!(password.expose(), "safe");
/// # Ok::<(), prom_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself. Hand it to the driver and to nothing that prints.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("postgres://me:safe@host/shop")?;
    /// assert_eq!(dsn.password().map(|it| it.expose()), Some("safe"));
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = take(&mut self.0).into_bytes();
        bytes.fill(0);
        // Nobody reads the zeros; without this the compiler may leave them out.
        black_box(&bytes);
    }
}
