//! Who is at the other end: the socket's address, or what our own proxies say of it.

use std::net::IpAddr;
use std::str::FromStr;

use actix_web::HttpRequest;

const FORWARDED_FOR: &str = "X-Forwarded-For";

/// An address or a network in CIDR notation, as in `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// The text is neither an address nor a network.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is neither an address nor a network such as 10.0.0.0/8")]
pub struct NotANetwork(String);

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let refused = || NotANetwork(text.to_owned());
        let (address, bits) = text
            .split_once('/')
            .map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| refused())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| refused())?;
        if bits > most {
            Err(refused())
        } else {
            Ok(Self { address, bits })
        }
    }
}

impl Network {
    /// Whether the address is in the network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// The peer of a request: the last address that none of our proxies has.
pub(super) fn of(request: &HttpRequest, trusted: &[Network]) -> Option<IpAddr> {
    let socket = request.peer_addr()?.ip();
    let headers = request.headers().get_all(FORWARDED_FOR);
    let named: Vec<&str> = headers
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    Some(behind(socket, &named, trusted))
}

fn behind(socket: IpAddr, named: &[&str], trusted: &[Network]) -> IpAddr {
    let is_ours = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut peer = socket;
    for name in named.iter().rev() {
        if !is_ours(peer) {
            break;
        }
        match name.trim().parse() {
            Ok(address) => peer = address,
            Err(_) => break,
        }
    }
    peer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_proxies_say_counts() {
        let trusted = ["10.0.0.0/8", "192.0.2.7", "fd00::/8"].map(|text| text.parse().unwrap());
        let rows: [(&str, &[&str], &str); 7] = [
            ("203.0.113.1", &["198.51.100.1"], "203.0.113.1"),
            ("10.1.2.3", &[], "10.1.2.3"),
            ("10.1.2.3", &["198.51.100.1"], "198.51.100.1"),
            (
                "10.1.2.3",
                &["6.6.6.6", " 198.51.100.1", " 192.0.2.7"],
                "198.51.100.1",
            ),
            ("10.1.2.3", &["garbage"], "10.1.2.3"),
            ("fd00::1", &["2001:db8::1"], "2001:db8::1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        ];
        for (socket, named, peer) in rows {
            let found = behind(socket.parse().unwrap(), named, &trusted);
            assert_eq!(found, peer.parse::<IpAddr>().unwrap(), "{socket} {named:?}");
        }
    }

    #[test]
    fn networks_are_checked_when_they_are_read() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0",
            "example.com",
            "::/129",
            "10.0.0.0/x",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
        let everything: Network = "0.0.0.0/0".parse().unwrap();
        assert!(everything.contains("203.0.113.1".parse().unwrap()));
    }
}
