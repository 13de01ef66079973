//! The pages: templates, their texts, and the scripts and styles that they use.
//!
//! What must stay true: no page carries an inline script or style, every text comes from the catalogue of its language, and a
//! handler here decides nothing but how a thing looks. Who may see it has been decided before it is called.

pub mod address;
pub mod admin;
pub mod assets;
pub mod backend;
pub mod catalogue;
pub mod configured;
pub mod form;
pub mod headers;
pub mod kinds;
pub mod language;
pub mod listings;
pub mod pages;
pub mod routes;
pub mod sign_in;

#[cfg(test)]
mod tests;
