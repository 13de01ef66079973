//! What there must be before an account is connected, and what of it is there.

use crate::console::admin::{Around, Installation};
use crate::console::form::{Block, Line};

/// A note of what a company's channels need: of the licence, of this installation, and `others` of the reader.
pub(super) fn prerequisites(
    around: &Around,
    connect: Option<Line>,
    others: impl IntoIterator<Item = Line>,
) -> Block {
    let lines = licensed(around).into_iter().chain(connect);
    Block::Note {
        title: "console-before-you-begin",
        lines: lines.chain(others).collect(),
    }
}

/// Server, desk and console are one program of one version, which has these channels.
fn licensed(around: &Around) -> Vec<Line> {
    let version = [("version", env!("CARGO_PKG_VERSION").into())];
    let version = around.catalogue.fill("console-needs-version", &version);
    let installation = around.installation.as_ref();
    let seats = |edition| installation.map(|all| all.has_seats(edition));
    let omnichannel = installation.map(|all| all.has_module("omnichannel"));
    vec![
        Line::filled(version).met(Some(true)),
        agents(around),
        Line::ours("console-needs-supervisors").met(seats("supervisor_seats")),
        Line::ours("console-needs-omnichannel").met(omnichannel),
    ]
}

/// Seats are taken in turns: fewer than people are enough or not, as the reader knows, and none never are.
fn agents(around: &Around) -> Line {
    let installation = around.installation.as_ref();
    let Some((seats, people)) = installation.and_then(Installation::agent_seats) else {
        return Line::ours("console-needs-seats").met(installation.map(|_| true));
    };
    let values = [("seats", seats.into()), ("people", people.into())];
    let text = around.catalogue.fill("console-needs-seats-of", &values);
    let met = match seats {
        0 => Some(false),
        seats => (seats >= people).then_some(true),
    };
    Line::filled(text).met(met)
}

/// The connect service, or the setting that it lacks.
pub(super) fn connect(around: &Around) -> Option<Line> {
    let installation = around.installation.as_ref()?;
    let Some(setting) = installation.in_the_way() else {
        return Some(Line::ours("console-needs-connect").met(Some(true)));
    };
    let values = [("setting", setting.into())];
    let text = around
        .catalogue
        .fill("console-needs-connect-setting", &values);
    Some(Line::filled(text).met(Some(false)))
}
