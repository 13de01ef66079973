//! Signing on to a mailbox at Google or Microsoft by OAuth 2.0, and keeping the access that was granted.
//!
//! What must stay true: a code is of use only to the browser and the server that asked for it (state, PKCE); a refresh
//! token that a provider hands out anew is stored before it or what came with it is used, because the old one may be
//! worth nothing by then; a grant that was taken back is told once, and the provider is left alone until somebody
//! signs on again. Tokens are in no error and in no log.
//!
//! The requests are few and plain (RFC 6749, RFC 7636), and what makes them work is in the two companies' own
//! departures from them, so they are made here rather than by a library.

pub mod application;
pub mod client;
pub mod error;
pub mod keeper;
pub mod servers;
pub mod sign_on;

mod answer;

pub use application::{Application, Company};
pub use client::{Grant, OAuthClient, Tokens};
pub use error::OAuthError;
pub use keeper::{TokenError, TokenKeeper, TokenStore};
pub use sign_on::{Callback, Pending};
