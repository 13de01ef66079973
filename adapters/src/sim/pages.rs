//! The pages that the stand-ins show to people: plain forms, which a person or a browser test clicks through.

/// A page with a title and what is on it.
pub(super) fn page(service: &str, title: &str, content: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><link rel=\"icon\" href=\"data:,\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title} | {service}</title><style>body{{font:16px/1.5 \
         system-ui;max-width:28rem;margin:3rem auto;padding:0 1rem}}label{{display:block;margin:.75rem \
         0}}button{{font:inherit;padding:.5rem 1rem;margin-right:.5rem}}.note{{color:#666}}</style></head><body>\
         <p class=\"note\">{service} (stand-in)</p><h1>{title}</h1>{content}</body></html>",
        service = escaped(service),
        title = escaped(title),
    )
}

/// A form that posts to `action`. `fields` is markup.
pub(super) fn form(action: &str, fields: &str, buttons: &[(&str, &str)]) -> String {
    let buttons: String = buttons
        .iter()
        .map(|(value, text)| {
            // Whoever gives up need not fill anything in.
            let skips = if *value == "cancel" {
                " formnovalidate"
            } else {
                ""
            };
            let (value, text) = (escaped(value), escaped(text));
            format!("<button name=\"do\" value=\"{value}\"{skips}>{text}</button>")
        })
        .collect();
    format!(
        "<form method=\"post\" action=\"{}\">{fields}<p>{buttons}</p></form>",
        escaped(action)
    )
}

/// A box to tick.
pub(super) fn checkbox(name: &str, value: &str, text: &str, checked: bool) -> String {
    format!(
        "<label><input type=\"checkbox\" name=\"{}\" value=\"{}\"{}> {}</label>",
        escaped(name),
        escaped(value),
        if checked { " checked" } else { "" },
        escaped(text),
    )
}

/// What signs a person in.
pub(super) const SIGN_IN_FIELDS: &str = "<label>E-mail <input name=\"email\" type=\"email\" required></label><label>Password \
     <input name=\"password\" type=\"password\" required></label>";

/// Text as part of a page or an attribute.
pub(super) fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

/// What a form sent.
#[derive(Debug)]
pub(super) struct Filled(Vec<(String, String)>);

impl Filled {
    pub(super) fn read(body: &[u8]) -> Self {
        let pairs = url::form_urlencoded::parse(body);
        Self(pairs.into_owned().collect())
    }

    pub(super) fn value(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub(super) fn values(&self, name: &str) -> Vec<String> {
        let own = self.0.iter().filter(|(key, _)| key == name);
        own.map(|(_, value)| value.clone()).collect()
    }
}

/// `url` with further parameters.
pub(super) fn with_parameters(url: &str, parameters: &[(&str, &str)]) -> String {
    match url::Url::parse(url) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(parameters);
            url.to_string()
        }
        Err(_) => url.to_owned(),
    }
}

/// Letters and digits that nobody guesses.
pub(super) fn random_word(length: usize) -> String {
    use rand::RngExt as _;
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    (0..length)
        .filter_map(|_| LETTERS.get(rng.random_range(0..LETTERS.len())))
        .map(|&letter| char::from(letter))
        .collect()
}
