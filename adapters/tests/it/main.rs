#[cfg(test)]
mod config_db;
