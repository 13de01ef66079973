//! `kill -9` under load, again and again, and a count of what is there afterwards.
