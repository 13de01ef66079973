//! Connecting channels at the companies, against the stand-ins, over real HTTP.

mod cloud;
mod dialog360;
mod facebook;
mod visitor;
