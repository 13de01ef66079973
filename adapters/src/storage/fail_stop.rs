//! What happens when durability is no longer certain: the process ends, answering nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Hears why durability is no longer certain, and ends the process.
pub type FailStop = Arc<dyn Fn(&str) + Send + Sync>;

/// The fail-stop of a real process.
#[must_use]
pub fn end_process() -> FailStop {
    Arc::new(|reason| {
        tracing::error!(
            reason,
            "ending the process: what was not committed is not acknowledged"
        );
        std::process::exit(74);
    })
}

/// Calls the fail-stop if the thread that holds it ends in any way that was not asked for.
pub(super) struct DeathWatch {
    pub(super) thread: &'static str,
    pub(super) stopping: Arc<AtomicBool>,
    pub(super) fail_stop: FailStop,
}

impl Drop for DeathWatch {
    fn drop(&mut self) {
        if std::thread::panicking() || !self.stopping.load(Ordering::Acquire) {
            (self.fail_stop)(&format!("the {}'s thread ended by itself", self.thread));
        }
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;

    #[test]
    fn a_thread_that_was_not_asked_to_end_ends_the_process() {
        for (asked, panics, reasons) in [(true, false, 0), (true, true, 1), (false, false, 1)] {
            let heard = Arc::new(Mutex::new(Vec::new()));
            let hears = Arc::clone(&heard);
            let watch = DeathWatch {
                thread: "journal",
                stopping: Arc::new(AtomicBool::new(asked)),
                fail_stop: Arc::new(move |reason| hears.lock().push(reason.to_owned())),
            };
            let thread = std::thread::spawn(move || {
                let _watch = watch;
                assert!(!panics, "on purpose");
            });
            assert_eq!(thread.join().is_err(), panics);
            let heard = heard.lock();
            assert_eq!(heard.len(), reasons, "{heard:?}");
            assert!(heard.iter().all(|reason| reason.contains("journal")));
        }
    }
}
