//! The form engine: a page of settings described as data, shown as HTML that works without scripts, and read back into exactly
//! the JSON that the REST API takes.
//!
//! What must stay true: a field's path is its path in the REST body, so that one name serves the value, the input and the
//! refusal; nothing here does I/O; and a secret goes in and never comes out.
//!
//! The road: [`Form`] + JSON → [`view`] → HTML → [`posted`] → [`read`](mod@read) → JSON.

pub mod differences;
pub mod posted;
pub mod problems;
pub mod read;
pub mod value;
pub mod view;

#[cfg(test)]
mod tests;

pub use self::differences::{Difference, Recorded, Versions, differences};
pub use self::posted::{Command, Posted};
pub use self::read::{draft, read, send};
pub use self::view::{FormView, Outcome, Outcomes, Sight};

/// The key of a text in the catalogue.
pub type Key = &'static str;

/// A page of settings.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub sections: Vec<Section>,
}

impl Form {
    /// The sections that are there, in their order.
    #[must_use]
    pub fn of(sections: impl IntoIterator<Item = Section>) -> Self {
        Self {
            sections: sections.into_iter().collect(),
        }
    }

    /// Every field of every section.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.sections.iter().flat_map(|section| &section.fields)
    }
}

/// Fields that belong together, below one heading.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its anchor in the page, unique in the form.
    pub id: &'static str,
    pub title: Key,
    pub help: Option<Key>,
    /// What stands above the fields.
    pub lead: Vec<Block>,
    pub fields: Vec<Field>,
    /// What stands below the fields.
    pub tail: Vec<Block>,
    pub when: Option<When>,
}

impl Section {
    #[must_use]
    pub fn new(id: &'static str, title: Key, fields: impl IntoIterator<Item = Field>) -> Self {
        Self {
            id,
            title,
            help: None,
            lead: Vec::new(),
            fields: fields.into_iter().collect(),
            tail: Vec::new(),
            when: None,
        }
    }

    #[must_use]
    pub fn help(mut self, help: Key) -> Self {
        self.help = Some(help);
        self
    }

    #[must_use]
    pub fn lead(mut self, block: Block) -> Self {
        self.lead.push(block);
        self
    }

    #[must_use]
    pub fn tail(mut self, block: Block) -> Self {
        self.tail.push(block);
        self
    }

    /// Shown for some choices only; for others its values belong to nothing and are left out.
    #[must_use]
    pub fn when(mut self, path: &'static str, any: &'static [&'static str]) -> Self {
        self.when = Some(When {
            path,
            any,
            kept: false,
        });
        self
    }
}

/// What a section holds beside its fields.
#[derive(Clone, Debug)]
pub enum Block {
    /// Something to know before filling the fields in, as a list when there are several lines.
    Note { title: Key, lines: Vec<Line> },
    /// A button of its own.
    Action(Action),
    /// A link that opens in a window of its own.
    Window { label: Key, href: String },
    /// Something to copy; `id` is its element's, unique in the form.
    Snippet {
        id: &'static str,
        label: Key,
        code: String,
    },
    /// The chat's own page in a frame, which follows what is typed.
    Preview { label: Key, href: String },
    /// A conversation with the chatbot as it is typed.
    TryOut,
}

/// One line of a note.
#[derive(Clone, Debug)]
pub struct Line {
    pub words: Words,
    /// Whether what it asks for is there; `None` where only the reader can know.
    pub met: Option<bool>,
    pub when: Option<When>,
}

impl Line {
    #[must_use]
    pub fn ours(key: Key) -> Self {
        Self {
            words: Words::Ours(key),
            met: None,
            when: None,
        }
    }

    /// A text with its values.
    #[must_use]
    pub fn filled(text: String) -> Self {
        Self {
            words: Words::Theirs(text),
            met: None,
            when: None,
        }
    }

    #[must_use]
    pub fn met(mut self, met: Option<bool>) -> Self {
        self.met = met;
        self
    }

    /// Said for some choices only.
    #[must_use]
    pub fn when(mut self, path: &'static str, any: &'static [&'static str]) -> Self {
        self.when = Some(When {
            path,
            any,
            kept: false,
        });
        self
    }
}

/// A button that sends the form as it is, and shows beside it what came of it.
#[derive(Clone, Debug)]
pub struct Action {
    /// The command, such as `verify imap`.
    pub command: String,
    pub label: Key,
    pub icon: &'static str,
    /// It asks a window to be opened.
    pub opens: bool,
    /// The paths of what nobody can type because this fills it in. What is missing of it is told here, and once.
    pub fills: &'static [&'static str],
    /// What is said beside it before it is pressed.
    pub trouble: Option<Key>,
}

impl Action {
    #[must_use]
    pub fn new(command: impl Into<String>, label: Key, icon: &'static str) -> Self {
        Self {
            command: command.into(),
            label,
            icon,
            opens: false,
            fills: &[],
            trouble: None,
        }
    }

    /// It asks a window to be opened.
    #[must_use]
    pub fn opens(mut self) -> Self {
        self.opens = true;
        self
    }

    /// Says beside it why it has to be pressed.
    #[must_use]
    pub fn trouble(mut self, key: Key) -> Self {
        self.trouble = Some(key);
        self
    }

    #[must_use]
    pub fn fills(mut self, paths: &'static [&'static str]) -> Self {
        self.fills = paths;
        self
    }
}

/// When a field, a section or a line is of use: its form's value at `path` is one of `any`.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// From the root of the value, or of the row that the field stands in.
    pub path: &'static str,
    pub any: &'static [&'static str],
    /// Whether the value is sent all the same while the field is hidden.
    pub kept: bool,
}

/// How wide a field needs to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    #[default]
    Full,
    Half,
    Short,
}

impl Size {
    /// The class of the page's style.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Half => "half",
            Self::Short => "short",
        }
    }
}

/// One question of a form.
#[derive(Clone, Debug)]
pub struct Field {
    /// Where its value is in the body, such as `email.imap.host`; within a row it is relative, and empty for the row itself.
    pub path: &'static str,
    pub label: Key,
    pub help: Option<Key>,
    pub control: Control,
    pub required: bool,
    /// The code with which it is refused where it is needed and nothing is given.
    pub missing: &'static str,
    pub when: Option<When>,
    pub size: Size,
    /// An example, shown while the field is empty.
    pub example: Option<&'static str>,
}

impl Field {
    #[must_use]
    pub fn new(path: &'static str, label: Key, control: Control) -> Self {
        Self {
            path,
            label,
            help: None,
            control,
            required: false,
            missing: "required",
            when: None,
            size: Size::Full,
            example: None,
        }
    }

    #[must_use]
    pub fn help(mut self, help: Key) -> Self {
        self.help = Some(help);
        self
    }

    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// As [`Field::required`], where something else would do instead, as the code's text says.
    #[must_use]
    pub fn required_or(mut self, missing: &'static str) -> Self {
        self.missing = missing;
        self.required()
    }

    #[must_use]
    pub fn half(mut self) -> Self {
        self.size = Size::Half;
        self
    }

    #[must_use]
    pub fn short(mut self) -> Self {
        self.size = Size::Short;
        self
    }

    #[must_use]
    pub fn example(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }

    /// Shown for some choices only; for others its value belongs to nothing and is left out.
    #[must_use]
    pub fn when(mut self, path: &'static str, any: &'static [&'static str]) -> Self {
        self.when = Some(When {
            path,
            any,
            kept: false,
        });
        self
    }

    /// Shown for some choices only; its value stays for the day when one of them is made again.
    #[must_use]
    pub fn shown_when(mut self, path: &'static str, any: &'static [&'static str]) -> Self {
        self.when = Some(When {
            path,
            any,
            kept: true,
        });
        self
    }
}

/// How a value is asked for, and what it is in JSON.
#[derive(Clone, Debug)]
pub enum Control {
    /// A string. Empty, it is left out of the body.
    Text,
    /// A name. One that is an address is shown as addresses are.
    Name,
    Email,
    /// A host or a domain, which is stored in ASCII and shown in the script of its people.
    Host,
    Url,
    Tel,
    /// `2026-12-24T18:00`.
    DateTime,
    /// An integer.
    Number {
        min: i64,
        max: i64,
        unit: Option<Key>,
    },
    /// A string that goes in and never comes out: left empty it is left out, forgotten it is `null`. `has` is the path that
    /// tells whether there is one.
    Secret {
        has: &'static str,
    },
    /// One of the choices, as a string. `none` offers `null`.
    Select {
        groups: Vec<Group>,
        none: Option<Key>,
    },
    /// One of a few, each with its explanation.
    Radio {
        choices: Vec<Choice>,
    },
    /// One of the choices as an object with one member: `queue:ID` is `{"queue": ID}`.
    Tagged {
        groups: Vec<Group>,
        none: Key,
    },
    /// Some of the choices, as a list of strings.
    MultiSelect {
        choices: Vec<Choice>,
        filter: Key,
    },
    /// `true` or `false`.
    Checkbox,
    /// `false` where it is off. On, as it is where nothing is said, it is left out of the body.
    Switch,
    /// `#rrggbb`, or `null` for the usual one.
    Color {
        usual: &'static str,
        own: Key,
    },
    /// A string of several lines.
    Textarea {
        rows: u8,
    },
    /// A text in each language: `{"fr": …, "en": …}`, where an empty one is absent. One row is a single line.
    Localized {
        rows: u8,
    },
    /// A list, of objects, or of strings when its one field has an empty path.
    Repeated {
        fields: Vec<Field>,
        add: Key,
        /// What one row is called; it gets the row's number.
        row: Key,
        none: Key,
        rows_max: usize,
        ordered: bool,
    },
    /// What a row leads to: exactly one of the variants' members is there.
    OneOf {
        variants: Vec<Variant>,
    },
    /// Windows of each weekday: `[{"day", "from", "to"}]`.
    Week,
    /// An object of strings, one `Name: value` in each line.
    Pairs {
        rows: u8,
    },
    /// Something that only the server sets, shown where it is known.
    ReadOnly,
    /// Something that the page itself carries along.
    Hidden,
}

/// One of the members of which a [`Control::OneOf`] has exactly one.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The member's name.
    pub key: &'static str,
    pub label: Key,
    pub fields: Vec<Field>,
}

/// Choices below one heading.
#[derive(Clone, Debug)]
pub struct Group {
    pub label: Option<Key>,
    pub choices: Vec<Choice>,
}

impl Group {
    /// Choices without a heading.
    #[must_use]
    pub fn plain(choices: Vec<Choice>) -> Vec<Self> {
        vec![Self {
            label: None,
            choices,
        }]
    }
}

/// Something that can be chosen.
#[derive(Clone, Debug)]
pub struct Choice {
    pub value: String,
    pub label: Words,
    pub detail: Option<Words>,
}

/// What people read: a text of ours, or what somebody called a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    Ours(Key),
    Theirs(String),
}

impl Choice {
    /// A choice of ours.
    #[must_use]
    pub fn ours(value: &str, label: Key) -> Self {
        Self {
            value: value.to_owned(),
            label: Words::Ours(label),
            detail: None,
        }
    }

    /// A thing that somebody named.
    #[must_use]
    pub fn theirs(value: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: Words::Theirs(name.into()),
            detail: None,
        }
    }

    #[must_use]
    pub fn detail(mut self, detail: Words) -> Self {
        self.detail = Some(detail);
        self
    }
}

/// The days of the week, as the API names them.
pub const WEEKDAYS: [(&str, Key); 7] = [
    ("monday", "console-monday"),
    ("tuesday", "console-tuesday"),
    ("wednesday", "console-wednesday"),
    ("thursday", "console-thursday"),
    ("friday", "console-friday"),
    ("saturday", "console-saturday"),
    ("sunday", "console-sunday"),
];
