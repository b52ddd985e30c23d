//! NUMERIC as PostgreSQL sends it: digits to the base of 10,000.
//!
//! <https://www.postgresql.org/docs/current/datatype-numeric.html>

use std::fmt::Write;

use bytes::Buf;

/// The digits of a number, and where its point is.
pub(super) struct Numeric<'a> {
    digits: &'a [u8],
    /// How many of the digits stand before the point, less one.
    weight: i32,
    sign: u16,
    /// How many decimal digits follow the point.
    scale: usize,
}

const NEGATIVE: u16 = 0x4000;

impl<'a> Numeric<'a> {
    /// What the server sent, or `None` if it is no number.
    pub(super) fn read(mut bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < 8 {
            return None;
        }
        let length = usize::from(bytes.get_u16()) * 2;
        let (weight, sign) = (i32::from(bytes.get_i16()), bytes.get_u16());
        let scale = usize::from(bytes.get_u16());
        (bytes.len() == length).then_some(Self { digits: bytes, weight, sign, scale })
    }

    /// The digit that counts 10,000 to the power of `weight`.
    fn digit(&self, weight: i32) -> u16 {
        let at = usize::try_from(self.weight - weight).ok().and_then(|it| it.checked_mul(2));
        at.and_then(|it| self.digits.get(it..it + 2)).map_or(0, |it| u16::from_be_bytes([it[0], it[1]]))
    }

    /// The whole number that it is, if it has no places behind the point.
    pub(super) fn whole(&self) -> Option<i64> {
        if self.scale > 0 || self.sign & !NEGATIVE != 0 || self.weight > 4 {
            return None;
        }
        let mut number = 0_i64;
        for weight in (0..=self.weight).rev() {
            let digit = i64::from(self.digit(weight));
            let digit = if self.sign == NEGATIVE { -digit } else { digit };
            number = number.checked_mul(10_000)?.checked_add(digit)?;
        }
        Some(number)
    }

    /// It in decimal, with all places behind the point that it has.
    pub(super) fn text(&self) -> String {
        match self.sign {
            0xc000 => return "NaN".to_owned(),
            0xd000 => return "Infinity".to_owned(),
            0xf000 => return "-Infinity".to_owned(),
            _ => {}
        }
        let mut text = String::new();
        if self.sign == NEGATIVE {
            text.push('-');
        }
        let push = |text: &mut String, digit: u16, is_first: bool| {
            let written = if is_first { write!(text, "{digit}") } else { write!(text, "{digit:04}") };
            written.expect("writing to a String cannot fail");
        };
        let top = self.weight.max(0);
        for weight in (0..=top).rev() {
            push(&mut text, self.digit(weight), weight == top);
        }
        if self.scale > 0 {
            text.push('.');
            let end = text.len() + self.scale;
            let mut weight = -1;
            while text.len() < end {
                push(&mut text, self.digit(weight), false);
                weight -= 1;
            }
            text.truncate(end);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(digits: &[u16], weight: i16, sign: u16, scale: u16) -> Vec<u8> {
        let length = u16::try_from(digits.len()).expect("few");
        let head = [length, weight.cast_unsigned(), sign, scale];
        head.iter().chain(digits).flat_map(|it| it.to_be_bytes()).collect()
    }

    #[test]
    fn numbers_are_read_digit_by_digit() {
        for (bytes, whole, text) in [
            (sent(&[], 0, 0, 0), Some(0), "0"),
            (sent(&[1], 1, 0, 0), Some(10_000), "10000"),
            (sent(&[12, 3456], 1, NEGATIVE, 0), Some(-123_456), "-123456"),
            (sent(&[922, 3372, 368, 5477, 5807], 4, 0, 0), Some(i64::MAX), "9223372036854775807"),
            (sent(&[922, 3372, 368, 5477, 5808], 4, NEGATIVE, 0), Some(i64::MIN), "-9223372036854775808"),
            (sent(&[922, 3372, 368, 5477, 5808], 4, 0, 0), None, "9223372036854775808"),
            (sent(&[1, 1000], 0, 0, 2), None, "1.10"),
            (sent(&[5], -2, 0, 8), None, "0.00000005"),
            (sent(&[], 0, 0xc000, 0), None, "NaN"),
        ] {
            let it = Numeric::read(&bytes).expect("it is whole");
            assert_eq!((it.whole(), it.text().as_str()), (whole, text));
        }
        assert!(Numeric::read(&[0, 1, 0, 0, 0, 0, 0, 0]).is_none());
    }
}
