//! A telephone number: read from what people type, kept as E.164, shown as people read it; pure.
//!
//! What must stay true: whatever is accepted has a country code and a length that the country's plan has. A number that is
//! possible but not assigned is accepted, because plans change more often than this program. Short codes, letters and
//! extensions are not numbers that a channel can have.
//!
//! Sources: ITU-T E.164 (15 digits at most, no leading zero), libphonenumber's metadata by way of rlibphonenumber.

use std::fmt;
use std::str::FromStr as _;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber as Parsed, PhoneNumberFormat,
    Region, ValidationError,
};
use serde::{Deserialize, Serialize};

/// So many digits without a country code are a short code in every plan.
const SHORT_CODE_DIGITS_MAX: usize = 6;

/// The digits of the longest number, country code included (E.164).
const DIGITS_MAX: usize = 15;
/// The digits of the shortest one.
const DIGITS_MIN: usize = 7;

/// A number as E.164: a plus sign and 7 to 15 digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Why a text is no number that a channel can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("there is no number")]
    Empty,
    #[error("a number has no letters")]
    Letters,
    #[error("there are characters that no number has")]
    NotANumber,
    #[error("a short code cannot be used")]
    ShortCode,
    #[error("an extension cannot be used")]
    Extension,
    #[error("the number has no country code: begin with + and the country code")]
    NoCountryCode,
    #[error("no country has this country code")]
    UnknownCountryCode,
    #[error("the number is too short")]
    TooShort,
    #[error("the number is too long")]
    TooLong,
    #[error("the country's numbering plan has no number of this form")]
    NotPossible,
    #[error("the country is not one of two letters, such as FR")]
    UnknownRegion,
}

impl NumberError {
    /// The error's name in the API; it never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Letters => "letters",
            Self::NotANumber => "not_a_number",
            Self::ShortCode => "short_code",
            Self::Extension => "extension",
            Self::NoCountryCode => "no_country_code",
            Self::UnknownCountryCode => "unknown_country_code",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::NotPossible => "not_possible",
            Self::UnknownRegion => "unknown_region",
        }
    }
}

impl PhoneNumber {
    /// Reads what somebody typed; `00` in front is a plus sign. `region` is the country, as two letters, in which a number
    /// without a country code is dialled; digits that make no sense there are tried as if they began with a plus sign.
    ///
    /// # Errors
    /// Why it is no number that a channel can have.
    pub fn parse(text: &str, region: Option<&str>) -> Result<Self, NumberError> {
        let region = region.map(known_region).transpose()?;
        let text = text.trim();
        // How most of the world dials the plus sign.
        let dialled = text
            .strip_prefix("00")
            .map(|rest| format!("+{}", rest.trim_start()));
        let text = dialled.as_deref().unwrap_or(text);
        let digits = check_characters(text)?;
        let has_prefix = text.starts_with(['+', '＋']);
        if !has_prefix && digits.len() <= SHORT_CODE_DIGITS_MAX {
            return Err(NumberError::ShortCode);
        }
        if has_prefix {
            return read(text, None);
        }
        let with_plus = || read(&format!("+{digits}"), None);
        match region {
            None => with_plus().map_err(|_| NumberError::NoCountryCode),
            Some(region) => read(text, Some(region)).or_else(|error| {
                let other = with_plus().ok().filter(Self::is_assigned);
                other.ok_or(error)
            }),
        }
    }

    /// Reads a number as a provider writes it: always with its country code, with or without a plus sign.
    ///
    /// # Errors
    /// Why it is no number.
    pub fn from_provider(text: &str) -> Result<Self, NumberError> {
        let digits = check_characters(text.trim())?;
        read(&format!("+{digits}"), None)
    }

    /// As E.164, such as `+33612345678`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits alone, as several providers want them.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('+')
    }

    /// As people read it, such as `+33 6 12 34 56 78`.
    #[must_use]
    pub fn international(&self) -> String {
        match PHONE_NUMBER_UTIL.parse(&self.0, None) {
            Ok(parsed) => parsed
                .format_as(PhoneNumberFormat::International)
                .into_owned(),
            Err(_) => self.0.clone(),
        }
    }

    /// Whether the plan of the country has given such numbers out.
    fn is_assigned(&self) -> bool {
        PHONE_NUMBER_UTIL
            .parse(&self.0, None)
            .is_ok_and(|parsed| parsed.is_valid())
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, NumberError> {
        Self::parse(&text, None)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

/// A country that has a plan, by its two letters.
fn known_region(text: &str) -> Result<Region, NumberError> {
    Region::from_str(&text.to_ascii_uppercase())
        .ok()
        .filter(|region| {
            PHONE_NUMBER_UTIL
                .get_country_code_for_region(*region)
                .is_some()
        })
        .ok_or(NumberError::UnknownRegion)
}

/// The decimal digits of a text in which nothing but the usual punctuation stands between them.
fn check_characters(text: &str) -> Result<String, NumberError> {
    if text.is_empty() {
        return Err(NumberError::Empty);
    }
    if text.chars().any(char::is_alphabetic) {
        return Err(NumberError::Letters);
    }
    let is_punctuation = |character: char| {
        character.is_whitespace()
            || "+＋-.()/\u{2010}\u{2011}\u{2012}\u{2013}\u{a0}".contains(character)
    };
    if !text
        .chars()
        .all(|character| character.is_ascii_digit() || is_punctuation(character))
    {
        return Err(NumberError::NotANumber);
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match digits.is_empty() {
        true => Err(NumberError::NotANumber),
        false => Ok(digits),
    }
}

fn read(text: &str, region: Option<Region>) -> Result<PhoneNumber, NumberError> {
    let parsed = PHONE_NUMBER_UTIL
        .parse(text, region)
        .map_err(|error| parse_error(&error, text))?;
    if parsed.extension.is_some() {
        return Err(NumberError::Extension);
    }
    check_length(&parsed)?;
    let number = parsed.format_as(PhoneNumberFormat::E164).into_owned();
    if number.len() > DIGITS_MAX + 1 {
        return Err(NumberError::TooLong);
    }
    Ok(PhoneNumber(number))
}

fn parse_error(error: &ParseError, text: &str) -> NumberError {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    match error {
        ParseError::InvalidCountryCode => NumberError::UnknownCountryCode,
        // So the library calls two digits, too.
        ParseError::NotANumber(_) if digits < DIGITS_MIN => NumberError::TooShort,
        ParseError::NotANumber(_) => NumberError::NotANumber,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => NumberError::TooShort,
        ParseError::TooLongNsn => NumberError::TooLong,
    }
}

fn check_length(parsed: &Parsed) -> Result<(), NumberError> {
    match parsed.is_possible_with_reason() {
        Ok(NumberLengthType::IsPossible) => Ok(()),
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => {
            Err(NumberError::TooShort)
        }
        Err(ValidationError::TooLong) => Err(NumberError::TooLong),
        Err(ValidationError::InvalidCountryCode) => Err(NumberError::UnknownCountryCode),
        Err(ValidationError::InvalidLength) => Err(NumberError::NotPossible),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, region: &str) -> Result<String, &'static str> {
        let region = Some(region).filter(|region| !region.is_empty());
        PhoneNumber::parse(text, region)
            .map(String::from)
            .map_err(NumberError::code)
    }

    #[test]
    fn a_number_is_kept_as_e164_however_it_was_typed() {
        for (text, region, expected) in [
            ("+33 6 12 34 56 78", "", "+33612345678"),
            (" +33 (0)6 12-34.56/78 ", "", "+33612345678"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("06 12 34 56 78", "fr", "+33612345678"),
            ("0033 6 12 34 56 78", "FR", "+33612345678"),
            ("0033 6 12 34 56 78", "", "+33612345678"),
            ("00 33 (0)6 12 34 56 78", "US", "+33612345678"),
            ("33612345678", "", "+33612345678"),
            ("33612345678", "FR", "+33612345678"),
            ("33612345678", "US", "+33612345678"),
            ("(201) 555-0123", "US", "+12015550123"),
            ("+49 1512 3456789", "FR", "+4915123456789"),
        ] {
            assert_eq!(
                parse(text, region),
                Ok(expected.to_owned()),
                "{text} in {region}"
            );
        }
    }

    #[test]
    fn what_no_channel_can_have_is_refused_with_its_reason() {
        for (text, region, code) in [
            ("", "", "empty"),
            ("  ", "FR", "empty"),
            ("+", "", "not_a_number"),
            ("+33 6 12 34 56 78#", "", "not_a_number"),
            ("+1 800 FLOWERS", "", "letters"),
            ("Écluse", "FR", "letters"),
            ("+33 6 12 34 56 78 ext 3", "", "letters"),
            ("36180", "FR", "short_code"),
            ("3615", "", "short_code"),
            ("0612345678", "", "no_country_code"),
            ("+999 1234567", "", "unknown_country_code"),
            ("0099 9123 4567", "", "unknown_country_code"),
            ("+1", "", "too_short"),
            ("+33 6 12", "", "too_short"),
            ("+33 6 12 34 56 78 90 12", "", "too_long"),
            ("06 12 34 56 78 9", "FR", "too_long"),
            ("0612345678", "XX", "unknown_region"),
            ("0612345678", "France", "unknown_region"),
        ] {
            assert_eq!(parse(text, region), Err(code), "{text} in {region}");
        }
    }

    #[test]
    fn a_number_is_shown_as_people_read_it() {
        let number = PhoneNumber::parse("+33612345678", None).unwrap();
        assert_eq!(number.international(), "+33 6 12 34 56 78");
        assert_eq!(number.digits(), "33612345678");
        assert_eq!(number.to_string(), "+33612345678");
        let number = PhoneNumber::parse("+12015550123", None).unwrap();
        assert_eq!(number.international(), "+1 201-555-0123");
    }

    #[test]
    fn a_providers_number_has_its_country_code_with_or_without_a_plus() {
        for text in ["15550783881", "+1 555-078-3881", "+15550783881"] {
            let number = PhoneNumber::from_provider(text).unwrap();
            assert_eq!(number.as_str(), "+15550783881", "{text}");
        }
        assert_eq!(PhoneNumber::from_provider(""), Err(NumberError::Empty));
    }

    #[test]
    fn a_number_that_is_read_from_a_file_is_checked() {
        let number: PhoneNumber = serde_json::from_str("\"+33 6 12 34 56 78\"").unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), "\"+33612345678\"");
        assert!(serde_json::from_str::<PhoneNumber>("\"3615\"").is_err());
    }
}
