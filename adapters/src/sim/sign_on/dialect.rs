//! In what the two companies differ.

use std::fmt::Debug;
use std::time::Duration;

use ecluse_engine::message::Timestamp;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::request::SignInRequest;

/// What a page shows.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Shown {
    pub(in crate::sim) company: &'static str,
    pub(in crate::sim) accept: &'static str,
    pub(in crate::sim) refuse: &'static str,
    /// Whether single permissions can be unticked.
    pub(in crate::sim) has_boxes: bool,
}

/// One company's addresses, rules and words.
pub(in crate::sim) trait Dialect: Debug + Send + Sync {
    fn sign_in_path(&self) -> &'static str;
    fn token_path(&self) -> &'static str;
    fn shown(&self) -> Shown;

    /// What a person reads about a scope; `None` if there is no such scope.
    fn permission(&self, scope: &str) -> Option<&'static str>;

    /// Whether single permissions may be left out without the whole being refused.
    fn is_optional(&self, scope: &str) -> bool;

    fn prompts(&self) -> &'static [&'static str];

    /// Whether the sign-on gets a refresh token.
    fn is_offline(&self, request: &SignInRequest) -> bool;

    /// Whether each refresh brings a new refresh token, and the old one is worth nothing then.
    fn rotates(&self) -> bool;

    /// A refresh token that is not used for so long is worth nothing.
    fn inactive_after(&self) -> Duration;

    fn code_prefix(&self) -> &'static str;

    /// The list of granted scopes, as the answer writes it.
    fn granted(&self, scopes: &[String]) -> String;

    /// What the browser brings back besides code and state.
    fn accepted_parameters(&self, scopes: &[String]) -> Vec<(&'static str, String)>;

    /// What the browser brings back when the person says no.
    fn declined(&self) -> Vec<(&'static str, String)>;

    /// What the browser brings back when only an administrator could say yes.
    fn admin_consent_needed(&self) -> Vec<(&'static str, String)>;

    /// The claims that tell who signed in.
    fn identity(&self, email: &str) -> Map<String, Value>;

    /// The company's answer to a refused request: the status and the JSON.
    fn refusal(&self, refusal: &Refusal, at: Timestamp) -> (u16, Value);
}
