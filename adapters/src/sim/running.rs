//! The thread that a stand-in serves on, from its start to the drop of its handle.
//!
//! What must stay true: whoever drops the handle waits until the thread has ended, and with it what it did beside serving.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer, rt};
use tokio::sync::oneshot;

/// What is done beside serving; it ends with the serving.
pub(super) type Tasks = Vec<rt::task::JoinHandle<()>>;

/// A port on 127.0.0.1 that nobody serves yet.
#[derive(Debug)]
pub(super) struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

/// A thread that serves; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Running {
    name: &'static str,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Port {
    /// Opens a port; 0 for any that is free.
    pub(super) fn open(number: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", number))?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    pub(super) fn url(&self) -> String {
        url(self.address)
    }

    /// Serves `routes` on a thread of that name, on which `beside` starts what else is to be done.
    pub(super) fn serve<R, B>(self, name: &'static str, routes: R, beside: B) -> io::Result<Running>
    where
        R: Fn(&mut ServiceConfig) + Clone + Send + 'static,
        B: FnOnce() -> Tasks + Send + 'static,
    {
        let Self { listener, address } = self;
        let (stop, stopped) = oneshot::channel();
        let run = move || {
            let served = rt::System::new().block_on(serve(listener, routes, beside, stopped));
            if let Err(error) = served {
                tracing::error!(%error, stand_in = name, "a stand-in ended");
            }
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)?;
        Ok(Running {
            name,
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Running {
    pub(super) fn url(&self) -> String {
        url(self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(stand_in = self.name, "a stand-in panicked");
        }
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Serves until `stopped`.
async fn serve(
    listener: TcpListener,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    beside: impl FnOnce() -> Tasks,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let server = HttpServer::new(move || App::new().configure(routes.clone()))
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .listen(listener)?
        .run();
    let handle = server.handle();
    let server = rt::spawn(server);
    let tasks = beside();
    // An error is a handle that is gone, which means the same.
    drop(stopped.await);
    for task in tasks {
        task.abort();
    }
    handle.stop(false).await;
    drop(server.await);
    Ok(())
}
