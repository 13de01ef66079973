//! The scripts, styles and drawings of the pages, as they lie in `web/`: what you read is what runs.
//!
//! They are served below `/assets/v-HASH/`, where HASH stands for all of them together. Modules name each other by relative
//! addresses, so one page never runs scripts of two versions, and the browser may keep them for ever.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::LazyLock;

use actix_web::http::header::{self, ETag, EntityTag, Header as _, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use ring::digest;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::catalogue::Catalogue;
use super::language::Lang;

#[derive(RustEmbed)]
#[folder = "src/console/web/assets"]
struct Pages;

#[derive(RustEmbed)]
#[folder = "src/console/web/demo"]
#[prefix = "demo/"]
struct Demo;

/// A year, which is as long as a browser keeps anything.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// To be asked for again each time; the answer is mostly 304.
const ASK_AGAIN: &str = "no-cache";
/// The launcher has one address for all time, on other people's sites: five minutes, then asked for again.
const LAUNCHER: &str = "public, max-age=300, must-revalidate";

/// What the launcher's texts replace.
const TEXTS: &str = "/*%TEXTS%*/ {}";

static VERSION: LazyLock<String> = LazyLock::new(version);

/// The address below which a page finds its assets, such as `/assets/v-5f0c…`.
pub fn base() -> &'static str {
    &VERSION
}

fn version() -> String {
    let mut sum = digest::Context::new(&digest::SHA256);
    let mut names: Vec<Cow<'static, str>> = Pages::iter().chain(Demo::iter()).collect();
    names.sort_unstable();
    for name in names {
        sum.update(name.as_bytes());
        if let Some(file) = file(&name) {
            sum.update(&file.metadata.sha256_hash());
        }
    }
    for lang in Lang::ALL {
        sum.update(Catalogue::of(lang).all_json().as_bytes());
    }
    format!("/assets/v-{}", short_hex(sum.finish().as_ref()))
}

fn short_hex(bytes: &[u8]) -> String {
    bytes.iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn file(name: &str) -> Option<EmbeddedFile> {
    if name.starts_with("demo/") {
        Demo::get(name)
    } else {
        Pages::get(name)
    }
}

/// `GET /assets/{path:.*}`: a file of `web/`, or `strings.fr.json` and `strings.en.json`.
pub async fn asset(request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let (versioned, name) = match path.split_once('/') {
        Some((version, rest)) if version.starts_with("v-") => (base().ends_with(version), rest),
        _ => (false, path.as_str()),
    };
    // While the files are read from the disk they change under one version.
    let keep = if versioned && !cfg!(debug_assertions) {
        FOR_EVER
    } else {
        ASK_AGAIN
    };
    if let Some(lang) = strings_of(name) {
        let json = Catalogue::of(lang).all_json();
        return answer(
            &request,
            "application/json",
            keep,
            &short_hex(hash(json.as_bytes()).as_ref()),
            json.into_bytes().into(),
        );
    }
    // The launcher is served by its own handler, with its texts in place.
    match file(name) {
        Some(found) if name != "widget.js" => answer(
            &request,
            &media_type(&found),
            keep,
            &short_hex(&found.metadata.sha256_hash()),
            found.data,
        ),
        Some(_) | None => HttpResponse::NotFound().finish(),
    }
}

/// `GET /widget.js`: the chat's launcher, for any site.
pub async fn widget(request: HttpRequest) -> HttpResponse {
    let source = launcher();
    let tag = short_hex(hash(source.as_bytes()).as_ref());
    let mut response = answer(
        &request,
        "text/javascript; charset=utf-8",
        LAUNCHER,
        &tag,
        source.into_bytes().into(),
    );
    response.headers_mut().insert(
        header::CROSS_ORIGIN_RESOURCE_POLICY,
        header::HeaderValue::from_static("cross-origin"),
    );
    response
}

fn launcher() -> String {
    let source = Pages::get("widget.js")
        .map(|found| String::from_utf8_lossy(&found.data).into_owned())
        .unwrap_or_default();
    let texts = Lang::ALL
        .map(|lang| {
            format!(
                "\"{lang}\":{}",
                Catalogue::of(lang).strings_json(&["widget"])
            )
        })
        .join(",");
    source.replacen(TEXTS, &format!("{{{texts}}}"), 1)
}

fn strings_of(name: &str) -> Option<Lang> {
    let code = name.strip_prefix("strings.")?.strip_suffix(".json")?;
    Lang::ALL.into_iter().find(|lang| lang.code() == code)
}

fn hash(bytes: &[u8]) -> digest::Digest {
    digest::digest(&digest::SHA256, bytes)
}

fn media_type(found: &EmbeddedFile) -> String {
    let kind = found.metadata.mimetype();
    if kind.starts_with("text/") || kind == "image/svg+xml" {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    }
}

fn answer(
    request: &HttpRequest,
    media_type: &str,
    keep: &'static str,
    tag: &str,
    body: Cow<'static, [u8]>,
) -> HttpResponse {
    let tag = EntityTag::new_strong(tag.to_owned());
    let same = IfNoneMatch::parse(request).is_ok_and(|known| match known {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(items) => items.iter().any(|item| item.weak_eq(&tag)),
    });
    let mut builder = if same {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    builder
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, keep))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if same {
        return builder.finish();
    }
    builder
        .insert_header((header::CONTENT_TYPE, media_type))
        .body(body.into_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName};
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, dev::ServiceResponse, web};

    use super::{asset, base, file, launcher, widget};

    async fn get(path: &str, tag: Option<&str>) -> ServiceResponse {
        let app = App::new()
            .route("/assets/{path:.*}", web::get().to(asset))
            .route("/widget.js", web::get().to(widget));
        let app = init_service(app).await;
        let mut request = TestRequest::get().uri(path);
        if let Some(tag) = tag {
            request = request.insert_header(("If-None-Match", tag));
        }
        call_service(&app, request.to_request()).await
    }

    fn header(response: &ServiceResponse, name: HeaderName) -> String {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    }

    #[actix_web::test]
    async fn files_have_their_type_and_unknown_names_are_not_found() {
        let table = [
            ("desk.js", "text/javascript; charset=utf-8"),
            ("desk/state.js", "text/javascript; charset=utf-8"),
            ("base.css", "text/css; charset=utf-8"),
            ("icons.svg", "image/svg+xml; charset=utf-8"),
            ("demo/ledger.js", "text/javascript; charset=utf-8"),
            ("strings.fr.json", "application/json"),
        ];
        for (name, kind) in table {
            for path in [format!("/assets/{name}"), format!("{}/{name}", base())] {
                let response = get(&path, None).await;
                assert_eq!(
                    (response.status(), header(&response, CONTENT_TYPE)),
                    (StatusCode::OK, kind.to_owned()),
                    "{path}"
                );
            }
        }
        for name in [
            "tests/state.test.mjs",
            "CHAT-PROTOCOL.md",
            "../catalogue.rs",
            "..%2Fcatalogue.rs",
            "strings.de.json",
            "widget.js",
            "",
            "v-x/",
        ] {
            assert_eq!(
                get(&format!("/assets/{name}"), None).await.status(),
                StatusCode::NOT_FOUND,
                "{name}"
            );
        }
    }

    #[actix_web::test]
    async fn what_has_not_changed_is_not_sent_again() {
        for path in [
            format!("{}/desk.js", base()),
            "/assets/strings.en.json".to_owned(),
            "/widget.js".to_owned(),
        ] {
            let first = get(&path, None).await;
            let tag = header(&first, ETAG);
            let again = get(&path, Some(&tag)).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
            assert!(read_body(again).await.is_empty());
            assert_eq!(
                get(&path, Some("\"other\"")).await.status(),
                StatusCode::OK,
                "{path}"
            );
        }
    }

    #[actix_web::test]
    async fn only_an_address_of_this_version_may_be_kept_for_ever() {
        let other = get("/assets/v-0000000000000000/desk.js", None).await;
        assert_eq!(
            (other.status(), header(&other, CACHE_CONTROL)),
            (StatusCode::OK, "no-cache".to_owned())
        );
        let ours = get(&format!("{}/desk.js", base()), None).await;
        let expected = if cfg!(debug_assertions) {
            "no-cache"
        } else {
            "public, max-age=31536000, immutable"
        };
        assert_eq!(header(&ours, CACHE_CONTROL), expected);
    }

    #[test]
    fn the_launcher_has_its_texts_in_both_languages() {
        let source = launcher();
        assert!(
            source.contains("\"fr\":{\"widget-close\"")
                && source.contains("\"en\":{\"widget-close\"")
                && !source.contains("%TEXTS%")
        );
    }

    #[test]
    fn every_file_that_a_template_names_is_there() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut named = 0;
        for folder in [root.clone(), root.join("console")] {
            for template in std::fs::read_dir(folder)
                .unwrap()
                .map(|item| item.unwrap().path())
            {
                if template.is_dir() {
                    continue;
                }
                let text = std::fs::read_to_string(template).unwrap();
                for part in text.split("{{ page.assets }}/").skip(1) {
                    let name = part.split(['"', '#']).next().unwrap();
                    assert!(file(name).is_some(), "{name}");
                    named += 1;
                }
            }
        }
        assert!(named > 20);
    }
}
