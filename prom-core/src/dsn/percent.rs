//! Percent-encoding, strict where `percent-encoding` lets things pass.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::refuse;
use crate::error::Result;

/// What is encoded in any part: all but the unreserved characters.
// <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>
const ALL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is encoded where more may stand bare: in a path and in an option's value.
const SOME: &AsciiSet = &ALL.remove(b'/').remove(b':').remove(b',').remove(b'+').remove(b'=');

/// The text that `raw` stands for. `part` is how errors call it.
pub(super) fn decode(part: impl Display, raw: &str) -> Result<String> {
    let digits = |it: &str| it.len() > 1 && it.bytes().take(2).all(|it| it.is_ascii_hexdigit());
    if !raw.split('%').skip(1).all(digits) {
        return Err(refuse(part, "holds a `%` without two hex digits after it; percent-encode it as `%25`"));
    }
    if raw.contains(|it: char| it.is_control() && it != '\0') {
        return Err(refuse(
            part,
            "holds a bare control character, such as a line end; percent-encode it or take it out",
        ));
    }
    // Of full length at once: growing would leave copies of a secret behind.
    let mut bytes = Vec::with_capacity(raw.len());
    bytes.extend(percent_decode_str(raw));
    if bytes.contains(&0) {
        return Err(refuse(part, "holds a NUL byte; take it out"));
    }
    // The error would hold the bytes.
    String::from_utf8(bytes).map_err(|_| refuse(part, "is not UTF-8; percent-encode its UTF-8 bytes"))
}

/// `text` with everything encoded that might end or divide a part.
pub(super) fn encode(text: &str) -> impl Display {
    utf8_percent_encode(text, ALL)
}

/// `text` as it may stand in a path or an option's value.
pub(super) fn encode_value(text: &str) -> impl Display {
    utf8_percent_encode(text, SOME)
}
