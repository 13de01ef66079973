//! Files of configuration: YAML or JSON, several documents in one, secrets from the environment.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

use crate::config_file::KeptSecrets;
use crate::error::WHOLE_BYTES_MAX;

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
/// A file that cannot be read, or every variable that is not set.
pub(super) fn read_files(files: &[PathBuf]) -> anyhow::Result<(Vec<Source>, Vec<Value>)> {
    let (mut sources, mut documents, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        let text = text_of(file)?;
        let read = parse(&text).with_context(|| format!("{} cannot be read", file.display()))?;
        for (index, mut document) in read.into_iter().enumerate() {
            let source = Source {
                file: file.clone(),
                number: index + 1,
                name: name_of(&document),
            };
            let unset = fill_in(&mut document, &|name| std::env::var(name).ok());
            missing.extend(unset.into_iter().map(|fault| source.fault(&fault)));
            sources.push(source);
            documents.push(document);
        }
    }
    if !missing.is_empty() {
        bail!("{}", missing.join("\n"));
    }
    Ok((sources, documents))
}

impl Source {
    /// `shop.yaml, document 2 (channel shop), ` and what is wrong there.
    fn fault(&self, fault: &str) -> String {
        let (file, number, name) = (self.file.display(), self.number, &self.name);
        format!("{file}, document {number} ({name}), {fault}")
    }
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

/// What is no word of YAML 1.2 is a text: `on`, `off`, `yes` and `no` are, and so is a number such as `0044`. A file may have as
/// much as a request; what aliases make of it stays bounded.
fn spelling() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        budget: serde_saphyr::budget! {
            max_documents: WHOLE_BYTES_MAX / BYTES_A_DOCUMENT,
            max_nodes: WHOLE_BYTES_MAX / BYTES_A_NODE,
            max_events: 2 * WHOLE_BYTES_MAX / BYTES_A_NODE,
        },
    }
}

/// The shortest document and the shortest value that a file may be full of.
const BYTES_A_DOCUMENT: usize = 32;
const BYTES_A_NODE: usize = 4;

fn name_of(document: &Value) -> String {
    let text = |member: &str| document[member].as_str().unwrap_or_default().to_owned();
    format!("{} {}", text("resource"), text("key"))
        .trim()
        .to_owned()
}

/// Puts the values of variables where a document says `{"$env": "NAME"}`: texts, or what `{"$env": "NAME", "as": "number"}` asks
/// for. What is left: the fields whose variable is of no use, and why.
fn fill_in(document: &mut Value, variable: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut faults = Vec::new();
    fill_in_below("", document, &mut |path, asked| {
        let read = asked.read(variable);
        read.unwrap_or_else(|fault| {
            faults.push(format!("{path}: {fault}"));
            Value::Null
        })
    });
    faults
}

fn fill_in_below(path: &str, value: &mut Value, read: &mut dyn FnMut(&str, &Variable) -> Value) {
    match value {
        Value::Object(members) => match Variable::of(members) {
            Some(asked) => *value = read(path, &asked),
            None => {
                for (name, member) in members {
                    let dot = if path.is_empty() { "" } else { "." };
                    fill_in_below(&format!("{path}{dot}{name}"), member, read);
                }
            }
        },
        Value::Array(members) => {
            for (index, member) in members.iter_mut().enumerate() {
                fill_in_below(&format!("{path}[{index}]"), member, read);
            }
        }
        _ => {}
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

    fn read(&self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Value, String> {
        let name = &self.name;
        let text = variable(name).ok_or_else(|| format!("{name} is not set"))?;
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
            ("number" | "boolean", None) => Err(format!("{name} is no {kind}")),
            (_, None) => Err(format!(
                "{name} is wanted as {kind}: only number and boolean are known"
            )),
        }
    }
}

/// Documents as YAML, each after `---`, and before each what it leaves out.
///
/// # Errors
/// Never for what a server sends.
pub(super) fn yaml(documents: &[Value], kept: &[KeptSecrets]) -> anyhow::Result<String> {
    let mut text = String::new();
    for document in documents {
        text.push_str("---\n");
        for field in left_out(document, kept) {
            text.push_str(&comment(field));
        }
        text.push_str(serde_saphyr::to_string(document)?.trim_end());
        text.push('\n');
    }
    Ok(text)
}

fn left_out<'k>(document: &Value, kept: &'k [KeptSecrets]) -> &'k [String] {
    let text = |member: &str| document[member].as_str().unwrap_or_default();
    let (resource, key) = (text("resource"), text("key"));
    let mut kept = kept.iter();
    let found = kept.find(|one| one.resource == resource && one.key == key);
    match found {
        Some(one) => &one.fields,
        None => &[],
    }
}

fn comment(field: &str) -> String {
    let name = field.rsplit_once('.').map_or(field, |(_, name)| name);
    // Of what goes with each webhook there are several by their names.
    let variable = match name {
        "webhook_headers" => "{HEADER: {$env: NAME}}",
        _ => "{$env: NAME}",
    };
    format!(
        "# {field} is kept by the server and is not in this file; to set it elsewhere: {name}: {variable}\n"
    )
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
    fn a_large_installation_is_one_file() {
        let document = |number| json!({"resource": "queue", "key": format!("queue-{number}"), "name": "Q", "members": []});
        let documents: Vec<_> = (0..20_000).map(document).collect();
        let read = parse(&yaml(&documents, &[]).unwrap()).unwrap();
        assert!(read == documents);
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
        let kept = [KeptSecrets {
            resource: "form".to_owned(),
            key: "f".to_owned(),
            fields: vec!["http.token".to_owned(), "pin".to_owned()],
        }];
        let text = yaml(&documents, &kept).unwrap();
        assert_eq!(parse(&text).unwrap(), documents);
        let comments: Vec<_> = text.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(
            comments,
            [
                "# http.token is kept by the server and is not in this file; to set it elsewhere: token: {$env: NAME}",
                "# pin is kept by the server and is not in this file; to set it elsewhere: pin: {$env: NAME}",
            ]
        );
    }

    #[test]
    fn a_secret_comes_from_the_environment_or_nowhere() {
        let of = |name: &str| (name == "TOKEN").then(|| "s3cret".to_owned());
        let mut document =
            json!({"twilio": {"auth_token": {"$env": "TOKEN"}}, "list": [{"$env": "TOKEN"}]});
        assert!(fill_in(&mut document, &of).is_empty());
        assert_eq!(
            document,
            json!({"twilio": {"auth_token": "s3cret"}, "list": ["s3cret"]})
        );
        let mut document = json!({"a": {"b": {"$env": "OTHER"}}, "list": [{"$env": "ONE"}]});
        assert_eq!(
            fill_in(&mut document, &of),
            ["a.b: OTHER is not set", "list[0]: ONE is not set"]
        );
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
        assert_eq!(fill_in(&mut document, &of), [""; 0]);
        assert_eq!(
            document,
            json!({"port": 993, "standalone": true, "text": "993"})
        );
        for (name, kind, told) in [
            ("ALONE", "number", "ALONE is no number"),
            ("PORT", "boolean", "PORT is no boolean"),
            ("PORT", "date", "only number and boolean are known"),
        ] {
            let mut document = json!({"port": as_kind(name, kind)});
            let refused = fill_in(&mut document, &of).join("; ");
            assert!(refused.contains(told), "{refused}");
        }
    }
}
