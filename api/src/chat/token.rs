//! What a visitor's browser carries: the proof of the site that holds the chat, and the visitor's own identity.
//!
//! Both are opaque to the browser and signed by us. What must stay true: a token is good for one channel only and for one
//! purpose only, and nothing in it is believed before its signature.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ecluse_engine::ids::{Address, ChannelId};
use ecluse_engine::message::Timestamp;
use ring::hmac;

/// How long the proof of a site is good: enough to open the chat, too short to be worth stealing.
pub const SITE_TOKEN_AGE: Duration = Duration::from_secs(300);

/// How long a visitor who does not come back is known. Each connection begins the time anew.
pub const VISITOR_TOKEN_AGE: Duration = Duration::from_secs(180 * 86_400);

const LABEL: &[u8] = b"ecluse/chat/v1";
const TAG_BYTES: usize = 32;
/// Longer than any token of ours: the longest origin is a scheme, a name of 253 bytes and a port.
const TOKEN_LENGTH_MAX: usize = 512;

/// Signs and checks tokens.
pub struct Signer(hmac::Key);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

/// What a token is for; it is part of what is signed.
#[derive(Clone, Copy)]
enum Purpose {
    Site = 1,
    Visitor = 2,
}

/// A visitor, as we drew the name: 128 random bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VisitorId([u8; 16]);

impl VisitorId {
    /// A visitor whom nobody has seen before.
    #[must_use]
    pub fn draw() -> Self {
        Self(rand::random())
    }

    /// The address under which the visitor's conversation is kept.
    #[must_use]
    pub fn address(self) -> Address {
        Address(URL_SAFE_NO_PAD.encode(self.0).into())
    }
}

impl fmt::Debug for VisitorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VisitorId({})", self.address())
    }
}

impl Signer {
    /// The signer of an installation. Another `secret` makes every token out there worthless.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        Self(hmac::Key::new(
            hmac::HMAC_SHA256,
            hmac::sign(&root, LABEL).as_ref(),
        ))
    }

    /// The proof that a page of `origin` may open the channel's chat, until [`SITE_TOKEN_AGE`] is over.
    #[must_use]
    pub fn site(&self, channel: ChannelId, origin: &str, now: Timestamp) -> String {
        let mut payload = seconds(now.plus(SITE_TOKEN_AGE)).to_vec();
        payload.extend_from_slice(origin.as_bytes());
        self.sign(Purpose::Site, channel, payload)
    }

    /// The origin that a proof names, if it is ours, for this channel and not too old.
    #[must_use]
    pub fn check_site(&self, channel: ChannelId, token: &str, now: Timestamp) -> Option<String> {
        let payload = self.open(Purpose::Site, channel, token)?;
        let (expires, origin) = payload.split_first_chunk()?;
        if now >= timestamp(*expires) {
            return None;
        }
        String::from_utf8(origin.to_vec()).ok()
    }

    /// The visitor's identity. Each one is another text, even for the same visitor at the same time.
    #[must_use]
    pub fn visitor(&self, channel: ChannelId, visitor: VisitorId, now: Timestamp) -> String {
        let mut payload = seconds(now).to_vec();
        payload.extend_from_slice(&rand::random::<[u8; 8]>());
        payload.extend_from_slice(&visitor.0);
        self.sign(Purpose::Visitor, channel, payload)
    }

    /// The visitor whom a token names, if it is ours, for this channel and not too old.
    #[must_use]
    pub fn check_visitor(
        &self,
        channel: ChannelId,
        token: &str,
        now: Timestamp,
    ) -> Option<VisitorId> {
        let payload = self.open(Purpose::Visitor, channel, token)?;
        let (issued, rest) = payload.split_first_chunk()?;
        if now.since(timestamp(*issued)) > VISITOR_TOKEN_AGE {
            return None;
        }
        let (_nonce, visitor) = rest.split_first_chunk::<8>()?;
        visitor.try_into().ok().map(VisitorId)
    }

    fn sign(&self, purpose: Purpose, channel: ChannelId, payload: Vec<u8>) -> String {
        let tag = hmac::sign(&self.0, &signed(purpose, channel, &payload));
        let mut token = payload;
        token.extend_from_slice(tag.as_ref());
        URL_SAFE_NO_PAD.encode(token)
    }

    fn open(&self, purpose: Purpose, channel: ChannelId, token: &str) -> Option<Vec<u8>> {
        if token.len() > TOKEN_LENGTH_MAX {
            return None;
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let tag = bytes.split_off(bytes.len().checked_sub(TAG_BYTES)?);
        hmac::verify(&self.0, &signed(purpose, channel, &bytes), &tag).ok()?;
        Some(bytes)
    }
}

/// Both parts before the payload have one length, so no two tokens have the same signed bytes.
fn signed(purpose: Purpose, channel: ChannelId, payload: &[u8]) -> Vec<u8> {
    [&[purpose as u8][..], channel.as_bytes(), payload].concat()
}

fn seconds(at: Timestamp) -> [u8; 8] {
    (at.0 / 1_000_000).to_be_bytes()
}

fn timestamp(seconds: [u8; 8]) -> Timestamp {
    Timestamp::from_secs(i64::from_be_bytes(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const CHANNEL: ChannelId = ChannelId(Uuid::from_u128(1));
    const OTHER: ChannelId = ChannelId(Uuid::from_u128(2));
    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
    const SITE: &str = "https://shop.example";

    fn signer() -> Signer {
        Signer::new(&[7; 16])
    }

    #[test]
    fn a_site_token_is_good_for_its_channel_and_its_time() {
        let token = signer().site(CHANNEL, SITE, NOW);
        let almost = SITE_TOKEN_AGE - Duration::from_secs(1);
        let rows = [
            (CHANNEL, NOW, true),
            (CHANNEL, NOW.plus(almost), true),
            (CHANNEL, NOW.plus(SITE_TOKEN_AGE), false),
            (OTHER, NOW, false),
        ];
        for (channel, at, good) in rows {
            let origin = signer().check_site(channel, &token, at);
            assert_eq!(origin, good.then(|| SITE.to_owned()), "{channel} {at:?}");
        }
    }

    #[test]
    fn a_visitor_token_is_good_for_its_channel_and_its_time() {
        let visitor = VisitorId::draw();
        let token = signer().visitor(CHANNEL, visitor, NOW);
        let late = NOW.plus(VISITOR_TOKEN_AGE + Duration::from_secs(1));
        let rows = [
            (CHANNEL, NOW, true),
            (CHANNEL, late, false),
            (OTHER, NOW, false),
        ];
        for (channel, at, good) in rows {
            let found = signer().check_visitor(channel, &token, at);
            assert_eq!(found, good.then_some(visitor), "{channel} {at:?}");
        }
        assert_ne!(
            token,
            signer().visitor(CHANNEL, visitor, NOW),
            "each welcome has another token"
        );
    }

    #[test]
    fn nothing_that_we_did_not_sign_is_believed() {
        let signer = signer();
        let visitor = signer.visitor(CHANNEL, VisitorId::draw(), NOW);
        let site = signer.site(CHANNEL, SITE, NOW);
        assert_eq!(
            signer.check_visitor(CHANNEL, &site, NOW),
            None,
            "a site is no visitor"
        );
        assert_eq!(
            signer.check_site(CHANNEL, &visitor, NOW),
            None,
            "a visitor is no site"
        );
        assert_eq!(
            Signer::new(&[8; 16]).check_visitor(CHANNEL, &visitor, NOW),
            None
        );
        let bytes = URL_SAFE_NO_PAD.decode(&visitor).unwrap();
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            let forged = URL_SAFE_NO_PAD.encode(forged);
            assert_eq!(
                signer.check_visitor(CHANNEL, &forged, NOW),
                None,
                "byte {at}"
            );
        }
        for length in 0..visitor.len() {
            assert_eq!(signer.check_visitor(CHANNEL, &visitor[..length], NOW), None);
        }
        for text in ["", "é", "!!!!", &"A".repeat(100_000)] {
            assert_eq!(signer.check_visitor(CHANNEL, text, NOW), None);
        }
    }

    #[test]
    fn a_visitors_address_is_short_and_fits_in_place() {
        let address = VisitorId::draw().address();
        assert_eq!(address.0.len(), 22);
        assert!(!address.0.is_heap_allocated());
    }
}
