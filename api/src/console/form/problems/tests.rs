use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::console::language::Lang;

/// Where saves are refused, below the workspace.
const REFUSING: [&str; 5] = [
    "adapters/src/storage/config_db",
    "api/src/resources",
    "api/src/connect",
    "api/src/routes",
    "api/src/error/json.rs",
];

/// Errors whose codes become those of fields.
const ERRORS: [&str; 5] = [
    "adapters/src/storage/config_db/domain.rs",
    "adapters/src/cmp/facebook/errors.rs",
    "adapters/src/cmp/dialog360/errors.rs",
    "adapters/src/cmp/cloud.rs",
    "adapters/src/oauth/error.rs",
];

/// What makes a refused field; its second argument is the code.
const MAKERS: [&str; 5] = [
    "Violation::new(",
    "ConfigError::field(",
    "ApiError::field(",
    "FieldError::new(",
    "refused(",
];

/// What is told of the whole save, because no field is to blame.
const OF_NO_FIELD: [&str; 6] = [
    "not_available",
    "unreachable",
    "unavailable",
    "too_many_calls",
    "provider_unreadable",
    "not_understood",
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The program's part of a file.
fn source(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]").next().unwrap().to_owned()
}

fn sources(place: &Path, found: &mut Vec<PathBuf>) {
    if !place.is_dir() {
        return found.push(place.to_owned());
    }
    for entry in std::fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() || path.extension().is_some_and(|ending| ending == "rs") {
            sources(&path, found);
        }
    }
}

/// The texts between quotes.
fn literals(code: &str) -> impl Iterator<Item = &str> {
    code.split('"').skip(1).step_by(2)
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// What stands between the opening bracket before `rest` and its end, cut at its commas.
fn arguments(rest: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut from) = (0, false, 0);
    let mut found = Vec::new();
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => {
                found.push(rest[from..at].trim());
                return found;
            }
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                found.push(rest[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// The codes of one file: second arguments, and what a variable named `code` may be.
fn codes_of_fields(text: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for maker in MAKERS {
        for (at, _) in text.match_indices(maker) {
            let arguments = arguments(&text[at + maker.len()..]);
            let code = arguments.get(1).copied().unwrap_or_default();
            let literal = literals(code).next().filter(|_| code.starts_with('"'));
            codes.extend(literal.map(str::to_owned));
        }
    }
    for start in ["let code = ", "let (code, "] {
        for (at, _) in text.match_indices(start) {
            let statement = text[at..].split(";\n").next().unwrap();
            codes.extend(
                literals(statement)
                    .filter(|text| is_code(text))
                    .map(str::to_owned),
            );
        }
    }
    codes
}

/// The words of an error's `code`.
fn codes_of_error(text: &str) -> BTreeSet<String> {
    let (_, body) = text.split_once("pub const fn code(").unwrap();
    let body = body.split("\n    }\n").next().unwrap();
    let words = literals(body).map(|word| word.trim_start_matches("sign_on.").to_owned());
    words.collect()
}

fn every_code() -> BTreeSet<String> {
    let mut files = Vec::new();
    for place in REFUSING {
        sources(&workspace().join(place), &mut files);
    }
    let of_fields = files.iter().flat_map(|path| codes_of_fields(&source(path)));
    let errors = ERRORS.map(|path| workspace().join(path));
    let of_errors = errors.iter().flat_map(|path| codes_of_error(&source(path)));
    of_fields.chain(of_errors).collect()
}

#[test]
fn whatever_a_save_can_be_refused_with_has_a_text() {
    let codes = every_code();
    for expected in [
        "unknown_sms_trunk",
        "invalid_wildcard",
        "token_dead",
        "differs",
        "required",
    ] {
        assert!(
            codes.contains(expected),
            "{expected} was not found in the sources"
        );
    }
    let without: Vec<_> = codes
        .iter()
        .filter(|code| key(code).is_none() && !OF_NO_FIELD.contains(&code.as_str()))
        .collect();
    assert!(without.is_empty(), "codes without a text: {without:?}");
}

#[test]
fn every_text_is_in_both_languages() {
    for (code, key) in TEXTS.iter().chain(OF_COMPANIES).chain(BOUNDED) {
        let [english, french] = [Lang::En, Lang::Fr].map(|lang| Catalogue::of(lang).text(key));
        assert_ne!(english, french, "{code}: {key}");
    }
}

#[test]
fn the_limits_of_what_is_refused_are_said_and_what_would_do_instead() {
    let refused = |code: &str, [minimum, maximum]: [Option<i64>; 2], free: Option<&str>| {
        let error = FieldError {
            minimum,
            maximum,
            suggestion: free.map(str::to_owned),
            ..FieldError::new("name", code, "is refused")
        };
        [Lang::Fr, Lang::En].map(|lang| sentence(&error, Catalogue::of(lang)))
    };
    let rows = [
        (
            refused("out_of_range", [Some(5), Some(3600)], None),
            ["entre 5 et 3600", "between 5 and 3600"],
        ),
        (
            refused("too_long", [None, Some(64)], None),
            ["64 caractères au plus", "64 characters at most"],
        ),
        (
            refused("too_many", [None, Some(100)], None),
            ["100 au plus", "100 at most"],
        ),
        (
            refused("not_sendable", [None, Some(8)], None),
            ["8 caractères au plus", "8 characters at most"],
        ),
        (
            refused("taken", [None, None], Some("0042")),
            ["0042 est libre", "0042 is free"],
        ),
        (
            refused("out_of_range", [None, None], None),
            ["sort des limites", "outside its limits"],
        ),
    ];
    for (said, expected) in rows {
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.contains(expected), "{said}");
        }
    }
}

#[test]
fn the_line_of_a_file_is_named_where_it_is_known() {
    for (field, expected) in [
        ("csv[3]", ["à la ligne 3", "on line 3"]),
        ("csv", ["jamais fermé", "never closed"]),
    ] {
        let error = FieldError::new(field, "unclosed_quote", "is not closed");
        for (lang, expected) in [Lang::Fr, Lang::En].into_iter().zip(expected) {
            let said = sentence(&error, Catalogue::of(lang));
            assert!(said.contains(expected), "{said}");
        }
    }
}

#[test]
fn whatever_has_it_already_is_named_in_both_languages() {
    let error = FieldError {
        holder: Some("xn--mnchen-3ya.example".to_owned()),
        ..FieldError::new("live_chat.domains[0]", "taken", "is taken")
    };
    for (lang, expected) in [
        (Lang::Fr, "au canal «\u{a0}münchen.example\u{a0}»"),
        (Lang::En, "channel “münchen.example”"),
    ] {
        let said = sentence(&error, Catalogue::of(lang));
        assert!(said.contains(expected), "{said}");
    }
    let error = FieldError {
        holder: Some("+33639980002".to_owned()),
        ..error
    };
    let said = sentence(&error, Catalogue::of(Lang::En));
    assert!(said.contains("channel “+33 6 39 98 00 02”"), "{said}");
}

#[test]
fn a_code_that_nobody_translated_is_said_as_the_server_says_it() {
    let error = |code: &str| FieldError::new("name", code, "has three heads");
    let french = Catalogue::of(Lang::Fr);
    assert_eq!(sentence(&error("novel"), french), "has three heads");
    assert_ne!(sentence(&error("taken"), french), "has three heads");
}
