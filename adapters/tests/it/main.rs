#[cfg(test)]
#[cfg(feature = "peers")]
mod alerts;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod chatbots;
#[cfg(test)]
#[cfg(feature = "sim")]
mod cmp;
#[cfg(test)]
mod config_db;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod erasure;
#[cfg(test)]
#[cfg(feature = "sim")]
mod hook;
#[cfg(test)]
mod mail_connections;
#[cfg(test)]
mod mail_log;
#[cfg(test)]
#[cfg(feature = "peers")]
mod mail_peers;
#[cfg(test)]
mod mail_scripts;
#[cfg(test)]
mod mail_tls;
#[cfg(test)]
#[cfg(feature = "peers")]
mod mail_verify;
#[cfg(test)]
mod node;
#[cfg(test)]
#[cfg(feature = "sim")]
mod oauth;
#[cfg(test)]
#[cfg(feature = "sim")]
mod oauth_keeper;
#[cfg(test)]
mod offers;
#[cfg(test)]
mod older_store;
#[cfg(test)]
mod reload;
#[cfg(test)]
#[cfg(feature = "sim")]
mod sim;
#[cfg(test)]
#[cfg(feature = "sim")]
mod sms_trunks;
#[cfg(test)]
#[cfg(feature = "peers")]
mod system_mail;
#[cfg(test)]
mod unreachable;
#[cfg(test)]
mod whatsapp;
#[cfg(test)]
mod whatsapp_errors;
#[cfg(test)]
#[cfg(feature = "sim")]
mod whatsapp_provider;
#[cfg(test)]
mod whatsapp_requests;
#[cfg(test)]
mod whatsapp_signatures;
