// @ts-check
/**
 * The words of the HTTP and WebSocket contract as the scripts see them. This module holds types only.
 *
 * @typedef {"available"|"busy"|"away"|"offline"} Presence
 * @typedef {"inbound"|"outbound"|"blended"} Strategy
 * @typedef {"live_chat"|"sms"|"email"|"facebook"|"whatsapp"} ChannelKind
 * @typedef {"queued"|"sent"|"failed"|"delivered"|"read"} Status
 * @typedef {{id: string, name: string}} Named
 *
 * @typedef {object} User
 * @property {string} id
 * @property {string} name
 * @property {string} email
 * @property {"administrator"|"supervisor"|"agent"} role
 * @property {string|null} number
 * @property {"fr"|"en"|null} language
 *
 * @typedef {object} Content Its fields depend on `type`; the rendering reads each one defensively.
 * @property {string} type
 * @property {string} [body]
 * @property {string} [kind]
 * @property {string} [id]
 * @property {string} [url]
 * @property {string} [mime_type]
 * @property {string} [filename]
 * @property {string} [caption]
 * @property {number} [latitude]
 * @property {number} [longitude]
 * @property {string} [name]
 * @property {string} [address]
 * @property {{name?: string, phones?: string[], emails?: string[]}[]} [cards]
 * @property {string} [title]
 * @property {string} [description]
 * @property {string} [target]
 * @property {string} [emoji]
 * @property {unknown} [raw]
 * @property {string} [event]
 * @property {boolean} [offline] it was left, or begins with what was left: nobody waits for the answer
 * @property {Named|null} [agent]
 * @property {Named|null} [queue]
 * @property {{kind?: string, id?: string, name?: string}|null} [by]
 * @property {string|null} [reason]
 * @property {number} [after_ms]
 * @property {string} [form] the form that was filled in
 * @property {{label: string, value: string}[]} [answers]
 * @property {string[]} [chosen] the labels on the way through a menu
 *
 * @typedef {object} Message
 * @property {number} seq
 * @property {string} conversation_id
 * @property {"in"|"out"|"event"} direction
 * @property {{kind: "customer"|"agent"|"chatbot"|"program"|"system", id?: string, name?: string}} author
 * @property {Content} content
 * @property {string} at
 * @property {string|null} [sent_at]
 * @property {Status|null} status
 * @property {{code: string|number, title?: string, detail?: string|null}|null} [error] in the provider's words
 * @property {string|null} [reply_to]
 * @property {string|null} [provider_id]
 * @property {string|null} [client_id]
 * @property {boolean} [possible_duplicate] sent again after the provider's answer was lost
 *
 * @typedef {object} Conversation
 * @property {string} id
 * @property {{id: string, kind: ChannelKind, name: string}} channel
 * @property {Named} contact
 * @property {string} address
 * @property {"waiting"|"assigned"|"closed"} state
 * @property {Named|null} queue
 * @property {Named|null} agent
 * @property {string} opened_at
 * @property {string|null} [waiting_since]
 * @property {string|null} [assigned_at]
 * @property {string|null} [first_answer_at]
 * @property {string|null} [closed_at]
 * @property {string|null} [close_reason]
 * @property {number} last_seq
 * @property {{seq: number, direction: "in"|"out"|"event", preview: string, at: string}|null} last_message
 * @property {number} unread
 * @property {{closes_at: string|null, allowed: string[]}|null} [window]
 * @property {string|null} [previous_id]
 *
 * @typedef {object} Offer
 * @property {string} id
 * @property {Conversation} conversation
 * @property {string} queue_id
 * @property {string} expires_at
 * @property {number} timeout_secs
 *
 * @typedef {object} Me
 * @property {string} id
 * @property {string} name
 * @property {Presence} presence
 * @property {string[]} queues
 * @property {Strategy} strategy
 * @property {number} capacity
 * @property {number|null} used
 * @property {string|null} [wrap_up_until]
 *
 * @typedef {{id: string, name: string, strategy: string, waiting: number, member: boolean}} QueueRow
 * @typedef {{id: string, name: string, presence: Presence}} Colleague
 *
 * @typedef {object} Snapshot
 * @property {string} epoch
 * @property {number} offset
 * @property {Me} me
 * @property {QueueRow[]} queues
 * @property {Colleague[]} colleagues
 * @property {Conversation[]} mine
 * @property {Conversation[]} unassigned
 * @property {boolean} unassigned_more
 * @property {Offer[]} offers
 * @property {Conversation[]} supervised
 * @property {boolean} supervised_more
 *
 * @typedef {object} Identity
 * @property {ChannelKind|string} kind
 * @property {string} address
 * @property {{since: string, error: {code: number, title: string, detail?: string|null}}} [unreachable] The provider says that
 *   nobody is reached there.
 *
 * @typedef {object} Contact
 * @property {string} id
 * @property {string} name
 * @property {Identity[]} identities
 * @property {{id: string, name: string, why: string}[]} [possible_matches]
 * @property {Record<string, string>} [fields]
 * @property {boolean} [outdated] Something happened since that may have changed it.
 *
 * @typedef {object} Problem An answer of type `application/problem+json`.
 * @property {string} [title]
 * @property {number} [status]
 * @property {string} [detail]
 * @property {string} code
 * @property {{field: string, code: string, message?: string}[]} [errors]
 * @property {number} [last_seq]
 * @property {Message[]} [missed]
 * @property {string[]} [allowed]
 *
 * @typedef {object} VisitorMessage
 * @property {number} seq
 * @property {"me"|"agent"|"system"} from
 * @property {string} [name]
 * @property {string} body
 * @property {{id: string, label: string}[]} [choices]
 * @property {string} at
 * @property {"sent"|"read"} [status]
 * @property {string} [client_id]
 */
export {};
