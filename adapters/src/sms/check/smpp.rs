//! SMPP: a session is opened, tried and closed again.
//!
//! What must stay true: no message is submitted, and a receiver is not bound, because it would be handed messages that
//! nobody here keeps. A transceiver may be handed some too: they are left unanswered, and the centre keeps them.
//!
//! Source: SMPP 3.4, 2.2 (sessions), 4.1 (bind), 4.2 (unbind), 4.11 (enquire_link), 5.1.3 (command_status).

use std::fmt::Display;

use futures_util::{SinkExt as _, StreamExt as _};
use rusmpp::pdus::{BindTransceiver, BindTransmitter};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::COctetString;
use rusmpp::values::InterfaceVersion;
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use secrecy::ExposeSecret as _;
use tokio::time::timeout;
use tokio_util::codec::Framed;

use ecluse_engine::provider::VerifyStep;

use super::line::{Line, connect};
use super::{CheckError, CheckProblem, Checked, TrunkChecker};
use crate::sms::trunk::{Bind, Smpp};

type Session = Framed<Box<dyn Line>, CommandCodec>;

pub(super) async fn check(checker: &TrunkChecker, smpp: &Smpp) -> Result<Checked, CheckError> {
    let line = connect(checker, &smpp.host, smpp.port, smpp.tls).await?;
    let mut session = Framed::new(line, CommandCodec::new());
    let bound = ask(checker, &mut session, 1, bind(smpp)?).await?;
    bound_or_why(bound.status())?;
    let alive = ask(checker, &mut session, 2, Pdu::EnquireLink).await?;
    if alive.status() != CommandStatus::EsmeRok {
        return Err(refused(CheckProblem::ProviderFault, alive.status()));
    }
    // Whether the end is answered changes nothing that was found out.
    drop(ask(checker, &mut session, 3, Pdu::Unbind).await);
    Ok(Checked::SignedIn)
}

fn bind(smpp: &Smpp) -> Result<Pdu, CheckError> {
    let system_id = octets(&smpp.system_id)?;
    let system_type = octets(&smpp.system_type)?;
    let password = octets(smpp.password.expose_secret())?;
    let version = InterfaceVersion::Smpp3_4;
    Ok(match smpp.bind {
        Bind::Transceiver => BindTransceiver::builder()
            .system_id(system_id)
            .system_type(system_type)
            .password(password)
            .interface_version(version)
            .build()
            .into(),
        Bind::TransmitterReceiver => BindTransmitter::builder()
            .system_id(system_id)
            .system_type(system_type)
            .password(password)
            .interface_version(version)
            .build()
            .into(),
    })
}

fn octets<const MAX: usize>(text: &str) -> Result<COctetString<1, MAX>, CheckError> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    COctetString::from_vec(bytes).map_err(|error| {
        CheckError::new(
            VerifyStep::SignIn,
            CheckProblem::CredentialsRefused,
            format!("SMPP cannot carry it: {error}"),
        )
    })
}

/// Sends one request and waits for the answer with its number. What the centre sends of its own accord is passed over.
async fn ask(
    checker: &TrunkChecker,
    session: &mut Session,
    number: u32,
    pdu: Pdu,
) -> Result<Command, CheckError> {
    let request = Command::new(CommandStatus::EsmeRok, number, pdu);
    let answer = async {
        session.send(request).await.map_err(broken)?;
        loop {
            let command = session.next().await;
            let command = command.ok_or_else(|| broken("the centre closed the session"))?;
            let command = command.map_err(broken)?;
            if command.sequence_number() == number && is_answer(command.id()) {
                return Ok(command);
            }
        }
    };
    timeout(checker.step_timeout, answer)
        .await
        .map_err(|_| broken("the centre did not answer in time"))?
}

/// Answers have the highest bit set (SMPP 3.4, 5.1.2.1).
fn is_answer(id: CommandId) -> bool {
    u32::from(id) & 0x8000_0000 != 0
}

fn broken(detail: impl Display) -> CheckError {
    CheckError::new(
        VerifyStep::Connection,
        CheckProblem::Unreachable,
        detail.to_string(),
    )
}

fn bound_or_why(status: CommandStatus) -> Result<(), CheckError> {
    let problem = match status {
        CommandStatus::EsmeRok => return Ok(()),
        CommandStatus::EsmeRinvpaswd => CheckProblem::PasswordWrong,
        CommandStatus::EsmeRinvsysid => CheckProblem::SystemIdUnknown,
        CommandStatus::EsmeRinvsystyp => CheckProblem::SystemTypeWrong,
        CommandStatus::EsmeRthrottled => CheckProblem::TooManyCalls,
        CommandStatus::EsmeRsyserr => CheckProblem::ProviderFault,
        // Among them 0x0D, bind failed, and 0x05, already bound.
        _ => CheckProblem::BindRefused,
    };
    Err(refused(problem, status))
}

fn refused(problem: CheckProblem, status: CommandStatus) -> CheckError {
    let detail = format!("command_status 0x{:08X}", u32::from(status));
    CheckError::new(VerifyStep::SignIn, problem, detail)
}
