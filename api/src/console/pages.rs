//! The pages themselves: what each template needs, and the answer that carries it.
//!
//! The caller has already decided that the reader may see the page, and in which language.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;
use serde::Serialize;

use super::assets;
use super::catalogue::Catalogue;
use super::headers::{Frames, secure};
use super::language::Lang;

/// What all pages have: their language, their texts, the token that their requests carry.
#[derive(Debug)]
pub struct Page {
    pub(super) lang: &'static str,
    pub(super) csrf: String,
    pub(super) assets: &'static str,
    strings: String,
    catalogue: &'static Catalogue,
}

impl Page {
    /// `parts` are the first words of the keys that the page's scripts use; those of all pages are always there.
    fn new(lang: Lang, csrf: &str, parts: &[&str]) -> Self {
        let catalogue = Catalogue::of(lang);
        let parts: Vec<&str> = parts.iter().copied().chain(["common", "error"]).collect();
        Self {
            lang: lang.code(),
            csrf: csrf.to_owned(),
            assets: assets::base(),
            strings: catalogue.strings_json(&parts),
            catalogue,
        }
    }

    /// A page whose scripts need no texts: its words are all in its markup.
    pub(super) fn bare(lang: Lang, csrf: &str) -> Self {
        Self {
            lang: lang.code(),
            csrf: csrf.to_owned(),
            assets: assets::base(),
            strings: String::new(),
            catalogue: Catalogue::of(lang),
        }
    }

    pub(super) fn text(&self, key: &'static str) -> Cow<'static, str> {
        self.catalogue.text(key)
    }
}

#[derive(Debug, Template)]
#[template(path = "desk.html")]
struct Desk {
    page: Page,
    supervisor: bool,
    user: String,
}

#[derive(Debug, Template)]
#[template(path = "chat.html")]
struct Chat<'a> {
    page: Page,
    channel: &'a str,
    name: &'a str,
}

#[derive(Debug, Template)]
#[template(path = "chat_refused.html")]
struct ChatRefused {
    page: Page,
}

#[derive(Debug, Template)]
#[template(path = "demo_ledger.html")]
struct Ledger<'a> {
    page: Page,
    pid: u32,
    command: &'a str,
}

/// The signed-in person, as `GET /api/v1/session` shows them and the desk's scripts read them.
#[derive(Debug, Clone, Serialize)]
pub struct DeskUser<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub email: &'a str,
    /// `administrator`, `supervisor` or `agent`.
    pub role: &'a str,
    /// Four digits.
    pub number: Option<&'a str>,
    pub language: Option<&'a str>,
}

/// `/desk`, for a signed-in person; `csrf` is their session's token.
pub fn desk(lang: Lang, user: &DeskUser<'_>, csrf: &str) -> HttpResponse {
    let page = Page::new(lang, csrf, &["desk"]);
    let supervisor = matches!(user.role, "administrator" | "supervisor");
    answer(
        StatusCode::OK,
        Frames::Nobody,
        &Desk {
            page,
            supervisor,
            user: script_json(user),
        },
    )
}

/// `/chat/{channel}`. `name` is the channel's, shown to visitors; `sites` are those that may hold the chat, as origins.
pub fn chat(lang: Lang, channel: &str, name: &str, sites: &[String]) -> HttpResponse {
    answer(
        StatusCode::OK,
        Frames::Sites(sites),
        &Chat {
            page: Page::new(lang, "", &["chat"]),
            channel,
            name,
        },
    )
}

/// `/chat/{channel}` where it may not be shown: no such channel, or neither a site's token nor a channel that stands alone.
/// `sites` as for [`chat`], so that a site whose token has expired shows this page rather than an empty frame.
pub fn chat_refused(lang: Lang, sites: &[String]) -> HttpResponse {
    answer(
        StatusCode::FORBIDDEN,
        Frames::Sites(sites),
        &ChatRefused {
            page: Page::new(lang, "", &[]),
        },
    )
}

/// `/demo`: the demonstration's ledger. `command` is what starts the server again.
pub fn ledger(lang: Lang, pid: u32, command: &str) -> HttpResponse {
    answer(
        StatusCode::OK,
        Frames::Nobody,
        &Ledger {
            page: Page::new(lang, "", &["demo"]),
            pid,
            command,
        },
    )
}

/// `/demo/shop`: a customer's site, with the launcher of `channel` fetched from `origin` (such as `http://localhost:8080`).
pub fn shop(origin: &str, channel: &str) -> HttpResponse {
    let body = include_str!("web/demo/shop.html")
        .replace("%ASSETS%", &format!("{origin}{}", assets::base()))
        .replace("%ORIGIN%", origin)
        .replace("%CHANNEL%", channel);
    HttpResponse::Ok()
        .insert_header(("Content-Type", "text/html; charset=utf-8"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .insert_header(("Cache-Control", "no-store"))
        .body(body)
}

pub(super) fn answer(
    status: StatusCode,
    frames: Frames<'_>,
    template: &impl Template,
) -> HttpResponse {
    match template.render() {
        Ok(body) => {
            let mut builder = HttpResponseBuilder::new(status);
            secure(&mut builder, frames);
            builder.content_type("text/html; charset=utf-8").body(body)
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// JSON that can stand in a `<script type="application/json">`: nothing in it can end the element.
pub(crate) fn script_json(value: &impl Serialize) -> String {
    // The values are our own structures of strings, which serde_json always writes.
    serde_json::to_string(value)
        .unwrap_or_else(|_| "{}".to_owned())
        .replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use actix_web::HttpResponse;
    use actix_web::body::to_bytes;

    use super::{DeskUser, chat, chat_refused, desk, ledger, shop};
    use crate::console::catalogue::Catalogue;
    use crate::console::language::Lang;
    use crate::console::sign_in::{PasswordForm, SignInForm};

    const USER: DeskUser<'static> = DeskUser {
        id: "a1",
        name: "</script><b>Zoé",
        email: "zoe@example.org",
        role: "agent",
        number: Some("0001"),
        language: None,
    };

    async fn body(response: HttpResponse) -> String {
        String::from_utf8(to_bytes(response.into_body()).await.unwrap().to_vec()).unwrap()
    }

    async fn all(lang: Lang) -> Vec<(&'static str, String)> {
        vec![
            ("login", body(SignInForm::default().page(lang, "")).await),
            ("invitation", body(PasswordForm::default().page(lang)).await),
            ("desk", body(desk(lang, &USER, "csrf\"token")).await),
            (
                "desk of a supervisor",
                body(desk(
                    lang,
                    &DeskUser {
                        role: "administrator",
                        ..USER
                    },
                    "x",
                ))
                .await,
            ),
            ("chat", body(chat(lang, "c1", "<i>Shop</i>", &[])).await),
            ("refused chat", body(chat_refused(lang, &[])).await),
            ("ledger", body(ledger(lang, 42, "ecluse demo")).await),
            ("shop", body(shop("http://localhost:8080", "c1")).await),
        ]
    }

    #[actix_web::test]
    async fn whoever_lost_what_they_typed_is_told_so_at_the_sign_in() {
        let page = async |query: &str| body(SignInForm::default().page(Lang::En, query)).await;
        let lost = page("next=%2Fconsole&unsaved=1").await;
        assert!(lost.contains("was not saved"), "{lost}");
        assert!(lost.contains("lang=fr&amp;next=%2Fconsole&#38;unsaved=1"));
        assert!(!page("next=%2Fconsole").await.contains("was not saved"));
    }

    #[actix_web::test]
    async fn no_page_carries_a_script_or_style_of_its_own() {
        for lang in Lang::ALL {
            for (name, html) in all(lang).await {
                assert!(
                    !html.contains(" style=") && !html.contains("<style"),
                    "{name} has an inline style"
                );
                assert!(
                    !html.contains(" onclick=") && !html.contains("javascript:"),
                    "{name} has an inline handler"
                );
                for script in html.split("<script").skip(1) {
                    let tag = script.split('>').next().unwrap();
                    assert!(
                        tag.contains("src=") || tag.contains("application/json"),
                        "{name} has an inline script: {tag}"
                    );
                }
            }
        }
    }

    #[actix_web::test]
    async fn every_text_is_there_in_the_language_of_the_page() {
        for lang in Lang::ALL {
            for (name, html) in all(lang)
                .await
                .into_iter()
                .filter(|(name, _)| *name != "shop")
            {
                assert!(html.contains(&format!("<html lang=\"{lang}\">")), "{name}");
                let seen = html.split("<script type").next().unwrap();
                for key in Catalogue::of(lang).keys() {
                    let bare =
                        seen.contains(&format!(">{key}<")) || seen.contains(&format!("\"{key}\""));
                    assert!(!bare, "{name}: {key} stands where its text should");
                }
            }
        }
    }

    #[actix_web::test]
    async fn what_people_are_called_cannot_become_markup() {
        for (name, html) in all(Lang::Fr).await {
            assert!(
                !html.contains("<b>Zoé") && !html.contains("<i>Shop"),
                "{name}"
            );
            assert!(
                !html.contains("\"t\"oken\"") && !html.contains("\"csrf\"token\""),
                "{name}"
            );
        }
    }

    #[actix_web::test]
    async fn supervisors_see_more_than_agents() {
        let agent = body(desk(Lang::En, &USER, "x")).await;
        let supervisor = body(desk(
            Lang::En,
            &DeskUser {
                role: "supervisor",
                ..USER
            },
            "x",
        ))
        .await;
        let administrator = body(desk(
            Lang::En,
            &DeskUser {
                role: "administrator",
                ..USER
            },
            "x",
        ))
        .await;
        let sees_all = |html: &str| html.contains("href=\"#/all\"");
        assert_eq!(
            [&agent, &supervisor, &administrator].map(|html| sees_all(html)),
            [false, true, true]
        );
    }

    #[actix_web::test]
    async fn only_the_chat_may_stand_in_a_frame() {
        let policy = |response: &HttpResponse| {
            response
                .headers()
                .get("Content-Security-Policy")
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        let sites = ["https://shop.example".to_owned()];
        assert!(
            policy(&chat(Lang::En, "c", "n", &sites))
                .contains("frame-ancestors 'self' https://shop.example")
        );
        for response in [
            SignInForm::default().page(Lang::En, ""),
            PasswordForm::default().page(Lang::En),
            desk(Lang::En, &USER, "x"),
            ledger(Lang::En, 1, "x"),
        ] {
            assert!(policy(&response).contains("frame-ancestors 'none'"));
        }
    }
}
