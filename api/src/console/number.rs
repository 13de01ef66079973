//! Phone numbers as people read them.

use std::borrow::Cow;

use ecluse_adapters::sms::number::PhoneNumber;

/// An E.164 number in its country's groups, as `+33 6 39 98 00 01`; anything else as it is.
#[must_use]
pub fn readable(text: &str) -> Cow<'_, str> {
    match text
        .starts_with('+')
        .then(|| PhoneNumber::parse(text, None))
    {
        Some(Ok(number)) => Cow::Owned(number.international()),
        Some(Err(_)) | None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn a_number_is_grouped_and_nothing_else_is_touched() {
        assert_eq!(readable("+33639980001"), "+33 6 39 98 00 01");
        assert_eq!(readable("+15550783881"), "+1 555-078-3881");
        for text in ["www.example.fr", "33639980001", "+33 6", ""] {
            assert_eq!(readable(text), text);
        }
    }
}
