//! The sample shop: a site of its own, on its own port, with the chat on it by one line.
//!
//! What must stay true: to a browser it is another site than the console, as a customer's site is. So it is reached as
//! `localhost`, and the console as `127.0.0.1`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener};

use actix_web::dev::Server;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use ecluse_engine::ids::ChannelId;

use crate::console::pages;

/// Opens the shop's port beside the console's: the next one, or any that is free.
///
/// # Errors
/// No port is free.
pub(super) fn open(console: SocketAddr, chosen: bool) -> std::io::Result<TcpListener> {
    let next = console.port().checked_add(1).filter(|_| chosen);
    let beside = next.map(|port| TcpListener::bind((console.ip(), port)));
    match beside {
        Some(Ok(listener)) => Ok(listener),
        Some(Err(_)) | None => TcpListener::bind((console.ip(), 0)),
    }
}

/// Prepares the shop's server.
///
/// # Errors
/// The port cannot be used.
pub(super) fn serve(door: TcpListener, console: &str, chat: ChannelId) -> std::io::Result<Server> {
    let site = Data::new(Site {
        console: console.to_owned(),
        chat,
    });
    let address = door.local_addr()?;
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(site.clone())
            .route("/", web::get().to(page))
            .default_service(web::get().to(elsewhere))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(0)
    .listen(door)?;
    if let Some(door) = also_on_ipv6(address) {
        server = server.listen(door)?;
    }
    Ok(server.run())
}

/// A browser may look for `localhost` at `::1` first.
fn also_on_ipv6(address: SocketAddr) -> Option<TcpListener> {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => {
            TcpListener::bind((Ipv6Addr::LOCALHOST, address.port())).ok()
        }
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

/// What the shop knows of the node.
#[derive(Debug)]
struct Site {
    console: String,
    chat: ChannelId,
}

async fn page(site: Data<Site>) -> HttpResponse {
    pages::shop(&site.console, &site.chat.to_string())
}

/// The shop's links to the desk and to the ledger lead to the console.
async fn elsewhere(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    match request.path() {
        path @ ("/desk" | "/demo") => HttpResponse::Found()
            .insert_header((LOCATION, format!("{}{path}", site.console)))
            .finish(),
        _ => HttpResponse::NotFound().finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_moves_the_shop_to_another() {
        let console = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = console.local_addr().unwrap();
        let first = open(address, true).unwrap();
        let second = open(address, true).unwrap();
        assert_ne!(first.local_addr().unwrap(), second.local_addr().unwrap());
    }
}
