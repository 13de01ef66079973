//! The end of a node: within its limit, however slow the disk is and however long a connection stays.
//!
//! What must stay true: nobody is told yes here who would not be told so at any other time. Who still waits when the limit
//! is over is cut off, and sends again to the next process.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::Duration;

use actix_rt::System;
use actix_web::dev::{Server, ServerHandle};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::app::App;

/// What closing the files and the connections may take beyond the limit of the drain.
const MARGIN: Duration = Duration::from_secs(2);

/// A server that runs.
#[derive(Debug)]
pub struct Serving {
    handle: ServerHandle,
    task: JoinHandle<std::io::Result<()>>,
}

impl Serving {
    /// Runs the server.
    #[must_use]
    pub fn start(server: Server) -> Self {
        Self {
            handle: server.handle(),
            task: tokio::spawn(server),
        }
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.handle.stop(true).await;
        Ok(self.task.await??)
    }
}

/// Runs a command to its end, and waits for nothing beside it: a thread that hangs at a disk or a name server would keep
/// the process for as long.
pub fn run<T>(command: impl Future<Output = T>) -> T {
    ManuallyDrop::new(System::new()).block_on(command)
}

/// Lets nothing more in, waits for what was accepted and closes everything; after the limit the rest is left as it is.
///
/// # Errors
/// A server failed while it ran.
pub async fn stop(app: &Arc<App>, servers: Vec<Serving>) -> anyhow::Result<()> {
    tracing::info!("stopping: nothing more is let in");
    let everything = async {
        app.stop().await;
        for server in servers {
            server.stop().await?;
        }
        Ok(())
    };
    timeout(app.drain + MARGIN, everything)
        .await
        .unwrap_or_else(|_elapsed| {
            tracing::warn!("the stop took too long: what is open is cut off");
            Ok(())
        })
}
