//! Every kind of thing that the console lists, each with its columns and its form.

pub mod agents;
pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod bans;
pub mod channels;
pub mod chatbots;
pub mod dead_letters;
pub mod forms;
pub mod hours;
pub mod queues;
pub mod settings;
pub mod sms_trunks;
pub mod tenants;

use super::admin::Resource;

const ALL: [&dyn Resource; 12] = [
    &channels::Channels,
    &queues::Queues,
    &chatbots::Chatbots,
    &forms::Forms,
    &sms_trunks::SmsTrunks,
    &agents::Agents,
    &api_keys::ApiKeys,
    &alerts::Alerts,
    &bans::Bans,
    &dead_letters::DeadLetters,
    &audit::Audit,
    &tenants::Tenants,
];

/// The kind of thing at an address.
#[must_use]
pub fn find(slug: &str) -> Option<&'static dyn Resource> {
    ALL.into_iter().find(|resource| resource.slug() == slug)
}
