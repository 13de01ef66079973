//! The `ecluse` program as a library: the composition root, the HTTP server, sign-in, pages and the commands.

mod access;
pub mod alerts;
pub mod app;
pub mod auth;
pub mod bans;
pub mod chat;
pub mod commands;
pub mod config;
pub mod config_file;
pub mod connect;
pub mod console;
pub mod desk;
pub mod error;
pub mod health;
pub mod names;
pub mod openapi;
pub mod resources;
pub mod routes;
pub mod server;
pub mod telemetry;
pub mod views;
