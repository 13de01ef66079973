//! An HTTP trunk: whether somebody answers at its address, and with a certificate that we trust.
//!
//! What such a provider does with a request that is no message is anybody's guess, so none is made.

use url::Url;

use super::line::connect;
use super::{CheckError, Checked, TrunkChecker, base};

pub(super) async fn check(checker: &TrunkChecker, url: &str) -> Result<Checked, CheckError> {
    // Placeholders may stand in the query.
    let url: Url = base(url.split(['?', '#']).next().unwrap_or_default())?;
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(443);
    drop(connect(checker, host, port, url.scheme() == "https").await?);
    Ok(Checked::Reached)
}
