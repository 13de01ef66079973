//! Somebody with a browser: opens a page, fills its form in, presses a button, and follows nothing by itself.

use ecluse_adapters::http::{ClientOptions, client};
use url::Url;

/// Where a step led.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Led {
    /// To a page, with its status.
    Page(u16, String),
    /// Away, to this address.
    Away(String),
}

impl Led {
    /// Where the person came back to.
    pub(crate) fn away(self) -> String {
        match self {
            Self::Away(to) => to,
            other @ Self::Page(..) => panic!("still on a page: {other:?}"),
        }
    }

    pub(crate) fn page(self) -> String {
        match self {
            Self::Page(200, page) => page,
            other => panic!("no page: {other:?}"),
        }
    }
}

/// A browser at one site.
#[derive(Debug)]
pub(crate) struct Visitor {
    client: reqwest::Client,
    base: String,
    page: String,
}

impl Visitor {
    pub(crate) async fn open(base: &str, url: &Url) -> (Self, Led) {
        let client = client(&ClientOptions::default()).unwrap();
        let mut visitor = Self {
            client,
            base: base.to_owned(),
            page: String::new(),
        };
        let request = visitor.client.get(url.clone());
        let led = visitor.go(request).await;
        (visitor, led)
    }

    /// Sends the form of the page with these fields instead of its own.
    pub(crate) async fn submit(&mut self, fields: &[(&str, &str)]) -> Led {
        let action = between(&self.page, "action=\"", "\"").expect("the page has no form");
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(fields).finish();
        let request = self
            .client
            .post(format!("{}{action}", self.base))
            .body(body);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        self.go(request).await
    }

    /// Sends the form as it is, every box that is ticked included.
    pub(crate) async fn press(&mut self, button: &str) -> Led {
        let ticked = self.ticked();
        let mut fields: Vec<(&str, &str)> = ticked
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        fields.push(("do", button));
        self.submit(&fields).await
    }

    fn ticked(&self) -> Vec<(String, String)> {
        let inputs = self.page.split("<input type=\"checkbox\" name=\"").skip(1);
        let ticked = inputs.filter_map(|input| {
            let (name, rest) = input.split_once("\" value=\"")?;
            let (value, rest) = rest.split_once('"')?;
            rest.starts_with(" checked")
                .then(|| (name.to_owned(), value.to_owned()))
        });
        ticked.collect()
    }

    async fn go(&mut self, request: reqwest::RequestBuilder) -> Led {
        let answer = request.send().await.unwrap();
        if let Some(to) = answer.headers().get("Location") {
            return Led::Away(to.to_str().unwrap().to_owned());
        }
        let status = answer.status().as_u16();
        self.page = answer.text().await.unwrap();
        Led::Page(status, self.page.clone())
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
