//! Replies of an SMTP server (RFC 5321, section 4.2): three digits, and lines of text.

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

use crate::email::fault::{Fault, MailError};
use crate::email::words::quoted;

/// RFC 5321 allows 512 octets; what is sent in the middle of a sign-in may be longer.
const LINE_BYTES_MAX: u64 = 8 * 1024;
const LINES_MAX: usize = 128;

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

impl Reply {
    pub(super) const fn is_positive(&self) -> bool {
        self.code >= 200 && self.code < 300
    }

    /// The code and the text on one line, as the server's own words.
    pub(super) fn words(&self) -> String {
        quoted(&format!("{} {}", self.code, self.lines.join(" ")))
    }

    /// Reads one reply.
    ///
    /// # Errors
    /// [`Fault::ConnectionLost`], or [`Fault::NotSmtp`] for something that is no reply.
    pub(super) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Self, MailError> {
        let mut lines = Vec::new();
        while lines.len() < LINES_MAX {
            let line = read_line(stream).await?;
            let Some((code, is_last, text)) = parse(&line) else {
                return Err(MailError::new(Fault::NotSmtp, quoted(&line)));
            };
            lines.push(text.to_owned());
            if is_last {
                return Ok(Self { code, lines });
            }
        }
        Err(MailError::new(Fault::NotSmtp, "a reply without an end"))
    }
}

async fn read_line(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<String, MailError> {
    let mut line = Vec::new();
    let mut limited = stream.take(LINE_BYTES_MAX);
    let read = limited.read_until(b'\n', &mut line).await;
    read.map_err(|error| MailError::new(Fault::ConnectionLost, quoted(&error.to_string())))?;
    if line.is_empty() {
        return Err(MailError::new(
            Fault::ConnectionLost,
            "closed by the server",
        ));
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// The code, whether the line is the last one, and its text.
fn parse(line: &str) -> Option<(u16, bool, &str)> {
    let code = line.get(..3)?;
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let code: u16 = code.parse().ok().filter(|code| (200..600).contains(code))?;
    match line.get(3..)? {
        "" => Some((code, true, "")),
        rest => match rest.split_at_checked(1)? {
            (" ", text) => Some((code, true, text)),
            ("-", text) => Some((code, false, text)),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &str) -> Result<Reply, Fault> {
        Reply::read(&mut text.as_bytes())
            .await
            .map_err(|error| error.fault)
    }

    #[tokio::test]
    async fn a_reply_has_one_code_and_any_number_of_lines() {
        let reply = read("250-mail.test\r\n250-SIZE 10\r\n250 OK\r\n")
            .await
            .unwrap();
        assert_eq!(reply.code, 250);
        assert_eq!(reply.lines, ["mail.test", "SIZE 10", "OK"]);
        assert_eq!(read("220\r\n").await.unwrap().words(), "220");
        for text in [
            "* OK Dovecot\r\n",
            "HTTP/1.1 400\r\n",
            "99 x\r\n",
            "2500\r\n",
            "é50 x\r\n",
        ] {
            assert_eq!(read(text).await, Err(Fault::NotSmtp), "{text}");
        }
        assert_eq!(read("250-a\r\n").await, Err(Fault::ConnectionLost));
        assert_eq!(read(&"250-a\r\n".repeat(200)).await, Err(Fault::NotSmtp));
    }
}
