//! What becomes of offers, kept apart from router and model, so that an error that both share is seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{AgentId, ConversationId, OfferId};
use crate::message::{Actor, OfferEnd};
use crate::router::{RoutingAction, RoutingEvent};

/// What an outsider knows from the events and actions alone.
#[derive(Default)]
pub(super) struct Ledger {
    open: BTreeMap<OfferId, (ConversationId, AgentId)>,
    accepted: BTreeMap<OfferId, ConversationId>,
    names: BTreeSet<OfferId>,
    refused: BTreeMap<ConversationId, BTreeSet<AgentId>>,
}

impl Ledger {
    pub(super) fn pick(&self, pick: usize) -> Option<(OfferId, AgentId)> {
        let (offer, (_, agent)) = self.open.iter().nth(pick % self.open.len().max(1))?;
        Some((*offer, *agent))
    }

    /// `an_offer_has_one_owner`: one open offer for each conversation, with an end of its own, never again to somebody
    /// who refused, under a name never used before.
    pub(super) fn enter(&mut self, event: &RoutingEvent, actions: &[RoutingAction]) {
        match event {
            RoutingEvent::ConversationRequeued(requeued) => {
                let refused = self.refused.entry(requeued.conversation).or_default();
                refused.clear();
                refused.extend(requeued.from.filter(|_| requeued.by != Actor::System));
            }
            RoutingEvent::ConversationClosed { conversation } => {
                self.refused.remove(conversation);
            }
            _ => {}
        }
        for action in actions {
            match action {
                RoutingAction::MakeOffer {
                    offer,
                    conversation,
                    agent,
                    ..
                } => {
                    assert!(
                        self.names.insert(*offer),
                        "{offer} was the name of another offer"
                    );
                    let twice = self.open.values().any(|(other, _)| other == conversation);
                    assert!(!twice, "{conversation} has two offers");
                    let refused = self.refused.get(conversation);
                    let refused = refused.is_some_and(|refused| refused.contains(agent));
                    assert!(!refused, "{agent} had refused {conversation}");
                    self.open.insert(*offer, (*conversation, *agent));
                }
                RoutingAction::EndOffer {
                    offer,
                    conversation,
                    agent,
                    end,
                    ..
                } => {
                    let open = self.open.remove(offer);
                    let accepted = self.accepted.remove(offer);
                    assert!(open.is_some() || accepted.is_some(), "{offer} ends twice");
                    match end {
                        OfferEnd::Refused | OfferEnd::TimedOut => {
                            assert_eq!(open, Some((*conversation, *agent)));
                            // What fell due in the step that starts the line over counts before it.
                            if !matches!(event, RoutingEvent::ConversationRequeued(r) if r.conversation == *conversation)
                                && !matches!(event, RoutingEvent::ConversationClosed { conversation: c } if c == conversation)
                            {
                                self.refused
                                    .entry(*conversation)
                                    .or_default()
                                    .insert(*agent);
                            }
                        }
                        OfferEnd::Withdrawn | OfferEnd::Accepted => {}
                    }
                }
                RoutingAction::Assign {
                    conversation,
                    agent,
                    offer,
                    ..
                } => {
                    if let Some(offer) = offer {
                        assert_eq!(self.open.remove(offer), Some((*conversation, *agent)));
                        self.accepted.insert(*offer, *conversation);
                    }
                    let still = self.open.values().any(|(other, _)| other == conversation);
                    assert!(!still, "{conversation} is assigned and on offer");
                }
                RoutingAction::Requeue { .. }
                | RoutingAction::StartBot { .. }
                | RoutingAction::TellNobodyThere { .. }
                | RoutingAction::Refuse { .. }
                | RoutingAction::NextDeadline(_) => {}
            }
        }
    }
}
