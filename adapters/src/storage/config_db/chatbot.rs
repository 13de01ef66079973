//! Chatbots: option menus that lead to a queue.

use std::sync::Arc;

use ecluse_engine::chatbot::Chatbot;
use ecluse_engine::chatbot::menu::{LeadsTo, MenuOption, Script};
use ecluse_engine::ids::{ChatbotId, QueueId};
use ecluse_engine::message::{Choice, Text};
use ecluse_engine::texts::{Language, Localized};
use serde::{Deserialize, Serialize};

use super::audit::Resource;
use super::bounds;
use super::channel_sms;
use super::document::{Document, DocumentRecord};
use super::link::Link;
use super::text_check::{check_name, check_needed_text, check_text, out_of_range, too_many};
use super::violation::Violation;

const TEXT_LENGTH_MAX: usize = 1_000;
/// WhatsApp and Messenger show no more on a button; text menus read best like this too.
const LABEL_LENGTH_MAX: usize = 60;
/// A text with its options, as it is sent where there are no buttons. What an SMS takes, every channel does.
const SAID_LENGTH_MAX: usize = channel_sms::RULES.text_limit;

/// A chatbot as it is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatbotBody {
    pub name: String,
    /// Conversations at once; 0 is no limit.
    #[serde(default)]
    pub concurrency_limit: u32,
    /// Where conversations go that the menu cannot lead anywhere.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Option<uuid::Uuid>))]
    pub fallback_queue: Option<QueueId>,
    /// Said first, above the options; the options stand alone without it.
    #[serde(default)]
    pub greeting: Localized,
    /// Said when an answer is none of the options.
    #[serde(default)]
    pub invalid_reply: Localized,
    /// Said when a queue was chosen.
    #[serde(default)]
    pub handover: Localized,
    /// Wrong answers in a row before the fallback.
    #[serde(default = "invalid_max")]
    pub invalid_max: u32,
    /// Seconds without an answer before the fallback.
    #[serde(default = "timeout_secs")]
    pub timeout_secs: u32,
    #[cfg_attr(
        feature = "schema",
        schema(value_type = Vec<ecluse_engine::chatbot::menu::OptionFields>)
    )]
    pub options: Vec<MenuOption>,
}

const fn invalid_max() -> u32 {
    Script::INVALID_MAX
}

const fn timeout_secs() -> u32 {
    Script::TIMEOUT_SECS
}

impl Document for ChatbotBody {
    const KIND: Resource = Resource::Chatbot;

    fn name(&self) -> &str {
        &self.name
    }

    fn check(&mut self) -> Vec<Violation> {
        let mut violations: Vec<Violation> = check_name(&mut self.name).into_iter().collect();
        for (field, text) in [
            ("greeting", &mut self.greeting),
            ("invalid_reply", &mut self.invalid_reply),
            ("handover", &mut self.handover),
        ] {
            check_text(field, text, TEXT_LENGTH_MAX, &mut violations);
        }
        for (field, value, range) in [
            (
                "concurrency_limit",
                self.concurrency_limit,
                bounds::BOT_CONCURRENCY,
            ),
            ("invalid_max", self.invalid_max, bounds::BOT_INVALID_MAX),
            ("timeout_secs", self.timeout_secs, bounds::BOT_TIMEOUT_SECS),
        ] {
            if !range.contains(&value) {
                violations.push(out_of_range(field, &range));
            }
        }
        check_options("options", &mut self.options, 1, &mut violations);
        check_said("greeting", &self.greeting, &self.options, &mut violations);
        self.check_said_below("options", &self.options, &mut violations);
        violations
    }

    fn links(&self) -> Vec<Link> {
        let fallback = self
            .fallback_queue
            .map(|queue| ("fallback_queue".to_owned(), queue));
        let mut queues: Vec<(String, QueueId)> = fallback.into_iter().collect();
        collect_queues("options", &self.options, &mut queues);
        let link = |(field, queue): (String, QueueId)| Link::new(field, Resource::Queue, queue.0);
        queues.into_iter().map(link).collect()
    }
}

impl ChatbotBody {
    /// Every text that is said above these options, or above those below them.
    fn check_said_below(
        &self,
        field: &str,
        options: &[MenuOption],
        violations: &mut Vec<Violation>,
    ) {
        check_said("invalid_reply", &self.invalid_reply, options, violations);
        for (index, option) in options.iter().enumerate() {
            let field = format!("{field}[{index}]");
            match &option.leads_to {
                LeadsTo::Queue(_) => {}
                LeadsTo::Text(text) => {
                    check_said(&format!("{field}.text"), text, options, violations);
                }
                LeadsTo::Menu(menu) => {
                    let below = format!("{field}.menu.options");
                    let text = format!("{field}.menu.text");
                    check_said(&text, &menu.text, &menu.options, violations);
                    self.check_said_below(&below, &menu.options, violations);
                }
            }
        }
    }
}

/// A menu that a channel cannot carry would lead its customers to the fallback without a word. A field is told of once.
fn check_said(
    field: &str,
    text: &Localized,
    options: &[MenuOption],
    violations: &mut Vec<Violation>,
) {
    let length = |language| said(text, options, language).chars().count();
    let longest = Language::ALL.map(length).into_iter().max().unwrap_or(0);
    let is_told = violations.iter().any(|told| told.field == field);
    if longest > SAID_LENGTH_MAX && !is_told {
        let message = format!(
            "has {longest} characters together with the options below it; an SMS takes {SAID_LENGTH_MAX}"
        );
        let too_long = Violation::new(field, "too_long_with_options", message);
        violations.push(too_long.at_most(SAID_LENGTH_MAX));
    }
}

fn said(text: &Localized, options: &[MenuOption], language: Language) -> String {
    let in_language = |text: &Localized| text.text(language).unwrap_or_default().to_owned();
    let choices = options.iter().map(|option| Choice {
        id: String::new().into(),
        label: in_language(&option.label),
    });
    let text = Text {
        body: in_language(text),
        choices: choices.collect(),
    };
    text.numbered()
}

fn check_options(
    field: &str,
    options: &mut [MenuOption],
    depth: usize,
    violations: &mut Vec<Violation>,
) {
    if depth > Script::DEPTH_MAX {
        let message = format!("at most {} levels of options", Script::DEPTH_MAX);
        violations.push(Violation::new(field, "too_deep", message).at_most(Script::DEPTH_MAX));
        return;
    }
    if options.is_empty() {
        violations.push(Violation::new(
            field,
            "required",
            "at least one option is needed",
        ));
    }
    if options.len() > Script::OPTIONS_MAX {
        violations.push(too_many(field, Script::OPTIONS_MAX, "options of one level"));
    }
    for (index, option) in options.iter_mut().enumerate() {
        let field = format!("{field}[{index}]");
        check_needed_text(
            &format!("{field}.label"),
            &mut option.label,
            LABEL_LENGTH_MAX,
            violations,
        );
        match &mut option.leads_to {
            LeadsTo::Queue(_) => {}
            LeadsTo::Text(text) => {
                check_needed_text(&format!("{field}.text"), text, TEXT_LENGTH_MAX, violations);
            }
            LeadsTo::Menu(menu) => {
                check_text(
                    &format!("{field}.menu.text"),
                    &mut menu.text,
                    TEXT_LENGTH_MAX,
                    violations,
                );
                let field = format!("{field}.menu.options");
                check_options(&field, &mut menu.options, depth + 1, violations);
            }
        }
    }
    check_told_apart(field, options, violations);
}

/// An answer that two options of a menu have would always lead where the first does.
fn check_told_apart(field: &str, options: &[MenuOption], violations: &mut Vec<Violation>) {
    // Each is compared with each, and more than that are refused anyhow.
    if options.len() > Script::OPTIONS_MAX {
        return;
    }
    for (index, option) in options.iter().enumerate() {
        let mut before = options.iter().take(index);
        let field = format!("{field}[{index}].label");
        if before.any(|other| option.reads_as(other)) {
            let message = "another option of this menu has this label";
            violations.push(Violation::new(field, "duplicate", message));
        } else if option.reads_as_another(index, options.len()) {
            let message = "this is the number of another option of this menu";
            violations.push(Violation::new(field, "number_of_another", message));
        }
    }
}

fn collect_queues(field: &str, options: &[MenuOption], queues: &mut Vec<(String, QueueId)>) {
    for (index, option) in options.iter().enumerate() {
        match &option.leads_to {
            LeadsTo::Queue(queue) => queues.push((format!("{field}[{index}].queue"), *queue)),
            LeadsTo::Menu(menu) => {
                collect_queues(
                    &format!("{field}[{index}].menu.options"),
                    &menu.options,
                    queues,
                );
            }
            LeadsTo::Text(_) => {}
        }
    }
}

impl DocumentRecord<ChatbotBody> {
    pub(super) fn for_engine(self) -> Chatbot {
        Chatbot {
            id: ChatbotId(self.id),
            tenant: self.tenant,
            name: self.body.name,
            concurrency_limit: self.body.concurrency_limit,
            fallback_queue: self.body.fallback_queue,
            script: Arc::new(Script {
                greeting: self.body.greeting,
                invalid_reply: self.body.invalid_reply,
                handover: self.body.handover,
                invalid_max: self.body.invalid_max,
                timeout_secs: self.body.timeout_secs,
                options: self.body.options,
            }),
        }
    }
}
