//! What the licence and this installation have of what a channel needs; pure.

use ecluse_adapters::cmp::NotAvailable;
use serde_json::Value;

/// What there is for the channels of one company.
#[derive(Clone, Debug)]
pub struct Installation {
    licence: Value,
    unavailable: Option<NotAvailable>,
}

impl Installation {
    #[must_use]
    pub fn new(licence: Value, unavailable: Option<NotAvailable>) -> Self {
        Self {
            licence,
            unavailable,
        }
    }

    /// Whether the licence has seats of an edition, as its member names them. No limit is any number.
    #[must_use]
    pub fn has_seats(&self, edition: &str) -> bool {
        let seats = self.licence.get(edition).and_then(Value::as_u64);
        seats.is_none_or(|seats| seats > 0)
    }

    /// The seats of agents, and the people who may take them; `None` where there is no limit.
    #[must_use]
    pub fn agent_seats(&self) -> Option<(u64, u64)> {
        let seats = self.licence.get("agent_seats")?.as_u64()?;
        let people = self.licence.get("used").and_then(|used| used.get("agents"));
        Some((seats, people.and_then(Value::as_u64).unwrap_or(0)))
    }

    /// Whether the licence has a module.
    #[must_use]
    pub fn has_module(&self, module: &str) -> bool {
        has_module(&self.licence, module)
    }

    /// The setting that keeps the company from being connected; `None` where nothing is in the way.
    #[must_use]
    pub fn in_the_way(&self) -> Option<&'static str> {
        self.unavailable.as_ref().map(NotAvailable::setting)
    }
}

/// Whether a licence, as it is shown, has a module. Without a list it has every one.
#[must_use]
pub fn has_module(licence: &Value, module: &str) -> bool {
    let listed = licence.get("modules").and_then(Value::as_array);
    listed.is_none_or(|modules| modules.iter().any(|one| one == module))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_limit_is_enough_and_no_seat_is_none() {
        let rows = [
            (json!({"agent_seats": null, "modules": null}), true, true),
            (
                json!({"agent_seats": 1, "modules": ["omnichannel"]}),
                true,
                true,
            ),
            (
                json!({"agent_seats": 0, "modules": ["customer_survey"]}),
                false,
                false,
            ),
        ];
        for (licence, seats, module) in rows {
            let installation = Installation::new(licence, None);
            assert_eq!(installation.has_seats("agent_seats"), seats);
            assert_eq!(installation.has_module("omnichannel"), module);
            assert_eq!(installation.in_the_way(), None);
        }
    }

    #[test]
    fn seats_are_told_with_the_people_who_may_take_them() {
        let used = json!({"agents": 30, "agents_at_work": 4});
        let rows = [
            (json!({"agent_seats": null, "used": used}), None),
            (json!({"agent_seats": 20, "used": used}), Some((20, 30))),
        ];
        for (licence, expected) in rows {
            assert_eq!(Installation::new(licence, None).agent_seats(), expected);
        }
    }
}
