//! The table of all refusals: for each kind its status, its stable word, its title and what the caller can do about it.
//!
//! What must stay true: every kind has a remedy, one sentence that whoever wrote the request can follow.

use actix_web::http::StatusCode;

/// What is the same whenever a kind of problem is told.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) remedy: &'static str,
}

/// The title of what the router refuses; the detail says why.
const NOT_NOW: &str = "Not possible now";

// How the request is written.

pub(super) const MALFORMED: Kind = Kind {
    status: StatusCode::BAD_REQUEST,
    code: "malformed",
    title: "The request cannot be read",
    remedy: "Compare the request with its route in the document at /api/v1/openapi.json.",
};

pub(super) const VALIDATION: Kind = Kind {
    status: StatusCode::UNPROCESSABLE_ENTITY,
    code: "validation",
    title: "Some fields cannot be accepted",
    remedy: "Correct the fields that are named and send the request again.",
};

pub(super) const PAYLOAD_TOO_LARGE: Kind = Kind {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    code: "payload_too_large",
    title: "The body is too large",
    remedy: "Send less at once.",
};

pub(super) const UNSUPPORTED_MEDIA_TYPE: Kind = Kind {
    status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
    code: "unsupported_media_type",
    title: "The body is not JSON",
    remedy: "Send JSON, with Content-Type: application/json.",
};

pub(super) const BODY_TIMEOUT: Kind = Kind {
    status: StatusCode::REQUEST_TIMEOUT,
    code: "body_timeout",
    title: "The body did not arrive in time",
    remedy: "Send the request again, over a better connection or in smaller parts.",
};

pub(super) const NOT_FOUND: Kind = Kind {
    status: StatusCode::NOT_FOUND,
    code: "not_found",
    title: "Not found",
    remedy: "Compare the path with the document at /api/v1/openapi.json, and its ids with the lists that you can read.",
};

pub(super) const METHOD_NOT_ALLOWED: Kind = Kind {
    status: StatusCode::METHOD_NOT_ALLOWED,
    code: "method_not_allowed",
    title: "Method not allowed",
    remedy: "Use one of the methods that the Allow header names.",
};

pub(super) const PRECONDITION_REQUIRED: Kind = Kind {
    status: StatusCode::PRECONDITION_REQUIRED,
    code: "precondition_required",
    title: "If-Match is missing",
    remedy: "Read the resource and send its ETag as If-Match.",
};

pub(super) const PRECONDITION_FAILED: Kind = Kind {
    status: StatusCode::PRECONDITION_FAILED,
    code: "precondition_failed",
    title: "Changed meanwhile",
    remedy: "Read the resource again and repeat the change.",
};

// Who asks, and how often.

pub(super) const UNAUTHENTICATED: Kind = Kind {
    status: StatusCode::UNAUTHORIZED,
    code: "unauthenticated",
    title: "Sign in first",
    remedy: "Sign in, or send `Authorization: Bearer` with an API key.",
};

pub(super) const SIGN_IN_REFUSED: Kind = Kind {
    status: StatusCode::UNAUTHORIZED,
    code: "sign_in_refused",
    title: "Sign-in refused",
    remedy: "Check what you typed and try again, or ask an administrator for a new link.",
};

pub(super) const FORBIDDEN: Kind = Kind {
    status: StatusCode::FORBIDDEN,
    code: "forbidden",
    title: "Not allowed",
    remedy: "Ask somebody who has the role that this needs, or ask an administrator to give it to you.",
};

pub(super) const PEOPLE_ONLY: Kind = Kind {
    status: StatusCode::FORBIDDEN,
    code: "people_only",
    title: "Only for people",
    remedy: "Sign in as a person instead of sending an API key.",
};

pub(super) const CSRF: Kind = Kind {
    status: StatusCode::FORBIDDEN,
    code: "csrf",
    title: "The request may not come from our pages",
    remedy: "Send the csrf_token of GET /api/v1/session as X-CSRF-Token, from our own origin.",
};

pub(super) const LINK_GONE: Kind = Kind {
    status: StatusCode::GONE,
    code: "link_gone",
    title: "The link is not valid any more",
    remedy: "Ask an administrator for a new link.",
};

pub(super) const TOO_MANY_ATTEMPTS: Kind = Kind {
    status: StatusCode::TOO_MANY_REQUESTS,
    code: "too_many_attempts",
    title: "Too many attempts",
    remedy: "Wait for the seconds that Retry-After names before you sign in again.",
};

pub(super) const TOO_MANY_REQUESTS: Kind = Kind {
    status: StatusCode::TOO_MANY_REQUESTS,
    code: "too_many_requests",
    title: "Too many requests",
    remedy: "Wait for the seconds that Retry-After names, and ask less often.",
};

// How things stand in the configuration.

pub(super) const IN_USE: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "in_use",
    title: "It is in use",
    remedy: "Let what `references` lists point elsewhere first.",
};

pub(super) const NOT_PENDING: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "not_pending",
    title: "The channel does not wait for its deletion",
    remedy: "Read the channel again: it works, or it is gone for good.",
};

pub(super) const LICENCE: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "licence",
    title: "The licence does not allow it",
    remedy: "Ask the platform's administrator to raise what `gate` names, or delete what is not needed any more.",
};

pub(super) const SIGN_ON_GONE: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "sign_on_gone",
    title: "The sign-on has expired",
    remedy: "Connect again with the provider's button, and save within a quarter of an hour.",
};

pub(super) const SIGN_ON_UNFINISHED: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "sign_on_unfinished",
    title: "The sign-on is not finished",
    remedy: "Finish its window, or try again in it if it failed, then save: the sign-on's `state` is `ready` by then.",
};

pub(super) const NOT_AVAILABLE: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "not_available",
    title: "Not available here",
    remedy: "Ask whoever runs this node to set or correct the option that `setting` names.",
};

pub(super) const IDEMPOTENCY_KEY_USED: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "idempotency_key_used",
    title: "The Idempotency-Key was used for another request",
    remedy: "Send a new Idempotency-Key with each new request, and the same one only with the same request.",
};

pub(super) const QUEUE_NOT_EMPTY: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "queue_not_empty",
    title: "Conversations are open in the queue",
    remedy: "Close these conversations or transfer them to another queue first.",
};

pub(super) const LAST_ADMINISTRATOR: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "last_administrator",
    title: "The last administrator stays",
    remedy: "Let another administrator accept an invitation first.",
};

pub(super) const AGENT_LOGGED_IN: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "agent_logged_in",
    title: "The agent is logged in",
    remedy: "Ask the agent to go offline first.",
};

pub(super) const AGENT_HAS_CONVERSATIONS: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "agent_has_conversations",
    title: "Conversations of the agent are open",
    remedy: "Close the conversations that `conversations` lists, or transfer them, first.",
};

pub(super) const CHANNEL_DELETED: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "channel_deleted",
    title: "The channel is deleted",
    remedy: "Use another channel, or add one in its place.",
};

pub(super) const BANNED: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "banned",
    title: "The customer is banned",
    remedy: "Lift the customer's ban first.",
};

// How things stand in a conversation.

pub(super) const CONVERSATION_OPEN: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "conversation_open",
    title: "A conversation is open",
    remedy: "Close the conversations that `conversations` lists first.",
};

pub(super) const WINDOW_CLOSED: Kind = Kind {
    status: StatusCode::UNPROCESSABLE_ENTITY,
    code: "window_closed",
    title: "The service window is closed",
    remedy: "Send one of the kinds that `allowed` lists, or wait for the customer to write.",
};

pub(super) const STALE: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "stale",
    title: "Somebody else wrote meanwhile",
    remedy: "Read the missed messages and send again with the new based_on_seq.",
};

pub(super) const CLOSED: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "closed",
    title: "The conversation is closed",
    remedy: "Write to the contact's open conversation, if there is one.",
};

// What the router refuses.

pub(super) const CONVERSATION_NOT_OPEN: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "conversation_not_open",
    title: NOT_NOW,
    remedy: "Read the conversation again, and act on it only while it is open.",
};

pub(super) const UNKNOWN_AGENT: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "unknown_agent",
    title: NOT_NOW,
    remedy: "Choose an agent that GET /api/v1/agents lists.",
};

pub(super) const UNKNOWN_QUEUE: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "unknown_queue",
    title: NOT_NOW,
    remedy: "Choose a queue that GET /api/v1/queues lists.",
};

pub(super) const NOT_SIGNED_IN: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "not_signed_in",
    title: NOT_NOW,
    remedy: "Ask the agent to sign in and open a desk, or choose another agent.",
};

pub(super) const NOT_A_MEMBER: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "not_a_member",
    title: NOT_NOW,
    remedy: "Choose a member of the queue, or ask an administrator to make the agent one.",
};

pub(super) const NOT_LOGGED_IN: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "not_logged_in",
    title: NOT_NOW,
    remedy: "Ask the agent to log in to the queue, or choose another agent.",
};

pub(super) const OUTBOUND_ONLY: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "outbound_only",
    title: NOT_NOW,
    remedy: "Ask the agent to choose inbound or blended work, or choose another agent.",
};

pub(super) const NO_CAPACITY: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "no_capacity",
    title: NOT_NOW,
    remedy: "Close or transfer one of the agent's conversations first, or choose another agent.",
};

pub(super) const QUEUE_LIMIT: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "queue_limit",
    title: NOT_NOW,
    remedy: "Close or transfer one of the agent's conversations of this queue first (e-mails are counted apart), or choose another agent.",
};

pub(super) const NO_SEAT: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "no_seat",
    title: "Every seat is taken",
    remedy: "Wait until somebody signs out, or ask whoever runs this installation for more agent seats.",
};

pub(super) const OFFER_ENDED: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "offer_ended",
    title: "The offer has ended",
    remedy: "Read the conversation again to see who has it now.",
};

pub(super) const NOT_YOUR_OFFER: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "not_your_offer",
    title: NOT_NOW,
    remedy: "Answer only the offers that your own desk shows, or take the conversation itself.",
};

pub(super) const ALREADY_ASSIGNED: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "already_assigned",
    title: NOT_NOW,
    remedy: "Ask the agent who has the conversation, or a supervisor, to transfer it.",
};

pub(super) const BEING_ASSIGNED: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "being_assigned",
    title: NOT_NOW,
    remedy: "Ask again in a moment, when it is known who has the conversation.",
};

pub(super) const NOT_ALLOWED: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "not_allowed",
    title: NOT_NOW,
    remedy: "Ask the agent who has the conversation, or a supervisor, to do it.",
};

// How the node is.

pub(super) const BUSY: Kind = Kind {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "busy",
    title: "Busy",
    remedy: "Send the same request again after the seconds that Retry-After names.",
};

pub(super) const PROVIDER_UNREACHABLE: Kind = Kind {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "provider_unreachable",
    title: "The provider cannot be asked now",
    remedy: "Send the same request again after the seconds that Retry-After names.",
};

pub(super) const INTERNAL: Kind = Kind {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: "internal",
    title: "Something failed here",
    remedy: "Look whether the change was made before you ask again, and tell whoever runs this node.",
};
