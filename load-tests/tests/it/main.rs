#[cfg(test)]
mod chaos;
#[cfg(test)]
mod pressure;
