//! NUMERIC as PostgreSQL sends it: digits to the base of 10,000.
//!
//! <https://www.postgresql.org/docs/current/datatype-numeric.html>

use bytes::Buf;
use prom_core::Numeric;

/// What the server sent, or `None` if it is no number.
pub(super) fn numeric(mut bytes: &[u8]) -> Option<Numeric<'_>> {
    if bytes.len() < 8 {
        return None;
    }
    let length = usize::from(bytes.get_u16()) * 2;
    let (weight, sign) = (bytes.get_i16(), bytes.get_u16());
    let scale = bytes.get_u16();
    if bytes.len() != length {
        return None;
    }
    match sign {
        0 => Some(Numeric::positive(bytes, weight, scale)),
        0x4000 => Some(Numeric::negative(bytes, weight, scale)),
        0xc000 => Some(Numeric::NAN),
        0xd000 => Some(Numeric::INFINITY),
        0xf000 => Some(Numeric::NEG_INFINITY),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_sent_is_a_number() {
        let sent = |sign: [u8; 2]| [&[0, 2, 0, 1], &sign[..], &[0, 2, 0, 12, 13, 128]].concat();
        let text = |bytes: &[u8]| numeric(bytes).map(|number| number.to_string());
        assert_eq!(text(&sent([0, 0])).as_deref(), Some("123456.00"));
        assert_eq!(text(&sent([0x40, 0])).as_deref(), Some("-123456.00"));
        assert_eq!(text(&[0, 0, 0, 0, 0xc0, 0, 0, 0]).as_deref(), Some("NaN"));
        assert_eq!(text(&[0, 0, 0, 0, 0xd0, 0, 0, 0]).as_deref(), Some("Infinity"));
        assert_eq!(text(&[0, 0, 0, 0, 0xf0, 0, 0, 0]).as_deref(), Some("-Infinity"));
        assert_eq!(text(&sent([0x10, 0])), None);
        assert_eq!(text(&[0, 1, 0, 0, 0, 0, 0, 0]), None);
    }
}
