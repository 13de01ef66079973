//! The visitor's side of a live chat over HTTP.
