//! `ecluse serve`: a node, until it is told to stop.

use secrecy::ExposeSecret as _;
use tokio::signal::unix::{SignalKind, signal};

use super::open_files;
use super::stop::{self, Serving};
use crate::app::App;
use crate::auth::first_start;
use crate::config::{CommandLine, Settings};
use crate::{server, telemetry};

/// Runs a node until SIGTERM or SIGINT, then drains.
///
/// # Errors
/// It cannot start.
pub fn run(command_line: &CommandLine) -> anyhow::Result<()> {
    let settings = Settings::read(command_line)?;
    open_files::take_all_allowed();
    let metrics = telemetry::install_metrics()?;
    stop::run(async move {
        let mut asked = std::pin::pin!(asked_to_stop()?);
        tokio::spawn(telemetry::upkeep(metrics.clone()));
        let app = tokio::select! {
            app = App::start(&settings) => app?,
            () = &mut asked => return Ok(()),
        };
        welcome(&app, &settings).await?;
        let bound = server::bind(&app, &settings, Some(metrics))?;
        tracing::info!(address = %bound.address, "ready");
        super::say(&format!("listening {}", bound.address));
        let serving = Serving::start(bound.server);
        asked.await;
        stop::stop(&app, vec![serving]).await
    })
}

/// Makes the first administrator, and shows once what was made up.
async fn welcome(app: &App, settings: &Settings) -> anyhow::Result<()> {
    let made = first_start(
        &app.config,
        settings.admin_password.clone(),
        settings.admin_api_key.clone(),
    )
    .await;
    let Some(made) = made.map_err(|error| anyhow::anyhow!(error.problem().detail))? else {
        return Ok(());
    };
    if let Some(password) = made.password {
        super::say(&format!(
            "first administrator: admin / {} (shown once)",
            password.expose_secret()
        ));
    }
    if let Some(key) = made.api_key {
        super::say(&format!(
            "first API key: {} (shown once)",
            key.expose_secret()
        ));
    }
    Ok(())
}

/// Catches SIGTERM and SIGINT from now on; resolves when the first has come.
///
/// # Errors
/// The signals cannot be caught.
pub fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
