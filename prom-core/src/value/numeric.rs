//! A decimal number of any length, as a driver's row holds it: SQL's NUMERIC.

use std::fmt;

/// A decimal number of any length, borrowed from the driver: SQL's NUMERIC. Its
/// [`Display`](fmt::Display) is the number in full, with every place behind the point.
///
/// ```
/// use prom_core::Numeric;
///
/// // 12 * 10,000 + 3,456, and 7,800 / 10,000.
/// let digits = [0, 12, 13, 128, 30, 120];
/// let number = Numeric::positive(&digits, 1, 2);
/// assert_eq!(number.to_string(), "123456.78");
/// assert_eq!(number.to_f64(), Some(123_456.78));
/// assert_eq!(number.to_i64(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Numeric<'a> {
    class: Class,
    digits: &'a [u8],
    weight: i16,
    scale: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Positive,
    Negative,
    NaN,
    Infinity,
    NegativeInfinity,
}

impl<'a> Numeric<'a> {
    /// Not a number.
    pub const NAN: Self = Self::without_digits(Class::NaN);
    /// What is greater than every number.
    pub const INFINITY: Self = Self::without_digits(Class::Infinity);
    /// What is less than every number.
    pub const NEG_INFINITY: Self = Self::without_digits(Class::NegativeInfinity);

    const fn without_digits(class: Class) -> Self {
        Self { class, digits: &[], weight: 0, scale: 0 }
    }

    /// The number of these digits to the base of 10,000, each of two bytes, the greater byte
    /// first. The first digit counts 10,000 to the power of `weight`; `scale` decimal places
    /// follow the point.
    pub const fn positive(digits: &'a [u8], weight: i16, scale: u16) -> Self {
        Self { class: Class::Positive, digits, weight, scale }
    }

    /// The negative of [`positive`](Self::positive).
    pub const fn negative(digits: &'a [u8], weight: i16, scale: u16) -> Self {
        Self { class: Class::Negative, digits, weight, scale }
    }

    fn is_finite(&self) -> bool {
        matches!(self.class, Class::Positive | Class::Negative)
    }

    /// Each digit, with the power of 10,000 that it counts.
    fn digits(&self) -> impl Iterator<Item = (i32, u16)> {
        let digits = self.digits.chunks_exact(2).map(|digit| u16::from_be_bytes([digit[0], digit[1]]));
        (i32::MIN..=i32::from(self.weight)).rev().zip(digits)
    }

    fn digit(&self, weight: i32) -> u16 {
        let at = usize::try_from(i32::from(self.weight) - weight).ok().and_then(|at| at.checked_mul(2));
        let digit = at.and_then(|at| self.digits.get(at..at + 2));
        digit.map_or(0, |digit| u16::from_be_bytes([digit[0], digit[1]]))
    }

    /// Whether it has no fraction: `5.00` has none.
    pub fn is_whole(&self) -> bool {
        self.is_finite() && self.digits().all(|(weight, digit)| weight >= 0 || digit == 0)
    }

    /// The whole number of 64 bits that it is, if it is one.
    pub fn to_i64(&self) -> Option<i64> {
        if !self.is_whole() || self.weight > 4 {
            return None;
        }
        let mut number = 0_i64;
        for weight in (0..=i32::from(self.weight)).rev() {
            let digit = i64::from(self.digit(weight));
            let digit = if self.class == Class::Negative { -digit } else { digit };
            number = number.checked_mul(10_000)?.checked_add(digit)?;
        }
        Some(number)
    }

    /// The nearest floating-point number of 64 bits, of two that are as near the even one.
    /// `None` for a finite number that is beyond them.
    pub fn to_f64(&self) -> Option<f64> {
        match self.class {
            Class::NaN => Some(f64::NAN),
            Class::Infinity => Some(f64::INFINITY),
            Class::NegativeInfinity => Some(f64::NEG_INFINITY),
            Class::Positive | Class::Negative => {
                let nearest = self.quotient().or_else(|| self.to_string().parse().ok())?;
                Some(nearest).filter(|nearest| nearest.is_finite())
            }
        }
    }

    /// The nearest floating-point number of 32 bits, as [`to_f64`](Self::to_f64) does.
    pub fn to_f32(&self) -> Option<f32> {
        match self.class {
            Class::NaN => Some(f32::NAN),
            Class::Infinity => Some(f32::INFINITY),
            Class::NegativeInfinity => Some(f32::NEG_INFINITY),
            // Not by way of 64 bits, which would round twice.
            Class::Positive | Class::Negative => {
                self.to_string().parse().ok().filter(|nearest: &f32| nearest.is_finite())
            }
        }
    }

    /// The nearest floating-point number, if it is one division or multiplication of two
    /// that are exact, which is rounded once.
    fn quotient(&self) -> Option<f64> {
        const POWERS: [f64; 6] = [1.0, 1e4, 1e8, 1e12, 1e16, 1e20];
        let mut mantissa = 0_u64;
        let mut last = 0;
        for (weight, digit) in self.digits() {
            mantissa = mantissa.checked_mul(10_000)?.checked_add(u64::from(digit))?;
            last = weight;
        }
        if mantissa > 1 << f64::MANTISSA_DIGITS {
            return None;
        }
        let power = *POWERS.get(usize::try_from(last.unsigned_abs()).ok()?)?;
        #[expect(clippy::cast_precision_loss, reason = "it takes no more bits than there are")]
        let mantissa = mantissa as f64;
        let number = if last < 0 { mantissa / power } else { mantissa * power };
        Some(if self.class == Class::Negative { -number } else { number })
    }
}

impl fmt::Display for Numeric<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.class {
            Class::NaN => return f.write_str("NaN"),
            Class::Infinity => return f.write_str("Infinity"),
            Class::NegativeInfinity => return f.write_str("-Infinity"),
            Class::Negative => f.write_str("-")?,
            Class::Positive => {}
        }
        let top = i32::from(self.weight).max(0);
        write!(f, "{}", self.digit(top))?;
        for weight in (0..top).rev() {
            write!(f, "{:04}", self.digit(weight))?;
        }
        let mut places = usize::from(self.scale);
        if places > 0 {
            f.write_str(".")?;
        }
        for weight in (i32::MIN..0).rev() {
            match places {
                0 => break,
                1 => write!(f, "{}", self.digit(weight) / 1_000)?,
                2 => write!(f, "{:02}", self.digit(weight) / 100)?,
                3 => write!(f, "{:03}", self.digit(weight) / 10)?,
                _ => write!(f, "{:04}", self.digit(weight))?,
            }
            places = places.saturating_sub(4);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(digits: &[u16]) -> Vec<u8> {
        digits.iter().flat_map(|digit| digit.to_be_bytes()).collect()
    }

    #[test]
    fn numbers_are_read_digit_by_digit() {
        for (digits, weight, is_negative, scale, whole, text) in [
            (&[][..], 0, false, 0, Some(0), "0"),
            (&[1], 1, false, 0, Some(10_000), "10000"),
            (&[12, 3456], 1, true, 0, Some(-123_456), "-123456"),
            (&[922, 3372, 368, 5477, 5807], 4, false, 0, Some(i64::MAX), "9223372036854775807"),
            (&[922, 3372, 368, 5477, 5808], 4, true, 0, Some(i64::MIN), "-9223372036854775808"),
            (&[922, 3372, 368, 5477, 5808], 4, false, 0, None, "9223372036854775808"),
            (&[1], 5, false, 0, None, "100000000000000000000"),
            (&[1, 1000], 0, false, 2, None, "1.10"),
            (&[5], 0, false, 5, Some(5), "5.00000"),
            (&[5], -2, false, 8, None, "0.00000005"),
            (&[1234, 5600], -1, false, 6, None, "0.123456"),
            (&[1234, 5670], -1, true, 7, None, "-0.1234567"),
        ] {
            let digits = bytes(digits);
            let make = if is_negative { Numeric::negative } else { Numeric::positive };
            let number = make(&digits, weight, scale);
            assert_eq!((number.to_i64(), number.to_string().as_str()), (whole, text));
            assert_eq!(number.to_f64(), text.parse().ok(), "{text}");
            assert_eq!(number.to_f32(), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn the_nearest_float_is_the_one_that_the_text_reads_as() {
        // One beside the middle of two floats, and what needs more than a division.
        for (digits, weight, scale) in [
            (&[9007, 1992, 5474, 993][..], 3, 0),
            (&[9007, 1992, 5474, 993, 1], 3, 4),
            (&[1, 7976], 77, 0),
            (&[3333, 3333, 3333, 3333], -1, 16),
            (&[2, 5000], 0, 16),
            (&[1], -81, 324),
            (&[1, 1], 5, 24),
            (&[1677, 7217], 1, 0),
        ] {
            let digits = bytes(digits);
            let number = Numeric::positive(&digits, weight, scale);
            assert_eq!(number.to_f64(), number.to_string().parse().ok(), "{number}");
            let single: Option<f32> = number.to_string().parse().ok();
            assert_eq!(number.to_f32(), single.filter(|single| single.is_finite()), "{number}");
        }
    }

    #[test]
    fn what_is_beyond_the_floats_is_none_of_them() {
        let one = bytes(&[1]);
        assert_eq!(Numeric::positive(&one, 100, 0).to_f64(), None);
        assert_eq!(Numeric::negative(&one, 10, 0).to_f32(), None);
        assert_eq!(Numeric::INFINITY.to_f64(), Some(f64::INFINITY));
        assert_eq!(Numeric::NEG_INFINITY.to_f32(), Some(f32::NEG_INFINITY));
        assert!(Numeric::NAN.to_f64().is_some_and(f64::is_nan));
        assert_eq!(Numeric::NAN.to_i64(), None);
        assert!(!Numeric::NAN.is_whole());
        let texts = [Numeric::NAN, Numeric::INFINITY, Numeric::NEG_INFINITY].map(|number| number.to_string());
        assert_eq!(texts, ["NaN", "Infinity", "-Infinity"]);
    }
}
