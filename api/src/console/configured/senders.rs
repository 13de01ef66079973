//! Whose the addresses of bans are, as far as somebody is known by them.

use ecluse_engine::ids::{Address, ChannelId, ContactId, ConversationKey, TenantId};
use ecluse_engine::message::ChannelKind;
use serde_json::Value;
use uuid::Uuid;

use super::{Mine, Shown};
use crate::error::ApiError;

impl Mine {
    /// Names beside each address the contact who is known by it. `kind` is the member that has the kind of channel.
    pub(super) async fn name_senders(
        &self,
        kind: &str,
        items: &mut [Shown],
    ) -> Result<(), ApiError> {
        let (tenant, chats) = (self.caller.tenant, self.live_chats());
        let known_by: Vec<Vec<ContactId>> = items
            .iter()
            .map(|item| contacts(tenant, &chats, &item.body, kind))
            .collect();
        let asked = known_by.iter().flatten().copied().collect();
        let names = self.app.reads.contact_names(tenant, asked).await;
        let names = names.map_err(ApiError::internal)?;
        for (item, known_by) in items.iter_mut().zip(known_by) {
            if let Some(name) = known_by.iter().find_map(|id| names.get(id)) {
                item.body["contact"] = Value::from(name.as_str());
            }
        }
        Ok(())
    }

    /// Those that were deleted, too: their visitors are banned all the same.
    fn live_chats(&self) -> Vec<ChannelId> {
        let config = self.services.db.feed().current();
        let channels = config.channels.values();
        channels
            .filter(|channel| channel.tenant == self.caller.tenant)
            .filter(|channel| channel.kind == ChannelKind::LiveChat)
            .map(|channel| channel.id)
            .collect()
    }
}

/// The contacts who may be known by the address in a body: of a visitor one on each live chat, else one on all channels.
fn contacts(tenant: TenantId, chats: &[ChannelId], body: &Value, kind: &str) -> Vec<ContactId> {
    let word = body.get(kind).cloned().unwrap_or_default();
    let kind: Option<ChannelKind> = serde_json::from_value(word).ok();
    let address = body.get("address").and_then(Value::as_str);
    let Some((kind, address)) = kind.zip(address) else {
        return Vec::new();
    };
    let any = [ChannelId(Uuid::nil())];
    let channels: &[ChannelId] = match kind == ChannelKind::LiveChat {
        true => chats,
        false => &any,
    };
    let known_on = |channel: &ChannelId| {
        let key = ConversationKey {
            tenant,
            channel: *channel,
            address: Address::from(address),
            thread: None,
        };
        key.contact_id(kind)
    };
    channels.iter().map(known_on).collect()
}
