//! What every page tells the browser to refuse: scripts and styles that are not ours, and frames that we did not allow.

use actix_web::HttpResponseBuilder;
use actix_web::http::header;

/// Who may show a page in a frame.
#[derive(Debug, Clone, Copy)]
pub enum Frames<'a> {
    /// Nobody: every page but the chat.
    Nobody,
    /// Nobody either, and the page itself holds frames of ours.
    Own,
    /// The sites of a channel, as `frame-ancestors` sources (`https://shop.example`, `https://*.example.org`).
    Sites(&'a [String]),
}

/// Puts the policy of a page on its answer. A page holds what its reader may see, so nothing on the way may keep it.
pub fn secure(answer: &mut HttpResponseBuilder, frames: Frames<'_>) {
    answer
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(frames)))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "strict-origin-when-cross-origin"))
        .insert_header((
            header::PERMISSIONS_POLICY,
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    if matches!(frames, Frames::Nobody | Frames::Own) {
        answer
            .insert_header((header::X_FRAME_OPTIONS, "DENY"))
            .insert_header((header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"));
    }
}

/// Content-Security-Policy (W3C CSP 3). `data:` is only for the number drawn on the icon of the page.
fn policy(frames: Frames<'_>) -> String {
    let ancestors = match frames {
        Frames::Nobody | Frames::Own => "'none'".to_owned(),
        Frames::Sites(sites) => sites
            .iter()
            .filter(|site| is_source(site))
            .fold("'self'".to_owned(), |all, site| all + " " + site),
    };
    let holds = if matches!(frames, Frames::Own) {
        "frame-src 'self'; "
    } else {
        ""
    };
    format!(
        "default-src 'none'; {holds}script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )
}

/// Whether a site can stand in the header without ending its directive.
fn is_source(site: &str) -> bool {
    !site.is_empty()
        && site
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-._~:/*[]".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::{Frames, policy};

    #[test]
    fn only_the_sites_of_a_channel_may_hold_its_chat() {
        assert!(policy(Frames::Nobody).ends_with("frame-ancestors 'none'"));
        let sites = [
            "https://shop.example",
            "http://127.0.0.1:8080",
            "https://*.example.org",
        ]
        .map(str::to_owned);
        assert!(policy(Frames::Sites(&sites)).ends_with("frame-ancestors 'self' https://shop.example http://127.0.0.1:8080 https://*.example.org"));
    }

    #[test]
    fn a_sites_name_cannot_add_a_directive() {
        let sites = [
            "https://a.example; script-src *",
            "",
            "https://b.example https://c.example",
        ]
        .map(str::to_owned);
        assert!(policy(Frames::Sites(&sites)).ends_with("frame-ancestors 'self'"));
    }

    #[test]
    fn no_policy_allows_what_is_written_in_the_page_itself() {
        for frames in [Frames::Nobody, Frames::Own, Frames::Sites(&[])] {
            assert!(!policy(frames).contains("unsafe"));
        }
    }

    #[test]
    fn only_a_page_with_a_preview_holds_frames() {
        assert!(policy(Frames::Own).contains("frame-src 'self'"));
        assert!(policy(Frames::Own).ends_with("frame-ancestors 'none'"));
        assert!(!policy(Frames::Nobody).contains("frame-src"));
    }
}
