pub mod storage;
pub mod meta;
pub mod whatsapp;
pub mod http;
pub mod secrets;
pub mod directory;
#[cfg(feature = "sim")]
pub mod sim;
