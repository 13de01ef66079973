#[cfg(test)]
mod addresses;
#[cfg(test)]
mod agents_csv;
#[cfg(test)]
mod at_work;
#[cfg(test)]
mod bans;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod chat_site;
#[cfg(test)]
mod chat_world;
#[cfg(test)]
mod config;
#[cfg(test)]
mod console;
#[cfg(test)]
mod contact_data;
#[cfg(test)]
mod contract;
#[cfg(test)]
#[cfg(feature = "sim")]
mod demo;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod desk_signs;
#[cfg(test)]
mod desk_world;
#[cfg(test)]
mod durability;
#[cfg(test)]
#[cfg(feature = "sim")]
mod file_companies;
#[cfg(test)]
mod file_handovers;
#[cfg(test)]
mod file_program;
#[cfg(test)]
mod files;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod islands;
#[cfg(test)]
mod licence;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod node;
#[cfg(test)]
mod once;
#[cfg(test)]
#[cfg(feature = "sim")]
mod partner_events;
#[cfg(test)]
mod patches;
#[cfg(test)]
#[cfg(feature = "peers")]
mod power_cut;
#[cfg(test)]
mod records;
#[cfg(test)]
mod references;
#[cfg(test)]
mod refused_fields;
#[cfg(test)]
#[cfg(feature = "sim")]
mod renewal;
#[cfg(test)]
mod rest_desk;
#[cfg(test)]
mod rest_letters;
#[cfg(test)]
#[cfg(feature = "sim")]
mod safe_saves;
#[cfg(test)]
mod session;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod sign_in_forms;
#[cfg(test)]
#[cfg(feature = "sim")]
mod sign_on;
#[cfg(test)]
#[cfg(feature = "sim")]
mod sign_on_tenants;
#[cfg(test)]
mod strace;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod tenants_rest;
#[cfg(test)]
mod trials;
#[cfg(test)]
mod unreachable;
#[cfg(test)]
#[cfg(feature = "sim")]
#[path = "../../../adapters/tests/it/cmp/visitor.rs"]
mod visitor;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod window;
#[cfg(test)]
mod world;
#[cfg(test)]
mod writers;
