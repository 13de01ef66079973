#[cfg(test)]
mod chatbots;
#[cfg(test)]
mod config_db;
#[cfg(test)]
mod durability;
#[cfg(test)]
#[cfg(feature = "sim")]
mod hook;
#[cfg(test)]
mod node;
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
