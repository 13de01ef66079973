//! What SASL mechanisms send, before its base64.

use secrecy::{ExposeSecret as _, SecretString};

use super::fault::{Fault, MailError};

/// RFC 4616: no authorisation identity, the name, the password.
pub(super) fn plain(user: &str, password: &SecretString) -> Result<SecretString, MailError> {
    let password = password.expose_secret();
    without(&['\0'], &[user, password])?;
    Ok(format!("\0{user}\0{password}").into())
}

/// Google's and Microsoft's mechanism (developers.google.com/workspace/gmail/imap/xoauth2-protocol).
pub(super) fn xoauth2(user: &str, token: &SecretString) -> Result<SecretString, MailError> {
    let token = token.expose_secret();
    without(&['\0', '\u{1}', '\r', '\n'], &[user, token])?;
    Ok(format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}").into())
}

/// The mechanisms' separators cannot be part of a name or secret.
fn without(separators: &[char], parts: &[&str]) -> Result<(), MailError> {
    if parts.iter().any(|part| part.contains(separators)) {
        let detail = "a control character in the name or password";
        return Err(MailError::new(Fault::SignInNotOffered, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_be_smuggled_into_a_sign_in() {
        assert_eq!(plain("a", &"b".into()).unwrap().expose_secret(), "\0a\0b");
        assert_eq!(
            xoauth2("a@b.example", &"t".into()).unwrap().expose_secret(),
            "user=a@b.example\u{1}auth=Bearer t\u{1}\u{1}"
        );
        assert!(plain("a\0b", &"c".into()).is_err());
        assert!(xoauth2("a\u{1}auth=Bearer x", &"t".into()).is_err());
        assert!(xoauth2("a", &"t\r\n".into()).is_err());
    }
}
