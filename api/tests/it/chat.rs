//! The live chat as a visitor's page talks to it.

mod banning;
mod ending;
mod entry;
mod leaving;
mod menus;
mod resuming;
mod sending;
mod signs;

use ecluse_adapters::storage::read_model::visitor::{VisitorHistory, VisitorRange};
use ecluse_engine::ids::ConversationKey;

use crate::chat_world::{SITE, World};

const RECONNECT: Option<u16> = Some(4_000);
const REFUSED: Option<u16> = Some(4_003);

async fn history(world: &World, key: &ConversationKey) -> VisitorHistory {
    let range = VisitorRange {
        after: Some(0),
        gap_max: 10_000,
        recent: 0,
    };
    world.app.reads.visitor_history(key, range).await.unwrap()
}
