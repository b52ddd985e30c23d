//! Random numbers that come again with their seed.

use std::time::{SystemTime, UNIX_EPOCH};

/// Splitmix64: small, and good enough to tell one try from another.
#[derive(Debug, Clone)]
pub(super) struct Seed(u64);

impl Seed {
    /// The seed that `SEED` gives, or else one that nobody has had, printed for
    /// `what_for`.
    pub(super) fn new(what_for: &str) -> Self {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.subsec_nanos());
        let given = std::env::var("SEED").ok().and_then(|it| it.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(now()));
        println!("{what_for}: SEED={seed}");
        Self(seed)
    }

    /// Another one, which is this one's own.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    }

    /// From 0 on, less than `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}
