//! Files of configuration: YAML or JSON, several documents in one, secrets from the environment.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

/// Where a document stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) file: PathBuf,
    /// Which document of the file, from 1.
    pub(super) number: usize,
    /// `queue support`.
    pub(super) name: String,
}

/// Reads every document of every file, in order.
///
/// # Errors
/// A file that cannot be read, or a variable that is not set.
pub(super) fn read_files(files: &[PathBuf]) -> anyhow::Result<(Vec<Source>, Vec<Value>)> {
    let (mut sources, mut documents) = (Vec::new(), Vec::new());
    for file in files {
        let text = text_of(file)?;
        let read = parse(&text).with_context(|| format!("{} cannot be read", file.display()))?;
        for (index, mut document) in read.into_iter().enumerate() {
            let source = Source {
                file: file.clone(),
                number: index + 1,
                name: name_of(&document),
            };
            fill_in(&mut document, &|name| std::env::var(name).ok())
                .with_context(|| format!("{}, document {}", file.display(), source.number))?;
            sources.push(source);
            documents.push(document);
        }
    }
    Ok((sources, documents))
}

fn text_of(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The documents of a text. A JSON list is as many documents as it has members.
fn parse(text: &str) -> anyhow::Result<Vec<Value>> {
    let documents: Vec<Value> = match serde_json::from_str(text) {
        Ok(value) => vec![value],
        Err(_) => serde_saphyr::from_multiple_with_options(text, spelling())?,
    };
    let mut flat = Vec::new();
    for document in documents {
        match document {
            Value::Array(members) => flat.extend(members),
            Value::Null => {}
            Value::Object(_) => flat.push(document),
            other => bail!("a document must be an object, not {other}"),
        }
    }
    Ok(flat)
}

/// What is no word of YAML 1.2 is a text: `on`, `off`, `yes` and `no` are, and so is a number such as `0044`.
fn spelling() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
    }
}

fn name_of(document: &Value) -> String {
    let text = |member: &str| document[member].as_str().unwrap_or_default().to_owned();
    format!("{} {}", text("resource"), text("key"))
        .trim()
        .to_owned()
}

/// Puts the values of variables where a document says `{"$env": "NAME"}`: texts, or what `{"$env": "NAME", "as": "number"}` asks for.
fn fill_in(value: &mut Value, variable: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<()> {
    match value {
        Value::Object(members) => match Variable::of(members) {
            Some(asked) => {
                *value = asked.read(variable)?;
                Ok(())
            }
            None => members
                .values_mut()
                .try_for_each(|member| fill_in(member, variable)),
        },
        Value::Array(members) => members
            .iter_mut()
            .try_for_each(|member| fill_in(member, variable)),
        _ => Ok(()),
    }
}

/// A variable that a document asks for.
struct Variable {
    name: String,
    /// `number` or `boolean`; a text without it.
    kind: Option<String>,
}

impl Variable {
    fn of(members: &Map<String, Value>) -> Option<Self> {
        let text = |member: &str| members.get(member)?.as_str().map(str::to_owned);
        let (name, kind) = (text("$env")?, text("as"));
        let members_max = 1 + usize::from(kind.is_some());
        (members.len() == members_max).then_some(Self { name, kind })
    }

    fn read(&self, variable: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Value> {
        let name = &self.name;
        let text = variable(name).with_context(|| format!("{name} is not set"))?;
        let Some(kind) = self.kind.as_deref() else {
            return Ok(Value::String(text));
        };
        let read: Option<Value> = serde_json::from_str(text.trim()).ok();
        let fits = |value: &Value| match kind {
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            _ => false,
        };
        match (kind, read.filter(fits)) {
            (_, Some(value)) => Ok(value),
            ("number" | "boolean", None) => bail!("{name} is no {kind}"),
            (_, None) => bail!("{name} is wanted as {kind}: only number and boolean are known"),
        }
    }
}

/// Documents as YAML, each after `---`.
///
/// # Errors
/// Never for what a server sends.
pub(super) fn yaml(documents: &[Value]) -> anyhow::Result<String> {
    let mut text = String::new();
    for document in documents {
        text.push_str("---\n");
        text.push_str(serde_saphyr::to_string(document)?.trim_end());
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn yaml_and_json_say_the_same() {
        let yaml =
            "resource: queue\nkey: support\nmembers: [ada]\n---\nresource: channel\nkey: shop\n";
        let json = r#"[{"resource": "queue", "key": "support", "members": ["ada"]}, {"resource": "channel", "key": "shop"}]"#;
        let read = parse(yaml).unwrap();
        assert_eq!(read, parse(json).unwrap());
        assert_eq!(
            read.iter().map(name_of).collect::<Vec<_>>(),
            ["queue support", "channel shop"]
        );
        assert!(parse("just words").is_err());
        assert!(parse("# nothing yet\n").unwrap().is_empty());
    }

    #[test]
    fn only_true_and_false_are_no_texts() {
        let yaml = "name: On\nstatus: off\nlist: [yes, no, y, n, NO]\nstandalone: true\nnumber: 0044\ncapacity: 44\n";
        let expected = json!({"name": "On", "status": "off", "list": ["yes", "no", "y", "n", "NO"], "standalone": true,
            "number": "0044", "capacity": 44});
        assert_eq!(parse(yaml).unwrap(), [expected]);
    }

    #[test]
    fn what_is_written_is_read_again_as_it_was() {
        let documents = [
            json!({"resource": "queue", "key": "support", "name": "yes", "number": "0001", "list": [], "none": null}),
            json!({"resource": "form", "key": "f", "intro": {"fr": "Deux\nlignes : « oui »", "en": "# no comment"}}),
        ];
        assert_eq!(parse(&yaml(&documents).unwrap()).unwrap(), documents);
    }

    #[test]
    fn a_secret_comes_from_the_environment_or_nowhere() {
        let of = |name: &str| (name == "TOKEN").then(|| "s3cret".to_owned());
        let mut document =
            json!({"twilio": {"auth_token": {"$env": "TOKEN"}}, "list": [{"$env": "TOKEN"}]});
        fill_in(&mut document, &of).unwrap();
        assert_eq!(
            document,
            json!({"twilio": {"auth_token": "s3cret"}, "list": ["s3cret"]})
        );
        let missing = fill_in(&mut json!({"a": {"$env": "OTHER"}}), &of).unwrap_err();
        assert!(missing.to_string().contains("OTHER is not set"));
    }

    #[test]
    fn a_variable_is_a_number_where_one_is_asked_for() {
        let of = |name: &str| match name {
            "PORT" => Some("993".to_owned()),
            "ALONE" => Some("true".to_owned()),
            _ => None,
        };
        let as_kind = |name: &str, kind: &str| json!({"$env": name, "as": kind});
        let mut document = json!({"port": as_kind("PORT", "number"), "standalone": as_kind("ALONE", "boolean"),
            "text": {"$env": "PORT"}});
        fill_in(&mut document, &of).unwrap();
        assert_eq!(
            document,
            json!({"port": 993, "standalone": true, "text": "993"})
        );
        for (name, kind, told) in [
            ("ALONE", "number", "ALONE is no number"),
            ("PORT", "boolean", "PORT is no boolean"),
            ("PORT", "date", "only number and boolean are known"),
        ] {
            let refused = fill_in(&mut as_kind(name, kind), &of).unwrap_err();
            assert!(refused.to_string().contains(told), "{refused}");
        }
    }
}
