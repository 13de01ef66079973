//! What the stand-ins refuse; each company has its own words for it.

/// One reason to refuse, on the page or at the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The name of the parameter.
    MissingParameter(&'static str),
    /// A parameter that is there twice, or a body that is no form.
    Malformed,
    UnknownClient(String),
    /// Not one of the registered addresses.
    WrongRedirect(String),
    UnknownScope(String),
    UnknownResponseType(String),
    /// Something else than S256.
    UnknownChallengeMethod(String),
    UnknownPrompt(String),
    WrongSecret,
    UnknownGrantType(String),
    UnknownCode,
    ReusedCode,
    ExpiredCode,
    /// The code is another application's.
    CodeOfAnother,
    /// Not the address that the code was sent to.
    WrongTokenRedirect,
    WrongVerifier,
    MissingVerifier,
    /// There was no challenge, so there can be no verifier.
    NeedlessVerifier,
    UnknownRefreshToken,
    /// The grant was taken back.
    Revoked,
    /// Not used for as long as the company keeps it.
    Inactive,
}
