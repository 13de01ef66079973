#[cfg(test)]
mod config;
#[cfg(test)]
mod session;
#[cfg(test)]
mod world;
