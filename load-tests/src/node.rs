//! A node in a child process: the real server, which says its address first.

use ecluse_api::app::App;
use ecluse_api::commands::serve::asked_to_stop;
use ecluse_api::commands::stop::{self, Serving};
use ecluse_api::config::Settings;
use ecluse_api::{server, telemetry};

/// Runs the node until SIGTERM or SIGKILL.
///
/// # Errors
/// It cannot start.
pub fn run(settings: &Settings) -> anyhow::Result<()> {
    telemetry::install_logs(Some("warn"));
    let metrics = telemetry::install_metrics()?;
    stop::run(async move {
        let asked = asked_to_stop()?;
        tokio::spawn(telemetry::upkeep(metrics.clone()));
        let app = App::start(settings).await?;
        let bound = server::bind(&app, settings, Some(metrics))?;
        crate::report::say(&format!("listening {}", bound.address));
        let serving = Serving::start(bound.server);
        asked.await;
        stop::stop(&app, vec![serving]).await
    })
}
