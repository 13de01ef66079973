#[cfg(test)]
mod config_db;
#[cfg(test)]
#[cfg(feature = "sim")]
mod hook;
#[cfg(test)]
#[cfg(feature = "sim")]
mod sim;
#[cfg(test)]
mod whatsapp;
#[cfg(test)]
#[cfg(feature = "sim")]
mod whatsapp_provider;
