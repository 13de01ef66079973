//! How many files the process may hold open: every connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Takes as many as the system allows. What a process begins with is kept low for the sake of `select(2)` (setrlimit(2),
/// `RLIMIT_NOFILE`), which nothing here calls.
pub(super) fn take_all_allowed() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    match setrlimit(Resource::Nofile, all) {
        Ok(()) => tracing::debug!(?maximum, "open files"),
        Err(error) => tracing::warn!(?current, %error, "the limit of open files stays"),
    }
}
