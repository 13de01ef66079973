//! E-mail: connections to mailboxes and to mail servers, and the system's own mail.
//!
//! What must stay true: a password or token goes over TLS, or to this machine; it is in no error and in no log. What
//! [`verify`] reports was done for real, with the code that reads the mailbox later.
//!
//! An administrator may name any host, those of the own network included, because that is where many mail servers are.
//! So whoever may configure a channel can find out which ports inside the network answer, and reads the first words of
//! what listens there; this is the reason why configuring is for administrators only.

pub mod fault;
pub mod imap;
pub mod network;
pub mod postman;
pub mod settings;
pub mod smtp;
pub mod system_mail;
pub mod verify;

mod address;
mod refusal;
mod sasl;
mod words;

pub(crate) use address::MailAddress;
pub(crate) use words::quoted;
