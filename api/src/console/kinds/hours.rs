//! Operation times, as queues and the tenant's settings ask for them.

use ecluse_adapters::storage::config_db::bounds;

use crate::console::form::{Control, Field};

/// Open days and closed dates, shown while the status is `on`.
#[must_use]
pub fn fields() -> [Field; 2] {
    [
        Field::new(
            "operation_times.open_days",
            "console-open-days",
            Control::Week,
        )
        .help("console-open-days-help")
        .shown_when("operation_times.status", &["on"]),
        Field::new(
            "operation_times.closed_dates",
            "console-closed-dates",
            closed_dates(),
        )
        .help("console-closed-dates-help")
        .shown_when("operation_times.status", &["on"]),
    ]
}

fn closed_dates() -> Control {
    let text = Field::new("description", "console-description", Control::Text)
        .help("console-closed-date-help")
        .example("Noël");
    let from = Field::new("from", "console-date-from", Control::DateTime);
    let to = Field::new("to", "console-date-to", Control::DateTime);
    Control::Repeated {
        fields: vec![text, from.required().half(), to.required().half()],
        add: "console-closed-date-add",
        row: "console-closed-date",
        none: "console-closed-date-none",
        rows_max: bounds::CLOSED_DATES_MAX,
        ordered: false,
    }
}
