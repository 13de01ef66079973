//! A backup that is consistent over all files, taken while everything runs.
