//! Messaging queues as JSON.

use ecluse_adapters::storage::config_db::{
    OperationTimes, QueueDraft, QueueRecord, QueueRules, QueueStatus,
};
use ecluse_engine::configuration::{AgentOrder, OnAgentLost, Strategy};
use ecluse_engine::ids::AgentId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::common::{on_agent_lost_schema, order_schema, rfc3339, strategy_schema};

/// A messaging queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Queue)]
pub struct QueueView {
    id: Uuid,
    key: String,
    name: String,
    #[schema(schema_with = strategy_schema)]
    strategy: Strategy,
    #[schema(schema_with = order_schema)]
    order: AgentOrder,
    offer_timeout_secs: u32,
    max_per_agent: u32,
    /// Ids of agents.
    members: Vec<Uuid>,
    #[schema(schema_with = on_agent_lost_schema)]
    on_agent_lost: OnAgentLost,
    /// When new conversations are taken; `inherit` is as the settings say.
    operation_times: OperationTimes<QueueStatus>,
    returning_customer: bool,
    survey: bool,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<QueueRecord> for QueueView {
    fn from(queue: QueueRecord) -> Self {
        Self {
            id: queue.id.0,
            key: queue.key,
            name: queue.name,
            strategy: queue.strategy,
            order: queue.order,
            offer_timeout_secs: queue.offer_timeout_secs,
            max_per_agent: queue.max_per_agent,
            members: queue.members.into_iter().map(|member| member.0).collect(),
            on_agent_lost: queue.on_agent_lost,
            operation_times: queue.rules.operation_times,
            returning_customer: queue.rules.returning_customer,
            survey: queue.rules.survey,
            created_at: rfc3339(queue.created_at),
            updated_at: rfc3339(queue.updated_at),
        }
    }
}

/// A queue as it should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueBody {
    /// Your own name for it, unique among queues; made of the name if it is left out.
    #[schema(pattern = "^[a-z0-9][a-z0-9_.-]{0,63}$")]
    key: Option<String>,
    /// Letters, digits, spaces, `_` and `-`; unique without regard to case.
    #[schema(min_length = 1, max_length = 64, example = "Customer_Support")]
    name: String,
    /// `auto`: conversations are offered to agents. `manual`: agents take them.
    #[schema(schema_with = strategy_schema)]
    strategy: Strategy,
    /// Which eligible agent is offered a conversation first.
    #[serde(default)]
    #[schema(schema_with = order_schema)]
    order: AgentOrder,
    /// How long an agent may think about an offer.
    #[serde(default = "offer_timeout_secs")]
    #[schema(minimum = 5, maximum = 600, default = 30)]
    offer_timeout_secs: u32,
    /// The most conversations of this queue that one agent holds, e-mails counted apart from all others; 0 is no limit.
    #[serde(default = "max_per_agent")]
    #[schema(maximum = 1000, default = 5)]
    max_per_agent: u32,
    /// Ids of agents.
    #[serde(default)]
    members: Vec<Uuid>,
    /// What happens to the conversations of an agent who is gone.
    #[serde(default)]
    #[schema(schema_with = on_agent_lost_schema)]
    on_agent_lost: OnAgentLost,
    /// When new conversations are taken; `inherit` is as the settings say.
    #[serde(default)]
    operation_times: OperationTimes<QueueStatus>,
    /// Whether a returning customer is offered to the agent who knows them first. Of `auto` queues.
    #[serde(default = "returning_customer")]
    #[schema(default = true)]
    returning_customer: bool,
    /// Whether the customer is asked how it was.
    #[serde(default)]
    survey: bool,
}

const fn offer_timeout_secs() -> u32 {
    QueueDraft::OFFER_TIMEOUT_SECS
}

const fn max_per_agent() -> u32 {
    QueueDraft::MAX_PER_AGENT
}

const fn returning_customer() -> bool {
    QueueDraft::RETURNING_CUSTOMER
}

impl From<QueueBody> for QueueDraft {
    fn from(body: QueueBody) -> Self {
        Self {
            key: body.key,
            name: body.name,
            strategy: body.strategy,
            order: body.order,
            offer_timeout_secs: body.offer_timeout_secs,
            max_per_agent: body.max_per_agent,
            members: body.members.into_iter().map(AgentId).collect(),
            on_agent_lost: body.on_agent_lost,
            rules: QueueRules {
                operation_times: body.operation_times,
                returning_customer: body.returning_customer,
                survey: body.survey,
            },
        }
    }
}
