//! Which of our languages a reader gets: the one they asked for, else the one they set, else the one their browser prefers.

use std::fmt;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::ACCEPT_LANGUAGE;
use ecluse_engine::texts::Language;

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Fr => Self::Fr,
            Language::En => Self::En,
        }
    }
}

/// Remembers a choice made on a page that has no user yet. It holds nothing but `fr` or `en`.
pub const LANGUAGE_COOKIE: &str = "ecluse_lang";

/// A language that has a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    Fr,
    En,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::Fr, Self::En];

    /// The code that pages, settings and the API use: `fr` or `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The language of automatic texts.
    #[must_use]
    pub const fn language(self) -> Language {
        match self {
            Self::Fr => Language::Fr,
            Self::En => Language::En,
        }
    }

    /// Reads a code or a longer tag such as `fr-CA` (RFC 5646); `None` when we do not speak it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|lang| primary.eq_ignore_ascii_case(lang.code()))
    }

    /// Chooses for a request: `?lang=`, else the user's `setting`, else the cookie, else `Accept-Language`, else English.
    pub fn of_request(request: &HttpRequest, setting: Option<Self>) -> Self {
        Self::known(request, setting).unwrap_or(Self::En)
    }

    /// The same, where somebody else knows better than English what a reader expects who says neither language.
    pub fn known(request: &HttpRequest, setting: Option<Self>) -> Option<Self> {
        Self::asked(request)
            .or(setting)
            .or_else(|| Self::from_tag(request.cookie(LANGUAGE_COOKIE)?.value()))
            .or_else(|| Self::accepted(request.headers().get(ACCEPT_LANGUAGE)?.to_str().ok()?))
    }

    /// The language that the address itself asks for, which is then remembered with [`Lang::cookie`].
    pub fn asked(request: &HttpRequest) -> Option<Self> {
        let (_, value) = url::form_urlencoded::parse(request.query_string().as_bytes())
            .find(|(name, _)| name == "lang")?;
        Self::from_tag(&value)
    }

    /// The first of our languages in an `Accept-Language` header (RFC 9110, 12.5.4), by weight and then by place.
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for item in header.split(',') {
            let mut parts = item.split(';');
            let Some(lang) = parts.next().and_then(Self::from_tag) else {
                continue;
            };
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if weight > best.map_or(0.0, |(_, known)| known) {
                best = Some((lang, weight));
            }
        }
        best.map(|(lang, _)| lang)
    }

    /// The cookie that remembers this choice for a year.
    pub fn cookie(self) -> Cookie<'static> {
        Cookie::build(LANGUAGE_COOKIE, self.code())
            .path("/")
            .same_site(SameSite::Lax)
            .http_only(true)
            .max_age(Duration::days(365))
            .finish()
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::{LANGUAGE_COOKIE, Lang};
    use actix_web::cookie::Cookie;
    use actix_web::test::TestRequest;

    #[test]
    fn the_browsers_preference_is_read_by_weight_and_then_by_place() {
        let table = [
            ("fr", Some(Lang::Fr)),
            ("fr-CA,fr;q=0.9,en;q=0.8", Some(Lang::Fr)),
            ("de-DE,de;q=0.9,en;q=0.7,fr;q=0.8", Some(Lang::Fr)),
            ("de, en, fr", Some(Lang::En)),
            ("fr;q=0, en;q=0.1", Some(Lang::En)),
            ("en;q=nonsense, fr;q=0.2", Some(Lang::Fr)),
            ("de, *", None),
            ("", None),
        ];
        for (header, expected) in table {
            assert_eq!(Lang::accepted(header), expected, "{header:?}");
        }
    }

    #[test]
    fn what_was_asked_comes_before_what_was_set_before_what_was_remembered() {
        let plain = || TestRequest::default().insert_header(("Accept-Language", "fr"));
        let check = |request: TestRequest, setting, expected| {
            assert_eq!(
                Lang::of_request(&request.to_http_request(), setting),
                expected
            );
        };
        check(TestRequest::default(), None, Lang::En);
        check(plain(), None, Lang::Fr);
        check(
            plain().cookie(Cookie::new(LANGUAGE_COOKIE, "en")),
            None,
            Lang::En,
        );
        check(
            plain().cookie(Cookie::new(LANGUAGE_COOKIE, "en")),
            Some(Lang::Fr),
            Lang::Fr,
        );
        check(
            plain().uri("/login?next=%2Fdesk&lang=en"),
            Some(Lang::Fr),
            Lang::En,
        );
        check(plain().uri("/login?lang=tlh"), None, Lang::Fr);
    }
}
