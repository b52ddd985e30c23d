//! Whether there is a runtime to wait with.

use std::panic::catch_unwind;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::{Error, Kind, Result};

/// Whether this is polled by a tokio runtime that has a clock. A backend asks it before
/// it waits by tokio's clock, which panics where there is none.
///
/// # Errors
///
/// [`Kind::Invalid`] where there is no runtime, or one without a clock.
pub fn check_runtime() -> Result<()> {
    if Handle::try_current().is_err() {
        return Err(Error::new(
            Kind::Invalid,
            "prom needs a tokio runtime and there is none here: put `#[tokio::main]` over `main`, \
             or `#[tokio::test]` over the test",
        ));
    }
    // Tokio says only by a panic whether its runtime has a clock.
    catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO))).map_err(|_| {
        Error::new(
            Kind::Invalid,
            "prom needs a tokio runtime with a clock, which waits for connections go by: \
             call `enable_time()` or `enable_all()` on its `Builder`",
        )
    })
}
