//! Connecting channels at the companies, against the stand-ins, over real HTTP.

mod cloud;
mod dialog360;
mod facebook;
mod visitor;

/// The query that somebody came back with.
fn query_of(led: visitor::Led) -> String {
    let back = url::Url::parse(&led.away()).unwrap();
    back.query().unwrap_or("").to_owned()
}
